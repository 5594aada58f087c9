package pcaptest

import (
	"net/netip"
	"time"
)

// Addresses of the ready scenarios. Clients are in 10.20.0.0/16, media nodes in published media ranges, cloud services,
// web sites and others outside of them.
var (
	ClientA  = netip.MustParseAddr("10.20.1.15")
	ClientB  = netip.MustParseAddr("10.20.2.31")
	Resolver = netip.MustParseAddrPort("10.20.0.53:53")
	Proxy    = netip.MustParseAddrPort("10.20.0.80:8080")

	NodeA = netip.MustParseAddr("170.72.1.2")
	NodeB = netip.MustParseAddr("62.109.242.93")
	NodeC = netip.MustParseAddr("170.133.151.88")

	cloudA = netip.MustParseAddr("52.29.8.14")
	cloudB = netip.MustParseAddr("18.184.33.7")
	webA   = netip.MustParseAddr("93.184.216.34")
	webB   = netip.MustParseAddr("151.101.1.69")
)

// NodeName is the name of the media node that serves a scenario's TLS media.
const NodeName = "linus24.wamsm-a-4.prod.infra.webex.com"

// Service is a TLS service with a name.
type Service struct {
	Name    string
	Addr    netip.Addr
	Version uint16 // 0: TLS13
	Chain   [][]byte
	TTLBack uint8
	RTT     time.Duration
}

// Signalling looks a name up and talks to the service: handshake, some requests, then a quiet notification channel. The
// scenario's clock ends up behind the requests.
func (s *Scenario) Signalling(client netip.Addr, svc Service, lasting time.Duration) {
	s.DNS(client, Resolver, DNS{Name: svc.Name, Addrs: []netip.Addr{svc.Addr}}, Path{RTT: 2 * time.Millisecond})
	s.Advance(5 * time.Millisecond)
	if svc.Version == 0 {
		svc.Version = TLS13
	}
	if svc.RTT == 0 {
		svc.RTT = 18 * time.Millisecond
	}
	if svc.Chain == nil {
		svc.Chain = SignallingChain("*."+Zone(svc.Name), Zone(svc.Name))
	}
	path := Path{RTT: svc.RTT, TTLBack: svc.TTLBack}
	flow := s.TCP(netip.AddrPortFrom(client, s.Port()), netip.AddrPortFrom(svc.Addr, 443), path).Open()
	session := s.TLS(flow, TLS{Version: svc.Version, SNI: svc.Name, ALPN: []string{"http/1.1"}, Chain: svc.Chain})
	session.Send(700).Recv(1900).Send(450).Recv(620)
	s.AdvanceTo(session.Now())
	if lasting > 0 {
		Play(session, WebSocketCadence(session.Now().Add(time.Second), lasting, svc.RTT))
	}
	session.Close()
}

// Webex is the usual beginning: log-in with a visible certificate, then the notification channel in TLS 1.3.
func (s *Scenario) Webex(client netip.Addr, lasting time.Duration) {
	s.Signalling(client, Service{
		Name: "idbroker.webex.com", Addr: cloudA, Version: TLS12,
		Chain: SignallingChain("idbroker.webex.com"),
	}, 0)
	s.Signalling(client, Service{Name: "mercury-connection-a.wbx2.com", Addr: cloudB}, lasting)
}

// SilentProbes sends STUN requests to the media port of several nodes; none is answered. n requests go to each.
func (s *Scenario) SilentProbes(client netip.Addr, srcPort, dstPort uint16, n int, nodes ...netip.Addr) {
	binding := s.WebexBinding()
	binding.Unanswered = true
	for _, node := range nodes {
		u := s.UDP(netip.AddrPortFrom(client, srcPort), netip.AddrPortFrom(node, dstPort), Path{})
		for range n {
			s.STUN(u, binding)
			u.Wait(500 * time.Millisecond)
		}
		s.Advance(20 * time.Millisecond)
	}
	s.Advance(time.Duration(n) * 500 * time.Millisecond)
}

// Probe tests one node as the app does at start: UDP and TCP 5004 with a few answered STUN requests, TLS 443 without
// SNI. It does not move the scenario's clock.
func (s *Scenario) Probe(client, node netip.Addr) {
	path := Path{RTT: s.Rand.Duration(15*time.Millisecond, 160*time.Millisecond)}
	u := s.UDP(netip.AddrPortFrom(client, s.Port()), netip.AddrPortFrom(node, 5004), path)
	for range 4 {
		s.STUN(u, s.WebexBinding())
		u.Wait(400 * time.Millisecond)
	}
	c := s.TCP(netip.AddrPortFrom(client, s.Port()), netip.AddrPortFrom(node, 5004), path).Open()
	for range s.Range(5, 8) {
		s.STUN(Framed(c), s.WebexBinding())
	}
	c.Close()
	t := s.TCP(netip.AddrPortFrom(client, s.Port()), netip.AddrPortFrom(node, 443), path).Open()
	session := s.TLS(t, TLS{Chain: MediaNodeChain(NodeName)})
	for range 3 {
		session.Send(s.Range(80, 120)).Recv(66)
	}
	session.Close()
}
