package audit

import (
	"fmt"
	"slices"

	"webexaudit/analyzer/record"
)

var dat002 = &Rule{
	ID: "WXA-DAT-002", Title: "Media node outside the published ranges", Severity: record.Medium,
	Doc: Doc{
		What:       "Clients test a host that behaves as a media node of Webex does, at an address that the pack has in no published range.",
		Why:        "Either the pack is older than the range: then firewalls by address block its media as soon as a call goes there. Or somebody else pretends to be Webex.",
		Trigger:    "A flow without media, to a public address outside all published ranges, with a sign that only the app and its nodes give: a STUN request with Webex's SOFTWARE or attribute on a media port, TURN, or the certificate of a media node without SNI.",
		LookAlikes: "Media that was carried there is WXA-MED-008's. Direct calls send the same STUN to the other party, but not to a media port. Names alone do not count: signalling and test tools run in clouds outside the ranges. In a capture with changed (anonymised) addresses no range fits.",
		Verify:     "Wireshark: `ip.addr == NODE && (stun.att.software || tls.handshake.certificate)`; look the address up in the current list.",
	},
	Remediation: "Renew the policy pack; if the address is in the current list, allow it, else find out whose it is.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media subnets"},
	Needs:       []string{"flow with stun or TLS"},
	Limits:      []string{"WXA-MED-004.port", "WXA-MED-005.port"},
	Check:       unlistedNodes,
}

func unlistedNodes(p *Pass) {
	o := outcome{unit: "test of a media node", pass: "all nodes are in published ranges"}
	list := causes{}
	for _, f := range p.webex {
		sign := p.nodeSign(f)
		if sign == "" {
			continue
		}
		o.seen++
		o.judged++
		if p.unpublished(f) {
			p.unlisted(list, f).n[sign]++
		}
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Warn,
			summary: fmt.Sprintf("%s of %s to %s outside the published ranges (%s)", count(c.count, "test"), count(len(c.clients), "client"),
				some(c.hostList()), c.counted()),
			expected: "addresses of the published media subnets", actual: some(c.hostList()),
			evidence: p.citeKeys("transaction", c.flows, nil, "stun-request", "stun-answer", "client-hello", "certificate")})
	}
	p.conclude(o)
}

// nodeSign tells what makes a flow without media one to a media node, or "".
func (p *Pass) nodeSign(f *record.Flow) string {
	port := float64(f.Server().Port())
	switch s := f.STUN; {
	case f.Connect != nil || p.showsMedia(f):
		return ""
	case s != nil && (s.FlowInfo || len(s.Software) > 0) && (port == p.limit("WXA-MED-004.port") || port == p.limit("WXA-MED-005.port")):
		return "STUN of Webex"
	case f.Transport == record.TLS && f.SNI == "" && (f.Function == record.ReachProbe || f.Function == record.TURN ||
		f.Function.IsMedia()) && p.nodeCertificate(f):
		return "certificate of a media node"
	}
	return ""
}

// nodeCertificate: the flow is Webex by the name in its certificate, since it has no other.
func (p *Pass) nodeCertificate(f *record.Flow) bool {
	t := p.tlsOf[f.FlowID]
	return t != nil && t.CertSubject != "" && f.DNSName == "" &&
		!slices.Contains([]record.Confidence{"", record.Possible}, f.Confidence)
}
