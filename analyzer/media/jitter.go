package media

import "math"

// Clocks are the RTP clock rates that jitter is computed for at once: which one is right may be known only at the end,
// from what the stream carries. 8000 Hz: G.711 and kin (RFC 3551); 16000: wideband; 48000: Opus (RFC 7587); 90000:
// video.
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
	lastSeq  uint16
	ticks    int64
	first    int64
	previous int64
	started  bool
	silent   bool // the latest packet was comfort noise: the next one is compared with nothing

	step   uint32 // least step of RTP time between packets that follow each other; 0: not known
	shared bool   // such packets had one RTP time: of frames, not of samples
}

// comfortNoise is the static payload type of RFC 3389, whose packets are sent when the noise changes and not at any
// pace.
const comfortNoise = 13

// timing feeds the estimators. Packets of one video frame share a timestamp; each counts, as RFC 3550 has it. What the
// sender's own time does is no jitter of the network: packets of a telephone event all have the time of its beginning
// (RFC 4733 section 2.3), comfort noise keeps no pace, and a clock may jump.
func (s *Stream) timing(p *Packet) {
	g := &s.rate
	if !g.started {
		*g = rateGuess{lastTS: p.Timestamp, lastSeq: p.Sequence, first: p.Time, previous: p.Time, started: true,
			step: g.step, shared: g.shared, silent: p.Type == comfortNoise}
		return
	}
	step := int32(p.Timestamp - g.lastTS)
	if step <= 0 && p.Type != s.Types[0].Type && p.Type != s.PayloadType() {
		return
	}
	arrival := float64(p.Time-g.previous) / 1e9
	next := p.Sequence == g.lastSeq+1
	if !(next && jumps(arrival, step, videoClock)) {
		g.ticks += int64(step)
	} else {
		g.first += p.Time - g.previous
	}
	g.learn(step, next && p.Type != comfortNoise && !g.silent)
	skip := g.silent || p.Type == comfortNoise
	g.lastTS, g.lastSeq, g.previous, g.silent = p.Timestamp, p.Sequence, p.Time, p.Type == comfortNoise
	for i, rate := range Clocks {
		if !skip && !(next && jumps(arrival, step, rate)) {
			s.clocks[i].add(arrival - float64(step)/float64(rate))
		}
	}
}

// A sender's clock jumps where two packets that follow each other in number come soon after each other, yet their RTP
// times lie half a second more apart, or go back so far. (Where the network held packets up it is the other way round.)
const (
	soon    = 0.2 // seconds
	farther = 0.5
)

func jumps(arrival float64, step int32, rate int) bool {
	return arrival < soon && math.Abs(float64(step)/float64(rate)-arrival) > farther
}

// learn keeps how RTP time goes from packet to packet.
func (g *rateGuess) learn(step int32, next bool) {
	switch {
	case !next || step < 0:
	case step == 0:
		g.shared = true
	case g.step == 0 || uint32(step) < g.step:
		g.step = uint32(step)
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

// Jitter returns mean and maximum of the RFC 3550 jitter in milliseconds for a clock rate of Clocks; ok is false for
// other rates and for fewer than two packets.
func (s *Stream) Jitter(rate int) (mean, maximum float64, ok bool) {
	for i, r := range Clocks {
		if c := s.clocks[i]; r == rate && c.n > 0 {
			return c.sum / float64(c.n) * 1e3, c.max * 1e3, true
		}
	}
	return 0, 0, false
}

// GuessClock estimates the clock rate from RTP time against capture time; 0 when the stream is too short (less than one
// second) or fits none of Clocks within 10 %.
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
