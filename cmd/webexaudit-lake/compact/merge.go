package compact

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"

	"webexaudit/cmd/webexaudit-lake/layout"
)

// rowGroup is how many rows a row group has, as in the files of runs; bitsPerValue is of the filters: one search in a
// hundred reads a group in vain.
const (
	rowGroup     = 131_072
	bitsPerValue = 10
)

// merge writes the rows of files as one, in the order of the table's time, and counts them.
func (t *table) merge(paths []string, out string) (rows int64, err error) {
	var groups []parquet.RowGroup
	var schema *parquet.Schema
	var want int64
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return 0, err
		}
		file, err := parquet.OpenFile(f, info.Size())
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		if schema == nil || len(file.Schema().Fields()) > len(schema.Fields()) {
			schema = file.Schema() // columns are only ever added
		}
		groups, want = append(groups, file.RowGroups()...), want+file.NumRows()
	}
	groups, err = alike(groups, schema)
	if err != nil {
		return 0, err
	}
	merged, err := parquet.MergeRowGroups(groups, schema,
		parquet.SortingRowGroupConfig(parquet.SortingColumns(parquet.Ascending(layout.Start(t.name)))))
	if err != nil {
		return 0, err
	}
	if rows, err = t.write(merged, schema, out); err == nil && rows != want {
		err = fmt.Errorf("%d rows became %d", want, rows)
	}
	return rows, err
}

// alike gives all row groups the columns of a schema; those that a file of an older version lacks are NULL.
func alike(groups []parquet.RowGroup, schema *parquet.Schema) ([]parquet.RowGroup, error) {
	list := slices.Clone(groups)
	for i, g := range list {
		if len(g.Schema().Fields()) == len(schema.Fields()) {
			continue
		}
		conversion, err := parquet.Convert(schema, g.Schema())
		if err != nil {
			return nil, err
		}
		list[i] = parquet.ConvertRowGroup(g, conversion)
	}
	return list, nil
}

func (t *table) write(from parquet.RowGroup, schema *parquet.Schema, out string) (rows int64, err error) {
	f, err := os.Create(out)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var filters []parquet.BloomFilterColumn
	for _, column := range t.filters {
		filters = append(filters, parquet.SplitBlockFilter(bitsPerValue, column))
	}
	w := parquet.NewWriter(f, schema, parquet.Compression(&parquet.Zstd), parquet.DataPageVersion(1),
		parquet.MaxRowsPerRowGroup(rowGroup), parquet.BloomFilters(filters...),
		parquet.CreatedBy("webexaudit-lake", "compact", t.name),
		parquet.KeyValueMetadata("webexaudit.schema", t.name+"/1"))
	in := from.Rows()
	rows, err = parquet.CopyRows(w, in)
	return rows, errors.Join(err, in.Close(), w.Close())
}
