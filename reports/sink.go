package reports

import (
	"io"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// rendering is a format that shows a whole run: it gets the view when all records have come.
type rendering func(w io.Writer, v *view.View, o Options) error

// viewSink gathers the records that a view is made of.
type viewSink struct {
	w      io.Writer
	o      Options
	render rendering
	whole  bool // whether the format shows single flows and streams too
	set    record.Set
}

// shows makes a format's New of its render function.
func shows(f rendering) func(io.Writer, Options) record.Sink {
	return func(w io.Writer, o Options) record.Sink { return &viewSink{w: w, o: o, render: f} }
}

// showsAll makes a format's New of a function that shows all records.
func showsAll(f func(io.Writer, *record.Set, *view.View, Options) error) func(io.Writer, Options) record.Sink {
	return func(w io.Writer, o Options) record.Sink {
		s := &viewSink{w: w, o: o, whole: true}
		s.render = func(w io.Writer, v *view.View, o Options) error { return f(w, &s.set, v, o) }
		return s
	}
}

// Write implements record.Sink.
func (s *viewSink) Write(r record.Record) error {
	if s.whole {
		s.set.Add(r)
		return nil
	}
	switch r := r.(type) {
	case *record.Run:
		s.set.Run = r
	case *record.CaptureHealth:
		s.set.Health = append(s.set.Health, r)
	case *record.Session:
		s.set.Sessions = append(s.set.Sessions, r)
	case *record.Finding:
		s.set.Findings = append(s.set.Findings, r)
	case *record.Summary:
		s.set.Summary = r
	}
	return nil
}

// Close implements record.Sink.
func (s *viewSink) Close() error { return s.render(s.w, view.Of(&s.set), s.o) }
