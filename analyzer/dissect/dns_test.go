package dissect

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"webexaudit/analyzer/pcaptest"
)

// lookups is one line per question: name, type, packet numbers of question and answer, code, addresses.
func (e *ended) lookups() (out []string) {
	for _, l := range e.DNS.List {
		out = append(out, fmt.Sprintf("%s %v %d>%d %v %v", l.Name, l.Type, l.Asked, l.Reply, l.RCode, l.Addrs))
	}
	return out
}

var (
	asker    = netip.MustParseAddrPort("10.20.1.15:50000")
	resolver = netip.MustParseAddrPort("10.20.0.53:53")
	locus    = pcaptest.DNS{Name: "locus-a.wbx2.com", Addrs: []netip.Addr{netip.MustParseAddr("52.29.8.14"),
		netip.MustParseAddr("2001:db8::1")}, CNAMEs: []string{"a.example.net"}}
	noHost = pcaptest.DNS{Name: "nowhere.example.org", Code: 3}
)

func TestDNSOverUDP(t *testing.T) {
	const a, aaaa = dnsmessage.TypeA, dnsmessage.TypeAAAA
	for _, tt := range []struct {
		name string
		tell func(u *pcaptest.UDPFlow)
		want []string
	}{
		{"two questions of one socket", func(u *pcaptest.UDPFlow) {
			u.Send(locus.Message(1, a, false)).Send(locus.Message(2, aaaa, false)).Recv(
				locus.Message(2, aaaa, true)).Recv(locus.Message(1, a, true))
		}, []string{"locus-a.wbx2.com A 1>4 NOERROR [52.29.8.14]", "locus-a.wbx2.com AAAA 2>3 NOERROR [2001:db8::1]"}},
		{"no such name", func(u *pcaptest.UDPFlow) { u.Send(noHost.Message(1, a, false)).Recv(noHost.Message(1, a, true)) },
			[]string{"nowhere.example.org A 1>2 NXDOMAIN []"}},
		{"silent, asked three times", func(u *pcaptest.UDPFlow) {
			for range 3 {
				u.Send(locus.Message(1, a, false)).Wait(time.Second)
			}
		}, []string{"locus-a.wbx2.com A 1>0 NOERROR []"}},
		{"asked twice, answered twice", func(u *pcaptest.UDPFlow) {
			u.Send(locus.Message(1, a, false)).Wait(time.Second)
			u.Send(locus.Message(1, a, false)).Recv(locus.Message(1, a, true)).Recv(locus.Message(1, a, true))
		}, []string{"locus-a.wbx2.com A 1>3 NOERROR [52.29.8.14]"}},
		{"the number used again", func(u *pcaptest.UDPFlow) {
			u.Send(locus.Message(1, a, false)).Recv(locus.Message(1, a, true)).Wait(time.Minute)
			u.Send(locus.Message(1, a, false))
		}, []string{"locus-a.wbx2.com A 1>2 NOERROR [52.29.8.14]", "locus-a.wbx2.com A 3>0 NOERROR []"}},
		{"an answer without question", func(u *pcaptest.UDPFlow) { u.Recv(locus.Message(1, a, true)) }, []string{"locus-a.wbx2.com A 0>1 NOERROR [52.29.8.14]"}},
		{"an answer to another question", func(u *pcaptest.UDPFlow) { u.Send(locus.Message(1, a, false)).Recv(locus.Message(9, a, true)) },
			[]string{"locus-a.wbx2.com A 1>0 NOERROR []", "locus-a.wbx2.com A 0>2 NOERROR [52.29.8.14]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := only(t, story(func(s *pcaptest.Scenario) { tt.tell(s.UDP(asker, resolver, pcaptest.Path{})) }))
			equalList(t, "lookups", e.lookups(), tt.want)
			if e.App != DNS || e.source() != asker {
				t.Errorf("application %v, source %v", e.App, e.source())
			}
		})
	}
}

// TestDNSOverTCP: messages behind their lengths, in segments that do not fit them, and in the wrong order.
func TestDNSOverTCP(t *testing.T) {
	frame := func(b []byte) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...) }
	c := story(func(s *pcaptest.Scenario) {
		u := s.TCP(asker, resolver, pcaptest.Path{MSS: 25}).Open()
		u.Send(slices.Concat(frame(locus.Message(1, dnsmessage.TypeA, false)),
			frame(noHost.Message(2, dnsmessage.TypeA, false))))
		u.Recv(slices.Concat(frame(locus.Message(1, dnsmessage.TypeA, true)),
			frame(noHost.Message(2, dnsmessage.TypeA, true))), pcaptest.Swap(1, 3))
		u.Close()
	})
	e := only(t, c)
	var got []string
	for _, l := range e.DNS.List {
		got = append(got, fmt.Sprintf("%s %v %v answered %v", l.Name, l.RCode, l.Addrs, l.Answered))
	}
	equalList(t, "lookups", got, []string{"locus-a.wbx2.com NOERROR [52.29.8.14] answered true", "nowhere.example.org NXDOMAIN [] answered true"})
	equal(t, "application", e.App, DNS)
}

// TestDNSBounds: a resolver's flow to its forwarder holds many questions.
func TestDNSBounds(t *testing.T) {
	e := only(t, story(func(s *pcaptest.Scenario) {
		u := s.UDP(asker, resolver, pcaptest.Path{})
		for i := range 300 {
			u.Send(pcaptest.DNS{Name: fmt.Sprintf("h%d.example.org", i)}.Message(uint16(i), dnsmessage.TypeA, false))
		}
		u.Send([]byte("this is no DNS at all, whatever the port says"))
	}))
	if len(e.DNS.List) != maxLookups || e.DNS.Dropped != 300-maxLookups {
		t.Errorf("%d kept, %d dropped", len(e.DNS.List), e.DNS.Dropped)
	}
}
