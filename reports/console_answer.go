package reports

import (
	"fmt"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// answer is the block that the reader came for: both verdicts, what happened to whom and why, what to do, and where to
// look next.
func (p *page) answer() {
	p.verdicts()
	text, do := p.v.Said()
	if s := p.v.Narrowed(); !s.IsZero() {
		p.paragraph(plain, p.told(s), 0)
	}
	p.paragraph(bold, p.told(text), 0)
	if s := p.captureSaid(); s != "" {
		p.paragraph(plain, view.Sentence(s), 0)
	}
	if !do.IsZero() {
		p.print(bold, "DO")
		p.blanks(2)
		p.paragraph(plain, p.told(do), 4)
	}
	if s := p.v.Summary; s != nil && s.ExitCode != 0 {
		p.print(bold, "Exit")
		p.blanks(2)
		p.paragraph(plain, fmt.Sprintf("status %d: %s", s.ExitCode, s.ExitReason), 6)
	}
	p.print(bold, "Next")
	p.blanks(2)
	p.paragraph(plain, p.next(), 6)
}

// verdicts are both words, side by side where there is room.
func (p *page) verdicts() {
	network, capture := p.v.Network, p.v.Capture
	counts := p.rootCounts()
	left := "NETWORK  " + network.Word + counts
	p.print(bold, "NETWORK")
	p.blanks(2)
	p.print(stateStyle(network.State), network.Word)
	p.print(plain, counts)
	const column = 35
	at := max(column, width(clean(left, p.o.ASCII))+2)
	if at+len("CAPTURE  ")+width(clean(capture.Word, p.o.ASCII)) > p.o.Width {
		p.newline()
	} else {
		p.blanks(at - width(clean(left, p.o.ASCII)))
	}
	p.print(bold, "CAPTURE")
	p.blanks(2)
	p.print(stateStyle(capture.State), capture.Word)
	p.newline()
}

// rootCounts says how many causes and warnings there are: ", 2 causes, 1 warning".
func (p *page) rootCounts() string {
	causes, warnings := 0, 0
	for _, r := range p.v.Roots {
		if r.State == record.Fail {
			causes++
		} else {
			warnings++
		}
	}
	text := ""
	if causes > 0 {
		text += ", " + counted(causes, "cause", "causes")
	}
	if warnings > 0 {
		text += ", " + counted(warnings, "warning", "warnings")
	}
	return text
}

// captureSaid is what the verdict on the capture says where no cause below tells it.
func (p *page) captureSaid() string {
	switch c := p.v.Capture; {
	case p.v.Packetless():
	case c.State == record.Pass || len(p.v.CaptureRoots) > 0 && p.v.Totals.LossAssessable && len(p.v.Damage) == 0:
	default:
		return c.Sentence
	}
	return ""
}

// next says where to look next.
func (p *page) next() string {
	var list []string
	if found := p.all(); len(found) > 0 {
		list = append(list, "webexaudit explain "+found[0].Rule)
	} else if p.v.Packetless() || p.v.NoWebex() {
		list = append(list, "webexaudit interfaces")
	}
	if !p.o.Verbose {
		list = append(list, "-v shows all")
	}
	return strings.Join(append(list, "-o report.html"), "; ")
}

// quiet writes verdicts and causes on one line of any length, what is new against a baseline before the causes.
func (p *page) quiet() {
	p.print(stateStyle(p.v.Network.State), p.v.Network.Word)
	p.print(plain, " network, ")
	p.print(stateStyle(p.v.Capture.State), p.v.Capture.Word)
	p.print(plain, " capture: ")
	var parts []string
	if s := p.v.Summary; s != nil {
		parts = append(parts, s.Notices...)
	}
	if s := p.captureSaid(); s != "" {
		parts = append(parts, s)
	}
	counts := strings.TrimPrefix(p.rootCounts(), ", ")
	roots, _ := p.wanted(append(append([]*view.Root{}, p.v.Roots...), p.v.CaptureRoots...))
	for _, r := range roots {
		text := r.Title + " (" + r.Rule + p.affected(r.Finding) + ")"
		if r.Baseline != "" && r.Baseline != "unchanged" {
			text = strings.ToUpper(r.Baseline) + " " + text
		}
		if counts != "" {
			text, counts = counts+": "+text, ""
		}
		parts = append(parts, text)
	}
	if len(p.v.Roots) == 0 {
		text, _ := p.v.Said()
		parts = append(parts, strings.TrimSuffix(p.told(text), "."))
	}
	p.print(plain, strings.Join(parts, "; "))
	p.newline()
}

// affected says how many clients and how much time a finding is about, behind other words.
func (p *page) affected(f *record.Finding) string {
	text := ""
	if f.AffectedClients > 0 {
		text += ", " + counted(f.AffectedClients, "client", "clients")
	}
	return text + lasting(f)
}
