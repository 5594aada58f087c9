package plan

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/cmd/webexaudit-lake/laketest"
	"webexaudit/cmd/webexaudit-lake/store"
)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustMake(t *testing.T, dir string, s Settings) *Plan {
	t.Helper()
	p, err := Make(t.Context(), open(t, dir), "", s, time.Date(2026, 9, 8, 1, 2, 3, 4567, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, text, 0o666)); err != nil {
		t.Fatal(err)
	}
}

// TestBadInput: what cannot be used is named with its reason, and the rest is planned.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	whole, err := os.ReadFile(laketest.Bundled(t, "unmarked-audio"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, at("README.txt"), []byte("who changed which port when"))
	write(t, at("hq/a.pcapng.gz"), whole)
	write(t, at("hq/a-copy.pcapng.gz"), whole)
	write(t, at("hq/cut.pcapng.gz"), whole[:40_000])
	write(t, at("hq/empty.pcap"), nil)
	write(t, at("hq/header.pcap"), []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00"))
	write(t, at("hq/no-packet.pcap"), []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00"))
	write(t, at("hq/.hidden.pcap"), whole)
	laketest.Copy(t, "sip-calls", at("x/sensor=branch/b.pcapng.gz"))
	laketest.Copy(t, "tls-fallback", at("c.pcapng.gz"))
	p := mustMake(t, dir, Settings{Chunk: 1 << 30})
	var got []string
	for _, c := range p.Captures {
		got = append(got, fmt.Sprintf("%s %s %s %s", c.Sensor, c.Key, c.First.Format("15:04:05.0"), c.Damage))
		if c.Last.IsZero() || c.Last.Before(c.First) {
			t.Errorf("%s ends %v", c.Key, c.Last)
		}
	}
	for _, l := range p.LeftOut {
		got = append(got, fmt.Sprintf("%s: %s, fault %v", l.Key, l.Problem, l.Fault))
	}
	want := []string{
		"branch x/sensor=branch/b.pcapng.gz 08:00:00.0 ",
		"default c.pcapng.gz 08:00:00.0 ",
		"hq hq/a-copy.pcapng.gz 08:00:00.0 ",
		"hq hq/cut.pcapng.gz 08:00:00.0 the gzip stream is cut short",
		"README.txt: not a capture file (expected pcap, pcapng or snoop, plain, gzip or zstd), fault false",
		"hq/a.pcapng.gz: it has the same content as hq/a-copy.pcapng.gz, fault false",
		"hq/empty.pcap: the file is empty (0 bytes), fault true",
		"hq/header.pcap: it is damaged: the file ends inside the file header (8 of 24 bytes), fault true",
		"hq/no-packet.pcap: it has no packets, fault true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestDivide: audits are of one sensor and day, chunks of consecutive captures up to a size.
func TestDivide(t *testing.T) {
	at := func(text string) time.Time {
		first, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	captures := []Capture{
		{Key: "3", Sensor: "b", Bytes: 10, First: at("2026-09-07T10:00:00Z")},
		{Key: "2", Sensor: "a", Bytes: 10, First: at("2026-09-07T23:59:59Z")},
		{Key: "1", Sensor: "a", Bytes: 10, First: at("2026-09-07T10:00:00Z")},
		{Key: "4", Sensor: "a", Bytes: 15, First: at("2026-09-08T02:30:00+02:00")},
		{Key: "0", Sensor: "a", Bytes: 5, First: at("2026-09-07T09:00:00Z")},
	}
	for _, tt := range []struct {
		group string
		chunk int64
		want  string
	}{
		{"day", 100, "a 2026-09-07: 0 1 2 | a 2026-09-08: 4 | b 2026-09-07: 3"},
		{"day", 15, "a 2026-09-07: 0 1, 2 | a 2026-09-08: 4 | b 2026-09-07: 3"},
		{"sensor", 100, "a : 0 1 2 4 | b : 3"},
		{"sensor", 1, "a : 0, 1, 2, 4 | b : 3"},
	} {
		p := &Plan{Captures: slices.Clone(captures), Settings: Settings{Group: tt.group, Chunk: tt.chunk}}
		p.divide()
		var audits []string
		for _, a := range p.Audits {
			var chunks []string
			for _, c := range a.Chunks {
				var keys []string
				for _, i := range p.Chunks[c].Captures {
					keys = append(keys, p.Captures[i].Key)
				}
				chunks = append(chunks, strings.Join(keys, " "))
			}
			audits = append(audits, a.Sensor+" "+a.Day+": "+strings.Join(chunks, ", "))
		}
		if got := strings.Join(audits, " | "); got != tt.want {
			t.Errorf("%s in chunks of %d: %s, want %s", tt.group, tt.chunk, got, tt.want)
		}
	}
}

// TestAgain: the same captures give the same plan, with its first time; changed ones give another, and the first one
// tells that it is old.
func TestAgain(t *testing.T) {
	dir, lake := t.TempDir(), open(t, filepath.Join(t.TempDir(), "lake"))
	path := filepath.Join(dir, "hq", "a.pcapng.gz")
	laketest.Copy(t, "sip-calls", path)
	first := mustMake(t, dir, Settings{Group: "day", Chunk: 100})
	saved, err := first.Save(t.Context(), lake)
	if err != nil || saved.ID != first.ID {
		t.Fatal(saved, err)
	}
	second := mustMake(t, dir, Settings{Group: "day", Chunk: 100})
	second.Made = second.Made.Add(time.Hour)
	if again, err := second.Save(t.Context(), lake); err != nil || !again.Made.Equal(first.Made) {
		t.Errorf("saved again it is of %v (%v), want %v", again.Made, err, first.Made)
	}
	if other := mustMake(t, dir, Settings{Group: "day", Chunk: 101}); other.ID == first.ID {
		t.Error("other settings give the same plan")
	}
	c := first.Captures[0]
	if err := c.Fresh(t.Context(), open(t, dir)); err != nil {
		t.Errorf("nothing changed: %v", err)
	}
	laketest.Copy(t, "tls-fallback", path)
	if err := c.Fresh(t.Context(), open(t, dir)); !errors.Is(err, ErrOld) || !strings.Contains(err.Error(), "plan again") {
		t.Errorf("it was replaced: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := c.Fresh(t.Context(), open(t, dir)); !errors.Is(err, ErrOld) {
		t.Errorf("it was removed: %v", err)
	}
}

// TestLoad: documents that are no plan are refused.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for id, text := range map[string]string{
		"broken": `{`, "other": `{"schema":"webexaudit.plan/2"}`,
		"astray": `{"schema":"webexaudit.plan/1","plan":"astray","audits":[{"sensor":"a","chunks":[3]}]}`,
		"beyond": `{"schema":"webexaudit.plan/1","plan":"beyond","chunks":[{"captures":[0]}],"audits":[{"chunks":[0]}]}`,
	} {
		write(t, filepath.Join(dir, filepath.FromSlash(Key(id))), []byte(text))
		if _, err := Load(t.Context(), open(t, dir), id); err == nil {
			t.Errorf("%s is taken for a plan", id)
		}
	}
	if _, err := Load(t.Context(), open(t, dir), "missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no plan: %v", err)
	}
}
