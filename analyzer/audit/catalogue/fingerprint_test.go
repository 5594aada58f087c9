package catalogue

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

// later moves every time of a record and gives its flow and its streams other ids.
func later(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[record.Time]():
		if v.Int() != 0 {
			v.SetInt(v.Int() + int64(time.Hour))
		}
		return
	case v.Kind() == reflect.Pointer && !v.IsNil():
		later(v.Elem())
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			later(v.Index(i))
		}
	case v.Kind() == reflect.Struct && v.Type().PkgPath() == reflect.TypeFor[record.Flow]().PkgPath():
		for i := range v.NumField() {
			laterMember(v.Type().Field(i).Name, v.Field(i))
		}
	}
}

func laterMember(name string, f reflect.Value) {
	switch name {
	case "FlowID", "StreamID", "SessionID":
		f.SetString("later-" + f.String())
	case "FlowIDs":
		for i := range f.Len() {
			f.Index(i).SetString("later-" + f.Index(i).String())
		}
	default:
		later(f)
	}
}

func fingerprints(list []*record.Finding) (prints []string) {
	for _, f := range list {
		if f.State == record.Fail || f.State == record.Warn {
			prints = append(prints, f.Rule+" "+f.Fingerprint)
		}
	}
	slices.Sort(prints)
	return prints
}

// The same trouble an hour later, in other flows, has the same fingerprint; two troubles of a run have two.
func TestFingerprints(t *testing.T) {
	list, err := Fixtures() // its own copy, which it changes
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		before, _ := audit.Run(c.Set, c.Options)
		prints := fingerprints(before)
		if len(slices.Compact(slices.Clone(prints))) != len(prints) {
			t.Errorf("%s: %s: two findings share a fingerprint: %v", c.File, c.Name, prints)
		}
		later(reflect.ValueOf(c.Set).Elem())
		after, _ := audit.Run(c.Set, c.Options)
		if got := fingerprints(after); !slices.Equal(got, prints) {
			t.Errorf("%s: %s: %v became %v", c.File, c.Name, prints, got)
		}
		for _, p := range prints {
			if !strings.Contains(p, " v1-") {
				t.Errorf("%s: no version: %s", c.File, p)
			}
		}
	}
}
