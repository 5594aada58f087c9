package dissect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/dissect/tlswire"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/pcaptest"
)

// tls sums up what a handshake showed.
func (e *ended) tls() string {
	if e.State.TCP == nil || e.State.TCP.TLS == nil {
		return "none"
	}
	x := e.State.TCP.TLS
	var out []string
	add := func(yes bool, format string, args ...any) {
		if yes {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(x.HasClient, "client %s", x.SNI)
	add(x.HasServer, "server %s %#x", tlswire.VersionName(x.Version), x.Suite)
	add(x.ALPN != "", "alpn %s", x.ALPN)
	add(x.Leaf != nil, "leaf")
	if x.Leaf != nil {
		out[len(out)-1] += " " + x.Leaf.Subject.CN
	}
	add(len(x.Chain) > 0, "chain %d", len(x.Chain))
	add(x.Known, "resumed %v", x.Resumed)
	for _, a := range x.Alerts {
		add(true, "%s", a.Alert)
	}
	return strings.Join(out, ", ")
}

// session opens a connection to a web server and runs a handshake and some data over it.
func session(path pcaptest.Path, o pcaptest.TLS, faults func(c *pcaptest.TCPFlow)) *pcaptest.Capture {
	return story(func(s *pcaptest.Scenario) {
		c := s.TCP(office, web, path).Open()
		if faults != nil {
			faults(c)
		}
		t := s.TLS(c, o)
		if !o.NoAnswer && !o.ServerReset && o.ClientAlert == 0 {
			t.Send(700).Recv(900).Close()
		}
	})
}

const (
	whole12 = "client idbroker.webex.com, server 1.2 0xc030, alpn http/1.1, leaf idbroker.webex.com, chain 1, resumed false"
	whole13 = "client idbroker.webex.com, server 1.3 0x1302, resumed false"
)

func TestTLS(t *testing.T) {
	full := pcaptest.TLS{SNI: "idbroker.webex.com", ALPN: []string{"http/1.1"}, Chain: pcaptest.SignallingChain("idbroker.webex.com")}
	with := func(change func(*pcaptest.TLS)) pcaptest.TLS { o := full; change(&o); return o }
	v13 := with(func(o *pcaptest.TLS) { o.Version = pcaptest.TLS13 })
	for _, tt := range []struct {
		name string
		path pcaptest.Path
		o    pcaptest.TLS
		want string
	}{
		{"1.2", pcaptest.Path{}, full, whole12},
		{"1.2, small segments", pcaptest.Path{MSS: 64}, full, whole12},
		{"1.2, tiny segments", pcaptest.Path{MSS: 7}, full, whole12},
		{"1.3", pcaptest.Path{}, v13, whole13},
		{"1.3, small segments", pcaptest.Path{MSS: 64}, v13, whole13},
		{"1.2, resumed", pcaptest.Path{}, with(func(o *pcaptest.TLS) { o.Resumed = true }), "client idbroker.webex.com, server 1.2 0xc030, alpn http/1.1, resumed true"},
		{"1.0 without extensions", pcaptest.Path{}, with(func(o *pcaptest.TLS) { o.Version, o.Bare, o.Cipher, o.ALPN = pcaptest.TLS10, true, 0x35, nil }),
			"client , server 1.0 0x35, leaf idbroker.webex.com, chain 1, resumed false"},
		{"no answer", pcaptest.Path{}, with(func(o *pcaptest.TLS) { o.NoAnswer = true }), "client idbroker.webex.com"},
		{"refused certificate", pcaptest.Path{}, with(func(o *pcaptest.TLS) { o.ClientAlert = 48 }),
			"client idbroker.webex.com, server 1.2 0xc030, alpn http/1.1, leaf idbroker.webex.com, chain 1, fatal unknown_ca"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := only(t, session(tt.path, tt.o, nil))
			if got := e.tls(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if e.App != TLS || e.source() != office || e.State.TCP.Midway {
				t.Errorf("application %v, source %v, midway %v", e.App, e.source(), e.State.TCP.Midway)
			}
			if x := e.State.TCP.TLS; x.HasClient && (x.JA3 == "" || x.JA4 == "" || x.Client != e.side(office.Addr()) ||
				x.HelloTime == 0) || x.HasServer && x.JA3S == "" {
				t.Errorf("fingerprints %q %q %q, client %v", x.JA3, x.JA4, x.JA3S, x.Client)
			}
			if !slices.Contains(e.kinds(), "client-hello 4") && tt.path.MSS == 0 {
				t.Errorf("key packets %v", e.kinds())
			}
		})
	}
}

// TestTLSSegments damages the handshake of one connection, frame by frame. Frames 0 to 2 are the TCP handshake, 3 the
// client's hello; the server's flight comes in several segments.
func TestTLSSegments(t *testing.T) {
	o := pcaptest.TLS{SNI: "idbroker.webex.com", ALPN: []string{"http/1.1"}, Chain: pcaptest.SignallingChain("idbroker.webex.com")}
	base := session(pcaptest.Path{MSS: 700}, o, nil)
	all := make([]int, len(base.Frames))
	for i := range all {
		all[i] = i
	}
	// data lists the frames with data of each side up to the client's answer.
	var flight []int
	for i, f := range base.Frames {
		if len(f.Data) > 300 && i > 3 && len(flight) < 4 {
			flight = append(flight, i)
		}
	}
	move := func(frame, to int) []int {
		out := slices.Delete(slices.Clone(all), frame, frame+1)
		return slices.Insert(out, to, frame)
	}
	without := func(frame int) []int { return slices.Delete(slices.Clone(all), frame, frame+1) }
	for _, tt := range []struct {
		name  string
		order []int
		want  string
	}{
		{"as it was", all, whole12},
		{"server's segments reversed", func() []int {
			out := slices.Clone(all)
			for i, j := 0, len(flight)-1; i < j; i, j = i+1, j-1 {
				out[flight[i]], out[flight[j]] = out[flight[j]], out[flight[i]]
			}
			return out
		}(), whole12},
		{"a server's segment late", move(flight[1], flight[3]+1), whole12},
		{"a server's segment twice", slices.Insert(slices.Clone(all), flight[2], flight[1]), whole12},
		{"the client's hello lost", without(3), "server 1.2 0xc030, alpn http/1.1, leaf idbroker.webex.com, chain 1, resumed false"},
		{"the server before its client", move(3, flight[3]+1), whole12},
		{"the server's hello lost", without(flight[0]), "client idbroker.webex.com"},
		{"the SYN lost", without(0), whole12},
		{"no TCP handshake", all[3:], whole12},
		{"the server alone", flight, "server 1.2 0xc030, alpn http/1.1, leaf idbroker.webex.com, chain 1"},
		{"the server's first segment alone", flight[:1], "server 1.2 0xc030, alpn http/1.1, leaf idbroker.webex.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list := dissect(ordered(base, tt.order...))
			if got := list[0].tls(); len(list) != 1 || got != tt.want {
				t.Errorf("%d flows: got %s\nwant %s", len(list), got, tt.want)
			}
			if list[0].source() != office {
				t.Errorf("source %v", list[0].source())
			}
		})
	}
}

// TestTLSTellsTheSource: no TCP handshake, the server's port is the higher one, and it is seen first.
func TestTLSTellsTheSource(t *testing.T) {
	a, b := netip.MustParseAddrPort("10.20.1.15:1500"), netip.MustParseAddrPort("170.72.1.2:60443")
	c := story(func(s *pcaptest.Scenario) {
		s.TLS(s.TCP(a, b, pcaptest.Path{}), pcaptest.TLS{Chain: pcaptest.MediaNodeChain(pcaptest.NodeName)})
	})
	for name, keep := range map[string]func(i int) bool{"hello": func(i int) bool {
		return i == 0
	}, "answer": func(i int) bool { return i > 0 }} {
		e := only(t, c.Filter(func(i int, _ pcaptest.Frame) bool { return keep(i) }))
		if e.source() != a || e.Initiator() != "seen" {
			t.Errorf("%s: source %v, %s", name, e.source(), e.Initiator())
		}
	}
}

// TestTLSLostSegment loses the middle of the server's certificates for good, though the connection goes on for long:
// what came before counts, the handshake's end is not made up, and records are followed again.
func TestTLSLostSegment(t *testing.T) {
	e := only(t, story(func(s *pcaptest.Scenario) {
		c := s.TCP(office, web, pcaptest.Path{MSS: 700}).Open()
		h := s.TLS(c, pcaptest.TLS{SNI: "idbroker.webex.com", Chain: pcaptest.SignallingChain("idbroker.webex.com")})
		pcaptest.Play(h, pcaptest.MediaCadence(h.Now(), 34*time.Second, 20*time.Millisecond))
	}).Filter(func(i int, f pcaptest.Frame) bool { return i != 5 }))
	x := e.State.TCP.TLS
	if x == nil || !x.HasClient || !x.HasServer || x.Leaf == nil || !x.Leaf.Partial {
		t.Fatalf("got %s, leaf %+v", e.tls(), x.Leaf)
	}
	if r := e.State.TCP.Cadence; r == nil || r.MediaBoth < 2 {
		t.Errorf("the cadence was not found behind the gap: %+v", r)
	}
}

// TestSnappedTLS: a capture of 200 bytes a frame shows the names of the client and the start of the server's hello.
func TestSnappedTLS(t *testing.T) {
	o := pcaptest.TLS{SNI: "idbroker.webex.com", Chain: pcaptest.SignallingChain("idbroker.webex.com")}
	e := only(t, session(pcaptest.Path{}, o, nil).Wrap(pcaptest.Snap(200)))
	if x := e.State.TCP.TLS; x == nil || x.SNI != "idbroker.webex.com" || !x.HasServer ||
		x.Version != tlswire.VersionTLS12 || x.Leaf != nil {
		t.Errorf("got %s", e.tls())
	}
}

// TestSnappedServerHello: wherever the snap length cuts the server's hello, nothing is said that was not seen: no
// version, no suite, and nothing of resumption. What was seen is right.
func TestSnappedServerHello(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version uint16
		suite   uint16
		resumed bool
	}{
		{"1.2", tlswire.VersionTLS12, 0xc030, false},
		{"1.2, resumed", tlswire.VersionTLS12, 0xc030, true},
		{"1.3", tlswire.VersionTLS13, 0x1302, false},
		{"1.3, resumed", tlswire.VersionTLS13, 0x1302, true},
	} {
		o := pcaptest.TLS{SNI: "idbroker.webex.com", Version: tt.version, Resumed: tt.resumed, Chain: pcaptest.SignallingChain("idbroker.webex.com")}
		c := session(pcaptest.Path{}, o, nil)
		known, unknown := 0, 0
		for snap := 60; snap < 400; snap++ {
			x := only(t, c.Wrap(pcaptest.Snap(snap))).State.TCP.TLS
			if x == nil || !x.HasServer {
				continue
			}
			if x.Known && x.Resumed != tt.resumed {
				t.Errorf("%s, %d bytes a frame: resumed %v", tt.name, snap, x.Resumed)
			}
			if x.HasSuite {
				known++
				if x.Version != tt.version || x.Suite != tt.suite {
					t.Errorf("%s, %d bytes a frame: %#x, suite %#x", tt.name, snap, x.Version, x.Suite)
				}
				continue
			}
			if unknown++; x.Version != 0 || x.Known || !x.ServerCut {
				t.Errorf("%s, %d bytes a frame, no suite: %#x, resumption known %v", tt.name, snap, x.Version, x.Known)
			}
		}
		if known < 20 || unknown < 20 {
			t.Errorf("%s: suite seen %d times, cut off %d times", tt.name, known, unknown)
		}
	}
}

// TestMidway: a capture that begins amid a connection, at a record and inside of one.
func TestMidway(t *testing.T) {
	c := story(func(s *pcaptest.Scenario) {
		u := s.TCP(office, web, pcaptest.Path{}).Open()
		h := s.TLS(u, pcaptest.TLS{Version: pcaptest.TLS13, SNI: "idbroker.webex.com"})
		pcaptest.Play(h, pcaptest.MediaCadence(h.Now(), 34*time.Second, 20*time.Millisecond))
	})
	for _, tt := range []struct {
		name string
		c    *pcaptest.Capture
	}{
		{"at a record", c.Filter(func(i int, _ pcaptest.Frame) bool { return i > 40 })},
		{"inside a large one", func() *pcaptest.Capture {
			s := pcaptest.New(2, pcaptest.Start)
			u := s.TCP(office, web, pcaptest.Path{})
			u.Send(slices.Repeat([]byte{9}, 3000))
			u.Recv(slices.Repeat([]byte{7}, 3000))
			h := s.TLS(u, pcaptest.TLS{Version: pcaptest.TLS13, NoAnswer: true})
			pcaptest.Play(h, pcaptest.MediaCadence(h.Now(), 34*time.Second, 20*time.Millisecond))
			hello := 6 // frames of the two blocks and the hello
			return s.Capture().Filter(func(i int, f pcaptest.Frame) bool { return i < hello || len(f.Data) < 200 })
		}()},
	} {
		e := only(t, tt.c)
		x := e.State.TCP
		if e.App != TLS || !x.Midway && (x.TLS == nil || x.TLS.HasClient || x.TLS.HasServer) {
			t.Errorf("%s: application %v, midway %v, %s", tt.name, e.App, x.Midway, e.tls())
		}
		if x.Cadence == nil || x.Cadence.MediaBoth < 2 {
			t.Errorf("%s: cadence %+v", tt.name, x.Cadence)
		}
	}
}

// TestClientHelloInSYN: TCP Fast Open.
func TestClientHelloInSYN(t *testing.T) {
	hello := pcaptest.Record(22, pcaptest.TLS10, pcaptest.ClientHello{Version: pcaptest.TLS13, SNI: "a.wbx2.com"}.Message())
	ip := pcaptest.IP{Src: office.Addr(), Dst: web.Addr(), ID: 3}
	c := &pcaptest.Capture{Link: pcaptest.LinkEthernet}
	c.Add(pcaptest.Start,
		pcaptest.Ethernet(ip.TCP(pcaptest.TCP{Src: office.Port(), Dst: web.Port(), Seq: 99, Flags: pcaptest.SYN},
			hello[:100])))
	c.Add(pcaptest.Start.Add(time.Millisecond),
		pcaptest.Ethernet(ip.TCP(pcaptest.TCP{Src: office.Port(), Dst: web.Port(), Seq: 200, Flags: pcaptest.ACK},
			hello[100:])))
	if got := only(t, c).tls(); got != "client a.wbx2.com" {
		t.Errorf("got %s", got)
	}
}

// TestTCPApplications names connections by their first bytes.
func TestTCPApplications(t *testing.T) {
	for _, tt := range []struct {
		name string
		from pcaptest.Side
		b    string
		want App
	}{
		{"HTTP request", pcaptest.Client, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", HTTP},
		{"HTTP response", pcaptest.Server, "HTTP/1.1 200 OK\r\n\r\n", HTTP},
		{"SIP", pcaptest.Client, "REGISTER sip:example.org SIP/2.0\r\nVia: SIP/2.0/TCP 10.20.1.15\r\n\r\n", SIP},
		{"SSH", pcaptest.Server, "SSH-2.0-OpenSSH_9.6\r\n", SSH},
		{"SMTP", pcaptest.Server, "220 mail.example.org ESMTP\r\n", Unknown},
	} {
		e := only(t, story(func(s *pcaptest.Scenario) {
			c := s.TCP(office, web, pcaptest.Path{}).Open()
			c.Put(tt.from, []byte(tt.b))
		}))
		if e.App != tt.want || e.source() != office {
			t.Errorf("%s: %v, source %v", tt.name, e.App, e.source())
		}
	}
	if e := only(t, story(func(s *pcaptest.Scenario) {
		s.TCP(office, web, pcaptest.Path{}).Refused()
	})); e.App != Unknown {
		t.Errorf("refused: %v", e.App)
	}
}

// TestCloseGivesBack: a flow that has ended keeps no stream buffers.
func TestCloseGivesBack(t *testing.T) {
	e := only(t, session(pcaptest.Path{}, pcaptest.TLS{SNI: "idbroker.webex.com"}, nil))
	if e.State.TCP.side != nil {
		t.Error("buffers are still there")
	}
	New().Close(&flow.Flow{}, &State{}) // a flow without TCP
}
