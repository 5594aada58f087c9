package media

import "time"

// Echoes remembers when the packets that one side of a flow sent passed, by the sender's clock in their header
// extension, and what passed until then, so that feedback which returns a clock tells the round trip. It keeps about
// three seconds, at most maxTicks packets. The zero value is empty.
type Echoes struct {
	Refused int64 // feedback that returned a clock which did not pass, or cannot be true otherwise

	ring    []tick
	n       int64 // ticks ever
	newest  int64 // index of the newest tick that was returned, from 1 on; 0: none
	bytes   uint32
	origin  tick // the first packet, with what its clock was
	began   int64
	strange int
	again   bool // the count began anew
}

type tick struct {
	clock  uint32
	at     uint32 // µs since the first packet, modulo 2^32
	bytes  uint32 // of all packets until then, modulo 2^32
	stream *Stream
}

const (
	firstTicks = 32
	maxTicks   = 1024
	keepTicks  = uint32(3 * time.Second / time.Microsecond)

	// tickLength is the unit of the senders' clocks.
	tickLength = int64(time.Second / 10000)
	// A clock that differs from the time of capture by more than this and a 64th of what passed is none, or another.
	clockSlack = int64(250 * time.Millisecond)
	maxStrange = 16 // such packets in a row, after which the count begins anew
)

// Add notes a packet of the stream; bytes are its UDP payload.
func (c *Echoes) Add(s *Stream, p *Packet, bytes uint32) {
	c.bytes += bytes
	switch {
	case c.n == 0:
		c.begin(p)
	case !c.ticks(p):
		if c.strange++; c.strange < maxStrange {
			return
		}
		c.again = true
		c.begin(p)
	}
	c.strange = 0
	x := tick{p.Clock, c.micros(p.Time), c.bytes, s}
	if c.n > 0 {
		last := c.tick(c.n)
		switch step := int32(p.Clock - last.clock); {
		case step == 0:
			*last = x
			return
		case step < 0:
			return // late: a receiver returns the newest
		}
	}
	c.grow(x.at)
	c.n++
	*c.tick(c.n) = x
}

func (c *Echoes) begin(p *Packet) {
	c.origin, c.began, c.n, c.newest = tick{clock: p.Clock}, p.Time, 0, 0
	if c.ring == nil {
		c.ring = make([]tick, firstTicks)
	}
}

// ticks reports whether the packet's clock went on as time did.
func (c *Echoes) ticks(p *Packet) bool {
	passed := p.Time - c.began
	off := int64(int32(p.Clock-c.origin.clock))*tickLength - passed
	return max(off, -off) <= clockSlack+passed/64
}

func (c *Echoes) micros(t int64) uint32 { return uint32((t - c.began) / 1000) }

// tick is the nth one, from 1 on.
func (c *Echoes) tick(n int64) *tick { return &c.ring[n%int64(len(c.ring))] }

// grow makes place where the oldest tick is too young to be given up.
func (c *Echoes) grow(now uint32) {
	n := int64(len(c.ring))
	if c.n < n || n >= maxTicks || now-c.tick(c.n+1).at >= keepTicks {
		return
	}
	list := make([]tick, 2*n)
	for i := c.n - n + 1; i <= c.n; i++ {
		list[i%(2*n)] = *c.tick(i)
	}
	c.ring = list
}

// Returned notes feedback by which the receiver returns a clock and says which rate it receives. It is believed where
// the clock passed and is newer than the last one returned, and where no more is said to be received than passed.
func (c *Echoes) Returned(clock, rate uint32, now int64) (ok bool) {
	for i := c.n; i > max(c.newest, c.n-int64(len(c.ring)), 0); i-- {
		x := c.tick(i)
		if x.clock != clock {
			continue
		}
		trip := c.micros(now) - x.at
		passed := c.passed(i)
		if trip > keepTicks || c.again && c.n < minTicks || float64(rate) > rateFactor*passed+rateSlack {
			break
		}
		c.newest = i
		x.stream.returned(&echo{now - int64(trip)*1000, int64(trip) * 1000, float64(rate), passed})
		return true
	}
	c.Refused++
	return false
}

// minTicks is how many clocks must have passed, once they contradicted time, before one is believed again.
const minTicks = 16

// Senders begin in bursts, and receivers measure over less than a second: what passed within a time may be exceeded by
// so much.
const (
	rateFactor = 3
	rateSlack  = 64_000 // bit/s
	rateSpan   = uint32(time.Second / time.Microsecond)
	leastSpan  = uint32(100 * time.Millisecond / time.Microsecond)
)

// passed is what passed in the second that ends with a tick, bits per second.
func (c *Echoes) passed(i int64) float64 {
	last, first := c.tick(i), c.tick(i)
	for k := i - 1; k > max(c.n-int64(len(c.ring)), 0); k-- {
		if first = c.tick(k); last.at-first.at > rateSpan {
			break
		}
	}
	bytes, span := last.bytes-first.bytes, last.at-first.at
	if span <= rateSpan {
		bytes += maxDatagram // the first one's
	}
	return float64(bytes) * 8e6 / float64(min(max(span, leastSpan), rateSpan))
}

const maxDatagram = 1500
