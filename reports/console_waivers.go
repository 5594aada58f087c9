package reports

import (
	"fmt"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// waived says what somebody has answered for, and what is to be said about waivers and the baseline.
func (p *page) waived() {
	first := true
	for _, f := range p.v.Waived {
		if first {
			p.label("Waived")
		} else {
			p.margin()
		}
		first = false
		p.text(plain, waiverText(f.Finding))
		p.follows(f)
	}
	if p.v.Summary == nil {
		return
	}
	for i, n := range p.v.Summary.Notices {
		if i == 0 {
			p.label("Notices")
		} else {
			p.margin()
		}
		p.text(yellow, n)
	}
}

func waiverText(f *record.Finding) string {
	text := fmt.Sprintf("%s, %s", f.Rule, wording.Subject(f.Subject.Kind, f.Subject.Key))
	w := f.Waiver
	if w == nil {
		return text
	}
	text += fmt.Sprintf(" (%s, %s): %s until %s: %s", f.Severity, w.State, w.Owner, w.Expires, w.Reason)
	if w.Ticket != "" {
		text += " [" + w.Ticket + "]"
	}
	return text
}
