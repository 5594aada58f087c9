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
	set record.Set
}

func newJSON(w io.Writer, _ Options) record.Sink { return &jsonSink{w: w} }

// Write implements record.Sink.
func (s *jsonSink) Write(r record.Record) error {
	switch r.(type) {
	case *record.Flow, *record.MediaInterval: // are the most, and not shown
	default:
		s.set.Add(r)
	}
	return nil
}

// Close implements record.Sink: it writes the document.
func (s *jsonSink) Close() error {
	doc := document{
		Schema: "webexaudit.report/1", Run: s.set.Run, Health: append([]*record.CaptureHealth{}, s.set.Health...),
		Findings: append([]*record.Finding{}, s.set.Findings...), Summary: s.set.Summary,
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	_, err = s.w.Write(append(b, '\n'))
	return err
}
