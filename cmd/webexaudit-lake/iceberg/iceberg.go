// Package iceberg registers the files of a lake as tables of Apache Iceberg: nothing is copied or rewritten, what is
// added are lists of files with the bounds of their columns.
//
// A table has the files that readers of the lake see: what was registered stays, what is new is added, and what is gone
// (compacted, audited again) is taken out, in one commit. Of two programs that register at the same time one wins, and
// the other looks again. Files of data are never removed here, and gc.enabled=false tells other programs not to.
package iceberg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	"github.com/apache/iceberg-go/table"
	"github.com/google/uuid"

	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/cmd/webexaudit-lake/store"
)

// folder is where lists of files, and the catalog of a lake in a folder, lie in the lake.
const folder = "_iceberg"

// Options say where tables are registered.
type Options struct {
	Catalog   string        // path of a database of SQLite, or address of a REST catalog; "": in the lake's folder
	Namespace string        // of the tables; "": [Name]
	Warehouse string        // of a REST catalog; "": its default
	Keep      time.Duration // snapshots that are older expire, but for the current one
}

// Result is what became of a table.
type Result struct {
	Table          string
	Files          int
	Rows           int64
	Added, Removed int // files
	Expired        int // snapshots
	Metadata       string
}

// Register makes the tables of a catalog have the files of a lake. A table that fails leaves the others alone; tables
// that never had a file are not made.
func Register(ctx context.Context, lake *store.Store, o Options) (list []Result, err error) {
	if o.Catalog == "" && lake.Dir() == "" {
		return nil, ErrNoCatalog
	}
	at, err := base(lake)
	if err != nil {
		return nil, err
	}
	index, err := layout.Read(ctx, lake)
	if err != nil {
		return nil, err
	}
	if index.Empty() {
		return nil, fmt.Errorf("%s holds no tables", lake.Name())
	}
	o.Namespace = cmp.Or(o.Namespace, Name)
	cat, done, err := openCatalog(ctx, lake, &o)
	if err != nil {
		return nil, err
	}
	defer done()
	err = cat.CreateNamespace(ctx, []string{o.Namespace}, nil)
	if err != nil && !errors.Is(err, catalog.ErrNamespaceAlreadyExists) {
		return nil, err
	}
	var problems []error
	for _, name := range layout.Tables() {
		r := &registrar{o: &o, base: at, cat: cat, name: name, id: []string{o.Namespace, name}}
		err := r.seen(ctx, index)
		if err == nil {
			err = r.register(ctx)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		} else if r.Files > 0 || r.Removed > 0 {
			list = append(list, r.Result)
		}
	}
	return list, errors.Join(problems...)
}

// registrar registers one table.
type registrar struct {
	Result
	o    *Options
	base string
	cat  catalog.Catalog
	name string
	id   table.Identifier
	want map[string]store.Object // by their addresses
}

// seen lists the files that the table should have.
func (r *registrar) seen(ctx context.Context, index *layout.Index) error {
	r.Table, r.want = r.name, map[string]store.Object{}
	folders, err := index.Folders(ctx, r.name, func(string) bool { return true })
	for i := range folders {
		for _, f := range folders[i].Files {
			r.want[r.base+"/"+f.Key] = f
		}
	}
	return err
}

// tries is how often a table is looked at again because another program changed it.
const tries = 5

// register looks again where it fails and another program has changed the table since: of two one wins.
func (r *registrar) register(ctx context.Context) (err error) {
	for range tries {
		before := r.metadata(ctx)
		if err = r.once(ctx); err == nil || r.metadata(ctx) == before {
			return err
		}
	}
	return fmt.Errorf("another program changes it all the time: %w", err)
}

// metadata is the address of the table's metadata, which changes with each commit; "": there is no table.
func (r *registrar) metadata(ctx context.Context) string {
	t, err := r.cat.LoadTable(ctx, r.id)
	if err != nil {
		return ""
	}
	return t.MetadataLocation()
}

func (r *registrar) once(ctx context.Context) error {
	t, err := r.open(ctx)
	if err != nil || t == nil {
		return err
	}
	if t, err = r.update(ctx, t); err != nil {
		return err
	}
	if t, err = r.expire(ctx, t); err == nil {
		r.Metadata = t.MetadataLocation()
	}
	return err
}

// open opens the table, makes it, and gives it the columns that it lacks; nil: there is none, and it needs none.
func (r *registrar) open(ctx context.Context) (*table.Table, error) {
	t, err := r.cat.LoadTable(ctx, r.id)
	schema := schemaOf(r.name)
	switch {
	case errors.Is(err, catalog.ErrNoSuchTable):
		if len(r.want) == 0 {
			return nil, nil
		}
		if err := r.create(ctx, schema); err != nil {
			return nil, err
		}
		return r.cat.LoadTable(ctx, r.id)
	case err != nil:
		return nil, err
	}
	more := missing(t.Schema(), schema)
	if more == nil {
		return t, nil
	}
	_, _, err = r.cat.CommitTable(ctx, r.id, []table.Requirement{table.AssertCurrentSchemaID(t.Schema().ID)},
		[]table.Update{table.NewAddSchemaUpdate(more), table.NewSetCurrentSchemaUpdate(-1)})
	if err != nil {
		return nil, err
	}
	return r.cat.LoadTable(ctx, r.id)
}

// properties of the tables: their files belong to the lake, their lists do not grow for ever.
var properties = iceberg.Properties{
	table.GCEnabledKey:                        "false",
	table.ManifestMergeEnabledKey:             "true",
	table.MetadataDeleteAfterCommitEnabledKey: "true",
	table.MetadataPreviousVersionsMaxKey:      "20",
}

// create makes the table by a commit: what catalogs make otherwise has field ids of their own, which the files do not.
func (r *registrar) create(ctx context.Context, schema *iceberg.Schema) error {
	spec, err := specOf(r.name, schema)
	if err != nil {
		return err
	}
	unsorted := table.UnsortedSortOrder
	_, _, err = r.cat.CommitTable(ctx, r.id, []table.Requirement{table.AssertCreate()}, []table.Update{
		table.NewAssignUUIDUpdate(uuid.New()), table.NewUpgradeFormatVersionUpdate(2),
		table.NewAddSchemaUpdate(schema), table.NewSetCurrentSchemaUpdate(-1),
		table.NewAddPartitionSpecUpdate(iceberg.UnpartitionedSpec, true),
		table.NewAddPartitionSpecUpdate(&spec, false), table.NewSetDefaultSpecUpdate(-1),
		table.NewAddSortOrderUpdate(&unsorted), table.NewSetDefaultSortOrderUpdate(-1),
		table.NewSetLocationUpdate(r.base + "/" + folder + "/" + r.name), table.NewSetPropertiesUpdate(properties),
	})
	return err
}

// update makes the table have the files that it should.
func (r *registrar) update(ctx context.Context, t *table.Table) (*table.Table, error) {
	gone, added, changed, err := r.compare(ctx, t)
	if err != nil || len(gone)+len(added)+len(changed) == 0 {
		return t, err
	}
	slices.Sort(added)
	slices.Sort(changed)
	files, err := r.describe(ctx, t, added)
	if err != nil {
		return nil, err
	}
	again, err := r.describe(ctx, t, changed)
	if err != nil {
		return nil, err
	}
	tx := t.NewTransaction()
	err = tx.AssertRefSnapshotID(table.MainBranch) // a commit of another program is no reason to add the same once more
	if err == nil {
		err = tx.ReplaceDataFilesWithDataFiles(ctx, gone, files, nil, table.WithoutAutoNameMapping())
	}
	if err == nil { // under the same name: after the old one is out
		err = tx.AddDataFiles(ctx, again, nil, table.WithoutAutoNameMapping())
	}
	if err != nil {
		return nil, err
	}
	if t, err = tx.Commit(ctx); err == nil {
		r.Added, r.Removed = len(files)+len(again), len(gone)
		r.Rows += rows(files) + rows(again)
	}
	return t, err
}

func rows(files []iceberg.DataFile) (n int64) {
	for _, f := range files {
		n += f.Count()
	}
	return n
}
