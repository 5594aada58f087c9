package query

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/cmd/webexaudit-lake/store"
)

// Options say which part of a lake is asked.
type Options struct {
	Since, Until time.Time // days (UTC) of the rows, both included; zero: no bound
	Date         time.Time // of questions about before and after a day; zero: a week ago
	Cache        string    // folder that keeps what is fetched from a bucket; "": it is removed afterwards
	Memory       string    // bound of DuckDB's memory, such as 4GB; "": its default
}

// Files are the paths of a table's files, which this machine can read, by the name of the table.
type Files map[string][]string

// find lists the files of tables that belong to complete runs, within the days.
func find(ctx context.Context, lake *store.Store, names []string, o Options) (keys map[string][]string, err error) {
	index, err := layout.Read(ctx, lake)
	if err != nil {
		return nil, err
	}
	keys = map[string][]string{}
	for _, name := range names {
		folders, err := index.Folders(ctx, name, o.within)
		if err != nil {
			return nil, err
		}
		for _, folder := range folders {
			for _, f := range folder.Files {
				keys[name] = append(keys[name], f.Key)
			}
		}
	}
	return keys, nil
}

func (o *Options) within(day string) bool {
	t, err := time.Parse(time.DateOnly, day)
	return err == nil && !(t.Before(o.Since) && !o.Since.IsZero()) && !(t.After(o.Until) && !o.Until.IsZero())
}

// fetchesAtOnce is how many files are fetched from a bucket at a time.
const fetchesAtOnce = 8

// Gather makes the files that a question needs readable on this machine. The function ends that.
func Gather(ctx context.Context, lake *store.Store, q Question, o Options) (files Files, done func(), err error) {
	names := []string{"captures"} // tells which runs count
	for name := range q.Needs {
		if name != "captures" {
			names = append(names, name)
		}
	}
	keys, err := find(ctx, lake, names, o)
	if err != nil {
		return nil, nil, err
	}
	if len(keys) == 0 {
		return nil, nil, fmt.Errorf("%s holds no tables of these days", lake.Name())
	}
	dir, done := lake.Dir(), func() {}
	if dir == "" {
		if dir, done, err = o.room(); err != nil {
			return nil, nil, err
		}
		if err := fetch(ctx, lake, keys, dir); err != nil {
			done()
			return nil, nil, err
		}
	}
	files = Files{}
	for name, list := range keys {
		for _, key := range list {
			files[name] = append(files[name], filepath.Join(dir, filepath.FromSlash(key)))
		}
	}
	return files, done, nil
}

// room is a folder for what is fetched.
func (o *Options) room() (dir string, done func(), err error) {
	if o.Cache != "" {
		dir, err = filepath.Abs(o.Cache)
		return dir, func() {}, err
	}
	dir, err = os.MkdirTemp("", "webexaudit-lake-*")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

// kept reports whether a file was fetched before, and the object is still the same.
func kept(ctx context.Context, lake *store.Store, key, path string) bool {
	have, err := os.Stat(path)
	if err != nil {
		return false
	}
	o, err := lake.Stat(ctx, key)
	return err == nil && o.Bytes == have.Size() && !o.Time.After(have.ModTime())
}

// fetch brings files that are not there yet in this size.
func fetch(ctx context.Context, lake *store.Store, keys map[string][]string, dir string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(fetchesAtOnce)
	for _, list := range keys {
		for _, key := range list {
			g.Go(func() error {
				path := filepath.Join(dir, filepath.FromSlash(key))
				if kept(ctx, lake, key, path) {
					return nil
				}
				return lake.Fetch(ctx, key, path)
			})
		}
	}
	return g.Wait()
}
