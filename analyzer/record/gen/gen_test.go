package main

import (
	"bytes"
	"os"
	"path/filepath"
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
}

// fields have every form that a member may have.
const fields = "S Name `json:\"s,omitempty\"`\nN chan int `json:\"-\"`\nP *B\nhidden int\nC\nM map[string][]*B `json:\"m\"`\nO Own `json:\"o,omitzero\"`\nQ *Own `json:\"q,omitempty\"`"

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
		"set": {writeSet, []string{"new(A),", "case *A:\n\t\ts.As = append(s.As, r)", "for _, r := range s.As {"}, nil},
	} {
		out, err := made(t, fields, c.make)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
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
