package audit

import (
	"context"
	"slices"

	"webexaudit/analyzer/record"
)

// Rolling judges the windows of one run, each by itself, and all of them as one: the folds of the windows are merged,
// so that nothing is judged twice and no record is held. It belongs to one goroutine.
//
// What is judged of all of them can differ from a run in one piece where a rule looks at a flow as a whole: its parts
// are judged one by one.
type Rolling struct {
	o     Options
	rules []*Rule
	folds []Fold
	about Context
	open  bool // a window had no gate on its loss
	flows *counts
}

// NewRolling begins; the options are those of every window.
func NewRolling(o Options) *Rolling { return &Rolling{o: o, flows: newCounts()} }

// Run is [RunUntil] for the next window.
func (r *Rolling) Run(ctx context.Context, set *record.Set) ([]*record.Finding, *record.Summary, error) {
	shared := newFacts(ctx, set, r.o)
	if r.rules == nil {
		r.rules = inForce(r.o.Rules(), set)
	}
	findings := judgeAll(shared, r.rules, shared.fold(r.rules, r.o.workers()), r.o)
	kept := shared.fold(r.rules, r.o.workers()) // closing a fold is its end
	for _, f := range kept {
		shared.foldRecords(f)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	r.keep(shared, kept)
	return conclude(set, findings, r.rules, r.o)
}

func (r *Rolling) keep(shared *facts, folds []Fold) {
	if r.folds == nil {
		r.folds = folds
	} else {
		for i := range folds {
			r.folds[i].Merge(folds[i])
		}
	}
	c := shared.context()
	r.about.Webex += c.Webex
	r.about.End, r.about.Vantage = max(r.about.End, c.End), c.Vantage
	r.about.Health = mergeHealth(r.about.Health, c.Health)
	r.about.Sides.Judged += c.Sides.Judged
	r.about.Sides.Lacking += c.Sides.Lacking
	r.open, r.about.LossGate = r.open || c.LossGate == "", c.LossGate
	for _, f := range shared.flows {
		n := int(f.Count())
		if f.Part > 1 {
			n = 0
		}
		r.flows.add(f, n)
	}
}

// mergeHealth adds a window's records of files and interfaces to those of the windows before it.
func mergeHealth(all, window []*record.CaptureHealth) []*record.CaptureHealth {
	for _, h := range window {
		i := slices.IndexFunc(all, func(o *record.CaptureHealth) bool {
			return o.File == h.File && o.Interface == h.Interface
		})
		if i < 0 {
			one := *h
			all = append(all, &one)
		} else {
			all[i].Merge(h)
		}
	}
	return all
}

// Close judges all windows as one: findings and summary are put into the set, which has their run's record and no
// flows. The rolling cannot be used any more.
func (r *Rolling) Close(set *record.Set) {
	set.Health = r.about.Health
	env := newEnv(set.Run, r.o)
	r.about.Sides = r.about.Sides.judged(env)
	if r.open {
		r.about.LossGate = ""
	}
	for i, rule := range r.rules {
		s := &Scope{Env: env, Context: &r.about, Rule: rule}
		r.folds[i].Close(s)
		set.Findings = append(set.Findings, s.findings...)
	}
	connect(set.Findings, r.rules)
	complete(set.Findings, r.o.Site)
	set.Summary = new(record.Summary)
	r.flows.fill(set.Summary)
	set.Summary = Summarize(set, set.Findings, r.o)
}
