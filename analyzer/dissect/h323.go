package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/h323"
	"webexaudit/analyzer/flow"
)

// H323Facts counts a flow's H.323 messages: the types of h323.RAS or of h323.MessageType, by name. On TCP those within
// the prefix that is kept of a stream.
type H323Facts struct {
	Messages map[string]int64
}

func (st *State) h323(name string) {
	o := st.other()
	if o.H323 == nil {
		st.App, o.H323 = H323, &H323Facts{Messages: make(map[string]int64)}
	}
	o.H323.Messages[name]++
}

// rasMessage notes one RAS message of side s.
func (d *Dissector) rasMessage(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) bool {
	m, err := h323.ParseRAS(p.Payload, st.Others().H323 != nil)
	if err != nil {
		return false
	}
	switch m {
	case h323.GatekeeperRequest, h323.RegistrationRequest:
		f.Request(s)
		st.key("ras-request", p.Number, p.Time)
	case h323.GatekeeperConfirm, h323.GatekeeperReject, h323.RegistrationConfirm, h323.RegistrationReject:
		f.Request(s.Other())
		st.key("ras-answer", p.Number, p.Time)
	}
	st.h323(m.String())
	return true
}

// feedH323 reads call signalling in TPKT packets.
func (d *Dissector) feedH323(b []byte) int {
	payload, n, err := h323.NextTPKT(b)
	switch err {
	case nil:
	case h323.ErrShort:
		return 0
	default:
		return len(b)
	}
	m, err := h323.ParseQ931(payload)
	if err != nil { // keep-alives and messages of other standards
		return n
	}
	f, st, p, s := d.at.f, d.at.st, d.at.p, d.at.s
	if m.FromCallee {
		s = s.Other()
	}
	f.Request(s)
	st.h323(m.Type.String())
	switch m.Type {
	case h323.Setup:
		st.key("h225-setup", p.Number, p.Time)
	case h323.Connect:
		st.key("h225-connect", p.Number, p.Time)
	case h323.ReleaseComplete:
		st.key("h225-release-complete", p.Number, p.Time)
	}
	return n
}
