package view

import (
	"slices"

	"webexaudit/analyzer/record"
)

// excerpt is what is drawn of a flow that a call or a stream names: all that stays of its record.
type excerpt struct {
	function   record.Function
	transport  record.Transport
	class      string // of its media
	port       int    // of the server
	from, to   record.Time
	up, down   load
	expected   []int               // marks
	changes    []record.DSCPChange // of marks
	roundTrips []record.RoundTrip  // that its record tells one by one
	answers    []Mark              // where it tells none
	rates      []record.FlowRate   // forward is up
}

// load is one direction of it.
type load struct {
	bytes, payload int64
	marks          []int // those that stand out, most packets first
}

// excerpts are those that calls and streams name, by flow. They are nil until the flow comes.
type excerpts map[string]*excerpt

// excerpts are what is to be kept.
func (d *details) excerpts() excerpts {
	all := make(excerpts, len(d.set.Streams))
	for _, m := range d.set.Streams {
		all[m.FlowID] = nil
	}
	for _, c := range d.Calls {
		for _, id := range c.FlowIDs {
			all[id] = nil
		}
	}
	return all
}

// add keeps what is needed of a flow that is named.
func (all excerpts) add(f *record.Flow) {
	if _, named := all[f.FlowID]; !named {
		return
	}
	x := &excerpt{function: f.Function, transport: f.Transport, class: f.MediaClass, port: int(f.Server().Port()),
		from: f.StartTime, to: f.EndTime, up: loadOf(f.Up()), down: loadOf(f.Down()),
		expected: slices.Clone(f.ExpectedDSCP), changes: slices.Clone(f.DSCPChanges)}
	all[f.FlowID] = x
	if !f.Function.IsMedia() {
		return
	}
	if f.STUN != nil {
		x.roundTrips = slices.Clone(f.STUN.RTTs)
	}
	if len(x.roundTrips) == 0 {
		x.answers = answers(f)
	}
	x.rates = slices.Clone(f.RateSeries)
	for i := range x.rates {
		if r := &x.rates[i]; !f.ClientIsSource() {
			r.BpsFwd, r.BpsRev = r.BpsRev, r.BpsFwd
		}
	}
}

func loadOf(s record.Side) load { return load{s.Bytes, s.PayloadBytes, s.DSCP.Main()} }

// answers are the round trips of a media flow that its kept packets tell, an answer and the request before it.
func answers(f *record.Flow) (list []Mark) {
	var asked record.Time
	for _, k := range f.KeyPackets {
		switch {
		case k.Kind == "stun-request":
			asked = k.Time
		case k.Kind == "stun-answer" && asked != 0:
			list = append(list, Mark{At: k.Time, State: "ok", Value: float64(k.Time-asked) / 1e6})
			asked = 0
		}
	}
	return list
}
