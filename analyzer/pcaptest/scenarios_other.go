package pcaptest

import (
	"net/netip"
	"time"
)

// InspectedTLS is a client behind an inspecting proxy: the same private issuer on Webex names and on two unrelated
// ones, in TLS 1.2, from a box two milliseconds away.
func InspectedTLS() *Capture {
	s := New(8, Start)
	for _, svc := range []Service{
		{Name: "idbroker.webex.com", Addr: cloudA},
		{Name: "usersub-a.wbx2.com", Addr: cloudB},
		{Name: "sj1mcs12.webex.com", Addr: netip.MustParseAddr("170.72.231.161")},
		{Name: "www.wikipedia.org", Addr: webA},
		{Name: "news.ycombinator.com", Addr: webB},
	} {
		svc.Version, svc.Chain = TLS12, InspectedChain(svc.Name)
		svc.TTLBack, svc.RTT = 63, 2*time.Millisecond
		s.Signalling(ClientA, svc, 0)
	}
	return s.Capture()
}

// CallingBlocked is a Webex Calling client: signalling on TCP 8934 works and is marked CS3; STUN to the media ports
// (5004, 9000 and 19560 of two prefixes) gets no answer.
func CallingBlocked() *Capture {
	s := New(12, Start)
	edge := netip.MustParseAddr("139.177.65.10")
	name := "hs17.hosted-int.bcld.webex.com"
	s.DNS(ClientB, Resolver, DNS{Name: name, Addrs: []netip.Addr{edge}}, Path{RTT: 2 * time.Millisecond})
	path := Path{DSCP: CS3, RTT: 28 * time.Millisecond}
	flow := s.TCP(netip.AddrPortFrom(ClientB, s.Port()), netip.AddrPortFrom(edge, 8934), path).Open()
	session := s.TLS(flow, TLS{Version: TLS12, SNI: name, Chain: SignallingChain("*.hosted-int.bcld.webex.com")})
	session.Send(820).Recv(560).Send(1400).Recv(380) // REGISTER, INVITE and their answers
	s.AdvanceTo(session.Now())
	media := []netip.Addr{netip.MustParseAddr("139.177.66.20"), netip.MustParseAddr("135.84.171.30")}
	for _, port := range []uint16{19560, 5004, 9000} {
		s.SilentProbes(ClientB, 8500, port, 4, media...)
	}
	session.At(s.Now())
	session.Send(520).Recv(340) // BYE
	session.Close()
	return s.Capture()
}

// NoWebex is traffic of other meetings, of the web and of DNS, some of it to addresses next to Webex ranges.
func NoWebex() *Capture {
	s := New(13, Start)
	for _, svc := range []Service{
		{Name: "us04web.zoom.us", Addr: netip.MustParseAddr("170.114.52.2"), Chain: MediaNodeChain("*.zoom.us")},
		{Name: "www.wikipedia.org", Addr: webA, Version: TLS12, Chain: MediaNodeChain("*.wikipedia.org")},
		{Name: "meet.google.com", Addr: netip.MustParseAddr("142.250.185.78"), Chain: MediaNodeChain("*.google.com")},
	} {
		s.Signalling(ClientB, svc, 5*time.Second)
	}
	s.DNS(ClientB, Resolver, DNS{Name: "no-such-host.example.org", Code: 3}, Path{})
	quic := s.UDP(netip.AddrPortFrom(ClientB, s.Port()), netip.MustParseAddrPort("142.250.185.78:443"), Path{})
	quic.Send(QUICInitial(s.Rand, "meet.google.com", "h3"))
	for range 6 {
		quic.Recv(QUICShort(s.Rand, [8]byte{1, 2, 3}, 1200))
	}
	s.zoom()
	s.meet()
	return s.Capture()
}

// zoom sends 10 s of a proprietary protocol on UDP 8801 that has an RTP header further in.
func (s *Scenario) zoom() {
	u := s.UDP(netip.AddrPortFrom(ClientB, s.Port()), netip.MustParseAddrPort("170.114.10.87:8801"),
		Path{DSCP: 56, RTT: 22 * time.Millisecond})
	var events []Event
	for _, side := range []Side{Client, Server} {
		rtp := RTPStream{From: side, Start: s.now, Packets: 500, SSRC: 0x1001401 + uint32(side), PT: 112,
			PayloadSize: Always(96)}
		for _, e := range rtp.Events() {
			e.Data = append([]byte{5, 16, 1, 0, 0, 0, 0, 15, byte(side), 0, 0, 0}, e.Data...)
			events = append(events, e)
		}
	}
	Play(u, events)
}

// meet sends 6 s of a browser's RTP with STUN on UDP 19305: payload type 111, which is Opus here.
func (s *Scenario) meet() {
	u := s.UDP(netip.AddrPortFrom(ClientB, s.Port()), netip.MustParseAddrPort("142.250.82.249:19305"), Path{RTT: 12 * time.Millisecond})
	s.STUN(u, Binding{Username: s.Text(27) + ":" + s.Text(4), Password: "pcaptest", Check: true})
	u.Send(DTLSClientHello(s.Rand, 0)).Recv(DTLSServerHello(s.Rand, 0))
	up := RTPStream{From: Client, Start: u.Now(), Packets: 300, SSRC: s.Uint32(), PT: 111, FirstSeq: 900}
	down := RTPStream{From: Server, Start: u.Now(), Packets: 300, SSRC: s.Uint32(), PT: 111, FirstSeq: 4000}
	Play(u, up.Events(), down.Events())
}

// GameOn9000 is a game server on UDP 9000 and 5004 outside every Webex range: 30 short datagrams a second with a header
// of its own, some of whose first bytes look like RTP's version.
func GameOn9000() *Capture {
	s := New(14, Start)
	server := netip.MustParseAddr("185.60.114.159")
	s.DNS(ClientB, Resolver, DNS{Name: "eu.game.example.org", Addrs: []netip.Addr{server}}, Path{})
	for i, port := range []uint16{9000, 5004} {
		u := s.UDP(netip.AddrPortFrom(ClientB, s.Port()), netip.AddrPortFrom(server, port),
			Path{RTT: 35 * time.Millisecond})
		var events []Event
		for n := range 450 {
			t := s.now.Add(time.Duration(n) * time.Second / 30)
			head := []byte{byte(n>>8) ^ 0x80, byte(n), byte(i), 0x47, 0x41, 0x4d, 0x45}
			events = append(events,
				Event{At: t, From: Client, Data: append(head, s.Bytes(s.Range(20, 60))...)},
				Event{At: t.Add(12 * time.Millisecond), From: Server,
					Data: append(head[:7:7], s.Bytes(s.Range(40, 220))...)})
		}
		Play(u, events)
	}
	return s.Capture()
}
