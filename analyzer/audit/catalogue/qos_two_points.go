package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// qos005 is part of the catalogue for the sake of whoever looks for it: one run reads one place.
var qos005 = &audit.Rule{
	ID: "WXA-QOS-005", Title: "Mark changes between two points", Severity: record.Medium,
	Doc: audit.Doc{
		What: "The same packets carry another mark at one point of the path than at another.",
		Why:  "The hop between the two points does not trust the mark, or polices it.",
		Trigger: "Retired. one run sees one place: webexaudit compare takes a capture of each and says by WXA-CMP-002 where " +
			"marks change.",
		LookAlikes: "Marks may be changed on purpose at the edge of a trust domain.",
		Verify: "Wireshark: `rtp.ssrc == SSRC` in both captures, with `ip.dsfield.dscp` and `rtp.seq` as " +
			"columns.",
	},
	Remediation: "Find the hop that re-marks, and make it trust or classify the media.",
	Refs:        []string{"RFC 2475 section 2.3.3"},
	Needs:       []string{"captures of two places"},
	Judge: audit.Whole(func(s *audit.Scope) {
		s.Conclude(audit.Outcome{Of: wording.Noun{One: "second capture point", Many: "second capture points"},
			Absent: wording.New("qos005.absent", "one run sees one capture point; the rule is retired")})
	}),
}
