package audit

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// Validate reports all faults of the options, joined: a glob that is malformed or matches no rule, a selection that
// leaves no rule, an unknown severity or confidence, a coverage outside 0 to 100.
func (o Options) Validate() error {
	var faults []error
	for _, g := range slices.Concat(o.Only, o.Skip) {
		if _, err := path.Match(g, ""); err != nil {
			faults = append(faults, fmt.Errorf("rule pattern %q: %w", g, err))
		} else if !slices.ContainsFunc(o.all(), func(r *Rule) bool { return matches(g, r) }) {
			faults = append(faults, fmt.Errorf("rule pattern %q matches no rule", g))
		}
	}
	if len(faults) == 0 && len(o.Rules()) == 0 {
		faults = append(faults, errors.New("the rule patterns leave no rule"))
	}
	if o.FailOn != "" && o.FailOn.Rank() == 0 {
		faults = append(faults, fmt.Errorf("unknown severity %q", o.FailOn))
	}
	if o.MinConfidence != "" && o.MinConfidence.Rank() == 0 {
		faults = append(faults, fmt.Errorf("unknown confidence %q", o.MinConfidence))
	}
	if !(o.Coverage >= 0 && o.Coverage <= 100) {
		faults = append(faults, fmt.Errorf("coverage %g is not between 0 and 100", o.Coverage))
	}
	return errors.Join(faults...)
}

// all are the rules of the catalogue and those of the operator.
func (o Options) all() []*Rule { return slices.Concat(o.Catalogue.Rules(), o.Own) }

// Rules in force, in the order of the catalogue.
func (o Options) Rules() []*Rule {
	var list []*Rule
	for _, r := range o.all() {
		is := func(g string) bool { return matches(g, r) }
		if (len(o.Only) == 0 || slices.ContainsFunc(o.Only, is)) && !slices.ContainsFunc(o.Skip, is) {
			list = append(list, r)
		}
	}
	return list
}

// matches reports whether the glob names the rule, with or without the WXA- prefix: WXA-MED-*, MED-00?.
func matches(glob string, r *Rule) bool {
	whole, err := path.Match(glob, r.ID)
	short, _ := path.Match(glob, strings.TrimPrefix(r.ID, "WXA-"))
	return err == nil && (whole || short)
}

// workers is how many goroutines judge.
func (o Options) workers() int { return cmp.Or(o.Workers, runtime.GOMAXPROCS(0)) }

// confidence is the least confidence that counts.
func (o Options) confidence() record.Confidence {
	if o.MinConfidence == "" {
		return record.Probable
	}
	return o.MinConfidence
}

// rule of the id among those in force; an empty one where there is none.
func (o Options) rule(id string) *Rule {
	if r, ok := o.Catalogue.Find(id); ok {
		return r
	}
	return &Rule{}
}
