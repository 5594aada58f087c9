package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// below are the files of a directory, in order; what is hidden only if asked for.
func below(t *testing.T, dir string, hidden bool) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), ".") == hidden {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return nil // directories may come and go
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestKilledWhileWriting: however far a program has come with its tables when it is killed, no marker is there before
// all files are, and the same command then writes them all.
func TestKilledWhileWriting(t *testing.T) {
	command := []string{"analyze", "-q", "--parquet", "lake", "healthy.pcap"}
	killed := 0
	for files := range 6 {
		p := start(t, command...)
		lake := filepath.Join(p.dir, "lake")
		for range 100_000 { // until some files, hidden or not, are there
			if len(below(t, lake, true))+len(below(t, lake, false)) > files {
				break
			}
			time.Sleep(100 * time.Microsecond)
		}
		_ = p.cmd.Process.Kill()
		p.wait()
		if isMarked(below(t, lake, false)) {
			continue // too late
		}
		killed++
		again := exec.Command(p.cmd.Path, command...)
		again.Dir = p.dir
		if out, err := again.CombinedOutput(); err != nil {
			t.Errorf("the same command after %d files: %v: %s", files, err, out)
			continue
		}
		checkMarker(t, lake)
	}
	if killed == 0 {
		t.Skip("every program came to its end before it could be killed")
	}
	t.Log(killed, "were killed in time")
}

func isMarked(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, "_runs/") })
}

// checkMarker compares the only marker below a directory with the files that there are.
func checkMarker(t *testing.T, lake string) {
	t.Helper()
	names := below(t, lake, false)
	if !isMarked(names) {
		t.Fatalf("no marker among %v", names)
	}
	text, err := os.ReadFile(filepath.Join(lake, filepath.FromSlash(names[0])))
	if err != nil {
		t.Fatal(err)
	}
	var marker struct{ Files []string }
	if err := json.Unmarshal(text, &marker); err != nil || !slices.Equal(marker.Files, names[1:]) {
		t.Errorf("the marker names %v, %v; there are %v", marker.Files, err, names[1:])
	}
}
