package reports

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Unfinished is a file that is written under a hidden name beside the one that it will have, so that nobody ever reads
// half a file. Nothing that lies there is followed or opened: the hidden name is new and random.
type Unfinished struct {
	*os.File
	path   string
	before fs.FileInfo // what lay under the path when it was begun; nil: nothing
}

// Begin makes the hidden file. It has the mode of the file that it will replace.
func Begin(path string) (*Unfinished, error) {
	before, err := os.Lstat(path)
	if err != nil {
		before = nil
	}
	dir, base := filepath.Dir(path), fmt.Sprintf(".%.200s.", filepath.Base(path))
	sweep(dir, EscapeGlob(base))
	for {
		hidden := filepath.Join(dir, base+rand.Text()[:randomLength])
		f, err := os.OpenFile(hidden, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		switch {
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return nil, err
		}
		u := &Unfinished{f, path, before}
		if before != nil && before.Mode().IsRegular() {
			err = f.Chmod(before.Mode().Perm())
		}
		if err != nil {
			return nil, errors.Join(err, u.Discard())
		}
		return u, nil
	}
}

// randomLength is how many characters of a hidden name are random.
const randomLength = 8

// stale is the age from which on a hidden file is taken for one whose writer has ended without removing it.
const stale = 24 * time.Hour

// sweep removes from a directory the stale hidden files whose name begins with a pattern.
func sweep(dir, begin string) {
	pattern := filepath.Join(EscapeGlob(dir), "."+strings.TrimPrefix(begin, ".")+strings.Repeat("[2-7A-Z]", randomLength))
	paths, _ := filepath.Glob(pattern)
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > stale {
			_ = os.Remove(path)
		}
	}
}

// Discard removes the file.
func (u *Unfinished) Discard() error {
	_ = u.Close()
	return os.Remove(u.Name())
}

// Publish gives the file, which must be closed, its name. Where something lies there that is not to be replaced, or
// that another program has put there meanwhile, that stays, and the error says so.
func (u *Unfinished) Publish(replace bool) error {
	now, err := os.Lstat(u.path)
	switch {
	case err == nil && !replace:
		return fmt.Errorf("%s: %w (--overwrite replaces it)", u.path, fs.ErrExist)
	case err == nil && (u.before == nil || !os.SameFile(now, u.before)):
		return fmt.Errorf("%s: another program has written it meanwhile", u.path)
	case err == nil:
		return os.Rename(u.Name(), u.path)
	}
	switch err := os.Link(u.Name(), u.path); { // which fails where a file has come since
	case err == nil:
		return os.Remove(u.Name())
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s: another program has written it meanwhile", u.path)
	}
	return os.Rename(u.Name(), u.path) // no links in this file system
}
