package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	signallingFrom = audit.NewLimit("WXA-QOS-009.min_packets", "packets", 50, 20, 5, 1, 1e6, "ours: a handshake alone is no pattern",
		"minimum number of packets of a signalling flow from the client")
	signallingShare = audit.NewLimit("WXA-QOS-009.min_percent", "%", 99, 95, 50, 1, 100, "ours",
		"share of packets with none of the expected codepoints")
)

var qos009 = &audit.Rule{
	ID: "WXA-QOS-009", Title: "Calling signalling is not marked as such", Severity: record.Low,
	Doc: audit.Doc{
		What: "SIP of Webex Calling leaves the client with another mark than the pack expects (CS3, or " +
			"AF31 of older phones).",
		Why: "On a full link signalling without a class is late: calls ring late, or registrations drop.",
		Trigger: "A Calling signalling flow of a phone or gateway with at least min_packets from the client, of which at least " +
			"min_percent carry none of the expected marks, captured at access or inside. A warning: the " +
			"mark is a recommendation.",
		LookAlikes: "The app does not mark its signalling: not judged. Signalling over the Internet edge may have lost its mark: not judged there. AF31 is the " +
			"factory setting of phones and accepted. At vantage access, a machine whose switch marks behind the capture " +
			"by the site file (switch_classifies) is not judged.",
		Verify: "Wireshark: `tcp.dstport in {5062, 8934}` with ip.dsfield.dscp as a column.",
	},
	Remediation: "Classify TCP 8934 and 5062 towards the Calling subnets as CS3, and set the phones' SIP mark.",
	Refs:        []string{"ThousandEyes: Monitoring Webex Calling", "BRKCOL-2057 (2022): Webex Calling ports"},
	Rows:        []string{"names", "ports-calling", "webex-policy-dscp-calling-signalling"},
	Needs:       []string{"flow", "vantage access or inside"},
	Thresholds:  []*audit.Limit{signallingFrom, signallingShare},
	Version:     "3",
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "Calling signalling flow of a phone or gateway", Many: "Calling signalling flows of phones or gateways"},
		Pass: wording.New("qos009.pass", "Calling signalling of phones and gateways carries its marking"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return f.Service == record.Calling && f.Function == record.Signalling && len(f.ExpectedDSCP) > 0 &&
				float64(f.Up().Packets) >= e.Value(signallingFrom) && f.Device != "app" && f.Device != "browser"
		},
		Lacks: func(e *audit.Env, f *observe.Flow) (missing wording.Text) {
			switch {
			case markedBehind(e, f.From):
				missing = switchMarks
			case !marksSignalling(e, f):
				missing = wording.New("qos009.missing", "what the machine is: the app does not mark its signalling (site file: phones, local_gateways)")
			}
			return missing
		},
		Gate: inEnterprise,
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			up := f.Up()
			if 100*(1-up.DSCP.Share(f.ExpectedDSCP...)) < e.Value(signallingShare) {
				return false
			}
			g.Hows.Add(histogram(up.DSCP).String(), 1)
			g.Extreme("expected", 0, wording.New("qos.codepoints", "%s", codepoints(f.ExpectedDSCP, " or ")))
			return true
		},
		Confidence: unsure[observe.Flow],
		Cite: audit.Citation{Kind: "packet-range", Fields: func(f *observe.Flow) map[string]string {
			return map[string]string{"marks_from_client": histogram(f.Up().DSCP).String()}
		}},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			how := wording.List(g.Hows.Keys())
			return audit.Verdict{
				State: record.Warn, Confidence: s.Vantage.Confidence,
				Summary: wording.New("qos009.warn", "%s of %s in %s left as %s",
					wording.Count(g.Count, "Calling signalling flow", "Calling signalling flows"), clients(g), subject(g), how),
				Expected: wording.New("qos009.expected", "DSCP %s", g.Worst["expected"].Of),
				Actual:   wording.New("qos009.actual", "%s", how),
			}, true
		},
	},
}

// marksSignalling reports whether the client is a machine that marks its SIP: a phone or a gateway.
func marksSignalling(e *audit.Env, f *observe.Flow) bool {
	role := string(e.Site.Role(f.From))
	return f.Device == "phone" || f.Device == "gateway" || role == "phone" || role == "local-gateway" ||
		f.ClientRole == "phone" || f.ClientRole == "local-gateway"
}
