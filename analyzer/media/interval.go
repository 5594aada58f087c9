package media

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

// Lengths of the rows, and how long a stream gets rows of one second; after that it gets rows of ten, and after a day
// none: with 24 bytes a row a stream never needs more than 380 kB for them.
const (
	second     = int64(time.Second)
	long       = 10 * second
	fineRows   = 7200  // two hours of seconds
	maxRows    = 15840 // and a day of ten seconds each
	maxNumbers = 30000 // sequence numbers after which a row is closed early, so that its counters hold
)

// row is a closed interval, or a part of one: rows of the same second are added up when they are read.
type row struct {
	at                                       int32 // seconds since the stream's first one
	bytes                                    uint32
	packets, expected, duplicated, reordered uint16
	jitterMean, jitterMax, gap               small
	clock                                    uint8 // index into Clocks
	dscp                                     uint8 // as of Interval; with tenSeconds where the row is as long
}

// tenSeconds marks a row that is not of one second.
const tenSeconds = 1 << 7

// What the DSCP of an interval is where its packets do not bear one and the same.
const (
	SeveralDSCP = 64 + iota
	NoDSCP      // no packet
)

// series is what a stream keeps of its past, and what was counted when the current row began.
type series struct {
	rows       []row
	start, end int64 // of the current row; end 0: there is none yet
	origin     int64 // start of the first row
	from       totals
	marks      [4]uint32 // counts of DSCP
	gap        int64     // the longest one in the current row
	numbering  int       // the row that holds the current numbering's first packet
	left       int64     // rows that had no place
}

// totals are the counters that rows show the growth of.
type totals struct {
	packets, expected, duplicated, reordered, bytes int64
	sum                                             [len(Clocks)]float64
	n                                               int64
}

func (s *Stream) totals() (t totals) {
	t = totals{s.Packets, s.expected + s.max - s.base + 1, s.Duplicated, s.Reordered, s.Bytes, [len(Clocks)]float64{},
		s.clocks[0].n}
	for i := range s.clocks {
		t.sum[i] = s.clocks[i].sum
	}
	return t
}

// roll closes the current row when the packet's time is beyond it. Boundaries lie on whole seconds of the packets'
// time, so that the rows of all streams align. A packet that is a little older than the row counts for it all the same:
// clocks of several interfaces differ.
func (s *Stream) roll(now int64) {
	v := &s.series
	if now < v.end && now >= v.start-long && s.max-s.base+1+s.expected-v.from.expected < maxNumbers {
		return
	}
	first := v.end == 0
	if !first {
		s.close()
	}
	length := second
	if len(v.rows) >= fineRows {
		length = long
	}
	v.start = floor(now, length)
	v.end = v.start + length
	if first {
		v.origin = v.start
	}
}

func floor(t, length int64) int64 { return t - ((t%length)+length)%length }

// close packs the current row. Counters that exceed their place go on in a further row of the same time.
func (s *Stream) close() {
	v := &s.series
	t, f := s.totals(), v.from
	v.from = t
	if t.packets == f.packets && t.expected == f.expected && t.duplicated == f.duplicated && t.bytes == f.bytes {
		return // a stray packet's time
	}
	duplicated, reordered := t.duplicated-f.duplicated, t.reordered-f.reordered
	r := row{
		at: int32((v.start - v.origin) / second), bytes: uint32(t.bytes - f.bytes), packets: uint16(t.packets - f.packets),
		expected: uint16(t.expected - f.expected), gap: shrink(v.gap), dscp: s.rowDSCP(),
	}
	c := s.likelyClock()
	if n := t.n - f.n; n > 0 {
		r.jitterMean, r.jitterMax = shrink(int64((t.sum[c]-f.sum[c])/float64(n)*1e9)),
			shrink(int64(s.clocks[c].top*1e9))
	}
	r.clock = uint8(c)
	v.gap = 0
	for i := range s.clocks {
		s.clocks[i].top = 0
	}
	for more := true; more; {
		if len(v.rows) >= maxRows {
			v.left++
			return
		}
		d, o := min(duplicated, math.MaxUint16), min(reordered, math.MaxUint16)
		r.duplicated, r.reordered = uint16(d), uint16(o)
		v.rows = append(v.rows, r)
		duplicated, reordered = duplicated-d, reordered-o
		more = duplicated+reordered > 0
		r = row{at: r.at, clock: r.clock, dscp: r.dscp&tenSeconds | NoDSCP}
	}
}

// rowDSCP is what the packets that came in the current row bear.
func (s *Stream) rowDSCP() uint8 {
	dscp, kinds := s.DSCP.Grown(&s.series.marks)
	switch kinds {
	case 0:
		dscp = NoDSCP
	case 1:
	default:
		dscp = SeveralDSCP
	}
	if s.series.end-s.series.start == long {
		dscp |= tenSeconds
	}
	return dscp
}

// giveBack books a late packet where its number stands, not where it came: in the row whose packets revealed the gap.
// What that row calls lost becomes less by one, and no row ever has more packets than numbers.
func (s *Stream) giveBack(ext int64) {
	v := &s.series
	begin := s.max - (s.Expected() - v.from.expected) // the last number of the row before the current one
	i := len(v.rows)
	if v.left > 0 && ext <= begin { // its row had no place
		v.from.packets++
		return
	}
	for ; i > v.numbering && ext <= begin; i-- {
		begin -= int64(v.rows[i-1].expected)
	}
	if i < len(v.rows) {
		v.rows[i].packets++
		v.from.packets++
	}
}

// widen books numbers before the numbering's first packet in the row that holds it.
func (s *Stream) widen(n int64) {
	if v := &s.series; v.numbering < len(v.rows) {
		r := &v.rows[v.numbering]
		r.expected += uint16(n)
		r.packets++
		v.from.expected += n
		v.from.packets++
	}
}

// likelyClock is the index of the clock rate that fits RTP time against capture time best.
func (s *Stream) likelyClock() int {
	span := float64(s.rate.previous-s.rate.first) / 1e9
	hz := float64(s.rate.ticks) / span
	best, least := 0, math.Inf(1)
	for i, r := range Clocks {
		if d := math.Abs(math.Log(hz / float64(r))); d < least {
			best, least = i, d
		}
	}
	return best
}

// Interval is one row of a stream: Length is one second or ten, Start a multiple of it. Packets and Expected are booked
// by sequence number (a late packet counts where its gap was revealed), all else by the time of arrival.
// Expected-Packets, and each counter, add up to the stream's over all rows of one length, but for rows that had no
// place. Jitter and MaxGap are nanoseconds, exact to 0.03 %; JitterClock is the clock rate the former was computed for.
type Interval struct {
	Start, Length                            int64
	Packets, Expected, Duplicated, Reordered int64
	Bytes                                    int64
	JitterMean, JitterMax, MaxGap            int64
	JitterClock                              int   // 0: no jitter
	DSCP                                     uint8 // of all packets that came, or SeveralDSCP, or NoDSCP
}

// Intervals returns the rows of one second (of the first two hours) and of ten seconds, each in the order of time, and
// the number of seconds that have no row of their own.
func (s *Stream) Intervals() (fine, coarse []Interval, omitted int64) {
	end := *s
	end.series.rows = slices.Clone(s.series.rows)
	if s.Packets > 0 {
		end.close()
	}
	v := &end.series
	for i := range v.rows {
		r := &v.rows[i]
		x := Interval{
			Start: v.origin + int64(r.at)*second, Length: second, Packets: int64(r.packets), Expected: int64(r.expected),
			Duplicated: int64(r.duplicated), Reordered: int64(r.reordered), Bytes: int64(r.bytes),
			JitterMean: r.jitterMean.value(), JitterMax: r.jitterMax.value(), MaxGap: r.gap.value(), JitterClock: Clocks[r.clock],
			DSCP: r.dscp &^ tenSeconds,
		}
		if r.dscp&tenSeconds != 0 {
			omitted += long / second
		} else {
			fine = append(fine, x)
		}
		x.Start, x.Length = floor(x.Start, long), long
		coarse = append(coarse, x)
	}
	return merge(fine), merge(coarse), omitted + v.left*(long/second)
}

// merge adds up rows that begin at the same time.
func merge(list []Interval) []Interval {
	slices.SortStableFunc(list, func(a, b Interval) int { return int(min(max(a.Start-b.Start, -1), 1)) })
	out := list[:0]
	for _, x := range list {
		if n := len(out); n > 0 && out[n-1].Start == x.Start {
			out[n-1].add(&x)
		} else {
			out = append(out, x)
		}
	}
	return out
}

func (x *Interval) add(y *Interval) {
	switch {
	case x.JitterClock != y.JitterClock && y.Packets > x.Packets: // the guess became better
		x.JitterMean, x.JitterMax, x.JitterClock = y.JitterMean, y.JitterMax, y.JitterClock
	case x.JitterClock == y.JitterClock && x.Packets+y.Packets > 0:
		x.JitterMean = (x.JitterMean*x.Packets + y.JitterMean*y.Packets) / (x.Packets + y.Packets)
		x.JitterMax = max(x.JitterMax, y.JitterMax)
	}
	x.Packets += y.Packets
	x.Expected += y.Expected
	x.Duplicated += y.Duplicated
	x.Reordered += y.Reordered
	x.Bytes += y.Bytes
	x.MaxGap = max(x.MaxGap, y.MaxGap)
	switch {
	case x.DSCP == NoDSCP:
		x.DSCP = y.DSCP
	case y.DSCP != NoDSCP && y.DSCP != x.DSCP:
		x.DSCP = SeveralDSCP
	}
}

// small is a duration in 16 bits: 12 bits of mantissa and 4 of exponent, in microseconds, up to 134 s.
type small uint16

const mantissa = 12

func shrink(ns int64) small {
	us := uint64(max(ns+500, 0) / 1000)
	e := max(bits.Len64(us)-mantissa, 0)
	if e > 0 {
		us += 1 << (e - 1)
		e = bits.Len64(us) - mantissa
	}
	if e > 15 {
		return math.MaxUint16
	}
	return small(e<<mantissa | int(us>>e))
}

func (v small) value() int64 { return int64(v&(1<<mantissa-1)) << (v >> mantissa) * 1000 }
