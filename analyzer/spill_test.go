package analyzer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer/part"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// spilling is a configuration whose flows go to a temporary file almost at once.
func spilling(file string) Config { return Config{Files: []string{file}, Workers: 2, bound: 1} }

// manyFlows writes a capture with flows for some chunks of the store.
func manyFlows(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flood.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := pcaptest.Flood(f, 20_000, 100); err != nil {
		t.Fatal(err)
	}
	return path
}

// text are the records of a run.
func text(t *testing.T, set *record.Set) (b []byte) {
	t.Helper()
	for r := range set.All {
		var err error
		if b, err = record.AppendJSON(b, r); err != nil {
			t.Fatal(err)
		}
		b = append(b, '\n')
	}
	return b
}

// TestSpilled: flows that went to a temporary file give the bytes that they give in memory, and nothing is left of it.
func TestSpilled(t *testing.T) {
	path, dir := manyFlows(t), t.TempDir()
	t.Setenv("TMPDIR", dir)
	held, err := Run(context.Background(), Config{Files: []string{path}, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	want := text(t, held)
	set, err := Run(context.Background(), spilling(path))
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, set); !bytes.Equal(got, want) || len(got) < 1<<20 {
		t.Errorf("%d bytes of records, %d in memory", len(got), len(want))
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestSpillFails: without a place for the temporary file the run says so, and ends with what it has seen.
func TestSpillFails(t *testing.T) {
	path := manyFlows(t)
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	set, err := Run(context.Background(), spilling(path))
	var full *part.SpillError
	if !errors.As(err, &full) || errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "\n") {
		t.Fatalf("%v", err)
	}
	if set == nil || set.NumFlows() == 0 || set.Summary == nil || set.Err() != nil {
		t.Errorf("%+v", set)
	}
}

// TestJudges: with little memory fewer goroutines judge, though one does.
func TestJudges(t *testing.T) {
	for _, tt := range []struct {
		memory        int64
		workers, want int
	}{
		{0, 4, 4}, {128 << 20, 4, 1}, {512 << 20, 4, 1}, {1 << 30, 4, 2}, {8 << 30, 4, 4}, {8 << 30, 1, 1},
	} {
		c := Config{MaxMemory: tt.memory, Workers: tt.workers}
		if got := c.judges(); got != tt.want {
			t.Errorf("%d MiB, %d workers: %d judge, want %d", tt.memory>>20, tt.workers, got, tt.want)
		}
	}
}
