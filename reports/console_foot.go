package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

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
		p.detail("found", f.Summary)
		p.detail("subject", wording.Subject(f.Subject.Kind, f.Subject.Key).String())
		p.detail("expected", f.Expected)
		p.detail("actual", f.Actual)
		for _, t := range f.Thresholds {
			p.detail("limit", fmt.Sprintf("%s %s (%s)", t.Name, wording.Quantity(t.Value, t.Unit), t.Origin))
		}
		p.detail("clients", strings.Join(f.Clients, ", "))
		p.detail("hosts", strings.Join(f.Hosts, ", "))
		p.detail("do", f.Remediation)
		for _, e := range f.Evidence {
			p.detail("evidence", p.describe(e))
			if selects(p.v.Run, e) {
				p.detail("filter", e.Filter)
			}
		}
	}
}

// detail is one labelled line of details; nothing where there is no text.
func (p *page) detail(name, text string) {
	if text == "" {
		return
	}
	p.blanks(1)
	p.print(faint, name)
	p.blanks(atLeast(indent-1-len(name), 1))
	p.text(plain, text)
}

func (p *page) describe(e record.Evidence) string {
	text := e.Kind
	if e.File != "" {
		text += ", " + e.File
	}
	if e.Packets > 0 {
		text += fmt.Sprintf(", %s from %d to %d", count(e.Packets, packets), e.FirstPacket, e.LastPacket)
	}
	if e.Time != 0 {
		text += ", " + p.moment(e.Time.Time())
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		value := field(name, e.Fields[name])
		if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
			value = p.moment(at)
		}
		text += fmt.Sprintf("; %s: %s", name, value)
	}
	return text
}

// moment is a time to the millisecond.
func (p *page) moment(t time.Time) string {
	return t.In(p.o.Zone).Format("2006-01-02 15:04:05.000 MST")
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
