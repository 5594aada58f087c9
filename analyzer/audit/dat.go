package audit

import (
	"fmt"
	"time"

	"webexaudit/analyzer/record"
)

var dat001 = &Rule{
	ID: "WXA-DAT-001", Title: "Policy pack is old", Severity: record.Low,
	Doc: Doc{
		What:       "The signatures that judged the run are older than the traffic.",
		Why:        "Webex adds and withdraws address ranges, ports and names several times a year. An old pack takes new media ranges for unpublished ones.",
		Trigger:    "The pack's date lies more than max_days before the end of the capture.",
		LookAlikes: "A pack that is newer than an old capture is no fault of its age; for old captures the pack of their time is chosen.",
		Verify:     "Compare the pack's date in the report's head with the date of the last packet.",
	},
	Remediation: "Install a release with a newer pack, or lay newer signatures over the built-in ones (--signatures DIR).",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782, revision history"},
	Needs:       []string{"run with pack", "Webex traffic"},
	Limits:      []string{"WXA-DAT-001.max_days"},
	Check: func(p *Pass) {
		o := outcome{unit: "policy pack", pass: "the pack is recent enough", missing: "the pack's date and the time of the last packet",
			absent: "no Webex traffic in this capture"}
		if len(p.webex) > 0 {
			o.seen = 1
			if days, date, ok := p.packAge(); ok {
				o.judged = 1
				if days > p.limit("max_days") {
					c := newCause(record.Subject{Kind: "run", Key: "all"})
					c.count, c.confidence = 1, record.Confirmed
					p.report(c, verdict{state: record.Warn,
						summary:  fmt.Sprintf("the pack of %s is %.0f days older than the capture", date, days),
						expected: fmt.Sprintf("at most %s days", number(p.limit("max_days"))), actual: fmt.Sprintf("%.0f days", days),
						evidence: []record.Evidence{{Kind: "counter", Time: p.end, Fields: map[string]string{
							"pack": p.set.Run.Pack.ID, "pack_date": date, "last_packet": p.end.Time().UTC().Format(time.DateOnly)}}}})
				}
			}
		}
		p.conclude(o)
	},
}

// packAge is the number of days from the pack's date to the last packet; negative for a newer pack.
func (p *Pass) packAge() (days float64, date string, ok bool) {
	if p.set.Run == nil || p.end.IsZero() {
		return 0, "", false
	}
	date = p.set.Run.Pack.Date
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, date, false
	}
	return p.end.Time().Sub(t).Hours() / 24, date, true
}
