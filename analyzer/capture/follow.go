package capture

import (
	"cmp"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	followPoll = 100 * time.Millisecond // how often the end of a growing file is looked at
	followScan = 500 * time.Millisecond // how often the directory is
	// A file to which nothing was written for so long is finished, once a later one has begun; a compressed one is
	// read then and not before.
	followQuiet = time.Second
)

// Follower finds the files of a directory that tcpdump (-G, -C, -W) or dumpcap (-b) write one after the other: each
// once, in the order of their first frames, also where names come again with other frames, and where files are
// compressed or renamed after they were read. Several such writers need a directory each. A file without a frame is
// none yet.
type Follower struct {
	dir    string
	after  time.Time
	seen   map[followed]bool
	looked map[string]look
	last   time.Time // of the last scan
	found  []look
}

// followed is what makes a file the same one: its first frame's time, with either its name (without what compressing
// adds to it) or its inode.
type followed struct {
	first int64
	name  string
	inode uint64
}

// look is what was seen of a file, and when.
type look struct {
	path  string
	size  int64
	mod   time.Time
	inode uint64
	first int64 // time of its first frame
}

func (l look) keys() [2]followed {
	name := strings.TrimSuffix(strings.TrimSuffix(l.path, ".gz"), ".zst")
	return [2]followed{{l.first, name, 0}, {l.first, "", l.inode}}
}

// clocks is how far those of who captured and of who keeps the files may differ.
const clocks = time.Hour

// Follow looks into a directory. Files that were written last before a time, by more than an hour, are passed over.
func Follow(dir string, after time.Time) (*Follower, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return nil, err // names the path
	}
	return &Follower{dir: dir, after: after.Add(-clocks), seen: map[followed]bool{}, looked: map[string]look{}}, nil
}

// Next opens the earliest file that was not opened yet; with neither source nor error there is none at the moment, and
// some time has passed. The source ends when the file does and a later one has begun. Until then Next of it waits a
// moment and returns an empty block where nothing more was written, as a live source does.
func (f *Follower) Next() (path string, s Source, err error) {
	if f.scan(); len(f.found) == 0 {
		time.Sleep(followPoll)
		return "", nil, nil
	}
	l := f.found[0]
	f.found = f.found[1:]
	for _, k := range l.keys() {
		f.seen[k] = true
	}
	file, err := os.Open(l.path)
	if err != nil {
		return l.path, nil, err
	}
	if s, err = open(l.path, file, file, blockSize); err != nil {
		return l.path, nil, err
	}
	if growing, ok := s.(*stream); ok && growing.in.compression == "" {
		growing.wait = func() bool { return f.wait(file, growing.in, l.first) }
	}
	return l.path, s, nil
}

// wait reports whether more may be written to a file of which all that is there was read, after a moment.
func (f *Follower) wait(file *os.File, in *input, first int64) bool {
	info, err := file.Stat()
	if err != nil || info.Size() < in.file.n.Load() { // a ring that came round has begun to overwrite it
		return false
	}
	if info.Size() == in.file.n.Load() && time.Since(info.ModTime()) >= followQuiet {
		f.scan()
		if slices.ContainsFunc(f.found, func(l look) bool { return l.first >= first || l.mod.After(info.ModTime()) }) {
			return false // or the clock was set back since
		}
	}
	if info.Size() == in.file.n.Load() {
		time.Sleep(followPoll)
	}
	return true
}

// scan brings f.found up to date: the files that were not opened yet and have a frame, the earliest one first.
func (f *Follower) scan() {
	if time.Since(f.last) < followScan {
		return
	}
	f.last = time.Now()
	f.found = nil
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return // it may come back
	}
	there, kept := map[string]look{}, map[followed]bool{}
	for _, e := range entries {
		l, ok := f.look(e)
		if !ok {
			continue
		}
		there[l.path] = l
		keys := l.keys()
		if f.seen[keys[0]] || f.seen[keys[1]] {
			kept[keys[0]], kept[keys[1]] = true, true
		} else if l.first != math.MaxInt64 && !l.unfinished() {
			f.found = append(f.found, l)
		}
	}
	f.looked, f.seen = there, kept
	slices.SortStableFunc(f.found, func(a, b look) int { return cmp.Compare(a.first, b.first) })
}

// look says what a file of the directory is. It is read only where it has changed since, and had no frame then or was
// written anew.
func (f *Follower) look(e fs.DirEntry) (l look, ok bool) {
	info, err := e.Info()
	if err != nil || !info.Mode().IsRegular() || hidden(e.Name()) || info.ModTime().Before(f.after) {
		return l, false
	}
	l = look{filepath.Join(f.dir, e.Name()), info.Size(), info.ModTime(), inode(info), math.MaxInt64}
	before, known := f.looked[l.path]
	switch {
	case known && before.inode == l.inode && before.size == l.size && before.mod.Equal(l.mod):
		l.first = before.first
	case l.size > 0:
		l.first = firstTime(l.path)
	}
	return l, true
}

// unfinished reports whether a compressed file may still be written.
func (l look) unfinished() bool {
	packed := strings.HasSuffix(l.path, ".gz") || strings.HasSuffix(l.path, ".zst")
	return packed && time.Since(l.mod) < followQuiet
}

// errWait says that the end of a growing file is not the last word.
var errWait = errors.New("more may come")
