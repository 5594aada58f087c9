package reports

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const columnList = "testdata/parquet/columns.txt"

// line is a column as the list has it.
func (c Column) line() string {
	return fmt.Sprintf("%s %d %s %s %s", c.Table, c.ID, c.Name, c.Type, map[bool]string{true: "null", false: "required"}[c.Null])
}

// TestParquetSchema: the schemas are a contract with every lake that holds old files. The list holds every column that
// there ever was, in the order of its table; -update appends new ones and changes no other.
func TestParquetSchema(t *testing.T) {
	text, err := os.ReadFile(columnList)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range Columns() {
		got = append(got, c.line())
	}
	listed := strings.Split(strings.TrimSpace(string(text)), "\n")
	if *update {
		listed = appended(listed, got)
		if err := os.WriteFile(columnList, []byte(strings.Join(listed, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, fault := range contradictions(listed, got) {
		t.Error(fault)
	}
}

// appended is the list with the new columns at the end of their tables.
func appended(listed, now []string) []string {
	for _, line := range now {
		if slices.Contains(listed, line) {
			continue
		}
		table, _, _ := strings.Cut(line, " ")
		last := len(listed)
		for i, l := range listed {
			if strings.HasPrefix(l, table+" ") {
				last = i + 1
			}
		}
		listed = slices.Insert(listed, last, line)
	}
	return listed
}

// contradictions is what is wrong with the columns as they are, against the list.
func contradictions(listed, now []string) (faults []string) {
	for _, line := range now {
		if !slices.Contains(listed, line) {
			faults = append(faults, "not in "+columnList+" (go test ./reports -run Schema -update): "+line)
		}
	}
	ids, names := map[string]string{}, map[string]string{}
	for _, line := range listed {
		f := strings.Fields(line)
		if id, name := f[0]+" "+f[1], f[0]+" "+f[2]; ids[id] != "" || names[name] != "" {
			faults = append(faults, "a field id or name that was used before: "+line+", before: "+ids[id]+names[name])
		} else {
			ids[id], names[name] = line, line
		}
		if !slices.Contains(now, line) {
			faults = append(faults, "changed or gone: "+line)
		}
	}
	if len(faults) == 0 && !slices.Equal(listed, now) {
		faults = append(faults, "the order of the columns is another one than in "+columnList)
	}
	return faults
}

// TestParquetContradictions: each way to break the contract is seen, and -update mends none but the new column.
func TestParquetContradictions(t *testing.T) {
	listed := []string{"a 1 x int32 null", "a 2 y string required", "b 1 x int32 null"}
	for name, c := range map[string]struct {
		now  []string
		want int // faults after -update
	}{
		"as it was":    {listed, 0},
		"a new one":    {slices.Insert(slices.Clone(listed), 2, "a 3 z string null"), 0},
		"renumbered":   {[]string{"a 1 x int32 null", "a 3 y string required", "b 1 x int32 null"}, 2},
		"id again":     {slices.Insert(slices.Clone(listed), 2, "a 2 z string null"), 1},
		"another type": {[]string{"a 1 x int64 null", "a 2 y string required", "b 1 x int32 null"}, 2},
		"gone":         {listed[1:], 1},
		"renamed":      {[]string{"a 1 w int32 null", "a 2 y string required", "b 1 x int32 null"}, 2},
		"in between":   {slices.Insert(slices.Clone(listed), 1, "a 3 z string null"), 1},
	} {
		if before := contradictions(listed, c.now); (len(before) == 0) != (name == "as it was") {
			t.Errorf("%s: %q", name, before)
		}
		if got := contradictions(appended(slices.Clone(listed), c.now), c.now); len(got) != c.want {
			t.Errorf("%s: %q, want %d", name, got, c.want)
		}
	}
}

// TestParquetTraps forbids the tags that parquet-go accepts and then writes wrongly, and what other engines cannot
// read.
func TestParquetTraps(t *testing.T) {
	for _, table := range tables {
		name, row := table.name, table.row
		ids, names := map[string]string{}, map[string]bool{}
		for _, f := range reflect.VisibleFields(reflect.TypeOf(row)) {
			if f.Anonymous {
				continue
			}
			column, options := splitTag(f.Tag.Get("parquet"))
			at := name + "." + f.Name
			if column == "" || column != strings.ToLower(column) || names[column] {
				t.Errorf("%s: column name %q", at, column)
			}
			names[column] = true
			id := idOf(options)
			if id == "" || ids[id] != "" {
				t.Errorf("%s: field id %q, also of %s", at, id, ids[id])
			}
			ids[id] = at
			checkType(t, at, f.Type, options)
			if f.Type.Kind() == reflect.Slice && !strings.Contains(f.Tag.Get("parquet-element"), "id(1"+strings.Repeat("0", 3-len(id))+id+")") {
				t.Errorf("%s: list element without field id", at)
			}
		}
		for _, reserved := range []string{"date", "hour", "timestamp", "user", "end", "dt", "sensor"} {
			if names[reserved] {
				t.Errorf("%s: reserved column name %s", name, reserved)
			}
		}
	}
}

func splitTag(tag string) (name string, options []string) {
	parts := strings.Split(tag, ",")
	return parts[0], parts[1:]
}

func idOf(options []string) string {
	for _, o := range options {
		if id, ok := strings.CutPrefix(o, "id("); ok {
			return strings.TrimSuffix(id, ")")
		}
	}
	return ""
}

func checkType(t *testing.T, at string, typ reflect.Type, options []string) {
	t.Helper()
	for _, bad := range []string{"json", "uuid", "enum", "delta"} {
		if slices.Contains(options, bad) {
			t.Errorf("%s: tag %s", at, bad)
		}
	}
	optional := slices.Contains(options, "optional")
	switch typ.Kind() {
	case reflect.String:
		if optional {
			t.Errorf("%s: optional on string writes \"\" where a row before it has text", at)
		}
	case reflect.Slice:
		if typ.Elem().Kind() != reflect.String || !slices.Contains(options, "list") {
			t.Errorf("%s: a slice must be []string with the tag list", at)
		}
	case reflect.Pointer:
		if !optional {
			t.Errorf("%s: pointer without optional", at)
		}
		if typ.Elem().Kind() != reflect.String {
			checkNumber(t, at, typ.Elem())
		}
	default:
		if optional {
			t.Errorf("%s: optional on %s turns zero into NULL", at, typ)
		}
		checkNumber(t, at, typ)
	}
}

func checkNumber(t *testing.T, at string, typ reflect.Type) {
	t.Helper()
	if !slices.Contains([]reflect.Kind{reflect.Int32, reflect.Int64, reflect.Float64, reflect.Bool}, typ.Kind()) {
		t.Errorf("%s: type %s is not one that every engine reads", at, typ)
	}
}
