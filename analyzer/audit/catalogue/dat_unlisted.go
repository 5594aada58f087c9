package catalogue

import (
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var dat002 = &audit.Rule{
	ID: "WXA-DAT-002", Title: "Media node outside the published ranges", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Clients test a host that behaves as a media node of Webex does, at an address that the pack has in " +
			"no published range.",
		Why: "Either the pack is older than the range: then firewalls by address block its media as soon as a call " +
			"goes there. Or somebody else pretends to be Webex.",
		Trigger: "A flow without media, to a public address outside all published ranges, with a sign that only the " +
			"app and its nodes give: a STUN request with Webex's SOFTWARE or attribute on a media port, TURN, or " +
			"the certificate of a media node without SNI.",
		LookAlikes: "Media that was carried there is WXA-MED-008's. Direct calls send the same STUN to the other " +
			"party, but not to a media port. Names alone do not count: signalling and test tools run in clouds " +
			"outside the ranges. In a capture with changed (anonymised) addresses no range fits.",
		Verify: "Wireshark: `ip.addr == NODE && (stun.att.software || tls.handshake.certificate)`; look the address " +
			"up in the current list.",
	},
	Remediation: "Renew the policy pack; if the address is in the current list, allow it, else find out whose it is.",
	Refs:        []string{networkRequirements + ": media subnets"},
	Rows:        []string{"networks", "prefixes", "stun"},
	Needs:       []string{"flow with stun or TLS"},
	Thresholds:  []*audit.Limit{mediaPort, secondPort},
	Judge: audit.PerFlow{
		Of:      wording.Noun{One: "test of a media node", Many: "tests of a media node"},
		Pass:    wording.New("dat002.pass", "all nodes are in published ranges"),
		Applies: func(e *audit.Env, f *observe.Flow) bool { return nodeSign(e, f) != "" },
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if !observe.Unpublished(e.Site, f.Flow) {
				return false
			}
			countUnlisted(f, g)
			g.Hows.Add(nodeSign(e, f), 1)
			return true
		},
		Confidence: func(_ *audit.Env, f *observe.Flow) record.Confidence { return f.Confidence },
		Subject:    serverSubnet,
		Cite: audit.Citation{Kind: "transaction",
			Keys: []string{"stun-request", "stun-answer", "client-hello", "certificate"}},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("dat002.warn", "%s of %s to %s outside the published ranges (%s)",
					wording.Count(g.Count, "test", "tests"), clients(g), hosts(g), howOften(g)),
				Expected: wording.New("dat002.expected", "addresses of the published media subnets"),
				Actual:   wording.New("dat002.actual", "%s", hosts(g)),
			}, true
		},
	},
}

// serverSubnet groups flows by the subnet of the server.
func serverSubnet(e *audit.Env, f *observe.Flow) record.Subject {
	return record.Subject{Kind: "prefix", Key: e.Site.Subject(f.Server().Addr())}
}

// countUnlisted adds the server of a flow to a finding about addresses in no published range.
func countUnlisted(f *observe.Flow, g *audit.Group) {
	g.Host(f.Server().Addr().String())
	if f.Retired != "" {
		g.Hows.Add(f.Retired, 1)
	}
}

// nodeSign tells what makes a flow without media one to a media node, or "".
func nodeSign(e *audit.Env, f *observe.Flow) string {
	port := float64(f.Server().Port())
	switch s := f.STUN; {
	case f.Connect != nil || observe.ShowsMedia(f):
		return ""
	case s != nil && (s.FlowInfo || len(s.Software) > 0) && (port == e.Value(mediaPort) || port == e.Value(secondPort)):
		return "STUN of Webex"
	case f.Transport == record.TLS && f.SNI == "" && (f.Function == record.ReachProbe || f.Function == record.TURN ||
		f.Function.IsMedia()) && nodeCertificate(f):
		return "certificate of a media node"
	}
	return ""
}

// nodeCertificate reports whether the flow is Webex by the name in its certificate, since it has no other.
func nodeCertificate(f *observe.Flow) bool {
	return f.TLS != nil && f.TLS.CertSubject != "" && f.DNSName == "" &&
		!slices.Contains([]record.Confidence{"", record.Possible}, f.Confidence)
}
