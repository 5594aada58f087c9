package part

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File is what chunks are spilled to.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Name() string
}

// SpillError says that the temporary file cannot be written, as when its disk is full.
type SpillError struct {
	Name    string
	Spilled int64 // bytes that were written before
	Err     error
}

func (e *SpillError) Error() string {
	name := e.Name
	if name == "" {
		name = os.TempDir()
	}
	return fmt.Sprintf("cannot hold more flows: the temporary file in %s could not be written after %d MB (%v). "+
		"Name a directory with more space with TMPDIR, or allow more memory", filepath.Dir(name), e.Spilled/1e6, e.Err)
}

func (e *SpillError) Unwrap() error { return e.Err }

// spill writes the oldest full chunks until the rest is within the bound.
func (s *Store) spill() error {
	for s.held > s.config.Bound && s.err == nil && len(s.full) > 0 {
		c := &s.chunks[s.full[0]]
		if s.err = s.write(c.data); s.err != nil {
			break
		}
		c.at = s.spilled
		s.spilled += int64(len(c.data))
		s.held -= int64(cap(c.data))
		if cap(c.data) == chunkSize {
			s.free = append(s.free, c.data[:0])
		}
		c.data, s.full = nil, s.full[1:]
	}
	return s.err
}

// write appends a chunk to the file.
func (s *Store) write(b []byte) (err error) {
	if s.file == nil {
		if s.file, err = s.config.open(); err != nil {
			return &SpillError{Err: err}
		}
	}
	if _, err = s.file.WriteAt(b, s.spilled); err != nil {
		return &SpillError{Name: s.file.Name(), Spilled: s.spilled, Err: err}
	}
	return nil
}

func (c *Config) open() (File, error) {
	if c.Open != nil {
		return c.Open()
	}
	return TempFile("")
}

// prefix begins the names of temporary files.
const prefix = "webexaudit-parts-"

// TempFile makes a file of a random name, new and for this user alone, in the directory, "" being that for temporary
// files. Its name is gone at once where the system allows it, so that nothing is left behind however the program ends;
// else with Close, and what a killed program left is removed by the next one's call.
func TempFile(dir string) (File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	left, _ := filepath.Glob(filepath.Join(dir, prefix+"*")) // a directory of that name is none of the pattern's faults
	for _, name := range left {
		_ = os.Remove(name) // those in use stay where their names are still there
	}
	f, err := os.CreateTemp(dir, prefix+"*")
	if err != nil {
		return nil, err
	}
	return &tempFile{f, os.Remove(f.Name()) != nil}, nil
}

// tempFile is a file whose name may still be there.
type tempFile struct {
	*os.File
	named bool
}

func (f *tempFile) Close() error {
	err := f.File.Close()
	if f.named {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
