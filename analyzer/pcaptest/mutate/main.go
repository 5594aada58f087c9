// Command mutate tests tests: it changes one operator or condition of a package at a time and runs the package's own
// tests. A change that no test notices has survived.
//
//	mutate [-short] [-timeout 20s] [-min 85] [-sample 200 [-seed 1]] [-also PACKAGE,...] [-run TESTS] PACKAGE...
//
// Comparisons are moved by one and negated, && and || swapped, + and - swapped, conditions negated. All changes of a
// package are built into one test binary, each switched on by the environment variable MUTANT; the source tree is never
// written to (go test -overlay). Where a package has too many changes for the time there is, a sample of them is tried:
// the same seed takes the same ones. -also names further packages whose tests run where the package's own notice
// nothing, for what is tested through its users; -run takes of all of them the tests that it matches.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/packages"
)

func main() {
	timeout := flag.Duration("timeout", 20*time.Second, "the least `TIME` for a mutant; more where the tests themselves take longer")
	lowest := flag.Float64("min", 0, "fail where fewer than this `PERCENT` of a package's mutants are killed")
	short := flag.Bool("short", false, "run the tests with -short")
	sample := flag.Int("sample", 0, "try only so `MANY` mutants of a package, drawn at random; 0: all")
	seed := flag.Uint64("seed", 1, "what the sample is drawn by")
	also := flag.String("also", "", "`PACKAGES` whose tests run too, with commas")
	tests := flag.String("run", "", "run only the `TESTS` that match")
	flag.Parse()
	list, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, flag.Args()...)
	if err != nil || packages.PrintErrors(list) > 0 {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	status := 0
	for _, pkg := range list {
		r := &runner{pkg: pkg, timeout: *timeout, short: *short, sample: *sample, seed: *seed, tests: *tests}
		if *also != "" {
			r.also = strings.Split(*also, ",")
		}
		if err := r.run(); err != nil {
			fmt.Fprintf(os.Stderr, "mutate: %s: %v\n", pkg.PkgPath, err)
			os.Exit(2)
		}
		if report(pkg.PkgPath, r.mutants) < *lowest {
			status = 1
		}
	}
	os.Exit(status)
}

// outcome of a mutant.
type outcome string

const (
	killed   outcome = "killed"
	survived outcome = "survived"
	timedOut outcome = "timed out" // counts as killed: the tests did not pass
)

// report prints the survivors and the total, and returns the percentage that was killed.
func report(name string, mutants []*mutant) float64 {
	count := map[outcome]int{}
	slices.SortFunc(mutants, func(a, b *mutant) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.col, b.col))
	})
	for _, m := range mutants {
		count[m.outcome]++
		if m.outcome == survived {
			fmt.Printf("%s:%d:%d\t%s → %s\t%s\n", m.file, m.line, m.col, m.from, m.to, m.outcome)
		}
	}
	dead := count[killed] + count[timedOut]
	percent := 100 * float64(dead) / float64(max(len(mutants), 1))
	fmt.Printf("%s: %d of %d killed (%.0f %%), %d of them by time\n", name, dead, len(mutants), percent, count[timedOut])
	return percent
}
