package reports

import (
	"io"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// ConsoleOptions say what the terminal can show and what the reader wants to see.
type ConsoleOptions struct {
	Width    int             // columns; no line is wider, save that of Quiet. 0: 100
	Rows     int             // of a terminal: what stands last is the answer, and the page fits if it can. 0: a file
	Color    bool            // colour by ANSI escapes; it never says anything that a word does not say
	ASCII    bool            // the terminal's locale is not UTF-8
	Zone     *time.Location  // of the times shown; nil: UTC
	Severity record.Severity // least severity among the causes; empty: all
	Quiet    bool            // both verdicts and the causes on one line, whatever its length
	Verbose  bool            // nothing left out, and every rule with its outcome
}

// narrowest and broadest are the widths between which the page follows the screen.
const (
	narrowest = 60
	broadest  = 200
)

// writeConsole writes the page.
func writeConsole(w io.Writer, s *record.Set, v *view.View, all Options) error {
	o := all.Console
	if o.Width <= 0 {
		o.Width = 100
	}
	o.Width = min(atLeast(o.Width, narrowest), broadest)
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	p := &page{o: o, v: v, days: severalDays(v, o.Zone)}
	p.inZone(s)
	if o.Quiet {
		p.quiet()
	} else {
		p.judged, p.judgedBy = v.JudgedCalls()
		p.b.WriteString(p.screen())
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// inZone gives the sentences of findings their times in the zone of the page.
func (p *page) inZone(s *record.Set) {
	list, changed := slices.Clone(s.Findings), false
	for i, f := range list {
		c := *f
		m := c.Messages
		for text, data := range map[*string]wording.Text{&c.Summary: m.Summary, &c.Expected: m.Expected,
			&c.Actual: m.Actual, &c.Missing: m.Missing, &c.Remediation: m.Remediation} {
			if told := p.told(data); *text == data.String() && *text != told {
				*text, list[i], changed = told, &c, true
			}
		}
	}
	if changed {
		told := *s
		told.Findings = list
		p.v = view.Of(&told)
	}
}

// page is the screen being written, or a part of it. Texts are cleaned where their width is measured; print cleans
// whatever comes its way once more, so that a new section cannot forget it.
type page struct {
	o        ConsoleOptions
	v        *view.View
	judged   []*view.Call
	judgedBy []view.CallVerdictCount
	days     bool // times need their day
	extent   extent
	b        strings.Builder

	taken int // cells of the line that a long label takes from the text behind it
}

// extent is how much of a run a page shows.
type extent struct {
	picture, fine, open bool
	calls               int  // how many; -1: all
	why                 bool // what went wrong with a call of which a cause below tells
	causes              int  // how many; -1: all
	card                card
	dense               bool // no empty lines
}

// card is how much of a cause is told.
type card int

const (
	oneLine card = iota
	brief        // who, and what to do
	seen         // and what was seen, and what follows
	whole        // and how to look at it
)

const (
	callsShown  = 100 // of a page without a height
	causesShown = 12
)

// extents are from all that a page can show to the least: what gives way first is what was fine, then what is
// not known, then calls, then the causes. The answer never does.
func (p *page) extents() []extent {
	all := extent{picture: true, fine: true, open: true, calls: callsShown, why: true, causes: causesShown,
		card: whole}
	if p.o.Verbose {
		all.calls, all.causes = -1, -1
	}
	if p.o.Rows == 0 || p.o.Verbose {
		return []extent{all}
	}
	list := []extent{all}
	then := func(change func(*extent)) {
		s := list[len(list)-1]
		change(&s)
		list = append(list, s)
	}
	then(func(s *extent) { s.picture = false })
	then(func(s *extent) { s.fine = false })
	then(func(s *extent) { s.open = false })
	for _, n := range []int{40, 20, 12, 8, 6} {
		then(func(s *extent) { s.calls = n })
	}
	then(func(s *extent) { s.why = false })
	then(func(s *extent) { s.card = seen })
	then(func(s *extent) { s.calls = 3 })
	then(func(s *extent) { s.card = brief })
	then(func(s *extent) { s.card = oneLine })
	then(func(s *extent) { s.dense = true })
	for _, n := range []int{6, 4, 3, 2} {
		then(func(s *extent) { s.causes = n })
	}
	return list
}

// screen is the page: the largest that the terminal holds above its prompt. There the answer stands last, where the
// reader looks; in a file it comes first.
func (p *page) screen() string {
	var text string
	for _, s := range p.extents() {
		text = p.shaped(s)
		if p.o.Rows == 0 || strings.Count(text, "\n") < p.o.Rows {
			break
		}
	}
	return text
}

func (p *page) shaped(s extent) string {
	p.extent = s
	blocks := []func(*page){(*page).answer, (*page).causes, (*page).exceptions, (*page).points, (*page).calls,
		(*page).lookedAt, (*page).picture, (*page).fine, (*page).notKnown}
	if p.o.Rows > 0 {
		blocks = []func(*page){(*page).lookedAt, (*page).picture, (*page).fine, (*page).notKnown, (*page).calls,
			(*page).points, (*page).exceptions, (*page).causes, (*page).answer}
	}
	if p.o.Verbose {
		more := []func(*page){(*page).quality, (*page).details, (*page).ruleTable}
		at := len(blocks)
		if p.o.Rows > 0 {
			at = 4 // before the calls
		}
		blocks = slices.Insert(blocks, at, more...)
	}
	var texts []string
	for _, block := range blocks {
		part := &page{o: p.o, v: p.v, judged: p.judged, judgedBy: p.judgedBy, days: p.days, extent: s}
		block(part)
		if text := strings.Trim(part.b.String(), "\n"); text != "" {
			texts = append(texts, text+"\n")
		}
	}
	if s.dense {
		return strings.Join(texts, "")
	}
	return strings.Join(texts, "\n")
}

// style is an ANSI SGR sequence's number.
type style string

const (
	plain  style = ""
	bold   style = "1"
	faint  style = "2"
	red    style = "1;31"
	green  style = "1;32"
	yellow style = "1;33"
)

func severityStyle(s record.Severity) style {
	switch s {
	case record.Critical, record.High:
		return red
	case record.Medium:
		return yellow
	}
	return bold
}

func stateStyle(s record.State) style {
	switch s {
	case record.Fail:
		return red
	case record.Warn:
		return yellow
	case record.Pass:
		return green
	}
	return bold
}

// print writes text of one style without a line break.
func (p *page) print(st style, text string) {
	text = clean(text, p.o.ASCII)
	if !p.o.Color || st == plain || text == "" {
		p.b.WriteString(text)
		return
	}
	p.b.WriteString("\x1b[" + string(st) + "m" + text + "\x1b[0m")
}

func (p *page) newline() { p.b.WriteByte('\n') }

const indent = 10 // of all text: the column of labels and a blank

// label begins a section: its name in the first column.
func (p *page) label(name string) { p.heading(bold, name) }

// heading fills the first column with a word. A longer one takes room from the first line behind it.
func (p *page) heading(st style, name string) {
	name = clean(name, p.o.ASCII)
	p.print(st, name)
	blanks := indent - width(name)
	if blanks < 1 {
		blanks = 1
	}
	p.taken = width(name) + blanks - indent
	p.b.WriteString(strings.Repeat(" ", blanks))
}

// text writes a paragraph behind the label, or below it, whole.
func (p *page) text(st style, s string) { p.paragraph(st, s, indent) }

// paragraph writes lines of which all but the first, whose margin is written, are set in by so many blanks.
func (p *page) paragraph(st style, s string, margin int) {
	lines := wrapAfter(clean(s, p.o.ASCII), p.taken, p.o.Width-margin)
	p.taken = 0
	for i, line := range lines {
		if i > 0 {
			p.blanks(margin)
		}
		p.print(st, line)
		p.newline()
	}
}

func (p *page) blanks(n int) { p.b.WriteString(strings.Repeat(" ", n)) }

func (p *page) margin() { p.blanks(indent) }

// more writes a further paragraph of the section.
func (p *page) more(st style, s string) {
	p.margin()
	p.text(st, s)
}

// section is a label with its first paragraph.
func (p *page) section(name, s string) {
	p.label(name)
	p.text(plain, s)
}

// severalDays reports whether the times of a page need their day.
func severalDays(v *view.View, zone *time.Location) bool {
	return v.From.Time().In(zone).Format(time.DateOnly) != v.To.Time().In(zone).Format(time.DateOnly)
}

// clock is a time of day, with the date where the capture spans several days.
func (p *page) clock(t record.Time) string {
	at := t.Time().In(p.o.Zone)
	from, to := p.v.From.Time().In(p.o.Zone), p.v.To.Time().In(p.o.Zone)
	switch {
	case !p.days:
		return at.Format(time.TimeOnly)
	case from.Year() != to.Year():
		return at.Format("2006-01-02 15:04:05")
	}
	return at.Format("01-02 15:04:05")
}

// told renders a sentence with its times in the zone of the page.
func (p *page) told(t wording.Text) string {
	return t.Map(func(a wording.Arg) wording.Arg {
		at, ok := a.Time()
		if !ok {
			return a
		}
		layout := "15:04:05 MST"
		if p.days {
			layout = "2006-01-02 15:04:05 MST"
		}
		return wording.Word(at.In(p.o.Zone).Format(layout))
	}).String()
}

// some are the first of them, unless everything is wanted; -1: all.
func some[T any](list []T, most int) (shown []T, rest int) {
	if most >= 0 && len(list) > most {
		return list[:most], len(list) - most
	}
	return list, 0
}
