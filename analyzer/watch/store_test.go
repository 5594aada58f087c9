package watch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func put(t *testing.T, s *Store, kind string, at time.Time, bytes int) string {
	t.Helper()
	name, err := s.Fill(kind, at, func(dir string) error {
		return os.WriteFile(filepath.Join(dir, "report.html"), make([]byte, bytes), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func names(t *testing.T, s *Store) string {
	t.Helper()
	var list []string
	for _, kind := range []string{Windows, Days} {
		entries, err := s.Entries(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			list = append(list, e.Name)
		}
	}
	return strings.Join(list, " ")
}

func hour(n int) time.Time { return time.Date(2026, 9, 7, n, 0, 0, 0, time.UTC) }

// TestStore: a result is there whole or not at all, none is written over, and what a killed writer left goes.
func TestStore(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, Windows, hour(8), 10)
	if name := put(t, s, Windows, hour(8), 10); name != "20260907T080000Z-2" {
		t.Error(name)
	}
	full := errors.New("no space left on device")
	if _, err := s.Fill(Windows, hour(9), func(string) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
	if got := names(t, s); got != "20260907T080000Z 20260907T080000Z-2" {
		t.Error(got)
	}
	if hidden, _ := filepath.Glob(filepath.Join(dir, Windows, ".*")); len(hidden) > 0 {
		t.Error(hidden)
	}
	if _, err := OpenStore(dir); !errors.Is(err, ErrTaken) {
		t.Error("a second writer:", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, Windows, ".12345")
	if err := os.Mkdir(left, 0o755); err != nil {
		t.Fatal(err)
	}
	if s, err = OpenStore(dir); err != nil {
		t.Fatal(err)
	}
	put(t, s, Windows, hour(7), 10)
	if err := s.Forget(hour(8)); err != nil || names(t, s) != "20260907T070000Z" {
		t.Error(names(t, s), err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Error("what a killed writer left is there", err)
	}
}

// TestPrune: results go by age, then the oldest windows by size; the latest ones stay.
func TestPrune(t *testing.T) {
	for _, tt := range []struct {
		name  string
		later int // hours since the latest window
		age   time.Duration
		most  int64
		want  string
	}{
		{"nothing", 0, 0, 0, "20260907T080000Z 20260907T090000Z 20260907T100000Z 2026-09-05 2026-09-06"},
		{"by age", 0, 90 * time.Minute, 0, "20260907T090000Z 20260907T100000Z 2026-09-06"},
		{"by age, of captures of the past", 1000, 90 * time.Minute, 0, "20260907T090000Z 20260907T100000Z 2026-09-06"},
		{"by age, with a latest window of the future", -1, 90 * time.Minute, 0, "20260907T080000Z 20260907T090000Z 20260907T100000Z 2026-09-06"},
		{"by size", 0, 0, 350, "20260907T090000Z 20260907T100000Z 2026-09-05 2026-09-06"},
		{"by size, days last", 0, 0, 180, "20260907T100000Z 2026-09-06"},
		{"the latest stay", 0, time.Nanosecond, 1, "20260907T100000Z 2026-09-06"},
	} {
		s, err := OpenStore(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		for h := 8; h <= 10; h++ {
			put(t, s, Windows, hour(h), 100)
		}
		put(t, s, Days, hour(-48), 60)
		put(t, s, Days, hour(-24), 30)
		if _, err := s.Prune(hour(10+tt.later).Add(time.Minute), tt.age, tt.most); err != nil {
			t.Fatal(err)
		}
		if got := names(t, s); got != tt.want {
			t.Errorf("%s: %s; want %s", tt.name, got, tt.want)
		}
	}
}
