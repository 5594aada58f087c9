package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
)

// closedSchema is what the command prints, with every object closed: a member that it does not list is a fault. Lines
// of one type are held against that type, so that a fault names the member.
func closedSchema(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	_, text, _ := invoke(t.Context(), nil, "schema")
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	types := map[string]string{}
	for name, def := range schema.(map[string]any)["$defs"].(map[string]any) {
		def := def.(map[string]any)
		def["additionalProperties"] = false
		kind, _ := def["properties"].(map[string]any)["type"].(map[string]any)
		if text, ok := kind["const"].(string); ok {
			types[text] = name
		}
	}
	if err := compiler.AddResource("line.json", schema); err != nil {
		t.Fatal(err)
	}
	list := map[string]*jsonschema.Schema{"": compiler.MustCompile("line.json")}
	for kind, name := range types {
		list[kind] = compiler.MustCompile("line.json#/$defs/" + name)
	}
	return list
}

// TestSchema: every line that the program writes of the bundled captures, and every line of the sample run, keeps to
// the schema.
func TestSchema(t *testing.T) {
	schemas := closedSchema(t)
	captures, err := filepath.Glob("../../testdata/pcaps/*.pcapng.gz")
	if err != nil || len(captures) == 0 {
		t.Fatal(captures, err)
	}
	status, text, problems := invoke(t.Context(), analyzer.Run, append([]string{"analyze", "-T", "jsonl"}, captures...)...)
	if status != statusOK && status != statusInput {
		t.Fatal(status, problems)
	}
	sample, err := os.ReadFile("../../reports/testdata/sample.jsonl.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	inside, outside := pcaptest.TwoPoints()
	put(t, dir, "a.pcap", inside.Pcap())
	put(t, dir, "b.pcap", outside.Pcap())
	status, compared, problems := invoke(t.Context(), analyzer.Run, "compare", "-T", "jsonl", filepath.Join(dir, "a.pcap"),
		filepath.Join(dir, "b.pcap"))
	if status != statusOK {
		t.Fatal(status, problems)
	}
	seen := map[string]int{}
	for line := range strings.Lines(text + string(sample) + compared) {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		kind := v.(map[string]any)["type"].(string)
		seen[kind]++
		if err := schemas[kind].Validate(v); err != nil {
			t.Errorf("%s\n%v", line, err)
		} else if err := schemas[""].Validate(v); err != nil {
			t.Errorf("%s is not one of the types: %v", line, err)
		}
	}
	if len(seen) != len(schemas)-1 {
		t.Errorf("lines of %d types, want %d: %v", len(seen), len(schemas)-1, seen)
	}
}

// TestSchemaRefuses: what breaks the contract is seen.
func TestSchemaRefuses(t *testing.T) {
	schemas := closedSchema(t)
	const good = `{"type":"media_interval","stream_id":"a","flow_id":"b","interval_s":1,"start_time":"2026-11-20T09:12:04.100200300Z","packets":1,"expected":1,"lost":0,"capture_lost":0,"duplicated":0,"reordered":0,"max_gap_ms":0.5,"bitrate_bps":1}`
	for name, change := range map[string]func(map[string]any){
		"":               func(map[string]any) {},
		"no type":        func(v map[string]any) { delete(v, "type") },
		"another type":   func(v map[string]any) { v["type"] = "interval" },
		"a member less":  func(v map[string]any) { delete(v, "lost") },
		"text":           func(v map[string]any) { v["lost"] = "0" },
		"no integer":     func(v map[string]any) { v["lost"] = json.Number("0.5") },
		"no time":        func(v map[string]any) { v["start_time"] = "yesterday" },
		"null":           func(v map[string]any) { v["jitter_mean_ms"] = nil },
		"unknown member": func(v map[string]any) { v["news"] = true },
	} {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(good)))
		if err != nil {
			t.Fatal(err)
		}
		change(v.(map[string]any))
		if err := schemas[""].Validate(v); (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestSchemaTable: the columns with their field ids.
func TestSchemaTable(t *testing.T) {
	_, text, _ := invoke(t.Context(), nil, "schema", "--table", "parquet")
	lines := strings.Split(text, "\n")
	if got := strings.Fields(lines[0] + " " + lines[7]); strings.Join(got, " ") != "TABLE FIELD ID COLUMN TYPE NULL captures 5 path string yes" {
		t.Errorf("%q", got)
	}
	if _, text, _ := invoke(t.Context(), nil, "schema", "--table", "views"); !strings.Contains(text, "CREATE VIEW newest_findings") {
		t.Errorf("views: %q", text)
	}
	if status, _, problem := invoke(t.Context(), nil, "schema", "--table", "csv"); status != statusUsage || !strings.Contains(problem, "parquet") {
		t.Errorf("another table: %d %s", status, problem)
	}
}
