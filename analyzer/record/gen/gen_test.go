package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCurrent: the generated file is that of the structs as they are.
func TestCurrent(t *testing.T) {
	want, err := generate("..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("..", output))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale: run go generate ./analyzer/record", output)
	}
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
		"own MarshalText": "X Text",
		"other package":   "X time.Duration",
	} {
		dir := t.TempDir()
		source := "package p\ntype B struct{}\ntype Text int\nfunc (Text) MarshalText() {}\ntype A struct {\n" + field + "\n}\nfunc (*A) RecordType() string { return \"\" }\n"
		if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := generate(dir); err == nil {
			t.Errorf("%s: accepted:\n%s", name, out)
		}
	}
}

// TestForms: what each form of a field becomes.
func TestForms(t *testing.T) {
	dir := t.TempDir()
	source := "package p\ntype Name string\ntype A struct {\n" +
		"S Name `json:\"s,omitempty\"`\nN int `json:\"-\"`\nP *B\nhidden int\nC\nM map[string][]*B `json:\"m\"`\n}\n" +
		"type B struct{ F float64 }\ntype C struct{ G bool }\nfunc (*A) RecordType() string { return \"\" }\n"
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := generate(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"if r.S != \"\" {", "w.string(string(r.S))", "`,\"P\":`", "w.objectB(r.P)", "w.mapStringListB(r.M)", "w.objectB(list[i])", "w.float(r.F)", "w.membersC(&r.C)", "w.bool(r.G)", "byText(list, space[:0])",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	for _, unwanted := range []string{"r.N", "hidden", "netip"} {
		if strings.Contains(string(out), unwanted) {
			t.Errorf("%s in\n%s", unwanted, out)
		}
	}
}
