package view

import (
	"testing"

	"webexaudit/analyzer/record"
)

// TestCopies: files with the same packets are named; those that overlap may share some; rolling files do not.
func TestCopies(t *testing.T) {
	file := func(path string, from, to record.Time, packets int64) record.File {
		return record.File{Path: path, FirstTime: from * 1e9, LastTime: to * 1e9, Packets: packets}
	}
	for _, c := range []struct {
		name  string
		files []record.File
		want  string
	}{
		{"the same", []record.File{file("a", 1, 9, 5), file("b", 1, 9, 5)},
			"a and b hold the same packets (5 packets): each is counted twice. Name one of them."},
		{"overlapping", []record.File{file("b", 5, 12, 5), file("a", 1, 9, 5)},
			"a and b overlap by 4 s (1 such pair in all): if they were taken at one place, what they share is counted twice."},
		{"rolling", []record.File{file("a", 1, 5, 5), file("b", 5, 9, 5)}, ""},
		{"empty", []record.File{file("a", 0, 0, 0), file("b", 0, 0, 0)}, ""},
	} {
		got := ""
		for _, text := range Of(&record.Set{Run: &record.Run{Files: c.files}}).Copies {
			got += text.String()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
