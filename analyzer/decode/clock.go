package decode

import (
	"time"

	"webexaudit/analyzer/capture"
)

// RebaseAfter is how far time may step back: a larger step is another time base (files glued together, a clock that was
// set), not reordering.
const RebaseAfter = int64(10 * time.Second)

// A step back of more than glued within an interface is another recording behind the first: what went before has been
// over for long, and the clock goes on by longer than any flow may be idle.
const (
	glued     = int64(24 * time.Hour)
	glueBreak = int64(time.Hour)
)

// maxPorts bounds how many interfaces have a time base of their own; those beyond share one.
const maxPorts = 4096

// Clock turns capture times into a clock that never steps back. Small steps back leave it where it is; after a large
// one the interface gets another base, so that the time after it runs on from where the clock stood. The base is each
// interface's own: two interfaces whose clocks are hours apart must not drive this one forward by turns.
type Clock struct {
	now   int64
	ports map[uint64]*timeBase
	at    uint64 // the interface that current belongs to
	// current saves the look-up while frames come from the same interface.
	current *timeBase
}

type timeBase struct{ last, offset int64 }

// base returns the time base of an interface.
func (c *Clock) base(port uint64) *timeBase {
	if c.current != nil && c.at == port {
		return c.current
	}
	b := c.ports[port]
	if b == nil {
		if len(c.ports) >= maxPorts {
			return c.base(sharedPort)
		}
		if c.ports == nil {
			c.ports = make(map[uint64]*timeBase)
		}
		b = new(timeBase)
		c.ports[port] = b
	}
	c.at, c.current = port, b
	return b
}

// sharedPort is made before the table can be full; see New.
const sharedPort = ^uint64(0)

// reads is what the clock makes of a capture time of the interface, and whether for that the interface gets another
// base.
func (c *Clock) reads(b *timeBase, t int64) (v int64, another bool) {
	if v = t + b.offset; v >= c.now-RebaseAfter {
		return v, false
	}
	v = c.now
	if b.last != 0 && b.last-t > glued {
		v += glueBreak
	}
	return v, true
}

// advance takes a capture time of the interface and moves the clock.
func (c *Clock) advance(b *timeBase, t int64) {
	v, _ := c.reads(b, t)
	b.offset, b.last = v-t, t
	c.now = max(c.now, v)
}

// Tick moves the clock by a frame of an interface of a source, and returns what it stands at.
func (c *Clock) Tick(source int, f *capture.Frame) int64 {
	if f.Time != 0 {
		c.advance(c.base(uint64(source)<<32|uint64(f.Interface)), f.Time)
	}
	return c.now
}

// tick sets the packet's clock and counts steps back within its interface. Frames without a time stamp leave the clock
// alone.
func (d *Decoder) tick(f *capture.Frame, p *Packet) {
	if d.placed {
		p.Clock, d.placed = d.clock.now, false
		return
	}
	if f.Time != 0 {
		b := d.base(f)
		if f.Time < b.last-int64(time.Millisecond) {
			d.Stats.ClockSteps++
		}
		d.clock.advance(b, f.Time)
	}
	p.Clock = d.clock.now
}

// ClockOf is what the clock will make of the time of a frame, which is not 0, once that is decoded, and whether its
// interface then has gone back in time.
func (d *Decoder) ClockOf(f *capture.Frame) (clock int64, back bool) {
	return d.clock.reads(d.base(f), f.Time)
}

// base is the time base of a frame's interface.
func (d *Decoder) base(f *capture.Frame) *timeBase {
	if d.cfg.OneClock {
		return d.clock.base(uint64(f.Interface))
	}
	return d.clock.base(d.source | uint64(f.Interface))
}
