package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/reports"
)

// TestStandardOutputEndsLast: who reads the summary on standard output finds the Parquet tables complete.
func TestStandardOutputEndsLast(t *testing.T) {
	f, err := os.Open("../../reports/testdata/sample.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set, _, err := record.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	dir, read := t.TempDir(), make(chan string)
	out, in := io.Pipe()
	go func() {
		text, _ := io.ReadAll(out)
		tables, _ := filepath.Glob(filepath.Join(dir, "*", "v1", "*", "*", "*.parquet"))
		if len(tables) != 9 { // captures of two days
			t.Errorf("at the end of standard output: %q", tables)
		}
		read <- string(text)
	}()
	format, _ := reports.ByName("jsonl")
	o := &outputs{stdout: closing{in}, stdoutAs: format, parquet: dir, sensor: "default"}
	if err := o.write(t.Context(), set); err != nil {
		t.Error(err)
	}
	if text := <-read; !strings.Contains(text, `{"type":"summary"`) {
		t.Errorf("standard output without a summary: %.200q", text)
	}
}

// TestBrokenOffWhileItComputes: a format that writes nothing for long keeps nobody from ending the program.
func TestBrokenOffWhileItComputes(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	format := reports.Format{Name: "slow",
		New: func(io.Writer, reports.Options) record.Sink { return computing{t.Context()} }}
	p := program{stdout: io.Discard, stderr: io.Discard}
	began := time.Now()
	cancel(interruption{syscall.SIGTERM, began})
	err := p.finish(ctx, false, &outputs{stdout: io.Discard, stdoutAs: format}, new(record.Set), statusOK)
	if took := time.Since(began); statusOf(err) != statusTerminated || took > 3*time.Second {
		t.Errorf("%v, status %d after %v", err, statusOf(err), took)
	}
}

// computing is a sink that does not come to an end.
type computing struct{ ctx context.Context }

func (computing) Write(*record.Set) error { return nil }

func (c computing) Close() error { <-c.ctx.Done(); return nil }

// closing ends the pipe with the line of the summary.
type closing struct{ *io.PipeWriter }

func (c closing) Write(b []byte) (int, error) {
	n, err := c.PipeWriter.Write(b)
	if strings.Contains(string(b), `{"type":"summary"`) {
		c.PipeWriter.Close()
	}
	return n, err
}
