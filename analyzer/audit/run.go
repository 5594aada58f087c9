package audit

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// Run judges the records. Options should have passed [Options.Validate]; a glob that matches nothing is ignored here.
func Run(set *record.Set, o Options) ([]*record.Finding, *record.Summary) {
	findings, summary, _ := RunUntil(context.Background(), set, o)
	return findings, summary
}

// RunUntil is [Run] that gives up soon after ctx is done, without findings.
func RunUntil(ctx context.Context, set *record.Set, o Options) ([]*record.Finding, *record.Summary, error) {
	shared := newFacts(ctx, set, o)
	rules := inForce(o.Rules(), set)
	findings := judgeAll(shared, rules, shared.fold(rules, o.workers()), o)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	return conclude(set, findings, rules, o)
}

// conclude joins findings with those that they follow from, and sums up.
func conclude(set *record.Set, findings []*record.Finding, rules []*Rule,
	o Options) ([]*record.Finding, *record.Summary, error) {
	connect(findings, rules)
	complete(findings, o.Site)
	return findings, Summarize(set, findings, o), nil
}

// inForce are the rules that judge the set: a comparison of two points by those for it and those about captures, any
// other run by all others.
func inForce(rules []*Rule, set *record.Set) []*Rule {
	return slices.DeleteFunc(rules, func(r *Rule) bool {
		if set.Comparison == nil {
			return r.Compares
		}
		return !r.Compares && r.Group() != "CAP"
	})
}

func newEnv(run *record.Run, o Options) *Env { return &Env{Site: o.Site, Run: run, policy: o.Policy} }

// foldSize is how many flows a goroutine takes at a time.
const foldSize = 256

// fold shows the flows to the rules, dealt over as many sets of folds as there are workers, and merges these.
func (f *facts) fold(rules []*Rule, workers int) []Fold {
	sets := make([][]Fold, max(min(workers, (len(f.flows)+foldSize-1)/foldSize), 1))
	var g errgroup.Group
	var next atomic.Int64
	for i := range sets {
		sets[i] = begin(rules, f.env)
		g.Go(func() error {
			b := newBatch()
			for f.ctx.Err() == nil {
				to := int(next.Add(foldSize))
				if to-foldSize >= len(f.known) {
					break
				}
				f.add(rules, sets[i], f.known[to-foldSize:min(to, len(f.known))], b)
			}
			return nil
		})
	}
	_ = g.Wait()
	return f.merged(sets)
}

// merged joins sets of folds, and shows them the calls.
func (f *facts) merged(sets [][]Fold) []Fold {
	folds := sets[0]
	for _, set := range sets[1:] {
		for i := range folds {
			folds[i].Merge(set[i])
		}
	}
	f.foldSessions(folds)
	return folds
}

// RunDealt judges as several machines would that share a run: each folds the flows of its part, in the order given, and
// the folds are merged in the order of the parts. The findings are those of [Run], however the flows are dealt.
func RunDealt(set *record.Set, o Options, parts [][]*record.Flow) []*record.Finding {
	shared, rules := newFacts(context.Background(), set, o), inForce(o.Rules(), set)
	sets, b := make([][]Fold, len(parts)), newBatch()
	for i, flows := range parts {
		sets[i] = begin(rules, shared.env)
		var mine []known
		for _, fl := range flows {
			mine = append(mine, *shared.byID[fl.FlowID])
		}
		for part := range slices.Chunk(mine, foldSize) {
			shared.add(rules, sets[i], part, b)
		}
	}
	findings := judgeAll(shared, rules, shared.merged(sets), o)
	connect(findings, rules)
	complete(findings, o.Site)
	return findings
}

func begin(rules []*Rule, e *Env) []Fold {
	folds := make([]Fold, len(rules))
	for i, r := range rules {
		folds[i] = r.Judge.Begin(e)
	}
	return folds
}

// add shows flows to the folds, one rule after the other: its code and its groups are then at hand.
func (f *facts) add(rules []*Rule, folds []Fold, flows []known, b *batch) {
	b.fill(f, flows)
	for i, r := range rules {
		for _, u := range b.shownTo(folds[i]) {
			if r.Reads.wants(u) {
				folds[i].Add(u)
			}
		}
	}
}

// show fills the unit with a flow and what is known of it.
func (f *facts) show(u *observe.Flow, fl *known) {
	streams := u.Streams[:0]
	*u = observe.Flow{Flow: fl.Flow, TLS: fl.tls, From: fl.ClientAddr()}
	u.Subject = f.subject(u.From)
	u.Sees, u.SeesUDP, u.SeesSrc = f.sees(u.From), f.bothUDP[u.From], f.both[fl.SrcIP]
	u.SeesFlow, u.Left = fl.rtp, f.end.Sub(fl.StartTime)
	if fl.Flows > 1 {
		u.Left = f.end.Sub(fl.EndTime) // the last of them began before
	}
	u.Continues, u.Lacks = fl.again || fl.Part > 1, fl.Webex && f.lacksSide(fl)
	u.Legs = fl.legs
	u.LossGate, u.ClockStep, u.Truncated = f.lossGate, f.clockStep, f.truncated
	for _, m := range fl.streams {
		streams = append(streams, observe.Stream{MediaStream: m, Flow: u, Rows: f.seriesOf[m.StreamID]})
	}
	u.Streams = streams
}

// foldSessions shows the calls to the rules that read them.
func (f *facts) foldSessions(folds []Fold) {
	var list []SessionFold
	for _, x := range folds {
		if s, ok := x.(SessionFold); ok {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return
	}
	for _, s := range f.sessions() {
		if f.ctx.Err() != nil {
			return
		}
		u := observe.Session{Session: s, Subject: f.subject(s.Client), Sees: f.sees(s.Client)}
		for _, id := range s.FlowIDs {
			if fl := f.byID[id]; fl != nil {
				u.Flows = append(u.Flows, observe.Flow{})
				f.show(&u.Flows[len(u.Flows)-1], fl)
			}
		}
		slices.SortFunc(u.Flows, func(a, b observe.Flow) int { return earlier(bareRef(&a), bareRef(&b)) })
		for i := range u.Flows {
			for j := range u.Flows[i].Streams {
				u.Flows[i].Streams[j].Flow = &u.Flows[i]
			}
		}
		for _, x := range list {
			x.AddSession(&u)
		}
	}
}

// foldRecords shows a fold the records of the type that it reads.
func (f *facts) foldRecords(fold Fold) {
	x, ok := fold.(RecordFold)
	if !ok || x.RecordType() == (*record.Flow)(nil).RecordType() {
		return
	}
	type belonging struct {
		record.Record
		flow string
	}
	var list []belonging
	for r := range f.set.All {
		if r.RecordType() == x.RecordType() {
			list = append(list, belonging{r, flowID(r)})
		}
	}
	slices.SortStableFunc(list, func(a, b belonging) int { return cmp.Compare(a.flow, b.flow) })
	var u observe.Flow
	for i, r := range list {
		if i%foldSize == 0 && f.ctx.Err() != nil {
			return
		}
		fl := f.byID[r.flow]
		if fl == nil {
			x.AddRecord(r.Record, nil)
			continue
		}
		if i == 0 || r.flow != list[i-1].flow {
			f.show(&u, fl)
		}
		x.AddRecord(r.Record, &u)
	}
}

// flowID of the flow that a record belongs to, or "".
func flowID(r record.Record) string {
	switch r := r.(type) {
	case *record.MediaStream:
		return r.FlowID
	case *record.MediaInterval:
		return r.FlowID
	case *record.TLSSession:
		return r.FlowID
	}
	return ""
}

// judgeAll closes the folds, several at a time.
func judgeAll(shared *facts, rules []*Rule, folds []Fold, o Options) []*record.Finding {
	found := make([][]*record.Finding, len(rules))
	var g errgroup.Group
	g.SetLimit(o.workers())
	for i, r := range rules {
		g.Go(func() error {
			if shared.ctx.Err() != nil {
				return nil
			}
			shared.foldRecords(folds[i])
			s := &Scope{Env: shared.env, Context: shared.context(), Rule: r}
			folds[i].Close(s)
			found[i] = s.findings
			return nil
		})
	}
	_ = g.Wait()
	return slices.Concat(found...)
}

// context is what of the facts a rule may ask at its end.
func (f *facts) context() *Context {
	var webex int64
	for _, fl := range f.webex {
		webex += fl.Count()
	}
	return &Context{Webex: webex, Health: f.health, End: f.end, LossGate: f.lossGate,
		Vantage: f.vantage, Sides: f.oneSided, Comparison: f.set.Comparison, Compared: f.set.Compared}
}

func isThird(f *record.Flow) bool { return f.Service == record.ThirdParty || f.Connect != nil }

// sessions of the run by start.
func (f *facts) sessions() []*record.Session {
	return sorted(f.set.Sessions, func(a, b *record.Session) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.SessionID, b.SessionID))
	})
}
