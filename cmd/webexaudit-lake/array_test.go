package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/cmd/webexaudit-lake/laketest"
)

// process starts the program as a process of its own.
func process(ctx context.Context, env string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(os.Environ(), "LAKE_AS_PROGRAM=1", env)
	return c
}

// TestArray: the tasks of an array job, in any order, some killed, some done twice and at the same time.
func TestArray(t *testing.T) {
	captures := span(t)
	want := tree(t, direct(t, captures))
	lake := filepath.Join(t.TempDir(), "lake")
	id, _ := mustRun(t, 0, "plan", "--lake", lake, analyzedAt, captures)
	id = strings.TrimSpace(id)
	kill(t, "audit", lake, id, "1")
	array(t, "audit", lake, id, "2", "1", "1", "0")
	same(t, "array job", tree(t, lake, tables...), want)
	mustRun(t, 0, "audit", "--lake", lake, id, "--task=2")
	same(t, "array job, a task again", tree(t, lake, tables...), want)
}

// kill starts a task and kills its process at once.
func kill(t *testing.T, verb, lake, id, index string) {
	t.Helper()
	victim := process(t.Context(), "JOB_COMPLETION_INDEX="+index, verb, "--lake", lake, id)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Process.Kill()
	_ = victim.Wait()
}

// array does tasks at the same time, each in a process of its own.
func array(t *testing.T, verb, lake, id string, indexes ...string) {
	t.Helper()
	var running []*exec.Cmd
	for i, index := range indexes {
		c := process(t.Context(), arrayVariables[i%len(arrayVariables)]+"="+index, verb, "--lake", lake, id)
		c.Stderr = new(bytes.Buffer)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, c)
	}
	for _, c := range running {
		if err := c.Wait(); err != nil {
			t.Errorf("%v: %v", err, c.Stderr)
		}
	}
}

// TestMap: a day that was read in seven pieces, by tasks in any order, some killed and some done twice, is judged as
// one: flows and calls go over the ends of the pieces.
func TestMap(t *testing.T) {
	captures := filepath.Join(t.TempDir(), "captures")
	laketest.Rotate(t, "tls-fallback", filepath.Join(captures, "hq"), 14)
	want := tree(t, direct(t, captures))
	lake := filepath.Join(t.TempDir(), "lake")
	id, _ := mustRun(t, 0, "plan", "--lake", lake, analyzedAt, "--chunk=130000", captures)
	id = strings.TrimSpace(id)
	kill(t, "map", lake, id, "3")
	array(t, "map", lake, id, "5", "0", "3", "3")
	_, problems := mustRun(t, 5, "audit", "--lake", lake, id, "--task=0")
	if !strings.Contains(problems, "not all of its chunks are mapped: do the map tasks [1 2 4 6] first") {
		t.Errorf("it says %s", problems)
	}
	for _, index := range []string{"6", "2", "4", "1"} {
		mustRun(t, 0, "map", "--lake", lake, id, "--task="+index)
	}
	t.Chdir(t.TempDir())
	if err := os.RemoveAll(captures); err != nil { // a machine that has none
		t.Fatal(err)
	}
	mustRun(t, 0, "audit", "--lake", lake, id, "--task=0", "--captures", t.TempDir())
	same(t, "seven pieces", tree(t, lake, tables...), want)
}

// TestMapDamaged: what is wrong with a capture is told by the audit of its pieces too.
func TestMapDamaged(t *testing.T) {
	captures, lake := filepath.Join(t.TempDir(), "captures"), filepath.Join(t.TempDir(), "lake")
	laketest.Copy(t, "unmarked-audio", filepath.Join(captures, "hq", "cut.pcapng.gz"))
	laketest.Copy(t, "sip-calls", filepath.Join(captures, "hq", "whole.pcapng.gz"))
	if err := os.Truncate(filepath.Join(captures, "hq", "cut.pcapng.gz"), 40_000); err != nil {
		t.Fatal(err)
	}
	id, _ := mustRun(t, 3, "plan", "--lake", lake, "--chunk=1", captures)
	id = strings.TrimSpace(id)
	mustRun(t, 0, "map", "--lake", lake, id, "--task=0")
	mustRun(t, 0, "map", "--lake", lake, id, "--task=1")
	_, problems := mustRun(t, 3, "audit", "--lake", lake, id, "--task=0")
	if !strings.Contains(problems, "hq/cut.pcapng.gz: damaged at byte") {
		t.Errorf("it says %s", problems)
	}
}
