package reports

import (
	"io"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// rendering is a format that shows a whole run: it gets the records and their view.
type rendering func(io.Writer, *record.Set, *view.View, Options) error

// viewSink shows a run when it is closed.
type viewSink struct {
	w      io.Writer
	o      Options
	render rendering
	set    *record.Set
}

// showsAll makes a format's New of its render function.
func showsAll(f rendering) func(io.Writer, Options) record.Sink {
	return func(w io.Writer, o Options) record.Sink { return &viewSink{w: w, o: o, render: f} }
}

// Write implements record.Sink.
func (s *viewSink) Write(set *record.Set) error {
	s.set = set
	return nil
}

// Close implements record.Sink.
func (s *viewSink) Close() error { return s.render(s.w, s.set, view.Of(s.set), s.o) }
