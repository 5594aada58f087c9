// Package runs brings the tables of complete runs from a folder into a lake: what webexaudit watch --parquet, or an
// audit of this program, has written there.
//
// A run is there when its marker is (_runs/v1/sensor=NAME/RUN.json), which names its files. In the lake they get the
// same names, and the marker comes last, if it is not there: so a run can be brought again, by several programs, and by
// one that was killed, and readers see all of it or nothing.
package runs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/reports"
)

// File is an object of a lake that was written.
type File struct {
	Key    string `json:"key"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Describe tells size and hash of a file.
func Describe(path string) (f File, err error) {
	in, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer in.Close()
	sum := sha256.New()
	f.Bytes, err = io.Copy(sum, in)
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return f, err
}

// Run is a complete run of a folder.
type Run struct {
	ID, Sensor string // Sensor as it stands in paths
	dir        string
	marker     string // its key
	text       []byte
	info       fs.FileInfo // of the marker
	files      []string    // keys
}

// What is wrong with a run. Other errors are of the lake.
var (
	ErrForeign = reports.ErrMarker
	ErrGone    = errors.New("tables of it are gone")
	ErrChanged = errors.New("it was written anew meanwhile")
	ErrDamaged = errors.New("a table of it is damaged")
)

// String names a run for people.
func (r *Run) String() string { return r.Sensor + " " + r.ID }

// List lists the complete runs of a folder in the order in which they were completed, and what is wrong with others.
func List(dir string) (list []*Run, faults []error) {
	paths, err := filepath.Glob(filepath.Join(reports.EscapeGlob(dir), "_runs", "v1", "sensor=*", "*.json"))
	if err != nil {
		return nil, []error{err}
	}
	for _, p := range paths {
		r, err := read(dir, p)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it was removed just now
		case err != nil:
			faults = append(faults, err)
		default:
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b *Run) int { return a.written().Compare(b.written()) })
	return list, faults
}

func (r *Run) written() time.Time { return r.info.ModTime() }

// read reads a marker. Files that it names are taken only where a run's may lie: it may be a stranger's.
func read(dir, marker string) (*Run, error) {
	key, err := filepath.Rel(dir, marker)
	if err != nil {
		return nil, err
	}
	r := &Run{dir: dir, marker: filepath.ToSlash(key), ID: strings.TrimSuffix(filepath.Base(marker), ".json"),
		Sensor: strings.TrimPrefix(filepath.Base(filepath.Dir(marker)), "sensor=")}
	if r.info, err = os.Lstat(marker); err != nil {
		return nil, err
	}
	if !r.info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", marker, ErrForeign)
	}
	if r.text, err = os.ReadFile(marker); err != nil {
		return nil, err
	}
	m, err := reports.ReadMarker(r.text)
	if err != nil || m.RunID != r.ID {
		return nil, fmt.Errorf("%s: %w", marker, ErrForeign)
	}
	for _, f := range m.Files {
		if !r.owns(f) {
			return nil, fmt.Errorf("%s: %w: it names %q", marker, ErrForeign, f)
		}
	}
	r.files = m.Files
	return r, nil
}

// owns reports whether a file can be one of the run: TABLE/v1/dt=DAY/sensor=NAME/RUN-….parquet.
func (r *Run) owns(file string) bool {
	p := strings.Split(file, "/")
	if len(p) != 5 || path.Clean(file) != file || !slices.Contains(layout.Tables(), p[0]) || p[1] != "v1" {
		return false
	}
	day, ok := strings.CutPrefix(p[2], "dt=")
	_, err := time.Parse(time.DateOnly, day)
	return ok && err == nil && p[3] == "sensor="+r.Sensor && strings.HasPrefix(p[4], r.ID+"-") &&
		path.Ext(p[4]) == ".parquet"
}

// Bring brings a run into a lake, and reports whether it was there already; then nothing is written. The files are
// those that were written, without the marker.
func (r *Run) Bring(ctx context.Context, lake *store.Store) (files []File, there bool, err error) {
	if there, err := lake.Exists(ctx, r.marker); there || err != nil {
		return nil, there, err
	}
	for _, key := range r.files {
		f, err := r.put(ctx, lake, key)
		if err != nil {
			return nil, false, err
		}
		files = append(files, f)
	}
	if err := r.unchanged(); err != nil {
		return nil, false, err
	}
	_, err = lake.Create(ctx, r.marker, r.text)
	return files, false, err
}

func (r *Run) put(ctx context.Context, lake *store.Store, key string) (f File, err error) {
	path := filepath.Join(r.dir, filepath.FromSlash(key))
	if f, err = Describe(path); err == nil {
		err = r.check(path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, fmt.Errorf("%s: %w: %s", r, ErrGone, key)
	case err != nil:
		return f, fmt.Errorf("%s: %s: %w", r, key, err)
	}
	f.Key = key
	if err = lake.Put(ctx, key, path); err != nil {
		if _, missing := os.Lstat(path); errors.Is(missing, fs.ErrNotExist) {
			err = fmt.Errorf("%s: %w: %s", r, ErrGone, key)
		}
	}
	return f, err
}

// check reads the footer of a table: one that was cut short has none, one of another run says so.
func (r *Run) check(path string) error {
	switch id, err := reports.RunOf(path); {
	case errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case id != r.ID:
		return fmt.Errorf("%w: it is of another run", ErrDamaged)
	}
	return nil
}

// unchanged is an error where the run is no more what its marker said: its writer takes that back before it replaces
// files, and so does who removes them.
func (r *Run) unchanged() error {
	now, err := os.Lstat(filepath.Join(r.dir, filepath.FromSlash(r.marker)))
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(now, r.info):
		return fmt.Errorf("%s: %w", r, ErrChanged)
	}
	return err
}

// Remove removes the run from its folder: first its marker, so that nobody reads it while it goes.
func (r *Run) Remove() error {
	if err := r.unchanged(); err != nil {
		return err
	}
	err := os.Remove(filepath.Join(r.dir, filepath.FromSlash(r.marker)))
	for _, key := range r.files {
		if problem := os.Remove(filepath.Join(r.dir, filepath.FromSlash(key))); !errors.Is(problem, fs.ErrNotExist) {
			err = errors.Join(err, problem)
		}
	}
	return err
}
