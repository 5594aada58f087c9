package analyzer_test

import (
	"net/netip"
	"strings"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// traffic plays a flow of fourteen seconds.
type traffic func(s *pcaptest.Scenario, e ends)

const lasting = 14 * time.Second

// rtp plays media: what says which payload types and sizes. Native media has STUN with Webex's signs, unless quiet.
func rtp(what string) traffic {
	return func(s *pcaptest.Scenario, e ends) {
		u := s.UDP(e.client, e.server, pcaptest.Path{})
		b := s.WebexBinding()
		if !e.webex || what != "audio" && what != "video" && what != "share" {
			b = pcaptest.Binding{Username: s.Text(4) + ":" + s.Text(4), Password: "pcaptest"}
		}
		if !strings.HasPrefix(what, "quiet") && what != "sip" {
			s.STUN(u, b)
		}
		if what == "browser" {
			u.Send(pcaptest.DTLSClientHello(s.Rand, 0)).Recv(pcaptest.DTLSServerHello(s.Rand, 0))
		}
		var events [][]pcaptest.Event
		for _, k := range kinds[strings.TrimPrefix(what, "quiet ")] {
			for side, pt := range []uint8{k.up, k.down} {
				r := pcaptest.RTPStream{From: pcaptest.Side(side), Start: u.Now().Add(10 * time.Millisecond),
					SSRC: s.Uint32(), PT: pt,
					PayloadSize: pcaptest.Always(k.size), Interval: k.every}
				r.Packets = int(lasting / k.every)
				events = append(events, r.Events())
			}
		}
		if !strings.HasPrefix(what, "quiet") && what != "sip" {
			events = append(events, s.Consents(u, b, u.Now().Add(5*time.Second), 5*time.Second, 2))
		}
		pcaptest.Play(u, events...)
	}
}

type kind struct {
	up, down uint8
	size     int
	every    time.Duration
}

// kinds are payload types, sizes and paces of media.
var kinds = map[string][]kind{
	"audio":        {{98, 101, 70, 20 * time.Millisecond}},
	"video":        {{108, 117, 900, 30 * time.Millisecond}},
	"share":        {{118, 117, 900, 100 * time.Millisecond}},
	"sip":          {{0, 0, 160, 20 * time.Millisecond}},
	"all":          {{98, 101, 70, 20 * time.Millisecond}, {108, 117, 900, 30 * time.Millisecond}},
	"opaque audio": {{96, 96, 70, 20 * time.Millisecond}},
	"opaque video": {{96, 96, 900, 30 * time.Millisecond}},
	"browser":      {{111, 111, 70, 20 * time.Millisecond}, {102, 102, 900, 30 * time.Millisecond}},
}

// binding plays STUN alone.
func binding(s *pcaptest.Scenario, e ends) {
	b := pcaptest.Binding{}
	if e.webex {
		b = s.WebexBinding()
	}
	u := s.UDP(e.client, e.server, pcaptest.Path{})
	pcaptest.Play(u, s.Consents(u, b, s.Now(), 2*time.Second, 7))
}

// turn plays a TURN allocation and its refreshes over UDP.
func turn(s *pcaptest.Scenario, e ends) {
	u := s.UDP(e.client, e.server, pcaptest.Path{})
	s.TURN(u, "user", netip.AddrPortFrom(e.server.Addr(), 24010))
	pcaptest.Play(u, s.Consents(u, pcaptest.Binding{}, s.Now().Add(2*time.Second), 2*time.Second, 6))
}

// turnTCP plays a browser's TURN over TCP.
func turnTCP(s *pcaptest.Scenario, e ends) {
	c := s.TCP(e.client, e.server, pcaptest.Path{}).Open()
	s.TURN(c, "user", netip.AddrPortFrom(e.server.Addr(), 24010))
	c.Close()
}

// framed plays media in TCP (RFC 4571).
func framed(s *pcaptest.Scenario, e ends) {
	pipe := pcaptest.Framed(s.TCP(e.client, e.server, pcaptest.Path{}).Open())
	var events [][]pcaptest.Event
	for side, pt := range []uint8{98, 101} {
		r := pcaptest.RTPStream{From: pcaptest.Side(side), Start: pipe.Now().Add(10 * time.Millisecond),
			SSRC: s.Uint32(), PT: pt, Packets: 1600}
		events = append(events, r.Events())
	}
	pcaptest.Play(pipe, events...)
}

// framedProbe plays a reachability test in TCP.
func framedProbe(s *pcaptest.Scenario, e ends) {
	c := s.TCP(e.client, e.server, pcaptest.Path{}).Open()
	b := pcaptest.Binding{}
	if e.webex {
		b = s.WebexBinding()
	}
	for range 5 {
		s.STUN(pcaptest.Framed(c), b)
	}
	c.Close()
}

// tls plays a session with a name, or "" for none, that lasts and says little.
func tls(name string) traffic {
	return func(s *pcaptest.Scenario, e ends) {
		sni := name
		if name != "" && !e.webex {
			sni = "www.example.org"
		}
		c := s.TCP(e.client, e.server, pcaptest.Path{}).Open()
		x := s.TLS(c, pcaptest.TLS{Version: pcaptest.TLS13, SNI: sni, Chain: pcaptest.SignallingChain("*.example.org")})
		for range 7 {
			x.Send(400).Recv(900)
			x.Wait(2 * time.Second)
		}
	}
}

// tlsShort plays a test of a TLS server without SNI.
func tlsShort(s *pcaptest.Scenario, e ends) {
	c := s.TCP(e.client, e.server, pcaptest.Path{}).Open()
	x := s.TLS(c, pcaptest.TLS{Version: pcaptest.TLS13, Chain: pcaptest.SignallingChain("*.example.org")})
	x.Send(90).Recv(66)
	x.Close()
}

// tlsCert plays a TLS 1.2 session whose server shows a certificate for the name, without SNI.
func tlsCert(name string) traffic {
	return func(s *pcaptest.Scenario, e ends) {
		if !e.webex {
			name = "www.example.org"
		}
		x := s.TLS(s.TCP(e.client, e.server, pcaptest.Path{}).Open(),
			pcaptest.TLS{Chain: pcaptest.SignallingChain(name)})
		x.Send(400).Recv(900)
		x.Close()
	}
}

// tlsMedia plays media in TLS without SNI.
func tlsMedia(s *pcaptest.Scenario, e ends) {
	x := s.TLS(s.TCP(e.client, e.server, pcaptest.Path{}).Open(), pcaptest.TLS{Version: pcaptest.TLS13})
	pcaptest.Play(x, pcaptest.MediaCadence(x.Now(), 32*time.Second, 20*time.Millisecond))
}

// resolved plays a DNS answer for the name and then traffic.
func resolved(name string, then traffic) traffic {
	return func(s *pcaptest.Scenario, e ends) {
		n := name
		if !e.webex {
			n = "www.example.org"
		}
		s.DNS(e.client.Addr(), pcaptest.Resolver, pcaptest.DNS{Name: n, Addrs: []netip.Addr{e.server.Addr()}},
			pcaptest.Path{})
		then(s, e)
	}
}

// bytesTCP plays a protocol that nobody here knows, with a greeting of the server.
func bytesTCP(s *pcaptest.Scenario, e ends) {
	c := s.TCP(e.client, e.server, pcaptest.Path{}).Open()
	c.Recv([]byte("SSH-2.0-OpenSSH_8.0\r\n")).Send([]byte("SSH-2.0-OpenSSH_8.0\r\n"))
	for range 7 {
		c.Send(s.Bytes(200)).Recv(s.Bytes(300))
		c.Wait(2 * time.Second)
	}
}

// bytesUDP plays datagrams of a protocol that nobody here knows.
func bytesUDP(s *pcaptest.Scenario, e ends) {
	u := s.UDP(e.client, e.server, pcaptest.Path{})
	for range 7 {
		u.Send(append([]byte{0x23}, s.Bytes(47)...)).Recv(append([]byte{0x24}, s.Bytes(47)...))
		u.Wait(2 * time.Second)
	}
}

// http plays a plain request.
func http(s *pcaptest.Scenario, e ends) {
	c := s.TCP(e.client, e.server, pcaptest.Path{}).Open()
	c.Send([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).Recv([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	c.Close()
}

// knock plays a SYN without answer.
func knock(s *pcaptest.Scenario, e ends) { s.TCP(e.client, e.server, pcaptest.Path{}).Unanswered(3) }

// through plays traffic inside a CONNECT tunnel of the scenario's proxy; the flow to look for goes to the proxy.
func through(target string) traffic {
	return func(s *pcaptest.Scenario, e ends) {
		if !e.webex {
			target = "www.example.org:443"
		}
		c := s.TCP(e.client, e.server, pcaptest.Path{}).Open().Connect(pcaptest.Connect{Target: target})
		x := s.TLS(c, pcaptest.TLS{Version: pcaptest.TLS13})
		pcaptest.Play(x, pcaptest.MediaCadence(x.Now(), 32*time.Second, 20*time.Millisecond))
	}
}

// refused plays a CONNECT that the proxy does not allow.
func refused(target string) traffic {
	return func(s *pcaptest.Scenario, e ends) {
		if !e.webex {
			target = "www.example.org:443"
		}
		s.TCP(e.client, e.server, pcaptest.Path{}).Open().Connect(pcaptest.Connect{Target: target, Status: 403}).Close()
	}
}

// quicTo plays a QUIC connection: a hello that can be read, then protected packets.
func quicTo(name string) traffic {
	return func(s *pcaptest.Scenario, e ends) {
		if !e.webex {
			name = "www.example.org"
		}
		u := s.UDP(e.client, e.server, pcaptest.Path{}).Send(pcaptest.QUICInitial(s.Rand, name, "h3"))
		for range 7 {
			u.Send(pcaptest.QUICShort(s.Rand, [8]byte{1}, 90)).Recv(pcaptest.QUICShort(s.Rand, [8]byte{2}, 900))
			u.Wait(2 * time.Second)
		}
	}
}

// reports plays RTCP on a port of its own.
func reports(s *pcaptest.Scenario, e ends) {
	u := s.UDP(e.client, e.server, pcaptest.Path{})
	var events [][]pcaptest.Event
	for side := range 2 {
		r := pcaptest.RTPStream{From: pcaptest.Side(side), Start: u.Now(), SSRC: s.Uint32()}
		events = append(events, pcaptest.RTCPStream{Of: r, Every: 2 * time.Second, N: 7, Secure: true}.Events())
	}
	pcaptest.Play(u, events...)
}

// question plays one DNS question and its answer; the look-alike asks for another name.
func question(name string) traffic {
	return func(s *pcaptest.Scenario, e ends) {
		d := pcaptest.DNS{Name: name, Addrs: []netip.Addr{netip.MustParseAddr("93.184.216.35")}}
		if !e.webex {
			d.Name = "www.example.org"
		}
		s.UDP(e.client, e.server, pcaptest.Path{}).Send(d.Message(7, 1, false)).Recv(d.Message(7, 1, true))
	}
}
