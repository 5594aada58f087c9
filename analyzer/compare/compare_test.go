package compare

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/rtp"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// watched is the trace of packets from to before of a stream that wraps often, without those that lose names.
func watched(from, before int, ttl uint8, late time.Duration, lose func(i int) bool, dscp func(i int) uint8) *trace {
	t := &trace{stream: &record.MediaStream{SSRC: 7}}
	for i := from; i < before; i++ {
		if lose(i) {
			continue
		}
		at := time.Duration(i)*20*time.Millisecond + late
		t.add(&decode.Packet{Time: int64(at), TTL: ttl, TOS: dscp(i) << 2},
			&rtp.Header{SequenceNumber: uint16(i), Timestamp: uint32(i) * 960, SSRC: 7})
	}
	return t
}

func never(int) bool { return false }

func ef(int) uint8 { return 46 }

// TestLongStream: over several wraps, with a second point that begins two wraps later, every lost packet is counted,
// and no more is kept than the bound says.
func TestLongStream(t *testing.T) {
	const begin, end = 150_000, 400_000
	lost := int64(0)
	lose := func(i int) bool {
		hit := i%100 == 3 && i > begin && i < end-100
		if hit {
			lost++
		}
		return hit
	}
	a := watched(0, end, 60, 0, never, ef)
	b := watched(begin, end, 58, time.Hour, lose, func(i int) uint8 { return uint8(i % 12) })
	if n := max(len(a.samples), len(b.samples)); n >= maxSamples || len(b.marks) != maxMarks+1 {
		t.Errorf("%d samples, %d marks", n, len(b.marks))
	}
	pairs := match([]*trace{a}, []*trace{b})
	if len(pairs) != 1 || pairs[0].problem != "" || pairs[0].hops() != pointA {
		t.Fatalf("%+v", pairs)
	}
	var r record.ComparedStream
	pairs[0].count(&r)
	want := [4]int64{lost, 0, 0, end - begin - lost}
	if got := [4]int64{r.OnlyA, r.OnlyB, r.Neither, r.Both}; got != want {
		t.Errorf("%v, want %v", got, want)
	}
	checkMarks(t, &r)
}

// checkMarks: each packet that both points have is in one pair of marks.
func checkMarks(t *testing.T, r *record.ComparedStream) {
	t.Helper()
	var marked int64
	for _, m := range r.Marks {
		marked += m.Packets
	}
	if marked != r.Both || r.Remarked != r.Both || len(r.Marks) != maxMarks+1 {
		t.Errorf("marks %v", r.Marks)
	}
}

// TestNewNumbering: what neither point has is lost before the first of them, unless the numbering began anew.
func TestNewNumbering(t *testing.T) {
	hole := func(from, to int) func(int) bool { return func(i int) bool { return i >= from && i < to } }
	for _, tt := range []struct {
		hole func(int) bool
		want int64
	}{{hole(500, 700), 200}, {hole(1000, 6000), 0}} {
		a, b := watched(0, 9000, 60, 0, tt.hole, ef), watched(0, 9000, 60, 0, tt.hole, ef)
		var r record.ComparedStream
		if pairs := match([]*trace{a}, []*trace{b}); len(pairs) == 1 {
			pairs[0].count(&r)
		}
		if d := r.Neither - tt.want; d < 0 || d > 2*63 || tt.want > 0 && d != 0 {
			t.Errorf("%d at neither point, want %d", r.Neither, tt.want)
		}
	}
}

// TestNumbers: counting by words is counting one by one.
func TestNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var n numbers
		const top = 3 * chunkSize
		for range r.IntN(300) {
			n.add(int64(r.IntN(top)))
		}
		lo := int64(r.IntN(top))
		hi := lo + int64(r.IntN(top))
		want := int64(0)
		for v := lo; v <= hi; v++ {
			if n.has(v) {
				want++
			}
		}
		if got := n.count(lo, hi); got != want {
			t.Fatalf("%d to %d: %d, want %d", lo, hi, got, want)
		}
	}
}

// TestSide: streams over UDP are compared, those of other flows are counted, and of each flow its client is known.
func TestSide(t *testing.T) {
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("170.72.1.2")
	set := &record.Set{
		Flows: []*record.Flow{{FlowID: "u", Proto: "udp", SrcIP: b, DstIP: a, Client: a}, {FlowID: "t", Proto: "tcp", SrcIP: a},
			{FlowID: "w", Proto: "udp", SrcIP: a}},
		Streams: []*record.MediaStream{{StreamID: "1", FlowID: "u"}, {StreamID: "2", FlowID: "t"}, {StreamID: "3", FlowID: "gone"}},
	}
	s := newSide(&Point{Set: recordtest.Lend(set)})
	if len(s.streams) != 2 || s.about.OverTCP != 1 || s.streams[1].StreamID != "3" {
		t.Errorf("%d streams over UDP, %d over TCP", len(s.streams), s.about.OverTCP)
	}
	if len(s.flows) != 3 || s.flows["u"].client != a || s.flows["gone"].client.IsValid() {
		t.Errorf("flows %v", s.flows)
	}
}

// TestClock: a clock that is set during the capture is noticed, and delays are not given then.
func TestClock(t *testing.T) {
	for step, want := range map[time.Duration]bool{0: false, 400 * time.Millisecond: true} {
		var pairs []*pair
		for first, sign := range map[int]time.Duration{pointA: 1, pointB: -1} {
			p := &pair{first: first}
			for i := range 6000 {
				d := time.Minute + sign*time.Duration(3000+i%700)*time.Microsecond
				if i > 3000 {
					d += step
				}
				p.times = append(p.times, delta{int64(i) * int64(20*time.Millisecond), int64(d)})
			}
			pairs = append(pairs, p)
		}
		c := align(pairs)
		if !c.known || !c.both || (c.uneven > 0) != want {
			t.Errorf("step %v: %+v", step, c)
		}
		if off := time.Duration(c.offset) - time.Minute; step == 0 && off.Abs() > time.Microsecond {
			t.Errorf("offset wrong by %v", off)
		}
	}
}
