package dissect

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
)

var (
	phone     = netip.MustParseAddrPort("10.20.1.15:5060")
	registrar = netip.MustParseAddrPort("10.20.0.60:5060")
)

// sip sums up what is known of the SIP of a flow.
func (e *ended) sip() string {
	x := e.State.Others().SIP
	if x == nil {
		return "none"
	}
	out := fmt.Sprintf("%d:", x.Messages)
	for _, r := range x.Requests {
		out += fmt.Sprintf(" %s %d", r.Method, r.N)
	}
	for _, a := range x.Answers {
		out += fmt.Sprintf(" %d %d", a.Status, a.N)
	}
	for _, c := range []struct {
		what string
		n    int64
	}{{"cut", x.Cut}, {"short", x.Short}, {"long", x.Long}} {
		if c.n > 0 {
			out += fmt.Sprintf(", %d %s", c.n, c.what)
		}
	}
	for _, a := range x.Addresses {
		out += fmt.Sprintf(", %v %v for %v", a.Where, a.Address, a.Packet)
		if a.N > 1 {
			out += fmt.Sprintf(" x%d", a.N)
		}
	}
	for _, m := range x.Media {
		out += fmt.Sprintf(", %s %s:%d %s", m.Kind, m.Host, m.Port, m.Profile)
		for _, p := range m.Types {
			out += fmt.Sprintf(" %d=%s/%d", p.Number, p.Codec, p.Clock)
		}
	}
	return out
}

// invite is a request with a description of one audio stream; length is what Content-Length is wrong by.
func invite(length int, change ...func(*pcaptest.SIP)) []byte {
	m := pcaptest.SIP{Start: "INVITE sip:10.20.0.60 SIP/2.0", Headers: []string{"Via: SIP/2.0/UDP 10.20.1.15;rport", "Contact: <sip:10.20.1.15:5060>", "Content-Type: application/sdp"},
		Body: pcaptest.SDP("10.20.1.15", "audio 16500 RTP/AVP 8 101") + "a=rtpmap:101 telephone-event/8000\r\n", Length: length}
	for _, c := range change {
		c(&m)
	}
	return m.Bytes()
}

func answer(status string) []byte {
	return pcaptest.SIP{Start: "SIP/2.0 " + status, Headers: []string{"Via: SIP/2.0/UDP 10.20.1.15;rport=5060;received=10.20.1.15"}}.Bytes()
}

const (
	oneInvite = "1: INVITE 1"
	audio     = ", audio 10.20.1.15:16500 RTP/AVP 8=/8000 101=telephone-event/8000"
)

func TestSIPOverUDP(t *testing.T) {
	header := func(h ...string) func(*pcaptest.SIP) {
		return func(m *pcaptest.SIP) { m.Headers = append(h, m.Headers[2:]...) }
	}
	for _, tt := range []struct {
		name string
		send [][]byte
		want string
	}{
		{"a call's beginning", [][]byte{invite(0), invite(0)}, "2: INVITE 2" + audio},
		{"longer than announced", [][]byte{invite(-5)}, oneInvite + ", 1 long" + audio},
		{"shorter than announced", [][]byte{invite(1)}, oneInvite + ", 1 short" + audio},
		{"a line end too many", [][]byte{append(invite(0), "\r\n"...)}, oneInvite + audio},
		{"addresses", [][]byte{invite(0, header("Via: SIP/2.0/UDP 192.168.0.9", "Contact: <sip:192.168.0.9>"))}, oneInvite + ", via 192.168.0.9 for 10.20.1.15, contact 192.168.0.9 for 10.20.1.15" + audio},
		{"a proxy's Contact and SDP are the phone's", [][]byte{invite(0, header("Via: SIP/2.0/UDP 10.20.1.15, SIP/2.0/UDP 192.168.0.9", "Contact: <sip:192.168.0.9>"))}, oneInvite + audio},
		{"names say nothing", [][]byte{invite(0, header("Via: SIP/2.0/UDP a.example", "Contact: <sip:a.example>"))}, oneInvite + audio},
		{"on hold", [][]byte{invite(0, func(m *pcaptest.SIP) { m.Body = pcaptest.SDP("0.0.0.0", "audio 16500 RTP/AVP 8") })}, oneInvite + ", audio 0.0.0.0:16500 RTP/AVP 8=/8000"},
		{"media elsewhere, none, and keys", [][]byte{invite(0, func(m *pcaptest.SIP) {
			m.Body = pcaptest.SDP("10.20.1.99", "audio 16500 RTP/SAVP 8", "video 0 RTP/AVP 96")
		})}, oneInvite + ", sdp 10.20.1.99 for 10.20.1.15 x2, audio 10.20.1.99:16500 RTP/SAVP 8=/8000"},
		{"in a multipart body", [][]byte{invite(0, func(m *pcaptest.SIP) {
			m.Headers[2] = "c: Multipart/mixed;boundary=b"
			m.Body = "--b\r\nContent-Type: application/sdp\r\n\r\n" + m.Body + "--b\r\nContent-Type: x/y\r\n\r\nm=audio 1 RTP/AVP 0\r\n--b--\r\n"
		})}, oneInvite + audio},
		{"not SIP behind it", [][]byte{invite(0), []byte("\r\n\r\n"), []byte("hello")}, oneInvite + audio},
		{"phones that keep the translation alive first", append(repeat([]byte("\r\n\r\n"), 60), invite(0)), oneInvite + audio},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := only(t, story(func(s *pcaptest.Scenario) {
				u := s.UDP(phone, registrar, pcaptest.Path{})
				for _, b := range tt.send {
					u.Send(b)
				}
			}))
			if got := e.sip(); got != tt.want || e.App != SIP {
				t.Errorf("%v\ngot  %s\nwant %s", e.App, got, tt.want)
			}
		})
	}
}

func repeat(b []byte, n int) (out [][]byte) {
	for range n {
		out = append(out, b)
	}
	return out
}

// TestSIPSnaplen: of cut datagrams what is there counts, and their lengths are not judged.
func TestSIPSnaplen(t *testing.T) {
	b := invite(0)
	head := strings.Index(string(b), "\r\n\r\n") + 4
	for keep, want := range map[int]string{
		10: "none", 20: oneInvite + ", 1 cut", head: oneInvite + ", 1 cut", head + 40: oneInvite + ", 1 cut", len(b) - 30: oneInvite + ", 1 cut, audio 10.20.1.15:16500 RTP/AVP 8=/8000 101=/0",
		len(b): oneInvite + audio,
	} {
		e := only(t, story(func(s *pcaptest.Scenario) {
			s.UDP(phone, registrar, pcaptest.Path{Wrap: []pcaptest.Wrap{pcaptest.Snap(14 + 20 + 8 + keep)}}).Send(b)
		}))
		if got := e.sip(); got != want {
			t.Errorf("%d bytes: got %s, want %s", keep, got, want)
		}
	}
}

func TestSIPReceived(t *testing.T) {
	e := only(t, story(func(s *pcaptest.Scenario) {
		u := s.UDP(phone, registrar, pcaptest.Path{}).Send(invite(0)).Recv(answer("100 Trying"))
		u.Recv([]byte(strings.Replace(string(answer("200 OK")), "received=10.20.1.15", "received=192.0.2.7", 1)))
	}))
	if got, want := e.sip(), "3: INVITE 1 100 1 200 1, received 192.0.2.7 for 10.20.1.15"+audio; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if x := e.State.Others().SIP; x.Compared != [sipPlaces]int64{1, 1, 1, 2} || !x.Addresses[0].RPort ||
		x.Addresses[0].Number != 3 {
		t.Errorf("%+v", x)
	}
	equalList(t, "key packets", e.kinds(), []string{"sip-request 1", "sip-answer 2", "sip-answer 3"})
}

func TestSIPOverTCP(t *testing.T) {
	two := append(invite(0), invite(0)...)
	long := invite(0, func(m *pcaptest.SIP) { m.Headers = append(m.Headers, "Subject: "+strings.Repeat("x", 20000)) })
	const both = "2: INVITE 2" + audio
	for _, tt := range []struct {
		name string
		path pcaptest.Path
		tell func(c *pcaptest.TCPFlow)
		want string
	}{
		{"two in one segment", pcaptest.Path{}, func(c *pcaptest.TCPFlow) { c.Send(two) }, both},
		{"split over segments", pcaptest.Path{MSS: 50}, func(c *pcaptest.TCPFlow) { c.Send(two) }, both},
		{"byte by byte", pcaptest.Path{MSS: 1}, func(c *pcaptest.TCPFlow) { c.Send(two) }, both},
		{"kept alive", pcaptest.Path{}, func(c *pcaptest.TCPFlow) {
			c.Send([]byte("\r\n\r\n")).Recv([]byte("\r\n")).Send(invite(0)).Send([]byte("\r\n\r\n")).Recv(answer("200 OK")).Send(invite(0))
		}, "3: INVITE 2 200 1" + audio},
		{"out of order, and again", pcaptest.Path{MSS: 50}, func(c *pcaptest.TCPFlow) { c.Send(two, pcaptest.Swap(1, 2), pcaptest.Retransmit(4, time.Second)) }, both},
		{"longer than announced", pcaptest.Path{}, func(c *pcaptest.TCPFlow) { c.Send(append(invite(-5), invite(0)...)) }, "2: INVITE 2, 1 long" + audio},
		{"longer, in segments", pcaptest.Path{MSS: 40}, func(c *pcaptest.TCPFlow) { c.Send(append(invite(-5), invite(0)...)) }, "2: INVITE 2, 1 long" + audio},
		{"shorter than announced", pcaptest.Path{}, func(c *pcaptest.TCPFlow) { c.Send(append(invite(5), invite(0)...)) }, "2: INVITE 2, 1 short" + audio},
		{"shorter, in segments", pcaptest.Path{MSS: 40}, func(c *pcaptest.TCPFlow) { c.Send(append(invite(5), invite(0)...)) }, "2: INVITE 2, 1 short" + audio},
		{"a segment lost", pcaptest.Path{MSS: 100}, func(c *pcaptest.TCPFlow) {
			c.Send(two, pcaptest.Drop(1))
			for range 9 {
				c.Send(invite(0))
			}
		}, "11: INVITE 11, 1 cut" + audio},
		{"a segment lost at the end", pcaptest.Path{MSS: 100}, func(c *pcaptest.TCPFlow) { c.Send(two, pcaptest.Drop(1)) }, "2: INVITE 2, 1 cut" + audio},
		{"the end is missing", pcaptest.Path{}, func(c *pcaptest.TCPFlow) { c.Send(two[:len(two)-20]) }, "2: INVITE 2, 1 cut" + audio},
		{"longer than all that is kept", pcaptest.Path{}, func(c *pcaptest.TCPFlow) { c.Send(long).Send(invite(0)) }, "2: INVITE 2, 1 cut" + audio},
		{"a long connection", pcaptest.Path{}, func(c *pcaptest.TCPFlow) {
			for range 200 {
				c.Send(invite(0))
			}
		}, "200: INVITE 200" + audio},
		{"snap length", pcaptest.Path{Wrap: []pcaptest.Wrap{pcaptest.Snap(96)}}, func(c *pcaptest.TCPFlow) { c.Send(invite(0)).Recv(answer("200 OK")).Send(invite(0)) }, "3: INVITE 2 200 1, 3 cut"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := only(t, story(func(s *pcaptest.Scenario) { tt.tell(s.TCP(phone, registrar, tt.path).Open()) }))
			if got := e.sip(); got != tt.want || e.App != SIP {
				t.Errorf("%v\ngot  %s\nwant %s", e.App, got, tt.want)
			}
		})
	}
}

// TestSIPJoined: a connection that the capture joins within a message is read from the next one on.
func TestSIPJoined(t *testing.T) {
	for _, mss := range []int{100, 1460} {
		c := story(func(s *pcaptest.Scenario) {
			long := invite(0, func(m *pcaptest.SIP) { m.Body += strings.Repeat("a=x\r\n", 400) })
			s.TCP(phone, registrar, pcaptest.Path{MSS: mss}).Open().Send(long).Send(invite(0)).Recv(answer("200 OK"))
		})
		c.Frames = c.Frames[5:]
		if got, want := only(t, c).sip(), "2: INVITE 1 200 1"+audio; got != want {
			t.Errorf("segments of %d: got %s, want %s", mss, got, want)
		}
	}
}

// TestSIPBounds: a flow that is all different holds no more than the bounds say.
func TestSIPBounds(t *testing.T) {
	e := only(t, story(func(s *pcaptest.Scenario) {
		u := s.UDP(phone, registrar, pcaptest.Path{})
		for i := range 120 {
			method := "M" + string(rune('A'+i/26)) + string(rune('A'+i%26))
			u.Send(invite(0, func(m *pcaptest.SIP) {
				m.Start = method + " sip:x SIP/2.0"
				m.Headers[0] = fmt.Sprintf("Via: SIP/2.0/UDP 192.0.2.%d", i)
				m.Headers = append(m.Headers, "User-Agent: "+method+strings.Repeat("x", 300))
				m.Body = pcaptest.SDP("10.20.1.15", fmt.Sprintf("audio %d RTP/AVP 8", 2+i))
			}))
			u.Recv(answer(fmt.Sprint(300 + i)))
		}
	}))
	x := e.State.Others().SIP
	got := []int{len(x.Requests), len(x.Answers), len(x.Agents), len(x.Agents[0]), len(x.Addresses),
		int(x.AddressesDropped), len(x.Media), int(x.MediaDropped), len(e.Keys), int(x.Messages)}
	equalList(t, "bounds", got, []int{maxSIPMethods, maxSIPStatuses, maxSIPAgents, maxSIPText, maxSIPAddresses,
		120 - maxSIPAddresses, maxSIPMedia, 120 - maxSIPMedia, 2 * maxSIPKeys, 240})
}
