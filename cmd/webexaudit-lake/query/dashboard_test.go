package query

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

const dashboard = "../../../deploy/lake/grafana-questions.json"

// TestDashboard: the dashboard of Grafana asks the questions as they are shipped; -update writes it.
func TestDashboard(t *testing.T) {
	source := map[string]string{"type": "grafana-clickhouse-datasource", "uid": "${datasource}"}
	var panels []any
	for i, q := range All() {
		panels = append(panels, map[string]any{
			"id": i + 1, "title": q.Answers, "type": "table", "datasource": source,
			"gridPos": map[string]int{"x": 0, "y": 10 * i, "w": 24, "h": 10},
			"targets": []any{map[string]any{"refId": "A", "datasource": source, "editorType": "sql",
				"queryType": "table", "format": 1, "rawSql": strings.TrimSuffix(strings.TrimSpace(q.SQL), ";")}},
		})
	}
	text, err := json.MarshalIndent(map[string]any{
		"title": "webexaudit questions", "uid": "webexaudit-questions", "schemaVersion": 39, "version": 1,
		"editable": true, "timezone": "utc", "tags": []string{"webexaudit"}, "panels": panels,
		"description": "The questions of webexaudit-lake, over the tables and views of docs/lake.md (other engines). " +
			"For DuckDB replace grafana-clickhouse-datasource by motherduck-duckdb-datasource.",
		"templating": map[string]any{"list": []any{map[string]string{"name": "datasource", "type": "datasource",
			"query": "grafana-clickhouse-datasource", "label": "Data source"}}},
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile(dashboard, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(dashboard); err != nil || string(have) != string(text) {
		t.Errorf("%s is not what the questions are: go test ./query -run Dashboard -update (%v)", dashboard, err)
	}
}
