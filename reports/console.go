package reports

import (
	"bytes"
	"io"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// ConsoleOptions say what the terminal can show and what the reader wants to see.
type ConsoleOptions struct {
	Width    int             // columns; no line is wider. 0: 100
	Color    bool            // colour by ANSI escapes; it never says anything that a word does not say
	ASCII    bool            // the terminal's locale is not UTF-8
	Severity record.Severity // least severity among the causes; empty: all
	Quiet    bool            // the verdicts alone, on one line of any width
	Verbose  bool            // nothing shortened, and every rule with its outcome
}

// narrowest is the width below which the page does not follow.
const narrowest = 50

// writeConsole writes the page.
func writeConsole(w io.Writer, v *view.View, all Options) error {
	o := all.Console
	if o.Width <= 0 {
		o.Width = 100
	}
	o.Width = atLeast(o.Width, narrowest)
	p := &page{o: o, v: v}
	if o.Quiet {
		p.quiet()
	} else {
		p.verdicts()
		p.screen()
	}
	_, err := w.Write(p.b.Bytes())
	return err
}

// screen writes everything below the verdict. The causes come in the middle and get the lines that the rest leaves
// free; the calls get what is left then, but a few always.
func (p *page) screen() {
	foot := &page{o: p.o, v: p.v}
	foot.fine()
	foot.notJudged()
	foot.waived()
	if p.o.Verbose {
		foot.details()
		foot.ruleTable()
	}
	foot.next()

	p.lookedAt()
	p.believable()
	p.picture()
	reserved := callsAlways*min(len(p.v.Calls), 1) + 2
	p.causes(screenLines - p.lines() - foot.lines() - reserved)
	p.calls(screenLines - p.lines() - foot.lines() - 2)
	p.b.Write(foot.b.Bytes())
}

func (p *page) lines() int { return bytes.Count(p.b.Bytes(), []byte{'\n'}) }

// page is the screen being written. Texts are cleaned where their width is measured; print cleans whatever comes its
// way once more, so that a new section cannot forget it.
type page struct {
	o ConsoleOptions
	v *view.View
	b bytes.Buffer

	taken int // cells of the line that a long label takes from the text behind it
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
	cyan   style = "1;36"
)

func severityStyle(s record.Severity) style {
	switch s {
	case record.Critical, record.High:
		return red
	case record.Medium:
		return yellow
	case record.Low, record.Info:
		return cyan
	}
	return plain
}

func stateStyle(s record.State) style {
	switch s {
	case record.Fail:
		return red
	case record.Warn, record.NotEnough:
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

const (
	indent       = 13 // of all text: the column of labels and a blank
	longestLabel = 15 // "Capture quality"
)

// label begins a section: its name in the first column.
func (p *page) label(name string) { p.heading(bold, name) }

// heading fills the first column with a word. A longer one takes room from the first line behind it.
func (p *page) heading(st style, name string) {
	if name = clean(name, p.o.ASCII); width(name) > longestLabel {
		name = name[:cut(name, longestLabel)]
	}
	p.print(st, name)
	blanks := indent - width(name)
	if blanks < 1 {
		blanks = gap
	}
	p.taken = width(name) + blanks - indent
	p.b.WriteString(strings.Repeat(" ", blanks))
}

// text writes a paragraph behind the label, or below it, whole.
func (p *page) text(st style, s string) {
	lines := wrapAfter(clean(s, p.o.ASCII), p.taken, p.o.Width-indent)
	p.taken = 0
	for i, line := range lines {
		if i > 0 {
			p.margin()
		}
		p.print(st, line)
		p.newline()
	}
}

// sentences are as many whole sentences of an instruction as fit into so many lines, and one in any case: half of an
// instruction is none.
func (p *page) sentences(s string, max int) string {
	for !p.o.Verbose && len(wrap(clean(s, p.o.ASCII), p.o.Width-indent)) > max {
		end := strings.LastIndex(strings.TrimSuffix(s, "."), ". ")
		if end < 0 {
			break
		}
		s = s[:end+1]
	}
	return s
}

func (p *page) margin() { p.b.WriteString(strings.Repeat(" ", indent)) }

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
