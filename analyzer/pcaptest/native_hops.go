package pcaptest

import (
	"slices"
	"time"
)

// hopAt is how long a packet takes between the capture point and a side, either way, when it passes the point at t.
func (n *native) hopAt(side Side, t time.Time) time.Duration {
	if n.Delay == nil {
		return n.hop[side]
	}
	return n.hop[side] + n.Delay(side, t.Sub(n.start))
}

// onWay gives a stream what its way does to it: the delay before the capture point, and a number in extension 4 for
// those packets alone that its sender had.
func (n *native) onWay(r *RTPStream) {
	if n.Delay != nil {
		jitter, at := r.Jitter, *r
		r.Jitter = func(i int) (d time.Duration) {
			if jitter != nil {
				d = jitter(i)
			}
			return d + n.Delay(r.From, at.Start.Add(at.Slots[i].At).Sub(n.start))
		}
	}
	if r.LossFar == nil {
		return
	}
	less := uint32(0)
	for i := range r.Packets {
		x := &r.Slots[i]
		x.Extension = slices.Clone(x.Extension)
		b := x.element(4)
		counter := uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
		counter -= less
		b[0], b[1], b[2] = byte(counter>>16), byte(counter>>8), byte(counter)
		if yes(r.LossFar, i) {
			less++
		}
	}
}

// arrival is a packet of a stream that comes to its receiver.
type arrival struct {
	i      int
	passed time.Time // the capture point
	at     time.Time // the receiver
}

func (n *native) arrivals(r *RTPStream) (list []arrival) {
	return r.arrivals(func(t time.Time) time.Duration { return n.hopAt(r.From.other(), t) })
}

// arrivals are the packets that the receiver gets, in order, those that come twice twice; hop is how long one takes
// from the capture point.
func (r *RTPStream) arrivals(hop func(passed time.Time) time.Duration) (list []arrival) {
	for i := range r.Packets {
		if r.gone(i) || yes(r.LossBehind, i) {
			continue
		}
		x := arrival{i: i, passed: r.passes(i)}
		x.at = x.passed.Add(hop(x.passed))
		if r.LateBehind != nil {
			x.at = x.at.Add(r.LateBehind(i))
		}
		list = append(list, x)
		if yes(r.TwiceBehind, i) {
			list = append(list, x)
		}
	}
	slices.SortStableFunc(list, func(a, b arrival) int { return a.at.Compare(b.at) })
	return list
}

// receiver is what a stream's receiver counts (RFC 3550 appendix A.3): second copies count as received.
type receiver struct {
	of             *RTPStream
	coming         []arrival
	first, highest int // numbers of the first packet that came, and of the highest
	came           int
	last           arrival
	jitter         float64 // in units of the time stamp (section 6.4.1)
	before         [2]int  // expected and lost at the last report
}

func (n *native) receiver(r *RTPStream) *receiver { return &receiver{of: r, coming: n.arrivals(r)} }

// lost is the cumulative number of packets lost; copies make it negative.
func (r *receiver) lost() int { return r.expected() - r.came }

func (r *receiver) expected() int {
	if r.came == 0 {
		return 0
	}
	return r.highest - r.first + 1
}

// until takes what comes up to a time.
func (r *receiver) until(t time.Time) {
	for ; len(r.coming) > 0 && !r.coming[0].at.After(t); r.coming = r.coming[1:] {
		x, s := r.coming[0], r.of
		if r.came == 0 {
			r.first, r.highest, r.last = x.i, x.i, x
		}
		ticks := func(d time.Duration) float64 { return d.Seconds() * float64(s.ClockRate) }
		d := ticks(x.at.Sub(r.last.at)) - float64(int32(s.Slots[x.i].Timestamp-s.Slots[r.last.i].Timestamp))
		r.jitter += (max(d, -d) - r.jitter) / 16
		r.came, r.highest, r.last = r.came+1, max(r.highest, x.i), x
	}
}

// report is a report block of the receiver at a time, about what came since its last; false where nothing has come yet:
// blocks are for sources that were heard (RFC 3550 section 6.4).
func (r *receiver) report(t time.Time) (RTCPReport, bool) {
	if r.until(t); r.came == 0 {
		return RTCPReport{}, false
	}
	b := RTCPReport{SSRC: r.of.SSRC, Lost: int32(r.lost()), Jitter: uint32(r.jitter)}
	b.HighestSeq = uint32(r.of.FirstSeq) + uint32(r.highest)
	expected, lost := r.expected()-r.before[0], r.lost()-r.before[1]
	if expected > 0 && lost > 0 {
		b.Fraction = uint8(min(255, lost*256/expected))
	}
	r.before = [2]int{r.expected(), r.lost()}
	return b, true
}
