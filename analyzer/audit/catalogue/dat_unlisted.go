package catalogue

import (
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var dat002 = &audit.Rule{
	ID: "WXA-DAT-002", Title: "Media node outside the published ranges", Severity: record.Low, Version: "2",
	Doc: audit.Doc{
		What: "Clients test a host that behaves as a media node of Webex does, at an address that the pack has in " +
			"no published range; or they send media there, and it is probably a new range.",
		Why: "Either the pack is older than the range: then firewalls by address block its media as soon as a call " +
			"goes there. Or somebody else pretends to be Webex.",
		Trigger: "A flow to a public address outside all published ranges: without media, with a sign that only the " +
			"app and its nodes give (a STUN request with Webex's SOFTWARE or attribute on a media port, TURN, or " +
			"the certificate of a media node without SNI); or with media of Webex to an address of Webex's own " +
			"network (AS13445) or of Microsoft's (AS8075), where Webex runs nodes.",
		LookAlikes: "Media to other addresses is WXA-MED-008's. Direct calls send the same STUN to the other party, " +
			"but not to a media port. Names alone do not count: signalling and test tools run in clouds outside the " +
			"ranges. In a capture with changed (anonymised) addresses no range fits. Much else than Webex is in " +
			"Microsoft's network: the address alone says nothing.",
		Verify: "Wireshark: `ip.addr == NODE && (stun.att.software || tls.handshake.certificate)`; look the address " +
			"up in the current list.",
	},
	Remediation: "Renew the policy pack; if the address is in the current list, allow it, else find out whose it is.",
	Refs:        []string{networkRequirements + ": media subnets"},
	Rows:        []string{"networks", "prefixes", "stun"},
	Needs:       []string{"flow with stun or TLS"},
	Thresholds:  []*audit.Limit{mediaPort, secondPort},
	Under:       []audit.Root{{Rule: "WXA-MED-008", Same: audit.SameSubject}},
	Judge: audit.PerFlow{
		Of:      wording.Noun{One: "flow to a media node", Many: "flows to a media node"},
		Pass:    wording.New("dat002.pass", "all nodes are in published ranges"),
		Applies: func(e *audit.Env, f *observe.Flow) bool { return nodeSign(e, f) != "" },
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if !observe.Unpublished(e.Site, f.Flow) {
				return false
			}
			countUnlisted(f, g)
			g.Hows.Add(nodeSign(e, f), 1)
			if newRange(f) {
				g.Extreme("owner", 0, wording.New("dat002.owner", "%s", f.ServerAS))
			}
			return true
		},
		Confidence: func(_ *audit.Env, f *observe.Flow) record.Confidence { return f.Confidence },
		Subject:    serverSubnet,
		Cite: audit.Citation{Kind: "transaction",
			Keys: []string{"stun-request", "stun-answer", "client-hello", "certificate"}},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) { return unlisted(g), true },
	},
}

func unlisted(g *audit.Group) audit.Verdict {
	whose, known := g.Worst["owner"]
	v := audit.Verdict{
		State:    record.Warn,
		Expected: wording.New("dat002.expected", "addresses of the published media subnets"),
		Actual:   wording.New("dat002.actual", "%s", hosts(g)),
	}
	v.Summary = wording.New("dat002.warn", "%s of %s to %s outside the published ranges (%s)",
		wording.Count(g.Count, "flow", "flows"), clients(g), hosts(g), howOften(g))
	switch {
	case known:
		v.Summary = wording.New("dat002.known", "%s: in the network of %s, and probably a new range", v.Summary, whose.Of)
		v.Remediation = wording.New("dat002.renew",
			"Renew the policy pack; if the address is in the current list, allow it.")
	case g.Sums["withdrawn"] == 0:
		v.Summary = wording.New("dat002.unknown", "%s: the pack does not know whose network it is", v.Summary)
	}
	return v
}

// newRange reports whether the address is in no published range, and of a system that Webex runs media nodes in.
func newRange(f *observe.Flow) bool { return f.ServerAS != "" && f.Retired == "" }

// serverSubnet groups flows by the subnet of the server.
func serverSubnet(e *audit.Env, f *observe.Flow) record.Subject {
	return record.Subject{Kind: "prefix", Key: e.Site.Subject(f.Server().Addr())}
}

// countUnlisted adds the server of a flow to a finding about addresses in no published range.
func countUnlisted(f *observe.Flow, g *audit.Group) {
	g.Host(f.Server().Addr().String())
	if f.Retired != "" {
		g.Hows.Add(f.Retired, 1)
		g.Sum("withdrawn", 1)
	}
}

// nodeSign tells what makes a flow one to a media node whose address is in question, or "". Media counts only where it
// goes to a range that is probably new.
func nodeSign(e *audit.Env, f *observe.Flow) string {
	switch {
	case f.Connect != nil:
		return ""
	case observe.ShowsMedia(f):
		if f.Function.IsMedia() && newRange(f) {
			return "media"
		}
		return ""
	case f.STUN != nil && (f.STUN.FlowInfo || len(f.STUN.Software) > 0) && toMediaPort(e, f):
		return "STUN of Webex"
	case f.Transport == record.TLS && f.SNI == "" && (f.Function == record.ReachProbe || f.Function == record.TURN ||
		f.Function.IsMedia()) && nodeCertificate(f):
		return "certificate of a media node"
	}
	return ""
}

// toMediaPort reports whether the server's port is one of media nodes.
func toMediaPort(e *audit.Env, f *observe.Flow) bool {
	port := float64(f.Server().Port())
	return port == e.Value(mediaPort) || port == e.Value(secondPort)
}

// nodeCertificate reports whether the flow is Webex by the name in its certificate, since it has no other.
func nodeCertificate(f *observe.Flow) bool {
	return f.TLS != nil && f.TLS.CertSubject != "" && f.DNSName == "" &&
		!slices.Contains([]record.Confidence{"", record.Possible}, f.Confidence)
}
