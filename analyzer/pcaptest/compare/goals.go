package main

import (
	"fmt"
	"os/exec"
	"strings"
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
// collector's pace varies by.
var goals = []goal{
	{"wall against tcpdump -nr X -w /dev/null", "", 1.5, 1, false, "tcpdump", against(big, tcpdump)},
	{"the same, ours with --no-hash", "", 1.5, 1, false, "tcpdump", against(big, tcpdump, "--no-hash")},
	{"times faster than ndpiReader -i X -q", "", 5, 10, true, "ndpiReader", faster(big, ndpi)},
	{"times faster than tshark -n -q -z rtp,streams", "", 30, 50, true, "tshark", faster(big, tshark)},
	{"two cores against one, times faster", "", 1.2, 1.5, true, "", oneCore},
	{"peak memory at 50,000 flows", "MiB", 160, 100, false, "", func(b *bench) (float64, string, error) { return b.peak(big) }},
	{"250,000 flows, times faster than ndpiReader", "", 6, 12, true, "ndpiReader", faster(many, ndpi)},
	{"memory of a further flow, of 200,000", "KiB", 2, 1, false, "", furtherFlow},
	{"peak memory, three times the packets of 50,000 flows", "%", 10, 5, false, "", morePackets},
	{"odd mix, times faster than ndpiReader", "", 6, 12, true, "ndpiReader", faster(odd, ndpi)},
	{"start-up: --version", "ms", 50, 25, false, "", func(b *bench) (float64, string, error) { return b.milliseconds([]string{b.program, "--version"}) }},
	{"start-up: a capture of one packet", "ms", 50, 25, false, "", func(b *bench) (float64, string, error) {
		capture, err := b.single()
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

// against is our wall time as a multiple of theirs.
func against(r recipe, theirs func(string) []string, flags ...string) func(*bench) (float64, string, error) {
	return func(b *bench) (float64, string, error) {
		capture, err := b.capture(r)
		if err != nil {
			return 0, "", err
		}
		command, n := theirs(capture), b.runs
		if command[0] == "tshark" {
			n = b.slow
		}
		as, bs, err := pairs(b.ours(capture, flags...), command, n)
		if err != nil {
			return 0, "", err
		}
		if len(flags) == 0 && n == b.runs {
			b.audits[r.name] = as
		}
		return ratio(as, bs, wall), describe(as) + "; theirs " + describe(bs), nil
	}
}

// faster is how many times our wall time fits into theirs.
func faster(r recipe, theirs func(string) []string) func(*bench) (float64, string, error) {
	return func(b *bench) (float64, string, error) {
		v, how, err := against(r, theirs)(b)
		return 1 / max(v, 1e-9), how, err
	}
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
	as, bs, err := pairs(append(bound, b.ours(capture)...), b.ours(capture), b.runs)
	if err != nil {
		return 0, "", err
	}
	return ratio(as, bs, wall), strings.Join(bound, " ") + ": " + describe(as) + "; all cores: " + describe(bs), nil
}

// peak is the median of our peak memory for a capture, in MiB, of runs that another goal has made where there are such.
func (b *bench) peak(r recipe) (float64, string, error) {
	if costs, known := b.audits[r.name]; known {
		return median(costs, memory), describe(costs), nil
	}
	capture, err := b.capture(r)
	if err != nil {
		return 0, "", err
	}
	costs, err := alone(b.ours(capture), b.runs)
	if err != nil {
		return 0, "", err
	}
	b.audits[r.name] = costs
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
