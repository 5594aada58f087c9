package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var med007 = &audit.Rule{
	ID: "WXA-MED-007", Title: "Retired media port in use", Severity: record.Low, Version: "2",
	Doc: audit.Doc{
		What: "A client still uses a media or cascade port that Webex has given up.",
		Why: "It points at an outdated client or Video Mesh node, or at a firewall rule that keeps a port open for " +
			"nothing.",
		Trigger: "A Webex media, test, TURN or mesh flow on a port that the pack lists as retired, recognised by " +
			"address, name or STUN, with STUN, media or data in both directions.",
		LookAlikes: "The port number alone is no sign of Webex, and neither is a packet to a Webex address without " +
			"an answer: traceroute uses UDP 33434, many programs TCP 9000. Retired names (WXA-SIG-005) and withdrawn " +
			"ranges (WXA-MED-008, WXA-DAT-002) are no matter of this rule.",
		Verify: "Wireshark: `udp.port == 33434 || tcp.port in {444, 9000, 33434}`, limited to the published Webex " +
			"subnets.",
	},
	Remediation: "Update the client or node, then remove the firewall rule.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: revision history of January 2022 and August 2023"},
	Rows:        []string{"ports-meetings", "prefixes"},
	Needs:       []string{"flow"},
	Judge: audit.PerFlow{
		Of:   mediaFlow,
		Pass: wording.New("med007.pass", "no retired port is in use"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return f.Function.IsMedia() || f.Function == record.ReachProbe || f.Function == record.TURN ||
				f.Service == record.Mesh
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if f.Retired == "" || observe.Withdrawn(f.Flow) || !lives(f) || !known(f) {
				return false
			}
			g.Hows.Add(fmt.Sprintf("%s %d: %s", f.Proto, f.Server().Port(), f.Retired), 1)
			return true
		},
		Cite: audit.Citation{Kind: "packet-range"},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			why := wording.List(g.Hows.Keys())
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("med007.warn", "%s in %s used a retired port in %s (%s)", clients(g), subject(g),
					wording.Count(g.Flows, "flow", "flows"), why),
				Expected: wording.New("med007.expected", "the current media ports"),
				Actual:   wording.New("med007.actual", "%s", why),
			}, true
		},
	},
}

// known reports whether address, name or STUN say that the flow is one of Webex.
func known(f *observe.Flow) bool {
	return f.Prefix != "" || f.SNI != "" || f.DNSName != "" || f.STUN != nil && (f.STUN.FlowInfo || len(f.STUN.Software) > 0)
}

// lives reports whether the flow is more than a packet sent to a port.
func lives(f *observe.Flow) bool {
	return f.STUN != nil && f.STUN.Requests > 0 || observe.ShowsMedia(f) ||
		f.PayloadBytesFwd > 0 && f.PayloadBytesRev > 0
}
