package loss

import "webexaudit/analyzer/record"

// own parts in the stream's ledger what the capture lost from what was lost before it. The record comes with all that
// is missing here, but for what was never sent, as lost before; capture_lost is what the receiver has of it. Where
// other evidence gives the capture more, the receiver's report still holds: as many more were lost behind.
func (s *Stream) own() {
	m, l := s.Rec, s.Rec.Ledger
	if l == nil {
		return
	}
	near, proven := l.LostBefore, l.CaptureLost
	gone, unsent := missing(m), int64(0)
	if l.Unsent != nil {
		unsent = *l.Unsent
	}
	covered := func(n int64) int64 { // of so many of the stream as many of the ledger
		return max(min((n*(near+unsent)+gone/2)/max(gone, 1), near), proven)
	}
	capture := covered(m.CaptureLost)
	least, most := min(covered(gone-*m.LostHigh), capture), max(covered(gone-*m.LostLow), capture)
	l.CaptureLost, l.LostBefore = capture, near-capture
	l.LostBeforeLow, l.LostBeforeHigh = near-most, near-least
	if l.LostBehind == nil {
		return
	}
	l.LostBeforeHigh += min(*l.LostBehind-*l.LostBehindLow, proven)
	more := capture - proven
	*l.LostBehind += more
	*l.LostBehindLow += least - proven
	*l.LostBehindHigh += most - proven
	l.Received = new(l.Numbers - unsent - l.LostBefore - *l.LostBehind)
	for _, rows := range s.Series {
		shareOut(rows, more, l.Numbers)
	}
}

// shareOut divides losses among the rows by the numbers that their reports cover.
func shareOut(rows []*record.MediaInterval, n, of int64) {
	passed, done := int64(0), int64(0)
	for _, r := range rows {
		if r.Reported == nil || n == 0 {
			continue
		}
		passed += *r.Reported
		more := n*passed/max(of, 1) - done
		done += more
		*r.LostBehind += more
	}
}
