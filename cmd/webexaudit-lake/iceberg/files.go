package iceberg

import (
	"context"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"
)

// compare tells what of a table's files is gone, what is missing, and what has other content under the same name
// (which is gone, too). It counts the files and the rows that stay.
func (r *registrar) compare(ctx context.Context, t *table.Table) (gone []iceberg.DataFile, added, changed []string,
	err error) {
	r.Files, r.Rows = len(r.want), 0
	there := map[string]bool{}
	now := t.CurrentSnapshot()
	if now != nil {
		tasks, err := t.Scan().PlanFiles(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		for _, task := range tasks {
			f := task.File
			o, wanted := r.want[f.FilePath()]
			there[f.FilePath()] = wanted
			if wanted && o.Bytes == f.FileSizeBytes() && !o.Time.After(time.UnixMilli(now.TimestampMs)) {
				r.Rows += f.Count()
				continue
			}
			gone = append(gone, f)
			if wanted {
				changed = append(changed, f.FilePath())
			}
		}
	}
	for path := range r.want {
		if !there[path] {
			added = append(added, path)
		}
	}
	return gone, added, changed, nil
}

// describe reads the footers of files.
func (r *registrar) describe(ctx context.Context, t *table.Table, paths []string) (list []iceberg.DataFile, err error) {
	fs, err := t.FS(ctx)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		f, err := table.FileToDataFile(ctx, fs, path, t.Schema(), t.Spec(), 0, t.Properties())
		if err != nil || !divided(f, t.Spec()) {
			f, err = table.FileToDataFile(ctx, fs, path, t.Schema(), *iceberg.UnpartitionedSpec, 0, t.Properties())
		}
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// divided tells whether all rows of a file have one and the same value of what the table is divided by.
func divided(f iceberg.DataFile, spec iceberg.PartitionSpec) bool {
	for _, by := range spec.Fields() {
		if f.NullValueCounts()[by.SourceID()] > 0 || f.LowerBoundValues()[by.SourceID()] == nil {
			return false
		}
	}
	return true
}

// expire forgets the snapshots that are too old, and removes the lists that only they had.
func (r *registrar) expire(ctx context.Context, t *table.Table) (*table.Table, error) {
	before := len(t.Metadata().Snapshots())
	fs, err := t.FS(ctx)
	if err != nil || before < 2 {
		return t, err
	}
	lists, err := listsOf(t, fs)
	if err != nil {
		return nil, err
	}
	tx := t.NewTransaction()
	for _, do := range []func() error{
		func() error { return tx.SetProperties(iceberg.Properties{table.GCEnabledKey: "true"}) },
		func() error {
			return tx.ExpireSnapshots(table.WithOlderThan(r.o.Keep), table.WithRetainLast(1),
				table.WithPostCommit(false))
		},
		func() error { return tx.SetProperties(iceberg.Properties{table.GCEnabledKey: "false"}) },
	} {
		if err := do(); err != nil {
			return nil, err
		}
	}
	staged, err := tx.StagedTable()
	if err != nil || len(staged.Metadata().Snapshots()) == before {
		return t, err
	}
	if t, err = tx.Commit(ctx); err != nil {
		return nil, err
	}
	r.Expired = before - len(t.Metadata().Snapshots())
	still, err := listsOf(t, fs)
	for path := range lists {
		if err == nil && !still[path] {
			err = fs.Remove(path)
		}
	}
	return t, err
}

// listsOf are the addresses of the lists of files of all snapshots.
func listsOf(t *table.Table, fs io.IO) (map[string]bool, error) {
	lists := map[string]bool{}
	for _, s := range t.Metadata().Snapshots() {
		manifests, err := s.Manifests(fs)
		if err != nil {
			return nil, err
		}
		lists[s.ManifestList] = true
		for _, m := range manifests {
			lists[m.FilePath()] = true
		}
	}
	return lists, nil
}
