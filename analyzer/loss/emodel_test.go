package loss

import (
	"math"
	"testing"
)

// TestEModel: values that G.107 and G.113 imply: the default R of 93.2 (MOS 4.41), Idd of about 24 at 300 ms, half of
// the range of impairment at a loss of Bpl.
func TestEModel(t *testing.T) {
	pcma, _ := codecOf(8)
	g729, _ := codecOf(18)
	for _, tt := range []struct {
		codec              codec
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
		if r, mos := eModel(tt.codec, tt.delay, tt.lost, tt.burst); math.Abs(r-tt.r) > 0.5 ||
			math.Abs(mos-tt.mos) > 0.03 {
			t.Errorf("%+v: R %.2f, MOS %.2f", tt, r, mos)
		}
	}
	for _, pt := range []int{9, 98, 111} {
		if c, ok := codecOf(pt); ok {
			t.Errorf("%d: %v", pt, c)
		}
	}
}
