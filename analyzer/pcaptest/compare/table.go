package main

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
)

// table measures the goals one after the other and says of each whether it holds.
func (b *bench) table(w io.Writer, goals []goal) error {
	fmt.Fprintf(w, "%d processors, medians of %d pairs (tshark: %d), JSON Lines and Parquet written; ours: analyze %s\n",
		runtime.NumCPU(), b.runs, b.slow, strings.Join(b.flags, " "))
	if b.scale > 1 {
		fmt.Fprintf(w, "captures of 1/%d of the size and flows: a quick look, not the goals\n", b.scale)
	}
	fmt.Fprintf(w, "%-53s %9s %9s %9s  %-5s %6s  %s\n", "", "must", "aim", "measured", "holds", "core", "medians of the runs")
	for _, g := range goals {
		if !strings.Contains(g.name, b.only) {
			continue
		}
		if _, err := exec.LookPath(g.needs); g.needs != "" && err != nil {
			fmt.Fprintf(w, "%-53s skipped: %s is not installed\n", g.name, g.needs)
			continue
		}
		value, how, err := g.measure(b)
		if err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
		fmt.Fprintf(w, "%-53s %9s %9s %9s  %-5s %6s  %s\n", g.name, g.bound(g.must), g.bound(g.aim), figure(value)+g.suffix(),
			g.holds(value), apart(), how)
	}
	fmt.Fprintln(w, "core: a cache line from one processor to another and back, when the line was measured")
	fmt.Fprintln(w, "no allocation for each packet: asserted by the tests that use testing.AllocsPerRun; live: make live")
	return nil
}

// apart is how far apart processors are, as text.
func apart() string {
	d, err := roundTrip()
	if err != nil {
		return "-"
	}
	return fmt.Sprintf("%d ns", d.Nanoseconds())
}

// bound is a limit as text.
func (g *goal) bound(limit float64) string {
	sign := "<= "
	if g.atLeast {
		sign = ">= "
	}
	return sign + fmt.Sprint(limit)
}

func (g *goal) suffix() string {
	if g.unit == "" {
		return ""
	}
	return " " + g.unit
}

// holds says which of the two limits a value keeps.
func (g *goal) holds(value float64) string {
	keeps := func(limit float64) bool { return value == limit || value > limit == g.atLeast }
	switch {
	case keeps(g.aim):
		return "aim"
	case keeps(g.must):
		return "must"
	default:
		return "NO"
	}
}

// figure has three digits.
func figure(v float64) string {
	switch {
	case v < 10 && v > -10:
		return fmt.Sprintf("%.2f", v)
	case v < 100 && v > -100:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}
