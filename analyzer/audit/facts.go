package audit

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// facts is what all rules of a run share: indices over the records, what all flows together say, and the judgements
// that gate other rules. Of a flow alone it keeps next to nothing: flows are read from their source by number. Nothing
// in it changes once it is made.
type facts struct {
	ctx    context.Context // when it is done, nobody wants to know any more
	env    *Env
	set    *record.Set
	source record.FlowSource
	health []*record.CaptureHealth

	streams  []*record.MediaStream              // of Webex, with their flow present, by start
	seriesOf map[string][]*record.MediaInterval // by stream
	known    map[string]*known                  // by flow id, those that other records belong to
	carriers map[int]*carrier                   // by number of the flow, those with RTP streams
	again    []bool                             // by number: the 5-tuple had a flow before; nil: none had

	both     map[netip.Addr]bool // addresses with a flow seen in both directions
	bothUDP  map[netip.Addr]bool
	subjects map[netip.Addr]record.Subject // of the clients of Webex and lookups
	end      record.Time                   // of the last packet known

	flows    *counts // of all flows
	parts    *counts // what takes those away from them that began in an earlier window
	oneSided Sides
	lossGate string // why media loss cannot be judged, or ""

	clockStep bool
	truncated bool // packets were captured shorter than they were
	vantage   Place
}

// known is a flow that other records belong to.
type known struct {
	number  int      // -1: it is not there
	carrier *carrier // nil without RTP streams
}

func newFacts(ctx context.Context, set *record.Set, o Options) *facts {
	f := &facts{ctx: ctx, env: newEnv(set.Run, o), set: set, source: set.Source(),
		seriesOf: map[string][]*record.MediaInterval{}, known: map[string]*known{}, carriers: map[int]*carrier{},
		subjects: map[netip.Addr]record.Subject{}}
	f.health = sorted(set.Health, func(a, b *record.CaptureHealth) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Interface, b.Interface))
	})
	streams := f.expect()
	f.survey(o.workers())
	f.addStreams(streams)
	for _, h := range f.health {
		f.end = max(f.end, h.EndTime)
		f.clockStep = f.clockStep || h.ClockSteps > 0
		f.truncated = f.truncated || h.Truncated > 0
	}
	f.oneSided = f.oneSided.judged(f.env)
	f.lossGate = f.judgeLoss()
	f.vantage = f.place()
	return f
}

func sorted[R any](list []*R, compare func(a, b *R) int) []*R {
	list = slices.Clone(list)
	slices.SortFunc(list, compare)
	return list
}

// expect notes the flows that other records belong to, and yields the streams by start.
func (f *facts) expect() []*record.MediaStream {
	all := sorted(f.set.Streams, func(a, b *record.MediaStream) int {
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.StreamID, b.StreamID))
	})
	for _, m := range all {
		k := f.expectFlow(m.FlowID)
		if k.carrier == nil {
			k.carrier = new(carrier)
		}
		if m.Webex {
			k.carrier.streams = append(k.carrier.streams, m)
		}
	}
	for _, i := range f.set.Intervals {
		f.seriesOf[i.StreamID] = append(f.seriesOf[i.StreamID], i)
		f.expectFlow(i.FlowID)
	}
	for _, list := range f.seriesOf {
		slices.SortStableFunc(list, func(a, b *record.MediaInterval) int {
			return cmp.Compare(a.StartTime, b.StartTime)
		})
	}
	for _, s := range f.set.Sessions {
		for _, id := range s.FlowIDs {
			f.expectFlow(id)
		}
	}
	return all
}

func (f *facts) expectFlow(id string) *known {
	k := f.known[id]
	if k == nil {
		k = &known{number: -1}
		f.known[id] = k
	}
	return k
}

// find is the number of a flow that other records belong to; false: it is not there.
func (f *facts) find(id string) (number int, ok bool) {
	k := f.known[id]
	if k == nil || k.number < 0 {
		return 0, false
	}
	return k.number, true
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
