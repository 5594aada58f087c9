package catalogue

import (
	"fmt"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// proof is what another leg of the call says of a silence.
type proof uint8

const (
	noProof   proof = iota
	farSends        // the other end sent all the while
	farMute         // the other end sent nothing: there was nothing to hear
	comesNear       // it came back to the address translation or relay, and not to the client
	staysAway       // it did not even come back to there
)

// legProof says what another leg proves of a client that has heard nothing since a time.
func legProof(e *audit.Env, f *observe.Flow, since, until record.Time) (proof, *observe.Leg) {
	tail := record.Time(e.Value(oneWayTail) * 1e9)
	for i := range f.Legs {
		switch l := &f.Legs[i]; {
		case l.Far && f.Service != record.Calling: // others of a meeting are not all sent on
		case l.Far && l.Last(true) >= since+tail && rateOf(l) >= e.Value(oneWayRate):
			return farSends, l
		case l.Far && l.Last(true) <= since+record.Time(time.Second):
			return farMute, l
		case l.Far || outer(e, f):
		case l.Last(false) >= min(since+tail, until):
			return comesNear, l
		default:
			return staysAway, l
		}
	}
	return noProof, nil
}

// outer reports whether the flow is the outer half of another one, which is judged in its place.
func outer(e *audit.Env, f *observe.Flow) bool {
	inside, _ := e.Site.IsInternal(f.From)
	for i := range f.Legs {
		if !f.Legs[i].Far {
			return !inside
		}
	}
	return false
}

// rateOf is the packet rate of what the client of a leg sends.
func rateOf(l *observe.Leg) (rate float64) {
	for _, m := range l.Streams {
		if d := m.EndTime.Sub(m.StartTime).Seconds(); m.Upstream && d > 0 {
			rate = max(rate, float64(m.Packets)/d)
		}
	}
	return rate
}

// deaf reports whether the client of a leg went on sending when nothing came to it any more.
func deaf(e *audit.Env, l *observe.Leg) bool {
	var first record.Time
	for _, m := range l.Streams {
		if m.Upstream && (first.IsZero() || m.StartTime < first) {
			first = m.StartTime
		}
	}
	return !first.IsZero() && l.Last(true).Sub(max(first, l.Last(false))).Seconds() >= e.Value(oneWayTail)
}

// toldElsewhere reports whether the other end of the call hears nothing either, and stands for both.
func toldElsewhere(e *audit.Env, f *observe.Flow) bool {
	for i := range f.Legs {
		l := &f.Legs[i]
		if l.Far && f.Service == record.Calling && l.Flow.FlowID < f.FlowID && rateOf(l) >= e.Value(oneWayRate) &&
			deaf(e, l) && silentFor(e, f).proof == farSends {
			return true
		}
	}
	return false
}

// sideOf says where the media stopped.
func sideOf(e *audit.Env, p proof, l *observe.Leg) (text wording.Text) {
	other := l.Flow.ClientAddr()
	switch p {
	case farSends:
		if deaf(e, l) {
			return wording.New("med010.both", "; the other end of the call, %s, was seen to send all the while and heard nothing either: it stops "+
				"beyond the capture point, both ways", other)
		}
		text = wording.New("med010.far", "; the other end of the call, %s, was seen to send all the while: it stops beyond the capture point, "+
			"on the way back from there", other)
	case comesNear:
		text = wording.New("med010.near", "; it came back to %s, which translates or relays, and not from there to the client", other)
	case staysAway:
		text = wording.New("med010.away", "; it did not come back to %s either, which translates or relays: it stops beyond", other)
	}
	return text
}

// withLegs cites a flow, and the other legs of its call beside it.
func withLegs(e *audit.Env, f *observe.Flow) []record.Evidence {
	list := e.Packets("packet-range", f, bothWays(f.Flow))
	for i := range f.Legs {
		l := f.Legs[i].Flow
		list = append(list, e.Packets("packet-range", &observe.Flow{Flow: l}, bothWays(l))...)
	}
	return list
}

func bothWays(f *record.Flow) map[string]string {
	return map[string]string{"packets_from_client": fmt.Sprint(f.Up().Packets),
		"packets_to_client": fmt.Sprint(f.Down().Packets)}
}
