package record

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// TestCSVText: quoting by RFC 4180, and no cell that a spreadsheet takes for a formula.
func TestCSVText(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "plain": "plain", "two words": "two words", "a,b": `"a,b"`, `say "x"`: `"say ""x"""`, "a\nb": "\"a\nb\"",
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": `\u0009x`, "\rx": `\u000dx`, `=cmd|"/c calc"!A0`: `"'=cmd|""/c calc""!A0"`,
		"a=b": "a=b", "10.1.2.3": "10.1.2.3", "a\xffb": "a\ufffdb",
		"a\x00\x7f\u009b\u202e\U000e0001b": `a\u0000\u007f\u009b\u202e\udb40\udc01b`,
	} {
		var w writer
		if w.csvText(text); string(w.b) != want {
			t.Errorf("%q: %q, want %q", text, w.b, want)
		}
	}
}

// TestCSVCells: what each kind of member becomes.
func TestCSVCells(t *testing.T) {
	rtt, ttl := 12.5, 0
	f := &Flow{FlowID: "a", SrcIP: netip.MustParseAddr("10.1.2.3"), SrcPort: 7, StartTime: 1_763_802_000_123_456_789,
		Webex: true, Reason: "=x",
		DSCPFwd: DSCP{46: 2, 0: 1}, TTLFwd: &ttl, VLAN: []int{7, 9}, TCP: &TCPFacts{SYN: 2, HandshakeRTTMs: &rtt},
		KeyPackets: []KeyPacket{{Kind: "syn", Packet: 1}}}
	cells := table(t, f)[0]
	for name, want := range map[string]string{
		"flow_id": "a", "src_ip": "10.1.2.3", "dst_ip": "", "src_port": "7", "dst_port": "0", "start_time": "2025-11-22T09:00:00.123456789Z", "end_time": "1970-01-01T00:00:00.000000000Z",
		"webex": "true", "overlap": "", "reason": "'=x", "dscp_fwd": `{"0":1,"46":2}`, "dscp_rev": "", "ttl_fwd": "0", "ttl_rev": "", "vlan": "[7,9]", "tcp_syn": "2", "tcp_handshake_rtt_ms": "12.5",
		"tcp_holes_count": "", "stun_requests": "", "key_packets": `[{"kind":"syn","packet":1,"time":"1970-01-01T00:00:00.000000000Z"}]`,
	} {
		if got, ok := cells[name]; !ok || got != want {
			t.Errorf("%s = %q, %v, want %q", name, got, ok, want)
		}
	}
}

// table reads lines back, by the names of their columns.
func table(t *testing.T, records ...Record) (rows []map[string]string) {
	t.Helper()
	text := AppendCSVHeader(nil, records[0].RecordType())
	for _, r := range records {
		var err error
		if text, err = AppendCSV(text, r); err != nil {
			t.Fatal(err)
		}
	}
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll() // refuses lines of other lengths
	if err != nil {
		t.Fatalf("%s: %v\n%s", records[0].RecordType(), err, text)
	}
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, cell := range line {
			if row[all[0][i]] = cell; cell != "" && strings.IndexByte("=+@\t", cell[0]) >= 0 {
				t.Errorf("%s begins as a formula: %q", all[0][i], cell)
			}
		}
		if rows = append(rows, row); len(row) != len(line) {
			t.Fatalf("%s: a name stands twice", records[0].RecordType())
		}
	}
	return rows
}

// TestCSVTables: any records give lines of as many cells as the header has.
func TestCSVTables(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 13))
	for _, r := range Types() {
		records := []Record{r}
		for range 100 {
			r := reflect.New(reflect.TypeOf(r).Elem())
			fill(random, r.Elem(), 0)
			records = append(records, r.Interface().(Record))
		}
		if rows := table(t, records...); len(rows) != len(records) {
			t.Errorf("%s: %d rows of %d records", r.RecordType(), len(rows), len(records))
		}
	}
	if b, err := AppendCSV([]byte("before"), other{}); err == nil || string(b) != "before" {
		t.Errorf("a type of another package: %q, %v", b, err)
	}
}
