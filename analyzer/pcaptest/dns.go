package pcaptest

import (
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// DNS is a name and what the resolver knows of it. Without addresses and code the answer is empty.
type DNS struct {
	Name       string
	Addrs      []netip.Addr // A and AAAA; a query of each type that occurs is sent, of type A where none does
	CNAMEs     []string     // the chain from Name on
	TTL        uint32       // 0: 60
	Code       int          // RCODE: 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED
	Unanswered bool         // the client asks three times, 1 and 2 seconds apart
	Delay      time.Duration
}

// DNS asks the resolver and moves the scenario's clock to the answer.
func (s *Scenario) DNS(client netip.Addr, resolver netip.AddrPort, d DNS, path Path) {
	types := d.types()
	for _, typ := range types {
		u := s.UDP(netip.AddrPortFrom(client, s.Port()), resolver, path)
		id := uint16(s.Uint32())
		u.Send(d.Message(id, typ, false))
		if d.Unanswered {
			for i := range 2 {
				u.Wait(time.Second << i)
				u.Send(d.Message(id, typ, false))
			}
			s.AdvanceTo(u.Now())
			continue
		}
		if d.Delay > 0 {
			u.Wait(d.Delay)
		}
		u.Recv(d.Message(id, typ, true))
		s.AdvanceTo(u.Now())
	}
}

func (d DNS) types() []dnsmessage.Type {
	var v4, v6 bool
	for _, a := range d.Addrs {
		v4, v6 = v4 || a.Is4(), v6 || a.Is6()
	}
	switch {
	case v4 && v6:
		return []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA}
	case v6:
		return []dnsmessage.Type{dnsmessage.TypeAAAA}
	}
	return []dnsmessage.Type{dnsmessage.TypeA}
}

// Message builds the query or the answer; a name that does not fit panics, since only a test can ask for it.
func (d DNS) Message(id uint16, typ dnsmessage.Type, answer bool) []byte {
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: id, RecursionDesired: true}}
	name := dnsmessage.MustNewName(d.Name + ".")
	m.Questions = []dnsmessage.Question{{Name: name, Type: typ, Class: dnsmessage.ClassINET}}
	if answer {
		m.Response, m.RecursionAvailable, m.RCode = true, true, dnsmessage.RCode(d.Code)
		m.Answers = d.answers(name, typ)
	}
	b, err := m.Pack()
	if err != nil {
		panic("pcaptest: " + err.Error())
	}
	return b
}

func (d DNS) answers(name dnsmessage.Name, typ dnsmessage.Type) (out []dnsmessage.Resource) {
	add := func(body dnsmessage.ResourceBody, typ dnsmessage.Type) {
		ttl := d.TTL
		if ttl == 0 {
			ttl = 60
		}
		h := dnsmessage.ResourceHeader{Name: name, Type: typ, Class: dnsmessage.ClassINET, TTL: ttl}
		out = append(out, dnsmessage.Resource{Header: h, Body: body})
	}
	for _, c := range d.CNAMEs {
		next := dnsmessage.MustNewName(c + ".")
		add(&dnsmessage.CNAMEResource{CNAME: next}, dnsmessage.TypeCNAME)
		name = next
	}
	for _, a := range d.Addrs {
		switch {
		case a.Is4() && typ == dnsmessage.TypeA:
			add(&dnsmessage.AResource{A: a.As4()}, typ)
		case a.Is6() && typ == dnsmessage.TypeAAAA:
			add(&dnsmessage.AAAAResource{AAAA: a.As16()}, typ)
		}
	}
	return out
}
