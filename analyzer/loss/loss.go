// Package loss parts what the network lost from what the capture lost.
//
// In go the finished records of a run: of flows one by one what TCP acknowledged ([TCP.Add]), for each media stream its
// gaps one by one, and the gaps in the numbers of mirror tunnels. Out come, written into the records of streams before
// anybody reads them: the capture's own loss rate with its bounds on capture_health, and on streams and intervals lost
// (the network's) and capture_lost (the capture's), whose sum is expected - packets.
//
// Two kinds of evidence are told apart. Some says which packets the capture lost: a gap in the mirror's sequence
// numbers between the two packets that a stream's gap lies between (mirror.go), bytes that a TCP connection around the
// stream lacks here (inside.go: TCP itself loses nothing, so what no missing bytes explain was lost before it), or gaps
// of both directions in the same instants (instants.go): what is missing towards the client was lost between cloud and
// capture, what is missing from it between client and capture, and two stretches of a path do not fail together again
// and again. The other kind says only how many: counters of the sensor, bytes that a receiver acknowledged but the
// capture lacks (tcp.go), and one and the same rate of loss on all paths in both directions (rates.go). Then all that
// this rate can explain is the capture's, and the rest the network's.
package loss

import (
	"fmt"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Gap is a run of packets missing in a stream.
type Gap struct {
	Time   int64 // of the packet that revealed it, ns
	Number int64 // of that packet, counted through all inputs
	After  int64 // and of the stream's packet before it
	Lost   int64
}

// Stream is a media stream with what its record does not hold.
type Stream struct {
	Rec    *record.MediaStream
	UDP    bool                       // or inside TCP
	Client netip.Addr                 // of its flow
	RTTMs  *float64                   // by its flow's STUN; nil: not known
	Gaps   []Gap                      // in order; those that had no place are missing
	Series [2][]*record.MediaInterval // rows of one second and of ten, by time
	Trips  []int64                    // round trips behind the capture point, µs, by length
	// of a stream inside TCP: bytes of its side of the connection that the capture lacks, or could not be read
	Unread int64
	Broken int64 // and packets that a part of these bytes belonged to

	inside int64   // of a stream inside TCP: packets that these bytes may have held
	found  []int64 // by gap: packets that the capture lost, judged by their place
	could  []int64 // and as many as it could have lost there, if it lost no other's
}

// MirrorGap is a run of packets missing in a mirror tunnel.
type MirrorGap struct {
	Number int64 // of the packet that revealed it
	Lost   int64
}

// Limits are the shares (0 to 1) from which the capture is said to lack packets, and the least TCP payload behind such
// a statement. They are those of the rules WXA-CAP-001 and WXA-CAP-002.
type Limits struct {
	Drops, Mirror, Unseen float64
	TCPBytes              int64
}

// Input is all that is known.
type Input struct {
	Health  []*record.CaptureHealth
	TCP     *TCP
	Streams []*Stream
	Mirror  []MirrorGap
	Placed  bool // every missing packet of the mirror is in Mirror
	Limits  Limits
}

// Judge fills the records.
func Judge(in *Input) {
	for _, s := range in.Streams {
		s.found, s.could = make([]int64, len(s.Gaps)), make([]int64, len(s.Gaps))
	}
	in.acrossPauses()
	c := in.counters()
	if in.Placed {
		in.matchMirror()
	}
	e := estimate{tcp: in.TCP.loss(), counters: c}
	e.rates = in.rates(e.tcp.proportion)
	e.instants = in.instants()
	rest := e.unplaced(in)
	in.insideTCP()
	for _, s := range in.Streams {
		s.split(rest, proportion{c.mirrorLost, c.packets + c.mirrorLost})
	}
	e.report(in, rest)
}

// missing is how many packets of the stream never came.
func missing(m *record.MediaStream) int64 { return max(m.Expected-m.Packets, 0) }

// acrossPauses gives what is missing across a pause of the sensor to the capture.
func (in *Input) acrossPauses() {
	var pauses []record.Pause
	for _, h := range in.Health {
		pauses = append(pauses, h.Pauses...)
	}
	for _, s := range in.Streams {
		for i, g := range s.Gaps {
			if slices.ContainsFunc(pauses, func(p record.Pause) bool {
				return g.After < p.Packet && p.Packet <= g.Number
			}) {
				s.found[i], s.could[i] = g.Lost, g.Lost
			}
		}
	}
}

// placed is how many of them are the capture's by their place.
func (s *Stream) placed() int64 { return sum(s.found) }

func sum(list []int64) (n int64) {
	for _, v := range list {
		n += v
	}
	return n
}

// counters are what the inputs themselves counted.
type counters struct {
	packets, drops, mirrorLost int64
	haveDrops, haveMirror      bool
	dropped                    bool // an input exceeds the limit for drops
	holed                      bool // and one that for the mirror
}

func (in *Input) counters() (c counters) {
	for _, h := range in.Health {
		c.packets += h.Packets
		drops := int64(0)
		for _, d := range []*int64{h.KernelDrops, h.InterfaceDrops} {
			if d != nil {
				drops, c.haveDrops = drops+*d, true
			}
		}
		c.drops += drops
		c.dropped = c.dropped || share(drops, h.Packets+drops) > in.Limits.Drops
		if h.MirrorLost != nil {
			c.haveMirror = true
			c.mirrorLost += *h.MirrorLost
			c.holed = c.holed || share(*h.MirrorLost, h.Packets+*h.MirrorLost) > in.Limits.Mirror
		}
	}
	return c
}

func share(n, of int64) float64 { return float64(n) / float64(max(of, 1)) }

// estimate is what each kind of evidence says.
type estimate struct {
	counters counters
	tcp      tcpLoss
	rates    proportion // zero: rates do not agree
	instants sameInstants
}

// unplaced is the rate of those losses of the capture whose place is not known; zero where nothing proves any. The rate
// common to all streams is the best measure: it was taken of what it is to explain.
func (e *estimate) unplaced(in *Input) (p proportion) {
	if e.rates.n > 0 {
		return e.rates
	}
	known := proportion{}
	if in.Placed && e.counters.haveMirror {
		known = proportion{e.counters.mirrorLost, e.counters.packets + e.counters.mirrorLost}
	}
	if e.counters.dropped {
		p = proportion{e.counters.drops, e.counters.packets + e.counters.drops}
	}
	if e.tcp.proves(in.Limits, known) && e.tcp.rate()-known.rate() > p.rate() {
		p = e.tcp.less(known)
	}
	return p
}

// report writes the estimate for the capture as a whole.
func (e *estimate) report(in *Input, rest proportion) {
	c := &e.counters
	total, known := e.total(rest)
	for _, h := range in.Health {
		h.LossAssessable = rest.n == 0 && (in.Placed || !c.holed)
		if !known || h.Packets == 0 {
			continue
		}
		low, high := total.bounds()
		rate := total.rate()
		h.LossRate, h.LossLow, h.LossHigh, h.LossEvidence = digits(rate), digits(low), digits(high), e.evidence()
	}
}

// total is the capture's loss by the strongest evidence: TCP and rates see all of it, the counters a part. TCP that saw
// little is better than nothing.
func (e *estimate) total(rest proportion) (p proportion, known bool) {
	c := &e.counters
	if e.rates.n > 0 && !c.haveMirror {
		return e.rates, true
	}
	counted := proportion{c.mirrorLost + c.drops, c.packets + c.mirrorLost + c.drops}
	list := []proportion{rest, e.instants.proportion}
	if e.tcp.n >= enoughSegments || !c.haveDrops && !c.haveMirror && rest.n == 0 {
		list = append(list, e.tcp.proportion)
	}
	if c.haveDrops || c.haveMirror {
		list = append(list, counted)
	}
	for _, q := range list {
		if q.n > 0 && (!known || q.rate() > p.rate()) {
			p, known = q, true
		}
	}
	return p, known
}

var packet = wording.Noun{One: "packet", Many: "packets"}

// evidence lists what told.
func (e *estimate) evidence() (list []string) {
	c := &e.counters
	if c.haveDrops {
		list = append(list, fmt.Sprintf("sensor counters: %s dropped, %s kept", wording.CountOf(c.drops, packet), wording.Number(c.packets)))
	}
	if c.haveMirror {
		list = append(list, fmt.Sprintf("mirror sequence numbers: %s missing", wording.CountOf(c.mirrorLost, packet)))
	}
	if e.tcp.n > 0 {
		list = append(list, fmt.Sprintf("TCP: about %s of %s acknowledged but not captured, in %s", wording.Number(e.tcp.k),
			wording.Count(e.tcp.n, "segment", "segments"), wording.Count(e.tcp.holes, "direction of a flow", "directions of flows")))
	}
	if e.rates.n > 0 {
		list = append(list, fmt.Sprintf("the same rate of loss on all paths in both directions: %s in %s",
			wording.Count(e.rates.k, "gap", "gaps"), wording.CountOf(e.rates.n, packet)))
	}
	if e.instants.n > 0 {
		list = append(list, fmt.Sprintf("gaps of both directions in the same instants: %s, by chance %.1f",
			wording.Number(e.instants.windows), e.instants.chance))
	}
	return list
}

// digits keeps six decimals.
func digits(v float64) *float64 {
	v = float64(int64(v*1e6+0.5)) / 1e6
	return &v
}
