package laketest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Packages of npm that tests run in a process of node: ClickHouse, and a reader of Avro.
const (
	chdb = "chdb@3.4.0"
	avsc = "avsc@5.7.9"
)

//go:embed clickhouse.mjs
var clickHouse string

//go:embed avro.mjs
var avro string

// Answers are what the script prints.
type Answers struct {
	Version string
	Answers map[string][][]*string
	Errors  map[string]string
}

// ClickHouse answers questions by their names. LAKE_CHDB names a folder for the package.
func ClickHouse(t testing.TB, prepare []string, questions map[string]string) (got Answers) {
	t.Helper()
	node(t, chdb, clickHouse, map[string]any{"prepare": prepare, "questions": questions}, &got)
	for what, problem := range got.Errors {
		t.Errorf("ClickHouse: %s: %s", what, problem)
	}
	return got
}

// Listed is a file of a table of Iceberg, as its lists tell.
type Listed struct {
	Path         string
	Rows, Bytes  int64
	Division     map[string]any
	Lower, Upper map[string]string // bounds by field id, in hex
}

// Lists reads what a list of lists of Iceberg says, with nothing that has written it.
func Lists(t testing.TB, address string) (files []Listed) {
	t.Helper()
	node(t, avsc, avro, address, &files)
	return files
}

// node runs a script, which is told the folder that the package is installed in.
func node(t testing.TB, name, script string, in, out any) {
	t.Helper()
	top := os.Getenv("LAKE_CHDB")
	if top == "" {
		t.Skip("LAKE_CHDB is not set: make lake-test-all names a folder for " + chdb + ", which is 0.5 GB, and " + avsc)
	}
	dir := top
	if name != chdb {
		dir = filepath.Join(top, "avsc")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		c := exec.Command("npm", "install", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", name)
		if text, err := c.CombinedOutput(); err != nil {
			t.Skipf("%s cannot be had: %v %s", name, err, text)
		}
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "script.mjs")
	if err := os.WriteFile(path, []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "node", path, dir)
	c.Dir, c.Stdin, c.Stderr = os.TempDir(), bytes.NewReader(text), os.Stderr // ClickHouse reads below its folder alone
	if text, err = c.Output(); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatal(err)
	}
}
