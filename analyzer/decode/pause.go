package decode

import "time"

// Pause is a stretch of time without any frame. By itself it says nothing: at night nobody sends. A sensor paused where
// TCP acknowledges behind it what was never seen.
type Pause struct {
	Start, End int64 // nanoseconds
	Number     int64 // of the frame behind it
}

const (
	minPause  = int64(time.Second)
	maxPauses = 64
)

// pause keeps the longest ones.
func (s *Stats) pause(p Pause) {
	if len(s.Pauses) < maxPauses {
		s.Pauses = append(s.Pauses, p)
		return
	}
	least := &s.Pauses[0]
	for i := range s.Pauses {
		if x := &s.Pauses[i]; x.End-x.Start < least.End-least.Start {
			least = x
		}
	}
	if p.End-p.Start > least.End-least.Start {
		*least = p
	}
}

// Down notes that the interface was down before the frame that comes next.
func (d *Decoder) Down(from, to int64) {
	if len(d.Stats.Outages) < maxPauses {
		d.Stats.Outages = append(d.Stats.Outages, Pause{from, to, d.number + 1})
	}
}
