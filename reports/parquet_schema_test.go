package reports

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"webexaudit/analyzer/record"
)

// tables names every table with its row.
var tables = map[string]any{
	"captures": captureRow{}, "flows": flowRow{}, "media_streams": streamRow{}, "media_intervals": intervalRow{},
	"tls_sessions": tlsRow{}, "reachability": reachabilityRow{}, "sessions": sessionRow{}, "findings": findingRow{},
}

// TestParquetSchema: the schemas are a contract with every lake that holds old files. Only new nullable columns at the end
// may ever appear in this diff.
func TestParquetSchema(t *testing.T) {
	for name, row := range tables {
		golden(t, "parquet/"+name+".schema.txt", []byte(parquet.SchemaOf(row).String()+"\n"))
	}
}

// TestParquetTraps forbids the tags that parquet-go accepts and then writes wrongly, and what other engines cannot read.
func TestParquetTraps(t *testing.T) {
	for name, row := range tables {
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

// jsonColumns are the names that the JSON Lines record gives, flattened as the contract says.
func jsonColumns(typ reflect.Type, prefix string) (columns []string) {
	for _, f := range reflect.VisibleFields(typ) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || f.Anonymous { // the members of an embedded struct come one by one
			continue
		}
		member := f.Type
		if member.Kind() == reflect.Pointer {
			member = member.Elem()
		}
		if member.Kind() == reflect.Struct && member.PkgPath() == "webexaudit/analyzer/record" {
			columns = append(columns, jsonColumns(member, prefix+name+"_")...)
			continue
		}
		columns = append(columns, prefix+name)
	}
	return columns
}

// TestParquetNames: a member added to a record must not be forgotten here.
func TestParquetNames(t *testing.T) {
	own := []string{"schema_version", "run_id", "sensor_id", "pack_id"}
	for name, c := range map[string]struct {
		of   any
		more []string
	}{
		"flows": {of: record.Flow{}}, "media_streams": {of: record.MediaStream{}}, "media_intervals": {of: record.MediaInterval{}},
		"tls_sessions": {record.TLSSession{}, []string{"start_time"}}, "reachability": {of: record.Reachability{}},
		"sessions": {of: record.Session{}}, "findings": {of: record.Finding{}},
	} {
		want := slices.Concat(own, c.more, jsonColumns(reflect.TypeOf(c.of), ""))
		var got []string
		for _, f := range parquet.SchemaOf(tables[name]).Fields() {
			got = append(got, f.Name())
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-record +table):\n%s", name, diff)
		}
	}
}
