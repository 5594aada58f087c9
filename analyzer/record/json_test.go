package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"webexaudit/analyzer/wording"
)

// reference is AppendJSON by encoding/json.
func reference(r Record) ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return bytes.Replace(escaped(body), []byte("{"), []byte(`{"type":"`+r.RecordType()+`",`), 1), nil
}

// escaped does what EscapeJSON does, character by character.
func escaped(text []byte) []byte {
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case Visible(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return []byte(b.String())
}

// TestEscapeJSON: nothing invisible is left, and the value is the same.
func TestEscapeJSON(t *testing.T) {
	for text, want := range map[string]string{
		"plain é 漢字 😀": `"plain é 漢字 😀"`, "a\x7fb": `"a\u007fb"`, "\u009b31m": `"\u009b31m"`, "\u202egpj": `"\u202egpj"`,
		"\u200b\u2060\ufeff\u00ad": `"\u200b\u2060\ufeff\u00ad"`, "\U000e0041": `"\udb40\udc41"`, "\x1b[2J": `"\u001b[2J"`, "\u3164\ufe0f": `"\u3164\ufe0f"`,
	} {
		b, err := AppendJSON(nil, &Flow{FlowID: text, SNI: text})
		if err != nil || !bytes.Contains(b, []byte(`"flow_id":`+want)) || !bytes.Contains(b, []byte(`"sni":`+want)) {
			t.Errorf("%q: %s, %v", text, b, err)
		}
		var back string
		if err := json.Unmarshal([]byte(want), &back); err != nil || back != text {
			t.Errorf("%q reads back as %q, %v", text, back, err)
		}
		if set, _, err := Read(bytes.NewReader(b)); err != nil || set.Flows[0].SNI != text {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// compare holds a record, and the lists and maps in it, against encoding/json.
func compare(t *testing.T, r Record) {
	t.Helper()
	want, wantErr := reference(r)
	got, err := AppendJSON([]byte("before "), r)
	if (err != nil) != (wantErr != nil) {
		t.Fatalf("%s: %v, want %v", r.RecordType(), err, wantErr)
	}
	if err == nil && string(got) != "before "+string(want) {
		t.Fatalf("%s:\n%s\nwant\n%s", r.RecordType(), got, want)
	}
	for _, v := range reflect.ValueOf(r).Elem().Fields() {
		if v.Kind() != reflect.Slice && v.Kind() != reflect.Map {
			continue
		}
		want, wantErr := json.Marshal(v.Interface())
		want = escaped(want)
		got, err := AppendValue(nil, v.Interface())
		if err == nil && wantErr == nil && string(got) != string(want) {
			t.Fatalf("%s:\n%s\nwant\n%s", v.Type(), got, want)
		}
	}
}

// texts are strings that JSON has to escape, and that it must not.
var texts = []string{
	"", "a", "plain text 0123456789", `"`, `\`, "/", "<script>&amp;</script>", "\x00\x01\x1f\x7f", "\b\f\n\r\t", "\u2028\u2029",
	"\xff\xfe", "a\xc3", "\u009b", "a\u202eb\u2066", "\u200b\ufeff\u00ad", "\U000e0041", "é", "漢字", "😀", "\ufffd", "\x1b]0;owned\a", strings.Repeat("x", 300) + "\n",
}

var floats = []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 2.5, 1e-6, 9.99e-7, 1e20, 1e21, 123456789.125, 1 << 53,
	1<<53 + 2, -1e-9,
	math.MaxFloat64, math.SmallestNonzeroFloat64, 100, 33.333333333333336}

var integers = []int64{0, 1, -1, 9, 10, 255, 1 << 31, math.MaxInt64, math.MinInt64, 1_763_802_000_123_456_789}

var addresses = []netip.Addr{{}, netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:1.2.3.4"),
	netip.MustParseAddr("fe80::1%eth0"), netip.MustParseAddr(`fe80::1%<&"`)}

var sentences = []wording.Text{{}, wording.New("a", "nothing"), wording.New("a.b", "%s of %s", "<&>", "3"),
	wording.New("c", "%s", wording.New("d", "inner %d", 1))}

// fill gives every part of a value something at random.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	if v.Type() == reflect.TypeFor[netip.Addr]() {
		v.Set(reflect.ValueOf(addresses[r.IntN(len(addresses))]))
		return
	}
	if v.Type() == reflect.TypeFor[wording.Text]() { // writes and reads its arguments itself, and has tests for that
		v.Set(reflect.ValueOf(sentences[r.IntN(len(sentences))]))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(r, v.Field(i), depth)
			}
		}
	case reflect.Pointer:
		if r.IntN(4) > 0 && depth < 5 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem(), depth+1)
		}
	case reflect.Slice:
		if n := r.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(r, v.Index(i), depth+1)
			}
		}
	case reflect.Map:
		if n := r.IntN(14) - 1; n >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n {
				key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				fill(r, key, depth+1)
				fill(r, value, depth+1)
				v.SetMapIndex(key, value)
			}
		}
	default:
		fillScalar(r, v)
	}
}

func fillScalar(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(integers[r.IntN(len(integers))])
	case reflect.Uint32:
		v.SetUint(r.Uint64())
	case reflect.Float64:
		v.SetFloat(floats[r.IntN(len(floats))])
	}
}

// TestAppendJSON holds records of all types, empty and with something in every field, against encoding/json.
func TestAppendJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, r := range Types() {
		compare(t, r)
		for range 300 {
			fill(random, reflect.ValueOf(r).Elem(), 0)
			compare(t, r)
		}
	}
}

// TestAppendJSONFails: a number that JSON cannot show is an error, and what was there before stays.
func TestAppendJSONFails(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		b, err := AppendJSON([]byte("before"), &MediaInterval{MaxGapMs: f})
		if err == nil || string(b) != "before" {
			t.Errorf("%v: %q, %v", f, b, err)
		}
	}
	if _, err := AppendJSON(nil, other{}); err == nil {
		t.Error("a type of another package was accepted")
	}
}

type other struct{}

func (other) RecordType() string { return "other" }

// TestTimeText holds the text of times against the standard library's.
func TestTimeText(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 5000 {
		v := Time(random.Uint64())
		if i < len(integers) {
			v = Time(integers[i])
		}
		if want := time.Unix(0, int64(v)).UTC().Format(timeLayout); v.String() != want {
			t.Fatalf("%d: %s, want %s", v, v, want)
		}
	}
}

// FuzzAppendJSON puts any text, number and time into records.
func FuzzAppendJSON(f *testing.F) {
	for i, s := range texts {
		f.Add(s, floats[i%len(floats)], integers[i%len(integers)], uint64(i))
	}
	f.Fuzz(func(t *testing.T, s string, x float64, n int64, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 5))
		for _, r := range Types() {
			fill(random, reflect.ValueOf(r).Elem(), 0)
			spread(random, reflect.ValueOf(r).Elem(), s, x, n)
			compare(t, r)
		}
	})
}

// spread puts the fuzzer's values into some fields.
func spread(r *rand.Rand, v reflect.Value, s string, x float64, n int64) {
	for i := range v.NumField() {
		if f := v.Field(i); r.IntN(2) == 0 {
			switch f.Kind() {
			case reflect.String:
				f.SetString(s)
			case reflect.Float64:
				f.SetFloat(x)
			case reflect.Int, reflect.Int64:
				f.SetInt(n)
			}
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	rtt, ttl := 12.345, 63
	f := &Flow{
		FlowID: "0123456789abcdef", CommunityID: "1:wCb3OG7yAFWelaUydu0D+125CLM=", Proto: "tcp", SrcIP: netip.MustParseAddr("10.1.2.3"), SrcPort: 50123,
		DstIP: netip.MustParseAddr("170.72.1.2"), DstPort: 443, Initiator: "seen", PacketsFwd: 120, PacketsRev: 140, BytesFwd: 120123, BytesRev: 99123,
		StartTime: 1_763_802_000_123_456_789, EndTime: 1_763_802_010_123_456_789, EndReason: "fin", FirstPacket: 17, LastPacket: 1_700_123,
		Webex: true, Service: Meetings, Function: Signalling, Transport: TLS, Confidence: Confirmed, Reason: "name *.wbx2.com in the ClientHello",
		SignatureIDs: []string{"names/wbx2.com"}, SNI: "idbroker.webex.com", JA4: "t13d1516h2_8daaf6152771_e5627efa2ab1", TLSVersion: "1.3",
		DSCPFwd: DSCP{0: 120}, DSCPRev: DSCP{0: 100, 46: 40}, TTLFwd: &ttl, TTLRev: &ttl, TCP: &TCPFacts{SYN: 1, SYNACK: true, HandshakeRTTMs: &rtt},
		KeyPackets: []KeyPacket{{Kind: "syn", Packet: 17, Time: 1_763_802_000_123_456_789}, {Kind: "client-hello", Packet: 20, Time: 1_763_802_000_223_456_789}},
	}
	for name, append := range map[string]func(b []byte) ([]byte, error){
		"own":           func(b []byte) ([]byte, error) { return AppendJSON(b, f) },
		"encoding/json": func([]byte) ([]byte, error) { return reference(f) },
	} {
		b.Run(name, func(b *testing.B) {
			line, err := append(nil)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				line, _ = append(line[:0])
			}
		})
	}
}
