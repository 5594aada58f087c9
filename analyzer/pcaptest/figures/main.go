// Command figures counts where the source is larger than the house allows: files, functions, lines and branches.
// Generated code is left out.
//
//	figures [-v] [ROOT]
//
// With -v it names each place. The limits hold in every room, a directory with those below it, but for what
// exceptions.txt allows, which its test compares.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
)

// limits of a file, a function, a line, and of its cyclomatic complexity (McCabe, 1976).
const (
	fileLines   = 400
	funcLines   = 40
	lineColumns = 120
	complexity  = 15
)

// measures in the order of the report.
var measures = []string{"files", "functions", "lines", "complexity"}

// place is where a limit is broken.
type place struct {
	dir, measure string
	at           string // file:line and what
	value        int
}

func main() {
	verbose := flag.Bool("v", false, "name each place")
	flag.Parse()
	root := "."
	if flag.NArg() > 0 {
		root = flag.Arg(0)
	}
	list, err := measure(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(2)
	}
	if *verbose {
		for _, p := range list {
			fmt.Printf("%s\t%s\t%d\n", p.measure, p.at, p.value)
		}
	}
	fmt.Print(table(count(list)))
}

// count is how many places each directory has, by measure.
func count(list []place) map[string]map[string]int {
	n := map[string]map[string]int{}
	for _, p := range list {
		if n[p.dir] == nil {
			n[p.dir] = map[string]int{}
		}
		n[p.dir][p.measure]++
	}
	return n
}

// table is the form of exceptions.txt: a directory and its counts, and in the comment below their sums.
func table(n map[string]map[string]int) string {
	text := fmt.Sprintf("# files over %d lines, functions over %d, lines over %d columns, functions of complexity over %d\n",
		fileLines, funcLines, lineColumns, complexity)
	sum := map[string]int{}
	for _, dir := range slices.Sorted(maps.Keys(n)) {
		text += dir
		for _, m := range measures {
			text += fmt.Sprintf(" %d", n[dir][m])
			sum[m] += n[dir][m]
		}
		text += "\n"
	}
	text += "# in all"
	for _, m := range measures {
		text += fmt.Sprintf(" %d", sum[m])
	}
	return text + "\n"
}
