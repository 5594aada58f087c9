package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the driver "duckdb"

	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/reports"
)

// Answer is a table: values are nil, bool, int64, float64, string, or time.Time where the column is a moment.
type Answer struct {
	Columns []string
	Rows    [][]any
}

// Ask answers a question with DuckDB.
func Ask(ctx context.Context, lake *store.Store, q Question, o Options) (*Answer, error) {
	files, done, err := Gather(ctx, lake, q, o)
	if err != nil {
		return nil, err
	}
	defer done()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	con, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer con.Close()
	for _, statement := range prepare(files, o) {
		if _, err := con.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("%w (%.80s)", err, statement)
		}
	}
	rows, err := con.QueryContext(ctx, q.SQL)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return read(rows)
}

// prepare are the statements that come before a question: nothing is loaded from elsewhere, the clock is UTC, tables
// and views have their names.
func prepare(files Files, o Options) []string {
	list := []string{
		"SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false", "SET TimeZone = 'UTC'",
	}
	if o.Memory != "" {
		list = append(list, "SET memory_limit = "+quote(o.Memory))
	}
	for _, name := range layout.Tables() {
		list = append(list, tableView(name, files[name]))
	}
	list = append(list, parameters(o))
	for statement := range strings.SplitSeq(Views(), ";") {
		if body := strings.TrimSpace(statement); body != "" {
			list = append(list, body)
		}
	}
	return append(list, "SET lock_configuration = true")
}

// parameters is what questions may ask for.
func parameters(o Options) string {
	day := o.Date
	if day.IsZero() {
		day = time.Now().UTC().AddDate(0, 0, -7)
	}
	return "CREATE VIEW parameters AS SELECT CAST(" + quote(day.Format(time.DateOnly)) + " AS DATE) AS day"
}

// tableView is a table over its files; without files it has columns and no rows.
func tableView(name string, paths []string) string {
	if len(paths) == 0 {
		return "CREATE VIEW " + name + " AS SELECT " + strings.Join(emptyColumns(name), ", ") + " WHERE false"
	}
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = quote(p)
	}
	return "CREATE VIEW " + name + " AS SELECT * FROM read_parquet([" + strings.Join(quoted, ", ") +
		"], hive_partitioning = true, hive_types = {'dt': DATE, 'sensor': VARCHAR}, union_by_name = true)"
}

func emptyColumns(table string) (list []string) {
	types := map[string]string{
		"int32": "INTEGER", "int64": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR",
		"timestamp": "TIMESTAMPTZ", "list": "VARCHAR[]",
	}
	for _, c := range reports.Columns() {
		if c.Table == table {
			list = append(list, fmt.Sprintf("CAST(NULL AS %s) AS %q", types[c.Type], c.Name))
		}
	}
	return append(list, "CAST(NULL AS DATE) AS dt", "CAST(NULL AS VARCHAR) AS sensor")
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// read reads an answer whole.
func read(rows *sql.Rows) (*Answer, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	a := new(Answer)
	for _, t := range types {
		a.Columns = append(a.Columns, t.Name())
	}
	for rows.Next() {
		row, into := make([]any, len(types)), make([]any, len(types))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i := range row {
			row[i] = plain(row[i], types[i].DatabaseTypeName())
		}
		a.Rows = append(a.Rows, row)
	}
	return a, errors.Join(rows.Err(), rows.Close())
}
