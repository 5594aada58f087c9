// Compare measures the program as a whole beside others that read the same capture: ours, then each of the others, in turn and several
// times, so that a machine whose speed drifts does so for all of them. In go a capture and the commands of the list below; out comes a table of
// medians and of ratios taken pair by pair. Programs that are not installed are skipped, and said to be.
//
//	go run ./analyzer/pcaptest/compare -program bin/webexaudit -capture big.pcap
//
// With -limit it is a guard for continuous integration: it compares with a fixed piece of work in Go instead, and fails when our CPU time is
// more than so many times that of the work. Absolute times would fail with the machine, this ratio hardly moves with it.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	program := flag.String("program", "bin/webexaudit", "our program")
	capture := flag.String("capture", "", "capture file that all read")
	runs := flag.Int("n", 5, "pairs of runs")
	limit := flag.Float64("limit", 0, "guard: the most that our CPU time may be of the fixed work's")
	work := flag.Bool("work", false, "do the fixed work and end")
	flag.Parse()
	if *work {
		fmt.Println(fixedWork())
		return
	}
	dir, err := os.MkdirTemp("", "compare")
	if err != nil {
		log.Fatal(err)
	}
	ours := func(flags ...string) []string {
		return slices.Concat([]string{*program, "analyze", *capture, "-q", "--overwrite", "--out", filepath.Join(dir, "run.jsonl"),
			"--parquet", filepath.Join(dir, "lake")}, flags)
	}
	if *limit > 0 {
		err = guard(ours("--workers=1"), *runs, *limit)
	} else {
		err = table(os.Stdout, *capture, ours, *runs)
	}
	os.RemoveAll(dir)
	if err != nil {
		log.Fatal(err)
	}
}

// cost is what one run took.
type cost struct {
	wall, cpu time.Duration
	peakMiB   float64
}

// run runs a command to its end; what it prints is dropped. Exit status 1 is a verdict, no failure.
func run(command []string) (c cost, err error) {
	cmd := exec.Command(command[0], command[1:]...)
	start := time.Now()
	err = cmd.Run()
	c.wall = time.Since(start)
	if s := cmd.ProcessState; s != nil {
		c.cpu = s.UserTime() + s.SystemTime()
		c.peakMiB = peak(s)
		if s.ExitCode() == 1 {
			err = nil
		}
	}
	if err != nil {
		err = fmt.Errorf("%v: %w", command, err)
	}
	return c, err
}

// pairs runs a and b in turn, each once before to warm up, and returns the costs.
func pairs(a, b []string, n int) (as, bs []cost, err error) {
	for i := range n + 1 {
		x, err := run(a)
		if err != nil {
			return nil, nil, err
		}
		y, err := run(b)
		if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			as, bs = append(as, x), append(bs, y)
		}
	}
	return as, bs, nil
}

// median of what f takes of the costs.
func median[T cmp.Ordered](list []cost, f func(cost) T) T {
	values := make([]T, len(list))
	for i, c := range list {
		values[i] = f(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ratio is the median of the pairs' ratios.
func ratio(as, bs []cost, f func(cost) time.Duration) float64 {
	values := make([]float64, len(as))
	for i := range as {
		values[i] = float64(f(as[i])) / float64(max(f(bs[i]), 1))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func wall(c cost) time.Duration { return c.wall }
func cpu(c cost) time.Duration  { return c.cpu }

// other is a program to compare with. Where one run takes long, only a part of the pairs is made.
type other struct {
	command []string
	part    int
}

func others(capture string) []other {
	return []other{
		{[]string{"tcpdump", "-nr", capture, "-w", "/dev/null"}, 1},
		{[]string{"ndpiReader", "-i", capture, "-q"}, 2},
		{[]string{"tshark", "-n", "-r", capture, "-q", "-z", "rtp,streams"}, 5},
	}
}

// table compares with and without the digest of the input, and with one worker.
func table(w io.Writer, capture string, ours func(...string) []string, runs int) error {
	fmt.Fprintf(w, "%-12s %-11s %5s %8s %8s %9s %11s %10s %11s %10s\n",
		"flag of ours", "against", "pairs", "wall s", "CPU s", "peak MiB", "their wall", "their CPU", "wall ratio", "CPU ratio")
	for _, o := range others(capture) {
		if _, err := exec.LookPath(o.command[0]); err != nil {
			fmt.Fprintf(w, "%s is not installed: skipped\n", o.command[0])
			continue
		}
		variants := [][]string{nil, {"--no-hash"}, {"--workers=1"}}
		if o.part > 2 {
			variants = variants[:1]
		}
		for _, flags := range variants {
			n := max(runs/o.part, 1)
			as, bs, err := pairs(ours(flags...), o.command, n)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%-12s %-11s %5d %8.2f %8.2f %9.0f %11.2f %10.2f %11.3f %10.3f\n", strings.Join(flags, " "), o.command[0], n,
				median(as, wall).Seconds(), median(as, cpu).Seconds(), median(as, func(c cost) float64 { return c.peakMiB }),
				median(bs, wall).Seconds(), median(bs, cpu).Seconds(), ratio(as, bs, wall), ratio(as, bs, cpu))
		}
	}
	return nil
}

// guard fails where our CPU time is more than limit times that of the fixed work.
func guard(ours []string, runs int, limit float64) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	as, bs, err := pairs(ours, []string{self, "-work"}, runs)
	if err != nil {
		return err
	}
	r := ratio(as, bs, cpu)
	fmt.Printf("CPU %.3f s, fixed work %.3f s, ratio %.2f (median of %d pairs), limit %.2f\n",
		median(as, cpu).Seconds(), median(bs, cpu).Seconds(), r, runs, limit)
	if r > limit {
		return fmt.Errorf("the analysis takes %.2f times the fixed work, more than %.2f: see docs/performance.md", r, limit)
	}
	return nil
}
