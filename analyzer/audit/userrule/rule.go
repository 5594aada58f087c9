// Package userrule reads rules that operators write themselves: one YAML file each, whose condition is an expression in
// CEL (Common Expression Language, cel.dev) over the documented fields of one kind of record.
//
// In: a directory of files, read by [LoadDir]. Out: values of [audit.Rule], judged beside the catalogue, and their
// tests. The expressions are typed: an unknown field or a comparison of unlike types is a fault of the file, with line
// and column. They cannot do anything but read the record, and their cost is bounded. An expression that fails on a
// record makes the rule not assessable and names the error; it never passes silently.
package userrule

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

// Rule is a rule with its tests.
type Rule struct {
	audit.Rule
	File  string
	Tests []Test

	selects    string // record type
	subject    string // client, host, prefix, proxy or run
	confidence record.Confidence
	where      *expression // which records the rule speaks of; nil: all of the type
	needs      []need
	when       *expression
	evidence   []quoted
	budget     uint64 // what it may cost over all records of a run
}

// need is a prerequisite of judging a record.
type need struct {
	that    *expression
	missing string // what the record lacks where that is false, and the capture that would have it
}

// quoted is a field that the evidence shows.
type quoted struct {
	name string
	expr *expression
}

// Test is a case of a rule: records in, the state of the rule out.
type Test struct {
	Name string
	Set  *record.Set
	Want record.State
}

// RunTests runs all cases and gives the number of those that passed, and an error for each other.
func (r *Rule) RunTests() (passed int, failed []error) {
	for _, t := range r.Tests {
		findings, _ := audit.Run(t.Set, audit.Options{Own: []*audit.Rule{&r.Rule}, Only: []string{r.ID}})
		if len(findings) > 0 && findings[0].State == t.Want {
			passed++
			continue
		}
		failed = append(failed, fmt.Errorf("%s: %s: want %s, got\n%s", r.File, t.Name, t.Want, audit.Describe(findings)))
	}
	return passed, failed
}
