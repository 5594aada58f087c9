package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// slowly is the program with a rule that takes longer to judge than anybody waits.
func slowly() {
	ctx := withSignals(context.Background())
	p := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	p.analyzer = func(ctx context.Context, c analyzer.Config) (*record.Set, error) {
		c.Audit.Own = append(c.Audit.Own, &audit.Rule{ID: "TST-SLOW-001", Title: "Takes for ever",
			Judge: audit.Whole(func(*audit.Scope) { time.Sleep(time.Hour) })})
		return analyzer.Run(ctx, c)
	}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// process is a program under way.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *os.File // which nobody reads
	stderr said
	dir    string
}

// said is what a program has written so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// says waits until the program has said something on standard error so many times.
func (p *process) says(times int, words string) {
	p.t.Helper()
	for until := time.Now().Add(20 * time.Second); strings.Count(p.stderr.String(), words) < times; {
		if time.Sleep(20 * time.Millisecond); time.Now().After(until) {
			p.t.Fatalf("the program does not say %q: %s", words, p.stderr.String())
		}
	}
}

// start runs a command line in a directory of its own, which holds a capture, a stored run and a pipe with a name.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startAs(t, "webexaudit", t.TempDir(), args...)
}

// startAs starts the program by one of the names by which the test binary becomes it, in an empty directory.
func startAs(t *testing.T, name, dir string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: dir}
	program := filepath.Join(p.dir, name)
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(p.dir, "fifo.jsonl"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"healthy.pcap": pcaptest.HealthyMeeting().Pcap(), "run.jsonl": storedRun(t)} {
		if err := os.WriteFile(filepath.Join(p.dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// so that the program does not begin with them ignored, as this test may have
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT)
	p.cmd = exec.Command(program, args...)
	p.cmd.Dir, p.cmd.Stderr = p.dir, &p.stderr
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.stdout = in, out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close() // the program has its own
	t.Cleanup(func() { out.Close(); _ = p.cmd.Process.Kill() })
	return p
}

// rests waits until all threads of the program have nothing to do for a while: it has started and waits for something.
func (p *process) rests() {
	p.t.Helper()
	for still, until := 0, time.Now().Add(20*time.Second); still < 4; {
		if time.Now().After(until) {
			p.t.Fatal("the program does not come to rest")
		}
		time.Sleep(15 * time.Millisecond)
		if still++; p.busy() || !p.catches(syscall.SIGTERM) {
			still = 0
		}
	}
}

// busy reports whether a thread runs, wants to, or waits for a disk.
func (p *process) busy() bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
	for _, name := range threads {
		text, _ := os.ReadFile(name)
		_, state, _ := bytes.Cut(text, []byte(") "))
		if len(state) > 0 && (state[0] == 'R' || state[0] == 'D') {
			return true
		}
	}
	return len(threads) == 0
}

// catches reports whether the program has a handler for the signal.
func (p *process) catches(s syscall.Signal) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	_, mask, _ := strings.Cut(string(text), "SigCgt:\t")
	mask, _, _ = strings.Cut(mask, "\n")
	bits, _ := strconv.ParseUint(mask, 16, 64)
	return bits&(1<<(s-1)) != 0
}

// end sends the signal once the program rests, and waits for the end, which is to come within a second, with this
// status and words.
func (p *process) end(s syscall.Signal, words string) {
	p.t.Helper()
	p.rests()
	began := time.Now()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	p.wait()
	if took := time.Since(began); took > 2*time.Second { // a second, and the machine may be shared
		p.t.Errorf("%v: ended after %v", s, took)
	}
	p.ended(128+int(s), words)
}

// wait for the end, but not for ever.
func (p *process) wait() {
	timer := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	_ = p.cmd.Wait()
	timer.Stop()
}

// ended checks how the program has ended.
func (p *process) ended(status int, words string) {
	p.t.Helper()
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("status %d, want %d; %s", got, status, p.stderr.String())
	}
	if !strings.Contains(p.stderr.String(), words) {
		p.t.Errorf("standard error %q lacks %q", p.stderr.String(), words)
	}
}

// holds checks what a file holds.
func (p *process) holds(name string, words ...string) {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, w := range words {
		if !bytes.Contains(text, []byte(w)) {
			p.t.Errorf("%s lacks %q", name, w)
		}
	}
}

func storedRun(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("../../reports/testdata/sample.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return text
}
