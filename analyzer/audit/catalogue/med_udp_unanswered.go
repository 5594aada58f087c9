package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

var (
	askedPrefixes = audit.NewLimit("WXA-MED-004.min_prefixes", "prefixes", 2, 2, 2, 1, 1000, "ours: one node or one range may be down",
		"minimum number of media prefixes asked")
	askedRequests = audit.NewLimit("WXA-MED-004.min_requests", "requests", 10, 5, 5, 2, 1000, "ours: one lost packet must not look like a firewall",
		"minimum number of STUN requests, repetitions not counted")
	mediaPort  = audit.NewLimit("WXA-MED-004.port", "port", 5004, 5004, 5004, 1, 65535, netreq, "the UDP port judged")
	secondPort = audit.NewLimit("WXA-MED-005.port", "port", 9000, 9000, 9000, 1, 65535, netreq, "the UDP port judged")
)

var med004 = &audit.Rule{
	ID: "WXA-MED-004", Title: "UDP 5004 unanswered", Severity: record.High, Version: "2",
	Plain: "nothing answered on UDP 5004 (%s)",
	Doc: audit.Doc{
		What: "Clients test media nodes over UDP 5004 and never get an answer.",
		Why: "UDP 5004 is the preferred way of media. Without it the client falls back to TCP, then to TLS, perhaps " +
			"through a proxy; Webex Calling has no fallback at all.",
		Trigger: "At least min_requests STUN requests to min_prefixes published media ranges, no answer to any of " +
			"them, from a site or subnet where nobody is answered. Where others of the same site are answered, a " +
			"single client must meet the same numbers alone, and the finding is probable and, while they are the " +
			"fewer, medium: then look at that host.",
		LookAlikes: "Tests that begin in the last settle_seconds of the capture still wait for their answer. A " +
			"capture that shows one direction only has no answers to show: not assessable. Tests of a range that is " +
			"no longer in use stay unanswered, but not those of two ranges. Tests over IPv6 count only where nobody " +
			"tests over IPv4: else they are WXA-MED-013's. Where a Video Mesh node answers the clients only the node " +
			"needs UDP to the Internet: that is a remark, unless their media falls back all the same.",
		Verify: "Wireshark: `udp.dstport == 5004 && stun.type == 0x0001` against `udp.srcport == 5004 && stun.type " +
			"== 0x0101`; `icmp.type == 3` shows a refusal.",
	},
	Remediation: "Allow UDP 5004 from the clients to all published Webex media subnets, with return traffic.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media ports", "RFC 8489 section 6.2.1 (retransmission)"},
	Rows:        []string{"ports-meetings", "prefixes", "stun"},
	Needs:       []string{"flow with stun", "both directions of the clients' traffic", "the start of a client"},
	Thresholds:  []*audit.Limit{askedPrefixes, askedRequests, mediaPort, settle},
	Under:       []audit.Root{{Rule: "WXA-CAL-002"}},
	Judge:       audit.Custom(func(e *audit.Env) audit.Fold { return newSilence(e, mediaPort) }),
}

var med005 = &audit.Rule{
	ID: "WXA-MED-005", Title: "UDP 9000 unanswered while UDP 5004 works", Severity: record.Medium, Version: "2",
	Plain: "nothing answered on UDP 9000 (%s)",
	Doc: audit.Doc{
		What: "Clients get answers on UDP 5004, but never on UDP 9000.",
		Why: "Full-featured meetings prefer UDP 9000. With 5004 alone most calls work, which hides the missing " +
			"firewall rule: nobody notices today, as long as UDP 5004 stays open.",
		Trigger: "The trigger of WXA-MED-004 for UDP 9000, at a site or subnet where UDP 5004 is answered.",
		LookAlikes: "Where 5004 is not answered either the cause is WXA-MED-004's, and this rule stays silent. For " +
			"the rest as there.",
		Verify: "Wireshark: `udp.port == 9000 && stun`, requests without responses, beside `udp.port == 5004 && " +
			"stun` with responses.",
	},
	Remediation: "Allow UDP 9000 from the clients to all published Webex media subnets, with return traffic.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media ports"},
	Rows:        []string{"ports-meetings", "prefixes", "stun"},
	Needs:       []string{"flow with stun", "both directions of the clients' traffic", "the start of a client"},
	Thresholds:  []*audit.Limit{askedPrefixes, askedRequests, mediaPort, settle, secondPort},
	Judge:       audit.Custom(func(e *audit.Env) audit.Fold { return newSilence(e, secondPort) }),
}
