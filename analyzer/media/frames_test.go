package media

import (
	"math"
	"testing"
)

// film plays n frames of three packets, 30 a second; change may shift a frame's arrival or drop its packets.
func film(n int64, change func(i int64, now *int64, stamp *uint32) (drop bool)) *Stream {
	s := new(Stream)
	seq := uint16(0)
	for i := range n {
		now, stamp := 1e18+i*second/30, uint32(i*3000)
		drop := change != nil && change(i, &now, &stamp)
		for k := range int64(3) {
			seq++
			if !drop {
				s.Add(&Packet{Time: now + k*ms/5, Sequence: seq, Timestamp: stamp, Marker: k == 2, Bytes: 1100})
			}
		}
	}
	return s
}

// lost drops the frames from one to another.
func lost(from, to int64) func(int64, *int64, *uint32) bool {
	return func(i int64, _ *int64, _ *uint32) bool { return i >= from && i < to }
}

func TestVideo(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(i int64, now *int64, stamp *uint32) bool
		rate    float64
		jitter  float64
		freezes int64
		frozen  float64 // ms
	}{
		{"steady", nil, 30, 0, 0, 0},
		{"every other frame 8 ms late", func(i int64, now *int64, _ *uint32) bool { *now += i % 2 * 8 * ms; return false }, 30, 8, 0, 0},
		{"half a second lost twice", func(i int64, _ *int64, _ *uint32) bool { return i >= 100 && i < 115 || i >= 200 && i < 215 }, 27, 0, 2, 1066.7},
		{"a tenth of a second lost", lost(100, 103), 29.7, 0, 0, 0},
		{"half a second late", func(i int64, now *int64, _ *uint32) bool {
			if i >= 150 {
				*now += 500 * ms
			}
			return false
		}, 28.5, 1.7, 1, 533.3},
		{"the sender pauses", func(i int64, now *int64, stamp *uint32) bool {
			if i >= 150 {
				*now, *stamp = *now+2*second, *stamp+180_000
			}
			return false
		}, 25, 0, 0, 0},
		{"lost behind the second frame, when no spacing is known", lost(2, 17), 28.5, 0, 0, 0},
		{"lost behind the third", lost(3, 18), 28.5, 0, 1, 533.3},
	} {
		v, ok := film(300, tt.change).Video()
		if !ok || math.Abs(v.Rate-tt.rate) > 0.2 || math.Abs(v.JitterMs-tt.jitter) > 0.1 || v.Freezes != tt.freezes ||
			math.Abs(v.FrozenMs-tt.frozen) > 0.1 {
			t.Errorf("%s: %+v, %v", tt.name, v, ok)
		}
	}
	if _, ok := film(50, nil).Video(); ok {
		t.Error("a stream of less than two seconds has a rate")
	}
}

// TestFrameSpacing: the mean of the times between frames is that of all of the first, and follows the last 30.
func TestFrameSpacing(t *testing.T) {
	for n, want := range map[int64]float64{3: 40, 4: 40, 10: 40, 12: 40 + 60./10} { // the last frame is open
		s := film(n, func(i int64, now *int64, _ *uint32) bool {
			if *now = 1e18 + i*40*ms; i == 10 {
				*now += 60 * ms
			}
			return false
		})
		if got := s.frames.mean / float64(ms); math.Abs(got-want) > 0.001 {
			t.Errorf("%d frames: %v ms apart, want %v", n, got, want)
		}
	}
}
