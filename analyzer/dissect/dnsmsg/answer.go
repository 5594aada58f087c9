package dnsmsg

import (
	"net/netip"

	"golang.org/x/net/dns/dnsmessage"
)

// answer keeps the record that p has read the header h of; false where its body is damaged. p is a copy: the caller
// goes on by the length in the header, whatever the body was.
func (m *Message) answer(p dnsmessage.Parser, h *dnsmessage.ResourceHeader) bool {
	a := Answer{Name: m.name(&h.Name), Type: Type(h.Type), TTL: h.TTL}
	good := true
	switch h.Type {
	case dnsmessage.TypeA:
		r, err := p.AResource()
		if good = err == nil && h.Length == 4; good {
			a.Addr = netip.AddrFrom4(r.A)
		}
	case dnsmessage.TypeAAAA:
		r, err := p.AAAAResource()
		if good = err == nil && h.Length == 16; good {
			a.Addr = netip.AddrFrom16(r.AAAA)
		}
	case dnsmessage.TypeCNAME:
		r, err := p.CNAMEResource()
		good = m.target(&a, &r.CNAME, err)
	case dnsmessage.TypePTR:
		r, err := p.PTRResource()
		good = m.target(&a, &r.PTR, err)
	case dnsmessage.TypeSRV:
		r, err := p.SRVResource()
		good = m.target(&a, &r.Target, err)
	case dnsmessage.TypeSVCB:
		r, err := p.SVCBResource()
		return m.service(a, &r, err)
	case dnsmessage.TypeHTTPS:
		r, err := p.HTTPSResource()
		return m.service(a, &r.SVCBResource, err)
	}
	if good {
		m.Answers = append(m.Answers, a)
	}
	return good
}

// target stores the name that a record points to.
func (m *Message) target(a *Answer, n *dnsmessage.Name, err error) bool {
	if err != nil {
		return false
	}
	a.Target = m.name(n)
	return true
}

// service keeps a record of SVCB's form: its target, then each address hint (RFC 9460 section 7.3).
func (m *Message) service(a Answer, r *dnsmessage.SVCBResource, err error) bool {
	if !m.target(&a, &r.Target, err) {
		return false
	}
	m.Answers = append(m.Answers, a)
	a.Target = ""
	v4, _ := r.GetParam(dnsmessage.SVCParamIPv4Hint)
	v6, _ := r.GetParam(dnsmessage.SVCParamIPv6Hint)
	return m.hints(a, v4, 4) && m.hints(a, v6, 16)
}

// hints adds one answer for each address of size bytes in b.
func (m *Message) hints(a Answer, b []byte, size int) bool {
	for ; len(b) >= size; b = b[size:] {
		if len(m.Answers) >= MaxAnswers {
			m.Dropped++
			continue
		}
		a.Addr, _ = netip.AddrFromSlice(b[:size])
		m.Answers = append(m.Answers, a)
	}
	return len(b) == 0
}
