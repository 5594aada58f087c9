package audit

import (
	"context"
	"errors"
	"sync"

	"webexaudit/analyzer/record"
)

// Rolling judges the windows of one run, each by itself, and all of them as one: the folds of the windows are merged,
// so that nothing is judged twice and no record is held.
//
// What is judged of all of them can differ from a run in one piece where a rule looks at a flow as a whole: its parts
// are judged one by one.
type Rolling struct {
	o Options

	mu     sync.Mutex // a window whose judging nobody waited for may still be at it
	closed bool
	rules  []*Rule // of the windows judged; nil: none was
	folds  []Fold
	about  Context
	health map[source]*record.CaptureHealth // those of about
	open   bool                             // a window had no gate on its loss
	flows  *counts
}

// source is where packets were captured.
type source struct{ file, iface string }

// NewRolling begins; the options are those of every window.
func NewRolling(o Options) *Rolling {
	return &Rolling{o: o, flows: newCounts(), health: map[source]*record.CaptureHealth{}}
}

var errClosed = errors.New("all windows were judged already")

// Run is [RunUntil] for the next window. One that ctx ends is left out of all of them.
func (r *Rolling) Run(ctx context.Context, set *record.Set) ([]*record.Finding, *record.Summary, error) {
	shared, rules := newFacts(ctx, set, r.o), inForce(r.o.Rules(), set)
	shared.env.windows = true
	folds := shared.fold(rules, r.o.workers())
	findings := judgeAll(shared, rules, folds, r.o)
	if err := r.keep(shared, rules, folds); err != nil {
		return nil, nil, err
	}
	return shared.conclude(findings, rules, r.o)
}

func (r *Rolling) keep(shared *facts, rules []*Rule, folds []Fold) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := shared.fault(); err != nil {
		return err
	}
	if r.closed {
		return errClosed
	}
	if r.rules == nil {
		r.rules, r.folds = rules, folds
	} else {
		mergeAll(r.folds, folds)
	}
	c := shared.context()
	r.about.Webex += c.Webex
	r.about.End, r.about.Vantage = max(r.about.End, c.End), c.Vantage
	r.mergeHealth(c.Health)
	r.about.Sides.Judged += c.Sides.Judged
	r.about.Sides.Lacking += c.Sides.Lacking
	r.open, r.about.LossGate = r.open || c.LossGate == "", c.LossGate
	r.flows.merge(shared.flows)
	r.flows.merge(shared.parts)
	return nil
}

// mergeHealth adds a window's records of files and interfaces to those of the windows before it.
func (r *Rolling) mergeHealth(window []*record.CaptureHealth) {
	for _, h := range window {
		at := source{h.File, h.Interface}
		if all := r.health[at]; all != nil {
			all.Merge(h)
			continue
		}
		one := *h
		r.health[at], r.about.Health = &one, append(r.about.Health, &one)
	}
}

// Close judges all windows as one: findings and summary are put into the set, which has their run's record and no
// flows. It reports whether any window was judged; no window can be added any more.
func (r *Rolling) Close(set *record.Set) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
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
	return r.rules != nil
}
