package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/dnsmsg"
	"webexaudit/analyzer/flow"
)

// maxLookups bounds the questions kept of one flow; a resolver's own flow to its forwarder can hold many.
const maxLookups = 256

// dnsMessage notes one DNS message of side s.
func (d *Dissector) dnsMessage(f *flow.Flow, st *State, p *decode.Packet, s flow.Side, b []byte) bool {
	m := &d.dns
	if dnsmsg.Parse(b, m) != nil || m.QName == "" {
		return false
	}
	st.App = DNS
	if st.DNS == nil {
		st.DNS = new(Lookups)
	}
	client := s
	if m.Response {
		client = s.Other()
	}
	f.Request(client)
	l := st.DNS.lookup(m, client)
	if l == nil {
		return true
	}
	if !m.Response {
		if l.Asked == 0 {
			l.Asked, l.Time = p.Number, p.Time
		}
		l.Tries++
		return true
	}
	if l.Answered { // the answer to a repeated question
		return true
	}
	l.Answered, l.RCode, l.Reply, l.ReplyTime = true, m.RCode, p.Number, p.Time
	if l.Asked == 0 {
		l.Time = p.Time
	}
	for _, a := range m.Answers {
		if a.Addr.IsValid() {
			l.Addrs = append(l.Addrs, a.Addr)
		}
	}
	return true
}

// lookup finds the open question that the message repeats or answers, or the one that it answers once more, or begins a
// new one.
func (x *Lookups) lookup(m *dnsmsg.Message, client flow.Side) *Lookup {
	for i := len(x.List) - 1; i >= 0; i-- {
		if l := &x.List[i]; l.ID == m.ID && l.Client == client && l.Type == m.QType && l.Name == m.QName &&
			(m.Response || !l.Answered) {
			return l
		}
	}
	if len(x.List) >= maxLookups {
		x.Dropped++
		return nil
	}
	x.List = append(x.List, Lookup{ID: m.ID, Name: m.QName, Type: m.QType, Client: client})
	return &x.List[len(x.List)-1]
}

// feedDNS reads DNS messages behind their two-byte length (RFC 1035 section 4.2.2).
func (d *Dissector) feedDNS(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	n := 2 + int(b[0])<<8 + int(b[1])
	if len(b) < n {
		return 0
	}
	d.dnsMessage(d.at.f, d.at.st, d.at.p, d.at.s, b[2:n])
	return n
}
