package loss

import (
	"math"
	"net/netip"
	"testing"

	"webexaudit/analyzer/record"
)

func TestBounds(t *testing.T) {
	for _, tt := range []struct {
		p         proportion
		low, high float64
	}{{proportion{0, 100}, 0, 0.0370}, {proportion{2, 100}, 0.0055, 0.0700}, {proportion{50, 100}, 0.4038, 0.5962},
		{proportion{100, 100}, 0.9630, 1}, {proportion{}, 0, 1}} {
		if low, high := tt.p.bounds(); math.Abs(low-tt.low) > 5e-5 || math.Abs(high-tt.high) > 5e-5 {
			t.Errorf("%v: %.4f to %.4f", tt.p, low, high)
		}
	}
}

// TestHomogeneous: the chi-square distribution's 99 % quantile with three degrees of freedom is 11.34.
func TestHomogeneous(t *testing.T) {
	four := func(d int64) []proportion {
		return []proportion{{100 + d, 1000}, {100 - d, 1000}, {100, 1000}, {100, 1000}}
	}
	// chi-square = 2 d² / 90
	if !homogeneous(four(22)) || homogeneous(four(23)) || !homogeneous(four(0)) || !homogeneous(nil) {
		t.Error("the limit is not between 10.8 and 11.8")
	}
}

// stream is a UDP stream of n packets with gaps.
func stream(n int64, up bool, gaps ...Gap) *Stream {
	m := &record.MediaStream{Expected: n, Packets: n, Webex: true, Upstream: up}
	for _, g := range gaps {
		m.Packets -= g.Lost
	}
	return &Stream{Rec: m, Gaps: gaps, UDP: true, Client: netip.MustParseAddr("10.0.0.1")}
}

// TestMatch: a mirror gap explains as many packets as it lacks, of gaps that it lies in, and the one that ends first
// goes first.
func TestMatch(t *testing.T) {
	a := stream(1000, true, Gap{Number: 20, After: 10, Lost: 2}, Gap{Number: 40, After: 39, Lost: 1})
	b := stream(1000, true, Gap{Number: 15, After: 11, Lost: 1}, Gap{Number: 60, After: 50, Lost: 3})
	h := &record.CaptureHealth{Packets: 1000, MirrorLost: new(int64)}
	*h.MirrorLost = 6
	Judge(&Input{Health: []*record.CaptureHealth{h}, Streams: []*Stream{a, b},
		Mirror: []MirrorGap{{12, 2}, {39, 1}, {50, 1}, {51, 1}, {60, 1}}, Placed: true, Limits: Limits{Mirror: 0.001}})
	if x, y := a.Rec, b.Rec; x.CaptureLost != 1 || x.Lost != 2 || y.CaptureLost != 3 || y.Lost != 1 ||
		*x.LostLow != 1 || !h.LossAssessable {
		t.Errorf("%d and %d lost, %d and %d by the capture, at least %d", x.Lost, y.Lost, x.CaptureLost, y.CaptureLost, *x.LostLow)
	}
	Judge(&Input{Health: []*record.CaptureHealth{h}, Limits: Limits{Mirror: 0.001}})
	if h.LossAssessable {
		t.Error("nobody knows where the mirror's losses lie")
	}
}

// TestMatchBounds: what the mirror lost within a gap may have been another stream's, as far as its rate allows.
func TestMatchBounds(t *testing.T) {
	s := stream(100, true, Gap{Number: 20, After: 10, Lost: 50})
	h := &record.CaptureHealth{Packets: 1000, MirrorLost: new(int64)}
	*h.MirrorLost = 400 // 29 % of all: of 100 packets at least 8
	Judge(&Input{Health: []*record.CaptureHealth{h}, Streams: []*Stream{s}, Mirror: []MirrorGap{{12, 40}}, Placed: true,
		Limits: Limits{Mirror: 0.001}})
	if m := s.Rec; m.CaptureLost != 40 || m.Lost != 10 || *m.LostLow != 10 || *m.LostHigh != 42 {
		t.Errorf("%d by the capture, %d lost (%d to %d)", m.CaptureLost, m.Lost, *m.LostLow, *m.LostHigh)
	}
}

// TestSplit: of a stream inside TCP the bytes that the capture lacks are its loss, no more; what a known rate explains
// is the capture's, what exceeds it the network's, and the rows add up.
func TestSplit(t *testing.T) {
	for _, tt := range []struct{ unread, broken, capture int64 }{{0, 0, 0}, {0, 1, 0}, {300, 0, 3}, {301, 1, 5},
		{9000, 0, 7}} {
		tcp := stream(100, true, Gap{Lost: 7})
		tcp.UDP, tcp.Rec.Bytes, tcp.Unread, tcp.Broken = false, 9300, tt.unread, tt.broken
		Judge(&Input{Streams: []*Stream{tcp}})
		if m := tcp.Rec; m.Lost != 7-tt.capture || m.CaptureLost != tt.capture || *m.LostLow != m.Lost ||
			*m.LostHigh != 7 {
			t.Errorf("%d bytes unread: %d lost (%d to %d), %d by the capture", tt.unread, m.Lost, *m.LostLow, *m.LostHigh, m.CaptureLost)
		}
	}
	for _, tt := range []struct{ gone, lost int64 }{{10, 0}, {20, 0}, {36, 0}, {300, 280}} {
		s := stream(1000, true, Gap{Time: 500, Lost: tt.gone})
		s.found, s.could = make([]int64, 1), make([]int64, 1)
		for i := range int64(4) {
			s.Series[0] = append(s.Series[0], &record.MediaInterval{IntervalS: 1, StartTime: record.Time(i * 1e9),
				Expected: 250, Packets: 250 - tt.gone/4})
		}
		s.Series[0][0].Packets -= tt.gone % 4
		s.split(proportion{2000, 100_000}, proportion{})
		var lost, capture int64
		for _, r := range s.Series[0] {
			lost, capture = lost+r.Lost, capture+r.CaptureLost
		}
		if m := s.Rec; m.Lost != tt.lost || m.Lost+m.CaptureLost != tt.gone || lost != m.Lost ||
			capture != m.CaptureLost || *m.LostLow > m.Lost || *m.LostHigh < m.Lost {
			t.Errorf("%d gone: %d lost, %d by the capture (%d to %d); rows %d and %d", tt.gone, m.Lost, m.CaptureLost, *m.LostLow, *m.LostHigh, lost, capture)
		}
	}
}

// TestTCP: bytes count in segments; much TCP proves by its share, little only by several flows, and a mirror may
// explain it.
func TestTCP(t *testing.T) {
	flow := func(unseen, bytes, packets int64) *record.Flow {
		return &record.Flow{PacketsFwd: packets, PacketsRev: 1, PayloadBytesFwd: bytes,
			TCP: &record.TCPFacts{UnseenFwd: unseen}}
	}
	l := Limits{Unseen: 0.005, TCPBytes: 100_000}
	for _, tt := range []struct {
		name   string
		flows  []*record.Flow
		known  proportion
		proves bool
	}{
		{"nothing", nil, proportion{}, false},
		{"complete", []*record.Flow{flow(0, 1e6, 1000)}, proportion{}, false},
		{"2 % of much", []*record.Flow{flow(2e4, 1e6, 1000)}, proportion{}, true},
		{"2 % of much, as the mirror says", []*record.Flow{flow(2e4, 1e6, 1000)}, proportion{200, 10_000}, false},
		{"one hole of little", []*record.Flow{flow(1400, 20_000, 20)}, proportion{}, false},
		{"three holes of little", []*record.Flow{flow(1400, 20_000, 20), flow(1400, 20_000, 20), flow(1400, 20_000, 20)}, proportion{}, true},
	} {
		var all TCP
		for _, f := range tt.flows {
			all.Add(f)
		}
		x := all.loss()
		if x.proves(l, tt.known) != tt.proves {
			t.Errorf("%s: %+v", tt.name, x)
		}
	}
}
