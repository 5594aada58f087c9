package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"

	"webexaudit/analyzer/record"
	"webexaudit/reports"
)

// write writes all outputs: the Parquet tables beside the files and standard output, which takes half the time on two
// processors. What ends standard output comes last, so that who has read it finds everything else written. A failing
// one does not keep the others from being written.
func (o *outputs) write(set *record.Set) error {
	var tables error
	var g sync.WaitGroup
	if o.parquet != "" {
		g.Go(func() { tables = o.writeParquet(set) })
	}
	var problems []error
	for _, f := range o.files {
		_, err := writeReport(f.path, f.format, set, nil)
		problems = append(problems, err)
	}
	for _, d := range o.dirs {
		problems = append(problems, d.write(set))
	}
	var last error
	if !o.nothing || o.stdoutAs.Name != "console" {
		last = set.WriteTo(closeAfter{o.stdoutAs.New(o.stdout, o.options), &g})
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

func (o *outputs) writeParquet(set *record.Set) error {
	format, _ := reports.ByName("parquet")
	err := set.WriteTo(
		format.New(nil,
			reports.Options{Parquet: reports.ParquetOptions{Dir: o.parquet, Sensor: o.sensor, Overwrite: o.overwrite}}))
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

// writeReport writes one file, for the manifest through a digest (nil: none is wanted). Files look the same on every
// machine: no colour, UTF-8, one width.
func writeReport(path string, format reports.Format, set *record.Set, sum hash.Hash) (w written, err error) {
	w = written{Name: filepath.Base(path), Format: format.Name}
	err = replace(path, func(out io.Writer) error {
		count := &counter{w: out}
		if sum != nil {
			count.w = io.MultiWriter(out, sum)
		}
		err := set.WriteTo(
			format.New(count, reports.Options{Console: reports.ConsoleOptions{Width: pipeWidth, Verbose: true}}))
		w.Bytes = count.n
		if sum != nil {
			w.SHA256 = hex.EncodeToString(sum.Sum(nil))
		}
		return err
	})
	return w, err
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

// replace fills a file under a hidden name in the same directory and then gives it its own name, so that nobody ever
// reads half a file. Devices and pipes are written as they are.
func replace(path string, fill func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}()
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(fill(f), f.Close())
	}
	hidden := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d", filepath.Base(path), os.Getpid()))
	f, err := os.OpenFile(hidden, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<16)
	if err := errors.Join(fill(b), b.Flush(), f.Sync(), f.Close()); err != nil {
		os.Remove(hidden)
		return err
	}
	return os.Rename(hidden, path)
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

func (d outDir) write(set *record.Set) error {
	m := manifest{Schema: "webexaudit.manifest/1", Records: map[string]int{}, Arguments: []string{}}
	for r := range set.All {
		m.Records[r.RecordType()]++
	}
	if r := set.Run; r != nil {
		m.Tool, m.Version, m.Arguments, m.Pack, m.Inputs = r.Tool, r.Version, r.Arguments, r.Pack, r.Files
	}
	if set.Summary != nil {
		m.ExitCode = set.Summary.ExitCode
	}
	for _, f := range d.formats {
		w, err := writeReport(filepath.Join(d.path, f.File), f, set, sha256.New())
		if err != nil {
			return err
		}
		m.Files = append(m.Files, w)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return replace(filepath.Join(d.path, manifestName), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
