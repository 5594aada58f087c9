package reports

import (
	"io"

	"webexaudit/analyzer/record"
)

// jsonlBuffer is how much text is written at once.
const jsonlBuffer = 256 << 10

// jsonlSink writes the canonical stream: what [record.Read] reads back.
type jsonlSink struct {
	w    io.Writer
	text []byte // whole lines
}

func newJSONL(w io.Writer, _ Options) record.Sink {
	return &jsonlSink{w: w, text: make([]byte, 0, jsonlBuffer+jsonlBuffer/8)}
}

// Write implements record.Sink.
func (s *jsonlSink) Write(set *record.Set) (err error) {
	for r := range set.All {
		if s.text, err = record.AppendJSON(s.text, r); err != nil {
			return err
		}
		if s.text = append(s.text, '\n'); len(s.text) < jsonlBuffer {
			continue
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Close implements record.Sink: it writes what is left.
func (s *jsonlSink) Close() error {
	if len(s.text) == 0 {
		return nil
	}
	_, err := s.w.Write(s.text)
	s.text = s.text[:0]
	return err
}
