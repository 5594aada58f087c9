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

func TestConnect(t *testing.T) {
	ask := pcaptest.Connect{Target: "mercury-connection-a.wbx2.com:443", UserAgent: "WebexTeams"}
	with := func(status int, challenge string) pcaptest.Connect {
		q := ask
		q.Status, q.Challenge = status, challenge
		return q
	}
	tls := pcaptest.TLS{SNI: "mercury-connection-a.wbx2.com", Chain: pcaptest.SignallingChain("*.wbx2.com")}
	request := "CONNECT 170.72.1.2:443 HTTP/1.1\r\nHost: 170.72.1.2:443\r\n\r\n"
	const host = "mercury-connection-a.wbx2.com:443 "
	for _, tt := range []struct {
		name string
		tell func(s *pcaptest.Scenario, c *pcaptest.TCPFlow)
		want string
	}{
		{"200 and TLS inside", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { s.TLS(c.Connect(ask), tls) },
			host + "status 200 tries 1 refused 0 [] open tls mercury-connection-a.wbx2.com"},
		{"200 and silence", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { c.Connect(ask) }, host + "status 200 tries 1 refused 0 [] open"},
		{"200 and something else inside", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Connect(ask).Send([]byte("SSH-2.0-OpenSSH_9.6\r\n"))
		},
			host + "status 200 tries 1 refused 0 [] open"},
		{"407, then 200 on the same connection", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			s.TLS(c.Connect(with(407, "NTLM")).Connect(with(407, "Negotiate")).Connect(ask), tls)
		}, host + "status 200 tries 3 refused 2 [NTLM Negotiate] open tls mercury-connection-a.wbx2.com"},
		{"407 with a page, then 200", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Send([]byte(request))
			c.Recv([]byte("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 2000\r\n\r\n" + strings.Repeat("HTTP/1.1 200 no\r\n\r\n", 100) + strings.Repeat("x", 100)))
			c.Send([]byte(request)).Recv([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		}, "170.72.1.2:443 status 200 tries 2 refused 1 [Basic] open"},
		{"407 with a page in pieces that look like answers", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			piece := []byte("HTTP/1.1 200 no\r\n\r\n")
			c.Send([]byte(request)).Recv([]byte("HTTP/1.1 407 No\r\nContent-Length: 38\r\n\r\n")).Recv(piece).Recv(piece)
			c.Send([]byte(request)).Recv([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		}, "170.72.1.2:443 status 200 tries 2 refused 1 [] open"},
		{"407, then 403", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { c.Connect(with(407, "NTLM")).Connect(with(403, "")) },
			host + "status 403 tries 2 refused 1 [NTLM]"},
		{"503", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { c.Connect(with(503, "")) }, host + "status 503 tries 1 refused 0 []"},
		{"no answer", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { c.Send([]byte(request)) }, "170.72.1.2:443 status 0 tries 1 refused 0 []"},
		{"an interim answer first", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Send([]byte(request)).Recv([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"))
		}, "170.72.1.2:443 status 200 tries 1 refused 0 [] open"},
		{"byte by byte", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			for i := range request {
				c.Send([]byte{request[i]})
			}
			for _, b := range []byte("HTTP/1.1 200 OK\r\n\r\n") {
				c.Recv([]byte{b})
			}
			s.TLS(c, tls)
		}, "170.72.1.2:443 status 200 tries 1 refused 0 [] open tls mercury-connection-a.wbx2.com"},
		{"the answer was not captured", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Send([]byte(request)).Recv([]byte("HTTP/1.1 200 OK\r\n\r\n"), pcaptest.Drop(0))
			c.Send(pcaptest.Record(22, pcaptest.TLS10, pcaptest.ClientHello{Version: pcaptest.TLS13, SNI: "a.wbx2.com"}.Message()))
		}, "170.72.1.2:443 status 0 tries 1 refused 0 [] open tls a.wbx2.com"},
		{"another method is no CONNECT", func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
			c.Send([]byte("GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n")).Recv([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		}, "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
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
		})
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
