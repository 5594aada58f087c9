package record

import (
	"slices"
	"testing"
)

func TestPacketSet(t *testing.T) {
	for name, want := range map[string][]PacketRange{
		"none":                nil,
		"one packet":          {{First: 1, Last: 1}},
		"several runs":        {{First: 3, Last: 9}, {First: 11, Last: 11}, {First: 1 << 40, Last: 1<<40 + 300}},
		"files begin anew":    {{File: 0, First: 90, Last: 99}, {File: 1, First: 1, Last: 3}, {File: 7, First: 2, Last: 2}},
		"in no order":         {{File: 2, First: 5, Last: 6}, {File: 0, First: 1, Last: 1}},
		"a file without runs": {{File: 3, First: 1, Last: 1}},
	} {
		if got := slices.Collect(PacketSetOf(want...).Ranges); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestPacketPackerBeginsAnew(t *testing.T) {
	var p PacketPacker
	p.Add(PacketRange{File: 1, First: 7, Last: 8})
	first := p.Set()
	p.Add(PacketRange{File: 1, First: 7, Last: 8})
	if second := p.Set(); first != second || p.Set() != "" {
		t.Errorf("%q, then %q", first, second)
	}
}
