package dissect

import (
	"bytes"
	"net/netip"
	"slices"

	"webexaudit/analyzer/dissect/sip"
	"webexaudit/analyzer/flow"
)

// SIPTimer is the session timer of one call (RFC 4028): the call ends unless one side refreshes it in time by a new
// INVITE or UPDATE.
type SIPTimer struct {
	CallID    string
	Expires   int       // seconds, of the latest answer that set it
	Refresher flow.Side // who has to refresh
	Known     bool      // Refresher is known
	Agreed    int64     // time of the answer that set the timer first
	Refreshed int64     // of the latest refresh that was accepted; 0: none
	Refreshes int64     // those that were accepted
	Ended     int64     // time of the BYE; 0: none seen
	EndedBy   flow.Side // who sent it
}

const (
	maxSIPTimers  = 16
	maxSIPDomains = 8
)

// domains keeps the host names in the URIs of a message: whom it is for and from.
func (x *SIPFacts) domains(m *sip.Message) {
	for _, host := range [][]byte{m.Host(), m.To, m.From} {
		name := string(bytes.ToLower(host[:min(len(host), maxSIPText)]))
		if _, err := netip.ParseAddr(name); name != "" && err != nil && len(x.Domains) < maxSIPDomains &&
			!slices.Contains(x.Domains, name) {
			x.Domains = append(x.Domains, name)
		}
	}
}

// timer follows the session timers of the flow's calls by the messages of side s.
func (x *SIPFacts) timer(m *sip.Message, s flow.Side, time int64) {
	i := slices.IndexFunc(x.Timers, func(t SIPTimer) bool { return t.CallID == string(m.CallID) })
	switch {
	case i >= 0 && string(m.Method) == "BYE" && x.Timers[i].Ended == 0:
		x.Timers[i].Ended, x.Timers[i].EndedBy = time, s
	case m.Status/100 != 2 || string(m.CSeqMethod) != "INVITE" && string(m.CSeqMethod) != "UPDATE":
	case i >= 0 && m.CSeq != x.answered[i]:
		t := &x.Timers[i]
		x.answered[i] = m.CSeq
		t.Refreshes++
		t.Refreshed = time
		t.set(m, s)
	case i < 0 && m.SessionExpires > 0 && len(m.CallID) > 0 && len(m.CallID) <= maxSIPText &&
		len(x.Timers) < maxSIPTimers:
		t := SIPTimer{CallID: string(m.CallID), Agreed: time}
		t.set(m, s)
		x.Timers = append(x.Timers, t)
		x.answered = append(x.answered, m.CSeq)
	}
}

// set takes the answer of side s over: the parameter tells the refresher by its part in the transaction (RFC 4028
// section 4).
func (t *SIPTimer) set(m *sip.Message, s flow.Side) {
	if m.SessionExpires <= 0 {
		return
	}
	t.Expires = m.SessionExpires
	switch {
	case bytes.EqualFold(m.Refresher, []byte("uac")):
		t.Refresher, t.Known = s.Other(), true
	case bytes.EqualFold(m.Refresher, []byte("uas")):
		t.Refresher, t.Known = s, true
	}
}
