package export

import (
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// sip makes the record of a flow's SIP messages.
func (n *converter) sip(x *dissect.SIPFacts, src flow.Side) *record.SIPFacts {
	r := &record.SIPFacts{
		Messages: x.Messages, CallID: x.CallID, Agents: x.Agents, Domains: x.Domains, Cut: x.Cut, Short: x.Short, Long: x.Long,
		Requests: make(map[string]int64), Answers: make(map[int]int64), Compared: make(map[string]int64),
		AddressesDropped: x.AddressesDropped, MediaDropped: x.MediaDropped,
	}
	for _, q := range x.Requests {
		r.Requests[q.Method] = q.N
	}
	for _, a := range x.Answers {
		r.Answers[a.Status] = a.N
	}
	for where, count := range x.Compared {
		if count > 0 {
			r.Compared[dissect.SIPPlace(where).String()] = count
		}
	}
	for _, a := range x.Addresses {
		_, packet := n.file(a.Number)
		r.Addresses = append(r.Addresses, record.SIPAddress{
			Where: a.Where.String(), Address: a.Address, Packet: a.Packet, RPort: a.RPort, Count: a.N, First: packet,
		})
	}
	for i := range x.Media {
		r.Media = append(r.Media, n.sipMedia(&x.Media[i], src))
	}
	for i := range x.Timers {
		r.Timers = append(r.Timers, sipTimer(&x.Timers[i], src))
	}
	return r
}

func sipTimer(t *dissect.SIPTimer, src flow.Side) record.SIPTimer {
	r := record.SIPTimer{
		CallID: t.CallID, ExpiresS: t.Expires, Refreshes: t.Refreshes, Agreed: record.Time(t.Agreed), LastRefresh: record.Time(t.Refreshed), Ended: record.Time(t.Ended),
	}
	if t.Known {
		r.Refresher = dir(t.Refresher, src)
	}
	if t.Ended != 0 {
		r.EndedBy = dir(t.EndedBy, src)
	}
	return r
}

func (n *converter) sipMedia(m *dissect.SIPMedia, src flow.Side) record.SIPMedia {
	_, packet := n.file(m.Number)
	r := record.SIPMedia{
		Direction: dir(m.Side, src), Address: m.Host, Port: int(m.Port), Kind: m.Kind, Profile: m.Profile, Crypto: m.Crypto,
		Fingerprint: m.Fingerprint, Packet: packet,
	}
	for _, t := range m.Types {
		p := record.SIPType{Type: int(t.Number), Codec: t.Codec, ClockRate: t.Clock}
		if t.Varies {
			p.ClockRate = 0
		}
		r.Types = append(r.Types, p)
	}
	return r
}
