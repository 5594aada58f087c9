package reports

import (
	"io"

	"webexaudit/analyzer/record"
)

// csvFiles are the files of the format csv: a table for each record type, named like it. A table without rows is its
// header.
func csvFiles() (list []Format) {
	for _, r := range record.Types() {
		kind := r.RecordType()
		list = append(list, Format{Name: "csv", Extension: ".csv", File: kind + ".csv", Description: "the records of type " + kind,
			New: func(w io.Writer, _ Options) record.Sink {
				return &csvSink{w: w, kind: kind, text: record.AppendCSVHeader(nil, kind)}
			}})
	}
	return list
}

// csvSink writes the records of one type.
type csvSink struct {
	w    io.Writer
	kind string
	text []byte // whole lines
}

// Write implements record.Sink.
func (s *csvSink) Write(set *record.Set) (err error) {
	for r := range set.Of(s.kind) {
		if s.text, err = record.AppendCSV(s.text, r); err == nil && len(s.text) >= jsonlBuffer {
			err = s.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Close implements record.Sink: it writes what is left.
func (s *csvSink) Close() error {
	_, err := s.w.Write(s.text)
	s.text = s.text[:0]
	return err
}
