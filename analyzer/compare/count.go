package compare

import (
	"cmp"
	"slices"

	"webexaudit/analyzer/record"
)

// maxAbsent is the longest run of numbers that may be lost before the first point: what neither point has of more is a
// new numbering (RFC 3550 appendix A.1, MAX_DROPOUT).
const maxAbsent = 3000

// count fills in what both points saw of the numbers from the first to the last that both have.
func (p *pair) count(r *record.ComparedStream) (lo, hi int64, ok bool) {
	if lo, hi, ok = p.common(); !ok {
		return lo, hi, false
	}
	absent := int64(0)
	for v := lo &^ 63; v <= hi; v += 64 {
		mask := within(v, lo, hi)
		a, b := p.a.seen.word(v)&mask, p.b.seen.word(v)&mask
		r.Both += ones(a & b)
		r.OnlyA += ones(a &^ b)
		r.OnlyB += ones(b &^ a)
		if gap := ones(mask &^ (a | b)); a|b == 0 {
			absent += gap
		} else {
			r.Neither += gap + ended(absent)
			absent = 0
		}
	}
	r.Expected = r.Both + r.OnlyA + r.OnlyB + r.Neither
	for i := range p.a.marks {
		for j := range p.b.marks {
			p.marks(r, &p.a.marks[i], &p.b.marks[j], lo, hi)
		}
	}
	slices.SortFunc(r.Marks, func(x, y record.MarkPair) int {
		return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	return lo, hi, true
}

// ended is what a run of whole words without a packet adds to the loss.
func ended(absent int64) int64 {
	if absent > maxAbsent {
		return 0
	}
	return absent
}

// marks counts the packets with one DSCP value at A and one at B.
func (p *pair) marks(r *record.ComparedStream, a, b *marked, lo, hi int64) {
	var n int64
	for v := lo &^ 63; v <= hi; v += 64 {
		n += ones(a.word(v) & b.word(v) & within(v, lo, hi))
	}
	if n == 0 {
		return
	}
	r.Marks = append(r.Marks, record.MarkPair{A: a.dscp, B: b.dscp, Packets: n})
	if a.dscp != b.dscp {
		r.Remarked += n
	}
}

// common are the first and the last number that both points have.
func (p *pair) common() (lo, hi int64, ok bool) {
	lo, hi = -1, -1
	for k := range p.a.seen.chunks {
		for v := k * chunkSize; v < (k+1)*chunkSize; v += 64 {
			w := p.a.seen.word(v) & p.b.seen.word(v)
			if w == 0 {
				continue
			}
			first, last := edges(w)
			if lo < 0 || v+first < lo {
				lo = v + first
			}
			hi = max(hi, v+last)
		}
	}
	return lo, hi, lo >= 0
}

// ends counts the packets that the first point alone has before and behind what is compared, while the other captured:
// within from and to, which are times of the first point's clock.
func (p *pair) ends(r *record.ComparedStream, lo, hi, from, to int64) {
	t := p.a
	if p.first == pointB {
		t = p.b
	}
	head, tail := lo, hi
	for _, s := range t.samples {
		if s.time >= from && s.number < head {
			head = s.number
		}
		if s.time <= to && s.number > tail {
			tail = s.number
		}
	}
	r.Head, r.Tail = t.seen.count(head, lo-1), t.seen.count(hi+1, tail)
}

// delays fills in how long the packets were on their way from the first point to the second.
func (p *pair) delays(r *record.ComparedStream, c *clock) {
	list := make([]int64, 0, len(p.times))
	for _, t := range p.times {
		d := t.d - int64(c.at(t.at))
		if p.first == pointB {
			d = -d
		}
		list = append(list, max(d, 0))
	}
	if len(list) == 0 {
		return
	}
	r.DelayPackets = int64(len(list))
	r.DelayMedianMs, r.DelayP95Ms, r.DelayMinMs = ms(median(list)), ms(quantile(list, 95)), ms(list[0])
}
