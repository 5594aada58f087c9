package reports

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// How many roots the first screen shows, and of each how many findings that follow from it.
const (
	causesShown  = 5
	limitsShown  = 3
	followsShown = 3
)

// wanted are the roots of the severity that the reader wants to see.
func (p *page) wanted(roots []*view.Root) (shown []*view.Root, hidden int) {
	for _, r := range roots {
		if r.Severity.Rank() < p.o.Severity.Rank() {
			hidden++
			continue
		}
		shown = append(shown, r)
	}
	return shown, hidden
}

// some are the first of them, unless everything is wanted.
func some[T any](p *page, list []T, most int) (shown []T, rest int) {
	if len(list) > most && !p.o.Verbose {
		return list[:most], len(list) - most
	}
	return list, 0
}

// causes are the roots that matter most: what, who, since when, how sure, what to do, what follows; in about so many
// lines.
func (p *page) causes(lines int) {
	found, hidden := p.wanted(p.v.Roots)
	var rest []string
	if n := len(p.v.Remarks); n > 0 && p.o.Severity.Rank() <= record.Info.Rank() && !p.o.Verbose {
		rest = append(rest, counted(n, "remark", "remarks"))
	}
	if len(found)+hidden+len(rest) == 0 {
		return
	}
	p.newline()
	shown, more := some(p, found, causesShown)
	if len(shown) == 0 && hidden > 0 {
		p.section("Causes", fmt.Sprintf("none at or above severity %s (%s below it)", p.o.Severity, grouped(hidden)))
		return
	}
	for i, r := range shown {
		room := atLeast((lines-2)/len(shown), 3)
		if i == 0 {
			room = atLeast(room, 5) // the worst one in full, if need be at the cost of the screen
		}
		p.cause(i, r, room)
	}
	if more > 0 {
		rest = append([]string{counted(more, "further finding", "further findings")}, rest...)
	}
	if len(rest) > 0 {
		rest[len(rest)-1] += " (-v shows all)"
	}
	if hidden > 0 {
		rest = append(rest, fmt.Sprintf("%s below severity %s not shown", grouped(hidden), p.o.Severity))
	}
	switch text := strings.Join(rest, "; "); {
	case text == "":
	case len(shown) == 0:
		p.section("Remarks", text)
	default:
		p.more(faint, text)
	}
}

func (p *page) cause(i int, r *view.Root, lines int) {
	p.heading(severityStyle(r.Severity), strconv.Itoa(i+1)+" "+strings.ToUpper(string(r.Severity)))
	before := p.lines()
	p.text(plain, r.Rule+p.told(r.Finding))
	if r.Remediation != "" {
		p.more(bold, "Do: "+p.sentences(r.Remediation, lines-(p.lines()-before)))
	}
	p.follows(r)
}

// follows says in a line each what follows from a root.
func (p *page) follows(r *view.Root) {
	shown, more := some(p, r.Follows, followsShown)
	for _, f := range shown {
		text := f.Rule + " " + f.Title
		if f.Confidence == record.Possible {
			text = f.Rule + " possibly: " + f.Title
		}
		p.bullet("leads to " + text + affected(f))
	}
	if more > 0 {
		p.bullet("and to " + grouped(more) + " more (-v shows all)")
	}
}

// bullet is a paragraph that is set in below the text of its section.
func (p *page) bullet(s string) {
	const mark = "  - "
	for i, line := range wrap(clean(s, p.o.ASCII), p.o.Width-indent-len(mark)) {
		p.margin()
		p.b.WriteString([]string{mark, "    "}[min(i, 1)])
		p.print(plain, line)
		p.newline()
	}
}

// affected says how many clients and how much time a finding is about.
func affected(f *record.Finding) string {
	var parts []string
	if f.AffectedClients > 0 {
		parts = append(parts, counted(f.AffectedClients, "client", "clients"))
	}
	if f.AffectedSeconds >= 1 {
		parts = append(parts, wording.Seconds(f.AffectedSeconds).String())
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// told is how sure a finding is, since when, and what was found, after the rule's name; a guess reads as one.
func (p *page) told(f *record.Finding, parts ...string) (text string) {
	if parts = append(parts, p.sureness(f)...); len(parts) > 0 {
		text = " (" + strings.Join(parts, ", ") + ")"
	}
	if f.Confidence == record.Possible {
		text += ", possibly"
	}
	return text + ": " + cmp.Or(f.Summary, f.Title)
}

// limits are what the rules about the capture and its data found.
func (p *page) limits() {
	found, _ := p.wanted(p.v.CaptureRoots)
	shown, more := some(p, found, limitsShown)
	for _, r := range shown {
		st := yellow
		if r.State == record.Fail {
			st = red
		}
		p.more(st, "! "+r.Rule+p.told(r.Finding, string(r.Severity)))
		if r.Remediation != "" {
			p.more(bold, "Do: "+p.sentences(r.Remediation, 2))
		}
		p.follows(r)
	}
	if more > 0 {
		p.more(faint, "and "+grouped(more)+" more (-v shows all)")
	}
}

// sureness says how sure a finding is unless it is a guess, since when, and whether it only warns.
func (p *page) sureness(f *record.Finding) (parts []string) {
	if f.State == record.Warn {
		parts = append(parts, "warning")
	}
	if f.Baseline != "" {
		parts = append(parts, "baseline: "+f.Baseline)
	}
	if f.Confidence != record.Possible {
		parts = append(parts, cmp.Or(string(f.Confidence), "confidence not stated"))
	}
	if f.FirstSeen != 0 {
		from, to := p.v.From, p.v.To
		layout := "2006-01-02 15:04:05"
		if from.Time().Format(time.DateOnly) == to.Time().Format(time.DateOnly) {
			layout = "15:04:05"
		}
		parts = append(parts, "since "+f.FirstSeen.Time().Format(layout))
	}
	return parts
}
