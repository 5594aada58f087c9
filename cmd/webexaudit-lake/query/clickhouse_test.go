package query

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"webexaudit/cmd/webexaudit-lake/laketest"
	"webexaudit/cmd/webexaudit-lake/layout"
)

// clickHouse prepares ClickHouse for the questions: the settings by which it does what other engines do, the one
// function that it calls otherwise, tables and views.
func clickHouse(dir string, files Files, o Options) []string {
	list := []string{
		"SET join_use_nulls = 1", "SET cast_keep_nullable = 1", "SET use_hive_partitioning = 1", "SET session_timezone = 'UTC'",
		"CREATE FUNCTION list_contains AS (list, value) -> has(list, value)",
	}
	for _, name := range layout.Tables() {
		if len(files[name]) == 0 {
			continue // no question of the test needs it
		}
		from := "file(" + quote(filepath.Join(dir, name, "v1", "*", "*", "*.parquet")) + ", Parquet)"
		list = append(list, "CREATE VIEW "+name+" AS SELECT * FROM "+from)
	}
	list = append(list, parameters(o))
	for statement := range strings.SplitSeq(Views(), ";") {
		if body := strings.TrimSpace(statement); body != "" {
			list = append(list, body)
		}
	}
	return list
}

// TestClickHouse: every question has the same answer on ClickHouse. LAKE_CHDB names a folder for the npm package.
func TestClickHouse(t *testing.T) {
	lake, o := testLake(t)
	questions := map[string]string{}
	for _, q := range All() {
		questions[q.Name] = q.SQL
	}
	files, done, err := Gather(t.Context(), lake, Own(""), o)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	got := laketest.ClickHouse(t, clickHouse(lake.Dir(), files, o), questions)
	for _, q := range All() {
		answer, err := Ask(t.Context(), lake, q, o)
		if err != nil {
			t.Errorf("%s: %v", q.Name, err)
			continue
		}
		if want, is := asText(answer), textOf(got.Answers[q.Name]); want != is {
			t.Errorf("%s: ClickHouse %s says\n%s\nDuckDB says\n%s", q.Name, got.Version, is, want)
		}
	}
}

func asText(a *Answer) string {
	var lines []string
	for _, row := range a.Rows {
		var cells []string
		for _, v := range row {
			if at, ok := v.(time.Time); ok {
				cells = append(cells, at.Format("2006-01-02 15:04:05.000000"))
				continue
			}
			cells = append(cells, Text(v))
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return strings.Join(lines, "\n")
}

var moment = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`)

// textOf writes values of ClickHouse as asText does.
func textOf(rows [][]*string) string {
	var lines []string
	for _, row := range rows {
		var cells []string
		for _, v := range row {
			text := ""
			if v != nil && *v != "ᴺᵁᴸᴸ" {
				text = *v
			}
			if moment.MatchString(text) {
				text += ".000000"
			}
			cells = append(cells, text)
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return strings.Join(lines, "\n")
}
