package audit

import (
	"fmt"
	"slices"

	"webexaudit/analyzer/record"
)

var pol001 = &Rule{
	ID: "WXA-POL-001", Title: "Allow list is stale", Severity: record.Low,
	Doc: Doc{
		What:       "The list of Webex prefixes that the firewalls let through (key allow_list of the site file) is not that of the pack.",
		Why:        "Without a published range calls fail whenever the cloud picks a node there, which nobody can reproduce; a withdrawn range belongs to somebody else now.",
		Trigger:    "An entry of the list within a withdrawn range and in no current one; or a published media range that the list does not hold in full. Ranges of Calling, government and the integration for Microsoft Teams count as missing only where the capture shows flows to Calling or to the range.",
		LookAlikes: "Entries wider than Webex, and entries that were never Webex's, are no business of this rule. A list without any IPv6 prefix is compared for IPv4 only. Signalling must not be filtered by address at all (WXA-SIG-006).",
		Verify:     "webexaudit signatures list shows the ranges of the pack and those withdrawn, with their dates.",
	},
	Remediation: "Renew the list from the published ranges (webexaudit signatures list), and take the withdrawn ones out.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media subnets and revision history", "Port Reference Information for Webex Calling, b2exve"},
	Needs:       []string{"run with allow_list"},
	Check:       staleList,
}

func staleList(p *Pass) {
	o := outcome{unit: "allow list", pass: "the list holds the published ranges and no withdrawn one", absent: "no allow list is declared (key allow_list of the site file)"}
	if p.set.Run == nil || p.set.Run.AllowList == nil {
		p.conclude(o)
		return
	}
	o.seen, o.judged = 1, 1
	a := p.set.Run.AllowList
	withdrawn, missing := newCause(record.Subject{Kind: "allow-list", Key: "withdrawn"}), newCause(record.Subject{Kind: "allow-list", Key: "missing"})
	for _, r := range a.Withdrawn {
		withdrawn.host(r.Prefix)
		withdrawn.n[r.Why]++
	}
	for _, r := range a.Missing {
		if r.Kind == "media" || p.uses(r) {
			missing.host(r.Prefix)
		}
	}
	if n := len(withdrawn.hosts); n > 0 {
		withdrawn.count, withdrawn.confidence = int64(n), record.Confirmed
		p.report(withdrawn, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s of the allow list is withdrawn: %s", count(n, "range"), some(withdrawn.hostList())),
			expected: "ranges of the current list", actual: withdrawn.counted(), evidence: listed(withdrawn, a.Entries)})
	}
	if n := len(missing.hosts); n > 0 {
		missing.count, missing.confidence = int64(n), record.Confirmed
		p.report(missing, verdict{state: record.Warn,
			summary:  fmt.Sprintf("the allow list lacks %s, or a part: %s", count(n, "published range"), some(missing.hostList())),
			expected: "all published media ranges", actual: fmt.Sprintf("%d entries", a.Entries), evidence: listed(missing, a.Entries)})
	}
	p.conclude(o)
}

// listed shows the ranges of the list that a cause names: no packet proves what a list holds.
func listed(c *cause, entries int) []record.Evidence {
	return []record.Evidence{{Kind: "counter", Fields: map[string]string{"entries": fmt.Sprint(entries), "ranges": some(c.hostList())}}}
}

// uses reports whether the capture shows that the enterprise needs a range beside those for media of meetings.
func (p *Pass) uses(r record.ListedRange) bool {
	return slices.ContainsFunc(p.webex, func(f *record.Flow) bool {
		return f.Prefix == r.Prefix || r.Kind == "calling" && f.Service == record.Calling
	})
}

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
			expected: fmt.Sprintf("VLAN %s", joined(link.VLANs)), actual: where(c.subject), evidence: p.cite("packet-range", c.largest(), vlanFields)})
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
