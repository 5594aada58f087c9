package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// goal is a line of the table: a figure, what it must be and what is aimed at.
type goal struct {
	name      string
	unit      string
	must, aim float64
	atLeast   bool   // the figures are the least, not the most
	needs     string // a program that must be installed
	measure   func(b *bench) (value float64, how string, err error)
}

// goals are those of the project. Neighbours need the same capture. What "flat" allows, 10 and 5 %, is what the garbage
// collector's pace varies by. Readers that write nothing are compared with the verdict alone.
var goals = []goal{
	{"verdict, wall against tcpdump -nr X -w /dev/null", "", 1.3, 1, false, "tcpdump", against(big, wall, tcpdump, (*bench).verdict)},
	{"JSON Lines and Parquet, wall against tcpdump", "", 2, 1.5, false, "tcpdump", against(big, wall, tcpdump, (*bench).ours)},
	{"verdict, times faster than ndpiReader -i X -q", "", 3, 4, true, "ndpiReader", faster(big, wall, ndpi)},
	{"times faster than tshark -n -q -z rtp,streams", "", 30, 50, true, "tshark", faster(big, wall, tshark)},
	{"report of the run against its audit, wall", "", 0.5, 0.25, false, "", reportAgain},
	{"two cores against one, times faster", "", 1.5, 1.8, true, "", oneCore},
	{"peak memory at 50,000 flows", "MiB", 150, 100, false, "", func(b *bench) (float64, string, error) { return b.peak(big) }},
	{"250,000 flows, times faster than ndpiReader", "", 3, 5, true, "ndpiReader", faster(many, wall, ndpi)},
	{"memory of a further flow, of 200,000", "KiB", 1, 0.5, false, "", furtherFlow},
	{"peak memory, three times the packets of 50,000 flows", "%", 10, 5, false, "", morePackets},
	{"odd mix, times faster than ndpiReader", "", 3, 5, true, "ndpiReader", faster(odd, wall, ndpi)},
	{"few flows with much RTP, times faster than ndpiReader", "", 1.2, 2, true, "ndpiReader", faster(few, wall, ndpi)},
	{"500,000 flows of one packet, CPU, ndpiReader's by ours", "", 4, 10, true, "ndpiReader", faster(flood, cpu, ndpi)},
	{"peak memory there", "MiB", 300, 150, false, "", func(b *bench) (float64, string, error) { return b.peak(flood) }},
	{"start-up: --version", "ms", 50, 25, false, "", func(b *bench) (float64, string, error) { return b.milliseconds([]string{b.program, "--version"}) }},
	{"start-up: a capture of one packet", "ms", 50, 25, false, "", func(b *bench) (float64, string, error) {
		capture, err := b.capture(recipe{"single", 0, b.scale, oneByOne})
		if err != nil {
			return 0, "", err
		}
		return b.milliseconds(b.ours(capture))
	}},
	{"a capture of 1 MB", "ms", 150, 80, false, "", func(b *bench) (float64, string, error) {
		capture, err := b.capture(recipe{"small", b.scale, 50 * b.scale, "uplink"}) // not scaled
		if err != nil {
			return 0, "", err
		}
		return b.milliseconds(b.ours(capture))
	}},
}

func tcpdump(capture string) []string { return []string{"tcpdump", "-nr", capture, "-w", "/dev/null"} }
func ndpi(capture string) []string    { return []string{"ndpiReader", "-i", capture, "-q"} }
func tshark(capture string) []string {
	return []string{"tshark", "-n", "-q", "-r", capture, "-z", "rtp,streams"}
}

// against is what one of our commands takes of a capture as a multiple of what theirs does.
func against(r recipe, what func(cost) time.Duration, theirs func(string) []string,
	ours func(*bench, string) []string) func(*bench) (float64, string, error) {
	return func(b *bench) (float64, string, error) {
		capture, err := b.capture(r)
		if err != nil {
			return 0, "", err
		}
		command, n := theirs(capture), b.runs
		if command[0] == "tshark" {
			n = b.slow
		}
		mine := ours(b, capture)
		as, bs, err := pairs(mine, command, n)
		if err != nil {
			return 0, "", err
		}
		if n == b.runs {
			b.audits[strings.Join(mine, " ")] = as
		}
		return ratio(as, bs, what), describe(as) + "; theirs " + describe(bs), nil
	}
}

// faster is how many times the verdict fits into what theirs takes.
func faster(r recipe, what func(cost) time.Duration,
	theirs func(string) []string) func(*bench) (float64, string, error) {
	return func(b *bench) (float64, string, error) {
		v, how, err := against(r, what, theirs, (*bench).verdict)(b)
		return 1 / max(v, 1e-9), how, err
	}
}

// reportAgain is what a report of a stored run takes against the audit that wrote it.
func reportAgain(b *bench) (float64, string, error) {
	capture, err := b.capture(big)
	if err != nil {
		return 0, "", err
	}
	audit := b.ours(capture)
	if _, err := run(audit); err != nil {
		return 0, "", err
	}
	as, bs, err := pairs([]string{b.program, "report", "-q", b.stored(), "-o", filepath.Join(b.dir, "again.json"), "--overwrite"}, audit, b.runs)
	if err != nil {
		return 0, "", err
	}
	return ratio(as, bs, wall), describe(as) + "; the audit " + describe(bs), nil
}

// describe gives the absolute figures behind a ratio.
func describe(costs []cost) string {
	return fmt.Sprintf("%.2f s (CPU %.2f s, %.0f MiB)", median(costs, wall).Seconds(), median(costs, cpu).Seconds(), median(costs, memory))
}

// oneCore binds the program to one processor, which is what a small machine is; where that cannot be, Go's scheduler
// is.
func oneCore(b *bench) (float64, string, error) {
	capture, err := b.capture(big)
	if err != nil {
		return 0, "", err
	}
	bound := []string{"taskset", "-c", "0"}
	if _, err := exec.LookPath(bound[0]); err != nil {
		bound = []string{"env", "GOMAXPROCS=1"}
	}
	as, bs, err := pairs(append(bound, b.verdict(capture)...), b.verdict(capture), b.runs)
	if err != nil {
		return 0, "", err
	}
	return ratio(as, bs, wall), strings.Join(bound, " ") + ": " + describe(as) + "; all cores: " + describe(bs), nil
}

// peak is the median of our peak memory for a capture, in MiB, of runs that another goal has made where there are such.
func (b *bench) peak(r recipe) (float64, string, error) {
	mine := b.verdict(b.path(r))
	command := strings.Join(mine, " ")
	if costs, known := b.audits[command]; known {
		return median(costs, memory), describe(costs), nil
	}
	if _, err := b.capture(r); err != nil {
		return 0, "", err
	}
	costs, err := alone(mine, b.runs)
	if err != nil {
		return 0, "", err
	}
	b.audits[command] = costs
	return median(costs, memory), describe(costs), nil
}

func furtherFlow(b *bench) (float64, string, error) {
	few, _, err := b.peak(big)
	if err != nil {
		return 0, "", err
	}
	lots, how, err := b.peak(many)
	return (lots - few) * 1024 / float64((many.flows-big.flows)/b.scale), how, err
}

// morePackets is the growth of the peak in percent.
func morePackets(b *bench) (float64, string, error) {
	once, _, err := b.peak(big)
	if err != nil {
		return 0, "", err
	}
	thrice, how, err := b.peak(more)
	return (thrice/once - 1) * 100, how, err
}

// milliseconds is the wall time of a short command.
func (b *bench) milliseconds(command []string) (float64, string, error) {
	costs, err := alone(command, 4*b.runs)
	if err != nil {
		return 0, "", err
	}
	return median(costs, wall).Seconds() * 1e3, describe(costs), nil
}
