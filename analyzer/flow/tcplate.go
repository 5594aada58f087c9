package flow

import (
	"slices"

	"webexaudit/analyzer/decode"
)

// Captures of several queues or of two tap ports have packets out of order, so that an acknowledgement may stand before
// its bytes. Bytes that were called a hole are taken back where they come within the shortest time-out after it: nobody
// sends again what is acknowledged, and not so soon.
const (
	overtaken = minRTO
	maxLate   = 64
)

// missed is a run of bytes of a hole that was counted; at is the time of the acknowledgement.
type missed struct {
	hole
	of *counted
}

// counted is the hole: how many of its bytes have not come since, by how much Segments grew, and its place in Times.
type counted struct{ left, segments, noticed int64 }

// miss counts a hole and remembers it for a while; acked is the time of the acknowledgement, noticed that of the hole's
// first sign.
func (k *live) miss(from, to uint32, size, acked, noticed int64) {
	l := k.lost()
	before := l.Segments
	l.add(int64(to-from), size, noticed)
	l.remember(missed{hole{from, to, acked}, &counted{int64(to - from), l.Segments - before, noticed}})
}

func (l *loss) remember(m missed) {
	if len(l.late) == maxLate {
		l.late = append(l.late[:0], l.late[1:]...)
	}
	l.late = append(l.late, m)
}

// any reports whether a hole is remembered.
func (l *loss) any() bool { return l != nil && len(l.late) > 0 }

// came takes back bytes that were called unseen, and reports whether there were any.
func (t *TCP) came(p *decode.Packet, s Side, k *loss, from, to uint32) (found bool) {
	for i := 0; i < len(k.late); i++ {
		m := k.late[i]
		lo, hi := from, to
		if int32(m.from-lo) > 0 {
			lo = m.from
		}
		if int32(m.to-hi) < 0 {
			hi = m.to
		}
		if int32(hi-lo) <= 0 || p.Time > m.at+overtaken {
			continue
		}
		found = true
		k.late = slices.Delete(k.late, i, i+1)
		i--
		for _, rest := range []hole{{m.from, lo, m.at}, {hi, m.to, m.at}} {
			if rest.from != rest.to && len(k.late) < maxLate {
				i++
				k.late = slices.Insert(k.late, i, missed{rest, m.of})
			}
		}
		n := int64(hi - lo)
		t.troubled().Unseen[s] -= n
		if m.of.left -= n; m.of.left == 0 {
			k.takeBack(m.of)
		}
	}
	return found
}

// takeBack forgets a hole all of whose bytes have come.
func (h *Holes) takeBack(c *counted) {
	h.Count--
	h.Segments -= c.segments
	if at := slices.Index(h.Times, c.noticed); at >= 0 {
		h.Times, h.Bytes = slices.Delete(h.Times, at, at+1), slices.Delete(h.Bytes, at, at+1)
	}
}
