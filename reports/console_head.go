package reports

import (
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// verdict is the first line: outcome, counts, coverage, capture health.
func (p *page) verdict() {
	s := p.v.Summary
	if s == nil {
		p.line(yellow, p.v.Verdict(), "the records end without a summary; what follows is what there is")
		return
	}
	parts := []string{severities(p.v.Severities), coverage(s), "capture health: " + string(p.v.Health)}
	if s.WebexFlows == 0 {
		parts[1] = "no Webex traffic was observed in " + count(s.Flows, flows)
	}
	if len(s.Severities) == 0 && s.WebexFlows == 0 {
		parts = parts[1:]
	}
	p.line(stateStyle(s.Verdict), p.v.Verdict(), strings.Join(parts, "; "))
}

// line is a first line: a word in colour, a dash and the text, wrapped without a label column.
func (p *page) line(st style, word, text string) {
	lines := wrap(clean(word+" - "+text, p.o.ASCII), p.o.Width)
	if !strings.HasPrefix(lines[0], word) {
		word = ""
	}
	p.print(st, word)
	p.print(bold, lines[0][len(word):])
	p.newline()
	for _, l := range lines[1:] {
		p.print(bold, l)
		p.newline()
	}
}

func severities(list []view.SeverityCount) string {
	var parts []string
	for _, c := range list {
		if c.Severity == record.Info {
			parts = append(parts, counted(c.Findings, "remark", "remarks"))
			continue
		}
		parts = append(parts, grouped(c.Findings)+" "+string(c.Severity))
	}
	if len(parts) == 0 {
		return "no rule failed"
	}
	return strings.Join(parts, ", ")
}

func coverage(s *record.Summary) string {
	text := fmt.Sprintf("%d of %s assessed", s.Assessed, counted(s.Applicable, "applicable rule", "applicable rules"))
	if s.Coverage != nil {
		text += fmt.Sprintf(" (%s)", wording.Percent(*s.Coverage))
	}
	return text
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
		p.text(plain, line, 2)
	}
	var parts []string
	if p.v.From != 0 {
		parts = append(parts, period(p.v.From, p.v.To))
	}
	t := &p.v.Capture
	parts = append(parts, count(t.Packets, packets), wording.Bytes(t.Bytes).String())
	p.more(plain, strings.Join(parts, ", "), 0)
	p.more(plain, fmt.Sprintf("vantage %s; pack %s; %s %s", vantage(r.Vantage), pack(r.Pack), r.Tool, r.Version), 0)
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
		return
	}
	parts := make([]string, len(p.v.Quality))
	for i, t := range p.v.Quality {
		parts[i] = t.String()
	}
	p.section("Capture quality", parts[0]+"; "+strings.Join(parts[1:], ", "))
	if n, reasons := view.Undecodable(&p.v.Capture); n > 0 && p.o.Verbose {
		p.more(plain, fmt.Sprintf("undecodable: %s", wording.List(reasons)), 0)
	}
	for _, d := range p.v.Damage {
		text := "! " + d.Text
		if d.Input != "" {
			text = "! " + d.Input + ": " + d.Text
		}
		p.more(red, text, 2)
	}
	if p.v.Health == view.LossNotAssessable {
		p.more(red, "! Packets are missing from the capture itself: loss and gap figures say nothing about the network.", 0)
	}
}
