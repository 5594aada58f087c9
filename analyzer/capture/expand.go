package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Expand turns arguments into capture files: a file stays as it is, whatever is in it; a pattern that the shell left
// alone becomes the files that it matches; a directory becomes the captures in it and below, recognised by content, in
// order of their paths, without what is hidden. "-" passes. What is named twice, also by a symbolic link, is kept once.
//
// The errors are [os.ErrNotExist] and [ErrNoCapture], wrapped with the argument.
func Expand(args []string) ([]string, error) {
	x := expansion{seen: map[string]bool{}}
	for _, arg := range args {
		if err := x.add(arg); err != nil {
			return nil, err
		}
	}
	return x.paths, nil
}

type expansion struct {
	paths []string
	seen  map[string]bool // by path without links
}

func (x *expansion) add(arg string) error {
	if arg == "-" {
		x.keep(arg)
		return nil
	}
	st, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return x.addPattern(arg)
	case err != nil:
		return err
	case st.IsDir():
		return x.addDir(arg)
	}
	x.keep(arg)
	return nil
}

// keep adds a path unless it is there already.
func (x *expansion) keep(path string) {
	id := path
	if path != "-" {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			id = real
		}
		if abs, err := filepath.Abs(id); err == nil {
			id = abs
		}
	}
	if !x.seen[id] {
		x.seen[id] = true
		x.paths = append(x.paths, path)
	}
}

// addPattern adds what a pattern matches. As in a shell a wildcard does not match what is hidden.
func (x *expansion) addPattern(arg string) error {
	matches, err := filepath.Glob(arg)
	if err != nil {
		return fmt.Errorf("%s: %w", arg, err)
	}
	found := false
	for _, m := range matches {
		if hidden(m) && !hidden(arg) {
			continue
		}
		found = true
		if err := x.add(m); err != nil {
			return err
		}
	}
	if !found {
		return notFound(arg)
	}
	return nil
}

// notFound is an argument that names nothing. People who come from tcpdump write a filter there.
type notFound string

func (name notFound) Error() string {
	return string(name) + `: no such file. Arguments are capture files, directories or "-"; pass a capture filter with -f`
}

func (notFound) Unwrap() error { return fs.ErrNotExist }

// addDir adds the captures of a directory. What cannot be looked at stays, for Open to say why.
func (x *expansion) addDir(dir string) error {
	root := strings.TrimRight(dir, "/") + "/" // so that a link to a directory is followed
	found := false
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			found = true
			x.keep(path)
			return fs.SkipDir
		case path == root:
			return nil
		case hidden(path) && d.IsDir():
			return fs.SkipDir
		case hidden(path), d.IsDir():
			return nil
		}
		if ok, err := Sniff(path); ok || err != nil && !errors.Is(err, fs.ErrNotExist) {
			found = true
			x.keep(path)
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", dir, ErrNoCapture)
	}
	return err
}

func hidden(path string) bool {
	base := filepath.Base(path)
	return strings.HasPrefix(base, ".") && base != "." && base != ".."
}

// SortByTime orders capture files by the time of their first frame. Those that have none, cannot be read, or must not
// be read twice (standard input, pipes) come last, in the order given.
func SortByTime(paths []string) []string {
	type file struct {
		path string
		time int64
	}
	files := make([]file, len(paths))
	for i, p := range paths {
		files[i] = file{p, firstTime(p)}
	}
	slices.SortStableFunc(files, func(a, b file) int { return cmp.Compare(a.time, b.time) })
	sorted := make([]string, len(paths))
	for i, f := range files {
		sorted[i] = f.path
	}
	return sorted
}

// peekSize is how much is read to find the first frame.
const peekSize = 16 << 10

// firstTime is the time of the first frame of a regular file, or the last moment there is.
func firstTime(path string) int64 {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return math.MaxInt64
	}
	f, err := os.Open(path)
	if err != nil {
		return math.MaxInt64
	}
	s, err := open(path, f, f, peekSize)
	if err != nil {
		return math.MaxInt64
	}
	defer s.Close()
	var b Block
	if _ = s.Next(&b); len(b.Frames) == 0 {
		return math.MaxInt64
	}
	return b.Frames[0].Time
}
