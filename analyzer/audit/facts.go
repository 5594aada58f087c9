package audit

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"golang.org/x/sync/errgroup"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// facts is what all rules of a run share: sorted copies of the record lists, indices over them, and the judgements that
// gate other rules. Nothing in it changes once it is made.
type facts struct {
	ctx context.Context // when it is done, nobody wants to know any more
	env *Env
	set *record.Set

	flows  []*record.Flow // all flows by start time
	webex  []*record.Flow
	health []*record.CaptureHealth

	streams []*record.MediaStream // of Webex, with their flow present

	known    []known                            // of flows, in their order
	byID     map[string]*known                  // the same by flow id
	seriesOf map[string][]*record.MediaInterval // by stream

	both     map[netip.Addr]bool // addresses with a flow seen in both directions
	bothUDP  map[netip.Addr]bool
	subjects map[netip.Addr]record.Subject // of the clients of webex and lookups
	end      record.Time                   // of the last packet known

	oneSided  Sides
	lossGate  string // why media loss cannot be judged, or ""
	clockStep bool
	truncated bool // packets were captured shorter than they were
	vantage   Place
}

// known is a flow with what hangs on it.
type known struct {
	*record.Flow
	tls     *record.TLSSession    // of Webex
	streams []*record.MediaStream // of Webex
	rtp     bool                  // it has RTP streams, Webex or not
	again   bool                  // its 5-tuple had a flow before
	legs    []observe.Leg         // of the same call
}

func newFacts(ctx context.Context, set *record.Set, o Options) *facts {
	f := &facts{ctx: ctx, env: newEnv(set.Run, o), set: set,
		known: make([]known, len(set.Flows)), byID: make(map[string]*known, len(set.Flows)),
		seriesOf: map[string][]*record.MediaInterval{}, both: map[netip.Addr]bool{}, bothUDP: map[netip.Addr]bool{},
		subjects: map[netip.Addr]record.Subject{}}
	f.flows = sorted(set.Flows, func(a, b *record.Flow) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.FlowID, b.FlowID))
	})
	f.health = sorted(set.Health, func(a, b *record.CaptureHealth) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Interface, b.Interface))
	})
	if ctx.Err() != nil {
		return f
	}
	var g errgroup.Group
	g.SetLimit(o.workers())
	g.Go(func() error { f.addFlows(); return nil })
	g.Go(func() error { f.addSides(); return nil })
	_ = g.Wait()
	f.addLegs()
	for _, h := range f.health {
		f.end = max(f.end, h.EndTime)
		f.clockStep = f.clockStep || h.ClockSteps > 0
		f.truncated = f.truncated || h.Truncated > 0
	}
	f.oneSided = f.sides()
	f.continued()
	f.lossGate = f.judgeLoss()
	f.vantage = f.place()
	return f
}

func sorted[R any](list []*R, compare func(a, b *R) int) []*R {
	list = slices.Clone(list)
	slices.SortFunc(list, compare)
	return list
}

// addFlows makes the lists of flows, and the indices by their ids.
func (f *facts) addFlows() {
	for i, fl := range f.flows {
		f.known[i].Flow = fl
		f.byID[fl.FlowID] = &f.known[i]
		f.end = max(f.end, fl.EndTime)
		if fl.Webex {
			f.webex = append(f.webex, fl)
		}
	}
	f.addMedia()
	f.addTLS()
}

// addSides makes what is known of addresses.
func (f *facts) addSides() {
	for _, fl := range f.flows {
		if fl.Webex || len(fl.Lookups) > 0 {
			if a := fl.ClientAddr(); f.subjects[a].Kind == "" {
				f.subjects[a] = f.env.SubjectOf(a)
			}
		}
		if fl.PacketsFwd == 0 || fl.PacketsRev == 0 {
			continue
		}
		for _, a := range []netip.Addr{fl.SrcIP, fl.DstIP} {
			if !f.both[a] {
				f.both[a] = true
			}
			if fl.Proto == "udp" && !f.bothUDP[a] {
				f.bothUDP[a] = true
			}
		}
	}
}

func (f *facts) addMedia() {
	all := sorted(f.set.Streams, func(a, b *record.MediaStream) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.StreamID, b.StreamID))
	})
	for _, m := range all {
		fl := f.byID[m.FlowID]
		if fl == nil {
			continue
		}
		fl.rtp = true
		if m.Webex && fl.Webex {
			f.streams = append(f.streams, m)
			fl.streams = append(fl.streams, m)
		}
	}
	for _, i := range f.set.Intervals {
		f.seriesOf[i.StreamID] = append(f.seriesOf[i.StreamID], i)
	}
	for _, list := range f.seriesOf {
		slices.SortStableFunc(list, func(a, b *record.MediaInterval) int {
			return cmp.Compare(a.StartTime, b.StartTime)
		})
	}
}

func (f *facts) addTLS() {
	for _, t := range f.set.TLS {
		if fl := f.byID[t.FlowID]; t.Webex && fl != nil {
			fl.tls = t
		}
	}
}

// subject groups a client: by its site, else by its subnet.
func (f *facts) subject(client netip.Addr) record.Subject {
	if s, ok := f.subjects[client]; ok {
		return s
	}
	return f.env.SubjectOf(client)
}

// sees reports whether the capture shows packets in both directions for a client, so that silence means silence.
func (f *facts) sees(client netip.Addr) bool { return f.both[client] && !f.oneSided.Bad }

// place lowers what rests on it: a declaration that the capture contradicts to possible, a weak guess to probable.
func (f *facts) place() Place {
	if f.set.Run == nil || f.set.Run.Vantage.Value == "" {
		return Place{Value: "unknown", Reason: "not stated"}
	}
	v := f.set.Run.Vantage
	p := Place{v.Value, record.Confirmed, v.Reason}
	switch {
	case v.Declared && v.Confidence == record.Possible:
		p.Confidence = record.Possible
	case !v.Declared && v.Confidence != record.Confirmed && v.Confidence != record.Probable:
		p.Confidence = record.Probable
	}
	return p
}
