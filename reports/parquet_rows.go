package reports

import (
	_ "embed"
	"sync"

	"webexaudit/analyzer/record"
	"webexaudit/reports/columnar"
)

// The rows of the tables are generated from the records (parquet_gen.go), as a reader sees them, and so is what gives
// a record's values to the columns. Nullable values are pointers ("optional" on a plain number would turn DSCP 0 into
// NULL); []string is a "list"; JSON text is a string. Empty strings of columns that may be unknown become NULL, lists
// are never NULL.

// Views is SQL that makes views of the tables: those without superseded runs, and some by the names of OCSF, Zeek and
// ECS.
//
//go:embed views.sql
var Views string

// lakeHead begins the rows of all tables.
type lakeHead struct {
	SchemaVersion int32  `parquet:"schema_version,id(1)"`
	RunID         string `parquet:"run_id,dict,id(2)"`
	SensorID      string `parquet:"sensor_id,dict,id(3)"`
	PackID        string `parquet:"pack_id,dict,id(4)"`
	AnalyzedAt    int64  `parquet:"analyzed_at,timestamp(microsecond),id(900)"`
	RunSeq        int64  `parquet:"run_seq,id(901)"`
}

// micros converts to microseconds, towards the past.
func micros(t record.Time) int64 {
	us := int64(t) / 1000
	if int64(t)%1000 < 0 {
		us--
	}
	return us
}

// put gives the columns that begin a row their values.
func (h *lakeHead) put(w *columnar.Writer) {
	w.Int32(0, h.SchemaVersion)
	w.Text(1, h.RunID)
	w.Text(2, h.SensorID)
	w.Text(3, h.PackID)
	w.Int64(4, h.AnalyzedAt)
	w.Int64(5, h.RunSeq)
}

// jsonText gives column i the JSON of a histogram, a list of objects, or a value that makes its JSON itself.
func jsonText(w *columnar.Writer, i int, v any) {
	space := jsonSpace.Get().(*[]byte)
	defer jsonSpace.Put(space)
	b, err := record.AppendValue((*space)[:0], v)
	if err != nil {
		return // maps and slices of plain values: cannot happen
	}
	*space = b
	w.Bytes(i, b)
}

// jsonSpace lends jsonText the space in which a text grows.
var jsonSpace = sync.Pool{New: func() any { return new([]byte) }}
