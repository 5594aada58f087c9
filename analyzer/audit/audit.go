// Package audit judges the records of a run by the rule catalogue.
//
// In: the records of one run in any order, which it never changes, and the operator's [Options]. Out: findings in a total
// order and the summary. Every rule answers for every run: where it has nothing to accuse it states pass, not-observed
// (no traffic that it speaks of) or not-assessable (such traffic, but an ingredient is missing, which it names).
//
// A rule is a value ([Rule]); rules.go lists them and says how to add one. Thresholds stand in limits.go, and nowhere
// else. Facts about Webex (ports, prefixes, marks, names) are not known here: they are in the records.
package audit

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// Rule is one thing that can be right or wrong with Webex traffic or with the capture of it.
type Rule struct {
	ID          string // WXA-MED-001; group and number never change their meaning
	Title       string // what is wrong when the rule fails
	Severity    record.Severity
	Doc         Doc
	Remediation string
	Refs        []string
	Needs       []string    // record types it reads, and what the capture must hold
	Limits      []string    // names of the thresholds it judges by, its own and those of other rules
	Version     string      // changes when the rule judges otherwise than before: baselines of two versions are not compared; "" is 1
	Check       func(*Pass) // beside other rules; it changes nothing but its Pass
}

// Doc is the text of `webexaudit explain`.
type Doc struct {
	What       string // the condition in one or two sentences
	Why        string // why it matters
	Trigger    string // exactly when it fires
	LookAlikes string // what resembles it and is not reported, or could still fool it
	Verify     string // how to check by hand in Wireshark; display filters in backquotes, with CLIENT, NODE … for what is to be filled in
}

// Group is the middle part of the id: CAP, MED, QOS …
func (r *Rule) Group() string { return groupOf(r.ID) }

func groupOf(id string) string {
	_, rest, _ := strings.Cut(id, "-")
	group, _, _ := strings.Cut(rest, "-")
	return group
}

// Options of a run. The zero value judges all rules by the standard profile and gates nothing.
type Options struct {
	Site          *site.Site
	Policy        *Policy           // nil: standard profile
	Only          []string          // rule globs; empty means all
	Skip          []string          // rule globs taken out
	FailOn        record.Severity   // least severity of a failing finding that gives exit status 1; "" is none
	MinConfidence record.Confidence // least confidence that counts for the exit status; "" is probable
	FailOnNew     bool              // only findings that the baseline lacks, or has in a better state, count for the exit status
	Own           []*Rule           // rules of the operator, judged beside the catalogue
	Coverage      float64           // least coverage in percent, else exit status 4; 0 is none
	Workers       int               // rules judged at a time, which changes nothing in the result; 0: one for each CPU
}

// Run judges the records. Options should have passed [Options.Validate]; a glob that matches nothing is ignored here.
func Run(set *record.Set, o Options) ([]*record.Finding, *record.Summary) {
	shared, rules := newFacts(set, o), o.rules()
	found := make([][]*record.Finding, len(rules))
	var g errgroup.Group
	g.SetLimit(o.workers())
	for i, r := range rules {
		g.Go(func() error {
			p := &Pass{facts: shared, Rule: r}
			r.Check(p)
			found[i] = p.findings
			return nil
		})
	}
	_ = g.Wait()
	findings := slices.Concat(found...)
	Sort(findings)
	return findings, Summarize(set, findings, o)
}

// Sort puts findings into their total order; again, after their states have changed.
func Sort(findings []*record.Finding) { slices.SortStableFunc(findings, order) }

// order puts what needs an action first, then by severity, state, rule and subject.
func order(a, b *record.Finding) int {
	return cmp.Or(
		cmp.Compare(rank(a.State), rank(b.State)),
		cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
		cmp.Compare(a.State, b.State),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Subject.Kind, b.Subject.Kind),
		cmp.Compare(a.Subject.Key, b.Subject.Key))
}

func rank(s record.State) int {
	switch s {
	case record.Fail, record.Warn:
		return 0
	case record.NotAssessable:
		return 1
	case record.Waived:
		return 2
	case record.NotObserved:
		return 4
	}
	return 3
}
