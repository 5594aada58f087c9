package media

import (
	"math"
	"testing"
)

// TestEModel: values that G.107 and G.113 imply: the default R of 93.2 (MOS 4.41), Idd of about 24 at 300 ms, half of the range of
// impairment at a loss of Bpl.
func TestEModel(t *testing.T) {
	pcma, _ := CodecOf(8)
	g729, _ := CodecOf(18)
	for _, tt := range []struct {
		codec              Codec
		delay, lost, burst float64
		r, mos             float64
	}{
		{pcma, 50, 0, 1, 93.2, 4.41},
		{pcma, 100, 0, 1, 93.2, 4.41},
		{pcma, 200, 0, 1, 90.2, 4.35},
		{pcma, 300, 0, 1, 78.4, 3.96},
		{pcma, 50, 0.251, 1, 45.7, 2.36},
		{pcma, 50, 0.03, 1, 83.1, 4.15},
		{pcma, 50, 0.03, 2, 82.5, 4.13},
		{g729, 50, 0, 1, 82.2, 4.12},
		{g729, 50, 0.05, 1, 64.7, 3.33},
		{pcma, 5000, 1, 1, 0, 1},
	} {
		if r, mos := EModel(tt.codec, tt.delay, tt.lost, tt.burst); math.Abs(r-tt.r) > 0.5 || math.Abs(mos-tt.mos) > 0.03 {
			t.Errorf("%+v: R %.2f, MOS %.2f", tt, r, mos)
		}
	}
	for _, pt := range []int{9, 98, 111} {
		if c, ok := CodecOf(pt); ok {
			t.Errorf("%d: %v", pt, c)
		}
	}
}

func TestReports(t *testing.T) {
	s := new(Stream)
	s.Heard(3, 7, 40, 0xabc, 65536/10, 5*second) // of a report before the capture
	for i := range int64(6) {
		s.Sent(uint32(100+i), (10+5*i)*second)
		s.Heard(uint8(20-i), int32(i), uint32(30*i), uint32(100+i), 65536/2, (10+5*i)*second+500*ms+(20+i)*ms)
	}
	s.Heard(0, 5, 1, 100, 65536, 40*second) // of a report long ago
	rtt, ok := s.Reports.RTT()
	if r := s.Reports; !ok || rtt/ms != 22 || r.N != 8 || r.Lost != 5 || r.Fraction != 20 || r.MaxJitter != 150 {
		t.Errorf("%v %+v", rtt, r)
	}
	if _, ok := new(Reports).RTT(); ok {
		t.Error("no reports, yet a round trip")
	}
}
