package tlswire

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The hellos in testdata were made with crypto/tls; their JA3 was checked with tshark.
func TestClientHelloGolden(t *testing.T) {
	files := must(filepath.Glob("testdata/*.hex"))
	if len(files) < 3 {
		t.Fatal("testdata is missing")
	}
	for _, file := range files {
		var h ClientHello
		if err := h.Decode(readHex(t, file)[4:]); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		golden := strings.TrimSuffix(file, ".hex") + ".golden"
		if *update {
			os.WriteFile(golden, []byte(describe(&h)), 0o644)
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != describe(&h) {
			t.Errorf("%s: %v, got\n%s", file, err, describe(&h))
		}
	}
}

// readHex is the handshake message in a file of hex digits.
func readHex(t testing.TB, file string) []byte {
	t.Helper()
	text := must(os.ReadFile(file))
	return must(hex.DecodeString(strings.Join(strings.Fields(string(text)), "")))
}

func describe(h *ClientHello) string {
	var b strings.Builder
	fmt.Fprintf(&b, "version       %s, at most %s\n", VersionName(h.Version), VersionName(h.MaxVersion()))
	fmt.Fprintf(&b, "versions      %04x\n", h.Versions)
	fmt.Fprintf(&b, "session id    %d bytes\n", len(h.SessionID))
	for _, s := range h.Suites {
		fmt.Fprintf(&b, "suite         %s\n", SuiteName(s))
	}
	fmt.Fprintf(&b, "compression   %x\n", h.Compression)
	fmt.Fprintf(&b, "extensions    %04x\n", h.Extensions)
	fmt.Fprintf(&b, "server name   %s\n", h.ServerName)
	fmt.Fprintf(&b, "alpn          %q\n", h.ALPN)
	fmt.Fprintf(&b, "groups        %04x\n", h.Groups)
	fmt.Fprintf(&b, "key shares    %04x\n", h.KeyShares)
	fmt.Fprintf(&b, "point formats %x\n", h.PointFormats)
	fmt.Fprintf(&b, "signatures    %04x\n", h.SignatureAlgorithms)
	fmt.Fprintf(&b, "resumption    %t: ticket %t of %d bytes, %d pre-shared keys, early data %t\n",
		h.OffersResumption(), h.Ticket, h.TicketLen, h.PSKIdentities, h.EarlyData)
	fmt.Fprintf(&b, "flags         status request %t, SCT %t, ECH %t, ESNI %t, GREASE %t, record size limit %d, malformed %t\n",
		h.StatusRequest, h.SCT, h.ECH, h.ESNI, h.GREASE, h.RecordSizeLimit, h.Malformed)
	fmt.Fprintf(&b, "ja3           %s\n              %s\n", h.AppendJA3(nil), h.JA3())
	fmt.Fprintf(&b, "ja4           %s\n", h.JA4(OverTCP))
	return b.String()
}

// What crypto/tls sends now is read as it was asked for.
func TestClientHelloFromCryptoTLS(t *testing.T) {
	client, _ := configs(tls.VersionTLS12)
	client.MaxVersion = tls.VersionTLS13
	client.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
	h := decodeClient(t, hello(t, client))
	check(t, "SNI", string(h.ServerName), "linus1.example.test")
	check(t, "ALPN", fmt.Sprintf("%s", h.ALPN), "[h2 http/1.1]")
	check(t, "versions", fmt.Sprintf("%04x", h.Versions), "[0304 0303]")
	check(t, "max version", h.MaxVersion(), VersionTLS13)
	check(t, "groups", fmt.Sprint(h.Groups), "[29 23]")
	check(t, "session id", len(h.SessionID), 32)
	check(t, "resumption", h.OffersResumption(), false)
	check(t, "GREASE", h.GREASE, false)
	for _, s := range h.Suites {
		if name := tls.CipherSuiteName(s); name != SuiteName(s) {
			t.Errorf("suite %s is called %s", name, SuiteName(s))
		}
	}
}

// A resumed session: TLS 1.2 by ticket and echo of the session id, TLS 1.3 by pre-shared key.
func TestResumed(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client, server := configs(version)
		client.ClientSessionCache = tls.NewLRUClientSessionCache(4)
		for round, want := range []bool{false, true} {
			fromClient, fromServer := converse(t, client, server)
			c, s, r := decodeBoth(t, fromClient, fromServer)
			check(t, "offered", c.TicketLen > 0 || c.PSKIdentities > 0, want)
			full := r.Seen(KindCertificate) || r.Seen(KindServerHelloDone)
			resumed, known := Resumed(c, s, full, r.Seen(KindChangeCipherSpec))
			if resumed != want || !known {
				t.Errorf("%s round %d: resumed %t, known %t", VersionName(version), round, resumed, known)
			}
			if resumed, known = Resumed(c, s, false, false); resumed != want || !known {
				t.Errorf("%s round %d, by the hellos: resumed %t, known %t", VersionName(version), round, resumed, known)
			}
		}
	}
	if _, known := Resumed(nil, &ServerHello{Version: VersionTLS12, SessionID: []byte{1}}, false, false); known {
		t.Error("known from a lone ServerHello of TLS 1.2")
	}
}

// Cut anywhere, a hello yields a prefix of each list and never a fingerprint.
func TestClientHelloCut(t *testing.T) {
	body := readHex(t, "testdata/browser.hex")[4:]
	var whole, h ClientHello
	if err := whole.Decode(body); err != nil {
		t.Fatal(err)
	}
	for n := range body {
		err := h.Decode(body[:n])
		if noExtensions := n == 2+32+1+32+2+2*len(whole.Suites)+2; (err == nil) != noExtensions {
			t.Errorf("%d bytes: %v", n, err)
		} else if err == nil {
			continue // ends where a hello without extensions would
		}
		if !h.Cut || h.JA3() != "" || h.JA4(OverTCP) != "" {
			t.Errorf("%d bytes: cut %t, JA3 %q", n, h.Cut, h.JA3())
		}
		if len(h.Suites) > 0 && !slices.Equal(h.Suites, whole.Suites[:len(h.Suites)]) ||
			!slices.Equal(h.Extensions, whole.Extensions[:len(h.Extensions)]) {
			t.Errorf("%d bytes: suites %04x, extensions %04x", n, h.Suites, h.Extensions)
		}
		if h.ServerName != nil && string(h.ServerName) != string(whole.ServerName) {
			t.Errorf("%d bytes: server name %q", n, h.ServerName)
		}
	}
}

func TestClientHelloMalformed(t *testing.T) {
	tests := []struct {
		name string
		typ  uint16
		data string
	}{
		{"name longer than its list", extServerName, "\x00\x05\x00\x00\x09ab"},
		{"odd list of groups", extSupportedGroups, "\x00\x03\x00\x1d\x00"},
		{"protocol longer than its list", extALPN, "\x00\x03\x08h2"},
		{"key share cut", extKeyShare, "\x00\x04\x00\x1d\x00\x20"},
		{"identity without age", extPreSharedKey, "\x00\x03\x00\x01a"},
		{"empty versions", extSupportedVersions, ""},
	}
	for _, tt := range tests {
		var h ClientHello
		err := h.Decode(buildHello([]uint16{0x1301}, []ext{{tt.typ, tt.data}, {extSCT, ""}}))
		if err != nil || !h.Malformed || !h.SCT {
			t.Errorf("%s: %v, malformed %t, next extension read %t", tt.name, err, h.Malformed, h.SCT)
		}
	}
	var h ClientHello
	if err := h.Decode([]byte{0xfe, 0xfd, 0, 0}); err != ErrVersion {
		t.Errorf("DTLS: %v", err)
	}
}

func TestClientHelloFlags(t *testing.T) {
	var h ClientHello
	err := h.Decode(buildHello([]uint16{0x0a0a, 0x1301}, []ext{
		{extECH, "\x00"}, {extESNI, ""}, {extEarlyData, ""}, {extRecordSizeLimit, "\x40\x01"}, {extSessionTicket, "0123456789"},
		{extPreSharedKey, "\x00\x07\x00\x01aAGE!\x00\x00"}, {extStatusRequest, ""},
	}))
	if err != nil || !h.ECH || !h.ESNI || !h.EarlyData || !h.GREASE || !h.StatusRequest || h.Malformed {
		t.Errorf("%v %+v", err, h)
	}
	check(t, "record size limit", h.RecordSizeLimit, 0x4001)
	check(t, "ticket", h.TicketLen, 10)
	check(t, "identities", h.PSKIdentities, 1)
}

func TestClientHelloFirstHostName(t *testing.T) {
	var h ClientHello
	err := h.Decode(buildHello([]uint16{0x1301}, []ext{{extServerName, "\x00\x0f\x07\x00\x02zz\x00\x00\x02ab\x00\x00\x02cd"}}))
	if err != nil || h.Malformed || string(h.ServerName) != "ab" {
		t.Errorf("%v, %q", err, h.ServerName)
	}
}

func TestClientHelloAllocates(t *testing.T) {
	body := readHex(t, "testdata/browser.hex")[4:]
	var h ClientHello
	if n := testing.AllocsPerRun(100, func() { h.Decode(body) }); n != 0 {
		t.Errorf("%v allocations to decode into a used value", n)
	}
	if n := testing.AllocsPerRun(100, func() { h.JA3() }); n > 1 {
		t.Errorf("%v allocations for JA3, more than its string", n)
	}
	if n := testing.AllocsPerRun(100, func() { h.JA4(OverTCP) }); n > 1 {
		t.Errorf("%v allocations for JA4, more than its string", n)
	}
}

type ext struct {
	typ  uint16
	data string
}

// buildHello is the body of a ClientHello with a session id of 32 bytes.
func buildHello(suites []uint16, exts []ext) []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint16(VersionTLS12)
	b.AddBytes(bytes.Repeat([]byte{0x11}, 32))
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(bytes.Repeat([]byte{0x22}, 32)) })
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, s := range suites {
			b.AddUint16(s)
		}
	})
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddUint8(0) })
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, e := range exts {
			b.AddUint16(e.typ)
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(e.data)) })
		}
	})
	return b.BytesOrPanic()
}

// decodeClient decodes a ClientHello message given with its header.
func decodeClient(t testing.TB, message []byte) *ClientHello {
	t.Helper()
	h := new(ClientHello)
	if err := h.Decode(message[4:]); err != nil || h.Cut || h.Malformed {
		t.Fatalf("%v, cut %t, malformed %t", err, h.Cut, h.Malformed)
	}
	return h
}

// decodeBoth reads the hellos of both directions; the Reader is the server's.
func decodeBoth(t testing.TB, fromClient, fromServer []byte) (*ClientHello, *ServerHello, *Reader) {
	t.Helper()
	c, s := new(ClientHello), new(ServerHello)
	var rc, rs Reader
	rc.Feed(fromClient, func(e Event) {
		if e.Kind == KindClientHello {
			if err := c.Decode(bytes.Clone(e.Body)); err != nil {
				t.Error(err)
			}
		}
	})
	rs.Feed(fromServer, func(e Event) {
		if e.Kind == KindServerHello {
			if err := s.Decode(bytes.Clone(e.Body)); err != nil {
				t.Error(err)
			}
		}
	})
	return c, s, &rs
}
