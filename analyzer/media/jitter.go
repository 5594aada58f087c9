package media

import "math"

// Clocks are the RTP clock rates that jitter is computed for at once: which one is right may be known only at the end, from
// what the stream carries. 8000 Hz: G.711 and kin (RFC 3551); 16000: wideband; 48000: Opus (RFC 7587); 90000: video.
var Clocks = [...]int{8000, 16000, 48000, 90000}

// jitter is the estimator of RFC 3550 section 6.4.1 for one clock rate, in seconds.
type jitter struct {
	j   float64
	sum float64
	max float64
	top float64 // maximum in the current interval
	n   int64
}

// rateGuess compares RTP time with capture time.
type rateGuess struct {
	lastTS   uint32
	ticks    int64
	first    int64
	previous int64
	started  bool
}

// timing feeds the estimators. Packets of one video frame share a timestamp; each counts, as RFC 3550 has it.
func (s *Stream) timing(p *Packet) {
	g := &s.rate
	if !g.started {
		*g = rateGuess{lastTS: p.Timestamp, first: p.Time, previous: p.Time, started: true}
		return
	}
	arrival := float64(p.Time-g.previous) / 1e9
	step := int32(p.Timestamp - g.lastTS)
	g.ticks += int64(step)
	g.lastTS, g.previous = p.Timestamp, p.Time
	for i, rate := range Clocks {
		s.clocks[i].add(arrival - float64(step)/float64(rate))
	}
}

func (j *jitter) add(d float64) {
	j.j += (math.Abs(d) - j.j) / 16
	j.sum += j.j
	j.n++
	if j.j > j.top {
		j.top = j.j
		j.max = max(j.max, j.j)
	}
}

// resetClocks forgets the last arrival: after a restart the timestamps have another origin.
func (s *Stream) resetClocks() { s.rate.started, s.frames.open = false, false }

// Jitter returns mean and maximum of the RFC 3550 jitter in milliseconds for a clock rate of Clocks; ok is false for other rates
// and for fewer than two packets.
func (s *Stream) Jitter(rate int) (mean, maximum float64, ok bool) {
	for i, r := range Clocks {
		if c := s.clocks[i]; r == rate && c.n > 0 {
			return c.sum / float64(c.n) * 1e3, c.max * 1e3, true
		}
	}
	return 0, 0, false
}

// GuessClock estimates the clock rate from RTP time against capture time; 0 when the stream is too short (less than one second)
// or fits none of Clocks within 10 %.
func (s *Stream) GuessClock() int {
	span := float64(s.rate.previous-s.rate.first) / 1e9
	if span < 1 {
		return 0
	}
	hz := float64(s.rate.ticks) / span
	for _, r := range Clocks {
		if math.Abs(hz-float64(r)) <= float64(r)/10 {
			return r
		}
	}
	return 0
}
