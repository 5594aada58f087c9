package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	edgeFirstPort = audit.NewLimit("WXA-EXP-008.first_port", "port", 5060, 5060, 5060, 1, 65535, netreq,
		"first port of SIP between the edge and Webex")
	edgeLastPort = audit.NewLimit("WXA-EXP-008.last_port", "port", 5070, 5070, 5070, 1, 65535, netreq,
		"last port of SIP between the edge and Webex")
	edgeTries = audit.NewLimit("WXA-EXP-008.min_tries", "connections", 5, 3, 2, 1, 1000, "ours: one lost SYN is chance",
		"minimum number of connections in one direction that did not open, with none that did")
)

var exp008 = &audit.Rule{
	ID: "WXA-EXP-008", Version: "2", Title: "SIP between the edge and Webex does not open", Severity: record.High,
	Doc: audit.Doc{
		What: "TCP connections for SIP between a host of the enterprise (Expressway-E, session border controller, gateway) and Webex do " +
			"not open, in one direction.",
		Why: "Calls of a certificate-based trunk, of hybrid services or between businesses fail in this direction.",
		Trigger: "At least min_tries TCP connections between one host and published ranges to ports first_port to last_port are reset, " +
			"refused or stay silent, and none in the same direction opens. Silence counts where both directions are visible, or where " +
			"the SYN is repeated and nothing follows it.",
		LookAlikes: "Registrations of phones and apps are WXA-CAL-001's, and so are trunks of declared gateways and phones; Edge Audio is WXA-EXP-007's. A node that " +
			"does not answer while another does is fail-over. Connections that begin in the last settle_seconds still wait.",
		Verify: "Wireshark: `ip.addr == HOST && tcp.dstport in {5060..5070} && tcp.flags.syn == 1`, then `tcp.flags.reset == 1` or nothing.",
	},
	Remediation: "Allow SIP over TLS (TCP 5061 and 5062, with the ports of 5060-5070 that the service in question uses) between the host and the " +
		"Webex subnets in the direction named, at every firewall on the way; check that the host listens where Webex connects to it.",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: SIP and Expressway", "Port Reference Information for Webex Calling, b2exve"},
	Rows:       []string{"ports-calling", "ports-expressway", "prefixes"},
	Needs:      []string{"flow", "both directions"},
	Thresholds: []*audit.Limit{edgeFirstPort, edgeLastPort, edgeTries, settle},
	Judge: opens{
		of:      wording.Noun{One: "SIP connection between the edge and Webex", Many: "SIP connections between the edge and Webex"},
		pass:    wording.New("exp008.pass", "SIP between the edge and Webex opens"),
		missing: wording.New("exp008.missing", "both directions of the host's traffic, and the beginning of the connections"),
		tries:   edgeTries,
		subject: func(e *audit.Env, f *observe.Flow) (record.Subject, bool) { return edgeDirection(f), edgeSIP(e, f) },
		also: func(f *observe.Flow, g *audit.Group) {
			g.Hosts.Add(webexEnd(f))
		},
		report: func(_ *audit.Scope, g *audit.Group, _ *openings) audit.Verdict {
			return audit.Verdict{State: record.Fail,
				Summary:  wording.New("exp008.fail", "none of %s for SIP (%s) opened (%s)", wording.CountOf(g.Count, connectionNoun), subject(g), howOften(g)),
				Expected: wording.New("exp008.expected", "a SYN-ACK"),
				Actual:   wording.New("exp008.actual", "%s", howOften(g))}
		},
	},
}

// edgeSIP reports whether the flow is SIP of the enterprise's edge with Webex: on the ports of SIP, with an address in
// a published range, and neither of a phone or gateway of Webex Calling nor of Edge Audio.
func edgeSIP(e *audit.Env, f *observe.Flow) bool {
	port := float64(f.DstPort)
	if !f.Webex || f.Proto != "tcp" || f.Connect != nil || f.Prefix == "" || f.Service == record.EdgeAudio ||
		port < e.Value(edgeFirstPort) || port > e.Value(edgeLastPort) {
		return false
	}
	for _, role := range []string{f.ClientRole, f.ServerRole} {
		switch role {
		case "phone", "local-gateway", "mesh-node":
			return false
		}
	}
	return true
}

// edgeDirection is the enterprise's host with the direction in which the connection was opened.
func edgeDirection(f *observe.Flow) record.Subject {
	if f.ClientIsSource() && f.ClientRole != "cloud" {
		return record.Subject{Kind: "pair", Key: f.SrcIP.String() + " to Webex"}
	}
	return record.Subject{Kind: "pair", Key: "Webex to " + f.DstIP.String()}
}

func webexEnd(f *observe.Flow) string {
	if f.ClientIsSource() && f.ClientRole != "cloud" {
		return f.DstIP.String()
	}
	return f.SrcIP.String()
}
