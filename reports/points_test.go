package reports

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// twoPoints is the comparison of pcaptest.TwoPoints.
func twoPoints(t *testing.T) *record.Set {
	t.Helper()
	t.Chdir(t.TempDir())
	var points [2]analyzer.CapturePoint
	a, b := pcaptest.TwoPoints()
	for i, c := range []*pcaptest.Capture{a, b} {
		name := []string{"inside.pcap", "outside.pcap"}[i]
		if err := c.Save(name); err != nil {
			t.Fatal(err)
		}
		points[i] = analyzer.CapturePoint{Name: name, Files: []string{name}}
	}
	set, err := analyzer.Compare(t.Context(), analyzer.Config{Tool: "webexaudit", Version: "test"}, points)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestPoints: every format shows the comparison, with the same cells.
func TestPoints(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	set := twoPoints(t)
	pages := map[string]string{}
	for _, format := range []string{"console", "md", "html", "json"} {
		pages[format] = renderText(t, format, set)
	}
	t.Chdir(here)
	golden(t, "points.txt", []byte(pages["console"]))
	golden(t, "points.md", []byte(pages["md"]))
	page := textOf(find(t, parseHTML(t, pages["html"]), "points"))
	var d struct {
		Comparison record.Comparison        `json:"comparison"`
		Streams    []*record.ComparedStream `json:"compared_streams"`
	}
	if err := json.Unmarshal([]byte(pages["json"]), &d); err != nil || len(d.Streams) != 6 || d.Comparison.Compared != 6 {
		t.Fatalf("%v, %d streams: %+v", err, len(d.Streams), d.Comparison)
	}
	for _, s := range d.Streams {
		for _, cell := range streamCells(s) {
			if !strings.Contains(page, cell) || !strings.Contains(pages["md"], mdText(cell)) {
				t.Errorf("%q is missing in HTML or Markdown", cell)
			}
		}
	}
	for _, want := range []string{"Reachability", "Timeline", "Looked for:"} {
		if strings.Contains(textOf(parseHTML(t, pages["html"])), want) {
			t.Errorf("the page of a comparison has a section %s", want)
		}
	}
}
