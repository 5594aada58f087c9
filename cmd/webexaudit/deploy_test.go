package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/watch"
)

// TestDeploy: alert rules and dashboard ask for figures that a watch has, and the flags of the shipped environment are
// those of watch.
func TestDeploy(t *testing.T) {
	const dir = "../../deploy"
	f := watch.NewFigures("1", time.Now())
	f.Window(&record.Set{Run: &record.Run{Window: new(record.Window)}, Summary: new(record.Summary)}, nil, time.Now())
	has := map[string]bool{}
	for _, name := range f.Names() {
		name, _, _ = strings.Cut(name, "{")
		has[name] = true
	}
	dashboard := readText(t, dir, "grafana-dashboard.json")
	if !json.Valid([]byte(dashboard)) {
		t.Error("the dashboard is no JSON")
	}
	figure, asked := regexp.MustCompile(`\bwebexaudit_[a-z_]+`), map[string]bool{}
	for _, name := range figure.FindAllString(dashboard+readText(t, dir, "prometheus-rules.yaml"), -1) {
		if asked[name] = true; !has[name] {
			t.Errorf("no figure is called %s", name)
		}
	}
	if len(asked) < 12 {
		t.Errorf("asked for are %v", asked)
	}
	p := program{stdout: os.Stdout, stderr: os.Stderr}
	for _, m := range regexp.MustCompile(`WATCH_FLAGS="(.*)"`).FindAllStringSubmatch(readText(t, dir+"/systemd", "watch.env"), -1) {
		if err := p.watchCommand().ParseFlags(strings.Fields(m[1])); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
}

// TestTables: dashboard and alerts on the tables ask for columns that the tables have.
func TestTables(t *testing.T) {
	const dir = "../../deploy"
	columns := readText(t, "../../docs", "parquet.md")
	var board struct {
		Panels []struct {
			Targets []struct{ RawSQL string }
		}
	}
	if err := json.Unmarshal([]byte(readText(t, dir, "grafana-tables.json")), &board); err != nil {
		t.Error(err)
	}
	var queries []string
	for _, p := range board.Panels {
		queries = append(queries, p.Targets[0].RawSQL)
	}
	alert := regexp.MustCompile(`rawSql: >-\n((?: {16}.*\n)+)`)
	for _, m := range alert.FindAllStringSubmatch(readText(t, dir, "grafana-alerts.yaml"), -1) {
		queries = append(queries, m[1])
	}
	if len(queries) != 7 {
		t.Errorf("%d queries, want 7", len(queries))
	}
	names := map[string]bool{"dt": true, "sensor_id": true, "findings": true, "sessions": true, "captures": true,
		"max": true, "min": true, "sum": true, "count": true, "coalesce": true, "nullif": true}
	word, alias := regexp.MustCompile(`\b[a-z][a-z_]+\b`), regexp.MustCompile(`\bAS ([a-z_]+)`)
	for _, q := range queries {
		sql := regexp.MustCompile(`'[^']*'|\$\{[^}]*\}`).ReplaceAllString(q, "")
		own := map[string]bool{}
		for _, a := range alias.FindAllStringSubmatch(sql, -1) {
			own[a[1]] = true
		}
		for _, name := range word.FindAllString(sql, -1) {
			if !names[name] && !own[name] && !strings.Contains(columns, "| `"+name+"` |") {
				t.Errorf("no column is called %s: %s", name, sql)
			}
		}
	}
}
