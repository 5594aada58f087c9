package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"webexaudit/analyzer/parallel"
	"webexaudit/analyzer/record"
	"webexaudit/reports"
)

// write writes all outputs: the Parquet tables beside the files and standard output, which takes half the time on two
// processors. What ends standard output comes last, so that who has read it finds everything else written. A failing
// one does not keep the others from being written. When the context is done, what is not finished is broken off.
func (o *outputs) write(ctx context.Context, set *record.Set) error {
	if o.mapper != nil {
		set = o.mapper.Set(set)
	}
	var tables error
	var g sync.WaitGroup
	if o.parquet != "" {
		g.Go(func() { tables = o.writeParquet(ctx, set) })
	}
	var problems []error
	for _, f := range o.files {
		_, err := writing{ctx, o.overwrite, o.shown.named}.report(f.path, f.format, set, nil)
		problems = append(problems, err)
	}
	var cut []written
	if o.evidence != nil && !o.nothing {
		var err error
		cut, err = o.evidence.write(ctx, set)
		problems = append(problems, err)
	}
	for _, d := range o.dirs {
		problems = append(problems, d.write(writing{ctx, o.overwrite, o.shown.named}, set, o.evidence.within(d, cut)))
	}
	var last error
	if !o.nothing || o.stdoutAs.Name != "console" {
		out := hurried{later(ctx, func() time.Duration { return writingMoment }), o.stdout}
		last = set.WriteTo(closeAfter{o.stdoutAs.New(out, o.options), &g})
	}
	g.Wait()
	problems = append(problems, tables)
	if last != nil {
		problems = append(problems, fmt.Errorf("standard output: %w", last))
	}
	return errors.Join(problems...)
}

// closeAfter is a sink that ends after others.
type closeAfter struct {
	record.Sink
	others *sync.WaitGroup
}

func (l closeAfter) Close() error {
	l.others.Wait()
	return l.Sink.Close()
}

func (o *outputs) writeParquet(ctx context.Context, set *record.Set) error {
	format, _ := reports.ByName("parquet")
	err := set.WriteTo(
		format.New(nil,
			reports.Options{Parquet: reports.ParquetOptions{Dir: o.parquet, Sensor: o.sensor, AnalyzedAt: o.analyzed,
				Overwrite: o.overwrite,
				Stop:      func() error { return context.Cause(ctx) },
				Note:      func(text string) { o.say(fmt.Errorf("--parquet %s: %s", o.parquet, text)) }}}))
	if err != nil {
		return fmt.Errorf("--parquet %s: %w", o.parquet, err)
	}
	return nil
}

// written is a finished report file, as the manifest lists it.
type written struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// report writes one file, for the manifest through a digest (nil: none is wanted). Files look the same on every
// machine: no colour, UTF-8, one width, and UTC unless a zone was named. Of a stream of records that is broken off the
// whole lines are kept: it lacks its summary, by which its readers know.
func (x writing) report(path string, format reports.Format, set *record.Set, sum hash.Hash) (w written, err error) {
	w = written{Name: filepath.Base(path), Format: format.Name}
	var broken error
	err = x.replace(path, func(out io.Writer) error {
		count := &counter{w: out}
		if sum != nil {
			count.w = io.MultiWriter(out, sum)
		}
		err := set.WriteTo(
			format.New(count, reports.Options{Rule: ruleText,
				Console: reports.ConsoleOptions{Width: pipeWidth, Verbose: true, Zone: x.zone}}))
		w.Bytes = count.n
		if sum != nil {
			w.SHA256 = hex.EncodeToString(sum.Sum(nil))
		}
		if err != nil && x.ctx.Err() != nil && format.Name == "jsonl" && count.n > 0 {
			broken, err = fmt.Errorf("%s: %w", path, err), nil
		}
		return err
	})
	return w, errors.Join(err, broken)
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// writing is how files are written: until when, and whether they may replace what is there.
type writing struct {
	ctx       context.Context
	overwrite bool
	zone      *time.Location // of text; nil: UTC
}

// replace fills a file under a hidden name in the same directory and then gives it its own name, so that nobody ever
// reads half a file. Devices and pipes are written as they are.
func (x writing) replace(path string, fill func(io.Writer) error) error {
	if info, err := os.Lstat(path); err == nil && isDevice(info) {
		if err := fillDevice(x.ctx, path, fill); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	f, err := reports.Begin(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	b := bufio.NewWriterSize(f, 1<<16)
	if err := errors.Join(fill(hurried{x.ctx, b}), b.Flush(), f.Sync(), f.Close()); err != nil {
		_ = f.Discard()
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := f.Publish(x.overwrite); err != nil {
		_ = f.Discard()
		return err // which names the path
	}
	return nil
}

// isDevice tells what is written as it is from files, and from links, which are never followed.
func isDevice(info fs.FileInfo) bool {
	return info.Mode()&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket|fs.ModeCharDevice) != 0
}

// fillDevice writes to a device or pipe, which may keep its writers waiting.
func fillDevice(ctx context.Context, path string, fill func(io.Writer) error) (err error) {
	var f *os.File
	if !parallel.Finish(ctx, func() { f, err = os.OpenFile(path, os.O_WRONLY, 0) }) {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	return errors.Join(fill(hurried{ctx, f}), f.Close())
}

// manifest tells what is in a directory of reports, and of which run. It is written last: where it is, all is there.
type manifest struct {
	Schema    string         `json:"schema"`
	Tool      string         `json:"tool"`
	Version   string         `json:"version"`
	Arguments []string       `json:"arguments"`
	Pack      record.Pack    `json:"pack"`
	Inputs    []record.File  `json:"inputs,omitempty"`
	Records   map[string]int `json:"records"`
	ExitCode  int            `json:"exit_code"`
	Files     []written      `json:"files"`
}

func (d outDir) write(x writing, set *record.Set, cut []written) error {
	m := manifest{Schema: "webexaudit.manifest/1", Records: map[string]int{}, Arguments: []string{}}
	for _, r := range record.Types() {
		if n := set.Count(r.RecordType()); n > 0 {
			m.Records[r.RecordType()] = n
		}
	}
	if r := set.Run; r != nil {
		m.Tool, m.Version, m.Arguments, m.Pack, m.Inputs = r.Tool, r.Version, r.Arguments, r.Pack, r.Files
	}
	if set.Summary != nil {
		m.ExitCode = set.Summary.ExitCode
	}
	for _, f := range d.formats {
		w, err := x.report(filepath.Join(d.path, f.File), f, set, sha256.New())
		if err != nil {
			return err
		}
		m.Files = append(m.Files, w)
	}
	m.Files = append(m.Files, cut...)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return x.replace(filepath.Join(d.path, manifestName), func(w io.Writer) error {
		_, err := w.Write(append(record.EscapeJSON(nil, text), '\n'))
		return err
	})
}
