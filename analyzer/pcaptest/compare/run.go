package main

import (
	"cmp"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"webexaudit/analyzer/pcaptest/remains"
)

// cost is what one run took.
type cost struct {
	wall, cpu time.Duration
	peakMiB   float64
}

// run runs a command to its end; what it prints is dropped. Exit status 1 is a verdict, no failure.
func run(command []string) (c cost, err error) {
	return measure(exec.Command(command[0], command[1:]...))
}

func measure(cmd *exec.Cmd) (c cost, err error) {
	start := time.Now()
	err = cmd.Run()
	c.wall = time.Since(start)
	if s := cmd.ProcessState; s != nil {
		c.cpu = s.UserTime() + s.SystemTime()
		c.peakMiB = remains.Peak(s)
		if s.ExitCode() == 1 {
			err = nil
		}
	}
	if err != nil {
		err = fmt.Errorf("%v: %w", cmd.Args, err)
	}
	return c, err
}

// pairs runs a and b in turn and returns the costs. Each runs once before to warm up, unless there is one pair only.
func pairs(a, b []string, n int) (as, bs []cost, err error) {
	warm := min(n-1, 1)
	for i := range n + warm {
		x, err := run(a)
		if err != nil {
			return nil, nil, err
		}
		y, err := run(b)
		if err != nil {
			return nil, nil, err
		}
		if i >= warm {
			as, bs = append(as, x), append(bs, y)
		}
	}
	return as, bs, nil
}

// alone runs a command n times.
func alone(command []string, n int) (costs []cost, err error) {
	for range n {
		c, err := run(command)
		if err != nil {
			return nil, err
		}
		costs = append(costs, c)
	}
	return costs, nil
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
func memory(c cost) float64     { return c.peakMiB }
