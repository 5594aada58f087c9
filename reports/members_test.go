package reports

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// exported is a member of a record type, or of a struct in one.
type exported struct {
	path, owner, json string
	// as it is called in a table; "" where it is none: nested structs, and what is within a list, which is one column
	column string
	why    string // for being left out of the tables
}

// members walks through a struct, which stands at a place.
func members(typ reflect.Type, at exported, within bool) (list []exported) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous {
			list = append(list, members(f.Type, at, within)...)
			continue
		}
		if !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		m := exported{path: at.path + "." + f.Name, owner: at.owner, json: name, column: at.column + name,
			why: f.Tag.Get("why") + at.why}
		inner, many := f.Type, within
		for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map}, inner.Kind()) {
			many = many || inner.Kind() != reflect.Pointer
			inner = inner.Elem()
		}
		_, own := reflect.New(inner).Interface().(json.Unmarshaler)
		nested := inner.Kind() == reflect.Struct && inner.PkgPath() == "webexaudit/analyzer/record" && name != "-" && !own
		below := exported{path: m.path, owner: inner.Name(), column: m.column + "_", why: m.why}
		if within || nested && !many {
			m.column = ""
		}
		if list = append(list, m); nested {
			list = append(list, members(inner, below, many)...)
		}
	}
	return list
}

// TestEveryMember adds up: every exported member of every record type is in the JSON that is written and read, in the
// schema, in a Parquet table and in CSV, unless its tag says why not.
func TestEveryMember(t *testing.T) {
	var schema struct {
		Defs map[string]struct {
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(record.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	columns := map[string][]string{}
	for _, c := range Columns() {
		columns[c.Table] = append(columns[c.Table], c.Name)
	}
	counted := 0
	for _, r := range record.Types() {
		typ := reflect.TypeOf(r).Elem()
		line := roundTrip(t, typ)
		header := strings.Split(strings.TrimSpace(string(record.AppendCSVHeader(nil, r.RecordType()))), ",")
		table := columns[tableOf[r.RecordType()]]
		for _, m := range members(typ, exported{path: typ.Name(), owner: typ.Name()}, false) {
			counted++
			for _, fault := range m.faults(line, header, table, schema.Defs[m.owner].Properties[m.json] != nil) {
				t.Errorf("%s: %s", m.path, fault)
			}
		}
	}
	if counted < 500 {
		t.Errorf("%d members were looked at", counted)
	}
}

// faults are the formats that lack the member.
func (m exported) faults(line, header, table []string, inSchema bool) (list []string) {
	if m.json == "-" {
		if m.why == "" {
			list = append(list, "it is not shown, and its tag does not say why")
		}
		return list
	}
	if !slices.Contains(line, m.json) {
		list = append(list, "JSON has no "+m.json)
	}
	if !inSchema {
		list = append(list, "the schema has no "+m.json+" of "+m.owner)
	}
	if m.column == "" {
		return list
	}
	if !slices.Contains(header, m.column) {
		list = append(list, "CSV has no "+m.column)
	}
	if table != nil && m.why == "" && !slices.Contains(table, m.column) && !slices.Contains(table, renamed[m.path]) {
		list = append(list, "Parquet has no "+m.column)
	}
	return list
}

// roundTrip writes a record with something in every member and reads it back. It returns the names of the members that
// were written.
func roundTrip(t *testing.T, typ reflect.Type) (names []string) {
	t.Helper()
	full := reflect.New(typ)
	complete(full.Elem(), 1)
	line, err := record.AppendJSON(nil, full.Interface().(record.Record))
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := record.Read(bytes.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	for back := range set.All {
		hide(full.Elem())
		if !reflect.DeepEqual(back, full.Interface()) {
			t.Errorf("%s: what is read is not what was written: %s", typ.Name(), line)
		}
	}
	for _, m := range regexp.MustCompile(`"(\w+)":`).FindAllStringSubmatch(string(line), -1) {
		names = append(names, m[1])
	}
	return names
}

// tableOf is the table of each record type; summary has none (docs/parquet.md).
var tableOf = map[string]string{"run": "captures", "capture_health": "captures", "flow": "flows", "media_stream": "media_streams", "media_interval": "media_intervals",
	"tls_session": "tls_sessions", "reachability": "reachability", "session": "sessions", "finding": "findings"}

// renamed are the members whose column has another name.
var renamed = map[string]string{"CaptureHealth.Bytes": "wire_bytes", "Run.Version": "tool_version"}

// complete gives every part of a value something that is not zero.
func complete(v reflect.Value, n int64) {
	if completeOwn(v.Addr().Interface()) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(n)
	case reflect.Uint32:
		v.SetUint(uint64(n))
	case reflect.Float64:
		v.SetFloat(float64(n) + 0.5)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				complete(v.Field(i), n+int64(i))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		complete(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		complete(v.Index(0), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		complete(key, n)
		complete(value, n)
		v.SetMapIndex(key, value)
	}
}

// completeOwn does so with types that write themselves.
func completeOwn(v any) bool {
	switch u := v.(type) {
	case *netip.Addr:
		*u = netip.MustParseAddr("10.1.2.3")
	case *record.Messages:
		u.Summary = wording.New("a.b", "text %s", "text")
	case *record.CallMessages:
		u.Story = wording.New("a.b", "text %s", "text")
	case json.Unmarshaler:
		_ = u.UnmarshalJSON([]byte(`"text"`))
	default:
		return false
	}
	return true
}

// hide empties what JSON does not show.
func hide(v reflect.Value) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("json") == "-" {
			v.Field(i).SetZero()
		}
	}
}
