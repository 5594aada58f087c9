package flow

import "webexaudit/analyzer/decode"

// Holes are bytes that their receiver acknowledged and that the capture does not have.
type Holes struct {
	Count    int64
	Segments int64   // about as many packets: each hole's bytes by the mean size of the side's segments, rounded up
	Times    []int64 // of the first maxHoleTimes: when the hole was noticed
	Bytes    []int64 // and how large it was
	Dropped  int64   // holes given up because too many were open at a time; they count nowhere else
}

const (
	maxHoleTimes = 16
	maxOpen      = 8
)

// add counts a hole of n bytes where a segment has size bytes.
func (h *Holes) add(n, size, at int64) {
	h.Count++
	h.Segments += (n + size - 1) / size
	if len(h.Times) < maxHoleTimes {
		h.Times, h.Bytes = append(h.Times, at), append(h.Bytes, n)
	}
}

// hole is a run of bytes that have not been seen while later ones have. Whether it is the capture's or the network's is
// told by what comes first, an acknowledgement beyond it or the bytes.
type hole struct {
	from, to uint32
	at       int64
}

func (k *live) openHole(from, to uint32, at int64) {
	l := k.lost()
	if len(l.open) == maxOpen {
		l.Dropped++
		l.open = append(l.open[:0], l.open[1:]...)
	}
	l.open = append(l.open, hole{from, to, at})
}

// fill takes the bytes of a segment out of the hole that it touches, and says when that was noticed.
func (k *live) fill(from, to uint32) (at int64, ok bool) {
	l := k.loss
	if l == nil {
		return 0, false
	}
	for i := range l.open {
		h := &l.open[i]
		if int32(to-h.from) <= 0 || int32(h.to-from) <= 0 {
			continue
		}
		at = h.at
		begins, ends := int32(from-h.from) <= 0, int32(to-h.to) >= 0
		switch {
		case begins && ends:
			l.open = append(l.open[:i], l.open[i+1:]...)
		case begins:
			h.from = to
		case ends:
			h.to = from
		default:
			rest := hole{to, h.to, h.at}
			h.to = from
			if len(l.open) == maxOpen {
				l.Dropped++
			} else {
				l.open = append(l.open, rest)
			}
		}
		return at, true
	}
	return 0, false
}

// settle closes the holes below an acknowledgement and returns how many bytes they were.
func (k *live) settle(p *decode.Packet, size int64) (n int64) {
	ack, l := p.Ack, k.lost()
	kept := l.open[:0]
	for _, h := range l.open {
		end := ack
		if int32(ack-h.to) >= 0 {
			end = h.to
		}
		if missed := int32(end - h.from); missed > 0 {
			n += int64(missed)
			k.miss(h.from, end, size, p.Time, h.at)
			h.from = end
		}
		if h.from != h.to {
			kept = append(kept, h)
		}
	}
	l.open = kept
	return n
}
