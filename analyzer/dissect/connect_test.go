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
	office  = netip.MustParseAddrPort("10.20.1.15:49152")
	gateway = netip.MustParseAddrPort("10.20.0.80:8080")
)

// connect sums up what is known of a CONNECT.
func (e *ended) connect() string {
	if e.State.TCP == nil || e.State.TCP.Connect == nil {
		return "none"
	}
	x := e.State.TCP.Connect
	out := fmt.Sprintf("%s:%d status %d tries %d refused %d %v", x.Host, x.Port, x.Status, x.Tries, x.Refused, x.Schemes)
	if x.Open {
		out += " open"
	}
	if h := e.State.TCP.TLS; h != nil {
		out += " tls " + h.SNI
	}
	return out
}

// connectCase is a conversation with a proxy, and what is known of it.
type connectCase struct {
	name string
	tell func(s *pcaptest.Scenario, c *pcaptest.TCPFlow)
	want string // as connect says it
}

func (tt *connectCase) run(t *testing.T) {
	e := only(t, story(func(s *pcaptest.Scenario) {
		tt.tell(s, s.TCP(office, gateway, pcaptest.Path{RTT: 30 * time.Millisecond}).Open())
	}))
	if got := e.connect(); got != tt.want {
		t.Errorf("got  %s\nwant %s", got, tt.want)
	}
	want := Connect
	if tt.want == "none" {
		want = HTTP
	}
	if e.App != want || e.source() != office {
		t.Errorf("application %v, source %v", e.App, e.source())
	}
}

// askProxy is a request that the proxy answers with the status, 200 if it is 0.
func askProxy(status int, challenge string) pcaptest.Connect {
	return pcaptest.Connect{Target: "mercury-connection-a.wbx2.com:443", UserAgent: "WebexTeams", Status: status, Challenge: challenge}
}

// toProxy is a request in bytes.
const toProxy = "CONNECT 170.72.1.2:443 HTTP/1.1\r\nHost: 170.72.1.2:443\r\n\r\n"

var insideProxy = pcaptest.TLS{SNI: "mercury-connection-a.wbx2.com", Chain: pcaptest.SignallingChain("*.wbx2.com")}

// TestConnect: the answer, and what is inside the tunnel.
func TestConnect(t *testing.T) {
	const host = "mercury-connection-a.wbx2.com:443 "
	for _, tt := range []connectCase{
		{"200 and TLS inside", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { s.TLS(c.Connect(askProxy(0, "")), insideProxy) },
			host + "status 200 tries 1 refused 0 [] open tls mercury-connection-a.wbx2.com"},
		{"200 and silence", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { c.Connect(askProxy(0, "")) }, host + "status 200 tries 1 refused 0 [] open"},
		{"200 and something else inside", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Connect(askProxy(0, "")).Send([]byte("SSH-2.0-OpenSSH_9.6\r\n"))
		},
			host + "status 200 tries 1 refused 0 [] open"},
		{"503", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { c.Connect(askProxy(503, "")) }, host + "status 503 tries 1 refused 0 []"},
		{"no answer", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { c.Send([]byte(toProxy)) }, "170.72.1.2:443 status 0 tries 1 refused 0 []"},
		{"an interim answer first", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Send([]byte(toProxy)).Recv([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"))
		}, "170.72.1.2:443 status 200 tries 1 refused 0 [] open"},
		{"byte by byte", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			for i := range toProxy {
				c.Send([]byte{toProxy[i]})
			}
			for _, b := range []byte("HTTP/1.1 200 OK\r\n\r\n") {
				c.Recv([]byte{b})
			}
			s.TLS(c, insideProxy)
		}, "170.72.1.2:443 status 200 tries 1 refused 0 [] open tls mercury-connection-a.wbx2.com"},
		{"the answer was not captured", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Send([]byte(toProxy)).Recv([]byte("HTTP/1.1 200 OK\r\n\r\n"), pcaptest.Drop(0))
			c.Send(pcaptest.Record(22, pcaptest.TLS10, pcaptest.ClientHello{Version: pcaptest.TLS13, SNI: "a.wbx2.com"}.Message()))
		}, "170.72.1.2:443 status 0 tries 1 refused 0 [] open tls a.wbx2.com"},
		{"another method is no CONNECT", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Send([]byte("GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n")).Recv([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		}, "none"},
	} {
		t.Run(tt.name, tt.run)
	}
}

// TestConnectChallenged: a proxy that first wants to know who asks (RFC 9110 section 11.7).
func TestConnectChallenged(t *testing.T) {
	const host = "mercury-connection-a.wbx2.com:443 "
	for _, tt := range []connectCase{
		{"407, then 200 on the same connection", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			s.TLS(c.Connect(askProxy(407, "NTLM")).Connect(askProxy(407, "Negotiate")).Connect(askProxy(0, "")), insideProxy)
		}, host + "status 200 tries 3 refused 2 [NTLM Negotiate] open tls mercury-connection-a.wbx2.com"},
		{"407 with a page, then 200", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Send([]byte(toProxy))
			c.Recv([]byte("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 2000\r\n\r\n" + strings.Repeat("HTTP/1.1 200 no\r\n\r\n", 100) + strings.Repeat("x", 100)))
			c.Send([]byte(toProxy)).Recv([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		}, "170.72.1.2:443 status 200 tries 2 refused 1 [Basic] open"},
		{"407 with a page in pieces that look like answers", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			piece := []byte("HTTP/1.1 200 no\r\n\r\n")
			c.Send([]byte(toProxy)).Recv([]byte("HTTP/1.1 407 No\r\nContent-Length: 38\r\n\r\n")).Recv(piece).Recv(piece)
			c.Send([]byte(toProxy)).Recv([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		}, "170.72.1.2:443 status 200 tries 2 refused 1 [] open"},
		{"407, then 403", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Connect(askProxy(407, "NTLM")).Connect(askProxy(403, ""))
		}, host + "status 403 tries 2 refused 1 [NTLM]"},
	} {
		t.Run(tt.name, tt.run)
	}
}

// TestConnectTimes: from the first request to the latest answer.
func TestConnectTimes(t *testing.T) {
	ask := pcaptest.Connect{Target: "170.72.1.2:443"}
	e := only(t, story(func(s *pcaptest.Scenario) {
		c := s.TCP(office, gateway, pcaptest.Path{RTT: 30 * time.Millisecond}).Open()
		refused := ask
		refused.Status, refused.Challenge = 407, "NTLM"
		c.Connect(refused).Wait(time.Second)
		c.Connect(ask)
	}))
	x := e.State.TCP.Connect
	if d := time.Duration(x.Replied - x.Asked); d != 1060*time.Millisecond {
		t.Errorf("%v from the first request to the answer", d)
	}
	equalList(t, "key packets", e.kinds(), []string{"connect 4", "connect-reply 5", "connect 7", "connect-reply 8"})
}
