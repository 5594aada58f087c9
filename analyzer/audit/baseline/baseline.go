// Package baseline compares two audits of the same network: what is new, fixed, worse, better or unchanged.
//
// In: the records of an earlier run and of a later one. Out: one [Change] for each failure or warning of either, in a
// total order, and findings that carry what became of them. Nothing is called fixed because it is missing: the rule
// must have judged such traffic of the same clients in the later run. Where that cannot be said, the answer is
// not-comparable, with the reason.
package baseline

import (
	"cmp"
	"fmt"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/waiver"
	"webexaudit/analyzer/record"
)

// What can have become of a finding. The words are those of Finding.Baseline.
const (
	New           = "new"
	Worse         = "worse"
	NotComparable = "not-comparable"
	Fixed         = "fixed"
	Better        = "better"
	Unchanged     = "unchanged"
)

// Changes are all of them in the order of weight.
func Changes() []string { return []string{New, Worse, NotComparable, Fixed, Better, Unchanged} }

// Diff is the comparison of two runs.
type Diff struct {
	Schema     string         `json:"schema"`
	Old        RunInfo        `json:"old"`
	New        RunInfo        `json:"new"`
	Reason     string         `json:"reason,omitempty"` // why nothing can be compared
	Counts     map[string]int `json:"counts"`           // by change
	Findings   []Change       `json:"findings"`
	ExitCode   int            `json:"exit_code"`
	ExitReason string         `json:"exit_reason"`
}

// RunInfo is what matters of a run for the comparison.
type RunInfo struct {
	Files   []string `json:"files,omitempty"`
	Pack    string   `json:"pack"`
	Vantage string   `json:"vantage"`
	Site    string   `json:"site,omitempty"` // digest of the site file
}

// Change is what became of one finding.
type Change struct {
	Change      string         `json:"change"`
	Reason      string         `json:"reason,omitempty"`
	Rule        string         `json:"rule"`
	Title       string         `json:"title"`
	Subject     record.Subject `json:"subject"`
	Fingerprint string         `json:"fingerprint"`
	Old         *Side          `json:"old,omitempty"`
	New         *Side          `json:"new,omitempty"`
}

// Side is the finding in one of the runs. State is that without a waiver: an exception changes nothing in the network.
type Side struct {
	State      record.State      `json:"state"`
	Severity   record.Severity   `json:"severity"`
	Confidence record.Confidence `json:"confidence,omitempty"`
	Summary    string            `json:"summary"`
	Clients    int               `json:"clients"`
	Waiver     *record.Waiver    `json:"waiver,omitempty"`
}

// Compare says what became of each finding. Find gives the rule of an id, to judge the later run by it once more.
func Compare(old, now *record.Set, find func(id string) (*audit.Rule, bool)) *Diff {
	c := comparison{old: index(old), now: index(now), find: find}
	c.reason = c.incomparable()
	d := &Diff{Schema: "webexaudit.diff/1", Old: info(old), New: info(now), Reason: c.reason, Counts: map[string]int{},
		Findings: []Change{}}
	for _, f := range c.now.causes {
		d.Findings = append(d.Findings, c.present(f))
	}
	for _, f := range c.old.causes {
		if c.now.by[f.Fingerprint] == nil {
			d.Findings = append(d.Findings, c.gone(f))
		}
	}
	slices.SortStableFunc(d.Findings, func(a, b Change) int {
		return cmp.Or(cmp.Compare(slices.Index(Changes(), a.Change), slices.Index(Changes(), b.Change)),
			cmp.Compare(severity(b), severity(a)), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Subject.Kind, b.Subject.Kind),
			cmp.Compare(a.Subject.Key, b.Subject.Key))
	})
	for _, ch := range d.Findings {
		d.Counts[ch.Change]++
	}
	return d
}

func severity(c Change) int {
	if c.New != nil {
		return c.New.Severity.Rank()
	}
	return c.Old.Severity.Rank()
}

// Mark gives the findings of the later run with what became of them; others stay as they are.
func (d *Diff) Mark(findings []*record.Finding) []*record.Finding {
	change := map[string]string{}
	for _, c := range d.Findings {
		if c.New != nil {
			change[c.Fingerprint] = c.Change
		}
	}
	out := make([]*record.Finding, len(findings))
	for i, f := range findings {
		c := *f
		c.Baseline = change[f.Fingerprint]
		if !isCause(f) {
			c.Baseline = ""
		}
		out[i] = &c
	}
	return out
}

// Lapsed are the fingerprints of the findings that a waiver held in the earlier run and none does in the later one.
func (d *Diff) Lapsed() map[string]bool {
	out := map[string]bool{}
	for i := range d.Findings {
		if c := &d.Findings[i]; c.lapsed() {
			out[c.Fingerprint] = true
		}
	}
	return out
}

func (c *Change) lapsed() bool {
	return c.Old != nil && c.Old.Waiver != nil && c.New != nil && c.New.Waiver == nil
}

func info(set *record.Set) RunInfo {
	i := RunInfo{Pack: set.Run.Pack.ID, Vantage: set.Run.Vantage.Value, Site: set.Run.Site}
	for _, f := range set.Run.Files {
		i.Files = append(i.Files, f.Path)
	}
	return i
}

// isCause tells what is compared: failures and warnings, waived or not.
func isCause(f *record.Finding) bool {
	return f.State == record.Fail || f.State == record.Warn || f.State == record.Waived
}

func sideOf(f *record.Finding) *Side {
	s := &Side{State: f.State, Severity: f.Severity, Confidence: f.Confidence, Summary: f.Summary,
		Clients: len(f.Clients), Waiver: f.Waiver}
	if f.Waiver != nil {
		s.State = f.Waiver.State
	}
	return s
}

// run is one of the two, by fingerprint and by rule.
type run struct {
	set    *record.Set
	causes []*record.Finding
	by     map[string]*record.Finding   // causes by fingerprint
	rules  map[string][]*record.Finding // all findings, without waivers
}

func index(set *record.Set) run {
	r := run{set: set, by: map[string]*record.Finding{}, rules: map[string][]*record.Finding{}}
	for _, f := range set.Findings {
		if isCause(f) {
			r.causes = append(r.causes, f)
			r.by[f.Fingerprint] = f
		}
	}
	for _, f := range waiver.Restore(set.Findings) {
		r.rules[f.Rule] = append(r.rules[f.Rule], f)
	}
	return r
}

// comparison of two runs; reason is why nothing of them can be compared, or "".
type comparison struct {
	old, now run
	reason   string
	find     func(id string) (*audit.Rule, bool)
}

// incomparable names what makes two runs incomparable as a whole.
func (c *comparison) incomparable() string {
	a, b := c.old.set, c.now.set
	switch {
	case a.Summary == nil || a.Summary.Interrupted():
		return "the earlier run is incomplete"
	case b.Summary == nil || b.Summary.Interrupted():
		return "the later run is incomplete"
	case a.Run.Pack.Digest != b.Run.Pack.Digest || a.Run.Pack.ID != b.Run.Pack.ID:
		return fmt.Sprintf("other signature pack: %s, then %s", a.Run.Pack.ID, b.Run.Pack.ID)
	case a.Run.Vantage.Value != b.Run.Vantage.Value:
		return fmt.Sprintf("other vantage: %s, then %s", a.Run.Vantage.Value, b.Run.Vantage.Value)
	}
	return ""
}
