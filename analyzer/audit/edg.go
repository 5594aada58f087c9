package audit

import (
	"fmt"
	"slices"

	"webexaudit/analyzer/record"
)

var edg001 = &Rule{
	ID: "WXA-EDG-001", Title: "Private link is not used", Severity: record.Medium,
	Doc: Doc{
		What:       "Packets to Webex prefixes that are routed over a private link (Edge Connect) leave the enterprise another way.",
		Why:        "The link is paid for its guaranteed bandwidth and its marks; on the Internet path neither holds, and the way back may be another one.",
		Trigger:    "At the enterprise's edge (vantage wan or dmz), at least min_flows Webex flows from public addresses to the prefixes of edge_connect in the site file, in frames whose VLAN is none of those declared.",
		LookAlikes: "Passive captures do not show next hops: only the VLAN tells the links apart. Frames without a tag, packets before the address translation (private addresses) and other vantages are not judged. While the link is down everything goes over the Internet, and ought to.",
		Verify:     "Wireshark: `ip.dst == PREFIX`, with vlan.id as a column.",
	},
	Remediation: "Check that the routes from AS13445 are accepted on the link and preferred over the Internet's, at every edge router.",
	Refs:        []string{"BRKCOL-2057 (2022): Edge Connect"},
	Needs:       []string{"flow with vlan", "edge_connect in the site file", "vantage wan or dmz"},
	Limits:      []string{"WXA-EDG-001.min_flows"},
	Check:       privateLink,
}

func privateLink(p *Pass) {
	link := p.site.EdgeConnect()
	o := outcome{unit: "Webex flow to prefixes of the private link", pass: "they travel in its VLANs", missing: "frames with VLAN tags, behind the address translation"}
	if len(link.VLANs) == 0 {
		o.absent = "no private link is declared (key edge_connect of the site file)"
	}
	list := causes{}
	for _, f := range p.webex {
		if !link.Carries(f.Server().Addr()) {
			continue
		}
		o.seen++
		switch {
		case p.vantage.value != "wan" && p.vantage.value != "dmz":
			o.missing = fmt.Sprintf("the place of the capture is %s (%s): a capture at the enterprise's edge (declare it with --vantage wan)", p.vantage.value, p.vantage.reason)
			continue
		case len(f.VLAN) == 0 || f.ClientAddr().IsPrivate():
			continue
		}
		o.judged++
		if slices.ContainsFunc(f.VLAN, func(id int) bool { return slices.Contains(link.VLANs, id) }) {
			continue
		}
		c := list.at(record.Subject{Kind: "vlan", Key: fmt.Sprint(f.VLAN[len(f.VLAN)-1])})
		c.flow(f)
		c.count++
		c.host(f.Prefix)
		c.sure(p.vantage.confidence)
	}
	for c := range list.each {
		if float64(c.count) < p.limit("min_flows") {
			continue
		}
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s of %s to prefixes of the private link leave in %s (%s, %s)", count(c.count, "flow"), count(len(c.clients), "client"), where(c.subject), some(c.hostList()), volume(c.bytes)),
			expected: fmt.Sprintf("VLAN %s", joined(link.VLANs)), actual: where(c.subject),
			evidence: p.cite("packet-range", c.largest(), vlanFields)})
	}
	p.conclude(o)
}

func joined(list []int) string {
	text := ""
	for i, n := range list {
		if i > 0 {
			text += " or "
		}
		text += fmt.Sprint(n)
	}
	return text
}

func vlanFields(f *record.Flow) map[string]string {
	return map[string]string{"vlan": fmt.Sprint(f.VLAN), "address": f.Server().Addr().String()}
}
