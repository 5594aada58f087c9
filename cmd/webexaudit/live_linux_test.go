package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// onPair runs f in a network namespace of its own, where v0 and v1 are two ends of a wire.
func onPair(t *testing.T, f func()) {
	t.Helper()
	var why string
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlock: the namespace goes with the thread
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			why = "no network namespace: " + err.Error()
			return
		}
		for _, args := range []string{"link add v0 type veth peer name v1", "link set v0 up", "link set v1 up"} {
			if err := exec.Command("ip", strings.Fields(args)...).Run(); err != nil {
				why = args + ": " + err.Error()
				return
			}
		}
		f()
	}()
	<-done
	if why != "" {
		t.Skip(why)
	}
}

// TestInterfaceGoes: a live capture whose interface goes down or away ends with its result and a status of its own.
func TestInterfaceGoes(t *testing.T) {
	for _, end := range []string{"link set v1 down", "link del v0"} {
		onPair(t, func() {
			p := start(t, "analyze", "-q", "-B", "2", "-i", "v1", "-o", "out.jsonl")
			p.rests()
			if err := exec.Command("ip", strings.Fields(end)...).Run(); err != nil {
				t.Error(err)
			}
			p.wait()
			text, _ := os.ReadFile(filepath.Join(p.dir, "out.jsonl"))
			if got := p.cmd.ProcessState.ExitCode(); got != statusGone || !strings.Contains(string(text), `{"type":"summary"`) {
				t.Errorf("%s: status %d, %d bytes; %s", end, got, len(text), p.stderr.String())
			}
		})
	}
}
