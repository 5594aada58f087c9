package catalogue

import (
	"cmp"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var maxPackAge = audit.NewLimit("WXA-DAT-001.max_days", "days", 365, 90, 30, 1, 3650,
	"ours: changes are normally announced about 30 days ahead", "age of the policy pack at the end of the capture")

var dat001 = &audit.Rule{
	ID: "WXA-DAT-001", Title: "Policy pack is old", Severity: record.Low,
	Doc: audit.Doc{
		What: "The newest signatures of this release are older than the traffic.",
		Why: "Webex adds and withdraws address ranges, ports and names several times a year. An old pack " +
			"takes new media ranges for unpublished ones.",
		Trigger: "The date of the newest pack of the release lies more than max_days before the end of the capture.",
		LookAlikes: "Old captures are judged by the rows in force on their day, whatever pack listed them first; " +
			"a pack of former years that was chosen with --policy is no old release.",
		Verify: "Compare the pack's date in the report's head with the date of the last packet.",
	},
	Remediation: "Install a release with a newer pack, or lay newer signatures over the built-in ones " +
		"(--signatures DIR).",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782, revision history"},
	Rows:       []string{"packs"},
	Needs:      []string{"run with pack", "Webex traffic"},
	Thresholds: []*audit.Limit{maxPackAge},
	Judge: audit.Whole(func(s *audit.Scope) {
		o := audit.Outcome{Of: wording.Noun{One: "policy pack", Many: "policy packs"},
			Pass:    wording.New("dat001.pass", "the pack is recent enough"),
			Missing: wording.New("dat001.missing", "the pack's date and the time of the last packet"), Absent: noWebex}
		if s.Webex > 0 {
			o.Seen = 1
			if days, date, ok := packAge(s); ok {
				o.Judged = 1
				if days > s.Value(maxPackAge) {
					reportOldPack(s, days, date)
				}
			}
		}
		s.Conclude(o)
	}),
}

// packAge is the number of days from the date of the newest pack to the last packet; negative for a newer pack.
func packAge(s *audit.Scope) (days float64, date string, ok bool) {
	if s.Run == nil || s.End.IsZero() {
		return 0, "", false
	}
	date = cmp.Or(s.Run.Pack.Newest, s.Run.Pack.Date)
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0, date, false
	}
	return s.End.Time().Sub(t).Hours() / 24, date, true
}

func reportOldPack(s *audit.Scope, days float64, date string) {
	s.Report(wholeGroup(record.Confirmed), audit.Verdict{
		State: record.Warn,
		Summary: wording.New("dat001.warn", "the newest pack, of %s, is %s older than the capture", date,
			wording.Count(int64(days), "day", "days")),
		Expected: wording.New("dat001.expected", "at most %s", wording.Count(int64(s.Value(maxPackAge)), "day", "days")),
		Actual:   wording.New("dat001.actual", "%s", wording.Count(int64(days), "day", "days")),
		Evidence: []record.Evidence{{Kind: "counter", Time: s.End, Fields: map[string]string{
			"pack": s.Run.Pack.ID, "newest_pack": date, "last_packet": s.End.Time().UTC().Format(time.DateOnly)}}},
	})
}
