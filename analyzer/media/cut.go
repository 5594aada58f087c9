package media

import "slices"

// GoOn ends a part of a stream: s is left as it is, and what is returned counts the packets to come, from the sequence
// number behind the highest that came. Packets, expected and lost of all parts add up to those of the stream in one
// piece, but for packets that are reordered across the cut: the part before calls them lost, and this one takes no
// notice of them. RFC 3550 jitter, the clock and the frame at hand go on; the ledger begins anew, with the next
// reports.
func (s *Stream) GoOn() *Stream {
	next := &Stream{
		SSRC: s.SSRC, First: s.Last, Last: s.Last, FirstNumber: s.LastNumber, LastNumber: s.LastNumber,
		base: s.max + 1, max: s.max, since: s.Last, headNumber: s.headNumber, seen: s.seen, far: s.far, waits: s.waits,
		skipped: true, continues: true, rate: s.rate, clocks: s.clocks,
	}
	next.bursts.next = next.base
	for i := range next.clocks {
		next.clocks[i] = jitter{j: s.clocks[i].j}
	}
	f := s.frames
	next.frames = frames{open: f.open, stamp: f.stamp, last: f.last, prev: f.prev, prevStamp: f.prevStamp, mean: f.mean}
	if r := s.Reports; r != nil {
		next.Reports = &Reports{Lost: r.Lost, Before: r.Lost, sent: r.sent, next: r.next}
	}
	return next
}

// GoOn is what goes on behind a cut of the streams whose packets it remembers, by what they go on as; c is left to the
// part.
func (c *Echoes) GoOn(as map[*Stream]*Stream) *Echoes {
	next := *c
	next.Refused, next.ring = 0, slices.Clone(c.ring)
	for i := range next.ring {
		if s := as[next.ring[i].stream]; s != nil {
			next.ring[i].stream = s
		}
	}
	return &next
}
