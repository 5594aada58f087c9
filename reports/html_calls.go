package reports

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// callFuncs are those of the calls.
var callFuncs = map[string]any{
	"segments": segments,
	"callsof":  callsOf,
	"callrank": func(c view.CallVerdict) int { return slices.Index(view.CallVerdicts, c) },
	"millis":   func(t record.Time) int64 { return int64(t) / 1e6 },
	"addrkey":  addressKey,
	"length": func(c *view.Call) string {
		return strconv.FormatFloat(c.EndTime.Sub(c.StartTime).Seconds(), 'f', 3, 64)
	},
	"worse":  worse,
	"over":   func(v *float64, t *record.Threshold) bool { return v != nil && t != nil && *v >= t.Value },
	"hidden": hiddenWhy,
	"ledger": func(c *view.Call) string { return ledgerText(c.Session) },
	"tabled": tabled,
	"callheads": func() []head {
		return []head{{"Verdict", "num", ""}, {"Start", "num", ""}, {"Client", "text", ""}, {"Length", "num", "n"}, {"Over", "text", ""},
			{"Loss", "num", "n"}, {"Jitter", "num", "n"}, {"Round trip", "num", "n"}, {"Marks", "", ""}, {"Loss over time", "", "sparkcell"},
			{"What went wrong", "", ""}}
	},
}

// head is the head of a column.
type head struct{ Name, Sort, Class string }

// segment is a part of the bar of calls, in percent of its width.
type segment struct {
	X, W  string
	Class string
}

func segments(counts []view.CallVerdictCount) (list []segment) {
	all := 0
	for _, c := range counts {
		all += c.Calls
	}
	at := 0.0
	for _, c := range counts {
		w := 100 * float64(c.Calls) / float64(max(all, 1))
		list = append(list, segment{fmt.Sprintf("%.2f", at), fmt.Sprintf("%.2f", max(w-0.8, 0.4)), callIcons[c.Verdict]})
		at += w
	}
	return list
}

// callsOf are the calls that a cause concerns.
func callsOf(d *view.Detail, cause int) (list []*view.Call) {
	for _, c := range d.Calls {
		if slices.Contains(c.Causes, cause) {
			list = append(list, c)
		}
	}
	return list
}

// addressKey sorts as the address does.
func addressKey(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	b := a.As16()
	return fmt.Sprintf("%x", b[:])
}

// worse is the higher of two values, nil where there is none; a pointer to its text, so that 0 is something.
func worse(a, b *float64) *string {
	if a == nil || b != nil && *b > *a {
		a = b
	}
	if a == nil {
		return nil
	}
	text := strconv.FormatFloat(*a, 'g', 6, 64)
	return &text
}

// tabledCalls is how many calls have a table of their steps, tableRows about how many rows it has.
const (
	tabledCalls = 12
	tableRows   = 20
)

// callTable is a call in rows of some seconds.
type callTable struct {
	Call *view.Call
	Rows []stepRow
}

type stepRow struct {
	At     record.Time
	Cells  [6]string // loss, jitter and rate, each from and to the client
	Sides  []string  // loss between the client and here, and between here and the cloud; nil where no receiver told
	Events string
}

func tabled(d *view.Detail) (list []callTable) {
	for _, c := range d.Calls[:min(len(d.Calls), tabledCalls)] {
		list = append(list, stepTable(c))
	}
	return list
}

// stepTable divides the time of a call into steps of 10 s, or as many as give about tableRows rows.
func stepTable(c *view.Call) callTable {
	const ten = record.Time(10e9)
	t := callTable{Call: c}
	from := c.Line.From - c.Line.From%ten
	step := ten * max(1, ((c.Line.To-from)/ten+tableRows-1)/tableRows)
	for at := from; ; at += step {
		to := at + min(step, math.MaxInt64-at) // a clock may be set as late as there are numbers for
		row := stepRow{At: max(at, c.Line.From), Events: events(c.Line, at, to)}
		row.Cells, row.Sides = stepCells(c.Steps, at, to), sideCells(c.Steps, at, to)
		t.Rows = append(t.Rows, row)
		if c.Line.To-at < step {
			return t
		}
	}
}

// stepCells are the highest loss and jitter, and the mean rate, of the steps in a time.
func stepCells(s *view.Series, from, to record.Time) (cells [6]string) {
	for i := range cells {
		cells[i] = "–"
	}
	if s == nil {
		return cells
	}
	a, b := stepsIn(s, from, to)
	if a >= b {
		return cells
	}
	for i, v := range [6][]uint16{s.Up.Loss, s.Down.Loss, s.Up.Jitter, s.Down.Jitter, s.Up.Rate, s.Down.Rate} {
		cells[i] = stepCell(v[a:b], i)
	}
	return cells
}

// stepsIn are the steps of a time, from a to before b.
func stepsIn(s *view.Series, from, to record.Time) (a, b int) {
	unit := record.Time(s.StepS) * 1e9
	if to <= s.Start {
		return 0, 0
	}
	return max(int((from-s.Start)/unit), 0), min(int((to-s.Start)/unit), len(s.Up.Loss))
}

// sideCells are the highest losses on either side of the capture point in a time.
func sideCells(s *view.Series, from, to record.Time) []string {
	if s == nil || s.ClientSide == nil {
		return nil
	}
	a, b := stepsIn(s, from, to)
	b = max(a, b)
	return []string{stepCell(s.ClientSide[a:b], 0), stepCell(s.CloudSide[a:b], 0)}
}

func stepCell(values []uint16, kind int) string {
	top, total, known := 0, 0, 0
	for _, x := range values {
		if x != view.Unknown {
			top, total, known = max(top, int(x)), total+int(x), known+1
		}
	}
	switch {
	case known == 0:
		return "–"
	case kind < 2:
		return strconv.FormatFloat(float64(top)/10, 'f', -1, 64) + " %"
	case kind < 4:
		return strconv.FormatFloat(float64(top)/10, 'f', -1, 64) + " ms"
	}
	return grouped(total / known)
}

// events are those of a time, in words.
func events(t *view.Timeline, from, to record.Time) string {
	within := func(u record.Time) bool { return u >= from && u < to }
	var parts []string
	say := func(n int, one, many string) {
		if n > 0 {
			parts = append(parts, counted(n, one, many))
		}
	}
	for _, f := range t.Flags {
		if within(f.At) {
			parts = append(parts, fmt.Sprintf("cause %d: %s", f.Cause, f.Label))
		}
	}
	for _, r := range t.Tests {
		if n := countMarks(r.Marks, within, ""); n > 0 {
			ok := countMarks(r.Marks, within, "ok")
			parts = append(parts, fmt.Sprintf("%s %s, %s answered", counted(n, "test", "tests"), r.Way, grouped(ok)))
		}
	}
	say(countMarks(t.Lookups, within, ""), "lookup", "lookups")
	say(countMarks(t.Tunnels, within, ""), "CONNECT", "CONNECTs")
	begun := 0
	for _, s := range t.Signalling {
		if within(s.From) {
			begun++
		}
	}
	say(begun, "connection begun", "connections begun")
	for _, m := range t.Media {
		if within(m.From) {
			parts = append(parts, "begins: "+m.Label)
		}
	}
	return strings.Join(parts, "; ")
}

// countMarks counts the events of a state, or of any, in a time.
func countMarks(list []view.Mark, within func(record.Time) bool, state string) (n int) {
	for _, m := range list {
		if within(m.At) && (state == "" || m.State == state) {
			n++
		}
	}
	return n
}
