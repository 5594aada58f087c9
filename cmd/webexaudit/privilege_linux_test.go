package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/pcaptest/wire"
)

const capsNone = "CapPrm 0000000000000000"

// givenUp waits until all threads of a process have a line in their status, and gives that and others, with their
// number.
func givenUp(t *testing.T, pid int, line string, names ...string) (lines map[string]int) {
	t.Helper()
	for range 100 { // the machine is shared
		lines = threadLines(t, pid, append(names, "State")...)
		threads := 0
		for l, n := range lines {
			if strings.HasPrefix(l, "State ") {
				threads += n
				delete(lines, l)
			}
		}
		if threads > 2 && lines[line] == threads {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return lines
}

// threadLines are lines of the status of each thread of a process, with their number.
func threadLines(t *testing.T, pid int, names ...string) map[string]int {
	t.Helper()
	lines := map[string]int{}
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // the thread has ended
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			name, value, _ := strings.Cut(line, ":")
			for _, n := range names {
				if n == name {
					lines[name+" "+strings.Join(strings.Fields(value), " ")]++
				}
			}
		}
	}
	return lines
}

// owned is a directory of a user that root cannot write to without capabilities.
func owned(t *testing.T, uid int) string {
	t.Helper()
	dir := t.TempDir()
	for path, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o700} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(dir, uid, uid); err != nil {
		t.Skip("needs root: ", err)
	}
	return dir
}

// TestLivePrivileges: when the interface is open no thread has a capability or a way to one, and the program is who can
// write its outputs.
func TestLivePrivileges(t *testing.T) {
	const nobody, somebody = 65534, 4321
	for _, c := range []struct {
		owner, sudo, want int
		out               string
	}{
		{0, 0, 0, "out.jsonl"},                // root
		{nobody, 0, nobody, "out.jsonl"},      // root in the directory of somebody, as in a container
		{somebody, somebody, somebody, "o.d"}, // sudo
		{0, somebody, 0, "lake"},              // sudo, but for a directory of root
	} {
		wire.In(t, wire.Plain, func() {
			dir := owned(t, c.owner)
			t.Setenv("SUDO_UID", fmt.Sprint(c.sudo))
			t.Setenv("SUDO_GID", fmt.Sprint(c.sudo))
			args := []string{"analyze", "-q", "-B", "2", "-i", "v1", "-o", c.out}
			if c.out == "lake" {
				args[6] = "--parquet"
			}
			p := startAs(t, "webexaudit", dir, args...)
			lines := givenUp(t, p.cmd.Process.Pid, capsNone, "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs",
				"Uid")
			id := fmt.Sprint(c.want)
			if n := lines["Uid "+strings.Join([]string{id, id, id, id}, " ")]; n == 0 || len(lines) != 7 ||
				lines[capsNone] != n || lines["CapBnd 0000000000000000"] != n || lines["NoNewPrivs 1"] != n {
				t.Errorf("%+v: %v; %s", c, lines, p.stderr.String())
			}
			_ = p.cmd.Process.Signal(syscall.SIGINT)
			if err := p.cmd.Wait(); err != nil {
				t.Errorf("%+v: %v; %s", c, err, p.stderr.String())
			}
			info, err := os.Stat(filepath.Join(dir, c.out))
			if err != nil || int(info.Sys().(*syscall.Stat_t).Uid) != c.want {
				t.Errorf("%+v: %v, %v", c, info, err)
			}
		})
	}
}

// TestLiveOutputsOfTwo: where no single user can write all outputs, a live capture says so before it begins.
func TestLiveOutputsOfTwo(t *testing.T) {
	a, b := owned(t, 4321), owned(t, 65534)
	p := start(t, "analyze", "-i", "lo", "-o", filepath.Join(a, "a.jsonl"), "-o", filepath.Join(b, "b.jsonl"))
	p.wait()
	p.ended(statusOutput, "one user may write")
}

// TestConfined: while one file is read no other can be opened but those that the command line names, even where
// somebody has put a link in the place of one; nor is there a capability but those to files.
func TestConfined(t *testing.T) {
	if _, err := ll.LandlockGetABIVersion(); err != nil {
		t.Skip("this kernel has no Landlock: ", err)
	}
	dir, healthy := t.TempDir(), pcaptest.HealthyMeeting().Pcap()
	second, secret := filepath.Join(dir, "second"), filepath.Join(t.TempDir(), "secret.pcap")
	if err := syscall.Mkfifo(second, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, healthy, 0o600); err != nil {
		t.Fatal(err)
	}
	p := startAs(t, "webexaudit", dir, "analyze", "-q", "-o", "out.jsonl", "fifo.jsonl", "second", "healthy.pcap")
	want := "CapPrm 000000000000000e" // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
	if os.Geteuid() != 0 {
		want = capsNone
	}
	lines := givenUp(t, p.cmd.Process.Pid, want, "CapPrm", "CapAmb", "NoNewPrivs")
	if len(lines) != 3 || lines["NoNewPrivs 1"] == 0 {
		t.Errorf("%v; %s", lines, p.stderr.String())
	}
	if err := errors.Join(os.Remove(second), os.Symlink(secret, second)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fifo.jsonl"), healthy, 0); err != nil {
		t.Error(err)
	}
	p.wait()
	p.ended(statusInput, "second: permission denied")
	p.holds("out.jsonl", `{"type":"flow"`, `{"type":"summary"`)
}
