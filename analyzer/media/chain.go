package media

// Report is a block of a receiver's report about a stream (RFC 3550 section 6.4.1), and when it passed.
type Report struct {
	Reporter uint32 // SSRC of the receiver
	Fraction uint8  // lost since the last report, in 1/256
	Lost     int32
	Highest  uint32 // sequence number, with cycles in the upper half
	Jitter   uint32 // in units of the RTP timestamp
	LastSR   uint32
	Delay    uint32 // since then, in 1/65536 s
	Time     int64
}

// chain believes reports that continue each other and what passed. Each is held against the last: the same reporter, a
// highest number that grew as the stream's did, and a fraction that follows from both cumulative numbers. What fails
// waits for a second one that continues it. Since the numbers are cumulative, a report that somebody else put in, were
// it believed, is taken back by the next.
type chain struct {
	last       heard
	on         bool
	from       bool     // the stream began within the capture
	waiting    [4]heard // time 0: the place is free
	next       uint8    // place of the next one that waits
	n, refused int64
	sum        span
}

// heard is a report and what had passed up to its highest number.
type heard struct {
	Report
	ext       int64 // the highest number as the stream counts
	numbering int64
	passed    int64
	copies    int64 // that passed beside
	unsent    int64
	trip      int64 // round trip; 0: not known
	at        int64 // when the stream's latest packet passed
	lost      int64 // since the report before it; less than 0: came late
	late      int64 // of what was lost since the last report but one, what may still come
}

// span is what reports say of a stretch of numbers.
type span struct{ numbers, missing, unsent, lost, net int64 }

// until describes what passed up to the report's highest number; false where that is too far from the stream's.
func (s *Stream) until(r *Report) (h heard, ok bool) {
	ext := s.max + int64(int16(uint16(r.Highest)-uint16(s.max)))
	if ext <= s.max-window || ext >= s.max+window || ext < s.base || s.Packets == 0 {
		return heard{}, false
	}
	h = heard{Report: *r, ext: ext, numbering: s.Restarts, passed: s.Packets - s.before, copies: s.Duplicated,
		at: s.Last}
	for e := ext + 1; e <= s.max; e++ {
		if s.marked(e) {
			h.passed--
		}
	}
	if s.ledger != nil {
		h.unsent = s.ledger.counter.until(ext)
	}
	return h, true
}

// hear judges a report.
func (s *Stream) hear(r *Report, trip int64) {
	c := &s.book().chain
	h, ok := s.until(r)
	h.trip = trip
	switch {
	case !ok, c.on && c.last.repeats(&h):
		c.refused++
	case c.on && c.last.leads(&h) && c.last.fraction(&h):
		s.accept(&h)
		c.drop()
	default:
		if first, ok := c.continued(&h); ok {
			s.resume(&first)
			s.accept(&h)
			c.drop()
			return
		}
		c.wait(&h)
	}
}

// continued finds the report that waits and that h continues. It waits no more.
func (c *chain) continued(h *heard) (first heard, ok bool) {
	for i := range c.waiting {
		w := &c.waiting[i]
		if w.Time != 0 && w.leads(h) && w.fraction(h) && !w.repeats(h) {
			first, *w = *w, heard{}
			return first, true
		}
	}
	return heard{}, false
}

// wait keeps the report, in the place of the one that has waited longest.
func (c *chain) wait(h *heard) {
	w := &c.waiting[c.next%uint8(len(c.waiting))]
	c.next++
	if w.Time != 0 {
		c.refused++
	}
	*w = *h
}

// drop gives up the reports that wait: none continued them.
func (c *chain) drop() {
	for i := range c.waiting {
		if c.waiting[i].Time != 0 {
			c.refused++
			c.waiting[i] = heard{}
		}
	}
}

// resume believes the report that waited: it goes on from the last one where a report between them was lost on its way,
// else a new chain begins: at the stream's first packet where the receiver lacks just what is missing here, since it
// may not have taken that packet for the first one.
func (s *Stream) resume(h *heard) {
	c := &s.ledger.chain
	switch start := s.start(h); {
	case c.on && c.last.leads(h):
		s.accept(h)
		return
	case !c.on && c.from && h.numbering == 0 && start.leads(h) && start.fraction(h) && h.lacks(h.ext-start.ext):
		c.last = start
		s.accept(h)
	}
	c.on, c.last = true, *h
}

// start is a report at the stream's beginning.
func (s *Stream) start(h *heard) heard {
	r := h.Report
	r.Highest -= uint32(h.ext - s.base + 1)
	r.Lost, r.LastSR, r.Delay = 0, 0, 0
	return heard{Report: r, ext: s.base - 1, numbering: h.numbering}
}

// lacks reports whether as many of the first numbers are lost as are missing here.
func (h *heard) lacks(numbers int64) bool { return int64(h.Lost) == numbers-h.passed }

// leads reports whether b can follow a: no more is lost than numbers are new, and no more came late than that, what a
// and the report before it missed, and copies, which receivers may count.
func (a *heard) leads(b *heard) bool {
	numbers := b.ext - a.ext
	lost := int64(b.Lost) - int64(a.Lost)
	return a.Reporter == b.Reporter && a.numbering == b.numbering && numbers >= 0 &&
		b.Highest-a.Highest == uint32(numbers) && lost <= numbers && -lost <= numbers+a.late+max(b.copies-a.copies, 0)
}

// fraction reports whether the fraction of b is that of what was lost since a. Where fewer are lost than before it is 0
// by definition, and says nothing.
func (a *heard) fraction(b *heard) bool {
	numbers, lost := b.ext-a.ext, int64(b.Lost)-int64(a.Lost)
	if numbers == 0 || lost < 0 {
		return numbers >= 0 && lost <= 0 && b.Fraction == 0
	}
	off := int64(b.Fraction) - min(lost*256/numbers, 255)
	return off >= -1 && off <= 1
}

// repeats reports whether b is a again, or older.
func (a *heard) repeats(b *heard) bool {
	again := b.ext == a.ext && b.Lost == a.Lost && b.LastSR == a.LastSR && b.Delay == a.Delay && b.LastSR != 0
	return a.Reporter == b.Reporter && a.numbering == b.numbering && (b.ext < a.ext || again)
}

// lateRows is for how many seconds a report may have called packets lost that only came late.
const lateRows = 10

// accept books what lies between the last report and this one.
func (s *Stream) accept(h *heard) {
	l := s.ledger
	c := &l.chain
	c.n++
	if h.trip > 0 {
		l.reports.add(h.trip / 1000)
	}
	x := span{numbers: h.ext - c.last.ext, unsent: h.unsent - c.last.unsent, lost: int64(h.Lost) - int64(c.last.Lost)}
	x.missing = x.numbers - (h.passed - c.last.passed)
	x.net = x.lost - x.missing
	h.lost, h.late = x.lost, max(x.lost, 0)+max(c.last.lost+min(x.lost, 0), 0)
	c.on, c.last = true, *h
	c.sum.numbers += x.numbers
	c.sum.missing += x.missing
	c.sum.unsent += x.unsent
	c.sum.lost += x.lost
	r := s.ledgerRow(h.at)
	if r == nil {
		return
	}
	for i := len(l.rows) - 1; i >= 0 && x.net < 0 && r.at-l.rows[i].at <= lateRows; i-- { // came late: lost no more
		if back := min(int64(l.rows[i].net), -x.net); back > 0 {
			l.rows[i].net -= int32(back)
			x.net += back
		}
	}
	r.reported += uint32(x.numbers)
	r.missing += int32(x.missing - x.unsent)
	r.net += int32(x.net)
}
