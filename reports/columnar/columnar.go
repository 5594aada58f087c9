// Package columnar writes Parquet files column by column: values go to their columns as they are known, NULL costs
// nothing, and no row is ever put together. What a file looks like is the business of parquet-go: it makes the schema
// from the tags of a row, and the structures of the format.
//
// The files are as plain as can be, so that every engine reads them: data pages of version 1, plain or dictionary
// encoding (https://parquet.apache.org/docs/file-format/data-pages/encodings/), statistics, and a page index
// (https://parquet.apache.org/docs/file-format/pageindex/). A page ends after 8,192 rows or 64 KiB. Compressed pages of
// a row group are held until it ends, since the dictionaries stand before them.
package columnar

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"
)

const (
	pageRows  = 8192     // at most in a page
	pageBytes = 64 << 10 // of values; a page grows to the row of 64 that exceeds it
	checked   = 64       // rows between two looks at the sizes of pages
)

// Writer writes one file. Its columns are numbered as the fields of the row that it was made for; values are given for
// one row after the other, each column at most once a row, and Next ends a row. Columns that may be NULL are so where
// nothing is given. The first error is kept, and returned by Next and Close.
type Writer struct {
	w       io.Writer
	offset  int64
	columns []*column
	meta    *format.FileMetaData
	codec   compress.Codec
	row     int // in the row group
	limit   int // rows of a row group
	indexes []index
	space   []byte // a value of the caller grows here
	spaces  chan space
	busy    sync.WaitGroup // pages that are compressed
	err     error
}

// New begins a file of such rows, a struct with parquet-go's tags. Its fields are numbers, booleans and strings,
// pointers to them where they may be NULL, and lists of strings. Options choose what the footer says, the codec, and
// how many rows a row group holds.
func New[Row any](w io.Writer, options ...parquet.WriterOption) (*Writer, error) {
	config, err := parquet.NewWriterConfig(options...)
	if err != nil {
		return nil, err
	}
	empty, err := emptyFile[Row](options)
	if err != nil {
		return nil, err
	}
	c := &Writer{w: w, meta: empty.Metadata(), codec: config.Compression, limit: int(config.MaxRowsPerRowGroup),
		spaces: make(chan space, atOnce)}
	for range atOnce {
		c.spaces <- space{}
	}
	if c.codec == nil {
		c.codec = &parquet.Uncompressed
	}
	var r Row
	schema := parquet.SchemaOf(r)
	for _, path := range schema.Columns() {
		leaf, _ := schema.Lookup(path...)
		one, err := newColumn(path, leaf)
		if err != nil {
			return nil, err
		}
		c.columns = append(c.columns, one)
	}
	c.write([]byte("PAR1"))
	return c, c.err
}

// emptyFile is one without rows, which has the schema and all that the footer says.
func emptyFile[Row any](options []parquet.WriterOption) (*parquet.File, error) {
	var b bytes.Buffer
	if err := parquet.NewGenericWriter[Row](&b, options...).Close(); err != nil {
		return nil, err
	}
	return parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
}

// Next ends a row.
func (w *Writer) Next() error {
	w.row++
	if w.row%checked == 0 {
		for _, c := range w.columns {
			if w.row-c.first >= pageRows || len(c.plain) >= pageBytes {
				w.page(c)
			}
		}
	}
	if w.row >= w.limit {
		w.group()
	}
	return w.err
}

// Close ends the file. It does not close what the file is written to.
func (w *Writer) Close() error {
	if w.row > 0 {
		w.group()
	}
	w.footer()
	return w.err
}

// Tell sets what the footer says under a key of the options, for what is only known at the end.
func (w *Writer) Tell(key, value string) {
	for i := range w.meta.KeyValueMetadata {
		if kv := &w.meta.KeyValueMetadata[i]; kv.Key == key {
			kv.Value = value
		}
	}
}

func (w *Writer) write(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.w.Write(b)
	w.offset += int64(n)
	w.fail(err)
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// lacks is the error of a row without a value that has to be there.
func (c *column) lacks(rows int) error {
	return fmt.Errorf("column %s: %d values in %d rows", c.path[0], c.values, rows)
}
