package dtls

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// unhex reads hexadecimal digits; spaces are for the reader.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// record puts a record header of DTLS 1.2, epoch 0, sequence number 1 before a fragment in hexadecimal.
func record(t testing.TB, typ ContentType, fragment string) []byte {
	t.Helper()
	f := unhex(t, fragment)
	return append(unhex(t, fmt.Sprintf("%02x fefd 0000 000000000001 %04x", uint8(typ), len(f))), f...)
}

// handshake puts the header of an unfragmented message before a body in hexadecimal.
func handshake(t testing.TB, typ HandshakeType, body string) string {
	t.Helper()
	n := len(unhex(t, body))
	return fmt.Sprintf("%02x %06x 0000 000000 %06x", uint8(typ), n, n) + body
}

// cut takes n bytes off the end.
func cut(b []byte, n int) []byte { return b[:len(b)-n] }

const (
	random = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	// A browser's ClientHello: DTLS 1.2, no session, no cookie, two suites, extensions.
	clientStart = "fefd" + random + "00 00 0004 c02bc02f 01 00"
	useSRTP     = "000e 0007 0004 0007 0001 00" // AEAD_AES_128_GCM, AES128_CM_HMAC_SHA1_80; no MKI
	versions    = "002b 0007 06 fafa fefc fefd" // GREASE, 1.3, 1.2
	ems         = "0017 0000"
	// A ServerHello: DTLS 1.2, ECDHE_ECDSA_AES128_GCM, chosen profile.
	serverHello = "fefd" + random + "00 c02b 00 000d" + ems + "000e 0005 0002 0007 00"
)

func TestParse(t *testing.T) {
	full := Hello{Complete: true, LegacyVersion: V12, HelloVersion: V12}
	with := func(change func(*Hello)) Hello {
		h := full
		change(&h)
		return h
	}
	tests := []struct {
		name string
		b    []byte
		typ  HandshakeType
		want Hello
	}{
		{"client with use_srtp", record(t, Handshake, handshake(t, ClientHello, clientStart+"000f"+ems+useSRTP)), ClientHello,
			with(func(h *Hello) { h.UseSRTP, h.SRTPProfile, h.profiles, h.offers = true, 7, [8]uint16{7, 1}, 2 })},
		{"client with DTLS 1.3", record(t, Handshake, handshake(t, ClientHello, clientStart+"000b"+versions)), ClientHello,
			with(func(h *Hello) { h.HelloVersion = V13 })},
		{"client with a cookie", record(t, Handshake, handshake(t, ClientHello, "feff"+random+"00 03 aabbcc 0002 c02b 01 00")), ClientHello,
			with(func(h *Hello) { h.LegacyVersion, h.HelloVersion = V10, V10 })},
		{"client without extensions", record(t, Handshake, handshake(t, ClientHello, clientStart)), ClientHello, full},
		{"server", record(t, Handshake, handshake(t, ServerHello, serverHello)), ServerHello,
			with(func(h *Hello) {
				h.CipherSuite, h.UseSRTP, h.SRTPProfile, h.profiles, h.offers = 0xc02b, true, 7, [8]uint16{7}, 1
			})},
		{"server with DTLS 1.3", record(t, Handshake, handshake(t, ServerHello, "fefd"+random+"00 1301 00 0006 002b 0002 fefc")), ServerHello,
			with(func(h *Hello) {
				h.CipherSuite, h.HelloVersion = 0x1301, V13
			})},
		{"verify request", record(t, Handshake, handshake(t, HelloVerifyRequest, "feff 02 aabb")), HelloVerifyRequest,
			with(func(h *Hello) { h.LegacyVersion, h.HelloVersion = V10, V10 })},
		{"certificate", record(t, Handshake, handshake(t, Certificate, "000000")), Certificate, Hello{}},
		{"empty use_srtp", record(t, Handshake, handshake(t, ClientHello, clientStart+"0004 000e 0000")), ClientHello,
			with(func(h *Hello) { h.UseSRTP = true })},
		{"capture cut behind use_srtp", cut(record(t, Handshake, handshake(t, ClientHello, clientStart+"000f"+useSRTP+ems)), 4), ClientHello,
			with(func(h *Hello) {
				h.Complete, h.UseSRTP, h.SRTPProfile, h.profiles, h.offers = false, true, 7, [8]uint16{7, 1}, 2
			})},
		{"capture cut in the random", record(t, Handshake, handshake(t, ClientHello, clientStart))[:40], ClientHello,
			with(func(h *Hello) { h.Complete = false })},
		{"capture cut in the handshake header", record(t, Handshake, handshake(t, ClientHello, clientStart))[:20], 0, Hello{}},
		{"fragment longer than the message", record(t, Handshake, "01 000002 0000 000000 000004 fefd 0000"), ClientHello, Hello{}},
		{"fragment longer than the record", record(t, Handshake, "01 000009 0000 000000 000009 fefd 0000"), ClientHello, Hello{}},
		{"cipher suites longer than the hello", record(t, Handshake, handshake(t, ClientHello, "fefd"+random+"00 00 ffff c02b")), ClientHello,
			with(func(h *Hello) { h.Complete = false })},
		{"extension longer than the list", record(t, Handshake, handshake(t, ClientHello, clientStart+"0008 000e 00ff 00020007")), ClientHello,
			with(func(h *Hello) { h.Complete = false })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Message{Handshake: 99, Hello: Hello{UseSRTP: true, SRTPProfile: 1, Complete: true}, AlertLevel: 2}
			if err := Parse(tt.b, &m); err != nil {
				t.Fatal(err)
			}
			if m.Handshake != tt.typ || m.Hello != tt.want || m.AlertLevel != 0 {
				t.Errorf("got %d %+v\nwant %d %+v", m.Handshake, m.Hello, tt.typ, tt.want)
			}
			if !Is(tt.b) {
				t.Error("Is = false")
			}
		})
	}
}

func TestFragments(t *testing.T) {
	whole := unhex(t, clientStart+"000f"+useSRTP+ems)
	first := record(t, Handshake, fmt.Sprintf("01 %06x 0000 000000 %06x", len(whole), 60)+hex.EncodeToString(whole[:60]))
	second := record(t, Handshake, fmt.Sprintf("01 %06x 0000 %06x %06x", len(whole), 60, len(whole)-60)+hex.EncodeToString(whole[60:]))
	var m Message
	if err := Parse(first, &m); err != nil || !m.Fragmented || m.Complete || !m.UseSRTP || m.FragmentLength != 60 ||
		m.MessageLength != len(whole) {
		t.Errorf("first fragment: %v, %+v", err, m)
	}
	if err := Parse(second, &m); err != nil || !m.Fragmented || m.UseSRTP || m.LegacyVersion != 0 ||
		m.FragmentOffset != 60 {
		t.Errorf("second fragment: %v, %+v", err, m)
	}
}

func TestOtherRecords(t *testing.T) {
	var m Message
	if err := Parse(record(t, Alert, "0228"), &m); err != nil || m.AlertLevel != 2 || m.AlertDescription != 40 {
		t.Errorf("alert: %v, %+v", err, m)
	}
	encrypted := unhex(t, "15 fefd 0001 000000000007 0002 0228")
	if err := Parse(encrypted, &m); err != nil || m.Epoch != 1 || m.Sequence != 7 || m.AlertLevel != 0 {
		t.Errorf("encrypted alert: %v, %+v", err, m)
	}
	encrypted[0] = byte(Handshake)
	if err := Parse(encrypted, &m); err != nil || m.Handshake != 0 {
		t.Errorf("encrypted handshake: %v, %+v", err, m)
	}
}

func TestNext(t *testing.T) {
	b := append(record(t, Handshake, handshake(t, ServerHello, serverHello)),
		record(t, Handshake, handshake(t, ServerHelloDone, ""))...)
	b = append(b, record(t, ChangeCipherSpec, "01")...)
	b = append(b, unhex(t, "16 fefd 0001 000000000000 0030 0011")...) // cut
	var got []string
	for r, rest, ok := Next(b); ok; r, rest, ok = Next(rest) {
		got = append(got, fmt.Sprintf("%d/%d/%d/%v", r.Type, r.Epoch, r.Length, r.Truncated))
	}
	if s := strings.Join(got, " "); s != "22/0/65/false 22/0/12/false 20/0/1/false 22/1/48/true" {
		t.Errorf("records %s", s)
	}
}

func TestMalformed(t *testing.T) {
	tests := []struct {
		name, hex string
		want      error
	}{
		{"empty", "", ErrShort},
		{"header cut", "16 fefd 0000 000000000001 00", ErrShort},
		{"content type", "19 fefd 0000 000000000001 0001 00", ErrType},
		{"TLS 1.2", "16 0303 0000 000000000001 0001 00", ErrVersion},
		{"version of OpenSSL's first DTLS", "16 0100 0000 000000000001 0001 00", ErrVersion},
		{"no fragment", "16 fefd 0000 000000000001 0000", ErrLength},
		{"fragment too long", "16 fefd 0000 000000000001 4801 00", ErrLength},
		{"RTP", "80 62 0001 00000000 00000001 00", ErrType},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Message{Handshake: 1}
			if err := Parse(unhex(t, tt.hex), &m); !errors.Is(err, tt.want) || m.Handshake != 0 {
				t.Errorf("got %v, %+v, want %v", err, m, tt.want)
			}
			if Is(unhex(t, tt.hex)) {
				t.Error("Is = true")
			}
		})
	}
}

func TestVersionString(t *testing.T) {
	for v, want := range map[Version]string{V10: "1.0", V12: "1.2", V13: "1.3", 0x0303: ""} {
		if got := v.String(); got != want {
			t.Errorf("%#x: %q, want %q", uint16(v), got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(record(f, Handshake, handshake(f, ClientHello, clientStart+"001a"+ems+useSRTP+versions)))
	f.Add(record(f, Handshake, handshake(f, ServerHello, serverHello)))
	f.Add(record(f, Handshake, handshake(f, HelloVerifyRequest, "feff 02 aabb")))
	f.Add(record(f, Handshake, handshake(f, ClientHello, clientStart))[:40])
	f.Add(record(f, Alert, "0228"))
	f.Add(unhex(f, "17 fefd 0001 000000000007 0020 0228"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := Message{Hello: Hello{UseSRTP: true}, Fragmented: true}
		err := Parse(b, &m)
		if (err == nil) != Is(b) {
			t.Fatalf("Parse: %v, Is %v", err, Is(b))
		}
		if m.Complete && (m.Fragmented || m.FragmentOffset != 0 || m.MessageLength > len(m.Fragment)) {
			t.Fatalf("%+v", m)
		}
		if m.UseSRTP && m.Handshake != ClientHello && m.Handshake != ServerHello {
			t.Fatalf("use_srtp in %+v", m)
		}
		n := 0
		for r, rest, ok := Next(b); ok; r, rest, ok = Next(rest) {
			n += recordLen + len(r.Fragment)
			if !r.Truncated && len(r.Fragment) != r.Length || r.Truncated && n != len(b) {
				t.Fatalf("%+v ends at %d of %d", r, n, len(b))
			}
		}
	})
}

func TestNoAllocs(t *testing.T) {
	var m Message
	for _, b := range [][]byte{
		record(t, Handshake, handshake(t, ClientHello, clientStart+"001a"+ems+useSRTP+versions)),
		record(t, Handshake, handshake(t, ServerHello, serverHello)),
		unhex(t, "17 fefd 0001 000000000007 0020 0228"),
	} {
		if n := testing.AllocsPerRun(100, func() { _ = Parse(b, &m) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	d := record(b, Handshake, handshake(b, ClientHello, clientStart+"001a"+ems+useSRTP+versions))
	var m Message
	b.ReportAllocs()
	for b.Loop() {
		if err := Parse(d, &m); err != nil {
			b.Fatal(err)
		}
	}
}

func TestProfileName(t *testing.T) {
	for p, want := range map[uint16]string{1: "SRTP_AES128_CM_HMAC_SHA1_80", 7: "SRTP_AEAD_AES_128_GCM", 0xfeed: "0xfeed"} {
		if got := ProfileName(p); got != want {
			t.Errorf("%d: %s, want %s", p, got, want)
		}
	}
}
