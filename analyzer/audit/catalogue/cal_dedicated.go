package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// dedicatedInstance is the role of the servers behind names of Dedicated Instances.
const dedicatedInstance = "dedicated-instance"

var cal010 = &audit.Rule{
	ID: "WXA-CAL-010", Title: "Addresses are translated on the way to a Dedicated Instance", Severity: record.Medium,
	Plain: "addresses were translated on the way to the Dedicated Instance (%s)",
	Doc: audit.Doc{
		What: "SIP between a phone or gateway and a Dedicated Instance of Webex Calling shows that its address was " +
			"translated on the way.",
		Why: "A Dedicated Instance is Unified CM over a private peering. It sends calls and media to the addresses that phones " +
			"tell of themselves; behind a translation they are wrong: phones do not register, or audio is missing one way. " +
			"Cisco does not support address translation there.",
		Trigger: "In a flow to a server whose name is one of a Dedicated Instance, an answer's Via says that the server saw " +
			"another address than the packet has (received, RFC 3581), or the topmost Via of the client's requests holds another address " +
			"than the packet's source. The latter alone is probable, the former confirms it.",
		LookAlikes: "Requests that came through a proxy have more than one Via and are not compared. The phones of Webex Calling's " +
			"shared cloud may be translated: not this rule's matter. Inside TLS no address can be read: not assessable.",
		Verify: "Wireshark: `sip && ip.addr == SERVER`: sip.Via.sent-by.address and sip.Via.received beside ip.src.",
	},
	Remediation: "Route the phones' networks to the Dedicated Instance as they are: take them out of the address " +
		"translation, with a return route over the peering.",
	Refs:  []string{"Dedicated Instance network and security requirements, nquhruk (2025)", "RFC 3261 section 18.2.1", "RFC 3581 section 4"},
	Rows:  []string{"names", "webex-policy-dedicated-instance-nat"},
	Needs: []string{"flow with sip in clear to a server whose name is known"},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "signalling flow with a Dedicated Instance", Many: "signalling flows with Dedicated Instances"},
		Pass: wording.New("cal010.pass", "SIP shows the addresses of the packets"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return f.ServerRole == dedicatedInstance && f.Function == record.Signalling &&
				(f.SIP != nil || f.DstPort == 5061)
		},
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			if f.SIP == nil || f.SIP.Compared["via"]+f.SIP.Compared["received"] == 0 {
				missing = wording.New("cal010.missing", "SIP in clear with addresses in it: inside TLS they cannot be read")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			told := ""
			for _, a := range f.SIP.Addresses {
				switch a.Where {
				case "received":
					told = a.Where
					g.Extreme("seen", 1, wording.New("cal010.received", "the server saw %s as %s", a.Packet, a.Address))
				case "via":
					told = a.Where
					g.Extreme("seen", 0, wording.New("cal010.via", "%s names itself in packets of %s", a.Address, a.Packet))
				}
			}
			g.Host(f.Server().String())
			return told != ""
		},
		Confidence: func(_ *audit.Env, f *observe.Flow) record.Confidence {
			for _, a := range f.SIP.Addresses {
				if a.Where == "received" {
					return record.Confirmed
				}
			}
			return record.Probable
		},
		Cite: audit.Citation{Kind: "packet-range", Keys: []string{"sip-request", "sip-answer"}, Fields: sipFields},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Fail,
				Summary: wording.New("cal010.fail", "SIP of %s in %s with a Dedicated Instance passes an address translation: %s", clients(g),
					subject(g), g.Worst["seen"].Of),
				Expected: wording.New("cal010.expected", "the phones' own addresses all the way"),
				Actual:   wording.New("cal010.actual", "%s", g.Worst["seen"].Of),
			}, true
		},
	},
}
