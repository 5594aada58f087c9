package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
	"webexaudit/reports/view"
)

// next says what to do with the answer: explain the first cause, look at its packets; and the exit status where it is
// not 0.
func (p *page) next() {
	found := p.all()
	s := p.v.Summary
	if len(found) > 0 || s != nil && s.ExitCode != 0 {
		p.newline()
	}
	if len(found) > 0 {
		p.label("Next steps")
		p.text(bold, "webexaudit explain "+found[0].Rule)
		if e, ok := p.bestEvidence(found); ok {
			where := "Wireshark" + whichFile(p.v.Run, e) + howMany(e) + ":"
			if line := where + " " + e.Filter; indent+width(clean(line, p.o.ASCII)) <= p.o.Width {
				p.more(cyan, line)
			} else {
				p.more(plain, where)
				p.more(cyan, e.Filter)
			}
		}
	}
	if s != nil && s.ExitCode != 0 {
		p.label("Status")
		p.text(plain, fmt.Sprintf("%d: %s", s.ExitCode, s.ExitReason))
	}
}

// all are the findings that the reader wants to see: those about the network, then those about the capture, each before
// what follows from it.
func (p *page) all() []*record.Finding {
	network, _ := p.wanted(p.v.Roots)
	capture, _ := p.wanted(p.v.CaptureRoots)
	return append(flat(network), flat(capture)...)
}

func flat(roots []*view.Root) (list []*record.Finding) {
	for _, r := range roots {
		list = append(append(list, r.Finding), r.Follows...)
	}
	return list
}

// filterLines is the longest display filter that the first screen shows. A shortened one would select other packets.
const filterLines = 3

// bestEvidence is the first display filter among the findings, which are in order of weight, that is short enough to
// copy.
func (p *page) bestEvidence(found []*record.Finding) (record.Evidence, bool) {
	for _, f := range found {
		for _, e := range f.Evidence {
			if selects(p.v.Run, e) && len(wrap(clean(e.Filter, p.o.ASCII), p.o.Width-indent)) <= filterLines {
				return e, true
			}
		}
	}
	return record.Evidence{}, false
}

// whichFile names the file of the evidence where the run has several.
func whichFile(r *record.Run, e record.Evidence) string {
	if e.File == "" || r == nil || len(r.Files) < 2 {
		return ""
	}
	return ", in " + e.File
}

func howMany(e record.Evidence) string {
	if e.Packets == 0 {
		return ""
	}
	return " (" + count(e.Packets, packets) + ")"
}

// details is one paragraph per failing finding: expected against actual, limits with origin, what to do, where it is
// seen.
func (p *page) details() {
	found := p.all()
	if o := p.o.Severity; o.Rank() <= record.Info.Rank() {
		found = append(found, flat(p.v.Remarks)...)
	}
	for _, f := range found {
		p.newline()
		p.heading(severityStyle(f.Severity), strings.ToUpper(string(f.Severity)))
		p.text(bold, f.Rule+" "+f.Title)
		p.row("subject", wording.Subject(f.Subject.Kind, f.Subject.Key).String())
		p.row("expected", f.Expected)
		p.row("actual", f.Actual)
		for _, t := range f.Thresholds {
			p.row("limit", fmt.Sprintf("%s %s (%s)", t.Name, wording.Decimal(t.Value), t.Origin))
		}
		p.row("clients", strings.Join(f.Clients, ", "))
		p.row("hosts", strings.Join(f.Hosts, ", "))
		p.row("do", f.Remediation)
		for _, e := range f.Evidence {
			p.row("evidence", describe(e))
			if selects(p.v.Run, e) {
				p.row("filter", e.Filter)
			}
		}
	}
}

// row is one labelled line of details; nothing where there is no text.
func (p *page) row(name, text string) {
	if text == "" {
		return
	}
	p.b.WriteString("  ")
	p.print(faint, name)
	p.b.WriteString(strings.Repeat(" ", atLeast(indent-2-len(name), 1)))
	p.text(plain, text)
}

func describe(e record.Evidence) string {
	text := e.Kind
	if e.File != "" {
		text += ", " + e.File
	}
	if e.Packets > 0 {
		text += fmt.Sprintf(", %s from %d to %d", count(e.Packets, packets), e.FirstPacket, e.LastPacket)
	}
	if e.Time != 0 {
		text += ", " + e.Time.String()
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		text += fmt.Sprintf("; %s: %s", name, field(name, e.Fields[name]))
	}
	return text
}

// field is a fact of the evidence; distinguished names lose their escapes.
func field(name, value string) string {
	if strings.HasSuffix(name, "cert_subject") || strings.HasSuffix(name, "cert_issuer") {
		return wording.DN(value).String()
	}
	return value
}

// ruleTable lists every finding, those of rules that saw nothing included.
func (p *page) ruleTable() {
	if len(p.v.All) == 0 {
		return
	}
	rows := make([][]string, 0, len(p.v.All))
	for _, f := range p.v.All {
		rows = append(rows, []string{f.Rule, string(f.State), string(f.Severity), outcome(f)})
	}
	p.newline()
	p.table([]column{{"rule", word}, {"state", word}, {"severity", word}, {"result", text}}, rows)
}

// outcome is a finding in the table of all rules. The title names the fault, so it stands only where the fault was
// found.
func outcome(f *record.Finding) string {
	switch {
	case f.State == record.NotAssessable && f.Missing != "":
		return f.Missing
	case f.Waiver != nil:
		return f.Title + ": " + waiverText(f)
	case f.Summary == "" || f.Summary == f.Title:
		return f.Title
	case f.State == record.Pass || f.State == record.NotObserved || f.State == record.NotAssessable:
		return f.Summary
	}
	return f.Title + ": " + f.Summary
}
