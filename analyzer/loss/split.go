package loss

import "webexaudit/analyzer/record"

// uneven is by how much a stream may exceed the capture's mean loss before the rest is certainly the network's: sensors
// drop in bursts, and bursts hit whoever sends then.
const uneven = 3

// split divides what the stream lacks between network and capture; rest is the rate of those losses of the capture
// whose place is not known, mirror that of the mirror: a packet that it lost within a gap of the stream may have been
// another's, so the bounds are wider than the judgement.
func (s *Stream) split(rest, mirror proportion) {
	m := s.Rec
	gone, capture := missing(m), s.placed()
	low, high := gone-sum(s.could), gone-capture
	if capture > 0 && mirror.k > 0 {
		high = max(high, gone-mirror.least(m.Expected))
	}
	switch {
	case !s.UDP:
		capture = max(capture, s.inside)
		low, high = gone-capture, gone
	case rest.n > 0 && rest.k > 0:
		open := gone - capture
		most := rest.most(m.Expected)
		low, high = max(low-uneven*most, 0), max(high-rest.least(m.Expected), 0)
		if open <= most {
			capture = gone
		} else {
			capture += min(int64(rest.rate()*float64(m.Expected)+0.5), open)
		}
	}
	if l := m.Ledger; l != nil && l.CaptureLost > capture { // its receiver has them
		capture = min(l.CaptureLost, gone)
		high = min(high, gone-capture)
	}
	low, high = min(low, gone-capture), max(high, gone-capture)
	m.Lost, m.CaptureLost, m.LostLow, m.LostHigh = gone-capture, capture, &low, &high
	for _, rows := range s.Series {
		s.spread(rows)
	}
	s.own()
}

// spread divides the stream's capture_lost among its rows: what has a place where its gap was revealed, the rest evenly
// over what is missing.
func (s *Stream) spread(rows []*record.MediaInterval) {
	m := s.Rec
	i, loose, placed := 0, int64(0), int64(0)
	for _, r := range rows {
		end := int64(r.StartTime) + int64(r.IntervalS)*1e9
		for ; i < len(s.Gaps) && s.Gaps[i].Time < end; i++ {
			r.CaptureLost += s.found[i]
		}
		gone := max(r.Expected-r.Packets, 0)
		r.CaptureLost = min(r.CaptureLost, gone)
		placed += r.CaptureLost
		loose += gone - r.CaptureLost
	}
	left, done := max(m.CaptureLost-placed, 0), int64(0)
	passed := int64(0)
	for _, r := range rows {
		gone := max(r.Expected-r.Packets, 0)
		if loose > 0 {
			passed += gone - r.CaptureLost
			n := min(left*passed/loose-done, gone-r.CaptureLost)
			r.CaptureLost += n
			done += n
		}
		r.Lost = gone - r.CaptureLost
	}
}
