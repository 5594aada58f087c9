package reports

import (
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// verdicts are the first lines: what the run says of the network, and of the capture.
func (p *page) verdicts() {
	p.verdict("NETWORK", p.v.Network)
	p.verdict("CAPTURE", p.v.Capture)
}

// verdict is a paragraph that begins with its word in colour.
func (p *page) verdict(label string, v view.Verdict) {
	p.label(label)
	word := clean(v.Word, p.o.ASCII)
	for i, line := range wrap(clean(v.String(), p.o.ASCII), p.o.Width-indent) {
		if i > 0 {
			p.margin()
		}
		if rest, ok := strings.CutPrefix(line, word); ok && i == 0 {
			p.print(stateStyle(v.State), word)
			line = rest
		}
		p.print(bold, line)
		p.newline()
	}
}

// quiet writes both verdicts on one line.
func (p *page) quiet() {
	for i, v := range []view.Verdict{p.v.Network, p.v.Capture} {
		p.print(plain, []string{"NETWORK ", " | CAPTURE "}[i])
		p.print(stateStyle(v.State), v.Word)
		p.print(plain, ": "+v.Sentence)
	}
	p.newline()
}

// lookedAt says what was analysed and by what it was judged.
func (p *page) lookedAt() {
	r := p.v.Run
	if r == nil {
		return
	}
	p.newline()
	p.label("Input")
	for i, line := range p.inputs() {
		if i > 0 {
			p.margin()
		}
		p.text(plain, line)
	}
	var parts []string
	if p.v.From != 0 {
		parts = append(parts, period(p.v.From, p.v.To))
	}
	t := &p.v.Totals
	parts = append(parts, count(t.Packets, packets), wording.Bytes(t.Bytes).String())
	p.more(plain, strings.Join(parts, ", "))
	p.more(plain, fmt.Sprintf("vantage %s; pack %s; %s %s", vantage(r.Vantage), pack(r.Pack), r.Tool, r.Version))
}

func vantage(v record.Vantage) string {
	switch {
	case v.Declared:
		return v.Value + " (declared)"
	case v.Confidence != "":
		return fmt.Sprintf("%s (guessed, %s)", v.Value, v.Confidence)
	}
	return v.Value + " (not declared)"
}

func pack(p record.Pack) string {
	if p.Date == "" || strings.Contains(p.ID, p.Date) {
		return p.ID
	}
	return p.ID + " of " + p.Date
}

const inputsShown = 3

// inputs are the files and interfaces, one line each; the first few unless everything is wanted.
func (p *page) inputs() []string {
	var lines []string
	for _, f := range p.v.Run.Files {
		facts := []string{wording.Bytes(f.Bytes).String()}
		if len(f.SHA256) >= 12 {
			facts = append(facts, "sha256 "+f.SHA256[:12])
		} else if slices.Contains(p.v.Run.Arguments, "--no-hash=true") {
			facts = append(facts, "no digest: --no-hash")
		}
		facts = append(facts, f.LinkTypes...)
		lines = append(lines, f.Path+" ("+strings.Join(facts, ", ")+")")
	}
	for _, name := range p.v.Run.Interface {
		lines = append(lines, "interface "+name)
	}
	if len(lines) == 0 {
		return []string{"no input"}
	}
	if n := len(lines); n > inputsShown && !p.o.Verbose {
		return append(lines[:inputsShown-1], fmt.Sprintf("and %d more", n-inputsShown+1))
	}
	return lines
}

// believable says how far the numbers can be trusted.
func (p *page) believable() {
	if len(p.v.Quality) == 0 {
		p.limits()
		return
	}
	parts := make([]string, len(p.v.Quality))
	for i, t := range p.v.Quality {
		parts[i] = t.String()
	}
	p.section("Capture quality", parts[0]+"; "+strings.Join(parts[1:], ", "))
	if n, reasons := view.Undecodable(&p.v.Totals); n > 0 && p.o.Verbose {
		p.more(plain, fmt.Sprintf("undecodable: %s", wording.List(reasons)))
	}
	for _, d := range p.v.Damage {
		text := "! " + d.Text
		if d.Input != "" {
			text = "! " + d.Input + ": " + d.Text
		}
		p.more(red, text)
	}
	p.limits()
}
