package main

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// phase is what a program does when the signal comes.
type phase struct {
	name    string
	as      string // name of the program; "" is webexaudit
	args    []string
	stdin   []byte // what standard input gives before it falls silent
	words   string // on standard error
	partial []string
	file    string // that holds partial; "" is out.jsonl
}

const untilThen = "interrupted: the results cover what was read until then"

func phases(t *testing.T) []phase {
	whole, run := pcaptest.HealthyMeeting().Pcap(), storedRun(t)
	var (
		stdin  = []string{"analyze", "-q", "-o", "out.jsonl", "-"}
		nobody = []string{`"notices":["interrupted: `, `{"type":"summary"`}
		some   = append([]string{`{"type":"flow"`}, nobody...)
		all    = []string{`{"type":"flow"`, `{"type":"summary"`}
	)
	return []phase{
		{name: "silent from the beginning", args: stdin, words: untilThen, partial: nobody},
		{name: "silent after the header", args: stdin, stdin: whole[:24], words: untilThen, partial: nobody},
		{name: "silent in the middle", args: stdin, stdin: whole[:len(whole)/2], words: untilThen, partial: some},
		{name: "silent at the end", args: stdin, stdin: whole, words: untilThen, partial: some},
		{name: "a pipe without a writer", args: []string{"analyze", "-q", "-o", "out.jsonl", "healthy.pcap", "fifo.jsonl"},
			words: untilThen, partial: some},
		{name: "judging", as: "slow", args: []string{"analyze", "-q", "-o", "out.jsonl", "healthy.pcap"},
			words: "no rule has judged it", partial: append([]string{"no rule has judged it"}, some...)},
		{name: "writing to a pipe that nobody reads", args: []string{"analyze", "-T", "html", "-o", "out.jsonl", "healthy.pcap"},
			words: "standard output: broken off by the interruption", partial: all},
		{name: "writing to a pipe that nobody opens", args: []string{"analyze", "-q", "-o", "fifo.jsonl", "-o", "out.jsonl",
			"healthy.pcap"}, words: "fifo.jsonl: broken off by the interruption"},
		{name: "a stored run", args: []string{"report", "-q", "-o", "out.txt", "-"}, stdin: run[:len(run)/2],
			words: "interrupted: - was not read to its end", file: "out.txt", partial: []string{"INCOMPLETE"}},
		{name: "a stored run in a pipe", args: []string{"report", "-v", "fifo.jsonl"}, words: "interrupted: fifo.jsonl was not"},
		{name: "a baseline", args: []string{"report", "-q", "--baseline", "fifo.jsonl", "run.jsonl"}, words: "interrupted: "},
		{name: "writing a stored run", args: []string{"report", "-T", "html", "-o", "out.jsonl", "run.jsonl"},
			words: "standard output: broken off by the interruption", partial: all},
		{name: "the earlier of two runs", args: []string{"diff", "fifo.jsonl", "run.jsonl"}, words: "interrupted: "},
		{name: "the later of two runs", args: []string{"diff", "run.jsonl", "-"}, stdin: run[:len(run)/2],
			words: "interrupted: - was not read to its end"},
		{name: "what is read before the analysis", args: []string{"analyze", "--site", "fifo.jsonl", "healthy.pcap"}},
	}
}

// TestSignals: each signal ends each phase within a second, with a status of its own and what was seen until then.
func TestSignals(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		for _, ph := range phases(t) {
			t.Run(ph.name+"/"+s.String(), func(t *testing.T) {
				t.Parallel()
				if ph.as == "" {
					ph.as = "webexaudit"
				}
				p := startAs(t, ph.as, t.TempDir(), ph.args...)
				if _, err := p.stdin.Write(ph.stdin); err != nil {
					t.Fatal(err)
				}
				p.end(s, ph.words)
				if ph.file == "" {
					ph.file = "out.jsonl"
				}
				if ph.partial != nil {
					p.holds(ph.file, ph.partial...)
				}
			})
		}
	}
}

// TestNobodyReads: when the reader of standard output goes away, all else is written.
func TestNobodyReads(t *testing.T) {
	for _, args := range [][]string{
		{"analyze", "-v", "--parquet", "lake", "-o", "out.jsonl", "-"}, {"report", "-v", "--parquet", "lake", "-o", "out.jsonl", "-"},
	} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			p := start(t, args...)
			p.stdout.Close()
			input := storedRun(t)
			if args[0] == "analyze" {
				input = pcaptest.HealthyMeeting().Pcap()
			}
			if _, err := p.stdin.Write(input); err != nil {
				t.Fatal(err)
			}
			p.stdin.Close()
			p.wait()
			p.ended(statusOutput, "standard output: write /dev/stdout: broken pipe")
			p.holds("out.jsonl", `{"type":"flow"`, `{"type":"summary"`)
			tables, _ := filepath.Glob(filepath.Join(p.dir, "lake", "*", "v1", "*", "*", "*.parquet"))
			if len(tables) < 8 {
				t.Errorf("tables: %q", tables)
			}
		})
	}
}

// TestNohup: a signal that was ignored from the beginning stays ignored.
func TestNohup(t *testing.T) {
	t.Parallel()
	p := start(t, "version")
	p.wait()
	p.cmd = exec.Command("sh", "-c", "trap '' HUP; exec ./webexaudit analyze -q -")
	p.cmd.Dir = p.dir
	if _, err := p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.rests()
	_ = p.cmd.Process.Signal(syscall.SIGHUP)
	time.Sleep(50 * time.Millisecond)
	p.end(syscall.SIGTERM, "")
}
