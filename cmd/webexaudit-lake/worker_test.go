package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"webexaudit/cmd/webexaudit-lake/laketest"
)

// planned is a lake with a plan of three sensors, one of whose days is read in pieces, and what its tables must be.
func planned(t *testing.T) (lake, id string, want map[string]string) {
	t.Helper()
	captures := span(t)
	want = tree(t, direct(t, captures))
	lake = filepath.Join(t.TempDir(), "lake")
	id, _ = mustRun(t, 0, "plan", "--lake", lake, analyzedAt, "--chunk=250000", captures)
	return lake, strings.TrimSpace(id), want
}

func start(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := process(t.Context(), "", append([]string{"worker"}, args...)...)
	c.Stderr = new(bytes.Buffer)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWorkers: two workers by a file do the tasks of a plan; another one finds nothing to do.
func TestWorkers(t *testing.T) {
	lake, id, want := planned(t)
	queue := filepath.Join(t.TempDir(), "queue with a space?.db")
	args := []string{"--lake", lake, id, "--queue", queue, "--jobs=2"}
	a, b := start(t, args...), start(t, args...)
	for _, c := range []*exec.Cmd{a, b} {
		if err := c.Wait(); err != nil {
			t.Errorf("%v: %s", err, c.Stderr)
		}
	}
	same(t, "two workers", tree(t, lake, tables...), want)
	if maps, _ := filepath.Glob(filepath.Join(lake, "runs", id, "map-*.json")); len(maps) < 7 {
		t.Errorf("%d chunks were mapped", len(maps))
	}
	if stdout, _ := mustRun(t, 0, append([]string{"worker"}, args...)...); stdout != "" {
		t.Errorf("a third worker did %s", stdout)
	}
}

// TestWorkersOld: a capture that has changed fails its task for good, the others are done.
func TestWorkersOld(t *testing.T) {
	captures, lake := filepath.Join(t.TempDir(), "captures"), filepath.Join(t.TempDir(), "lake")
	laketest.Copy(t, "sip-calls", filepath.Join(captures, "branch", "a.pcapng.gz"))
	laketest.Copy(t, "calling-blocked", filepath.Join(captures, "hq", "a.pcapng.gz"))
	id, _ := mustRun(t, 0, "plan", "--lake", lake, captures)
	laketest.Copy(t, "inspected-tls", filepath.Join(captures, "hq", "a.pcapng.gz"))
	queue := filepath.Join(t.TempDir(), "queue.db")
	stdout, problems := mustRun(t, 5, "worker", "--lake", lake, strings.TrimSpace(id), "--queue", queue)
	if !strings.Contains(stdout, "branch 2026-09-07") || !strings.Contains(problems, "the plan is older than the capture") ||
		!strings.Contains(problems, "1 of 2 audits: tasks failed for good") {
		t.Errorf("it says %s%s", stdout, problems)
	}
}

// TestWorkerDies: a worker that is killed in the middle of a task; another one gets the task and does the rest.
// LAKE_ALL=1 runs it: dead workers are looked for every 30 s.
func TestWorkerDies(t *testing.T) {
	if os.Getenv("LAKE_ALL") == "" {
		t.Skip("LAKE_ALL is not set: it takes a minute for each queue (make lake-test-all)")
	}
	for _, tt := range []struct{ name, queue string }{
		{"SQLite", filepath.Join(t.TempDir(), "queue.db")},
		{"PostgreSQL", postgres(t)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.queue == "" {
				t.Skip("there is no PostgreSQL (Debian: postgresql), or nobody to run it as")
			}
			lake, id, want := planned(t)
			args := []string{"--lake", lake, id, "--queue", tt.queue, "--longest=10s"}
			victim := start(t, args...)
			waitFor(t, filepath.Join(lake, "runs", id, "map-*.json"))
			_ = victim.Process.Kill()
			_ = victim.Wait()
			if done, _ := filepath.Glob(filepath.Join(lake, "runs", id, "audit-*.json")); len(done) == 3 {
				t.Fatal("it was killed too late")
			}
			a, b := start(t, args...), start(t, args...)
			for _, c := range []*exec.Cmd{a, b} {
				if err := c.Wait(); err != nil {
					t.Errorf("%v: %s", err, c.Stderr)
				}
			}
			same(t, "after a worker died", tree(t, lake, tables...), want)
		})
	}
}

// waitFor waits until a file of the pattern is there.
func waitFor(t *testing.T, pattern string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if list, _ := filepath.Glob(pattern); len(list) > 0 {
			return
		}
	}
	t.Fatalf("there is no %s", pattern)
}
