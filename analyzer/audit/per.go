package audit

import (
	"cmp"
	"maps"
	"slices"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Per is the form of most rules: it looks at one kind of thing after the other (flows, streams, TLS handshakes, calls),
// groups what is wrong by subject, and reports the groups. Functions get the thresholds by the Env, and must not keep
// what they are given.
type Per[T observe.Flow | observe.Stream | observe.TLS | observe.Session] struct {
	Of      wording.Noun        // what is counted
	Pass    wording.Text        // what is in order where nothing is reported
	Missing wording.Text        // what is missing where nothing says so more exactly
	Absent  wording.Text        // not-observed: instead of "no … in this capture"
	Absence func() wording.Text // Absent, where what was seen decides; asked at the end. Nil: Absent

	Applies func(*Env, *T) bool // the rule speaks of it; nil: of all
	// what it would take to judge this one; the zero Text: nothing. Nil: all can be judged
	Lacks func(*Env, *T) wording.Text
	// false: in such a capture the rule speaks of nothing, asked at the end. Nil: it does
	Speaks func(*Scope) bool
	Spoils wording.Text // where one lacks just this, nothing passes: it may be what is wrong
	// what it would take to judge any of them, asked at the end; nil: nothing
	Gate func(*Scope) wording.Text
	// it is wrong; what the finding shall say of it goes into the group, only then
	Breaks     func(*Env, *T, *Group) bool
	Confidence func(*Env, *T) record.Confidence // of one that is wrong; nil: confirmed. "" raises nothing
	Subject    func(*Env, *T) record.Subject    // nil: the client's site, else its subnet
	Keep       func(*observe.Flow) bool         // which flows of a call belong to the finding; nil: all
	Cite       Citation
	Enough     *Limit                               // what the count of a group must reach; nil: 1
	Report     func(*Scope, *Group) (Verdict, bool) // false: the group is in order after all
}

// PerFlow, PerStream, PerTLS and PerSession are the kinds of Per.
type (
	PerFlow    = Per[observe.Flow]
	PerStream  = Per[observe.Stream]
	PerTLS     = Per[observe.TLS]
	PerSession = Per[observe.Session]
)

// Begin implements Judge.
func (r Per[T]) Begin(e *Env) Fold {
	f := &perFold[T]{rule: r, env: e}
	f.groups = NewGroups(&f.rule.Cite)
	return f
}

type perFold[T observe.Flow | observe.Stream | observe.TLS | observe.Session] struct {
	rule         Per[T]
	env          *Env
	seen, judged int64
	missing      missing
	groups       Groups
	handshake    T // lent, of TLS
}

func (p *perFold[T]) shows() shown {
	switch any(p).(type) {
	case *perFold[observe.Flow]:
		return showFlows
	case *perFold[observe.Stream]:
		return showStreams
	case *perFold[observe.TLS]:
		return showTLS
	}
	return showNone
}

// Add implements Fold.
func (p *perFold[T]) Add(f *observe.Flow) {
	switch one := any(p).(type) {
	case *perFold[observe.Flow]:
		one.one(f, f)
	case *perFold[observe.Stream]:
		for i := range f.Streams {
			one.one(f, &f.Streams[i])
		}
	case *perFold[observe.TLS]:
		if f.TLS != nil {
			one.handshake = observe.TLS{TLSSession: f.TLS, Flow: f}
			one.one(f, &one.handshake)
		}
	}
}

// AddSession implements SessionFold.
func (p *perFold[T]) AddSession(s *observe.Session) {
	one, ok := any(p).(*perFold[observe.Session])
	if !ok || one.rule.Applies != nil && !one.rule.Applies(p.env, s) {
		return
	}
	g := one.judge(s, s.Subject, 1)
	if g == nil {
		return
	}
	g.Clients.Add(s.Client)
	g.Span(s.StartTime, s.EndTime)
	for i := range s.Flows {
		if p.rule.Keep != nil && !p.rule.Keep(&s.Flows[i]) {
			continue
		}
		g.Flow(p.env, &s.Flows[i], &p.rule.Cite)
	}
}

func (p *perFold[T]) one(f *observe.Flow, t *T) {
	if p.rule.Applies != nil && !p.rule.Applies(p.env, t) {
		return
	}
	if g := p.judge(t, f.Subject, f.Count()); g != nil {
		g.Flow(p.env, f, &p.rule.Cite)
	}
}

// judge counts so many, and returns the group of what is wrong.
func (p *perFold[T]) judge(t *T, s record.Subject, n int64) *Group {
	r := &p.rule
	if r.Subject != nil {
		s = r.Subject(p.env, t)
	}
	p.seen += n
	g := p.groups.At(s)
	g.Seen += n
	if r.Lacks != nil {
		if what := r.Lacks(p.env, t); what.Format != "" {
			p.missing.add(what, n)
			return nil
		}
	}
	p.judged += n
	g.Judged += n
	if !r.Breaks(p.env, t, g) {
		return nil
	}
	g.Count += n
	conf := record.Confirmed
	if r.Confidence != nil {
		conf = r.Confidence(p.env, t)
	}
	g.Raise(conf)
	return g
}

// Merge implements Fold.
func (p *perFold[T]) Merge(other Fold) {
	o := other.(*perFold[T])
	p.seen, p.judged = p.seen+o.seen, p.judged+o.judged
	p.missing.merge(o.missing)
	p.groups.Merge(&o.groups)
}

// Close implements Fold.
func (p *perFold[T]) Close(s *Scope) {
	r := &p.rule
	o := Outcome{Of: r.Of, Seen: p.seen, Judged: p.judged, Pass: r.Pass, Missing: p.missing.most(r.Missing),
		Absent: r.Absent}
	if r.Absence != nil {
		o.Absent = r.Absence()
	}
	if m, ok := p.missing[r.Spoils.String()]; ok && r.Spoils.Format != "" {
		o.Seen, o.Judged, o.Missing = m.n, 0, r.Spoils
	}
	if r.Speaks != nil && !r.Speaks(s) {
		s.Conclude(Outcome{Of: r.Of, Absent: r.Absent})
		return
	}
	if r.Gate != nil {
		if what := r.Gate(s); what.Format != "" {
			o.Judged, o.Missing = 0, what
			s.Conclude(o)
			return
		}
	}
	enough := 1.0
	if r.Enough != nil {
		enough = s.Value(r.Enough)
	}
	for g := range p.groups.All {
		if g.Count == 0 || float64(g.Count) < enough {
			continue
		}
		if v, bad := r.Report(s, g); bad {
			s.Report(g, v)
		}
	}
	s.Conclude(o)
}

// missing counts what it would take to judge what was not judged.
type missing map[string]struct {
	text wording.Text
	n    int64
}

func (m *missing) add(t wording.Text, n int64) {
	if *m == nil {
		*m = missing{}
	}
	key := t.String()
	old := (*m)[key]
	old.text, old.n = t, old.n+n
	(*m)[key] = old
}

func (m *missing) merge(o missing) {
	for _, v := range o {
		m.add(v.text, v.n)
	}
}

// most is what most of them lack, or the given text.
func (m missing) most(otherwise wording.Text) wording.Text {
	if len(m) == 0 {
		return otherwise
	}
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(m[b].n, m[a].n), cmp.Compare(a, b))
	})
	return m[keys[0]].text
}
