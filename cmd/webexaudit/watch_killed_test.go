package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"webexaudit/analyzer/watch"
)

// kills is how often a watch is killed: some times, or as often as KILLS says.
func kills(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("KILLS"))
	if err != nil {
		n = 4
	}
	t.Logf("killed %d times (KILLS)", n)
	return n
}

// kill ends a watch in the midst of what it does.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	_ = p.cmd.Wait()
}

// TestWatchKilled: a watch of a directory in which captures appear, killed at any moment, goes on at its next start: no
// window is lost or double, none is there in part, nor are its tables, and findings go on under their fingerprints.
func TestWatchKilled(t *testing.T) {
	n := kills(t)
	minutes := n + 4
	from, packets := watched(t, minutes)
	o := &operator{t: t, from: from, ring: t.TempDir(), out: filepath.Join(t.TempDir(), "audits")}
	lake := filepath.Join(t.TempDir(), "lake")
	args := []string{"watch", "-o", o.out, "--window", "1m", "--parquet", lake, o.ring}
	captures, _ := filepath.Glob(filepath.Join(from, "*.pcap"))
	for i, path := range captures {
		if i < n {
			o.process = start(t, args...)
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Millisecond)
		}
		if err := os.Rename(path, filepath.Join(o.ring, filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
		if i < n {
			time.Sleep(time.Duration(rand.IntN(1000)) * time.Millisecond)
			o.kill()
		}
	}
	o.process = start(t, args...)
	o.says(1, "msg=watching")
	for until := time.Now().Add(60 * time.Second); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if names, _ := windowsOf(t, o.out); len(names) >= minutes-1 {
			break
		}
	}
	o.rests()
	o.stops()
	names, read := windowsOf(t, o.out)
	if len(names) != minutes || read != int64(packets) {
		t.Errorf("windows %v with %d packets, want %d with %d", names, read, minutes, packets)
	}
	f := findingOf(t, o.out, "WXA-QOS-001")
	if f.Windows != minutes || f.Status != watch.Ongoing || f.FirstSeen.Time().Minute() != 0 {
		t.Errorf("unmarked audio in %d windows is %+v", minutes, f)
	}
	if runs, rows := tablesOf(t, lake); runs != minutes || rows != int64(packets) {
		t.Errorf("tables of %d runs with %d packets, want %d with %d", runs, rows, minutes, packets)
	}
}

// tablesOf reads all tables of a directory, and gives the number of runs, and of the packets of their captures.
func tablesOf(t *testing.T, lake string) (runs int, packets int64) {
	t.Helper()
	markers, _ := filepath.Glob(filepath.Join(lake, "_runs", "v1", "*", "*.json"))
	for _, path := range markers {
		var marker struct{ Files []string }
		if err := json.Unmarshal([]byte(readText(t, filepath.Dir(path), filepath.Base(path))), &marker); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, name := range marker.Files {
			rows, err := parquet.ReadFile[any](filepath.Join(lake, name))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, r := range rows {
				if strings.HasPrefix(name, "captures/") {
					packets += r.(map[string]any)["packets"].(int64)
				}
			}
		}
	}
	return len(markers), packets
}
