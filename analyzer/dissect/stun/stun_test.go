package stun

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The four sample messages of RFC 5769 section 2.
const (
	sampleRequest = "0001 0058 2112a442 b7e7a701bc34d686fa87dfae" +
		"8022 0010 5354554e207465737420636c69656e74" + // SOFTWARE "STUN test client"
		"0024 0004 6e0001ff" + // PRIORITY
		"8029 0008 932ff9b151263b36" + // ICE-CONTROLLED
		"0006 0009 6576746a3a68367659202020" + // USERNAME "evtj:h6vY", padded with spaces
		"0008 0014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2" + // MESSAGE-INTEGRITY
		"8028 0004 e57a3bcf" // FINGERPRINT
	sampleIPv4 = "0101 003c 2112a442 b7e7a701bc34d686fa87dfae" +
		"8022 000b 7465737420766563746f7220" +
		"0020 0008 0001a147e112a643" +
		"0008 0014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7" +
		"8028 0004 c07d4c96"
	sampleIPv6 = "0101 0048 2112a442 b7e7a701bc34d686fa87dfae" +
		"8022 000b 7465737420766563746f7220" +
		"0020 0014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9" +
		"0008 0014 a382954e4be67bf11784c97c8292c275bfe3ed41" +
		"8028 0004 c8fb0b4c"
	sampleLongTerm = "0001 0060 2112a442 78ad3433c6ad72c029da412e" +
		"0006 0012 e3839ee38388e383aae38383e382afe382b90000" + // six Katakana letters
		"0015 001c 662f2f3439396b39353464364f4c33346f4c394653547679363473 41" + // NONCE
		"0014 000b 6578616d706c652e6f726700" + // REALM "example.org"
		"0008 0014 f67024656dd64a3e02b8e0712e85c9a28ca89666"
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

// message puts a header of the given type before attributes in hexadecimal.
func message(t testing.TB, typ Type, attrs string) []byte {
	t.Helper()
	body := unhex(t, attrs)
	b := binary.BigEndian.AppendUint16(nil, uint16(typ))
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	b = binary.BigEndian.AppendUint32(b, MagicCookie)
	return append(append(b, "transaction!"...), body...)
}

var equateAddrs = cmp.Options{
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

func TestParseRFC5769(t *testing.T) {
	id := [12]byte([]byte("\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"))
	tests := []struct {
		name, hex string
		want      Message
	}{
		{"2.1 request", sampleRequest, Message{
			Type: NewType(Binding, Request), Length: 88, TransactionID: id, Attributes: 6,
			Software: []byte("STUN test client"), Username: []byte("evtj:h6vY"),
			MessageIntegrity: true, Fingerprint: true,
			ICE: ICE{Priority: 0x6e0001ff, ICEControlled: true, TieBreaker: 0x932ff9b151263b36},
		}},
		{"2.2 IPv4 response", sampleIPv4, Message{
			Type: NewType(Binding, SuccessResponse), Length: 60, TransactionID: id, Attributes: 4,
			Software: []byte("test vector"), MessageIntegrity: true, Fingerprint: true,
			XORMappedAddress: netip.MustParseAddrPort("192.0.2.1:32853"),
		}},
		{"2.3 IPv6 response", sampleIPv6, Message{
			Type: NewType(Binding, SuccessResponse), Length: 72, TransactionID: id, Attributes: 4,
			Software: []byte("test vector"), MessageIntegrity: true, Fingerprint: true,
			XORMappedAddress: netip.MustParseAddrPort("[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
		}},
		{"2.4 long-term authentication", sampleLongTerm, Message{
			Type: NewType(Binding, Request), Length: 96, Attributes: 4,
			TransactionID: [12]byte([]byte("\x78\xad\x34\x33\xc6\xad\x72\xc0\x29\xda\x41\x2e")),
			Username:      []byte("マトリックス"), Realm: []byte("example.org"), MessageIntegrity: true,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := unhex(t, tt.hex)
			if !Is(b) {
				t.Error("Is = false")
			}
			m := Message{Realm: []byte("stale"), ErrorCode: 400, Unknown: 7}
			if err := Parse(b, &m); err != nil {
				t.Fatal(err)
			}
			tt.want.Cookie = MagicCookie
			if d := cmp.Diff(tt.want, m, equateAddrs); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if m.Size() != len(b) {
				t.Errorf("Size = %d, want %d", m.Size(), len(b))
			}
		})
	}
}

func TestParseAttributes(t *testing.T) {
	tests := []struct {
		name, attrs string
		want        Message // header and number of attributes are filled in by the test
	}{
		{"Webex client check", "8022 000b 436973636f2d537061726b00 c003 0005 0102030405000000 0025 0000 802a 0008 0000000000000102",
			Message{Software: []byte("Cisco-Spark"), ICE: ICE{UseCandidate: true, ICEControlling: true, TieBreaker: 258},
				Cisco: Cisco{HasFlowInfo: true, FlowInfo: []byte{1, 2, 3, 4, 5}}, Attributes: 4}},
		{"empty flow info", "c003 0000", Message{Cisco: Cisco{HasFlowInfo: true}, Attributes: 1}},
		{"other Cisco attributes", "c000 0000 c001 0000 c002 0000",
			Message{Cisco: Cisco{FlowData: true, EnfFlowDescription: true, EnfNetworkStatus: true}, Attributes: 3}},
		{"allocate answer", "0016 0008 0001 7f82 e112a643 000d 0004 00000258 0020 0008 0001a147e112a643",
			Message{TURN: TURN{XORRelayedAddress: netip.MustParseAddrPort("192.0.2.1:24208"), Lifetime: 600 * time.Second, HasLifetime: true},
				XORMappedAddress: netip.MustParseAddrPort("192.0.2.1:32853"), Attributes: 3}},
		{"allocation given up", "000d 0004 00000000", Message{TURN: TURN{HasLifetime: true}, Attributes: 1}},
		{"requested transport and channel", "0019 0004 11000000 000c 0004 40010000",
			Message{TURN: TURN{RequestedTransport: 17, ChannelNumber: 0x4001}, Attributes: 2}},
		{"two peers", "0012 0008 0001a147e112a643 0012 0008 0001a147e112a640",
			Message{TURN: TURN{XORPeerAddress: netip.MustParseAddrPort("192.0.2.1:32853"), Peers: 2}, Attributes: 2}},
		{"data indication", "0013 0003 80620000", Message{TURN: TURN{Data: []byte{0x80, 0x62, 0}}, Attributes: 1}},
		{"error", "0009 0010 00000401 556e617574686f72697a6564",
			Message{ErrorCode: 401, Reason: []byte("Unauthorized"), Attributes: 1}},
		{"reserved bits of the error class are ignored", "0009 0004 0000fc14", Message{ErrorCode: 420, Attributes: 1}},
		{"plain addresses", "0001 0008 0001 1388 c0000201 802c 0008 0001 0d96 c0000202 8023 0008 0001 0d97 c0000203",
			Message{MappedAddress: netip.MustParseAddrPort("192.0.2.1:5000"), OtherAddress: netip.MustParseAddrPort("192.0.2.2:3478"),
				AlternateServer: netip.MustParseAddrPort("192.0.2.3:3479"), Attributes: 3}},
		{"early type of XOR-MAPPED-ADDRESS", "8020 0008 0001a147e112a643",
			Message{XORMappedAddress: netip.MustParseAddrPort("192.0.2.1:32853"), Attributes: 1}},
		{"the first of two names counts", "8022 0004 61616161 8022 0004 62626262", Message{Software: []byte("aaaa"), Attributes: 2}},
		{"SHA-256 integrity", "001c 0004 00000000", Message{MessageIntegritySHA256: true, Attributes: 1}},
		{"registered but not kept", "0015 0000 c057 0004 00000000", Message{Attributes: 2}},
		{"unknown", "7abc 0000 ff00 0000", Message{Attributes: 2, Unknown: 2}},
		{"wrong sizes", "0020 0007 00010000000000 00 0024 0000 802a 0004 00000000 0009 0000 0001 0008 0003 0000 00000000",
			Message{ICE: ICE{ICEControlling: true}, Malformed: 5, Attributes: 5}},
		{"IPv4 family with an IPv6 size", "0001 0014 0001 1388 00000000000000000000000000000000", Message{Malformed: 1, Attributes: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := message(t, NewType(Binding, Request), tt.attrs)
			var m Message
			if err := Parse(b, &m); err != nil {
				t.Fatal(err)
			}
			tt.want.Type, tt.want.Length, tt.want.Cookie = m.Type, len(b)-HeaderLen, MagicCookie
			copy(tt.want.TransactionID[:], "transaction!")
			if d := cmp.Diff(tt.want, m, equateAddrs); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestParseTruncated(t *testing.T) {
	request := unhex(t, sampleRequest)
	flow := message(t, NewType(Binding, Request), "0006 0004 61626364 c003 0008 0102030405060708")
	data := message(t, NewType(Send, Indication), "0012 0008 0001a147e112a643 0013 0010 80620001000000010000000280010203")
	tests := []struct {
		name  string
		b     []byte
		check func(m *Message) bool
	}{
		{"capture ends in SOFTWARE", request[:30], func(m *Message) bool { return m.Software == nil && m.Attributes == 0 && m.Length == 88 }},
		{"capture ends behind SOFTWARE", request[:40], func(m *Message) bool { return string(m.Software) == "STUN test client" && m.Attributes == 1 }},
		{"capture ends in an attribute header", request[:42], func(m *Message) bool { return m.Attributes == 1 }},
		{"capture ends in padding", request[:len(request)-32-3], func(m *Message) bool { return string(m.Username) == "evtj:h6vY" && !m.MessageIntegrity }},
		{"capture ends in FLOW-INFO", flow[:len(flow)-6], func(m *Message) bool { return m.HasFlowInfo && string(m.FlowInfo) == "\x01\x02" && m.Attributes == 1 }},
		{"capture ends in DATA", data[:len(data)-4], func(m *Message) bool { return len(m.Data) == 12 && m.Peers == 1 }},
		{"attribute longer than the message", message(t, NewType(Binding, Request), "8022 0003 616263 00 c003 0040 01020304"),
			func(m *Message) bool { return string(m.Software) == "abc" && !m.HasFlowInfo && m.FlowInfo == nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			if err := Parse(tt.b, &m); err != nil {
				t.Fatal(err)
			}
			if !m.Truncated || !tt.check(&m) {
				t.Errorf("got %+v", m)
			}
		})
	}
}

func TestParseStream(t *testing.T) {
	one := unhex(t, sampleIPv4)
	b := append(append([]byte{}, one...), unhex(t, sampleRequest)...)
	var m Message
	if err := Parse(b, &m); err != nil || m.Truncated || m.Size() != len(one) {
		t.Fatalf("first message: %v, %+v", err, m)
	}
	if err := Parse(b[m.Size():], &m); err != nil || string(m.Username) != "evtj:h6vY" {
		t.Fatalf("second message: %v, %+v", err, m)
	}
}

func TestParseClassic(t *testing.T) {
	// A Binding Response of RFC 3489: no cookie, 128-bit transaction ID, MAPPED-ADDRESS and CHANGED-ADDRESS.
	b := unhex(t, "0101 0018 00112233445566778899aabbccddeeff 0001 0008 0001 1388 c0000201 0005 0008 0001 0d97 c0000202")
	var m Message
	if err := Parse(b, &m); err != nil || Is(b) || !IsClassic(b) || !m.Classic() {
		t.Fatalf("Parse: %v, Is %v, IsClassic %v", err, Is(b), IsClassic(b))
	}
	if m.Mapped().String() != "192.0.2.1:5000" || m.OtherAddress.String() != "192.0.2.2:3479" || m.Cookie != 0x00112233 {
		t.Errorf("got %+v", m)
	}
}

func TestMalformed(t *testing.T) {
	request := unhex(t, sampleRequest)
	patched := func(i int, v byte) []byte {
		b := append([]byte{}, request...)
		b[i] = v
		return b
	}
	tests := []struct {
		name string
		b    []byte
		want error
	}{
		{"empty", nil, ErrShort},
		{"header cut", request[:19], ErrShort},
		{"RTP", patched(0, 0x80), ErrType},
		{"TURN channel", patched(0, 0x40), ErrType},
		{"odd length", patched(3, 0x57), ErrLength},
		{"other cookie, attributes chain, type of RFC 3489", patched(4, 0x22), nil},
		{"other cookie, capture cut", patched(4, 0x22)[:60], ErrCookie},
		{"other cookie, type of no standard", append([]byte{0, 9}, patched(4, 0x22)[2:]...), ErrCookie},
		{"other cookie, attribute too long", unhex(t, "0001 0008 00112233445566778899aabbccddeeff 0001 0005 00000000"), ErrCookie},
		{"all zeros", make([]byte, 64), ErrCookie},
		{"DNS query", unhex(t, "0001 0100 0001000000000000 03777777 0577656265 78 03636f6d 00 0001 0001"), ErrCookie},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Message{Software: []byte("stale")}
			if err := Parse(tt.b, &m); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if got := Is(tt.b) || IsClassic(tt.b); got != (tt.want == nil) {
				t.Errorf("Is or IsClassic = %v", got)
			}
			if tt.want != nil && !cmp.Equal(m, Message{}, equateAddrs) {
				t.Errorf("message after error: %+v", m)
			}
		})
	}
}

func TestType(t *testing.T) {
	tests := []struct {
		typ  Type
		m    Method
		c    Class
		name string
	}{
		{0x0001, Binding, Request, "Binding Request"},
		{0x0011, Binding, Indication, "Binding Indication"},
		{0x0101, Binding, SuccessResponse, "Binding Success Response"},
		{0x0111, Binding, ErrorResponse, "Binding Error Response"},
		{0x0003, Allocate, Request, "Allocate Request"},
		{0x0113, Allocate, ErrorResponse, "Allocate Error Response"},
		{0x0016, Send, Indication, "Send Indication"},
		{0x0017, Data, Indication, "Data Indication"},
		{0x0108, CreatePermission, SuccessResponse, "CreatePermission Success Response"},
		{0x0009, ChannelBind, Request, "ChannelBind Request"},
		{0x0200, GoogPing, Request, "GOOG-PING Request"},
		{0x3eef, 0xfff, Request, "0xfff Request"},
	}
	for _, tt := range tests {
		if tt.typ.Method() != tt.m || tt.typ.Class() != tt.c || tt.typ.String() != tt.name ||
			NewType(tt.m, tt.c) != tt.typ {
			t.Errorf("%#04x: %#x %d %q, back %#04x", uint16(tt.typ), uint16(tt.typ.Method()), tt.typ.Class(), tt.typ, uint16(NewType(tt.m, tt.c)))
		}
	}
	for v := Type(0); v < 0x4000; v++ {
		if NewType(v.Method(), v.Class()) != v {
			t.Fatalf("%#04x does not survive", uint16(v))
		}
	}
}

func TestChannelData(t *testing.T) {
	tests := []struct {
		name, hex string
		is        bool
		err       error
		number    uint16
		data      string
		size      int
		truncated bool
	}{
		{"exact", "4001 0005 6162636465", true, nil, 0x4001, "abcde", 12, false},
		{"padded", "4fff 0005 6162636465 000000", true, nil, 0x4fff, "abcde", 12, false},
		{"empty", "4000 0000", true, nil, 0x4000, "", 4, false},
		{"stream goes on", "4000 0001 61 000000 4000", false, nil, 0x4000, "a", 8, false},
		{"cut", "4000 0010 6162", false, nil, 0x4000, "ab", 20, true},
		{"reserved number", "5000 0000", false, ErrChannel, 0, "", 0, false},
		{"short", "4000 00", false, ErrShort, 0, "", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := unhex(t, tt.hex)
			if got := IsChannelData(b); got != tt.is {
				t.Errorf("IsChannelData = %v", got)
			}
			c, err := ParseChannelData(b)
			if !errors.Is(err, tt.err) || c.Number != tt.number || string(c.Data) != tt.data ||
				c.Truncated != tt.truncated {
				t.Errorf("got %+v, %v", c, err)
			}
			if err == nil && c.Size() != tt.size {
				t.Errorf("Size = %d, want %d", c.Size(), tt.size)
			}
		})
	}
}

func TestNoAllocs(t *testing.T) {
	var m Message
	for name, b := range map[string][]byte{
		"request": unhex(t, sampleRequest), "IPv6": unhex(t, sampleIPv6), "cut": unhex(t, sampleRequest)[:50], "bad": make([]byte, 40),
	} {
		if n := testing.AllocsPerRun(100, func() { _ = Parse(b, &m) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	b := unhex(t, "4001 0005 6162636465")
	if n := testing.AllocsPerRun(100, func() { _, _ = ParseChannelData(b) }); n != 0 {
		t.Errorf("channel data: %v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, hex string }{{"Request", sampleRequest}, {"IPv6", sampleIPv6}} {
		b.Run(bb.name, func(b *testing.B) {
			msg := unhex(b, bb.hex)
			var m Message
			b.ReportAllocs()
			for b.Loop() {
				if err := Parse(msg, &m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkIs(b *testing.B) {
	msg := unhex(b, sampleRequest)
	for b.Loop() {
		if !Is(msg) {
			b.Fatal("no message")
		}
	}
}
