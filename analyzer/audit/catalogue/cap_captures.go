package catalogue

import (
	"path"
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var captures = wording.Noun{One: "capture", Many: "captures"}

// captureGroup is about one capture: named by its interface, else plainly "capture" where there is only one, so that
// the fingerprint does not depend on a file name.
func captureGroup(s *audit.Scope, h *record.CaptureHealth, n int64) *audit.Group {
	key := "capture"
	switch {
	case h.Interface != "":
		key = h.Interface
	case len(s.Health) > 1:
		key = path.Base(h.File) // where the file lay is no part of what is wrong
	}
	g := audit.NewGroup(record.Subject{Kind: "capture", Key: key})
	g.Count, g.Confidence = n, record.Confirmed
	g.Span(h.StartTime, h.EndTime)
	return g
}

// wholeGroup is about the run.
func wholeGroup(conf record.Confidence) *audit.Group {
	g := audit.NewGroup(record.Subject{Kind: "run", Key: "all"})
	g.Count, g.Confidence = 1, conf
	return g
}

// counter is a name with a count; nil is not known.
type counter struct {
	name  string
	value *int64
}

// counters cites counters of a capture; what is not known is left out.
func counters(h *record.CaptureHealth, list ...counter) []record.Evidence {
	e := record.Evidence{Kind: "counter", File: h.File, Time: h.EndTime,
		Fields: map[string]string{"packets": strconv.FormatInt(h.Packets, 10)}}
	for _, c := range list {
		if c.value != nil {
			e.Fields[c.name] = strconv.FormatInt(*c.value, 10)
		}
	}
	return []record.Evidence{e}
}
