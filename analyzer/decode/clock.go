package decode

import (
	"time"

	"webexaudit/analyzer/capture"
)

// A step back larger than this is another time base (files glued together, a clock that was set), not reordering.
const rebaseAfter = int64(10 * time.Second)

// clock turns capture times into a clock that never steps back. Small steps back leave it where it is; a large one
// shifts the base, so that the time after it runs on from where the clock stood.
type clock struct{ now, offset int64 }

func (c *clock) at(t int64) int64 {
	v := t + c.offset
	if v < c.now-rebaseAfter {
		c.offset += c.now - v
		v = c.now
	}
	if v > c.now {
		c.now = v
	}
	return c.now
}

// tick sets the packet's clock and counts steps back within its interface.
func (d *Decoder) tick(f *capture.Frame, p *Packet) {
	p.Clock = d.clock.at(f.Time)
	port := d.source | uint64(f.Interface)
	if last, ok := d.last[port]; ok && f.Time < last-int64(time.Millisecond) {
		d.Stats.ClockSteps++
	}
	d.last[port] = f.Time
}
