package reports

import (
	"fmt"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// A comparison of two capture points is the same tables in every format.

// pointsTable is one of them.
type pointsTable struct {
	Title   string
	Columns []string
	Rows    [][]string
	Left    string // what the table leaves out, in a sentence
}

// maxPointsStreams is how many streams a report names: the worst.
const maxPointsStreams = 100

// pointsSaid are the sentences above the tables.
func pointsSaid(p *view.Points) (list []string) {
	c := p.Of
	for _, x := range []struct {
		letter string
		*record.Point
	}{{"A", &c.A}, {"B", &c.B}} {
		list = append(list, fmt.Sprintf("%s is %s: %s, %s over UDP%s", x.letter, x.Name, count(x.Packets, packets),
			counted(x.Streams, "media stream", "media streams"), overTCP(x.OverTCP)))
	}
	if c.Problem != "" {
		return append(list, "Nothing was compared: "+c.Problem)
	}
	list = append(list, fmt.Sprintf("%s of %s that both have were compared over %s; A alone has %s, B alone %s%s",
		grouped(c.Compared), counted(c.Streams, "stream", "streams"), wording.Seconds(c.OverlapS), grouped(c.OnlyA),
		grouped(c.OnlyB), leftOut(c.LeftOut)))
	if !p.Clock.IsZero() {
		list = append(list, p.Clock.String())
	}
	if c.DelayProblem != "" {
		list = append(list, "Delays are not given: "+c.DelayProblem)
	}
	return list
}

func overTCP(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + grouped(n) + " within TCP, not compared"
}

func leftOut(n int) string {
	if n == 0 {
		return ""
	}
	return "; " + grouped(n) + " beyond the bound were left out"
}

// pointsFirst is the title of the first table.
const pointsFirst = "By direction"

// pointsTables are the sums of each direction and the streams.
func pointsTables(p *view.Points) []pointsTable {
	ways := pointsTable{Title: pointsFirst,
		Columns: []string{"direction", "streams", "packets", "before", "between", "unseen", "other mark", "delay ms"}}
	for _, w := range p.Ways {
		ways.Rows = append(ways.Rows, []string{wayText(w.From, w.To), grouped(w.Streams), grouped(w.Expected),
			part(w.Before, w.Expected), part(w.Between, w.Expected), part(w.Unseen, w.Expected), part(w.Remarked, w.Both),
			delayText(w.Delayed, w.DelayMinMs, w.DelayP95Ms)})
	}
	streams := pointsTable{Title: "By stream, worst first",
		Columns: []string{"stream", "direction", "packets", "before", "between", "after", "marks", "delay ms", "client"}}
	for i, x := range p.Streams {
		if i == maxPointsStreams {
			streams.Left = counted(len(p.Streams)-i, "further stream", "further streams") + " left out, none of them worse; the run file (-o run.jsonl) has them."
			break
		}
		streams.Rows = append(streams.Rows, streamCells(x))
	}
	return []pointsTable{ways, streams}
}

// streamCells is the row of a stream.
func streamCells(x *record.ComparedStream) []string {
	name := fmt.Sprintf("%s 0x%08x", x.Kind, x.SSRC)
	client := "–"
	if x.Client.IsValid() {
		client = x.Client.String()
	}
	if x.Problem != "" {
		return []string{name, "not compared: " + x.Problem, "–", "–", "–", "–", "–", "–", client}
	}
	from, to := view.Ends(x.First)
	between, after := part(x.OnlyA+x.OnlyB, x.Expected), "–"
	if x.LostBetween != nil {
		between = part(*x.LostBetween, x.Expected)
	}
	if x.LostAfter != nil {
		after = part(*x.LostAfter, x.Expected)
	}
	delay := "–"
	if x.DelayMinMs != nil {
		delay = fmt.Sprintf("%.1f/%.1f/%.1f", *x.DelayMinMs, *x.DelayMedianMs, *x.DelayP95Ms)
	}
	return []string{name, wayText(from, to), grouped(x.Expected), part(x.Neither, x.Expected), between, after,
		changes(x), delay, client}
}

// wayText is the direction between the points.
func wayText(from, to string) string {
	if from == "" {
		return "first point not known"
	}
	return from + " to " + to
}

// part is a number of packets and their share; 0 is plain.
func part(n, all int64) string {
	if n == 0 || all == 0 {
		return "0"
	}
	return fmt.Sprintf("%s (%s)", grouped(n), wording.Percent(100*float64(n)/float64(all)))
}

// changes are the marks at the first and the second point: "EF", or "EF to CS0 on 995".
func changes(x *record.ComparedStream) string {
	var same, other []string
	for _, m := range x.Marks {
		from, to := m.A, m.B
		if x.First == "b" {
			from, to = to, from
		}
		if from == to {
			same = append(same, markName(from))
		} else {
			other = append(other, fmt.Sprintf("%s to %s on %s", markName(from), markName(to), grouped(m.Packets)))
		}
	}
	return strings.Join(append(other, same...), ", ")
}

// markName is the name of a DSCP value; 64 stands for those that were not told apart.
func markName(dscp int) string {
	if dscp > 63 {
		return "others"
	}
	return record.MarkName(dscp)
}

func delayText(known bool, least, p95 float64) string {
	if !known {
		return "–"
	}
	return fmt.Sprintf("%.1f to %.1f", least, p95)
}

// points is the section of the console.
func (p *page) points() {
	v := p.v.Points
	if v == nil {
		return
	}
	for i, s := range pointsSaid(v) {
		p.section([]string{"Compared", ""}[min(i, 1)], view.Sentence(s))
	}
	if len(v.Ways) > 0 {
		p.newline()
		p.paragraph(faint, pointsLegend, 0)
	}
	for _, t := range pointsTables(v) {
		if len(t.Rows) == 0 {
			continue
		}
		rows := t.Rows
		if most := p.extent.calls; most >= 0 && len(rows) > most {
			rows = rows[:most]
		}
		columns := make([]column, len(t.Columns))
		for i, title := range t.Columns {
			columns[i] = column{title, pointsKinds[title]}
		}
		p.newline()
		p.table(columns, rows)
		if n := len(t.Rows) - len(rows); n > 0 || t.Left != "" {
			p.print(faint, strings.TrimSpace(foldedRows(n)+" "+t.Left))
			p.newline()
		}
	}
}

// pointsKinds are the kinds of their columns; texts give way.
var pointsKinds = map[string]columnKind{"stream": word, "direction": word, "client": word, "streams": number, "packets": number,
	"before": number, "between": number, "after": number, "unseen": number}

// pointsLegend says what the columns mean.
const pointsLegend = "Before: lost before the first point, missing at both. Between: lost between the points, seen at the first alone. " +
	"Unseen: seen at the second alone, so the first capture lacks it. After: lost behind the second, by the receiver's reports in " +
	"clear. Delay: least, median and 95th percentile of a stream; least and largest 95th percentile of a direction."

func foldedRows(n int) string {
	if n == 0 {
		return ""
	}
	return "and " + counted(n, "further row", "further rows") + " (-v shows all)."
}

// points is the section of the Markdown report.
func (p *mdPage) points() {
	v := p.v.Points
	if v == nil {
		return
	}
	p.heading(2, "Two capture points")
	for _, s := range pointsSaid(v) {
		p.line("- %s", view.Sentence(s))
	}
	for _, t := range pointsTables(v) {
		if len(t.Rows) == 0 {
			continue
		}
		if t.Title == pointsFirst {
			p.line("\n%s", pointsLegend)
		}
		p.heading(3, "%s", t.Title)
		p.line("| " + strings.Join(t.Columns, " | ") + " |\n|" + strings.Repeat("---|", len(t.Columns)))
		for _, row := range t.Rows {
			cells := make([]any, len(row))
			for i, c := range row {
				cells[i] = c
			}
			p.line("|"+strings.Repeat(" %s |", len(row)), cells...)
		}
		if t.Left != "" {
			p.line("\n%s", t.Left)
		}
	}
}
