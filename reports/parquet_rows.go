package reports

import (
	_ "embed"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"webexaudit/analyzer/record"
)

// The rows of the tables are generated from the records (parquet_gen.go). Here are what begins all of them, and the
// values of cells. Nullable numbers and booleans are pointers ("optional" on a plain number would turn DSCP 0 into
// NULL) and so are nullable strings ("optional" on a plain string writes "" where a row before it had text; parquet-go
// v0.32); []string is a "list"; JSON text is a string. Empty strings of columns that may be unknown become NULL, lists
// are never NULL. Pointers lead into the record where that is possible.

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

// maybe is NULL for the zero value: for numbers whose record field says that zero means unknown.
func maybe[N int | int64 | float64](n *N) *N {
	if *n == 0 {
		return nil
	}
	return n
}

func maybeMicros(t record.Time) *int64 {
	if t == 0 {
		return nil
	}
	us := micros(t)
	return &us
}

func narrow(n *int) *int32 {
	if n == nil {
		return nil
	}
	v := int32(*n)
	return &v
}

// known is the text of a column that may be unknown, made valid; NULL for "".
func known(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	if utf8.ValidString(*s) {
		return s
	}
	text := valid(*s)
	return &text
}

// jsonText is the JSON of a histogram, a list of objects, or a value that makes its JSON itself.
func jsonText(v any) *string {
	space := jsonSpace.Get().(*[]byte)
	defer jsonSpace.Put(space)
	b, err := record.AppendValue((*space)[:0], v)
	if err != nil {
		return nil // maps and slices of plain values: cannot happen
	}
	*space = b
	text := string(b)
	return &text
}

// jsonSpace lends jsonText the space in which a text grows.
var jsonSpace = sync.Pool{New: func() any { return new([]byte) }}

// valid replaces bytes that are not UTF-8, which engines refuse in a text column; the JSON forms do the same.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

func allValid[S ~string](list []S) []string {
	if plain, ok := any(list).([]string); ok && !slices.ContainsFunc(plain, func(s string) bool {
		return !utf8.ValidString(s)
	}) {
		return plain
	}
	text := make([]string, len(list))
	for i, s := range list {
		text[i] = valid(string(s))
	}
	return text
}

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func maybeAddress(a netip.Addr) *string {
	if !a.IsValid() {
		return nil
	}
	text := a.String()
	return &text
}

func numbers[N ~int | ~int64](list []N) []string {
	text := make([]string, len(list))
	for i, n := range list {
		text[i] = strconv.FormatInt(int64(n), 10)
	}
	return text
}
