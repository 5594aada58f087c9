package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var med008 = &audit.Rule{
	ID: "WXA-MED-008", Title: "Webex media with an unpublished address", Severity: record.Low, Version: "3",
	Doc: audit.Doc{
		What: "Media with a sign of Webex goes to an address that the pack has in no published range.",
		Why: "Firewall rules and QoS classes by address do not know it. The pack may be old, the address may be a " +
			"partner's, or somebody pretends to be Webex.",
		Trigger: "A UDP or TCP flow that carried media and is Webex by a sign of its own (STUN, certificate, name, " +
			"payload types beside Webex signalling), to a public address outside all published ranges.",
		LookAlikes: "Port and shape alone (RTP on 5004 or 9000) make no flow Webex. Direct media between two " +
			"clients, also of Webex Calling over ICE to a public address of the other party, mesh nodes and " +
			"Expressways stays inside or belongs to the call. A withdrawn range is named in the finding. An address " +
			"in the space of Webex or Microsoft is probably a new range: WXA-DAT-002.",
		Verify: "Wireshark: `ip.addr == NODE && (stun || tls.handshake.type == 11)` shows the STUN SOFTWARE or the " +
			"certificate; look the address up in the current list.",
	},
	Remediation: "Renew the policy pack; if the address is in the current list, allow it, else find out whose it is.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media subnets"},
	Rows:        []string{"networks", "prefixes", "stun"},
	Needs:       []string{"flow", "media_stream"},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "media flow of Webex", Many: "media flows of Webex"},
		Pass: wording.New("med008.pass", "media goes to published addresses"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return f.Function.IsMedia() && f.Down().Packets+f.Up().Packets > 0 && observe.ShowsMedia(f)
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if !observe.Unpublished(e.Site, f.Flow) || direct(f) || newRange(f) {
				return false
			}
			countUnlisted(f, g)
			return true
		},
		Confidence: func(_ *audit.Env, f *observe.Flow) record.Confidence { return f.Confidence },
		Subject:    serverSubnet,
		Cite: audit.Citation{Kind: "packet-range", Largest: true,
			Fields: func(f *observe.Flow) map[string]string { return map[string]string{"reason": f.Reason} }},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			what := wording.New("med008.what", "%s to %s", wording.CountOf(g.Count, mediaFlow), hosts(g))
			if len(g.Hows.Keys()) > 0 {
				what = wording.New("med008.retired", "%s, %s", what, howOften(g))
			}
			return audit.Verdict{
				State:    record.Warn,
				Summary:  wording.New("med008.warn", "%s of %s outside the published ranges", what, clients(g)),
				Expected: wording.New("med008.expected", "addresses of the published media subnets"),
				Actual:   wording.New("med008.actual", "%s", hosts(g)),
			}, true
		},
	},
}

// direct reports whether the flow is a call's media to the other party itself: Webex Calling asks a peer by STUN (ICE),
// while its media nodes lie in published ranges.
func direct(f *observe.Flow) bool {
	return f.Service == record.Calling && f.STUN != nil && f.STUN.Requests > 0
}
