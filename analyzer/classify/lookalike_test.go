package classify

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
)

var (
	stranger = netip.MustParseAddr("185.60.114.159") // in no range of the packs
	client   = pcaptest.ClientB
)

// story makes a capture; it begins in the middle of nowhere: no Webex before.
func story(tell func(s *pcaptest.Scenario)) *pcaptest.Capture {
	s := pcaptest.New(3, pcaptest.Start)
	tell(s)
	return s.Capture()
}

// hello talks to a web server under a name.
func hello(s *pcaptest.Scenario, sni string, addr netip.Addr, chain [][]byte) {
	c := s.TCP(netip.AddrPortFrom(client, s.Port()), netip.AddrPortFrom(addr, 443), pcaptest.Path{}).Open()
	h := s.TLS(c, pcaptest.TLS{SNI: sni, Chain: chain})
	h.Send(500).Recv(900).Close()
	s.AdvanceTo(h.Now())
}

// rtp sends audio both ways between a client's port and a server.
func rtp(s *pcaptest.Scenario, src uint16, server netip.AddrPort, up, down uint8) {
	u := s.UDP(netip.AddrPortFrom(client, src), server, pcaptest.Path{})
	a := pcaptest.RTPStream{From: pcaptest.Client, Start: s.Now(), Packets: 200, SSRC: 7, PT: up}
	b := pcaptest.RTPStream{From: pcaptest.Server, Start: s.Now(), Packets: 200, SSRC: 8, PT: down}
	pcaptest.Play(u, a.Events(), b.Events())
}

// TestLookalikes: what resembles Webex and is none, alone; nothing is said of it.
func TestLookalikes(t *testing.T) {
	p := packs(t)
	media := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(stranger, port) }
	for _, tt := range []struct {
		name string
		tell func(s *pcaptest.Scenario)
	}{
		{"cisco.com alone", func(s *pcaptest.Scenario) { hello(s, "www.cisco.com", stranger, nil) }},
		{"Cisco's other services", func(s *pcaptest.Scenario) {
			hello(s, "tools.cisco.com", stranger, nil)
			hello(s, "api.meraki.com", stranger, nil)
		}},
		{"a name that only ends alike", func(s *pcaptest.Scenario) {
			hello(s, "notwebex.com", stranger, nil)
			hello(s, "webex.com.example.org", stranger, nil)
		}},
		{"a name that only begins alike", func(s *pcaptest.Scenario) { hello(s, "webex.example.org", stranger, nil) }},
		{"RTP on 5004 to an address that the pack does not list", func(s *pcaptest.Scenario) { rtp(s, 52000, media(5004), 98, 101) }},
		{"RTP on 9000", func(s *pcaptest.Scenario) { rtp(s, 52000, media(9000), 111, 111) }},
		{"RTP on 33434", func(s *pcaptest.Scenario) { rtp(s, 52100, media(33434), 108, 117) }},
		{"STUN of a browser on 5004", func(s *pcaptest.Scenario) {
			s.STUN(s.UDP(netip.AddrPortFrom(client, 52000), media(5004), pcaptest.Path{}),
				pcaptest.Binding{Username: "abcd:efgh", Check: true})
		}},
		{"STUN of another agent", func(s *pcaptest.Scenario) {
			s.STUN(s.UDP(netip.AddrPortFrom(client, 52000), media(3478), pcaptest.Path{}), pcaptest.Binding{Software: "Cisco-Sparkle"})
		}},
		{"TLS without SNI on 443", func(s *pcaptest.Scenario) { hello(s, "", stranger, pcaptest.MediaNodeChain("www.example.org")) }},
		{"media in TLS to a stranger", func(s *pcaptest.Scenario) {
			h := s.TLS(s.TCP(netip.AddrPortFrom(client, s.Port()), netip.AddrPortFrom(stranger, 443),
				pcaptest.Path{}).Open(), pcaptest.TLS{})
			pcaptest.Play(h, pcaptest.MediaCadence(h.Now(), 34*time.Second, 20*time.Millisecond))
		}},
		{"CONNECT to somebody else", func(s *pcaptest.Scenario) {
			s.TCP(netip.AddrPortFrom(client, s.Port()), pcaptest.Proxy, pcaptest.Path{}).Open().Connect(
				pcaptest.Connect{Target: "www.example.org:443"})
		}},
		{"a name of Webex in a question only", func(s *pcaptest.Scenario) {
			s.DNS(client, pcaptest.Resolver, pcaptest.DNS{Name: "idbroker.webex.com", Addrs: []netip.Addr{pcaptest.NodeA}}, pcaptest.Path{})
		}},
		{"SIP to a stranger", func(s *pcaptest.Scenario) {
			u := s.UDP(netip.AddrPortFrom(client, 5060), media(5060), pcaptest.Path{})
			u.Send(pcaptest.SIP{Start: "REGISTER sip:example.org SIP/2.0"}.Bytes())
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, f := range judged(&Classifier{Packs: p}, flows(story(tt.tell))) {
				if f.Rec.Webex || f.Rec.Confidence != "" {
					t.Errorf("%s: %s", f.line(), f.Rec.Reason)
				}
			}
		})
	}
}

// TestSigns: each sign by itself, and what it makes of a flow.
func TestSigns(t *testing.T) {
	p := packs(t)
	at := func(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }
	node := pcaptest.NodeA
	for _, tt := range []struct {
		name string
		tell func(s *pcaptest.Scenario)
		want string
	}{
		{"SNI", func(s *pcaptest.Scenario) { hello(s, "idbroker.webex.com", stranger, nil) }, "tcp 185.60.114.159:443 identity signalling tls confirmed"},
		{"SNI in capitals", func(s *pcaptest.Scenario) { hello(s, "IDBROKER.Webex.COM", stranger, nil) }, "tcp 185.60.114.159:443 identity signalling tls confirmed"},
		{"certificate of a media node, no SNI", func(s *pcaptest.Scenario) { hello(s, "", stranger, pcaptest.MediaNodeChain(pcaptest.NodeName)) }, "tcp 185.60.114.159:443 meetings reachability tls confirmed"},
		{"SNI of others outweighs the certificate", func(s *pcaptest.Scenario) {
			hello(s, "www.example.org", stranger, pcaptest.SignallingChain("*.webex.com"))
		}, "tcp 185.60.114.159:443 -"},
		{"STUN SOFTWARE to a stranger", func(s *pcaptest.Scenario) {
			s.STUN(s.UDP(at(client, 52000), at(stranger, 5004), pcaptest.Path{}), pcaptest.Binding{Software: "Cisco-Spark"})
		}, "udp 185.60.114.159:5004 meetings other udp probable"},
		{"flow attribute to a stranger", func(s *pcaptest.Scenario) {
			s.STUN(s.UDP(at(client, 52000), at(stranger, 5004), pcaptest.Path{}),
				pcaptest.Binding{FlowInfo: make([]byte, 8)})
		}, "udp 185.60.114.159:5004 meetings other udp probable"},
		{"address alone", func(s *pcaptest.Scenario) { s.TCP(at(client, s.Port()), at(node, 443), pcaptest.Path{}).Refused() }, "tcp 170.72.1.2:443 meetings reachability tcp probable"},
		{"address, and a node that asks first", func(s *pcaptest.Scenario) {
			u := s.UDP(at(client, 52000), at(node, 5004), pcaptest.Path{})
			u.Recv(pcaptest.STUN{Type: pcaptest.STUNRequest, ID: [12]byte{1}}.Bytes())
		}, "udp 10.20.2.31:52000 meetings reachability udp confirmed"},
		{"address and a download", func(s *pcaptest.Scenario) {
			h := s.TLS(s.TCP(at(client, s.Port()), at(node, 443), pcaptest.Path{}).Open(),
				pcaptest.TLS{Chain: pcaptest.MediaNodeChain(pcaptest.NodeName)})
			pcaptest.Play(h, pcaptest.FileCadence(h.Now(), 400_000, 200_000))
		}, "tcp 170.72.1.2:443 meetings other tls confirmed"},
		{"address that is only routed by Webex", func(s *pcaptest.Scenario) {
			s.TCP(at(client, s.Port()), at(netip.MustParseAddr("8.38.216.9"), 443), pcaptest.Path{}).Refused()
		}, "tcp 8.38.216.9:443 meetings other tcp possible"},
		{"address and STUN of anybody", func(s *pcaptest.Scenario) {
			s.STUN(s.UDP(at(client, 52000), at(node, 5004), pcaptest.Path{}), pcaptest.Binding{})
		}, "udp 170.72.1.2:5004 meetings reachability udp confirmed"},
		{"address and a browser's DTLS", func(s *pcaptest.Scenario) {
			u := s.UDP(at(client, 61000), at(node, 5004), pcaptest.Path{})
			s.STUN(u, pcaptest.Binding{Username: "abcd:efgh"})
			u.Send(pcaptest.DTLSClientHello(s.Rand, 0)).Recv(pcaptest.DTLSServerHello(s.Rand, 0))
		}, "udp 170.72.1.2:5004 meetings reachability udp confirmed"},
		{"CONNECT by name", func(s *pcaptest.Scenario) {
			s.TCP(at(client, s.Port()), pcaptest.Proxy, pcaptest.Path{}).Open().Connect(pcaptest.Connect{Target: "mercury-connection-a.wbx2.com:443"})
		}, "tcp 10.20.0.80:8080 for mercury-connection-a.wbx2.com:443 messaging websocket tls-proxied confirmed"},
		{"CONNECT refused", func(s *pcaptest.Scenario) {
			s.TCP(at(client, s.Port()), pcaptest.Proxy, pcaptest.Path{}).Open().Connect(
				pcaptest.Connect{Target: "mercury-connection-a.wbx2.com:443", Status: 403})
		}, "tcp 10.20.0.80:8080 for mercury-connection-a.wbx2.com:443 messaging websocket http-connect confirmed"},
		{"the node sends first", func(s *pcaptest.Scenario) {
			u := s.UDP(at(client, 52000), at(node, 5004), pcaptest.Path{})
			b := pcaptest.RTPStream{From: pcaptest.Server, Start: s.Now(), Packets: 200, SSRC: 8, PT: 101}
			pcaptest.Play(u, b.Events())
		}, "udp 170.72.1.2:5004 meetings media-audio udp confirmed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := judged(&Classifier{Packs: p}, flows(story(tt.tell)))
			if len(list) != 1 || list[0].line() != tt.want {
				t.Errorf("%d flows: got %s (%s)\nwant %s", len(list), list[0].line(), list[0].Rec.Reason, tt.want)
			}
		})
	}
}

// TestDNSName: the name that DNS gave for an address is a weaker sign than one in the flow.
func TestDNSName(t *testing.T) {
	list := judged(&Classifier{Packs: packs(t)}, flows(story(func(s *pcaptest.Scenario) {
		s.DNS(client, pcaptest.Resolver, pcaptest.DNS{Name: "idbroker.webex.com", Addrs: []netip.Addr{stranger}}, pcaptest.Path{})
		s.TCP(netip.AddrPortFrom(client, s.Port()), netip.AddrPortFrom(stranger, 443), pcaptest.Path{}).Refused()
		hello(s, "www.example.org", stranger, nil)
	})))
	check(t, lines(list)[1:], "tcp 185.60.114.159:443 identity signalling tcp probable", "tcp 185.60.114.159:443 -")
}

// TestSecondLook: native media to an unlisted address is a possible Webex flow beside Webex flows of the same client,
// and nothing without them, or long after.
func TestSecondLook(t *testing.T) {
	p := packs(t)
	server := netip.AddrPortFrom(stranger, 5004)
	for _, tt := range []struct {
		name string
		tell func(s *pcaptest.Scenario)
		want string
	}{
		{"beside", func(s *pcaptest.Scenario) { s.Webex(client, 15*time.Second); rtp(s, 52000, server, 98, 101) }, "udp 185.60.114.159:5004 meetings media-audio udp possible"},
		{"nine minutes later", func(s *pcaptest.Scenario) {
			s.Webex(client, 15*time.Second)
			s.Advance(9 * time.Minute)
			rtp(s, 52000, server, 98, 101)
		}, "udp 185.60.114.159:5004 meetings media-audio udp possible"},
		{"twelve minutes later", func(s *pcaptest.Scenario) {
			s.Webex(client, 15*time.Second)
			s.Advance(12 * time.Minute)
			rtp(s, 52000, server, 98, 101)
		}, "udp 185.60.114.159:5004 -"},
		{"another client's Webex", func(s *pcaptest.Scenario) { s.Webex(pcaptest.ClientA, 15*time.Second); rtp(s, 52000, server, 98, 101) }, "udp 185.60.114.159:5004 -"},
		{"on another port", func(s *pcaptest.Scenario) {
			s.Webex(client, 15*time.Second)
			rtp(s, 52000, netip.AddrPortFrom(stranger, 40000), 98, 101)
		}, "udp 185.60.114.159:40000 -"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := judged(&Classifier{Packs: p}, flows(story(tt.tell)))
			var got []string
			for _, f := range list {
				if f.server == stranger {
					got = append(got, f.line())
				}
			}
			if fmt.Sprint(got) != "["+tt.want+"]" {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

// TestInAnyOrder: verdicts do not depend on what was judged before.
func TestInAnyOrder(t *testing.T) {
	p := packs(t)
	one, two := &Classifier{Packs: p}, &Classifier{Packs: p}
	first := lines(judged(one, flows(pcaptest.HealthyMeeting())))
	judged(two, flows(pcaptest.CallingBlocked()))
	check(t, lines(judged(two, flows(pcaptest.HealthyMeeting()))), first...)
	again := flows(pcaptest.HealthyMeeting())
	judged(one, again)
	check(t, lines(judged(one, again)), first...)
}
