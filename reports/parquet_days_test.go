package reports

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer/record"
)

// TestByDay: days begin at midnight UTC, before 1970 too, and equal times keep their order.
func TestByDay(t *testing.T) {
	const day = 24 * 60 * 60 * 1e9
	type r struct {
		at   record.Time
		name string
	}
	list := []r{{day, "e"}, {day - 1, "c"}, {-1, "b"}, {0, "d1"}, {0, "d2"}, {-day, "a2"}, {-day - 1, "a1"}}
	var got [][]string
	for _, part := range byDay(list, func(r r) record.Time { return r.at }) {
		var names []string
		for _, t := range part {
			names = append(names, fmt.Sprint(t.record.name, " ", t.at.Time().Format("01-02")))
		}
		got = append(got, names)
	}
	want := [][]string{{"a1 12-30"}, {"a2 12-31", "b 12-31"}, {"d1 01-01", "d2 01-01", "c 01-01"}, {"e 01-02"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := byDay(nil, func(r r) record.Time { return r.at }); len(got) != 0 {
		t.Errorf("no records, %d days", len(got))
	}
}
