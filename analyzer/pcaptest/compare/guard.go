package main

import (
	"fmt"
	"os"
)

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
