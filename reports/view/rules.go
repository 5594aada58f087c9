package view

import (
	"cmp"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// Rule is a rule of the run and all that it found.
type Rule struct {
	ID, Title string
	Severity  record.Severity
	State     record.State // the worst of its findings
	Findings  []*record.Finding
}

// Group is the group of the rule: MED, QOS …
func (r *Rule) Group() string { return GroupOf(r.ID) }

// GroupOf is the middle of a rule's id: MED of WXA-MED-004.
func GroupOf(id string) string {
	if _, rest, ok := strings.Cut(id, "-"); ok {
		group, _, _ := strings.Cut(rest, "-")
		return group
	}
	return id
}

// StateCount is how many rules have a state as their worst.
type StateCount struct {
	State record.State
	Rules int
}

// RuleStates are in the order in which rules are shown: what is wrong, what is not known, what is fine.
var RuleStates = []record.State{
	record.Fail, record.Warn, record.Waived, record.NotAssessable, record.Pass, record.NotObserved,
}

// rules gathers the findings of each rule, and groups what could not be judged by what it takes.
func (d *details) rules() {
	at := map[string]*Rule{}
	rank := func(s record.State) int { return slices.Index(RuleStates, s) }
	for _, f := range d.v.All {
		r := at[f.Rule]
		if r == nil {
			r = &Rule{ID: f.Rule, Title: f.Title, Severity: f.Severity, State: f.State}
			at[f.Rule], d.Rules = r, append(d.Rules, r)
		}
		r.Findings = append(r.Findings, f)
		if rank(f.State) < rank(r.State) {
			r.State, r.Severity = f.State, f.Severity
		}
	}
	slices.SortStableFunc(d.Rules, func(a, b *Rule) int {
		return cmp.Or(cmp.Compare(rank(a.State), rank(b.State)), cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
			cmp.Compare(a.ID, b.ID))
	})
	for _, r := range d.Rules {
		if n := len(d.States); n == 0 || d.States[n-1].State != r.State {
			d.States = append(d.States, StateCount{State: r.State})
		}
		d.States[len(d.States)-1].Rules++
	}
	d.open(at)
}

// OpenNeed is what is missing, and the rules that it would settle.
type OpenNeed struct {
	Missing  string
	Severity record.Severity // the highest of the rules
	Rules    []*Rule
}

func (d *details) open(at map[string]*Rule) {
	for _, n := range d.v.Needs {
		o := OpenNeed{Missing: n.Missing}
		for _, id := range n.Rules {
			r := at[id]
			o.Rules = append(o.Rules, r)
			if r.Severity.Rank() > o.Severity.Rank() {
				o.Severity = r.Severity
			}
		}
		d.Open = append(d.Open, o)
	}
	slices.SortStableFunc(d.Open, func(a, b OpenNeed) int { return cmp.Compare(b.Severity.Rank(), a.Severity.Rank()) })
}
