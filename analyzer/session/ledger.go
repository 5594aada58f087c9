package session

import (
	"slices"

	"webexaudit/analyzer/record"
)

// Sides sums up the ledgers of each call's streams: what was lost between the client and the capture point, what
// between that and the cloud, and how long the way over each stretch and back is. Trips are the round trips of streams
// behind the capture point, µs, by stream. The calls are changed.
func Sides(set *record.Set, trips map[string][]int64) {
	streams := callStreams(set)
	flows := map[string][]*balance{} // of the calls that have the flow
	var all []*balance
	for _, s := range set.Sessions {
		b := newBalance(s)
		for _, id := range s.StreamIDs {
			if m := streams[id]; m != nil && m.Ledger != nil {
				b.stream(m, trips[id])
			}
		}
		switch {
		case b.streams > 0:
		case s.Transport == record.TCP || s.Transport == record.TLS || s.Transport == record.TLSProxied:
			b.client.unknown, b.cloud.unknown = insideTCP, insideTCP
		default:
			continue
		}
		all = append(all, b)
		for _, id := range s.FlowIDs {
			flows[id] = append(flows[id], b)
		}
	}
	for _, f := range set.EachWebex {
		for _, b := range flows[f.FlowID] {
			b.flow(f)
		}
	}
	for _, b := range all {
		b.call.ClientSide, b.call.CloudSide = b.client.record(), b.cloud.record()
	}
}

// callStreams are the streams of calls.
func callStreams(set *record.Set) map[string]*record.MediaStream {
	streams := map[string]*record.MediaStream{}
	for _, s := range set.Sessions {
		for _, id := range s.StreamIDs {
			streams[id] = nil
		}
	}
	for _, m := range set.Streams {
		if _, wanted := streams[m.StreamID]; wanted {
			streams[m.StreamID] = m
		}
	}
	return streams
}

// insideTCP is why the losses of a call are not told by side where its media ran over no UDP.
const insideTCP = "media ran inside TCP, which sends again what is lost: losses show as delay, and not on which side"

// balance is what is known of a call on both sides of the capture point.
type balance struct {
	call          *record.Session
	node          string // of media that go to the cloud itself
	streams       int
	client, cloud stretch
}

func newBalance(s *record.Session) *balance {
	b := &balance{call: s}
	if s.Proxy == "" {
		b.node = s.Node
	}
	return b
}

// stretch is one side.
type stretch struct {
	rec     record.Stretch
	unknown string
	trips   [len(tripSources)][]int64 // µs
}

// tripSources are what tells round trips, the best first.
var tripSources = [...]string{"echo", "report", "stun", "tcp"}

const (
	bySTUN = 2 + iota
	byTCP
)

// stream adds a stream, of which the near side of the capture point is the sender's.
func (b *balance) stream(m *record.MediaStream, trips []int64) {
	b.streams++
	s, l := b.call, m.Ledger
	near, far := &b.client, &b.cloud
	if !m.Upstream {
		near, far = far, near
	}
	source := slices.Index(tripSources[:], l.RTTSource)
	if source >= 0 {
		far.trips[source] = append(far.trips[source], trips...)
	}
	s.FeedbackRefused += l.Refused
	out := l.Numbers
	if l.Unsent != nil {
		out -= *l.Unsent
		if !m.Upstream {
			addTo(&s.Unsent, *l.Unsent)
		}
	}
	near.lose(out, l.LostBefore, l.LostBeforeLow, l.LostBeforeHigh)
	if l.LostBehind == nil {
		far.unknown = l.Unknown
		return
	}
	far.lose(out-l.LostBefore, *l.LostBehind, *l.LostBehindLow, *l.LostBehindHigh)
}

func addTo(sum **int64, n int64) {
	if *sum == nil {
		*sum = new(int64(0))
	}
	**sum += n
}

func (x *stretch) lose(packets, lost, low, high int64) {
	addTo(&x.rec.Packets, packets)
	addTo(&x.rec.Lost, lost)
	addTo(&x.rec.LostLow, low)
	addTo(&x.rec.LostHigh, high)
}

// flow adds what other protocols say of the round trips.
func (b *balance) flow(f *record.Flow) {
	if f.STUN != nil {
		for _, t := range f.STUN.RTTs {
			b.cloud.trips[bySTUN] = append(b.cloud.trips[bySTUN], int64(t.Ms*1000))
		}
		if f.STUN.RTTMs != nil && len(f.STUN.RTTs) == 0 {
			b.cloud.trips[bySTUN] = append(b.cloud.trips[bySTUN], int64(*f.STUN.RTTMs*1000))
		}
	}
	if f.TCP == nil {
		return
	}
	client, server := f.TCP.NearRTTMs, f.TCP.FarRTTMs // of handshakes: data may be acknowledged late
	if !f.ClientIsSource() {
		client, server = server, client
	}
	if client != nil {
		b.client.trips[byTCP] = append(b.client.trips[byTCP], int64(*client*1000))
	}
	if server != nil && f.Server().String() == b.node { // signalling goes elsewhere, and a proxy is not the cloud
		b.cloud.trips[byTCP] = append(b.cloud.trips[byTCP], int64(*server*1000))
	}
}

func (x *stretch) record() *record.Stretch {
	r := new(x.rec) // not with the trips
	r.Unknown = x.unknown
	if r.Packets != nil && *r.Packets > 0 {
		r.LossPercent = new(float64(int64(float64(*r.Lost)*1e5/float64(*r.Packets)+0.5)) / 1e3)
	}
	for i, list := range x.trips {
		if len(list) > 0 {
			slices.Sort(list)
			r.RTTSource = tripSources[i]
			r.RTTMinMs, r.RTTMedianMs, r.RTTP90Ms = record.Spread(list)
			break
		}
	}
	return r
}
