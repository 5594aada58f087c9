package pcaptest

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// SIPCall is a call in clear from a user agent to a server: INVITE with SDP, 100, 180, 200 with SDP, ACK, RTP both
// ways, BYE and its 200. NewSIPCall fills it.
type SIPCall struct {
	Client, Server netip.AddrPort // signalling
	Media, Peer    netip.AddrPort // RTP of either end, as the packets have it and SDP announces it
	TCP            bool           // 100 and 180 then share a segment; Path.MSS splits messages
	Path           Path

	Profile string // of the m= lines
	Rtpmap  string // payload type, encoding name and clock rate: "110 G7221/16000"
	PT      uint8
	Clock   int
	Keys    string // an attribute line for the keys: "crypto:1 …"; "": none
	Lasting time.Duration
	NoRTP   bool
	Expires string // Session-Expires of the 200 (RFC 4028): "180;refresher=uac"; "": none
	Hangs   Side   // who sends the BYE

	// What an application layer gateway or an address translation does to it.
	Via, Contact, Connection netip.Addr // of the client's messages; zero: the client's address
	Length                   int        // added to Content-Length of INVITE and 200
	Received                 netip.AddrPort

	// RTCP of both ends between the ports next above (RFC 3550 section 11), so often; 0: none. Sealed: as SRTCP.
	Reports time.Duration
	Sealed  bool
	Hops    [2]time.Duration // from the capture point to either end
	Change  func(r *RTPStream)
	Truth   *CallTruth // is filled where it is not nil
}

// NewSIPCall is a call without fault: G.722.1 as RTP/AVP under a dynamic payload type, two seconds.
func NewSIPCall(client, server netip.Addr) SIPCall {
	return SIPCall{
		Client: netip.AddrPortFrom(client, 5060), Server: netip.AddrPortFrom(server, 5060),
		Media: netip.AddrPortFrom(client, 16500), Peer: netip.AddrPortFrom(server, 20000), Profile: "RTP/AVP",
		Rtpmap: "110 G7221/16000", PT: 110, Clock: 16000, Lasting: 2 * time.Second, Path: Path{DSCP: CS3, DSCPBack: CS3},
	}
}

// SIPCall plays a call and moves the scenario's clock to its end.
func (s *Scenario) SIPCall(c SIPCall) {
	for _, a := range []*netip.Addr{&c.Via, &c.Contact, &c.Connection} {
		if !a.IsValid() {
			*a = c.Client.Addr()
		}
	}
	pipe, closing := c.pipe(s)
	pipe.Put(Client, c.request("INVITE", 1, c.sdp(c.Connection, c.Media.Port())))
	trying, ringing := c.answer("100 Trying", "INVITE", 1, ""), c.answer("180 Ringing", "INVITE", 1, "")
	if c.TCP {
		pipe.Put(Server, append(trying, ringing...))
	} else {
		pipe.Put(Server, trying)
		pipe.Wait(50 * time.Millisecond)
		pipe.Put(Server, ringing)
	}
	pipe.Wait(800 * time.Millisecond)
	pipe.Put(Server, c.answer("200 OK", "INVITE", 1, c.sdp(c.Peer.Addr(), c.Peer.Port())))
	pipe.Put(Client, c.request("ACK", 1, ""))
	s.AdvanceTo(pipe.Now())
	if !c.NoRTP {
		c.play(s)
	}
	pipe.At(s.Advance(c.Lasting))
	pipe.Put(c.Hangs, c.request("BYE", 2, ""))
	pipe.Put(c.Hangs.other(), c.answer("200 OK", "BYE", 2, ""))
	closing()
	s.AdvanceTo(pipe.Now())
}

func (c SIPCall) pipe(s *Scenario) (p Pipe, closing func()) {
	if !c.TCP {
		return s.UDP(c.Client, c.Server, c.Path), func() {}
	}
	flow := s.TCP(c.Client, c.Server, c.Path).Open()
	return flow, func() { flow.Close() }
}

// play sends RTP both ways, and reports of it.
func (c SIPCall) play(s *Scenario) {
	u := s.UDP(c.Media, c.Peer, Path{DSCP: EF, DSCPBack: EF})
	var events [][]Event
	var streams [2]*RTPStream
	for _, from := range []Side{Client, Server} {
		r := RTPStream{
			From: from, Start: s.now.Add(20 * time.Millisecond), SSRC: s.Uint32(), PT: c.PT, ClockRate: c.Clock, FirstSeq: uint16(s.Uint32()), FirstTS: s.Uint32(),
			Interval: 20 * time.Millisecond, PayloadSize: Always(60),
		}
		r.Packets = int(c.Lasting/r.Interval) - 2
		if c.Change != nil {
			c.Change(&r)
		}
		streams[from] = &r
		events = append(events, r.Events())
	}
	Play(u, events...)
	c.control(s, streams)
}

// dialog are the header fields that all messages share.
func (c SIPCall) dialog(method string, n int) []string {
	return []string{
		fmt.Sprintf("From: <sip:%s>;tag=1", c.Client.Addr()), fmt.Sprintf("To: <sip:%s>", c.Server.Addr()),
		"Call-ID: pcaptest-1", fmt.Sprintf("CSeq: %d %s", n, method),
	}
}

func (c SIPCall) via(more string) string {
	transport := "UDP"
	if c.TCP {
		transport = "TCP"
	}
	return fmt.Sprintf("Via: SIP/2.0/%s %s;branch=z9hG4bK1%s", transport, hostPort(c.Via, c.Client.Port()), more)
}

func hostPort(a netip.Addr, port uint16) string { return netip.AddrPortFrom(a, port).String() }

func (c SIPCall) request(method string, n int, body string) []byte {
	m := SIP{Start: fmt.Sprintf("%s sip:%s SIP/2.0", method, c.Server), Headers: append([]string{c.via(";rport"), "Max-Forwards: 70"}, c.dialog(method, n)...)}
	m.Headers = append(m.Headers, fmt.Sprintf("Contact: <sip:%s>", hostPort(c.Contact, c.Client.Port())), "User-Agent: pcaptest-ua")
	return c.with(m, body)
}

func (c SIPCall) answer(status, method string, n int, body string) []byte {
	more := ""
	if c.Received.IsValid() {
		more = fmt.Sprintf(";received=%s;rport=%d", c.Received.Addr(), c.Received.Port())
	}
	m := SIP{Start: "SIP/2.0 " + status, Headers: append([]string{c.via(more)}, c.dialog(method, n)...)}
	m.Headers = append(m.Headers, fmt.Sprintf("Contact: <sip:%s>", c.Server), "Server: pcaptest-server")
	if c.Expires != "" && method == "INVITE" && strings.HasPrefix(status, "200 ") {
		m.Headers = append(m.Headers, "Session-Expires: "+c.Expires)
	}
	return c.with(m, body)
}

// with adds a session description.
func (c SIPCall) with(m SIP, body string) []byte {
	if body != "" {
		m.Headers, m.Body, m.Length = append(m.Headers, "Content-Type: application/sdp"), body, c.Length
	}
	return m.Bytes()
}

func (c SIPCall) sdp(a netip.Addr, port uint16) string {
	body := SDP(a.String(), fmt.Sprintf("audio %d %s %d", port, c.Profile, c.PT)) + "a=rtpmap:" + c.Rtpmap + "\r\n"
	if c.Keys != "" {
		body += "a=" + c.Keys + "\r\n"
	}
	return body
}

// SIPCalls is a phone's call through a server inside, with a codec that only SDP tells, then one over TCP whose
// messages are split.
func SIPCalls() *Capture {
	s := New(21, Start)
	c := NewSIPCall(ClientA, pbx)
	s.SIPCall(c)
	s.Advance(time.Second)
	c.TCP, c.Path.MSS = true, 300
	c.Client = netip.AddrPortFrom(ClientB, s.Port())
	c.Media, c.Peer = netip.AddrPortFrom(ClientB, 16600), netip.AddrPortFrom(pbx, 20002)
	s.SIPCall(c)
	return s.Capture()
}

// SIPMangled is a call seen outside of a router whose gateway rewrote half of it: Via and Contact still hold the
// address inside, c= and the packets the public one, and Content-Length is 3 bytes short.
func SIPMangled() *Capture {
	s := New(22, Start)
	c := NewSIPCall(netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("203.0.113.20"))
	c.Via, c.Contact, c.Length = ClientA, ClientA, -3
	s.SIPCall(c)
	return s.Capture()
}

var pbx = netip.MustParseAddr("10.20.0.60")
