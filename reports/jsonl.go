package reports

import (
	"bufio"
	"io"

	"webexaudit/analyzer/record"
)

// jsonlSink writes the canonical stream: what [record.Read] reads back.
type jsonlSink struct {
	w    *bufio.Writer
	line []byte
}

func newJSONL(w io.Writer, _ Options) record.Sink {
	return &jsonlSink{w: bufio.NewWriterSize(w, 256<<10)}
}

// Write implements record.Sink.
func (s *jsonlSink) Write(r record.Record) (err error) {
	if s.line, err = record.AppendJSON(s.line[:0], r); err != nil {
		return err
	}
	s.line = append(s.line, '\n')
	_, err = s.w.Write(s.line)
	return err
}

// Close implements record.Sink.
func (s *jsonlSink) Close() error { return s.w.Flush() }
