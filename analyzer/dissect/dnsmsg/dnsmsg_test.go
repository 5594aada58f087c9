package dnsmsg

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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

// Messages written out by hand; c00c points to the name of the question.
const (
	question = "03 777777 05 7745626578 03 636f6d 00 0001 0001" // www.wEbex.com A IN
	query    = "1234 0100 0001 0000 0000 0000" + question
	// www.webex.com is an alias (its target's end points to "com") of two addresses.
	answer = "1234 8180 0001 0003 0000 0000" + question +
		"c00c 0005 0001 0000012c 000a 03 636462 03 6e6574 c016" + // CNAME cdb.net.com
		"c02b 0001 0001 0000003c 0004 c0000201" +
		"c02b 0001 0001 0000003c 0004 c0000202"
	nxdomain = "0007 8183 0001 0000 0001 0000 02 6e6f 04 74657374 00 001c 0001" +
		"00 0006 0001 00000e10 0016 00 00 00000001 00000002 00000003 00000004 00000005"
	// HTTPS record of RFC 9460: priority 1, target ".", alpn h2, ipv4hint, ipv6hint.
	https = "0001 8180 0001 0001 0000 0000 01 61 02 6578 00 0041 0001" +
		"c00c 0041 0001 0000012c 002f 0001 00 0001 0003 02 6832 0004 0008 c0000201 c0000202" +
		"0006 0010 20010db8000000000000000000000001 0007 0001 00"
)

var addrs = cmp.Options{cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmpopts.EquateEmpty()}

func TestParse(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	first := netip.MustParseAddr("192.0.2.2")
	tests := []struct {
		name, hex string
		want      Message
	}{
		{"query", query, Message{ID: 0x1234, QName: "www.webex.com", QType: A, Questions: 1}},
		{"answer with alias", answer, Message{ID: 0x1234, Response: true, QName: "www.webex.com", QType: A, Questions: 1, Answers: []Answer{
			{Name: "www.webex.com", Type: CNAME, TTL: 300, Target: "cdb.net.com"},
			{Name: "cdb.net.com", Type: A, TTL: 60, Addr: v4},
			{Name: "cdb.net.com", Type: A, TTL: 60, Addr: first},
		}}},
		{"no such name", nxdomain, Message{ID: 7, Response: true, RCode: NXDomain, QName: "no.test", QType: AAAA, Questions: 1}},
		{"truncated by the server", "1234 8380 0001 0000 0000 0000" + question,
			Message{ID: 0x1234, Response: true, Truncated: true, QName: "www.webex.com", QType: A, Questions: 1}},
		{"HTTPS with hints", https, Message{ID: 1, Response: true, QName: "a.ex", QType: HTTPS, Questions: 1, Answers: []Answer{
			{Name: "a.ex", Type: HTTPS, TTL: 300, Target: "."},
			{Name: "a.ex", Type: HTTPS, TTL: 300, Addr: v4},
			{Name: "a.ex", Type: HTTPS, TTL: 300, Addr: first},
			{Name: "a.ex", Type: HTTPS, TTL: 300, Addr: v6},
		}}},
		{"SRV and PTR", "0001 8180 0001 0002 0000 0000 02 6578 00 0021 0001" +
			"c00c 0021 0001 00000001 000b 0000 0000 13c4 03 736970 00" + "c00c 000c 0001 00000001 0002 c00c",
			Message{ID: 1, Response: true, QName: "ex", QType: SRV, Questions: 1, Answers: []Answer{
				{Name: "ex", Type: SRV, TTL: 1, Target: "sip"}, {Name: "ex", Type: PTR, TTL: 1, Target: "ex"}}}},
		{"other types and classes", "0001 8180 0001 0003 0000 0000 02 6578 00 0010 0001" +
			"c00c 0010 0001 00000001 0002 01 61" + "c00c 0001 0003 00000001 0004 c0000201" + "c00c 0001 0001 00000001 0004 c0000201",
			Message{ID: 1, Response: true, QName: "ex", QType: TXT, Questions: 1, Answers: []Answer{
				{Name: "ex", Type: TXT, TTL: 1}, {Name: "ex", Type: A, TTL: 1, Addr: v4}}}},
		{"strange bytes in names", "0001 0000 0001 0000 0000 0000 05 415c00ff20 00 0001 0001",
			Message{ID: 1, QName: `a\\\000\255\032`, QType: A, Questions: 1}},
		{"root", "0001 0000 0001 0000 0000 0000 00 0002 0001", Message{ID: 1, QName: ".", QType: NS, Questions: 1}},
		{"two questions", "0001 0000 0002 0000 0000 0000 01 61 00 0001 0001 01 62 00 001c 0001",
			Message{ID: 1, QName: "a", QType: A, Questions: 2}},
		{"no question", "0001 8400 0000 0000 0000 0000", Message{ID: 1, Response: true}},
		{"notify", "0001 2000 0001 0000 0000 0000 01 61 00 0006 0001", Message{ID: 1, OpCode: 4, QName: "a", QType: SOA, Questions: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Message{QName: "stale", Malformed: true, Dropped: 3, Answers: []Answer{{Name: "stale"}}}
			if err := Parse(unhex(t, tt.hex), &m); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, m, addrs); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	whole := unhex(t, answer)
	start := "0001 8180 0001 0002 0000 0000 02 6578 00 0001 0001"
	good := "c00c 0001 0001 00000001 0004 c0000201"
	tests := []struct {
		name    string
		b       []byte
		qname   string
		answers int
	}{
		{"cut in the question", whole[:20], "", 0},
		{"cut behind the question", whole[:31], "www.webex.com", 0},
		{"cut in the alias", whole[:48], "www.webex.com", 0},
		{"cut in the first address", whole[:len(whole)-17], "www.webex.com", 1},
		{"cut in the last address", whole[:len(whole)-1], "www.webex.com", 2},
		{"A of three bytes", unhex(t, start+"c00c 0001 0001 00000001 0003 c00002"+good), "ex", 1},
		{"AAAA of four bytes", unhex(t, start+"c00c 001c 0001 00000001 0004 c0000201"+good), "ex", 1},
		{"alias that points to itself", unhex(t, start+"c00c 0005 0001 00000001 0002 c020"+good), "ex", 1},
		{"service parameters in the wrong order", unhex(t, start+"c00c 0041 0001 00000001 000b 0001 00 0004 0000 0001 0000"+good), "ex", 1},
		{"hints of the wrong size", unhex(t, start+"c00c 0041 0001 00000001 000a 0001 00 0004 0003 c00002"+good), "ex", 2},
		{"record longer than the message", unhex(t, start+good+"c00c 0010 0001 00000001 ffff 00"), "ex", 2},
		{"question that points to itself", unhex(t, "0001 0100 0001 0000 0000 0000 c00c 0001 0001"), "", 0},
		{"reserved label type", unhex(t, "0001 0100 0001 0000 0000 0000 41 61 00 0001 0001"), "", 0},
		{"dot within a label", unhex(t, "0001 0100 0001 0000 0000 0000 03 612e62 00 0001 0001"), "", 0},
		{"fewer questions than claimed", unhex(t, "0001 0100 ffff 0000 0000 0000 01 61 00 0001 0001"), "a", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m Message
			if err := Parse(tt.b, &m); err != nil {
				t.Fatal(err)
			}
			if !m.Malformed || m.QName != tt.qname || len(m.Answers) != tt.answers {
				t.Errorf("got %+v", m)
			}
		})
	}
	m := Message{QName: "stale", Answers: make([]Answer, 3)}
	if err := Parse(whole[:11], &m); !errors.Is(err, ErrShort) || m.QName != "" || len(m.Answers) != 0 {
		t.Errorf("header cut: %v, %+v", err, m)
	}
}

func TestMaxAnswers(t *testing.T) {
	b := unhex(t, "0001 8180 0001 0046 0000 0000 02 6578 00 0001 0001"+strings.Repeat("c00c 0001 0001 00000001 0004 c0000201", 70))
	var m Message
	if err := Parse(b, &m); err != nil || m.Malformed || len(m.Answers) != MaxAnswers || m.Dropped != 70-MaxAnswers {
		t.Errorf("%v, %d answers, %d dropped, malformed %v", err, len(m.Answers), m.Dropped, m.Malformed)
	}
	hints := strings.Repeat("c0000201", 80)
	b = unhex(t, "0001 8180 0001 0001 0000 0000 02 6578 00 0041 0001 c00c 0041 0001 00000001 0147 0001 00 0004 0140"+hints)
	if err := Parse(b, &m); err != nil || m.Malformed || len(m.Answers) != MaxAnswers || m.Dropped != 81-MaxAnswers {
		t.Errorf("%v, %d answers, %d dropped, malformed %v", err, len(m.Answers), m.Dropped, m.Malformed)
	}
}

func TestIs(t *testing.T) {
	tests := []struct {
		name, hex string
		want      bool
	}{
		{"query", query, true},
		{"answer", answer, true},
		{"no such name", nxdomain, true},
		{"HTTPS", https, true},
		{"query with EDNS", "1234 0120 0001 0000 0000 0001" + question + "00 0029 1000 00000000 0000", true},
		{"answer in a query", "1234 0100 0001 0001 0000 0000" + question + "c00c 0001 0001 00000001 0004 c0000201", false},
		{"more records than fit", "1234 8180 0001 0009 0000 0000" + question, false},
		{"two questions", "1234 0100 0002 0000 0000 0000" + question, false},
		{"reserved bit", "1234 0140 0001 0000 0000 0000" + question, false},
		{"operation 15", "1234 7900 0001 0000 0000 0000" + question, false},
		{"short", "1234 0100 0001 0000 0000 0000 00", false},
		{"STUN", "0001 0000 2112a442 000102030405060708090a0b", false},
		{"RTP", "8062 0001 000003c0 deadbeef 0102030405060708", false},
	}
	for _, tt := range tests {
		if got := Is(unhex(t, tt.hex)); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestNext(t *testing.T) {
	stream := unhex(t, "001f"+query+"0003 010203 0010 00")
	var got []int
	msg, rest, ok := Next(stream)
	for ; ok; msg, rest, ok = Next(rest) {
		got = append(got, len(msg))
	}
	if fmt.Sprint(got) != "[31 3]" || len(rest) != 3 {
		t.Errorf("messages of %v bytes, rest %x", got, rest)
	}
}

func TestNames(t *testing.T) {
	got := fmt.Sprint(A, AAAA, CNAME, HTTPS, SVCB, SRV, PTR, NS, SOA, MX, TXT, NAPTR, DNAME, ANY, Type(99), NoError,
		ServFail, NXDomain, Refused, RCode(11))
	want := "A AAAA CNAME HTTPS SVCB SRV PTR NS SOA MX TXT NAPTR DNAME ANY TYPE99 NOERROR SERVFAIL NXDOMAIN REFUSED RCODE11"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestAllocs holds the package comment to its word.
func TestAllocs(t *testing.T) {
	for _, tt := range []struct {
		name, hex string
		want      float64
	}{{"query seen before", query, 0}, {"answer with one alias", answer, 1}} {
		var m Message
		b := unhex(t, tt.hex)
		if n := testing.AllocsPerRun(100, func() { _ = Parse(b, &m) }); n != tt.want {
			t.Errorf("%s: %v allocations, want %v", tt.name, n, tt.want)
		}
	}
	b := unhex(t, query)
	if n := testing.AllocsPerRun(100, func() { _ = Is(b) }); n != 0 {
		t.Errorf("Is: %v allocations", n)
	}
}

// isForeign reports whether no name that was read may hold the character.
func isForeign(r rune) bool { return r <= ' ' || r >= 0x7F || r >= 'A' && r <= 'Z' }

func FuzzParse(f *testing.F) {
	for _, s := range []string{query, answer, nxdomain, https, "0001 0100 0001 0000 0000 0000 c00c 0001 0001", "001f" + query} {
		f.Add(unhex(f, s))
	}
	f.Add(unhex(f, answer)[:50])
	f.Fuzz(func(t *testing.T, b []byte) {
		m := Message{QName: "stale", Answers: make([]Answer, 2)}
		err := Parse(b, &m)
		if (err == nil) != (len(b) >= headerLen) {
			t.Fatal(err)
		}
		if len(m.Answers) > MaxAnswers || m.QName == "stale" || (m.QName == "") != (m.Questions == 0) {
			t.Fatalf("%+v", m)
		}
		for _, a := range m.Answers {
			if a.Name == "" || strings.ContainsFunc(a.Name+a.Target+m.QName, isForeign) {
				t.Fatalf("%+v", a)
			}
			if (a.Type == A || a.Type == AAAA) != (a.Addr.IsValid() && a.Type != HTTPS && a.Type != SVCB) {
				t.Fatalf("%+v", a)
			}
		}
		for msg, rest, ok := Next(b); ok; msg, rest, ok = Next(rest) {
			if len(msg)+len(rest) >= len(b) {
				t.Fatal("no progress")
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, hex string }{{"Query", query}, {"Answer", answer}, {"HTTPS", https}} {
		b.Run(bb.name, func(b *testing.B) {
			msg := unhex(b, bb.hex)
			var m Message
			b.ReportAllocs()
			for b.Loop() {
				if err := Parse(msg, &m); err != nil || m.Malformed {
					b.Fatal(err, m)
				}
			}
		})
	}
}
