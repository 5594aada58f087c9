package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var returnShare = audit.NewLimit("WXA-QOS-007.min_percent", "%", 99, 95, 95, 1, 100, "ours", "share of packets from the cloud marked CS0 or CS1")

// arrives reports whether the stream comes from the cloud and its marking may be judged.
func arrives(e *audit.Env, m *observe.Stream) bool {
	return !m.Upstream && float64(m.Packets) >= e.Value(markedFrom) && m.DSCP.Total() > 0
}

// unmarkedReturn: CS0 and CS1.
func unmarkedReturn(e *audit.Env, m *observe.Stream, g *audit.Group) bool {
	if 100*m.DSCP.Share(0, 8) < e.Value(returnShare) {
		return false
	}
	countMarks(g, m)
	if m.Flow.Service == record.Calling {
		g.Sum("calling", 1)
	}
	return true
}

var qos007 = &audit.Rule{
	ID: "WXA-QOS-007", Title: "Return traffic is unmarked at the Internet edge", Severity: record.Info,
	Doc: audit.Doc{
		What: "Media from the cloud arrives at the enterprise's edge with DSCP 0 or CS1.",
		Why: "The Internet does not keep marks: this is normal. But inside the edge nobody gives the " +
			"packets their class back unless the edge does: hence the remark.",
		Trigger: "Streams from the cloud with at least min_percent of their packets at DSCP 0 or CS1, " +
			"captured at wan or dmz.",
		LookAlikes: "Inside the enterprise the same picture says that the edge does not re-mark; this rule does " +
			"not judge it there.",
		Verify: "Wireshark: `ip.src == NODE && ip.dsfield.dscp in {0, 8}` against `ip.src == NODE`.",
	},
	Remediation: "Classify inbound media at the edge by source (media subnets, UDP 5004 and 9000) and destination " +
		"port range.",
	Refs:       []string{"Preferred Architecture for Webex Hybrid Services, CVD 2020: DSCP is not preserved over the Internet"},
	Rows:       []string{"payload_types", "prefixes", "webex-policy-dscp-downstream"},
	Needs:      []string{"media_stream", "vantage wan or dmz"},
	Thresholds: []*audit.Limit{markedFrom, returnShare},
	Judge: audit.PerStream{
		Of:      wording.Noun{One: "media stream from the cloud at the Internet edge", Many: "media streams from the cloud at the Internet edge"},
		Pass:    wording.New("qos007.pass", "media from the cloud arrives marked"),
		Applies: arrives,
		Speaks: func(s *audit.Scope) bool {
			return s.Vantage.Value == "wan" || s.Vantage.Value == "dmz" || s.Vantage.Value == "unknown"
		},
		Gate: func(s *audit.Scope) (missing wording.Text) {
			if s.Vantage.Value == "unknown" {
				missing = wording.New("qos007.missing", "the place of the capture (declare it with --vantage)")
			}
			return missing
		},
		Breaks:     unmarkedReturn,
		Confidence: unsure[observe.Stream],
		Cite:       audit.Citation{Kind: "packet-range", Largest: true},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn, Confidence: s.Vantage.Confidence,
				Summary: wording.New("qos007.warn", "%s from the cloud to %s arrived unmarked",
					wording.Count(g.Count, "stream", "streams"), subject(g)),
				Expected: wording.New("qos007.expected", "no marking can be expected from the Internet; re-mark at the edge"),
				Actual:   wording.New("qos007.actual", "CS0 or CS1"),
			}, true
		},
	},
}

var qos008 = &audit.Rule{
	ID: "WXA-QOS-008", Title: "Return traffic is not re-marked inside", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Media from the cloud travels inside the enterprise with DSCP 0 or CS1.",
		Why: "The Internet does not keep marks. Where the edge does not classify what comes in, the way " +
			"to the client queues it with downloads: users hear others poorly even though others hear them fine.",
		Trigger: "Streams from the cloud with at least min_percent of their packets at DSCP 0 or CS1, where " +
			"the operator declares the vantage as inside. A warning: whether return traffic is " +
			"classified is the enterprise's choice.",
		LookAlikes: "At the Internet edge the same picture is normal (WXA-QOS-007). A guessed vantage is not " +
			"enough: the capture could lie before the point that re-marks.",
		Verify: "Wireshark: `ip.src == NODE && ip.dsfield.dscp in {0, 8}` against `ip.src == NODE`.",
	},
	Remediation: "Classify at the edge what comes from UDP 5004 and 9000 of the media subnets to source ports of " +
		"the plan: 52000-52099 to EF, 52100-52299 to AF41.",
	Refs:       []string{"Preferred Architecture for Webex Hybrid Services, CVD 2020, chapter Bandwidth Management"},
	Rows:       []string{"payload_types", "prefixes", "webex-policy-dscp-audio", "webex-policy-dscp-video"},
	Needs:      []string{"media_stream", "vantage inside, declared"},
	Thresholds: []*audit.Limit{markedFrom, returnShare},
	Version:    "2",
	Judge: audit.PerStream{
		Of:      wording.Noun{One: "media stream to a client", Many: "media streams to clients"},
		Pass:    wording.New("qos008.pass", "media from the cloud is marked again inside"),
		Applies: arrives,
		Gate: func(s *audit.Scope) (missing wording.Text) {
			v := s.Vantage
			if s.Run == nil || !s.Run.Vantage.Declared || v.Value != "inside" || v.Confidence == record.Possible {
				missing = wording.New("qos008.missing", "a capture behind the point that re-marks, declared with --vantage inside")
			}
			return missing
		},
		Breaks:     unmarkedReturn,
		Confidence: unsure[observe.Stream],
		Cite: audit.Citation{Kind: "packet-range", Largest: true, Fields: func(f *observe.Flow) map[string]string {
			return map[string]string{"marks_to_client": histogram(f.Down().DSCP).String()}
		}},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn, Confidence: s.Vantage.Confidence,
				Summary: wording.New("qos008.warn", "%s from the cloud to %s in %s arrived unmarked",
					wording.Count(g.Count, "stream", "streams"), clients(g), subject(g)),
				Expected:    wording.New("qos008.expected", "EF or AF41, given at the edge"),
				Actual:      wording.New("qos008.actual", "CS0 or CS1"),
				Remediation: classifyReturn(g),
			}, true
		},
	},
}

// classifyReturn names the port plan of the service whose media it was.
func classifyReturn(g *audit.Group) (remedy wording.Text) {
	if g.Sums["calling"] == g.Count {
		remedy = wording.New("qos008.calling", "Classify at the edge what comes from the Webex Calling media ranges to the media ports of "+
			"phones (19560-19661), local gateways (8000-48199) and the app (8500-8699): audio to EF, video to AF41.")
	}
	return remedy
}
