package reports

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// calls is a line for each call, worst first: verdict, start, client, length, transport, loss and jitter each way,
// round trip, marks, and what went wrong. A narrow screen has the numbers, and the reason, below.
func (p *page) calls() {
	if len(p.judged) == 0 {
		return
	}
	p.section("Calls", p.callCounts())
	shown, rest := some(p.judged, p.extent.calls)
	rows := [][]string{
		{"", "start", "client", "len", "over", "loss ↑/↓", "jit ↑/↓", "trip", "mark", "what went wrong"}}
	for _, c := range shown {
		rows = append(rows, p.callCells(c))
	}
	for _, row := range rows {
		for i := range row {
			row[i] = clean(row[i], p.o.ASCII)
		}
	}
	p.callRows(rows, shown)
	if rest > 0 {
		p.blanks(callMargin)
		p.paragraph(faint, counted(rest, "more is not shown", "more are not shown")+
			": -v, --client ADDRESS, or -o report.html", callMargin)
	}
}

// callCounts counts calls by verdict: "1 bad, 2 good (3 in all)".
func (p *page) callCounts() string {
	words := map[view.CallVerdict]string{view.CallBad: "bad", view.CallWarn: "with a warning", view.CallGood: "good",
		view.CallNotJudged: "not judged (?)"}
	var parts []string
	for _, c := range p.judgedBy {
		parts = append(parts, grouped(c.Calls)+" "+words[c.Verdict])
	}
	text := strings.Join(parts, ", ")
	if len(parts) > 1 {
		text += " (" + grouped(len(p.judged)) + " in all)"
	}
	return text
}

// The columns of a call.
const (
	callVerdict = iota
	callStart
	callClient
	callLength
	callOver
	callLoss
	callJitter
	callTrip
	callMark
	callWhy
	callColumns
)

const (
	callMargin = 6  // the verdicts' column
	whyFrom    = 30 // least width of the reason in the line of its call
)

// callCells are the words of a call.
func (p *page) callCells(c *view.Call) []string {
	cells := make([]string, callColumns)
	cells[callVerdict] = string(c.Verdict)
	if c.Verdict == view.CallNotJudged {
		cells[callVerdict] = "?"
	}
	cells[callStart], cells[callClient] = p.clock(c.StartTime), c.Client.String()
	cells[callLength], cells[callOver] = length(c.EndTime.Sub(c.StartTime)), over(c)
	cells[callLoss] = p.lossCell(c)
	cells[callJitter] = pair(c.Up.JitterMs, c.Down.JitterMs, shortly)
	cells[callTrip] = "-"
	if c.RTTMs != nil {
		cells[callTrip] = shortly(*c.RTTMs)
	}
	cells[callMark] = markCell(c)
	cells[callWhy] = p.why(c)
	return cells
}

// lossCell is ? where the capture itself lacks packets.
func (p *page) lossCell(c *view.Call) string {
	text := pair(c.Up.LossPercent, c.Down.LossPercent, func(v float64) string { return wording.Percent(v).String() })
	if !p.v.Totals.LossAssessable && text != "-" {
		return "?"
	}
	return text
}

// pair is two values of one unit, up and down: "0/8.1 %", "-/3 ms"; "-" where neither was measured.
func pair(up, down *float64, format func(float64) string) string {
	if up == nil && down == nil {
		return "-"
	}
	a, b := "-", "-"
	if up != nil {
		a = format(*up)
	}
	if down != nil {
		b = format(*down)
	}
	unit := b[strings.LastIndexByte(b, ' ')+1:]
	if short, ok := strings.CutSuffix(a, " "+unit); ok && unit != "" {
		a = short
	}
	return a + "/" + b
}

// shortly writes milliseconds, whole ones from 10 on.
func shortly(ms float64) string {
	if ms >= 10 {
		ms = math.Round(ms)
	}
	return milliseconds(ms)
}

// markCell is the main mark of audio, up and down; of all media where audio cannot be told.
func markCell(c *view.Call) string {
	up, down := mainMark(c.Up), mainMark(c.Down)
	if up == "-" && down == "-" {
		return "-"
	}
	return up + "/" + down
}

func mainMark(l record.CallLeg) string {
	list := l.Audio
	if len(list) == 0 {
		list = l.Marks
	}
	switch {
	case len(list) == 0:
		return "-"
	case list[0] == 0:
		return "0"
	}
	return record.MarkName(list[0])
}

// length of a call with at most two units, the shortest way.
func length(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d m %02d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %02d m", s/3600, s%3600/60)
}

// over is the last transport of a call, with the port where it tells something.
func over(c *view.Call) string {
	switch c.Transport {
	case record.UDP, record.TCP:
		word := strings.ToUpper(string(c.Transport))
		if at, err := netip.ParseAddrPort(c.Node); err == nil {
			word += fmt.Sprintf(" %d", at.Port())
		}
		return word
	case record.TLSProxied:
		return "TLS/proxy"
	case record.None:
		return "no media"
	}
	return strings.ToUpper(string(c.Transport))
}

// why is what went wrong with a call: the causes by their numbers, else what it could not be judged for.
func (p *page) why(c *view.Call) string {
	if len(c.Causes) == 0 {
		if c.Verdict == view.CallGood {
			return ""
		}
		return c.Why
	}
	first := c.Causes[0]
	text := fmt.Sprintf("cause %d: %s", first, p.v.Roots[first-1].Title)
	for _, n := range c.Causes[1:] {
		text += fmt.Sprintf(", cause %d", n)
	}
	return text
}

// callRows lays the cells out: in one line where they fit, else in two.
func (p *page) callRows(rows [][]string, calls []*view.Call) {
	l := p.layoutOf(rows)
	for i, row := range rows {
		var c *view.Call
		if i > 0 {
			c = calls[i-1]
		}
		p.callLine(row, l, c)
		if l.beside && row[callWhy] != "" {
			p.blanks(gap)
			p.paragraph(plain, row[callWhy], l.used()+gap)
		} else {
			p.newline()
		}
		if c != nil {
			p.callBelow(row, l, c)
		}
	}
}

// layoutOf finds the layout of the least lines that fits.
func (p *page) layoutOf(rows [][]string) callLayout {
	l := callLayout{widths: make([]int, callColumns), gap: gap, last: callMark}
	for _, row := range rows {
		for i, cell := range row {
			l.widths[i] = max(l.widths[i], width(cell))
		}
	}
	l.widths[callVerdict] = max(l.widths[callVerdict], callMargin-gap)
	for l.last == callMark && l.used() > p.o.Width {
		if l.gap--; l.gap == 0 {
			l.gap, l.last = gap, callOver
		}
	}
	l.apart = l.last == callOver && l.used() > p.o.Width
	l.beside = l.last == callMark && p.o.Width-l.used()-gap >= whyFrom
	return l
}

// callBelow writes what of a call stands below its line.
func (p *page) callBelow(row []string, l callLayout, c *view.Call) {
	if l.apart {
		p.blanks(callMargin)
		p.print(bold, row[callClient])
		p.newline()
	}
	if l.last != callMark {
		p.callNumbers(row)
	}
	if p.o.Verbose && c.Story != "" {
		p.blanks(callMargin)
		p.paragraph(plain, c.Story, callMargin)
	}
	p.ledger(c)
	if !l.beside && row[callWhy] != "" && (p.extent.why || len(c.Causes) == 0) {
		p.blanks(callMargin)
		p.paragraph(plain, row[callWhy], callMargin)
	}
}

// ledger writes where the call lost packets; to who asks for more also why that is not known.
func (p *page) ledger(c *view.Call) {
	text := ledgerText(c.Session)
	if more := ledgerUnknown(c.Session); p.o.Verbose && more != "" {
		text = strings.TrimPrefix(text+". Where packets were lost is not known throughout: "+more, ". ")
	}
	if refused := refusedText(c.Session); refused != "" && (p.o.Verbose || text != "") {
		text = strings.TrimPrefix(text+"; "+refused, "; ")
	}
	if text != "" {
		p.blanks(callMargin)
		p.paragraph(plain, text, callMargin)
	}
}

// callLayout is how wide the columns are, what is between them, and the last of them that stands in the first line.
type callLayout struct {
	widths    []int
	gap, last int
	apart     bool // the client has a line of its own: IPv6
	beside    bool // there is room for what went wrong at the end of the line
}

func (l callLayout) used() int {
	n := -l.gap
	for _, w := range l.widths[:l.last+1] {
		n += w + l.gap
	}
	return n
}

// callLine writes the cells of the first line: words at the left, numbers at the right.
func (p *page) callLine(row []string, l callLayout, c *view.Call) {
	widths, last := l.widths, l.last
	for i, cell := range row[:last+1] {
		if i == callClient && l.apart {
			continue
		}
		st := plain
		switch {
		case c == nil:
		case i == callVerdict:
			st = map[view.CallVerdict]style{view.CallBad: red, view.CallWarn: yellow, view.CallGood: green}[c.Verdict]
		case i == callClient:
			st = bold
		}
		fill := widths[i] - width(cell)
		left := i <= callClient || i == callOver
		if !left {
			p.blanks(fill)
		}
		p.print(st, cell)
		if left && i < last {
			p.blanks(fill)
		}
		if i < last {
			p.blanks(l.gap)
		}
	}
}

// callNumbers writes the numbers of a call with their names.
func (p *page) callNumbers(row []string) {
	names := []string{callLoss: "loss ↑/↓ ", callJitter: "jitter ↑/↓ ", callTrip: "trip ", callMark: "mark ↑/↓ "}
	var parts []string
	for i := callLoss; i <= callMark; i++ {
		if row[i] != "-" {
			parts = append(parts, names[i]+row[i])
		}
	}
	if len(parts) > 0 {
		p.blanks(callMargin)
		p.paragraph(plain, strings.Join(parts, ", "), callMargin)
	}
}
