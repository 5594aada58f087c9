package analyzer_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

var (
	slab     = netip.MustParseAddrPort("10.20.1.15:49152")
	peer     = netip.MustParseAddr("10.20.0.80")
	relay    = netip.MustParseAddrPort("170.72.1.9:50000")
	inTunnel = pcaptest.TLS{SNI: "mercury-connection-a.wbx2.com", Chain: pcaptest.SignallingChain("*.wbx2.com")}
	blocked  = pcaptest.HTTP{Host: "idbroker.webex.com", Target: "/secret?token=1", Status: 403, Body: "no",
		Headers: []string{"User-Agent: WebexTeams"}, Answer: []string{"Server: squid/6.6", "Via: 1.1 proxy (squid)", "X-Squid-Error: ERR_ACCESS_DENIED 0"}}
)

// protocolCase is a capture of one flow and what its record says.
type protocolCase struct {
	name string
	port uint16 // of the peer
	tcp  func(s *pcaptest.Scenario, c *pcaptest.TCPFlow)
	udp  func(s *pcaptest.Scenario, u *pcaptest.UDPFlow)
	want string
}

func udpBytes(list ...string) func(*pcaptest.Scenario, *pcaptest.UDPFlow) {
	return func(_ *pcaptest.Scenario, u *pcaptest.UDPFlow) {
		for i, b := range list {
			u.Put(pcaptest.Side(i%2), []byte(b))
		}
	}
}

func tcpBytes(list ...string) func(*pcaptest.Scenario, *pcaptest.TCPFlow) {
	return func(_ *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		for i, b := range list {
			c.Put(pcaptest.Side(i%2), []byte(b))
		}
	}
}

// audio is a stream of 50 RTP packets of one SSRC, each wrapped.
func audio(put func(b []byte), wait func(time.Duration), wrap func([]byte) []byte) {
	for i := range uint16(50) {
		put(wrap(pcaptest.RTP{PT: 111, Seq: i, Timestamp: uint32(i) * 960, SSRC: 7, Payload: make([]byte, 80)}.Bytes()))
		wait(20 * time.Millisecond)
	}
}

var protocolCases = []protocolCase{
	{name: "RAS", port: 1719, udp: func(_ *pcaptest.Scenario, u *pcaptest.UDPFlow) {
		u.Send(pcaptest.RAS(0, 1)).Recv(pcaptest.RAS(1, 1)).Send(pcaptest.RAS(3, 2)).Recv(pcaptest.RAS(4, 2)).Send(
			[]byte{9 << 2, 0, 0, 3, 1})
	}, want: `{"app":"h323","h323":{"messages":{"admissionRequest":1,"gatekeeperConfirm":1,"gatekeeperRequest":1,"registrationConfirm":1,"registrationRequest":1}},` +
		`"keys":"ras-request 1, ras-answer 2, ras-request 3, ras-answer 4"}`},
	{name: "RAS port, other bytes", port: 1719, udp: udpBytes("\x24\x00\x00\x03\x01", "\x28\x00\x00\x03\x01\x00\x08\x91"), want: `{}`},
	{name: "call signalling", port: 1720, tcp: func(_ *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		c.Send(pcaptest.Q931(5, false, 1)).Recv(pcaptest.Q931(2, true, 1)).Recv(pcaptest.Q931(1, true, 1)).Recv(
			pcaptest.Q931(7, true, 1)).Send(pcaptest.Q931(0x5a, false, 1))
	}, want: `{"app":"h323","h323":{"messages":{"alerting":1,"call proceeding":1,"connect":1,"release complete":1,"setup":1}},` +
		`"keys":"syn 1, syn-ack 2, h225-setup 4, h225-connect 7, h225-release-complete 9"}`},
	{name: "call signalling port, other TPKT", port: 1720, tcp: tcpBytes("\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00"), want: `{"keys":"syn 1, syn-ack 2"}`},
	{name: "XMPP with STARTTLS", port: 7400, tcp: func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		s.TLS(c.StartTLS("im.example.com"), inTunnel)
	}, want: `{"app":"xmpp","xmpp":{"to":"im.example.com","from":"im.example.com","starttls":"proceed"},"tls":"mercury-connection-a.wbx2.com 1.2 CN=*.wbx2.com,O=Cisco Systems Inc.",` +
		`"keys":"syn 1, syn-ack 2, client-hello 10, server-hello 11, certificate 12"}`},
	{name: "XMPP without TLS", port: 5222, tcp: tcpBytes(`<stream:stream to="a.b" xmlns:stream="http://etherx.jabber.org/streams">`, `<stream:stream id="1" from="a.b" xmlns:stream="http://etherx.jabber.org/streams">`, `<presence/>`),
		want: `{"app":"xmpp","xmpp":{"to":"a.b","from":"a.b","starttls":"none"},"keys":"syn 1, syn-ack 2"}`},
	{name: "XMPP port, other XML", port: 5222, tcp: tcpBytes(`<?xml version="1.0"?><policy-file-request/>`, `<cross-domain-policy/>`), want: `{"keys":"syn 1, syn-ack 2"}`},
	{name: "SSH", port: 2222, tcp: tcpBytes("SSH-2.0-OpenSSH_9.6\r\n", "SSH-2.0-Cisco-1.25\r\n"),
		want: `{"app":"ssh","ssh":{"software_fwd":"OpenSSH_9.6","software_rev":"Cisco-1.25"},"keys":"syn 1, syn-ack 2"}`},
	{name: "SSH port, other bytes", port: 2222, tcp: tcpBytes("SSH-9.0\r\n", "220 ready\r\n"), want: `{"keys":"syn 1, syn-ack 2"}`},
	{name: "NTP", port: 123, udp: func(s *pcaptest.Scenario, u *pcaptest.UDPFlow) { u.NTP(2, 3) },
		want: `{"app":"ntp","ntp":{"requests":2,"answered":2,"stray":0,"no_time":0,"version":4,"stratum":3},"keys":"ntp-request 1, ntp-answer 2, ntp-request 3, ntp-answer 4"}`},
	{name: "NTP without answer", port: 123, udp: func(s *pcaptest.Scenario, u *pcaptest.UDPFlow) { u.NTP(2, -1) },
		want: `{"app":"ntp","ntp":{"requests":2,"answered":0,"stray":0,"no_time":0,"version":4},"keys":"ntp-request 1, ntp-request 2"}`},
	{name: "NTP, kiss-o'-death", port: 123, udp: func(s *pcaptest.Scenario, u *pcaptest.UDPFlow) { u.NTP(1, 0) },
		want: `{"app":"ntp","ntp":{"requests":1,"answered":1,"stray":0,"no_time":1,"version":4,"stratum":0,"kiss":"RATE"},"keys":"ntp-request 1, ntp-answer 2"}`},
	{name: "NTP, answer to another request", port: 123, udp: func(s *pcaptest.Scenario, u *pcaptest.UDPFlow) {
		u.Send(pcaptest.NTP{Mode: 3, Transmit: u.Now()}.Bytes()).Recv(pcaptest.NTP{Mode: 4, Stratum: 1,
			Origin: pcaptest.Start.Add(-time.Hour), Transmit: u.Now()}.Bytes())
	}, want: `{"app":"ntp","ntp":{"requests":1,"answered":0,"stray":1,"no_time":0,"version":4,"stratum":1},"keys":"ntp-request 1, ntp-answer 2"}`},
	{name: "NTP port, other bytes", port: 123, udp: udpBytes(strings.Repeat("\x23", 47), strings.Repeat("\x3f", 48)), want: `{}`},
	{name: "NTP's form on another port", port: 124, udp: func(s *pcaptest.Scenario, u *pcaptest.UDPFlow) { u.NTP(1, 2) }, want: `{}`},
	{name: "SOCKS5", port: 1080, tcp: func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		s.TLS(c.SOCKS(pcaptest.SOCKS{Host: "Mercury-connection-a.wbx2.com", Port: 443}), inTunnel)
	}, want: `{"app":"socks5","transport":"tls-proxied","connect":{"protocol":"socks5","host":"mercury-connection-a.wbx2.com","port":443,"status":200,"socks_reply":0,"tries":1},` +
		`"tls":"mercury-connection-a.wbx2.com 1.2 CN=*.wbx2.com,O=Cisco Systems Inc.","keys":"syn 1, syn-ack 2, connect 6, connect-reply 7, client-hello 8, server-hello 9, certificate 10"}`},
	{name: "SOCKS5 with password, refused by ruleset", port: 1080, tcp: func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		c.SOCKS(pcaptest.SOCKS{Host: "170.72.1.2", Port: 443, Password: true, Reply: 2})
	}, want: `{"app":"socks5","transport":"http-connect","connect":{"protocol":"socks5","host":"170.72.1.2","port":443,"status":403,"socks_reply":2,"tries":1},` +
		`"keys":"syn 1, syn-ack 2, connect 8, connect-reply 9"}`},
	{name: "SOCKS5, no method accepted", port: 1080, tcp: func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) { c.SOCKS(pcaptest.SOCKS{Refuse: true}) },
		want: `{"app":"socks5","transport":"http-connect","connect":{"protocol":"socks5","host":"","port":0,"status":407,"tries":0},"keys":"syn 1, syn-ack 2, connect-reply 5"}`},
	{name: "SOCKS4a", port: 1080, tcp: func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		s.TLS(c.SOCKS4(pcaptest.SOCKS4{Host: "Mercury-connection-a.wbx2.com", Port: 443, User: "me"}), inTunnel)
	}, want: `{"app":"socks4","transport":"tls-proxied","connect":{"protocol":"socks4","host":"mercury-connection-a.wbx2.com","port":443,"status":200,"socks_reply":90,"tries":1},` +
		`"tls":"mercury-connection-a.wbx2.com 1.2 CN=*.wbx2.com,O=Cisco Systems Inc.","keys":"syn 1, syn-ack 2, connect 4, connect-reply 5, client-hello 6, server-hello 7, certificate 8"}`},
	{name: "SOCKS4, refused", port: 1080, tcp: func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		c.SOCKS4(pcaptest.SOCKS4{Host: "170.72.1.2", Port: 443, Reply: 91})
	}, want: `{"app":"socks4","transport":"http-connect","connect":{"protocol":"socks4","host":"170.72.1.2","port":443,"status":502,"socks_reply":91,"tries":1},` +
		`"keys":"syn 1, syn-ack 2, connect 4, connect-reply 5"}`},
	{name: "SOCKS4, nobody at home", port: 1080, tcp: func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		c.SOCKS4(pcaptest.SOCKS4{Host: "170.72.1.2", Port: 443, User: "x", Reply: 92})
	}, want: `{"app":"socks4","transport":"http-connect","connect":{"protocol":"socks4","host":"170.72.1.2","port":443,"status":403,"socks_reply":92,"tries":1},` +
		`"keys":"syn 1, syn-ack 2, connect 4, connect-reply 5"}`},
	{name: "SOCKS4's form, other answer", port: 1080, tcp: tcpBytes("\x04\x01\x01\xbb\xaa\x48\x01\x02\x00", "\x00\x59\x00\x00\x00\x00\x00\x00"), want: `{"keys":"syn 1, syn-ack 2"}`},
	{name: "SOCKS port, other bytes", port: 1080, tcp: tcpBytes("\x05\x01\x00", "\x05\x09", "\x05\x01\x00"), want: `{"keys":"syn 1, syn-ack 2"}`},
	{name: "HTTP block page", port: 80, tcp: func(_ *pcaptest.Scenario, c *pcaptest.TCPFlow) { c.HTTP(blocked) },
		want: `{"app":"http","http":{"requests":1,"exchanges":[{"method":"GET","host":"idbroker.webex.com","status":403,"length":2}],"user_agent":"WebexTeams",` +
			`"server":"squid/6.6","via":"1.1 proxy (squid)","fields":["x-squid-error: ERR_ACCESS_DENIED 0"]},"keys":"syn 1, syn-ack 2, http-request 4, http-response 5"}`},
	{name: "HTTP to a proxy that wants authentication, then redirects", port: 8080, tcp: func(_ *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		c.HTTP(pcaptest.HTTP{Target: "http://user:pw@Example.org:81/x", Host: "h", Status: 407, Answer: []string{"Proxy-Authenticate: NTLM"}, Body: "HTTP/1.1 200 no\r\n\r\n"})
		c.HTTP(pcaptest.HTTP{Method: "HEAD", Host: "b.example", Status: 302, Answer: []string{"Location: https://portal.example/x?y=1"}})
	}, want: `{"app":"http","http":{"requests":2,"exchanges":[{"method":"GET","host":"example.org:81","status":407,"length":19},{"method":"HEAD","host":"b.example","status":302,"length":0}],` +
		`"location":"portal.example","auth_schemes":["NTLM"]},"keys":"syn 1, syn-ack 2, http-request 4, http-response 5, http-request 6, http-response 7"}`},
	{name: "WebSocket", port: 80, tcp: func(_ *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		c.HTTP(pcaptest.HTTP{Host: "ws.example", Headers: []string{"Upgrade: websocket", "Connection: Upgrade"}, Status: 101})
		c.Send([]byte("GET / HTTP/1.1\r\nHost: inside.example\r\n\r\n"))
	}, want: `{"app":"http","http":{"requests":1,"exchanges":[{"method":"GET","host":"ws.example","status":101}],"upgrade":"websocket"},` +
		`"keys":"syn 1, syn-ack 2, http-request 4, http-response 5"}`},
	{name: "HTTP port, other bytes", port: 80, tcp: tcpBytes("GET me a coffee\r\n", "HTTP/2 200\r\n"), want: `{"keys":"syn 1, syn-ack 2"}`},
	{name: "TURN over UDP", port: 3478, udp: func(s *pcaptest.Scenario, u *pcaptest.UDPFlow) {
		s.TURN(u, "user", relay)
		audio(func(b []byte) { u.Send(b) }, u.Wait, func(b []byte) []byte { return pcaptest.ChannelData(0x4001, b) })
	}, want: turnWant("rtp", "udp", 50)},
	{name: "TURN over UDP, indications", port: 3478, udp: func(s *pcaptest.Scenario, u *pcaptest.UDPFlow) {
		s.TURN(u, "user", relay)
		audio(func(b []byte) { u.Send(b) }, u.Wait, func(b []byte) []byte {
			return pcaptest.STUN{Type: 0x0016, Attrs: []pcaptest.STUNAttr{{Type: 0x0013, Value: b}}}.Bytes()
		})
	}, want: turnWant("rtp", "udp", 0)},
	{name: "TURN over TCP", port: 3478, tcp: func(s *pcaptest.Scenario, c *pcaptest.TCPFlow) {
		s.TURN(c, "user", relay)
		audio(func(b []byte) { c.Send(b) }, c.Wait, func(b []byte) []byte { return pcaptest.ChannelData(0x4001, b) })
	}, want: turnWant("rfc4571", "tcp", 50)},
	{name: "TURN port, other bytes with a channel's first byte", port: 3478, udp: udpBytes("\x40\x01\x00\x04abcd", "\x40\x01\x00\x40abcd", "\x4f\xff"), want: `{}`},
	{name: "DTLS-SRTP", port: 5004, udp: func(s *pcaptest.Scenario, u *pcaptest.UDPFlow) {
		u.Send(pcaptest.DTLSClientHello(s.Rand, 0)).Recv(pcaptest.DTLSServerHello(s.Rand, 0)).Send(
			pcaptest.DTLSData(s.Rand, 1, 50))
	}, want: `{"app":"dtls","dtls":{"client_hello":true,"server_hello":true,"version":"1.2","srtp_offered":["SRTP_AEAD_AES_128_GCM","SRTP_AES128_CM_HMAC_SHA1_80"],` +
		`"srtp_selected":"SRTP_AEAD_AES_128_GCM"},"keys":"dtls-client-hello 1, dtls-server-hello 2"}`},
	{name: "DTLS's first byte, other bytes", port: 5004, udp: udpBytes("\x16\x03\x01\x00\x10abcdefghijklmnop", "\x17\xfe\xf0\x00"), want: `{}`},
}

// turnWant is the record of an allocation with 50 RTP packets through it.
func turnWant(app, proto string, channels int) string {
	types, keys := `"0x0003":2,"0x0103":1,"0x0113":1`, "stun-request 1, stun-answer 2, stun-request 3, stun-answer 4"
	switch {
	case proto == "tcp":
		keys = "syn 1, syn-ack 2, stun-request 4, stun-answer 5, stun-request 6, stun-answer 7"
	case channels == 0:
		types = `"0x0003":2,"0x0016":50,"0x0103":1,"0x0113":1`
	}
	return `{"app":"` + app + `","stun":{"requests":2,"answered":2,"retries":0,"errors":{"401":1},"types":{` + types + `},"username":"user","mapped":["10.20.1.15:49152"],` +
		`"flow_info":false,"rtt_median_ms":20,"relayed":["170.72.1.9:50000"],"lifetime_s":600,"channel_data":` + strconv.Itoa(channels) + `,"answers_after_media_fwd":0},"streams":"fwd 0x00000007 50 of 50","keys":"` + keys + `"}`
}

func (p *protocolCase) capture() *pcaptest.Capture {
	s := pcaptest.New(1, pcaptest.Start)
	path := pcaptest.Path{RTT: 20 * time.Millisecond}
	if p.tcp != nil {
		p.tcp(s, s.TCP(slab, netip.AddrPortFrom(peer, p.port), path).Open())
	} else {
		p.udp(s, s.UDP(slab, netip.AddrPortFrom(peer, p.port), path))
	}
	return s.Capture()
}

// protocolView is the part of a flow's record that is about protocols.
type protocolView struct {
	App       string               `json:"app,omitempty"`
	Transport record.Transport     `json:"transport,omitempty"` // through proxies
	Connect   *record.ConnectFacts `json:"connect,omitempty"`
	HTTP      *record.HTTPFacts    `json:"http,omitempty"`
	NTP       *record.NTPFacts     `json:"ntp,omitempty"`
	DTLS      *record.DTLSFacts    `json:"dtls,omitempty"`
	SSH       *record.SSHFacts     `json:"ssh,omitempty"`
	XMPP      *record.XMPPFacts    `json:"xmpp,omitempty"`
	H323      *record.H323Facts    `json:"h323,omitempty"`
	STUN      *record.STUNFacts    `json:"stun,omitempty"`
	TLS       string               `json:"tls,omitempty"`
	Streams   string               `json:"streams,omitempty"`
	Keys      string               `json:"keys,omitempty"`
}

func viewProtocols(t *testing.T, set *record.Set) string {
	t.Helper()
	if len(set.Flows) != 1 {
		t.Fatalf("%d flows, want 1", len(set.Flows))
	}
	f := set.Flows[0]
	if f.SrcIP != slab.Addr() {
		t.Errorf("source %v", f.SrcIP)
	}
	v := protocolView{App: f.App, Connect: f.Connect, HTTP: f.HTTP, NTP: f.NTP, DTLS: f.DTLS, SSH: f.SSH, XMPP: f.XMPP,
		H323: f.H323, STUN: f.STUN}
	if f.Connect != nil {
		v.Transport = f.Transport
		f.Connect.DelayMs = nil
	}
	if f.STUN != nil {
		f.STUN.LastAnswer = 0
	}
	for _, s := range set.TLS {
		v.TLS = s.SNI + " " + s.TLSVersion + " " + s.CertSubject
	}
	for _, s := range set.Streams {
		v.Streams = fmt.Sprintf("%s 0x%08x %d of %d", s.Direction, s.SSRC, s.Packets, s.Expected)
	}
	var keys []string
	for _, k := range f.KeyPackets {
		keys = append(keys, fmt.Sprintf("%s %d", k.Kind, k.Packet))
	}
	v.Keys = strings.Join(keys, ", ")
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestProtocols: packets in, record out; and beside each protocol bytes on its port that are something else.
func TestProtocols(t *testing.T) {
	for _, p := range protocolCases {
		t.Run(p.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.pcapng")
			if err := p.capture().Save(path); err != nil {
				t.Fatal(err)
			}
			set, err := run(t, analyzer.Config{Files: []string{path}})
			if err != nil {
				t.Fatal(err)
			}
			got := viewProtocols(t, set)
			if diff := cmp.Diff(p.want, got); diff != "" {
				t.Errorf("got  %s\nwant %s", got, p.want)
			}
			if out := string(lines(t, set)); strings.Contains(out, "secret") || strings.Contains(out, "token") {
				t.Error("payload in the records")
			}
		})
	}
}
