package audit

import (
	"testing"

	"webexaudit/analyzer/record"

	"github.com/google/go-cmp/cmp"
)

// TestCited: evidence comes back as it was.
func TestCited(t *testing.T) {
	whole := record.Evidence{Kind: "transaction", File: "a.pcap", Packets: 3, PacketNumbers: "12,15-16", FirstPacket: 12,
		LastPacket: 16, Time: 1_790_000_000_000_000_000, CommunityID: "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
		Filter: "frame.number in {12, 15..16}", Fields: map[string]string{"server": "192.0.2.7:443", "mapped": ""}}
	other := whole
	other.File, other.Filter, other.Fields = "b.pcap", "tcp.port == 443", map[string]string{}
	for name, items := range map[string][]record.Evidence{
		"none": nil, "one": {whole}, "nothing said": {{}}, "several": {whole, other, {Kind: "counter", Packets: -1}, whole},
		"one packet": {{PacketNumbers: "7", Filter: "frame.number == 7"}}, "numbers alone": {{PacketNumbers: "7"}},
	} {
		if d := cmp.Diff(items, Cite(items).Items()); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestNumbersFilter: the filter names the packets.
func TestNumbersFilter(t *testing.T) {
	of := func(numbers ...int64) (list []record.PacketRange) {
		for i := 0; i < len(numbers); i += 2 {
			list = append(list, record.PacketRange{First: numbers[i], Last: numbers[i+1]})
		}
		return list
	}
	for want, ranges := range map[string][]record.PacketRange{
		"frame.number == 5":            of(5, 5),
		"frame.number in {5..6}":       of(5, 5, 6, 6),
		"frame.number in {1..3, 7, 9}": of(9, 9, 1, 3, 7, 7),
	} {
		if got := numbersFilter(ranges); got != want {
			t.Errorf("%v: %s, want %s", ranges, got, want)
		}
	}
}
