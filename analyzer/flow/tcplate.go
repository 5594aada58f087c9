package flow

import (
	"slices"
	"time"

	"webexaudit/analyzer/decode"
)

// Captures of several queues have packets out of order by a little, so that an acknowledgement may stand before its bytes. Bytes that were called
// a hole are taken back where they come with a time that is not later than the acknowledgement's, but for overtaken.
const (
	overtaken = int64(time.Millisecond)
	maxLate   = 8
)

// missed is a run of bytes of a hole that was counted; at is the time of the acknowledgement.
type missed struct {
	hole
	of *counted
}

// counted is the hole: how many of its bytes have not come since, by how much Segments grew, and its place in Times.
type counted struct{ left, segments, noticed int64 }

// miss counts a hole and remembers it for a while; acked is the time of the acknowledgement, noticed that of the hole's first sign.
func (k *live) miss(from, to uint32, size, acked, noticed int64) {
	before := k.Holes.Segments
	k.Holes.add(int64(to-from), size, noticed)
	k.remember(missed{hole{from, to, acked}, &counted{int64(to - from), k.Holes.Segments - before, noticed}})
}

func (k *live) remember(m missed) {
	if len(k.late) == maxLate {
		k.late = append(k.late[:0], k.late[1:]...)
	}
	k.late = append(k.late, m)
}

// came takes back bytes that were called unseen, and reports whether there were any.
func (t *TCP) came(p *decode.Packet, s Side, k *live, from, to uint32) bool {
	i := slices.IndexFunc(k.late, func(m missed) bool {
		return int32(from-m.from) >= 0 && int32(m.to-to) >= 0 && p.Time <= m.at+overtaken
	})
	if i < 0 {
		return false
	}
	m := k.late[i]
	k.late = slices.Delete(k.late, i, i+1)
	for _, rest := range []hole{{m.from, from, m.at}, {to, m.to, m.at}} {
		if rest.from != rest.to {
			k.remember(missed{rest, m.of})
		}
	}
	n := int64(to - from)
	t.Unseen[s] -= n
	if m.of.left -= n; m.of.left == 0 {
		k.Holes.takeBack(m.of)
	}
	return true
}

// takeBack forgets a hole all of whose bytes have come.
func (h *Holes) takeBack(c *counted) {
	h.Count--
	h.Segments -= c.segments
	if at := slices.Index(h.Times, c.noticed); at >= 0 {
		h.Times = slices.Delete(h.Times, at, at+1)
	}
}
