package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var qos006 = &audit.Rule{
	ID: "WXA-QOS-006", Title: "Source ports of the QoS plan not in use", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Webex apps or devices send media from ephemeral source ports instead of the ranges that " +
			"separate audio from video.",
		Why: "Switches tell audio from video by these ports. Without them all media gets one class at " +
			"best. On Windows, and for full-featured meetings everywhere, the organisation must enable " +
			"the ranges: hence a warning, not a failure.",
		Trigger: "UDP media of an app or a room device from source ports outside the plan, captured at access " +
			"or inside. From such ports it is an app's where the client's STUN says so (SOFTWARE, flow " +
			"attribute): browsers send neither.",
		LookAlikes: "Browsers and Webex Calling have other port plans and are not judged, nor is media between two clients. Behind an address " +
			"translation source ports mean nothing: not assessable. A single absent mark is " +
			"WXA-QOS-001's matter.",
		Verify: "Wireshark: `udp.dstport in {5004, 9000} && !(udp.srcport in {52000..52299})` towards the " +
			"media subnets.",
	},
	Remediation: "Enable the media port ranges for the organisation in Control Hub, and set a Group Policy for " +
		"marks on Windows.",
	Refs:       []string{"BRKCOL-2057 (2022): media signatures, notes on organisation feature", "Preferred Architecture for Webex Hybrid Services, CVD 2020"},
	Rows:       []string{"prefixes", "stun", "webex-policy-port-plan-audio", "webex-policy-port-plan-video"},
	Needs:      []string{"flow", "media_stream", "vantage access or inside"},
	Thresholds: []*audit.Limit{markedFrom},
	Version:    "3",
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "media flow of an app or room device", Many: "media flows of apps or room devices"},
		Pass: wording.New("qos006.pass", "media uses the source ports of the plan"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return nativeMedia(f.Flow) && f.Service != record.Calling && f.Proto == "udp" && f.Prefix != "" &&
				sentFrom(e, f) != nil
		},
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			if f.PortPlan == "" {
				missing = wording.New("qos006.missing", "a port plan for the flow in the pack")
			}
			return missing
		},
		Gate: inEnterprise,
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if f.PortPlan != "out" {
				return false
			}
			countMarks(g, sentFrom(e, f))
			return true
		},
		Confidence: unsure[observe.Flow],
		Cite:       audit.Citation{Kind: "packet-range", Largest: true, Fields: upMarks},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn, Confidence: s.Vantage.Confidence,
				Summary: wording.New("qos006.warn", "%d of %s of %s in %s used source ports outside the plan", g.Count,
					wording.Count(g.Judged, "media flow", "media flows"), clients(g), subject(g)),
				Expected: wording.New("qos006.expected", "source ports of the plan for app or device"),
				Actual: wording.New("qos006.actual", "%d outside; %s of their packets are unmarked", g.Count,
					wording.Percent(percent(g.Sums["zero"], g.Sums["packets"]))),
			}, true
		},
	},
}

// sentFrom is the client's first stream in the flow whose marking may be judged, or nil.
func sentFrom(e *audit.Env, f *observe.Flow) *observe.Stream {
	for i := range f.Streams {
		if m := &f.Streams[i]; sentByClient(m, e.Value(markedFrom)) {
			return m
		}
	}
	return nil
}

// nativeMedia tells media of an app or a room device. A source port outside the plan does not tell it: then the
// client's STUN does.
func nativeMedia(f *record.Flow) bool {
	switch f.Device {
	case "app", "room-device":
		return true
	case "":
		return f.Service == record.Meetings && f.ClientRole == "" && f.STUN != nil &&
			(f.STUN.FlowInfo || len(f.STUN.Software) > 0)
	}
	return false
}
