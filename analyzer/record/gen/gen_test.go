package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCurrent: the generated files are those of the structs as they are.
func TestCurrent(t *testing.T) {
	m, err := readModel("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range products {
		want, err := p.make(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(p.path)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./analyzer/record", p.path)
		}
	}
}

// made is what the structs of a package become.
func made(t *testing.T, fields string, make func(*model) ([]byte, error)) (string, error) {
	t.Helper()
	dir := t.TempDir()
	source := "package p\ntype Name string\ntype B struct{ F float64 }\ntype C struct{ G bool }\ntype Text int\nfunc (Text) MarshalText() {}\n" +
		"type Own struct{}\nfunc (Own) MarshalJSON() {}\nfunc (*Own) UnmarshalJSON() {}\nfunc (Own) IsZero() bool { return true }\n" +
		"type A struct {\n" + fields + "\n}\nfunc (*A) RecordType() string { return \"a\" }\ntype Set struct {\nAs []*A `table:\"as,aRow\"`\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := readModel(dir)
	if err != nil {
		return "", err
	}
	out, err := make(m)
	return string(out), err
}

// TestRefused: what would come out otherwise than in encoding/json is an error, not a difference.
func TestRefused(t *testing.T) {
	for name, field := range map[string]string{
		"embedded, named": "B `json:\"b\"`",
		"embedded *":      "*B",
		"interface":       "X any",
		"array":           "X [4]int",
		"channel":         "X chan int",
		"option string":   "X int `json:\"x,string\"`",
		"struct, empty":   "X B `json:\"x,omitempty\"`",
		"int, omitzero":   "X int `json:\"x,omitzero\"`",
		"own, omitempty":  "X Own `json:\"x,omitempty\"`",
		"own MarshalText": "X Text",
		"other package":   "X time.Duration",
		"map of structs":  "X map[B]int",
	} {
		if out, err := made(t, field, writeJSON); err == nil {
			t.Errorf("%s: accepted:\n%s", name, out)
		}
	}
	if out, err := made(t, "X int `json:\"type\"`", readJSON); err == nil {
		t.Errorf("a member named type: accepted:\n%s", out)
	}
	for _, field := range []string{"X chan int `json:\"-\"`", "X string `pack:\"packet\"`", "X int `pack:\"near\"`"} {
		if out, err := made(t, field, writePack); err == nil {
			t.Errorf("packed: %s: accepted:\n%s", field, out)
		}
	}
}

// TestRefusedColumns: a member without a column or a reason, and a field id or a name that stands twice.
func TestRefusedColumns(t *testing.T) {
	const first = "X int `json:\"x\" parquet:\"5\"` // x\n"
	for fields, want := range map[string]string{
		first + "Y int `json:\"y\"` // y":                                  "A.Y: no field id: want the tag `parquet:\"N\"`, or `parquet:\"-\" why:\"...\"`; the next free field id of table as is 6",
		first + "Y int `json:\"y\" parquet:\"5\"` // y":                    "field id 5 is of X and of Y; the next free field id is 6",
		first + "Y int `json:\"y\" parquet:\"6,name=x\"` // y":             "column x is of X and of Y; the next free field id is 7",
		first + "Y int `json:\"y\" parquet:\"6,nul\"` // y":                "A.Y: tag option \"nul\" is not known; the next free field id of table as is 6",
		first + "Y int `json:\"y\" parquet:\"6\"`":                         "A.Y: no comment, which is the column's meaning in docs/parquet.md; the next free field id of table as is 6",
		first + "Y int `json:\"y\" parquet:\"-\"` // y":                    "A.Y: left out without a reason: want the tag `why`",
		first + "Y int `json:\"-\"` // y":                                  "A.Y: left out without a reason: want the tag `why`",
		first + "Y *B `json:\"y\"` // y":                                   "A.Y: B.F: no field id: want the tag `parquet:\"N\"`, or `parquet:\"-\" why:\"...\"`; the next free field id of table as is 6",
		first + "Y int `json:\"y\" parquet:\"-\" why:\"in a footer\"`":     "",
		first + "Y []B `json:\"y\" parquet:\"6\"` // one JSON text":        "",
		first + "Y Name `json:\"y,omitempty\" parquet:\"6,dict\"` // name": "",
	} {
		got := ""
		if _, err := made(t, fields, writeRows); err != nil {
			got = err.Error()
		}
		if want != "" {
			want = "table as: " + want
		}
		if got != want {
			t.Errorf("%s\n%s\nwant\n%s", fields, got, want)
		}
	}
}

// columns have every form that a column may have.
const columns = "S Name `json:\"s,omitempty\" parquet:\"5,dict\"` // s\nT Name `json:\"t\" parquet:\"7\"` // t\nN *int `json:\"n,omitempty\" parquet:\"6\"` // n\n" +
	"Z int64 `json:\"z,omitempty\" parquet:\"8\"` // z\nY int64 `json:\"y,omitempty\" parquet:\"9,zero\"` // y\nX int64 `json:\"x\" parquet:\"10,null\"` // x\n" +
	"V []int `json:\"v\" parquet:\"11\"` // v\nW []string `json:\"w\" parquet:\"12,json\"` // w\nM map[Name]B `json:\"m\" parquet:\"13,after=5\"` // m\n" +
	"O Own `json:\"o,omitzero\" parquet:\"14\"` // o\nD *D `json:\"d,omitempty\" parquet:\"+20\"` // absent without one\nE D `json:\"e\"` // e\n}\n" +
	"type D struct {\nF float64 `json:\"f\" parquet:\"1\"` // f\nG bool `json:\"g\" parquet:\"2\"` // g"

// fields have every form that a member may have.
const fields = "S Name `json:\"s,omitempty\"`\nN chan int `json:\"-\"`\nP *B\nhidden int\nC\nM map[string][]*B `json:\"m\"`\nO Own `json:\"o,omitzero\"`\nQ *Own `json:\"q,omitempty\"`"

// packedFields have every form that a member may have where records are packed.
const packedFields = "S Name `json:\"s,omitempty\"`\nN int64 `json:\"-\" pack:\"packet\"`\nP *B\nC\nM map[string][]*B `json:\"m\"`\nO Own\nQ *int\nR []Name\nT bool"

// squeeze takes out the spaces of gofmt's columns.
var squeeze = regexp.MustCompile(` +`)

// TestForms: what each form of a field becomes.
func TestForms(t *testing.T) {
	for name, c := range map[string]struct {
		make     func(*model) ([]byte, error)
		want     []string
		unwanted []string
	}{
		"writer": {writeJSON, []string{"if r.S != \"\" {", "w.string(string(r.S))", "`,\"P\":`", "w.objectB(r.P)", "w.mapStringListB(r.M)", "w.objectB(list[i])", "w.float(r.F)",
			"w.membersC(&r.C)", "w.bool(r.G)", "byText(list, space[:0])", "if !r.O.IsZero() {", "w.own(&r.O)", "w.own(r.Q)"}, []string{"r.N", "hidden", "netip"}},
		"reader": {readJSON, []string{"readString(d, &r.S)", "r.P = new(B)", "d.membersB(r.P, d.open('{'))", "r.M = d.mapStringListB()", "list = append(list, v)", "readFloat(d, &r.F)",
			"if d.memberC(&r.C, name) {", "readBool(d, &r.G)", "d.own(&r.O)", "r.Q = new(Own)", "d.own(r.Q)"}, []string{"r.N", "hidden", "netip"}},
		"pack": {writePack, []string{"at := p.mask(1)", "if r.S != \"\" {\n\t\tm0 |= 1 << 0\n\t\tp.Text(string(r.S))", "r.S = Name(u.Text())",
			"p.Packet(r.N)", "r.N = u.Packet()", "p.packB(r.P)", "r.P = &u.slabB.take(1)[0]\n\t\tu.unpackB(r.P)", "math.Float64bits(r.F) != 0",
			"p.packC(&r.C)", "u.unpackC(&r.C)", "sortedKeys(list, space[:0])", "p.packListB(v)", "p.Bool(list[i] != nil)",
			"p.own(&r.O)", "r.O = v", "p.Int(int64(*r.Q))", "r.Q = u.slabInt.put(int(u.Int()))", "list[i] = Name(u.Text())",
			"if r.T {\n\t\tm0 |= 1 << 7\n\t}", "r.T = m0&(1<<7) != 0", "slabMapStringListB mapSlab[map[string][]*B, string, []*B]"}, nil},
		"rows": {writeRows, []string{
			"S *string `parquet:\"s,optional,dict,id(5)\"`\n\tM ", "M *string `parquet:\"m,optional,id(13)\"`\n\tN ",
			"if x.S != \"\" {\n\t\tw.Text(8, string(x.S))", "w.Text(11, string(x.T))",
			"N *int32 `parquet:\"n,optional,id(6)\"`", "if x.N != nil {\n\t\tw.Int32(10, int32(*x.N))",
			"if x.Z != 0 {\n\t\tw.Int64(12, x.Z)", "Y int64 `parquet:\"y,id(9)\"`", "w.Int64(13, x.Y)", "w.Int64(14, x.X)",
			"V []string `parquet:\"v,list,id(11)\" parquet-element:\",id(1011)\"`", "columnar.Numbers(w, 15, x.V)",
			"if len(x.W) > 0 {\n\t\tjsonText(w, 16, x.W)", "if !x.O.IsZero() {",
			"DF *float64 `parquet:\"d_f,optional,id(21)\"`", "if xx := x.D; xx != nil {\n\t\tw.Double(18, xx.F)",
			"EG bool `parquet:\"e_g,id(2)\"`", "w.Bool(7, x.E.G)", "{\"as\", aRow{}}"}, nil},
		"set": {writeSet, []string{"new(A),", "case *A:\n\t\ts.As = append(s.As, r)", "for _, r := range s.As {"}, nil},
	} {
		of := fields
		switch name {
		case "rows":
			of = columns
		case "pack":
			of = packedFields
		}
		out, err := made(t, of, c.make)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range c.want {
			if !strings.Contains(squeeze.ReplaceAllString(out, " "), want) {
				t.Errorf("%s: no %s in\n%s", name, want, out)
			}
		}
		for _, unwanted := range c.unwanted {
			if strings.Contains(out, unwanted) {
				t.Errorf("%s: %s in\n%s", name, unwanted, out)
			}
		}
	}
}
