package analyzer_test

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/pcaptest/oracle"
)

// secrets are what customer names in [ofCustomer]; none may be in an anonymized capture, in any case or as UTF-16.
var secrets = []string{"acme", "alice", "bobsmith", "passw0rd", "4930123456", "hamburg", "geheim"}

// ofCustomer is a capture in which a customer is named wherever one can be.
func ofCustomer() *pcaptest.Capture {
	s := pcaptest.New(9, pcaptest.Start)
	client, proxy, cloud := netip.MustParseAddr("10.20.1.15"), netip.MustParseAddrPort("10.20.0.80:8080"),
		netip.MustParseAddr("170.72.1.2")
	ends := func() netip.AddrPort { return netip.AddrPortFrom(client, s.Port()) }
	for _, name := range []string{"portal.acme.example", "acme.webex.com", "mail.hamburg.acme.example"} {
		s.DNS(client, netip.MustParseAddrPort("10.20.0.53:53"), pcaptest.DNS{Name: name,
			Addrs: []netip.Addr{netip.MustParseAddr("10.20.9.9"), netip.MustParseAddr("2001:db8:ac::5")}}, pcaptest.Path{})
		c := s.TCP(ends(), netip.AddrPortFrom(cloud, 443), pcaptest.Path{})
		chain := pcaptest.Chain(pcaptest.Certificate{Subject: pcaptest.Name{CN: name, O: "Acme Hamburg", OU: "Geheim"},
			SANs: []string{name, "*.acme.example"}}, pcaptest.Name{CN: "Acme Inspection CA", O: "ACME Corp"})
		s.TLS(c.Open(), pcaptest.TLS{SNI: name, Chain: chain}).Send(200).Recv(300).Close()
	}
	p := s.TCP(ends(), proxy, pcaptest.Path{}).Open()
	p.Connect(pcaptest.Connect{Target: "acme.webex.com:443", UserAgent: "Acme-Agent/1.0 alice", Status: 407, Challenge: `Basic realm="acme"`})
	s.TLS(p.Connect(pcaptest.Connect{Target: "portal.acme.example:443"}), pcaptest.TLS{SNI: "portal.acme.example"}).Send(20)
	s.TCP(ends(), netip.MustParseAddrPort("10.20.0.81:80"), pcaptest.Path{}).Open().HTTP(pcaptest.HTTP{Host: "intra.acme.example",
		Target: "/alice/geheim?user=bobsmith", Headers: []string{"Cookie: sid=passw0rd", "Authorization: Basic YWxpY2U6cGFzc3cwcmQ="},
		Status: 200, Answer: []string{"Server: acme-front"}, Body: "acme secrets of alice"})
	s.TCP(ends(), netip.MustParseAddrPort("10.20.0.82:1080"), pcaptest.Path{}).Open().SOCKS(pcaptest.SOCKS{Host: "portal.acme.example", Port: 443})
	sip := s.UDP(netip.AddrPortFrom(client, 5060), netip.MustParseAddrPort("10.20.0.60:5060"), pcaptest.Path{})
	sip.Send(pcaptest.SIP{Start: "INVITE sip:4930123456@acme.example SIP/2.0", Headers: []string{"Via: SIP/2.0/UDP 10.20.1.15:5060;branch=z9hG4bKacme1",
		`From: "Alice Acme" <sip:alice@acme.example>;tag=alice7`, "To: <tel:+4930123456>", "Call-ID: geheim@10.20.1.15", "CSeq: 1 INVITE"},
		Body: "v=0\r\no=alice 1 1 IN IP4 10.20.1.15\r\ns=Acme call\r\nc=IN IP4 10.20.1.15\r\nt=0 0\r\nm=audio 16500 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"}.Bytes())
	turn := s.UDP(ends(), netip.MustParseAddrPort("10.20.0.70:3478"), pcaptest.Path{})
	s.TURN(turn, "alice:acme", netip.MustParseAddrPort("10.20.0.70:50001"))
	quic := s.UDP(ends(), netip.MustParseAddrPort("10.20.0.90:443"), pcaptest.Path{})
	quic.Send(pcaptest.QUICInitial(s.Rand, "portal.acme.example", "h3"))
	rtcp := s.UDP(ends(), netip.MustParseAddrPort("10.20.0.60:20001"), pcaptest.Path{})
	rtcp.Send([]byte("\x80\xc9\x00\x01\x01\x02\x03\x04\x81\xca\x00\x06\x01\x02\x03\x04\x01\x0falice@acme.host\x00\x00\x00"))
	rtcp.Send([]byte("acme: no protocol that anybody knows, alice"))
	rtcp.ICMP(pcaptest.Client, netip.MustParseAddr("10.20.1.1"), 3, 3)
	s.TCP(ends(), netip.MustParseAddrPort("10.20.0.91:9999"), pcaptest.Path{}).Open().Send([]byte("alice passw0rd acme"))
	return s.Capture()
}

// TestAnonymizedNamesNobody: no name, identity or address of the customer is left, whatever carries it, and the records
// of the capture are as many as before.
func TestAnonymizedNamesNobody(t *testing.T) {
	file := filepath.Join(t.TempDir(), "named.pcapng")
	if err := ofCustomer().Save(file); err != nil {
		t.Fatal(err)
	}
	c := analyzer.Config{Files: []string{file}, Workers: 1}
	before, err := run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	files, m := anonymized(t, c.Files)
	secretsGone(t, file, files[0])
	leaks(t, m, before, files)
	c.Files = files
	after, err := run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(outcome(before), outcome(after)); d != "" {
		t.Errorf("(-original +anonymized):\n%s", d)
	}
	for i, f := range before.Flows {
		g := after.Flows[i]
		same := g.SNI == m.Name(f.SNI) && g.DNSName == m.Name(f.DNSName) || f.App == "quic"
		if !same || g.SrcIP != m.Addr(f.SrcIP) || g.App != f.App || g.Webex != f.Webex {
			t.Errorf("%s %s %q %v became %s %s %q %v", f.SrcIP, f.App, f.SNI, f.Webex, g.SrcIP, g.App, g.SNI, g.Webex)
		}
	}
}

// secretsGone searches for what only the original may hold.
func secretsGone(t *testing.T, original, anonymized string) {
	t.Helper()
	was, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(anonymized)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		wide := strings.Join(strings.Split(s, ""), "\x00")
		for _, form := range []string{s, wide} {
			if bytes.Contains(bytes.ToLower(b), []byte(form)) {
				t.Errorf("%q is there", form)
			}
		}
		if !bytes.Contains(bytes.ToLower(was), []byte(s)) {
			t.Errorf("%q is not in the original", s)
		}
	}
}

// TestAnonymizedChecksums: tshark finds no bad checksum and no malformed packet in what was good.
func TestAnonymizedChecksums(t *testing.T) {
	tshark := oracle.Tshark(t)
	outer := pcaptest.Outer{Src: netip.MustParseAddr("10.9.9.1"), Dst: netip.MustParseAddr("10.9.9.2")}
	for name, c := range map[string]*pcaptest.Capture{"named": ofCustomer(), "sip": pcaptest.SIPCalls(), "proxy": pcaptest.TLSViaProxy(),
		"tunnel": ofCustomer().Wrap(pcaptest.VXLAN(outer, 9)), "erspan": pcaptest.HealthyMeeting().Wrap(pcaptest.ERSPAN(outer, 2, 9))} {
		file := filepath.Join(t.TempDir(), name+".pcapng")
		if err := c.Save(file); err != nil {
			t.Fatal(err)
		}
		files, _ := anonymized(t, []string{file})
		args := []string{"-n", "-r", files[0], "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
			"-Y", "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0"}
		out, err := exec.Command(tshark, args...).Output()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

// judgedApart are real captures that are not judged alike, and why.
var judgedApart = map[string]string{
	"tcpdump__ip_printroute_asan.pcap": "the only oddity is in IP options, which are blank",
	"surver__tcp-overlap.pcap":         "segments that differ in payload alone become copies",
}

// TestAnonymizedRealCaptures: real captures are judged alike, and their private addresses are gone.
func TestAnonymizedRealCaptures(t *testing.T) {
	dir := captureDir(t)
	for _, name := range captureFiles(t, dir) {
		path := filepath.Join(dir, name)
		if st, err := os.Stat(path); err != nil || st.Size() > 20<<20 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			c := analyzer.Config{Files: []string{path}, Workers: 1, Hash: "none"}
			before, err := run(t, c)
			if err != nil && errors.Is(err, analyzer.ErrLinkType) || err != nil {
				t.Skip(err)
			}
			files, m := anonymized(t, c.Files)
			c.Files = files
			after, err := run(t, c)
			if err != nil {
				t.Fatal(err)
			}
			d := gocmp.Diff(outcome(before), outcome(after))
			if _, apart := judgedApart[filepath.Base(name)]; (d != "") != apart {
				t.Errorf("exempt: %v; (-original +anonymized):\n%s", apart, d)
			}
			leaks(t, m, before, files)
		})
	}
}
