package media

// ledger is what shows of a stream's losses and delays beside its own sequence numbers: by the sender's packet counter,
// by reports of its receiver, and by clocks that the receiver returned.
type ledger struct {
	counter counter
	chain   chain
	echoes  samples // round trips by clocks, µs
	reports samples // the same by LSR and DLSR
	rates   samples // received, bit/s
	passed  samples // and what passed in the second before
	rows    []ledgerRow
}

// ledgerRow is what was booked in a second.
type ledgerRow struct {
	at       int32 // seconds since the stream's first row
	unsent   uint32
	reported uint32
	net      int32 // lost by the receiver's reports less missing here
	missing  int32 // missing here of those that the sender sent
	echoes   uint16
	trips    uint32  // µs, their sum
	rate     float32 // received, bit/s, their sum
	passed   float32 // the same of what passed
}

func (s *Stream) book() *ledger {
	if s.ledger == nil {
		s.ledger = new(ledger)
	}
	return s.ledger
}

// row is the one of a time; nil where none is kept.
func (s *Stream) ledgerRow(t int64) *ledgerRow {
	v, l := &s.series, s.book()
	if v.end == 0 || t < v.origin {
		return nil
	}
	length := second
	if len(l.rows) >= fineRows {
		length = long
	}
	at := int32((floor(t, length) - v.origin) / second)
	i := len(l.rows)
	for i > 0 && l.rows[i-1].at > at {
		i--
	}
	if i > 0 && l.rows[i-1].at == at {
		return &l.rows[i-1]
	}
	if i < len(l.rows) || i >= maxRows {
		return nil // clocks of several interfaces differ
	}
	l.rows = append(l.rows, ledgerRow{at: at})
	return &l.rows[i]
}

// counter follows the sender's packet counter along the sequence numbers.
type counter struct {
	on             bool
	ext            int64 // number of the latest packet that had one
	value          uint32
	steps, strange int64
	unsent         int64 // numbers that it did not count
	recent         [16]skip
	skips          int
}

// skip is a run of numbers that were never sent, by the number of the packet behind it.
type skip struct{ ext, n int64 }

const (
	leastSteps  = 16 // after which a counter is believed
	steadySteps = 64 // one of so many may contradict the numbers
)

func (c *counter) believed() bool { return c.steps >= leastSteps && c.strange*steadySteps <= c.steps }

// counted follows the counter at the stream's highest number.
func (s *Stream) counted(p *Packet) {
	c := &s.book().counter
	first := !c.on
	numbers, packets := s.max-c.ext, int64(int32((p.Counter-c.value)<<8)>>8)
	c.on, c.ext, c.value = true, s.max, p.Counter
	if first {
		return
	}
	c.steps++
	switch n := numbers - packets; {
	case packets < 1 || n < 0:
		c.strange++
	case n > 0 && n < window:
		c.unsent += n
		c.recent[c.skips%len(c.recent)] = skip{s.max, n}
		c.skips++
		if r := s.ledgerRow(s.series.start); r != nil {
			r.unsent += uint32(n)
		}
	}
}

// until is how many numbers up to one were never sent.
func (c *counter) until(ext int64) int64 {
	n := c.unsent
	for _, x := range c.recent {
		if x.ext > ext {
			n -= x.n
		}
	}
	return n
}

// echo is a clock that the receiver returned.
type echo struct {
	sent         int64 // when its packet passed
	trip         int64
	rate, passed float64 // received, and passed in the second before; bit/s
}

func (s *Stream) returned(x *echo) {
	l := s.book()
	l.echoes.add(x.trip / 1000)
	l.rates.add(int64(x.rate))
	l.passed.add(int64(x.passed))
	if r := s.ledgerRow(x.sent); r != nil && r.echoes < 1<<16-1 {
		r.echoes++
		r.trips += uint32(x.trip / 1000)
		r.rate += float32(x.rate)
		r.passed += float32(x.passed)
	}
}
