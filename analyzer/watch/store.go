package watch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Kinds of results: directories of a [Store] that hold one directory each.
const (
	Windows = "windows"
	Days    = "days"
)

// nameLayouts are the names of results, which sort by time; a second one of the same time has -2 behind it.
var nameLayouts = map[string]string{Windows: "20060102T150405Z", Days: time.DateOnly}

// Store is the directory of a watch: below windows/ and days/ a directory for each, and files beside them.
type Store struct {
	Dir  string
	lock *os.File
}

// ErrTaken says that another program keeps its results there.
var ErrTaken = errors.New("another watch keeps its results there")

const lockName = ".lock"

// OpenStore makes the directories, and removes what a writer that was killed has left unfinished. Until it is closed,
// or the program ends, nobody else can open it.
func OpenStore(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := take(lock); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), lock.Close())
	}
	for _, kind := range []string{Windows, Days} {
		if err := os.MkdirAll(filepath.Join(dir, kind), 0o777); err != nil {
			return nil, err
		}
		left, _ := filepath.Glob(filepath.Join(dir, kind, ".*"))
		for _, path := range left {
			if err := os.RemoveAll(path); err != nil {
				return nil, err
			}
		}
	}
	return &Store{dir, lock}, nil
}

// Close lets others open the store.
func (s *Store) Close() error { return s.lock.Close() }

// Forget removes the windows that begin at a time or later: they will be made anew.
func (s *Store) Forget(from time.Time) error {
	list, err := s.Entries(Windows)
	for _, e := range list {
		if !e.Time.Before(from) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(s.Dir, e.Kind, e.Name)))
		}
	}
	return err
}

// Fill has a directory filled under a hidden name, and then gives it its own: it is there whole, or not at all. What is
// there already under the name stays.
func (s *Store) Fill(kind string, at time.Time, fill func(dir string) error) (name string, err error) {
	parent := filepath.Join(s.Dir, kind)
	hidden, err := os.MkdirTemp(parent, ".")
	if err != nil {
		return "", err
	}
	err = errors.Join(os.Chmod(hidden, 0o755), fill(hidden), syncDir(hidden))
	for k := 1; err == nil; k++ {
		if name = at.UTC().Format(nameLayouts[kind]); k > 1 {
			name = fmt.Sprintf("%s-%d", name, k)
		}
		path := filepath.Join(parent, name)
		if _, err = os.Lstat(path); err == nil {
			continue
		}
		if err = os.Rename(hidden, path); err == nil {
			return name, syncDir(parent)
		}
		break
	}
	return "", errors.Join(err, os.RemoveAll(hidden))
}

// syncDir makes sure that what a directory names is on disk; not every file system can.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

// Save writes a file as JSON, whole or not at all, for those to read whom the mode lets.
func (s *Store) Save(name string, v any, mode fs.FileMode) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.Dir, "."+name+".")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.Dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Load reads what Save wrote; fs.ErrNotExist where nothing did.
func (s *Store) Load(name string, v any) error {
	text, err := os.ReadFile(filepath.Join(s.Dir, name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(s.Dir, name), err)
	}
	return nil
}

// Entry is a result on disk.
type Entry struct {
	Kind, Name string
	Time       time.Time // begin of the window or day
	Bytes      int64
}

// Entries are the results of a kind by time.
func (s *Store) Entries(kind string) (list []Entry, err error) {
	dirs, err := os.ReadDir(filepath.Join(s.Dir, kind))
	for _, d := range dirs {
		layout := nameLayouts[kind]
		if name := d.Name(); d.IsDir() && len(name) >= len(layout) {
			if at, err := time.Parse(layout, name[:len(layout)]); err == nil {
				list = append(list, Entry{Kind: kind, Name: name, Time: at})
			}
		}
	}
	return list, err
}

// Prune removes the results that are older than an age (0: none is), counted from the latest one where that is earlier
// than now, as where captures of the past are read, and then the oldest windows until all results take
// no more than so many bytes (0: any number). The latest window and the latest day stay.
func (s *Store) Prune(now time.Time, age time.Duration, most int64) (removed []Entry, err error) {
	var all []Entry
	var sum int64
	var latest time.Time
	for _, kind := range []string{Windows, Days} {
		list, problem := s.Entries(kind)
		err = errors.Join(err, problem)
		for i := range list {
			if most > 0 { // else nobody asks
				list[i].Bytes = s.size(list[i])
			}
			sum += list[i].Bytes
			if latest.Before(list[i].Time) {
				latest = list[i].Time
			}
		}
		all = append(all, list[:max(len(list)-1, 0)]...)
	}
	if latest.Before(now) {
		now = latest
	}
	slices.SortStableFunc(all, func(a, b Entry) int { // windows, of which there are many, go before days
		return strings.Compare(b.Kind, a.Kind)
	})
	for _, e := range all {
		old := age > 0 && now.Sub(e.Time) > age
		if !old && (most == 0 || sum <= most) {
			continue
		}
		if problem := os.RemoveAll(filepath.Join(s.Dir, e.Kind, e.Name)); problem != nil {
			err = errors.Join(err, problem)
			continue
		}
		sum -= e.Bytes
		removed = append(removed, e)
	}
	return removed, err
}

func (s *Store) size(e Entry) (n int64) {
	_ = filepath.WalkDir(filepath.Join(s.Dir, e.Kind, e.Name), func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n
}
