package loss

import (
	"slices"
	"testing"

	"webexaudit/analyzer/record"
)

func number(v float64) *float64 { return &v }

// TestRepairShare: FEC and RTX are counted against the media of their flow and direction, and noted with the media.
func TestRepairShare(t *testing.T) {
	kind := func(flow, direction, kind string, n int64) *Stream {
		m := &record.MediaStream{FlowID: flow, Direction: direction, Kind: kind, Packets: n}
		return &Stream{Rec: m}
	}
	list := []*Stream{
		kind("a", "fwd", "audio", 300), kind("a", "fwd", "video", 100), kind("a", "fwd", "fec", 30), kind("a", "fwd", "rtx", 7),
		kind("a", "rev", "audio", 50), kind("b", "fwd", "fec", 9),
	}
	Rate(list)
	var got []float64
	for _, s := range list {
		v := -1.0
		if s.Rec.RepairShare != nil {
			v = *s.Rec.RepairShare
		}
		got = append(got, v)
	}
	if want := []float64{0.093, 0.093, -1, -1, -1, -1}; !slices.Equal(got, want) { // 37 of 400
		t.Errorf("%v, want %v", got, want)
	}
}

// TestEstimate: R and MOS of speech whose codec has published numbers, and what they rest on.
func TestEstimate(t *testing.T) {
	base := func() *Stream {
		return &Stream{Rec: &record.MediaStream{PayloadType: 8, Kind: "audio", Expected: 1000, Packets: 990, Lost: 10,
			Late: 10, JitterMeanMs: number(5), RTCP: &record.RTCP{RTTMs: number(60)}, LossBursts: []int64{3, 2}},
			RTTMs: number(500)}
	}
	for _, tt := range []struct {
		name   string
		change func(m *record.MediaStream, s *Stream)
		r, mos float64
		inputs string
	}{
		{"RTCP", func(*record.MediaStream, *Stream) {}, 85.923, 4.227,
			"G.711 with PLC; delay 90 ms: half of the RTCP round trip from the capture point (60.0 ms), packet 20 ms, " +
				"jitter buffer 40 ms; lost or late 2.00 %; burst ratio 1.98"},
		{"STUN where RTCP does not say", func(m *record.MediaStream, _ *Stream) { m.RTCP.RTTMs, m.JitterMeanMs = nil, number(30) },
			68.032, 3.503, "G.711 with PLC; delay 330 ms: half of the STUN round trip from the capture point (500.0 ms), packet 20 ms, " +
				"jitter buffer 60 ms; lost or late 2.00 %; burst ratio 1.98"},
		{"without RTCP", func(m *record.MediaStream, _ *Stream) { m.RTCP = nil }, 70.085, 3.601,
			"G.711 with PLC; delay 310 ms: half of the STUN round trip from the capture point (500.0 ms), packet 20 ms, " +
				"jitter buffer 40 ms; lost or late 2.00 %; burst ratio 1.98"},
		{"another codec", func(m *record.MediaStream, _ *Stream) { m.PayloadType = 111 }, 0, 0, ""},
		{"no speech", func(m *record.MediaStream, _ *Stream) { m.Kind = "video" }, 0, 0, ""},
		{"no round trip", func(m *record.MediaStream, s *Stream) { m.RTCP, s.RTTMs = nil, nil }, 0, 0, ""},
		{"no round trip in RTCP", func(m *record.MediaStream, s *Stream) { m.RTCP.RTTMs, s.RTTMs = nil, nil }, 0, 0, ""},
		{"no jitter", func(m *record.MediaStream, _ *Stream) { m.JitterMeanMs = nil }, 0, 0, ""},
		{"nothing expected", func(m *record.MediaStream, _ *Stream) { m.Expected = 0 }, 0, 0, ""},
	} {
		s := base()
		tt.change(s.Rec, s)
		Rate([]*Stream{s})
		m := s.Rec
		if tt.r == 0 {
			if m.RFactor != nil || m.MOSEstimate != nil || m.MOSInputs != "" {
				t.Errorf("%s: estimated: %s", tt.name, m.MOSInputs)
			}
			continue
		}
		if m.RFactor == nil || m.MOSEstimate == nil {
			t.Fatalf("%s: nothing estimated", tt.name)
		}
		if *m.RFactor != tt.r || *m.MOSEstimate != tt.mos || m.MOSInputs != tt.inputs {
			t.Errorf("%s: %v %v %s", tt.name, *m.RFactor, *m.MOSEstimate, m.MOSInputs)
		}
	}
}

// TestBurstRatio is the mean burst over the one of random losses, at least 1.
func TestBurstRatio(t *testing.T) {
	for _, tt := range []struct {
		expected, packets int64
		bursts            []int64
		want              float64
	}{
		{1000, 900, []int64{20, 5}, 3.6}, // 4 packets each, 90 % arrive
		{1000, 900, []int64{100}, 1},     // below random
		{1000, 900, nil, 1}, {1000, 1000, []int64{3}, 1}, {1000, 1010, []int64{3}, 1},
	} {
		m := &record.MediaStream{Expected: tt.expected, Packets: tt.packets, LossBursts: tt.bursts}
		if got := burstRatio(m); got != tt.want {
			t.Errorf("%d of %d in %v: %v, want %v", tt.packets, tt.expected, tt.bursts, got, tt.want)
		}
	}
}

// TestInsideTCP: what the capture lacks of a connection explains so many packets of the streams in it, and of no other.
func TestInsideTCP(t *testing.T) {
	in := func(proto, direction string, expected, packets, unread, broken int64) *Stream {
		return &Stream{Rec: &record.MediaStream{FlowID: "a", Direction: direction, Expected: expected, Packets: packets,
			Bytes: packets * 100}, UDP: proto == "udp", Unread: unread, Broken: broken}
	}
	list := []*Stream{
		in("tcp", "fwd", 100, 70, 950, 2), in("tcp", "fwd", 100, 90, 950, 2), // 12 packets for 40
		in("udp", "fwd", 100, 50, 900, 0),
		in("tcp", "rev", 100, 100, 900, 0), // lacks nothing
		in("tcp", "fwd", 10, 0, 900, 0),    // of no known size
		in("tcp", "fwd", 100, 100, 0, 1),
	}
	(&Input{Streams: list}).insideTCP()
	var got []int64
	for _, s := range list {
		got = append(got, s.inside)
	}
	if want := []int64{8, 3, 0, 0, 0, 0}; !slices.Equal(got, want) { // of 50: 7.2, 2.4, upwards
		t.Errorf("%v, want %v", got, want)
	}
}

// TestAcrossPauses: what is missing across a pause of the sensor is the capture's: one behind the packet before the gap
// and not behind the one after.
func TestAcrossPauses(t *testing.T) {
	for packet, want := range map[int64]int64{5: 0, 10: 0, 11: 7, 20: 7, 21: 0, 30: 0} {
		s := &Stream{Rec: &record.MediaStream{}, Gaps: []Gap{{After: 10, Number: 20, Lost: 7}},
			found: make([]int64, 1), could: make([]int64, 1)}
		in := &Input{Streams: []*Stream{s}, Health: []*record.CaptureHealth{{Pauses: []record.Pause{{Packet: packet}}}}}
		in.acrossPauses()
		if s.found[0] != want || s.could[0] != want {
			t.Errorf("pause at packet %d: %d, %d, want %d", packet, s.found[0], s.could[0], want)
		}
	}
}

// TestSmallParts: sums that other tests see only in shares.
func TestSmallParts(t *testing.T) {
	events := []MirrorGap{{Number: 10, Lost: 1}, {Number: 11, Lost: 2}, {Number: 20, Lost: 4}, {Number: 21, Lost: 8}}
	if n := between(events, 10, 20); n != 6 {
		t.Errorf("%d lost behind packet 10 and up to 20", n)
	}
	if low, high := (proportion{}).bounds(); low != 0 || high != 1 {
		t.Errorf("of nothing: %v to %v", low, high)
	}
	s := &Stream{Gaps: []Gap{{Lost: 2}, {Lost: 2}, {Lost: 2}}, found: []int64{0, 1, 2}}
	if n := s.gaps(); n != 2 {
		t.Errorf("%d gaps that nothing explains", n)
	}
	var l paths
	for range 2 {
		l.add(direction{up: true}, proportion{3, 100})
	}
	if l.cells[0][index(true)] != (proportion{6, 200}) {
		t.Errorf("%v", l.cells)
	}
	spread := &Stream{Rec: &record.MediaStream{CaptureLost: 4}}
	rows := []*record.MediaInterval{{IntervalS: 1, Expected: 9, Packets: 5}, {IntervalS: 1, Expected: 9, Packets: 5}}
	spread.spread(rows)
	if rows[0].CaptureLost != 2 || rows[1].CaptureLost != 2 || rows[0].Lost != 2 || rows[1].Lost != 2 {
		t.Errorf("%+v %+v", rows[0], rows[1])
	}
}
