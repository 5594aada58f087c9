package audit

import (
	"cmp"
	"context"
	"slices"

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
	if err := shared.fault(); err != nil {
		return nil, nil, err
	}
	return shared.conclude(findings, rules, o)
}

// fault is why not all was judged.
func (f *facts) fault() error { return cmp.Or(f.ctx.Err(), f.source.Err()) }

// conclude joins findings with those that they follow from, and sums up.
func (f *facts) conclude(findings []*record.Finding, rules []*Rule,
	o Options) ([]*record.Finding, *record.Summary, error) {
	connect(findings, rules)
	complete(findings, o.Site)
	return findings, summarize(f.set, f.flows, findings, o), nil
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

// fold shows the flows to the rules, dealt over as many sets of folds as there are workers, and merges these.
func (f *facts) fold(rules []*Rule, workers int) []Fold {
	var dealt [][]Fold
	f.deal(workers, func() func(from, to int) error {
		mine := begin(rules, f.env)
		dealt = append(dealt, mine)
		b := newBatch()
		return func(from, to int) error { return f.add(rules, mine, upTo(from, to), b) }
	})
	return f.merged(dealt)
}

// upTo are the numbers from the one until before the other.
func upTo(from, to int) []int {
	list := make([]int, to-from)
	for i := range list {
		list[i] = from + i
	}
	return list
}

// merged joins what was dealt, and shows it the calls.
func (f *facts) merged(dealt [][]Fold) []Fold {
	folds := dealt[0]
	for _, more := range dealt[1:] {
		mergeAll(folds, more)
	}
	f.foldSessions(folds)
	return folds
}

// mergeAll joins what each rule remembers with what it remembers elsewhere.
func mergeAll(folds, others []Fold) {
	for i := range folds {
		folds[i].Merge(others[i])
		others[i] = nil
	}
}

// RunDealt judges as several machines would that share a run: each folds the flows of its part, by number and in the
// order given, and judges them by itself; the folds are merged in the order of the parts. The findings are those of
// [Run], however the flows are dealt.
func RunDealt(set *record.Set, o Options, parts [][]int) []*record.Finding {
	shared, rules := newFacts(context.Background(), set, o), inForce(o.Rules(), set)
	dealt, b := make([][]Fold, len(parts)), newBatch()
	for i, numbers := range parts {
		dealt[i] = begin(rules, shared.env)
		for some := range slices.Chunk(numbers, foldSize) {
			_ = shared.add(rules, dealt[i], some, b)
		}
		closeAll(shared, rules, dealt[i], o)
	}
	findings := judgeAll(shared, rules, shared.merged(dealt), o)
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

// add shows flows to folds, one rule after the other: its code and its groups are then at hand.
func (f *facts) add(rules []*Rule, folds []Fold, numbers []int, b *batch) error {
	return f.borrow(&b.loan, numbers, func(units []observe.Flow, tls []*record.TLSSession) {
		b.sort(units)
		for i, r := range rules {
			for _, u := range b.shownTo(folds[i]) {
				if r.Reads.wants(u) {
					folds[i].Add(u)
				}
			}
			addTLS(folds[i], units, tls)
		}
	})
}

// addTLS shows a fold that reads TLS sessions those of the flows.
func addTLS(fold Fold, units []observe.Flow, tls []*record.TLSSession) {
	x, ok := fold.(RecordFold)
	if !ok || x.RecordType() != (*record.TLSSession)(nil).RecordType() {
		return
	}
	for i, t := range tls {
		if t != nil {
			x.AddRecord(t, &units[i])
		}
	}
}

// foldSessions shows the calls to the folds that read them.
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
	var l loan
	for _, s := range f.sessions() {
		if f.ctx.Err() != nil {
			return
		}
		var numbers []int
		for _, id := range s.FlowIDs {
			if i, ok := f.find(id); ok {
				numbers = append(numbers, i)
			}
		}
		_ = f.borrow(&l, numbers, func(units []observe.Flow, _ []*record.TLSSession) {
			slices.SortFunc(units, func(a, b observe.Flow) int { return earlier(bareRef(&a), bareRef(&b)) })
			for i := range units {
				for j := range units[i].Streams {
					units[i].Streams[j].Flow = &units[i]
				}
			}
			u := observe.Session{Session: s, Flows: units, Subject: f.subject(s.Client), Sees: f.sees(s.Client)}
			for _, x := range list {
				x.AddSession(&u)
			}
		})
	}
}

// foldRecords shows a fold the records of the type that it reads, but for those that came with their flows.
func (f *facts) foldRecords(fold Fold) {
	x, ok := fold.(RecordFold)
	if !ok || x.RecordType() == (*record.Flow)(nil).RecordType() {
		return
	}
	var l loan
	list := f.belongings(x.RecordType())
	for len(list) > 0 && f.ctx.Err() == nil {
		n := 1
		for n < len(list) && list[n].flow == list[0].flow {
			n++
		}
		show := func(u *observe.Flow) {
			for _, r := range list[:n] {
				x.AddRecord(r.Record, u)
			}
		}
		if i, ok := f.find(list[0].flow); ok {
			_ = f.borrow(&l, []int{i}, func(units []observe.Flow, _ []*record.TLSSession) { show(&units[0]) })
		} else {
			show(nil)
		}
		list = list[n:]
	}
}

// belonging is a record with the flow that it belongs to.
type belonging struct {
	record.Record
	flow string
}

// belongings are the records of a type that folds see at the end, by flow.
func (f *facts) belongings(recordType string) (list []belonging) {
	if recordType == (*record.TLSSession)(nil).RecordType() {
		for _, t := range f.set.Loose() {
			list = append(list, belonging{t, t.FlowID})
		}
	} else {
		for r := range f.set.Of(recordType) {
			list = append(list, belonging{r, flowID(r)})
		}
	}
	slices.SortStableFunc(list, func(a, b belonging) int { return cmp.Compare(a.flow, b.flow) })
	return list
}

// flowID of the flow that a record belongs to, or "".
func flowID(r record.Record) string {
	switch r := r.(type) {
	case *record.MediaStream:
		return r.FlowID
	case *record.MediaInterval:
		return r.FlowID
	}
	return ""
}

// judgeAll shows the folds the records that come at the end, and closes them.
func judgeAll(shared *facts, rules []*Rule, folds []Fold, o Options) []*record.Finding {
	var g errgroup.Group
	g.SetLimit(o.workers())
	for _, x := range folds {
		g.Go(func() error { shared.foldRecords(x); return nil })
	}
	_ = g.Wait()
	return closeAll(shared, rules, folds, o)
}

// closeAll closes the folds, several at a time.
func closeAll(shared *facts, rules []*Rule, folds []Fold, o Options) []*record.Finding {
	found := make([][]*record.Finding, len(rules))
	var g errgroup.Group
	g.SetLimit(o.workers())
	for i, r := range rules {
		g.Go(func() error {
			if shared.ctx.Err() != nil {
				return nil
			}
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
	return &Context{Webex: int64(f.flows.webex), Health: f.health, End: f.end, LossGate: f.lossGate,
		Vantage: f.vantage, Sides: f.oneSided, Comparison: f.set.Comparison, Compared: f.set.Compared}
}

func isThird(f *record.Flow) bool { return f.Service == record.ThirdParty || f.Connect != nil }

// sessions of the run by start.
func (f *facts) sessions() []*record.Session {
	return sorted(f.set.Sessions, func(a, b *record.Session) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.SessionID, b.SessionID))
	})
}
