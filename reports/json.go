package reports

import (
	"encoding/json"
	"io"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// document is the summary JSON. Its members are those of the JSON Lines records, and what a reader would have to add
// up.
type document struct {
	Schema     string                   `json:"schema"`
	Run        *record.Run              `json:"run,omitempty"`
	Health     []*record.CaptureHealth  `json:"capture_health"`
	Findings   []*record.Finding        `json:"findings"`
	Summary    *record.Summary          `json:"summary,omitempty"`
	Comparison *record.Comparison       `json:"comparison,omitempty"`
	Compared   []*record.ComparedStream `json:"compared_streams,omitempty"`
	Overview   *view.View               `json:"overview"`
}

func writeJSON(w io.Writer, set *record.Set, v *view.View, _ Options) error {
	b, err := json.MarshalIndent(document{
		Schema: "webexaudit.report/1", Run: v.Run, Health: append([]*record.CaptureHealth{}, v.Inputs...),
		Findings: append([]*record.Finding{}, v.All...), Summary: v.Summary, Overview: v, Comparison: set.Comparison, Compared: set.Compared,
	}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(record.EscapeJSON(nil, b), '\n'))
	return err
}
