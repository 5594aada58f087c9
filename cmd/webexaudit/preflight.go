package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"webexaudit/analyzer"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/privilege"
	"webexaudit/analyzer/record"
	"webexaudit/reports"
)

// check finds out, before the analysis, whether everything can be written, and makes the directories.
func (o *outputs) check(inputs []string) error {
	for _, path := range o.all() {
		if slices.ContainsFunc(inputs, func(in string) bool { return sameFile(in, path) }) {
			return usage("%s is an input; it would be overwritten", path)
		}
	}
	var problems []error
	for _, dir := range o.places() {
		problems = append(problems, dir.problem())
	}
	for _, path := range o.all() {
		problems = append(problems, o.free(path))
	}
	if o.evidence != nil {
		problems = append(problems, o.evidence.free())
	}
	if err := errors.Join(problems...); err != nil {
		return failure{statusOutput, err}
	}
	return nil
}

// place is a directory that files are to be written to.
type place struct {
	dir  string
	make bool // if it is not there
}

// places are the directories of all outputs, each once: what is wrong with one is said once.
func (o *outputs) places() (list []place) {
	for _, d := range o.dirs {
		list = append(list, place{d.path, true})
	}
	if o.parquet != "" {
		list = append(list, place{o.parquet, true})
	}
	for _, f := range o.files {
		if info, err := os.Lstat(f.path); err == nil && (info.IsDir() || isDevice(info)) {
			continue // a device or pipe, or a directory, of which free speaks
		}
		dir := filepath.Dir(f.path)
		if !slices.ContainsFunc(list, func(p place) bool { return filepath.Clean(p.dir) == dir }) {
			list = append(list, place{dir, false})
		}
	}
	return list
}

func (p place) problem() error {
	if p.make {
		if err := os.MkdirAll(p.dir, 0o777); err != nil {
			return fmt.Errorf("%s: cannot be made: %w", p.dir, cause(err))
		}
	}
	if _, err := os.Stat(p.dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: the directory does not exist", p.dir)
	}
	return writable(p.dir)
}

// alreadyStored finds out, before the analysis, whether its Parquet tables are there already. A file's name depends on
// what is read, so this compares the inputs with those of the tables; what it cannot know beforehand the writing of the
// tables finds out.
func (o *outputs) alreadyStored(ctx context.Context, c analyzer.Config, files []string) error {
	if o.parquet == "" || o.overwrite || o.mapper != nil || c.SignatureDir != "" {
		return nil
	}
	run := &record.Run{Version: c.Version, Arguments: c.Arguments, Site: c.Site.Digest()}
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		run.Files = append(run.Files, record.File{Path: path, Bytes: info.Size()})
	}
	stored, err := reports.StoredRun(reports.ParquetOptions{Dir: o.parquet, Sensor: o.sensor}, run,
		func(path, hash string) (string, error) {
			sum, _, err := capture.HashFile(ctx, path, capture.Hash(hash))
			return sum, err
		})
	if err == nil && stored != "" {
		return failure{statusOutput, fmt.Errorf("--parquet %s: the tables of this run are there: %s already exists (--overwrite replaces it)", o.parquet, stored)}
	}
	return nil
}

// cause is an error of the operating system without the name of the call and the file.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// free reports why a file cannot be written. Devices and pipes can, whatever is in them.
func (o *outputs) free(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s: is a directory", path)
	case err == nil && isDevice(info):
		return privilege.Writable(path)
	case err == nil && !o.overwrite:
		return fmt.Errorf("%s: already exists (--overwrite replaces it)", path)
	case err == nil:
		return privilege.Replaceable(path)
	}
	return nil // what is wrong with the directory, places says
}

// writable tries to make a file in a directory: nothing else tells for sure.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".webexaudit-*")
	if err != nil {
		return fmt.Errorf("%s: cannot be written to: %w", dir, cause(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
