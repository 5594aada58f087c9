package analyzer_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
)

// unrecognisable are flows that are Webex but that no capture of this kind can show to be: "capture tuple" and the
// reason. There are none.
var unrecognisable = map[string]string{}

// TestVerdicts compares what is called Webex with the labels of flows.csv, over all captures: a capture that has no
// lines there holds no Webex flow either.
func TestVerdicts(t *testing.T) {
	dir := captureDir(t)
	table := flowTable(t, dir)
	var right, wrong, missed int
	for _, name := range captureFiles(t, dir) {
		set, _ := run(t, analyzer.Config{Files: []string{filepath.Join(dir, name)}})
		found := make(map[tuple]bool)
		for _, f := range set.Flows {
			k, _ := tupleOf(f)
			if found[k] = found[k] || f.Webex; f.Webex && !table[name][k].isWebex() {
				wrong++
				t.Errorf("%s %v is not Webex (%s, %s), but called so: %s", name, k, f.Proto, table[name][k].name(), f.Reason)
			}
		}
		for k, row := range table[name] {
			switch reason, known := unrecognisable[name+" "+k.String()]; {
			case !row.isWebex() || known && !found[k]:
			case known:
				t.Errorf("%s %v is recognised now: take it from the list (%s)", name, k, reason)
			case found[k]:
				right++
			default:
				missed++
				t.Errorf("%s %v is %s, but was not found", name, k, row.label)
			}
		}
	}
	t.Logf("flows labelled Webex: %d found, %d missed; %d others called Webex: precision %.4f, recall %.4f",
		right, missed, wrong, share(right, wrong), share(right, missed))
	if right == 0 {
		t.Error("no Webex flow found at all")
	}
}

func share(part, rest int) float64 { return float64(part) / float64(max(part+rest, 1)) }

// TestFlowTable compares packets, payload bytes and marks of each conversation with flows.csv. Duplicates count as
// packets there, so the directions are compared without looking for them, and the sum with.
func TestFlowTable(t *testing.T) {
	dir := captureDir(t)
	table := flowTable(t, dir)
	var found []difference
	for _, name := range slices.Sorted(maps.Keys(table)) {
		file := filepath.Join(dir, name)
		all, _ := run(t, analyzer.Config{Files: []string{file}, Dedup: analyzer.DedupOff})
		found = append(found, compareTable(name, table[name], conversations(all))...)
		set, _ := run(t, analyzer.Config{Files: []string{file}})
		got := conversations(set)
		for k, c := range conversations(all) {
			if got[k] == nil || got[k].total() != c.total() {
				t.Errorf("%s %v: %d packets, but %v with a search for duplicates", name, k, c.total(), got[k])
			}
		}
	}
	review(t, "testdata/truth-differences.txt", found)
}

// compareTable lists how the conversations of one capture differ from their lines in flows.csv.
func compareTable(name string, want map[tuple]*truth, got map[tuple]*conversation) (list []difference) {
	note := func(what string, k tuple, ours, theirs any) {
		if o, w := fmt.Sprint(ours), fmt.Sprint(theirs); o != w {
			list = append(list, difference{name, what, k.String(), o, w})
		}
	}
	for k, row := range want {
		c := got[k]
		if c == nil {
			note("conversation", k, "-", row.packets)
			continue
		}
		note("packets", k, c.packets, row.packets)
		note("payload", k, c.payload, row.payload)
		note("dscp", k, c.dscp, row.dscp)
	}
	for k, c := range got {
		if want[k] == nil {
			note("conversation", k, c.packets, "-")
		}
	}
	return list
}

// truth is what flows.csv says of a conversation.
type truth struct {
	conversation
	label string
}

func (r *truth) isWebex() bool { return r != nil && strings.HasPrefix(r.label, "webex-") }

func (r *truth) name() string {
	if r == nil {
		return "no line in flows.csv"
	}
	return r.label
}

// flowTable reads flows.csv: by capture and 5-tuple.
func flowTable(t testing.TB, dir string) map[string]map[tuple]*truth {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "flows.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := make(map[string]map[tuple]*truth)
	for i, row := range rows[1:] {
		line := &tableLine{header: rows[0], row: row}
		name, k, r := line.parse()
		if line.err != nil {
			t.Fatalf("flows.csv line %d: %v", i+2, line.err)
		}
		if table[name] == nil {
			table[name] = make(map[tuple]*truth)
		}
		if old := table[name][k]; old != nil { // one line for each direction
			r.merge(&old.conversation)
		}
		table[name][k] = r
	}
	return table
}

// tableLine is one line of flows.csv; err is the first thing that is no number or address.
type tableLine struct {
	header, row []string
	err         error
}

func (l *tableLine) column(name string) string { return l.row[slices.Index(l.header, name)] }

func (l *tableLine) number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil && l.err == nil {
		l.err = err
	}
	return n
}

func (l *tableLine) end(side string) netip.AddrPort {
	a, err := netip.ParseAddr(l.column(side + "_ip"))
	if err != nil && l.err == nil {
		l.err = err
	}
	return netip.AddrPortFrom(a, uint16(l.number(l.column(side+"_port"))))
}

func (l *tableLine) parse() (name string, k tuple, r *truth) {
	r = &truth{label: l.column("label")}
	k, swapped := makeTuple(l.column("proto"), l.end("a"), l.end("b"))
	for side, way := range []string{"ab", "ba"} {
		if swapped {
			side = 1 - side
		}
		marks := make(record.DSCP)
		for m := range strings.FieldsFuncSeq(l.column("dscp_"+way), func(c rune) bool { return c == ';' }) {
			mark, n, _ := strings.Cut(m, ":")
			marks[int(l.number(mark))] += l.number(n)
		}
		r.add(side, l.number(l.column("pkts_"+way)), l.number(l.column("payload_"+way)), marks)
	}
	return l.column("capture"), k, r
}
