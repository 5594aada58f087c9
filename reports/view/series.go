package view

import (
	"iter"
	"slices"
	"time"

	"webexaudit/analyzer/record"
)

// Series is loss, jitter and rate of a call in steps, by direction: at each step those of the worst stream, and the
// rate of all.
type Series struct {
	Start    record.Time
	StepS    int // seconds
	Up, Down Steps
	// losses between the client and the capture point, and between it and the cloud, in tenths of a percent of what all
	// streams sent into them; nil where no receiver told
	ClientSide, CloudSide []uint16
	RateOnly              bool // no stream was seen: the rates are those of flows that hide theirs
}

// Steps is one direction. A value that was not measured is Unknown.
type Steps struct {
	Loss   []uint16 // tenths of a percent
	Jitter []uint16 // tenths of a millisecond
	Rate   []uint16 // kbit/s
	Flags  []uint8  // of FlagGap and its like
}

// Unknown is the value of a step at which nothing was measured.
const Unknown = 0xffff

// What the flags of a step say.
const (
	FlagGap = 1 << iota // the capture lacks packets
	_                   // kept for steps of unknown loss
	FlagFew             // fewer than fewPackets packets were expected
)

// maxFine is up to which length a call has steps of a second, maxSteps how many steps a call has at most.
const (
	maxFine  = time.Hour
	maxSteps = 4000
)

// series draws up the steps of a call; nil where it has no stream with rows.
func (d *details) series(c *Call, fine bool) *Series {
	step := 10
	if fine && c.Line.To.Sub(c.Line.From) <= maxFine && d.allFine(c) {
		step = 1
	}
	unit := record.Time(step) * record.Time(time.Second)
	s := &Series{Start: c.StartTime - c.StartTime%unit, StepS: step}
	n := min(int((c.EndTime-s.Start)/unit)+1, maxSteps)
	s.Up, s.Down = newSteps(n), newSteps(n)
	any, by := false, sides{newSide(n), newSide(n)}
	for _, id := range c.StreamIDs {
		m := d.streams[id]
		if m == nil || !isPicture(m.Kind) {
			continue
		}
		to := &s.Down
		if m.Upstream {
			to = &s.Up
		}
		tells := d.plain(m) && d.v.Totals.LossAssessable
		for i, r := range d.stepsOf(id, s) {
			to.add(i, r, tells)
			by.add(i, r, m.Upstream)
			any = true
		}
	}
	if s.RateOnly = !any; !d.hiddenRates(c, s) && s.RateOnly {
		return nil
	}
	if client, cloud := by.client.shares(), by.cloud.shares(); told(client) || told(cloud) {
		s.ClientSide, s.CloudSide = client, cloud
	}
	return s
}

// hiddenRates adds the rates of media flows whose streams are hidden; it reports whether there are any.
func (d *details) hiddenRates(c *Call, s *Series) (any bool) {
	for _, id := range c.FlowIDs {
		f := d.flows[id]
		if f == nil || d.hasStream(c, id) {
			continue
		}
		for _, r := range f.rates {
			first := int((r.Time - s.Start) / (record.Time(s.StepS) * record.Time(time.Second)))
			for i := max(first, 0); i < min(first+10/s.StepS, len(s.Up.Rate)); i++ {
				s.Up.rate(i, r.BpsFwd)
				s.Down.rate(i, r.BpsRev)
				any = true
			}
		}
	}
	return any
}

// hasStream reports whether a flow of a call has a stream that is drawn.
func (d *details) hasStream(c *Call, flow string) bool {
	return slices.ContainsFunc(c.StreamIDs, func(id string) bool {
		m := d.streams[id]
		return m != nil && m.FlowID == flow && isPicture(m.Kind)
	})
}

// stepsOf are the rows of a stream by the steps that they are of.
func (d *details) stepsOf(id string, s *Series) iter.Seq2[int, *record.MediaInterval] {
	unit := record.Time(s.StepS) * record.Time(time.Second)
	return func(yield func(int, *record.MediaInterval) bool) {
		for _, r := range d.rows[id] {
			i := int((r.StartTime - s.Start) / unit)
			if r.IntervalS == s.StepS && r.StartTime >= s.Start && i < len(s.Up.Loss) && !yield(i, r) {
				return
			}
		}
	}
}

// allFine reports whether a call has streams, and every one has rows of a second to its end.
func (d *details) allFine(c *Call) (fine bool) {
	for _, id := range c.StreamIDs {
		if m := d.streams[id]; m != nil {
			if fine = d.finest(id) != 10; !fine {
				return false
			}
		}
	}
	return fine
}

func newSteps(n int) Steps {
	s := Steps{make([]uint16, n), make([]uint16, n), make([]uint16, n), make([]uint8, n)}
	for i := range n {
		s.Loss[i], s.Jitter[i], s.Rate[i] = Unknown, Unknown, Unknown
	}
	return s
}

// add books a row at a step; loss only where it tells of the network.
func (s *Steps) add(i int, r *record.MediaInterval, tells bool) {
	s.rate(i, r.BitrateBps)
	if r.CaptureLost > 0 {
		s.Flags[i] |= FlagGap
	}
	switch {
	case r.Expected < fewPackets:
		s.Flags[i] |= FlagFew
		return
	case tells:
		higher(&s.Loss[i], 1000*float64(r.Lost)/float64(r.Expected))
	}
	if r.JitterMeanMs != nil {
		higher(&s.Jitter[i], *r.JitterMeanMs*10)
	}
}

// rate adds bits per second at a step.
func (s *Steps) rate(i int, bps float64) {
	if s.Rate[i] == Unknown {
		s.Rate[i] = 0
	}
	s.Rate[i] = uint16(min(float64(s.Rate[i])+bps/1000+0.5, Unknown-1))
}

// higher sets a value to v where that is more, or nothing was known.
func higher(at *uint16, v float64) {
	if n := uint16(min(max(v, 0)+0.5, Unknown-1)); *at == Unknown || n > *at {
		*at = n
	}
}
