package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"webexaudit/analyzer/record"
)

// schemaVersion of every table: it changes, with the "v1" of the path, only when a column changes its meaning or type.
// New columns are nullable and come last, with the next free field id.
const schemaVersion = 1

// rowGroup is how many rows a row group holds at most: more would be held in memory until it is written.
const rowGroup = 131_072

// lake is one run's output below a directory.
type lake struct {
	o     ParquetOptions
	run   *record.Run
	head  lakeHead
	codec pageCodec // one for all files: it keeps its buffers
	files []lakeFile
	whole []string // tables of more than maxDays

	replace bool // files of the same run, which was complete and is to be replaced, or came to no end
	marker  *Unfinished
	marked  bool
}

// lakeFile is a finished file under its hidden name, which readers of data lakes skip.
type lakeFile struct {
	*Unfinished
	published bool
}

func newLake(o ParquetOptions, run *record.Run) (*lake, error) {
	id, err := runID(o.Sensor, run)
	if err != nil {
		return nil, err
	}
	seq, err := nextRun(o, id)
	if err != nil {
		return nil, err
	}
	if run == nil {
		run = new(record.Run)
	}
	codec, err := newPageCodec()
	if err != nil {
		return nil, err
	}
	return &lake{o: o, run: run, head: lakeHead{SchemaVersion: schemaVersion, RunID: id, SensorID: o.Sensor,
		PackID: run.Pack.ID, AnalyzedAt: micros(o.AnalyzedAt), RunSeq: seq},
		codec: codec, replace: o.Overwrite || !hasMarker(o, id)}, nil
}

func (l *lake) stopped() error {
	if l.o.Stop == nil {
		return nil
	}
	return l.o.Stop()
}

// settings are what the footer says, and how pages are compressed. The times are those of the first and last row.
func (l *lake) settings(table string) []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.Compression(l.codec),
		parquet.MaxRowsPerRowGroup(rowGroup),
		parquet.CreatedBy("webexaudit", l.run.Version, l.run.Pack.ID),
		parquet.KeyValueMetadata("webexaudit.schema", fmt.Sprintf("%s/%d", table, schemaVersion)),
		parquet.KeyValueMetadata("webexaudit.tool", l.run.Tool),
		parquet.KeyValueMetadata("webexaudit.version", l.run.Version),
		parquet.KeyValueMetadata("webexaudit.pack_id", l.run.Pack.ID),
		parquet.KeyValueMetadata("webexaudit.pack_digest", l.run.Pack.Digest),
		parquet.KeyValueMetadata(footerArguments, argumentsText(l.run)),
		parquet.KeyValueMetadata(footerRun, l.head.RunID),
		parquet.KeyValueMetadata(footerSeq, strconv.FormatInt(l.head.RunSeq, 10)),
		parquet.KeyValueMetadata("webexaudit.sensor_id", l.head.SensorID),
		parquet.KeyValueMetadata(footerFirst, ""),
		parquet.KeyValueMetadata(footerLast, ""),
	}
}

// part is a lake of the same run with its own list of files.
func (l *lake) part() *lake {
	return &lake{o: l.o, run: l.run, head: l.head, codec: l.codec, replace: l.replace}
}

// create opens the hidden file that will become the table's file of that day.
func (l *lake) create(table, day string) (*os.File, error) {
	dir := filepath.Join(l.o.Dir, table, "v1", "dt="+day, "sensor="+slug(l.o.Sensor))
	name := l.head.RunID + "-000-000.parquet"
	final := filepath.Join(dir, name)
	if _, err := os.Lstat(final); err == nil && !l.replace {
		return nil, fmt.Errorf("%s: %w (--overwrite replaces it)", final, fs.ErrExist)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	f, err := Begin(final)
	if err != nil {
		return nil, err
	}
	l.files = append(l.files, lakeFile{Unfinished: f})
	return f.File, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
