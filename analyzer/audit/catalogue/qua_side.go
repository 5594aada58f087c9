package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var qua008 = &audit.Rule{
	ID: "WXA-QUA-008", Title: "Side on which media was lost", Severity: record.Info,
	Doc: audit.Doc{
		What: "Which side of the capture point the loss of media lies on, for each direction.",
		Why: "It halves the search: a gap that is there already at the capture point was made before it, " +
			"loss that only the receiver reports was made behind it. A remark of severity info.",
		Trigger: "Retired. The side stands in WXA-QUA-001 (lost before the capture point) and WXA-QUA-019 (lost behind it, as the receiver reports).",
		LookAlikes: "What the capture lost itself has no side; where it cannot be told apart nothing is judged. " +
			"A receiver that does not report in clear (SRTCP, the rule with Webex) may have lost more: " +
			"the rule then passes only for the side that it sees.",
		Verify: "Wireshark: Telephony > RTP > RTP Streams, column Lost, for each direction; " +
			"`rtcp.ssrc.fraction > 0` for what receivers say.",
	},
	Remediation: "Look at the named side; capture a second time on its far end to narrow it down.",
	Refs:        []string{"RFC 3550 section 6.4.1"},
	Needs:       []string{"media_stream", "capture_health that allows it"},
	Judge: audit.Whole(func(s *audit.Scope) {
		s.Conclude(audit.Outcome{Of: mediaStream, Absent: wording.New("qua008.absent", "retired: WXA-QUA-001 and 019 say on which side packets were lost")})
	}),
}
