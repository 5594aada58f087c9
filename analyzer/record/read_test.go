package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// agree holds the reader against encoding/json for one line.
func agree(t *testing.T, line []byte) {
	t.Helper()
	var head struct {
		Type string `json:"type"`
	}
	wantErr := json.Unmarshal(line, &head)
	var want Record
	for _, r := range Types() {
		if wantErr == nil && r.RecordType() == head.Type {
			want, wantErr = r, json.Unmarshal(line, r)
		}
	}
	got, err := new(reader).parse(line)
	if (err != nil) != (wantErr != nil) {
		t.Fatalf("%q:\n%v, want %v", line, err, wantErr)
	}
	if err == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%q:\n%+v\nwant\n%+v", line, got, want)
	}
}

// TestReadAgrees: what the writer writes is read as encoding/json reads it.
func TestReadAgrees(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 7))
	for _, r := range Types() {
		for range 300 {
			fill(random, reflect.ValueOf(r).Elem(), 0)
			line, err := AppendJSON(nil, r)
			if err != nil {
				t.Fatal(err)
			}
			agree(t, line)
		}
	}
	for _, line := range lines {
		agree(t, []byte(line))
	}
}

// lines are what people and other tools make of a line, and what breaks it.
var lines = []string{
	`{"type":"flow","flow_id":"a"}`, `{"flow_id":"a","type":"flow","src_port":7}`, ` { "type" : "flow" , "src_port" : 1 } `, `{"type":"flow","tcp":null,"ttl_fwd":null,"flow_id":null,"dscp_fwd":null,"vlan":null,"webex":null,"start_time":null,"src_ip":null}`,
	`{"type":"flow","vlan":[],"dscp_fwd":{},"key_packets":[{}],"tcp":{}}`, `{"type":"flow","new":{"a":[1,2,{"b":"\ud83d\ude00"}],"c":-1.5e-7},"src_port":3}`, `{"type":"later","a":1}`, `{"a":1}`, `{}`,
	`{"type":"flow","reason":"\u00e4\ud83d\ude00\ud83d\n\/\"\\"}`, `{"type":"flow","reason":"` + "\xff\xc3\xa4" + `"}`, `{"type":"flow","dscp_fwd":{"46":1,"0":2}}`, `{"type":"flow","dscp_fwd":{"x":1}}`,
	`{"type":"media_stream","ssrc":4294967295}`, `{"type":"media_stream","ssrc":4294967296}`, `{"type":"media_stream","ssrc":-1}`, `{"type":"media_stream","max_gap_ms":1e400}`, `{"type":"media_stream","max_gap_ms":0.1,"bitrate_bps":1234567.890625}`,
	`{"type":"media_stream","max_gap_ms":123456789012345678901234567890,"bitrate_bps":-0.0,"packets":-0}`, `{"type":"flow","src_port":1.0}`, `{"type":"flow","src_port":1e2}`, `{"type":"flow","src_port":"1"}`, `{"type":"flow","bytes_fwd":9223372036854775808}`,
	`{"type":"flow","start_time":"2026-11-20T09:12:04.1002003Z"}`, `{"type":"flow","start_time":"2026-11-20T09:12:04+02:00"}`, `{"type":"flow","start_time":"2026-02-30T09:12:04.000000000Z"}`, `{"type":"flow","start_time":"2026-02-28T23:59:59.999999999Z"}`, `{"type":"flow","start_time":"9999-12-31T00:00:00.000000000Z"}`,
	`{"type":"flow","start_time":5}`, `{"type":"flow","src_ip":"10.1.2"}`, `{"type":"flow","src_ip":""}`, `{"type":"flow","webex":1}`, `{"type":"flow","tcp":[]}`, `{"type":"flow","vlan":{}}`, `{"type":"flow","vlan":[1,"2"]}`,
	`{"type":"flow"`, `{"type":"flow",}`, `{"type":"flow"}}`, `{"type":"flow"} x`, `{"type":flow}`, `{"type":7}`, `[]`, `7`, ``, `{"type":"flow","a":01}`, `{"type":"flow","a":1.}`, `{"type":"flow","a":.5}`, `{"type":"flow","a":+5}`, `{"type":"flow","a":-}`,
	`{"type":"flow","a":"` + "\x01" + `"}`, `{"type":"flow","a":"\x"}`, `{"type":"flow","a":"\u12"}`, `{"type":"flow","a":tru}`, "{\"type\":\"flow\",\x00}", `{"type":"flow","a":nul`, `{"type":"flow" "a":1}`, `{"type":"flow","a" 1}`, `{"type":"flow",1:1}`,
	`{"type":"later","a":}`, `{"type":"summary","groups":{"MED":{"pass":1}},"states":{"fail":2},"coverage":99.5}`, strings.Repeat(`{"a":`, 20_000), `{"a":` + strings.Repeat(`[`, 10_001) + strings.Repeat(`]`, 10_001) + `}`,
}

// TestReadFaults: a fault names the line and the member.
func TestReadFaults(t *testing.T) {
	for line, want := range map[string]string{
		`{"type":"flow","tcp":{"syn":"x"}}`:                           "line 2: flow.tcp.syn: want a number, found a text",
		`{"type":"flow","key_packets":[{"packet":1},{"packet":1.5}]}`: "line 2: flow.key_packets.packet: want an integer of 64 bits, found 1.5",
		`{"type":"flow","dscp_fwd":{"46":true}}`:                      "line 2: flow.dscp_fwd.46: want a number, found true or false",
		`{"type":"tls_session","early_data":"yes"}`:                   "line 2: tls_session.early_data: want true or false, found a text",
		`{"type":"finding","subject":"x"}`:                            "line 2: finding.subject: want an object, found a text",
		`{"type":"run","files":{}}`:                                   "line 2: run.files: want a list, found an object",
		`{"type":"flow","src_ip":"x"}`:                                `line 2: flow.src_ip: want an IP address: ParseAddr("x"): unable to parse IP`,
		`{"type":"flow","flow_id":"a`:                                 "line 2: flow.flow_id: the line ends too early",
		`{"type":1}`:                                                  "line 2: want text, found a number",
		`x`:                                                           "line 2: want an object, found 'x'",
	} {
		s, unknown, err := Read(strings.NewReader(`{"type":"flow"}` + "\n" + line + "\n" + `{"type":"flow"}`))
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n%v\nwant\n%s", line, err, want)
		}
		if len(s.Flows) != 1 || unknown != 0 {
			t.Errorf("%s: %d flows before the fault, %d unknown", line, len(s.Flows), unknown)
		}
	}
}

// repeated is a stream of one byte without end.
type repeated byte

func (r repeated) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r)
	}
	return len(b), nil
}

// TestReadLines: lines that are longer than a buffer, the last one without its end, empty ones, and one that never
// ends.
func TestReadLines(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	s, unknown, err := Read(strings.NewReader("\n" + `{"type":"flow","reason":"` + long + `"}` + "\r\n\n" + `{"type":"later"}` + "\n" + `{"type":"flow","reason":"y"}`))
	if err != nil || unknown != 1 || len(s.Flows) != 2 || s.Flows[0].Reason != long || s.Flows[1].Reason != "y" {
		t.Errorf("%d flows, %d unknown, %v", len(s.Flows), unknown, err)
	}
	if _, _, err = Read(repeated('x')); err == nil || err.Error() != "line 1: longer than 64 MiB" {
		t.Errorf("a line without end: %v", err)
	}
}

// FuzzRead holds the reader against encoding/json for any line, as far as both are to agree: members whose name differs
// in case only, and members that stand twice in an object, are read otherwise.
func FuzzRead(f *testing.F) {
	for _, line := range lines {
		f.Add([]byte(line))
	}
	random := rand.New(rand.NewPCG(8, 9))
	for _, r := range Types() {
		fill(random, reflect.ValueOf(r).Elem(), 0)
		line, _ := AppendJSON(nil, r)
		f.Add(line)
	}
	names := memberNames()
	f.Fuzz(func(t *testing.T, line []byte) {
		if !json.Valid(line) || bytes.TrimLeft(line, " \t\r\n")[0] == 'n' || !unambiguous(line, names) {
			_, _ = new(reader).parse(line)
			return
		}
		agree(t, line)
	})
}

// memberNames are the names of all members of all records.
func memberNames() map[string]bool {
	names := map[string]bool{"type": true}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		if t == reflect.TypeFor[Messages]() || t == reflect.TypeFor[CallMessages]() { // reads itself
			return
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(t.Elem())
		case reflect.Struct:
			for _, f := range reflect.VisibleFields(t) {
				if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
					names[name] = true
				}
				visit(f.Type)
			}
		}
	}
	for _, r := range Types() {
		visit(reflect.TypeOf(r))
	}
	return names
}

// unambiguous reports whether no object in the line has a member twice, and none whose name differs from one of a
// record in case only.
func unambiguous(line []byte, names map[string]bool) bool {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var value func() bool
	value = func() bool {
		token, err := d.Token()
		if err != nil {
			return false
		}
		seen := map[string]bool{}
		switch token {
		case json.Delim('{'):
			for d.More() {
				key, _ := d.Token()
				name, _ := key.(string)
				if folded := strings.ToLower(strings.ToUpper(name)); seen[name] || name != folded && names[folded] {
					return false
				}
				seen[name] = true
				if !value() {
					return false
				}
			}
			_, _ = d.Token()
		case json.Delim('['):
			for d.More() {
				if !value() {
					return false
				}
			}
			_, _ = d.Token()
		}
		return true
	}
	return value()
}

func BenchmarkRead(b *testing.B) {
	random := rand.New(rand.NewPCG(10, 11))
	var text []byte
	for range 200 {
		f := new(Flow)
		fill(random, reflect.ValueOf(f).Elem(), 4)
		f.Reason, f.TCP = "name *.wbx2.com in the ClientHello", &TCPFacts{SYN: 1}
		line, err := AppendJSON(nil, f)
		if err != nil {
			b.Fatal(err)
		}
		text = append(append(text, line...), '\n')
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Read(bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

// TestReadWithout: records that are left out count and are checked, but are not there.
func TestReadWithout(t *testing.T) {
	const run, summary = `{"type":"run","tool":"x"}` + "\n", `{"type":"summary","flows":4}` + "\n"
	const flow = `{"type":"flow","flow_id":"a","tcp":{"syn":1},"vlan":[1,{}]}` + "\n"
	const many, other = `{"flows":3,"type":"flow"}` + "\n", `{"type":"tls_session","flow_id":"a"}` + "\n"
	for text, want := range map[string]string{
		run + flow + many + other + `{"type":"later"}` + "\n" + summary: "",
		run + flow + other + summary:                                    "the run is not whole: its summary counts 4 flows, but 1 are there",
		run + many + `{"type":"flow","tcp":{}` + "\n":                   "line 3: the line ends too early",
		run + `{"type":"flow","flows":"x"}` + "\n":                      "line 2: flow.flows: want a number, found a text",
		run + other + run: "line 3: a second run begins; several runs are several files",
	} {
		s, unknown, err := ReadRun(strings.NewReader(text), Bulk()...)
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && got != want {
			t.Errorf("%s%v, want %s", text, err, want)
		}
		if s.Run == nil || len(s.Flows)+len(s.TLS) > 0 || unknown != strings.Count(text, "later") {
			t.Errorf("%s%d flows, %d sessions, %d unknown", text, len(s.Flows), len(s.TLS), unknown)
		}
	}
}
