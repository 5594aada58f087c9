package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const parquetDoc = "../../docs/parquet.md"

// writeDocs rewrites the column table of each section of docs/parquet.md that is named like a Parquet table.
func writeDocs(m *model) ([]byte, error) {
	tables, err := m.tables()
	if err != nil {
		return nil, err
	}
	old, err := os.ReadFile(filepath.Join(m.dir, filepath.FromSlash(parquetDoc)))
	if err != nil {
		return nil, err
	}
	text := string(old)
	for _, t := range tables {
		rows := "| Column | Type | NULL | Meaning |\n|---|---|---|---|\n"
		for _, c := range t.columns {
			null := map[bool]string{true: "yes", false: "no"}[c.null]
			rows += fmt.Sprintf("| `%s` | %s | %s | %s |\n", c.name, c.form, null, missing.ReplaceAllString(c.meaning, "NULL$1"))
		}
		before, section, ok := strings.Cut(text, "\n## "+t.table+"\n")
		start := strings.Index(section, "\n| ")
		end := strings.Index(section, " |\n\n")
		if !ok || start < 0 || end < start {
			return nil, fmt.Errorf("%s: no section %q with a table and a blank line behind it", parquetDoc, "## "+t.table)
		}
		text = before + "\n## " + t.table + "\n" + section[:start+1] + rows + section[end+len(" |\n"):]
	}
	return []byte(text), nil
}

// missing is what the absence of a member is called, which is NULL in a table.
var missing = regexp.MustCompile(`\babsent(:| for (?:an interface|standard input)| with(?:out)? | where | unless | but | in files )`)
