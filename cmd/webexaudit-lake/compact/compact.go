// Package compact makes few files of many: what the runs of a day have left of a sensor in a table becomes one file, in
// the order of its rows' start, with filters by which a search for an address or a flow passes over most of it.
//
// The new file is written first, then the marker by which readers take it instead of the others, then the others are
// removed. It can be broken off anywhere and done again. Of two programs that compact the same at the same time one
// wins.
package compact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/cmd/webexaudit-lake/store"
)

// Options say what is compacted.
type Options struct {
	Before time.Time // days before this one
	Files  int       // folders of at least so many files; 0: two
	Note   func(string)
}

// table is how a table is compacted. Captures are not: webexaudit looks at the files of single runs there.
type table struct {
	name    string
	filters []string // columns that are searched for a value
}

var compacted = []table{
	{"flows", []string{"flow_id", "community_id", "src_ip", "dst_ip", "client"}},
	{"media_streams", []string{"stream_id", "flow_id", "src_ip", "dst_ip"}},
	{"media_intervals", []string{"stream_id", "flow_id"}},
	{"tls_sessions", []string{"flow_id", "community_id", "client"}},
	{"reachability", nil},
	{"sessions", []string{"session_id", "client"}},
	{"findings", []string{"finding_id", "fingerprint"}},
}

// Result is what became of a lake.
type Result struct{ Folders, Before, After int }

// All compacts what there is to compact. A folder that fails leaves the others alone.
func All(ctx context.Context, lake *store.Store, o Options) (r Result, err error) {
	index, err := layout.Read(ctx, lake)
	if err != nil {
		return r, err
	}
	var problems []error
	for _, t := range compacted {
		folders, err := index.Folders(ctx, t.name, o.wants)
		if err != nil {
			return r, err
		}
		for _, f := range folders {
			if ctx.Err() != nil {
				return r, context.Cause(ctx)
			}
			done, err := t.folder(ctx, lake, &f, max(o.Files, 2))
			switch {
			case err != nil:
				problems = append(problems, fmt.Errorf("%s: %w", f.Prefix(), err))
			case done && o.Note != nil:
				o.Note(fmt.Sprintf("%s: %d files are one", f.Prefix(), len(f.Files)))
			}
			if done {
				r.Folders, r.Before, r.After = r.Folders+1, r.Before+len(f.Files), r.After+1
			}
		}
	}
	return r, errors.Join(problems...)
}

func (o *Options) wants(day string) bool {
	t, err := time.Parse(time.DateOnly, day)
	return err == nil && t.Before(o.Before)
}

// folder compacts the files of a folder, and removes what an earlier compaction that was broken off has left.
func (t *table) folder(ctx context.Context, lake *store.Store, f *layout.Folder, least int) (done bool, err error) {
	if err := remove(ctx, lake, f.Replaced); err != nil {
		return false, err
	}
	if len(f.Files) < least {
		return false, nil
	}
	dir, err := os.MkdirTemp("", "webexaudit-lake-*")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	c := layout.Compaction{Schema: layout.CompactionSchema, Generation: f.Generation + 1}
	var paths []string
	sum := sha256.New()
	for i, o := range f.Files {
		path := filepath.Join(lake.Dir(), filepath.FromSlash(o.Key))
		if lake.Dir() == "" {
			path = filepath.Join(dir, fmt.Sprintf("%d.parquet", i))
			if err := lake.Fetch(ctx, o.Key, path); err != nil {
				return false, err
			}
		}
		paths, c.Replaces = append(paths, path), append(c.Replaces, o.Key)
		fmt.Fprintf(sum, "%s %d\n", o.Key, o.Bytes)
	}
	out := filepath.Join(dir, "compact.parquet")
	if c.Rows, err = t.merge(paths, out); err != nil {
		return false, err
	}
	key := f.Prefix() + layout.FileName(c.Generation, hex.EncodeToString(sum.Sum(nil)[:6]))
	c.Files = []string{key}
	if err := lake.Put(ctx, key, out); err != nil {
		return false, err
	}
	return true, take(ctx, lake, f, &c)
}

// take makes a compaction hold. Where another program was faster, its compaction holds.
func take(ctx context.Context, lake *store.Store, f *layout.Folder, c *layout.Compaction) error {
	text, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return err
	}
	_, err = lake.Create(ctx, f.Marker(c.Generation), append(text, '\n'))
	if errors.Is(err, store.ErrExists) {
		return errors.Join(fmt.Errorf("another program compacts it: %w", err), lake.Delete(ctx, c.Files[0]))
	}
	if err != nil {
		return err
	}
	return remove(ctx, lake, c.Replaces)
}

func remove(ctx context.Context, lake *store.Store, keys []string) error {
	var problems []error
	for _, key := range keys {
		problems = append(problems, lake.Delete(ctx, key))
	}
	return errors.Join(problems...)
}
