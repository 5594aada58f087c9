package audit

import (
	"slices"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// loan is the space for flows that are borrowed from the source.
type loan struct {
	numbers []int
	units   []observe.Flow
}

// borrow shows flows of the source as rules see them, and the TLS session of each, of Webex or not, until show returns.
func (f *facts) borrow(l *loan, numbers []int, show func([]observe.Flow, []*record.TLSSession)) error {
	l.numbers = append(l.numbers[:0], numbers...)
	for _, n := range numbers {
		if c := f.carriers[n]; c != nil {
			for _, leg := range c.legs {
				l.numbers = append(l.numbers, leg.number)
			}
		}
	}
	if more := len(numbers) - len(l.units); more > 0 {
		l.units = append(l.units, make([]observe.Flow, more)...)
	}
	return f.source.Lend(l.numbers, func(flows []*record.Flow, tls []*record.TLSSession) error {
		legs := flows[len(numbers):]
		for i, n := range numbers {
			u := &l.units[i]
			f.fill(u, n, flows[i], tls[i])
			legs = legs[f.fillLegs(u, n, legs):]
		}
		show(l.units[:len(numbers)], tls[:len(numbers)])
		return nil
	})
}

// fill fills the unit with a flow and what is known of it.
func (f *facts) fill(u *observe.Flow, number int, fl *record.Flow, tls *record.TLSSession) {
	streams := u.Streams[:0]
	*u = observe.Flow{Flow: fl, From: fl.ClientAddr()}
	if tls != nil && tls.Webex {
		u.TLS = tls
	}
	u.Subject = f.subject(u.From)
	u.Sees, u.SeesUDP, u.SeesSrc = f.sees(u.From), f.bothUDP[u.From], f.both[fl.SrcIP]
	u.Left = f.end.Sub(fl.StartTime)
	if fl.Flows > 1 {
		u.Left = f.end.Sub(fl.EndTime) // the last of them began before
	}
	c := f.carriers[number]
	u.SeesFlow = c != nil
	u.Continues = f.again != nil && f.again[number] || fl.Part > 1
	u.Lacks = fl.Webex && f.lacksSide(fl, c)
	u.LossGate, u.ClockStep, u.Truncated = f.lossGate, f.clockStep, f.truncated
	if c != nil {
		for _, m := range c.streams {
			streams = append(streams, observe.Stream{MediaStream: m, Flow: u, Rows: f.seriesOf[m.StreamID]})
		}
	}
	u.Streams = streams
}

// fillLegs adds the other legs of the flow's call, the first of those that are given, and says how many there are.
func (f *facts) fillLegs(u *observe.Flow, number int, flows []*record.Flow) int {
	c := f.carriers[number]
	if c == nil || len(c.legs) == 0 {
		return 0
	}
	u.Legs = slices.Grow(u.Legs, len(c.legs))
	for i, leg := range c.legs {
		u.Legs = append(u.Legs, observe.Leg{Flow: flows[i], Streams: leg.streams, Far: leg.far})
	}
	return len(c.legs)
}
