package record

import (
	"errors"
	"strings"
)

// AppendCSVHeader appends the names of a record type's columns as a line: those of its members, of nested objects
// joined by "_".
func AppendCSVHeader(b []byte, recordType string) []byte {
	return append(append(b, csvHeaders[recordType]...), '\n')
}

// AppendCSV appends the record as a line of its type's table (RFC 4180, but with a plain line feed). What is absent is
// an empty cell; lists and maps are JSON text.
func AppendCSV(b []byte, r Record) ([]byte, error) {
	w := writer{b: b}
	if !w.csv(r) {
		return b, errors.New("record: not a type of this package")
	}
	if w.err != nil {
		return b, w.err
	}
	w.b[len(w.b)-1] = '\n'
	return w.b, nil
}

// noCells appends empty cells.
func (w *writer) noCells(n int) {
	for range n {
		w.b = append(w.b, ',')
	}
}

// csvText appends a text, with \uXXXX for what a terminal would obey or not show. Spreadsheets take what begins with
// = + - or @ for a formula: an apostrophe before it makes it text.
func (w *writer) csvText(s string) {
	if s == "" {
		return
	}
	s = visible(strings.ToValidUTF8(s, "\ufffd"))
	quoted := strings.ContainsAny(s, "\",\n")
	if quoted {
		w.b = append(w.b, '"')
	}
	if strings.IndexByte("=+-@", s[0]) >= 0 {
		w.b = append(w.b, '\'')
	}
	if quoted {
		s = strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	w.b = append(w.b, s...)
}

// csvJSON makes a cell of the JSON that was appended since start.
func (w *writer) csvJSON(start int) {
	text := string(w.b[start:])
	w.b = w.b[:start]
	w.csvText(text)
}
