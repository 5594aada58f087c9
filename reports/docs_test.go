package reports

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

const (
	parquetDoc = "../docs/parquet.md"
	everyTable = "columns of every table"
)

// docRow is a line of a column table: | `name` | type | yes or no | meaning |
var docRow = regexp.MustCompile("^\\| `([a-z0-9_]+)` \\| (\\w+) \\| (yes|no) \\| .+ \\|$")

// documented reads docs/parquet.md: section (in lower case) → column → "type null".
func documented(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile(parquetDoc)
	if err != nil {
		t.Fatal(err)
	}
	sections, section := map[string]map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.ToLower(title)
			sections[section] = map[string]string{}
		}
		m := docRow.FindStringSubmatch(line)
		switch {
		case m == nil && strings.HasPrefix(line, "| `"):
			t.Errorf("%s: not of the form of a column: %s", section, line)
		case m != nil && sections[section][m[1]] != "":
			t.Errorf("%s: %s stands there twice", section, m[1])
		case m != nil:
			sections[section][m[1]] = m[2] + " " + m[3]
		}
	}
	return sections
}

// TestDocsParquet: docs/parquet.md has every column of every table with its type, and no other.
func TestDocsParquet(t *testing.T) {
	doc := documented(t)
	for _, of := range tables {
		table, row := of.name, of.row
		if doc[table] == nil {
			t.Errorf("%s: no section %q", parquetDoc, table)
			continue
		}
		fields := parquet.SchemaOf(row).Fields()
		known := map[string]bool{}
		for i, f := range fields {
			known[f.Name()] = true
			section := table
			if i < len(parquet.SchemaOf(lakeHead{}).Fields()) {
				section = everyTable
			}
			got, want := doc[section][f.Name()], docType(f)
			if strings.Replace(got, "json", "string", 1) != want {
				t.Errorf("%s, section %s: %s is documented as %q, want %q", parquetDoc, section, f.Name(), got, want)
			}
		}
		for name := range doc[table] {
			if !known[name] {
				t.Errorf("%s: table %s has no column %s", parquetDoc, table, name)
			}
		}
	}
}

// docType is a column's type in the words of docs/parquet.md, and whether it can be NULL.
func docType(f parquet.Field) string {
	null := " no"
	if f.Optional() {
		null = " yes"
	}
	return columnType(f) + null
}
