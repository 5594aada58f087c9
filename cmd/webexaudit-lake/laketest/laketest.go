// Package laketest makes captures of sensors for tests: those that the repository has, cut into files as rotation does.
package laketest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
)

// root is the folder of the repository, from a package's folder below it.
func root() string {
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "testdata", "pcaps")); missing == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// home is the root as it was when the test began: tests change their folder.
var home = root()

// Bundled is the path of a capture that the repository has.
func Bundled(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(home, "testdata", "pcaps", name+".pcapng.gz")
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// Copy puts a bundled capture into a folder.
func Copy(t testing.TB, name, path string) {
	t.Helper()
	text, err := os.ReadFile(Bundled(t, name))
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, text, 0o666))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Rotate cuts a bundled capture into n files of as many packets, so that flows and calls go over their ends.
func Rotate(t testing.TB, name, dir string, n int) {
	t.Helper()
	total := 0
	eachFrame(t, name, func(*capture.Frame, []byte) { total++ })
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	var files []*os.File
	var writers []*capture.Writer
	for i := range n {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("span-%03d.pcapng", i)))
		if err != nil {
			t.Fatal(err)
		}
		files, writers = append(files, f), append(writers, capture.NewWriter(f, capture.Section{Application: "laketest"}))
	}
	seen := 0
	eachFrame(t, name, func(f *capture.Frame, b []byte) {
		w := writers[seen*n/total]
		seen++
		if err := w.Write(capture.Interface{Link: f.Link, Snaplen: 262144}, f, b, nil); err != nil {
			t.Fatal(err)
		}
	})
	for i, w := range writers {
		if err := errors.Join(w.Close(), files[i].Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// Shift copies a bundled capture, as it would be if it had been taken later.
func Shift(t testing.TB, name, path string, later time.Duration) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := capture.NewWriter(f, capture.Section{Application: "laketest"})
	eachFrame(t, name, func(frame *capture.Frame, b []byte) {
		frame.Time += int64(later)
		if err := w.Write(capture.Interface{Link: frame.Link, Snaplen: 262144}, frame, b, nil); err != nil {
			t.Fatal(err)
		}
	})
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func eachFrame(t testing.TB, name string, do func(*capture.Frame, []byte)) {
	t.Helper()
	in, err := capture.Open(Bundled(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var b capture.Block
	for err == nil {
		err = in.Next(&b)
		for i := range b.Frames {
			do(&b.Frames[i], b.Bytes(i))
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}
