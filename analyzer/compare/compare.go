// Package compare holds two capture points of the same calls against each other. In go, for each point, the records of
// a run and a way to read its packets again; out come a record.Comparison and a record.ComparedStream for each media
// stream that both points have: where its packets vanish, where their marks change, and how long they are on their way.
//
// Streams are matched by SSRC, and packets by sequence number and RTP time stamp, which address translation leaves
// alone; so do routers and firewalls, but not media servers. The clocks of the points are aligned by the packets
// themselves (clock.go). A stream takes a bounded amount of memory (trace.go).
package compare

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/parallel"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// maxStreams is how many streams are compared at most; Comparison.LeftOut counts the others.
const maxStreams = 10_000

// Point is one capture point.
type Point struct {
	Name    string
	Set     *record.Set
	Packets func(show func(*decode.Packet)) error // reads the packets again
}

// side is a point while it is compared.
type side struct {
	*Point
	flows   map[string]carrier    // of streams
	streams []*record.MediaStream // over UDP
	about   record.Point
}

// carrier is what is known of a flow that carries a stream.
type carrier struct {
	client netip.Addr // invalid where its record is missing
	tcp    bool       // or anything but UDP
}

// comparison is the work on two points.
type comparison struct {
	a, b  side
	out   *record.Comparison
	pairs []*pair
	clock clock
}

// Streams compares two points. The error is that of reading the packets.
func Streams(a, b Point) (*record.Comparison, []*record.ComparedStream, error) {
	c := &comparison{a: newSide(&a), b: newSide(&b), out: new(record.Comparison)}
	c.out.A, c.out.B = c.a.about, c.b.about
	if err := c.read(); err != nil {
		return nil, nil, err
	}
	c.orient()
	list := c.streams()
	c.clocks()
	c.out.Problem = c.problem(list)
	return c.out, list, nil
}

func newSide(p *Point) side {
	s := side{Point: p, flows: map[string]carrier{},
		about: record.Point{Name: p.Name, Files: []string{}, Vantage: "unknown", LossAssessable: true}}
	for _, m := range p.Set.Streams {
		s.flows[m.FlowID] = carrier{}
	}
	for f := range p.Set.EachFlow {
		if _, wanted := s.flows[f.FlowID]; wanted {
			s.flows[f.FlowID] = carrier{f.ClientAddr(), f.Proto != "udp"}
		}
	}
	for _, m := range p.Set.Streams {
		if s.flows[m.FlowID].tcp {
			s.about.OverTCP++
			continue
		}
		s.streams = append(s.streams, m)
	}
	s.about.Streams = len(s.streams)
	if r := p.Set.Run; r != nil {
		s.about.Vantage = cmp.Or(r.Vantage.Value, "unknown")
		for _, f := range r.Files {
			s.about.Files = append(s.about.Files, f.Path)
		}
	}
	for _, h := range p.Set.Health {
		s.about.Packets += h.Packets
		s.about.LossAssessable = s.about.LossAssessable && h.LossAssessable
		if h.StartTime != 0 && (s.about.StartTime == 0 || h.StartTime < s.about.StartTime) {
			s.about.StartTime = h.StartTime
		}
		s.about.EndTime = max(s.about.EndTime, h.EndTime)
	}
	return s
}

// read follows the streams whose SSRC both points have through the packets of both, and pairs them.
func (c *comparison) read() error {
	inB := map[uint32]bool{}
	for _, m := range c.b.streams {
		inB[m.SSRC] = true
	}
	wanted := map[uint32]bool{}
	for _, m := range c.a.streams {
		switch {
		case !inB[m.SSRC] || wanted[m.SSRC]:
		case len(wanted) == maxStreams:
			c.out.LeftOut++
		default:
			wanted[m.SSRC] = true
		}
	}
	a, b := newTracer(c.a.streams, wanted), newTracer(c.b.streams, wanted)
	var errs [2]error
	if len(wanted) > 0 {
		parallel.Do(2, func() { errs[0] = c.a.Packets(a.packet) }, func() { errs[1] = c.b.Packets(b.packet) })
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	c.pairs = match(a.traces, b.traces)
	c.out.OnlyA, c.out.OnlyB = alone(c.a.streams, wanted), alone(c.b.streams, wanted)
	return nil
}

// alone counts the streams whose SSRC is not among those of both points.
func alone(list []*record.MediaStream, both map[uint32]bool) (n int) {
	for _, m := range list {
		if !both[m.SSRC] {
			n++
		}
	}
	return n
}

// orient tells of each stream which point it passes first: by the clocks where both directions of its flow were
// matched, else by the hops that its packets have behind them, else as the streams of its direction do.
func (c *comparison) orient() {
	flows := map[string]*[2][]*pair{}
	var order []string
	for _, p := range c.pairs {
		if p.problem == "" {
			p.measure()
		}
		if p.problem != "" {
			continue
		}
		id := p.a.stream.FlowID
		if flows[id] == nil {
			flows[id] = new([2][]*pair)
			order = append(order, id)
		}
		dir := 0
		if p.a.stream.Direction == "rev" {
			dir = 1
		}
		flows[id][dir] = append(flows[id][dir], p)
	}
	for _, id := range order {
		c.orientFlow(flows[id])
	}
	if c.clock = align(c.pairs); !c.clock.known {
		c.clock = undirected(c.pairs)
	}
}

func (c *comparison) orientFlow(directions *[2][]*pair) {
	first := earlier(*directions)
	for dir, pairs := range directions {
		for _, p := range pairs {
			switch {
			case first != 0 && dir == 0:
				p.first, p.by = first, "clocks"
			case first != 0:
				p.first, p.by = pointA+pointB-first, "clocks"
			default:
				if p.first = p.hops(); p.first != 0 {
					p.by = "hops"
				}
			}
		}
	}
}

// streams makes the records.
func (c *comparison) streams() (list []*record.ComparedStream) {
	for _, p := range c.pairs {
		r := c.stream(p)
		if r.Problem == "" {
			c.out.Compared++
		}
		list = append(list, r)
	}
	c.out.Streams = len(list)
	slices.SortStableFunc(list, func(x, y *record.ComparedStream) int {
		return cmp.Or(cmp.Compare(x.StartTime, y.StartTime), cmp.Compare(x.SSRC, y.SSRC))
	})
	return list
}

func (c *comparison) stream(p *pair) *record.ComparedStream {
	a, b := p.a.stream, p.b.stream
	r := &record.ComparedStream{SSRC: a.SSRC, Kind: a.Kind, PayloadType: a.PayloadType, Webex: a.Webex || b.Webex,
		A: end(p.a), B: end(p.b), StartTime: a.StartTime, EndTime: a.EndTime, Problem: p.problem}
	if r.Kind == "unknown" {
		r.Kind = b.Kind
	}
	if f := c.a.flows[a.FlowID]; f.client.IsValid() {
		r.Client = f.client
		r.Upstream = r.Client == a.SrcIP
	}
	if r.Problem != "" {
		return r
	}
	lo, hi, ok := p.count(r)
	if !ok {
		r.Problem = unlike(p.a, p.b)
		return r
	}
	if p.first == 0 {
		return r
	}
	r.First, r.FirstBy = [...]string{pointA: "a", pointB: "b"}[p.first], p.by
	lost, unseen, second := r.OnlyA, r.OnlyB, b
	if p.first == pointB {
		lost, unseen, second = unseen, lost, a
	}
	r.LostBetween, r.CaptureLost = &lost, &unseen
	if x := second.RTCP; x != nil {
		after := max(x.Lost-lost-r.Neither, 0)
		r.LostAfter = &after
	}
	if p.a.beyond+p.b.beyond == 0 {
		from, to := c.during(p.first)
		p.ends(r, lo, hi, from, to)
	}
	if c.clock.known && c.clock.uneven == 0 {
		p.delays(r, &c.clock)
	}
	return r
}

func end(t *trace) record.StreamEnd {
	m := t.stream
	return record.StreamEnd{FlowID: m.FlowID, SrcIP: m.SrcIP, SrcPort: m.SrcPort, DstIP: m.DstIP, DstPort: m.DstPort,
		Packets: t.packets, TTL: int(t.ttl), CaptureLost: m.CaptureLost}
}

// margin is kept from the ends of a capture: what is on its way then is seen at one point alone.
const margin = int64(time.Second)

// during is when the point that is not first captured, by the clock of the first one.
func (c *comparison) during(first int) (from, to int64) {
	if first == pointA {
		from, to = int64(c.b.about.StartTime), int64(c.b.about.EndTime)
		return from - int64(c.clock.at(from)) + margin, to - int64(c.clock.at(to)) - margin
	}
	from, to = int64(c.a.about.StartTime), int64(c.a.about.EndTime)
	return from + int64(c.clock.at(from)) + margin, to + int64(c.clock.at(to)) - margin
}

// clocks fills in how the clocks stand to each other.
func (c *comparison) clocks() {
	k, o := &c.clock, c.out
	if !k.known {
		return
	}
	o.ClockOffsetMs, o.ClockMethod = ms(int64(k.offset)), "one-direction"
	switch {
	case k.blind:
		o.ClockMethod = "unknown-direction"
	case k.both:
		o.ClockMethod, o.ClockErrorMs = "both-directions", ms(int64(k.within))
	}
	if k.driven {
		o.ClockDriftPPM = ms(int64(k.drift * 1e12)) // rounded to three decimals
	}
	if k.uneven > 0 {
		o.DelayProblem = wording.New("cmp.uneven", "the clocks of the two points went astray from each other by %s ms: a clock was set, or "+
			"runs unevenly", wording.Decimal(*ms(int64(k.uneven)))).String()
	}
	start, stop := c.a.about.StartTime, c.a.about.EndTime
	from, to := c.during(pointA)
	o.OverlapS = max(float64(min(to+margin, int64(stop))-max(from-margin, int64(start)))/1e9, 0)
}

// problem is why nothing was compared, and the captures that would help.
func (c *comparison) problem(list []*record.ComparedStream) string {
	if c.out.Compared > 0 {
		return ""
	}
	const again = "capture one call at both points at the same time, whole packets, before any encryption of the path"
	for _, s := range []*side{&c.a, &c.b} {
		switch {
		case s.about.Streams > 0:
		case s.about.OverTCP > 0:
			return s.which(c) + " holds media over TCP alone, where lost packets are sent again; " + again
		default:
			return s.which(c) + " holds no RTP stream over UDP" + s.unopened() + "; " + again
		}
	}
	if len(list) > 0 {
		return list[0].Problem
	}
	text := wording.New("cmp.disjoint", "no RTP stream is in both captures: %s at A and %s at B have no SSRC in common",
		wording.Count(c.a.about.Streams, "stream", "streams"), wording.Count(c.b.about.Streams, "stream", "streams")).String()
	a, b := &c.a.about, &c.b.about
	if a.EndTime < b.StartTime || b.EndTime < a.StartTime {
		clock := func(t record.Time) wording.Arg { return wording.Clock(t.Time(), true) }
		text += wording.New("cmp.apart", ", and by their clocks they do not overlap (A %s to %s, B %s to %s)",
			clock(a.StartTime), clock(a.EndTime), clock(b.StartTime), clock(b.EndTime)).String()
	}
	return text + "; " + again
}

// which is the letter of the point.
func (s *side) which(c *comparison) string {
	if s == &c.a {
		return "A"
	}
	return "B"
}

// unopened names what the packets may be in.
func (s *side) unopened() string {
	most, name := int64(0), ""
	for _, h := range s.Set.Health {
		for n, bytes := range h.Unknown {
			if bytes > most || bytes == most && n < name {
				most, name = bytes, n
			}
		}
	}
	if name == "" {
		return ""
	}
	return " (" + wording.Bytes(most).String() + " are in " + name + ", which cannot be opened)"
}
