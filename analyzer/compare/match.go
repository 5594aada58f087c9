package compare

import (
	"cmp"
	"math"
	"slices"
)

// minVotes is how many packets of equal SSRC, sequence number and time stamp make two traces the same stream.
const minVotes = 3

// pair is one stream at both points. The numbers of b are those of a.
type pair struct {
	a, b    *trace
	problem string  // why it is not compared
	times   []delta // of the packets whose times are known at both points, by time
	first   int     // the point that the packets passed first: pointA, pointB or 0
	by      string
}

// The points.
const (
	pointA = 1
	pointB = 2
)

// delta is what the clock of B showed for a packet minus that of A; nanoseconds.
type delta struct{ at, d int64 }

// match pairs the traces of both points. What of one SSRC has no partner stays alone, or, where both points have such,
// makes a pair with a problem.
func match(a, b []*trace) (pairs []*pair) {
	ofA, ofB := bySSRC(a), bySSRC(b)
	for _, ssrc := range ssrcs(a) {
		pairs = append(pairs, matchOne(ofA[ssrc], ofB[ssrc])...)
	}
	return pairs
}

// bySSRC leaves out what has no packet that can be told.
func bySSRC(list []*trace) map[uint32][]*trace {
	m := map[uint32][]*trace{}
	for _, t := range list {
		m[t.stream.SSRC] = append(m[t.stream.SSRC], t)
	}
	return m
}

// ssrcs in the order of their first streams.
func ssrcs(list []*trace) (order []uint32) {
	known := map[uint32]bool{}
	for _, t := range list {
		if !known[t.stream.SSRC] {
			known[t.stream.SSRC] = true
			order = append(order, t.stream.SSRC)
		}
	}
	return order
}

// matchOne pairs the traces of one SSRC, those with the most packets in common first. A stream that went on in another
// flow (a new port of an address translation, another path) is one stream: its further traces join the pair.
func matchOne(a, b []*trace) (pairs []*pair) {
	a, b = slices.Clone(a), slices.Clone(b)
	for {
		most, ai, bi, shift := 0, 0, 0, int64(0)
		for i, x := range a {
			for j, y := range b {
				if n, s := votes(x, y); n > most {
					most, ai, bi, shift = n, i, j, s
				}
			}
		}
		if most < minVotes {
			break
		}
		p := &pair{a: a[ai], b: b[bi]}
		p.a, p.b = p.a.moved(max(-shift, 0)), p.b.moved(max(shift, 0))
		a, b = slices.Delete(a, ai, ai+1), slices.Delete(b, bi, bi+1)
		a = p.join(a, &p.a, &p.b)
		b = p.join(b, &p.b, &p.a)
		pairs = append(pairs, p)
	}
	if len(pairs) == 0 && len(a) > 0 && len(b) > 0 {
		pairs = append(pairs, &pair{a: a[0], b: b[0], problem: unlike(a[0], b[0])})
	}
	return pairs
}

// unlike is why two traces of one SSRC have no packet in common.
func unlike(a, b *trace) string {
	if a.packets == 0 || b.packets == 0 {
		return "its packets could not be read again at both points"
	}
	return "one SSRC, but no packet with the same sequence number and time stamp: at different times, or a media server, " +
		"session border controller or proxy between the points makes new packets"
}

// join adds those traces of one point to the pair that go on where its own trace of that point has nothing.
func (p *pair) join(rest []*trace, own, other **trace) (left []*trace) {
	for _, t := range rest {
		n, shift := votes(*other, t)
		if n < minVotes || shift < 0 && -shift > t.first {
			left = append(left, t)
			continue
		}
		m := t.moved(shift)
		if overlap(m, *own)*100 > min(m.packets, (*own).packets) {
			left = append(left, t)
			continue
		}
		*own = merged(*own, m)
	}
	return left
}

// votes is how many packets two traces have in common among those whose times are known, and what is to be added to the
// numbers of b for those of a.
func votes(a, b *trace) (n int, shift int64) {
	type id struct {
		seq   uint16
		stamp uint32
	}
	at := make(map[id]int64, len(a.samples))
	for _, s := range a.samples {
		at[id{uint16(s.number), s.stamp}] = s.number
	}
	count := map[int64]int{}
	for _, s := range b.samples {
		if x, ok := at[id{uint16(s.number), s.stamp}]; ok {
			count[x-s.number]++
		}
	}
	for s, c := range count {
		if c > n || c == n && s < shift {
			n, shift = c, s
		}
	}
	return n, shift
}

// moved is the trace with numbers that are higher by whole cycles.
func (t *trace) moved(by int64) *trace {
	if by == 0 {
		return t
	}
	out := *t
	out.top, out.first = t.top+by, t.first+by
	out.seen = t.seen.moved(by)
	out.marks, out.samples = nil, nil
	for _, m := range t.marks {
		out.marks = append(out.marks, marked{m.dscp, m.moved(by)})
	}
	for _, s := range t.samples {
		s.number += by
		out.samples = append(out.samples, s)
	}
	return &out
}

func (n *numbers) moved(by int64) (out numbers) {
	out.chunks = make(map[int64]*chunk, len(n.chunks))
	for k, c := range n.chunks {
		out.chunks[k+by/chunkSize] = c
	}
	return out
}

// overlap is how many numbers both have.
func overlap(a, b *trace) (n int64) {
	for k := range a.seen.chunks {
		for v := k * chunkSize; v < (k+1)*chunkSize; v += 64 {
			n += ones(a.seen.word(v) & b.seen.word(v))
		}
	}
	return n
}

// merged is the trace of one stream in two flows.
func merged(a, b *trace) *trace {
	out := *a
	out.packets, out.beyond = a.packets+b.packets, a.beyond+b.beyond
	out.top, out.first = max(a.top, b.top), min(a.first, b.first)
	out.seen, out.marks = union(a.seen, b.seen), slices.Clone(a.marks)
	for _, m := range b.marks {
		own := out.mark(m.dscp)
		*own = union(*own, m.numbers)
	}
	for out.stride = max(a.stride, b.stride); ; out.stride *= 2 {
		out.samples = nil
		for _, s := range slices.Concat(a.samples, b.samples) {
			if s.number%out.stride == 0 {
				out.samples = append(out.samples, s)
			}
		}
		if len(out.samples) < maxSamples {
			return &out
		}
	}
}

func union(a, b numbers) (out numbers) {
	out.chunks = map[int64]*chunk{}
	for _, n := range []numbers{a, b} {
		for k, c := range n.chunks {
			if out.chunks[k] == nil {
				out.chunks[k] = new(chunk)
			}
			for i, w := range c {
				out.chunks[k][i] |= w
			}
		}
	}
	return out
}

// measure fills in the times that both points know.
func (p *pair) measure() {
	at := make(map[int64]sample, len(p.b.samples))
	for _, s := range p.b.samples {
		at[s.number] = s
	}
	same, other := 0, 0
	for _, s := range p.a.samples {
		x, ok := at[s.number]
		switch {
		case !ok:
		case x.stamp != s.stamp:
			other++
		default:
			same++
			p.times = append(p.times, delta{s.time, x.time - s.time})
		}
	}
	slices.SortFunc(p.times, func(x, y delta) int { return cmp.Compare(x.at, y.at) })
	if other*50 > same {
		p.problem = "packets of one sequence number have different time stamps: the stream was renumbered, or the capture of " +
			"a point has a pause of more than 32,000 packets"
	}
}

// hops tells the point that comes first by the time to live: on its way a packet's only falls.
func (p *pair) hops() int {
	const most = 30
	switch d := int(p.a.ttl) - int(p.b.ttl); {
	case d > 0 && d <= most:
		return pointA
	case d < 0 && -d <= most:
		return pointB
	}
	return 0
}

// ms is a number of nanoseconds as milliseconds, to the microsecond.
func ms(ns int64) *float64 {
	v := math.Round(float64(ns)/1e3) / 1e3
	return &v
}
