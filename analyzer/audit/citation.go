package audit

import (
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// Citation says what of a flow becomes evidence, and which flows come first.
type Citation struct {
	// packet-range, transaction, certificate, counter, interval-series, absence
	Kind    string
	Largest bool // the largest flows come first, else the earliest
	// kinds of key packets; a flow without them is cited whole. Nil: always whole
	Keys   []string
	Fields func(*observe.Flow) map[string]string       // what a reader should see of the flow; nil: nothing
	Items  func(*Env, *observe.Flow) []record.Evidence // instead of all that
}

func (c *Citation) order() func(a, b Ref) int {
	if c.Largest {
		return larger
	}
	return earlier
}

// most is how many flows are cited. Packets by number go into one filter.
func (c *Citation) most() int {
	if len(c.Keys) > 0 {
		return maxCited
	}
	return maxEvidence
}

// of makes the evidence of one flow.
func (c *Citation) of(e *Env, f *observe.Flow) Cited {
	if c == nil {
		return Cited{}
	}
	return Cite(c.made(e, f))
}

func (c *Citation) made(e *Env, f *observe.Flow) []record.Evidence {
	if c.Items != nil {
		return c.Items(e, f)
	}
	var fields map[string]string
	if c.Fields != nil {
		fields = c.Fields(f)
	}
	if len(c.Keys) > 0 {
		if items := e.KeyPackets(c.Kind, f, fields, c.Keys...); len(items) > 0 {
			return items
		}
	}
	return e.Packets(c.Kind, f, fields)
}
