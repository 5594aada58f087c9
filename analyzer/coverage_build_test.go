package analyzer_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// Hosts of the coverage table beside those of pcaptest.
const (
	app       = "10.20.1.15"
	phone     = "10.40.0.21"
	meshNode  = "10.30.0.7"
	expC      = "10.9.0.5"
	expE      = "192.0.2.10"
	gateway   = "10.50.0.2"
	edgeAudio = "192.0.2.40"
	remote    = "198.51.100.77" // a client on the Internet
)

// Servers of the tables: 170.72.1.2 is in a range of meetings and Calling, 64.68.105.103 of meetings only,
// 139.177.65.20 of Calling only, 20.50.235.9 of the integration for Microsoft Teams, 170.133.157.1 and
// 2607:fcf0:20a7::5 of government, 66.114.161.9 in a withdrawn one; 52.29.8.14 is signalling in no range, 72.163.24.9
// device configuration.

// declarations is the site file of the coverage table.
const declarations = `
internal: [10.0.0.0/8]
expressway_c: [10.9.0.5]
expressway_e: [192.0.2.10]
video_mesh: [10.30.0.7]
local_gateways: [10.50.0.2]
edge_audio: [192.0.2.40]
phones: [10.40.0.0/24]
`

// ends are the two ends of a flow and how Webex shows in it: the look-alike has other addresses and no names.
type ends struct {
	client, server netip.AddrPort
	webex          bool
}

// traffic plays a flow of fourteen seconds.
type traffic func(s *pcaptest.Scenario, e ends)

const lasting = 14 * time.Second

// coverageCase is one flow of a deployment and what it must be taken for.
type coverageCase struct {
	name   string
	flow   string // "udp CLIENT:PORT SERVER:PORT"
	play   traffic
	want   wants
	beside []beside // other flows of the same capture
	policy string
}

// wants are verdicts: without a site file; with it; without it and without the first six seconds; with it and without
// them. Those that are left out are as the first, the last as the second. "" is not Webex, and nothing said.
type wants []string

func (w wants) all() [4]string {
	out := [4]string{w[0], w[0], w[0], w[0]}
	copy(out[:], w)
	if len(w) < 4 && len(w) > 1 {
		out[3] = w[1]
	}
	return out
}

// beside is a flow that is there as well.
type beside struct {
	flow string
	play traffic
}

func ofFlow(t *testing.T, flow string) (proto string, e ends) {
	t.Helper()
	w := strings.Fields(flow)
	if len(w) != 3 {
		t.Fatalf("flow %q", flow)
	}
	return w[0], ends{netip.MustParseAddrPort(w[1]), netip.MustParseAddrPort(w[2]), true}
}

// twin is the look-alike of a flow: the same ports and packets between other hosts, without Webex's names and STUN
// values.
func (e ends) twin() ends {
	other := func(a netip.AddrPort, v4, v6 string) netip.AddrPort {
		text := v4
		if a.Addr().Is6() {
			text = v6
		}
		return netip.AddrPortFrom(netip.MustParseAddr(text), a.Port())
	}
	return ends{other(e.client, "10.77.0.9", "2001:db8:77::9"), other(e.server, "203.0.113.77", "2001:db8:88::77"), false}
}

// seen is what the analyzer makes of a flow, in the words of the table: service function transport confidence, then
// device, media class, port plan, expected marks and retirement, where there are any. "- " before it: not Webex.
func seen(f *record.Flow) string {
	if f.Service == "" && !f.Webex {
		return ""
	}
	out := fmt.Sprintf("%s %s %s %s", f.Service, f.Function, f.Transport, f.Confidence)
	if !f.Webex {
		out = strings.TrimSpace("- " + out)
	}
	for _, w := range []struct{ label, value string }{{"", f.Device}, {"", f.MediaClass}, {"plan ", f.PortPlan}} {
		if w.value != "" {
			out += ", " + w.label + w.value
		}
	}
	if len(f.ExpectedDSCP) > 0 {
		out += ", dscp " + strings.Trim(fmt.Sprint(f.ExpectedDSCP), "[]")
	}
	if f.Retired != "" {
		out += ", retired"
	}
	return out
}

// watch analyses a capture; site is the text of a site file or "".
func watch(t *testing.T, c *pcaptest.Capture, declared, policy string) *record.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.pcap")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	conf := analyzer.Config{Files: []string{path}, Policy: policy, Workers: 2}
	if declared != "" {
		s, err := site.Load(strings.NewReader(declared), "site.yaml")
		if err != nil {
			t.Fatal(err)
		}
		conf.Site = s
	}
	set, err := run(t, conf)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// pick finds a flow by its ends, whichever of them the record calls source; a connection that went on is one flow.
func pick(set *record.Set, proto string, e ends) *record.Flow {
	i := slices.IndexFunc(set.Flows, func(f *record.Flow) bool {
		a, b := netip.AddrPortFrom(f.SrcIP, uint16(f.SrcPort)), netip.AddrPortFrom(f.DstIP, uint16(f.DstPort))
		return f.Proto == proto && (a == e.client && b == e.server || b == e.client && a == e.server)
	})
	if i < 0 {
		return nil
	}
	return set.Flows[i]
}

// late drops what comes before the sixth second.
func late(c *pcaptest.Capture) *pcaptest.Capture {
	return c.Filter(func(_ int, f pcaptest.Frame) bool { return f.Time.Sub(pcaptest.Start) > 6*time.Second })
}

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
