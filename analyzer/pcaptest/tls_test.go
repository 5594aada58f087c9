package pcaptest

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestClientHelloIsUnderstood gives hellos to a server of crypto/tls, which must read from them what was put in.
func TestClientHelloIsUnderstood(t *testing.T) {
	for _, h := range []ClientHello{
		{Version: TLS13, SNI: "usersub-a.wbx2.com", ALPN: []string{"h2", "http/1.1"}, SessionID: make([]byte, 32)},
		{Version: TLS12, SNI: "idbroker.webex.com"},
		{Version: TLS13, GREASE: true, SessionID: make([]byte, 32)},
		{Version: TLS12, Bare: true},
	} {
		heard := &tls.ClientHelloInfo{}
		stop := func(info *tls.ClientHelloInfo) (*tls.Config, error) { heard = info; return nil, io.EOF }
		a, b := net.Pipe()
		go func() { a.Write(Record(22, TLS10, h.Message())); io.Copy(io.Discard, a) }()
		tls.Server(b, &tls.Config{GetConfigForClient: stop}).Handshake()
		a.Close()
		if heard.ServerName != h.SNI || !slices.Equal(heard.SupportedProtos, h.ALPN) {
			t.Errorf("%+v: heard %q %q", h, heard.ServerName, heard.SupportedProtos)
		}
		if heard.SupportedVersions == nil || !slices.Contains(heard.SupportedVersions, h.Version) {
			t.Errorf("%+v: versions %x", h, heard.SupportedVersions)
		}
	}
}

func TestCertificates(t *testing.T) {
	chain := SignallingChain("*.wbx2.com", "wbx2.com")
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(chain[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf.CheckSignatureFrom(ca); err != nil {
		t.Errorf("the CA did not sign the leaf: %v", err)
	}
	if leaf.Subject.CommonName != "*.wbx2.com" || leaf.Issuer.Organization[0] != "IdenTrust" || leaf.VerifyHostname("locus-a.wbx2.com") != nil {
		t.Errorf("leaf: subject %v, issuer %v, names %v", leaf.Subject, leaf.Issuer, leaf.DNSNames)
	}
	if !bytes.Equal(chain[0], SignallingChain("*.wbx2.com", "wbx2.com")[0]) {
		t.Error("the same certificate has other bytes the second time")
	}
	forged, err := x509.ParseCertificate(InspectedChain("idbroker.webex.com")[0])
	if err != nil {
		t.Fatal(err)
	}
	if forged.Issuer.Organization[0] != "Zscaler Inc." || forged.NotAfter.Sub(forged.NotBefore) != 14*24*time.Hour ||
		len(forged.OCSPServer) > 0 {
		t.Errorf("forged: issuer %v, %v to %v", forged.Issuer, forged.NotBefore, forged.NotAfter)
	}
}

// records lists the TLS records of one side, as "type:length".
func records(t *testing.T, c *Capture, port uint16) (types []byte) {
	t.Helper()
	var stream []byte
	for _, f := range c.Frames {
		if binary.BigEndian.Uint16(f.Data[34:]) == port {
			stream = append(stream, f.Data[34+int(f.Data[46]>>4)*4:]...)
		}
	}
	for len(stream) > 0 {
		n := 5 + int(binary.BigEndian.Uint16(stream[3:]))
		types = append(types, stream[0])
		stream = stream[n:]
	}
	return types
}

func TestTLSShapes(t *testing.T) {
	chain := MediaNodeChain(NodeName)
	for _, c := range []struct {
		name         string
		opts         TLS
		client, node []byte // record types
	}{
		{"1.2", TLS{Version: TLS12, Chain: chain}, []byte{22, 22, 20, 22, 23}, []byte{22, 22, 22, 22, 20, 22, 23}},
		{"1.2 resumed", TLS{Version: TLS12, Resumed: true}, []byte{22, 20, 22, 23}, []byte{22, 20, 22, 23}},
		{"1.3", TLS{Version: TLS13, Chain: chain}, []byte{22, 20, 23, 23}, []byte{22, 20, 23, 23, 23, 23, 23}},
		{"1.3 resumed", TLS{Version: TLS13, Resumed: true}, []byte{22, 20, 23, 23}, []byte{22, 20, 23, 23, 23}},
		{"1.3 early data", TLS{Version: TLS13, Resumed: true, Early: 50}, []byte{22, 20, 23, 23, 23, 23}, []byte{22, 20, 23, 23, 23}},
		{"1.3 retry", TLS{Version: TLS13, Groups: []uint16{0x1d, 0x17}, Group: 0x17, Flight: []int{50, 60}}, []byte{22, 20, 22, 23, 23}, []byte{22, 20, 22, 23, 23, 23}},
	} {
		s := New(1, Start)
		s.TLS(s.TCP(testClient, testServer, Path{}).Open(), c.opts).Send(100).Recv(100)
		got := s.Capture()
		if r := records(t, got, testClient.Port()); !bytes.Equal(r, c.client) {
			t.Errorf("%s: client records %v, want %v", c.name, r, c.client)
		}
		if r := records(t, got, testServer.Port()); !bytes.Equal(r, c.node) {
			t.Errorf("%s: server records %v, want %v", c.name, r, c.node)
		}
	}
}

func TestTLSAborts(t *testing.T) {
	for name, c := range map[string]struct {
		opts         TLS
		client, node []byte
	}{
		"no answer":       {TLS{NoAnswer: true}, []byte{22}, nil},
		"reset":           {TLS{ServerReset: true}, []byte{22}, nil},
		"unknown CA, 1.2": {TLS{ClientAlert: 48, Chain: InspectedChain("a.b")}, []byte{22, 21}, []byte{22, 22, 22, 22}},
		"unknown CA, 1.3": {TLS{Version: TLS13, ClientAlert: 48}, []byte{22, 20, 23}, []byte{22, 20, 23, 23, 23, 23}},
	} {
		s := New(1, Start)
		s.TLS(s.TCP(testClient, testServer, Path{}).Open(), c.opts)
		got := s.Capture()
		if r := records(t, got, testClient.Port()); !bytes.Equal(r, c.client) {
			t.Errorf("%s: client records %v, want %v", name, r, c.client)
		}
		if r := records(t, got, testServer.Port()); !bytes.Equal(r, c.node) {
			t.Errorf("%s: server records %v, want %v", name, r, c.node)
		}
	}
}

func TestRecordTLS(t *testing.T) {
	chain := Chain(Certificate{Subject: Name{CN: "wbx2.com"}, SANs: []string{"wbx2.com"}, Issuer: Name{CN: "Test CA"}}, Name{CN: "Test CA"})
	roots := x509.NewCertPool()
	ca, err := x509.ParseCertificate(chain[1])
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(ca)
	now := func() time.Time { return Start }
	server := &tls.Config{Certificates: []tls.Certificate{TestCertificate(chain)}}
	for _, version := range []uint16{TLS12, TLS13} {
		client := &tls.Config{ServerName: "wbx2.com", RootCAs: roots, Time: now, MaxVersion: version}
		flights, err := RecordTLS(client, server)
		if err != nil {
			t.Fatalf("%x: %v", version, err)
		}
		if flights[0].From != Client || !bytes.Contains(flights[0].Data, []byte("wbx2.com")) || len(flights) < 4 {
			t.Errorf("%x: %d flights, the first % x", version, len(flights), flights[0].Data[:10])
		}
	}
	flights,
		err := RecordTLS(&tls.Config{ServerName: "wbx2.com", RootCAs: x509.NewCertPool(), Time: now, MaxVersion: TLS12}, server)
	if err == nil || !strings.Contains(err.Error(), "unknown") {
		t.Errorf("a client that does not trust the issuer: %v", err)
	}
	if last := flights[len(flights)-1]; last.From != Client || last.Data[0] != 21 {
		t.Errorf("no alert at the end: %+v", last)
	}
}

// TestQUICKeys uses the vector of RFC 9001 appendix A.1.
func TestQUICKeys(t *testing.T) {
	dcid, _ := hex.DecodeString("8394c8f03e515708")
	initial := must(hkdf.Extract(sha256.New, dcid, quicSalt))
	secret := expandLabel(initial, "client in", 32)
	for label, want := range map[string]string{
		"quic key": "1f369613dd76d5467730efcbe3b1a22d",
		"quic iv":  "fa044b2f42a3fd3b46fb255c",
		"quic hp":  "9f50449e04a0e810283a1e9933adedd2",
	} {
		if got := hex.EncodeToString(expandLabel(secret, label, len(want)/2)); got != want {
			t.Errorf("%s: %s, want %s", label, got, want)
		}
	}
	if b := QUICInitial(NewRand(1), "a.wbx2.com", "h3"); len(b) != 1200 || b[0]&0xf0 != 0xc0 {
		t.Errorf("%d bytes, first %#x", len(b), b[0])
	}
}
