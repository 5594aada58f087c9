package reports

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer/record"
)

// TestDays: days begin at midnight UTC, before 1970 too, and equal times keep their order.
func TestDays(t *testing.T) {
	const day = 24 * 60 * 60 * 1e9
	type r struct {
		at   record.Time
		name string
	}
	list := []r{{day, "e"}, {day - 1, "c"}, {-1, "b"}, {0, "d1"}, {0, "d2"}, {-day, "a2"}, {-day - 1, "a1"}}
	rows := byTime(list, func(r r) record.Time { return r.at })
	var got []string
	for _, t := range rows {
		got = append(got, fmt.Sprint(t.record.name, " ", t.at.Time().Format("01-02")))
	}
	want := []string{"a1 12-30", "a2 12-31", "b 12-31", "d1 01-01", "d2 01-01", "c 01-01", "e 01-02"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	at := func(i int) record.Time { return rows[i].at }
	if n, none := days(len(rows), at), days(0, at); n != 4 || none != 0 {
		t.Errorf("%d days, of no rows %d", n, none)
	}
}

// TestManyDays: a few packets can claim a thousand days. They do not become a thousand files, and the caller is told.
func TestManyDays(t *testing.T) {
	const day = 24 * 60 * 60 * 1e9
	for _, c := range []struct{ days, files, notes int }{{maxDays, maxDays, 0}, {maxDays + 1, 1, 1}} {
		dir, notes := t.TempDir(), 0
		set := &record.Set{Run: &record.Run{}}
		for i := range c.days {
			set.Flows = append(set.Flows, &record.Flow{StartTime: record.Time(i * day)})
		}
		err := set.WriteTo(newParquet(nil, Options{Parquet: ParquetOptions{Dir: dir, Note: func(text string) {
			if notes++; !strings.Contains(text, "flows") {
				t.Error(text)
			}
		}}}))
		files, _ := filepath.Glob(filepath.Join(dir, "flows", "v1", "dt=*", "*", "*.parquet"))
		if err != nil || len(files) != c.files || notes != c.notes {
			t.Errorf("%d days: %d files, %d notes, %v", c.days, len(files), notes, err)
		}
	}
}
