// Package observe is how rules look at records: a flow with all that hangs on it and what the whole run says about it,
// and predicates over records that several rules share, each written once.
//
// It imports records and the site file only. Nothing here judges: thresholds come as arguments.
package observe

import (
	"net/netip"
	"time"

	"webexaudit/analyzer/record"
)

// Flow is one flow as a rule sees it. It is valid during one call of a fold's Add and is used again for the next flow:
// what a rule wants to remember it takes as an audit.Ref.
type Flow struct {
	*record.Flow
	TLS     *record.TLSSession // its handshake, nil without one
	Streams []Stream           // its RTP streams by start
	From    netip.Addr         // the Webex client, else the source
	Subject record.Subject     // by which findings group the client: its site, else its subnet

	// What the whole run says (see audit.Context).
	Sees      bool          // the capture shows both directions of the client's traffic, so that silence means silence
	SeesUDP   bool          // the client has a UDP flow with packets in both directions
	SeesSrc   bool          // the flow's source has a flow with packets in both directions
	SeesFlow  bool          // RTP streams, of Webex or not, were found in the flow
	Left      time.Duration // from the start of the flow to the end of the capture: how long an answer had time to come
	Lacks     bool          // only one direction is in the capture, and the other must exist
	Continues bool          // its 5-tuple had a flow before, which a time limit of the analysis ended
	LossGate  string        // why lost packets of its streams cannot be told from what the capture lost, or ""
	Truncated bool          // packets were captured shorter than they were
	ClockStep bool          // a clock of the capture went back: times between packets say nothing
	Legs      []Leg         // other media flows of the same call

	Whole []record.Evidence // all of its packets, where a rule has pointed at them; of package audit
}

// Leg is another media flow of the same call.
type Leg struct {
	Flow    *record.Flow
	Streams []*record.MediaStream // by start
	// it is the other end's: what one of them sends comes down to the other. Else the same on the other side of an
	// address translation or a relay
	Far bool
}

// Last is when the last media went up (or came down) in the leg, 0 where none did.
func (l *Leg) Last(up bool) (last record.Time) {
	for _, m := range l.Streams {
		if m.Upstream == up {
			last = max(last, m.EndTime)
		}
	}
	return last
}

// Stream is an RTP stream with its flow and its rows.
type Stream struct {
	*record.MediaStream
	Flow *Flow
	Rows []*record.MediaInterval // of one and of ten seconds, by start
}

// TLS is a TLS handshake with its flow.
type TLS struct {
	*record.TLSSession
	Flow *Flow
}

// Session is a call with the flows that belong to it, by start.
type Session struct {
	*record.Session
	Flows   []Flow
	Subject record.Subject
	Sees    bool // as of a flow
}

// Every yields the rows of a length in seconds, by start.
func (s *Stream) Every(seconds int) (list []*record.MediaInterval) {
	for _, r := range s.Rows {
		if r.IntervalS == seconds {
			list = append(list, r)
		}
	}
	return list
}

// Lasted is the time from the first to the last packet.
func (f *Flow) Lasted() time.Duration { return f.EndTime.Sub(f.StartTime) }

// Age is how long it has lasted by the end of this part, where the ends of windows cut it; else the same as Lasted.
func (f *Flow) Age() time.Duration {
	if f.FlowStart != 0 {
		return f.EndTime.Sub(f.FlowStart)
	}
	return f.Lasted()
}

// Settled reports whether an answer that takes at most so many seconds would be in the capture.
func (f *Flow) Settled(seconds float64) bool { return f.Left.Seconds() >= seconds }
