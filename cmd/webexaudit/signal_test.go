package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// interrupted is a program under way that a test sends a signal.
type interrupted struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr bytes.Buffer
	dir    string
}

// start runs a command line in a directory of its own; nobody reads its standard output before it ends.
func start(t *testing.T, args ...string) *interrupted {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &interrupted{t: t, dir: t.TempDir()}
	program := filepath.Join(p.dir, "webexaudit") // the name by which the test binary becomes the program
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(p.dir, "fifo"), 0o600); err != nil {
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
	out, in, err := os.Pipe() // never read
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = in
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close(); in.Close(); _ = p.cmd.Process.Kill() })
	return p
}

// end sends the signal and waits for the end, which is to come within a second, with this status and words.
func (p *interrupted) end(s syscall.Signal, words string) {
	p.t.Helper()
	time.Sleep(time.Second) // the program has started and waits
	began := time.Now()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	timer := time.AfterFunc(5*time.Second, func() { _ = p.cmd.Process.Kill() })
	_ = p.cmd.Wait()
	timer.Stop()
	if took := time.Since(began); took > 1500*time.Millisecond { // the machine is shared
		p.t.Errorf("%v: ended after %v", s, took)
	}
	if got, want := p.cmd.ProcessState.ExitCode(), 128+int(s); got != want {
		p.t.Errorf("%v: status %d, want %d; %s", s, got, want, p.stderr.String())
	}
	if !strings.Contains(p.stderr.String(), words) {
		p.t.Errorf("%v: standard error %q lacks %q", s, p.stderr.String(), words)
	}
}

// partial checks that a file holds what was seen, and that it is not all.
func (p *interrupted) partial(name string, words ...string) {
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

var signals = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

// TestSignalWhileReading: an input that falls silent, at any place, is what has been seen of it.
func TestSignalWhileReading(t *testing.T) {
	capture := pcaptest.HealthyMeeting().Pcap()
	for _, s := range signals {
		for _, sent := range []int{0, 24, len(capture) / 2, len(capture)} {
			t.Run(s.String(), func(t *testing.T) {
				t.Parallel()
				p := start(t, "analyze", "-q", "-o", "out.jsonl", "-")
				if _, err := p.stdin.Write(capture[:sent]); err != nil {
					t.Fatal(err)
				}
				p.end(s, "interrupted: the results cover what was read until then")
				p.partial("out.jsonl", `"notices":["interrupted: `, `{"type":"summary"`)
				if sent > 100 {
					p.partial("out.jsonl", `{"type":"flow"`)
				}
			})
		}
	}
}

func TestSignalBeforeAWriterComes(t *testing.T) {
	for _, s := range signals {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			p := start(t, "analyze", "-q", "-o", "out.jsonl", "healthy.pcap", "fifo")
			p.end(s, "interrupted: ")
			p.partial("out.jsonl", `{"type":"flow"`, `"exit_code":`)
		})
	}
}

// TestSignalWhileWriting: standard output is a pipe that nobody reads. What goes elsewhere is written.
func TestSignalWhileWriting(t *testing.T) {
	for _, s := range signals {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			p := start(t, "analyze", "-T", "html", "-o", "out.jsonl", "healthy.pcap")
			p.end(s, "standard output: broken off by the interruption")
			p.partial("out.jsonl", `{"type":"summary"`)
		})
	}
}

func TestSignalWhileReadingARun(t *testing.T) {
	run := storedRun(t)
	for i, args := range [][]string{
		{"report", "-q", "-o", "out.txt", "-"}, {"diff", "run.jsonl", "-"}, {"diff", "fifo", "run.jsonl"},
		{"report", "-q", "--baseline", "fifo", "run.jsonl"}, {"report", "-v", "fifo"}, {"report", "-q", "-o", "out.txt", "-"},
	} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			p := start(t, args...)
			if _, err := p.stdin.Write(run[:len(run)/2]); err != nil {
				t.Fatal(err)
			}
			p.end(signals[i%len(signals)], "interrupted: ")
			if args[2] == "-o" {
				p.partial("out.txt", "INCOMPLETE")
			}
		})
	}
}

// TestSignalBeforeTheAnalysis: there is nothing to lose.
func TestSignalBeforeTheAnalysis(t *testing.T) {
	for _, s := range signals {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			start(t, "analyze", "--site", "fifo", "healthy.pcap").end(s, "")
		})
	}
}

// TestNohup: a signal that was ignored from the beginning stays ignored.
func TestNohup(t *testing.T) {
	p := start(t, "version")
	_ = p.cmd.Wait()
	p.cmd = exec.Command("sh", "-c", "trap '' HUP; exec ./webexaudit analyze -q -")
	p.cmd.Dir = p.dir
	if _, err := p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	_ = p.cmd.Process.Signal(syscall.SIGHUP)
	time.Sleep(300 * time.Millisecond)
	p.end(syscall.SIGTERM, "")
}
