package reports

import (
	"encoding/json"
	"io"

	"webexaudit/analyzer/record"
)

// document is the summary JSON. Its members are those of the JSON Lines records.
type document struct {
	Schema   string                  `json:"schema"`
	Run      *record.Run             `json:"run,omitempty"`
	Health   []*record.CaptureHealth `json:"capture_health"`
	Findings []*record.Finding       `json:"findings"`
	Summary  *record.Summary         `json:"summary,omitempty"`
}

type jsonSink struct {
	w   io.Writer
	doc document
}

func newJSON(w io.Writer, _ Options) record.Sink {
	return &jsonSink{w: w, doc: document{
		Schema: "webexaudit.report/1", Health: []*record.CaptureHealth{}, Findings: []*record.Finding{},
	}}
}

// Write implements record.Sink. Records that the document does not show are dropped.
func (s *jsonSink) Write(r record.Record) error {
	switch r := r.(type) {
	case *record.Run:
		s.doc.Run = r
	case *record.CaptureHealth:
		s.doc.Health = append(s.doc.Health, r)
	case *record.Finding:
		s.doc.Findings = append(s.doc.Findings, r)
	case *record.Summary:
		s.doc.Summary = r
	}
	return nil
}

// Close implements record.Sink: it writes the document.
func (s *jsonSink) Close() error {
	b, err := json.MarshalIndent(s.doc, "", "  ")
	if err != nil {
		return err
	}
	_, err = s.w.Write(append(b, '\n'))
	return err
}
