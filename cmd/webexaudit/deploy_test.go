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
