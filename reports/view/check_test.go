package view

import (
	"fmt"
	"testing"

	"webexaudit/analyzer/record"
)

// TestCheck: packets by number are joined to one filter, each packet once; others stay as they are.
func TestCheck(t *testing.T) {
	of := func(file, filter, numbers string, packets int64) record.Evidence {
		return record.Evidence{File: file, Filter: filter, PacketNumbers: numbers, Packets: packets}
	}
	for _, c := range []struct {
		evidence []record.Evidence
		want     string
	}{
		{nil, ""},
		{[]record.Evidence{{Kind: "counter"}}, ""},
		{[]record.Evidence{of("a", "frame.number in {38, 42}", "38,42", 2), of("a", "frame.number in {39..41, 42}", "39-41,42", 4)}, "a 5 frame.number in {38..42}"},
		{[]record.Evidence{of("a", "frame.number == 7", "7", 1), of("b", "frame.number == 9", "9", 1)}, "a 1 frame.number == 7"},
		{[]record.Evidence{of("a", "frame.number >= 3 && udp", "3-9", 5), of("a", "frame.number == 9", "9", 1)}, "a 5 frame.number >= 3 && udp"},
	} {
		got := ""
		if e, ok := Check(&record.Finding{Evidence: c.evidence}); ok {
			got = fmt.Sprintf("%s %d %s", e.File, e.Packets, e.Filter)
		}
		if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestPartly: a filter that does not select all that a finding is about says so.
func TestPartly(t *testing.T) {
	of := func(flow, filter, numbers string) record.Evidence {
		return record.Evidence{CommunityID: flow, Filter: filter, PacketNumbers: numbers, Packets: 1}
	}
	one, two, rest := of("1", "frame.number == 7", "7"), of("2", "frame.number == 9", "9"), of("", "frame.number == 11", "11")
	whole, same := of("2", "frame.number >= 1 && udp", "1-9"), of("1", "frame.number >= 3 && udp", "3-9")
	more, far := two, two
	more.Fields, far.File = map[string]string{"more_flows": "3"}, "b"
	for _, c := range []struct {
		name string
		list []record.Evidence
		want string
	}{
		{"one", []record.Evidence{one}, ""},
		{"all by number", []record.Evidence{one, two, rest}, ""},
		{"all by number, and more", []record.Evidence{one, more}, " of the first flows"},
		{"by number, and a flow", []record.Evidence{one, whole}, " of the first flow"},
		{"by number, and flows", []record.Evidence{one, rest, whole}, " of the first flows"},
		{"a flow, and by number", []record.Evidence{whole, one}, " of the first flow"},
		{"two of one flow", []record.Evidence{same, one}, ""},
		{"one, and more", []record.Evidence{more}, " of the first flow"},
		{"two files", []record.Evidence{one, far}, " of the first flow"},
		{"a counter beside it", []record.Evidence{one, {Kind: "counter"}}, ""},
	} {
		f := &record.Finding{Evidence: c.list}
		e, ok := Check(f)
		if got := Partly(f, e); !ok || got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
