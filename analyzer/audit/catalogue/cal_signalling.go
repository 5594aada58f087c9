package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

const callingPorts = "published: Port Reference Information for Webex Calling, b2exve"

var (
	callingTries = audit.NewLimit("WXA-CAL-001.min_tries", "connections", 5, 3, 2, 1, 1000, "ours: one lost SYN is chance",
		"minimum number of connections of a site that did not open, with none that did")
	callingPort = audit.NewLimit("WXA-CAL-001.port", "port", 8934, 8934, 8934, 1, 65535, callingPorts,
		"the port of registrations with Webex Calling")
)

var cal001 = &audit.Rule{
	ID: "WXA-CAL-001", Version: "2", Title: "Calling signalling is blocked", Severity: record.High,
	Plain: "no connection for the signalling of Webex Calling opened (%s)",
	Doc: audit.Doc{
		What: "Connections to the signalling ports of Webex Calling do not open.",
		Why:  "Phones and apps cannot register: no calls in or out.",
		Trigger: "At least min_tries TCP connections of a site to Calling signalling are reset, refused or stay silent, and none of the " +
			"site opens: to the registration port, or of declared phones and gateways to another signalling port of the plan. Silence " +
			"counts where both directions are visible, or where the SYN is repeated and nothing follows it.",
		LookAlikes: "One data centre that does not answer while another does is fail-over, not a block. Connections that begin in the " +
			"last settle_seconds still wait. SIP over TLS of other hosts on 5060-5070 is WXA-EXP-008's.",
		Verify: "Wireshark: `tcp.port in {5062, 8934} && tcp.flags.syn == 1`, then `tcp.flags.reset == 1` or nothing.",
	},
	Remediation: "Allow TCP 8934 from phones, apps and registration-based gateways to the Webex Calling subnets.",
	Refs:        []string{"Port Reference Information for Webex Calling, b2exve", "BRKCOL-2057 (2022): Webex Calling ports"},
	Rows:        []string{"names", "ports-calling", "ports-expressway", "prefixes"},
	Needs:       []string{"flow", "both directions"},
	Thresholds:  []*audit.Limit{callingTries, callingPort, edgeFirstPort, edgeLastPort, settle},
	Judge: opens{
		of:      wording.Noun{One: "Calling signalling connection", Many: "Calling signalling connections"},
		pass:    wording.New("cal001.pass", "Calling signalling opens"),
		missing: wording.New("cal001.missing", "both directions of the clients' traffic, and the beginning of their connections"),
		tries:   callingTries,
		subject: func(e *audit.Env, f *observe.Flow) (record.Subject, bool) {
			return f.Subject, registers(f) && f.Connect == nil && f.ClientIsSource() && !edgeSIP(e, f)
		},
		also: func(f *observe.Flow, g *audit.Group) { g.Sum(fmt.Sprint("port ", f.DstPort), 1) },
		report: func(s *audit.Scope, g *audit.Group, _ *openings) audit.Verdict {
			v := audit.Verdict{State: record.Fail,
				Summary: wording.New("cal001.fail", "none of %s of %s in %s to Calling signalling opened (%s)",
					wording.CountOf(g.Count, connectionNoun), clients(g), subject(g), howOften(g)),
				Expected: wording.New("cal001.expected", "a SYN-ACK from the Calling data centres"),
				Actual:   wording.New("cal001.actual", "%s", howOften(g))}
			if g.Sums[fmt.Sprint("port ", int(s.Value(callingPort)))] == 0 {
				v.Remediation = wording.New("cal001.trunk", "Allow TCP 5062 from the gateways with a certificate-based trunk to the Webex Calling subnets.")
			}
			return v
		},
	},
}

// registers reports whether the flow is SIP signalling with Webex Calling over TCP, by the plan of its ports.
func registers(f *observe.Flow) bool {
	return f.Service == record.Calling && f.Function == record.Signalling && f.Proto == "tcp" && len(f.ExpectedDSCP) > 0
}
