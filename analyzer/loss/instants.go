package loss

import (
	"math"
	"net/netip"
	"time"
)

// instant is the window in which gaps count as simultaneous. A gap shows with the stream's next packet, 20 ms of audio
// or a frame of video later, so neighbouring windows count as well.
const instant = int64(50 * time.Millisecond)

// sameInstants says how much of the loss struck both directions at once.
type sameInstants struct {
	proportion
	windows int
	chance  float64 // as many are expected of independent losses
}

// side of the capture point that a gap speaks of.
type direction struct {
	client netip.Addr
	up     bool
}

func (s *Stream) direction() direction { return direction{s.Client, s.Rec.Upstream} }

// judged reports whether the stream tells something about losses: Webex media over UDP, whose direction is known.
func (s *Stream) judged() bool { return s.Rec.Webex && s.UDP }

// open is how much of the i-th gap is not explained yet.
func (s *Stream) open(i int) int64 { return s.Gaps[i].Lost - s.found[i] }

// instants finds the windows with gaps of both directions. Where there are many more than chance makes (five standard
// deviations and four), what they hold was lost by the capture.
func (in *Input) instants() (r sameInstants) {
	var seen [2]map[int64]bool
	seen[0], seen[1] = map[int64]bool{}, map[int64]bool{}
	first, last := int64(math.MaxInt64), int64(0)
	for _, s := range in.Streams {
		if !s.judged() {
			continue
		}
		first, last = min(first, int64(s.Rec.StartTime)/instant), max(last, int64(s.Rec.EndTime)/instant)
		for i, g := range s.Gaps {
			if s.open(i) > 0 {
				seen[index(s.Rec.Upstream)][g.Time/instant] = true
			}
		}
	}
	near := func(m map[int64]bool, w int64) bool { return m[w-1] || m[w] || m[w+1] }
	for w := range seen[0] {
		if near(seen[1], w) {
			r.windows++
		}
	}
	r.chance = 3 * float64(len(seen[0])) * float64(len(seen[1])) / float64(max(last-first+1, 1))
	if float64(r.windows) < r.chance+5*math.Sqrt(r.chance)+4 {
		return sameInstants{}
	}
	for _, s := range in.Streams {
		if !s.judged() {
			continue
		}
		r.n += s.Rec.Expected
		for i, g := range s.Gaps {
			if n := s.open(i); n > 0 && near(seen[index(!s.Rec.Upstream)], g.Time/instant) {
				s.found[i] += n
				s.could[i] = s.found[i]
				r.k += n
			}
		}
	}
	return r
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}
