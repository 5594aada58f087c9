package loss

import (
	"cmp"
	"container/heap"
	"slices"
)

// claim is a gap of a stream that mirror gaps may explain.
type claim struct {
	s   *Stream
	i   int // of the gap
	gap *Gap
}

// open returns how much of the gap is not explained yet.
func (c claim) open() int64 { return c.gap.Lost - c.s.found[c.i] }

// claims orders open gaps by their end.
type claims []claim

func (l claims) Len() int           { return len(l) }
func (l claims) Less(i, j int) bool { return l[i].gap.Number < l[j].gap.Number }
func (l claims) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *claims) Push(x any)        { *l = append(*l, x.(claim)) }
func (l *claims) Pop() (x any) {
	n := len(*l) - 1
	x, *l = (*l)[n], (*l)[:n]
	return x
}

// matchMirror explains gaps of streams by gaps of the mirror: a packet that the mirror lost was followed by the one
// that revealed the mirror's gap, so this one lies behind the stream's packet before its gap and not behind the one
// after it. Each missing mirror packet explains one missing packet; the gap that ends first is served first, which
// explains the most.
func (in *Input) matchMirror() {
	if len(in.Mirror) == 0 {
		return
	}
	var all []claim
	for _, s := range in.Streams {
		for i := range s.Gaps {
			all = append(all, claim{s, i, &s.Gaps[i]})
		}
	}
	slices.SortStableFunc(all, func(a, b claim) int { return cmp.Compare(a.gap.After, b.gap.After) })
	events := slices.Clone(in.Mirror)
	slices.SortFunc(events, func(a, b MirrorGap) int { return cmp.Compare(a.Number, b.Number) })
	for _, c := range all {
		c.s.could[c.i] = max(c.s.could[c.i], min(c.gap.Lost, between(events, c.gap.After, c.gap.Number)))
	}
	var waiting claims
	for _, e := range events {
		for len(all) > 0 && all[0].gap.After < e.Number {
			heap.Push(&waiting, all[0])
			all = all[1:]
		}
		for len(waiting) > 0 && e.Lost > 0 {
			c := waiting[0]
			if c.gap.Number >= e.Number {
				n := min(c.open(), e.Lost)
				c.s.found[c.i] += n
				e.Lost -= n
			}
			if c.gap.Number < e.Number || c.open() == 0 {
				heap.Pop(&waiting)
			}
		}
	}
}

// between sums the events up that lie behind one packet and not behind another. Few lie between two packets of a
// stream.
func between(events []MirrorGap, after, last int64) (n int64) {
	i, _ := slices.BinarySearchFunc(events, after+1, func(e MirrorGap, v int64) int { return cmp.Compare(e.Number, v) })
	for ; i < len(events) && events[i].Number <= last; i++ {
		n += events[i].Lost
	}
	return n
}
