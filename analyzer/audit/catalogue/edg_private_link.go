package catalogue

import (
	"fmt"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var strayFlows = audit.NewLimit("WXA-EDG-001.min_flows", "flows", 10, 3, 1, 1, 1e6,
	"ours: a few are left over when a link comes back",
	"minimum number of flows to prefixes of the private link in another VLAN")

var edg001 = &audit.Rule{
	ID: "WXA-EDG-001", Title: "Private link is not used", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Packets to Webex prefixes that are routed over a private link (Edge Connect) leave the enterprise " +
			"another way.",
		Why: "The link is paid for its guaranteed bandwidth and its marks; on the Internet path neither holds, and " +
			"the way back may be another one.",
		Trigger: "At the enterprise's edge (vantage wan or dmz), at least min_flows Webex flows from public " +
			"addresses to the prefixes of edge_connect in the site file, in frames whose VLAN is none of those " +
			"declared.",
		LookAlikes: "Passive captures do not show next hops: only the VLAN tells the links apart. Frames without a " +
			"tag, packets before the address translation (private addresses) and other vantages are not judged. " +
			"While the link is down everything goes over the Internet, and ought to.",
		Verify: "Wireshark: `ip.dst == PREFIX`, with vlan.id as a column.",
	},
	Remediation: "Check that the routes from AS13445 are accepted on the link and preferred over the Internet's, at " +
		"every edge router.",
	Refs:       []string{"BRKCOL-2057 (2022): Edge Connect"},
	Needs:      []string{"flow with vlan", "edge_connect in the site file", "vantage wan or dmz"},
	Thresholds: []*audit.Limit{strayFlows},
	Judge: audit.PerFlow{
		Of: wording.Noun{One: "Webex flow to prefixes of the private link",
			Many: "Webex flows to prefixes of the private link"},
		Pass:   wording.New("edg001.pass", "they travel in its VLANs"),
		Absent: wording.New("edg001.absent", "no private link is declared (key edge_connect of the site file)"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return e.Site.EdgeConnect().Carries(f.Server().Addr())
		},
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			if len(f.VLAN) == 0 || f.From.IsPrivate() {
				missing = wording.New("edg001.missing", "frames with VLAN tags, behind the address translation")
			}
			return missing
		},
		Gate: atEdge,
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			vlans := e.Site.EdgeConnect().VLANs
			if slices.ContainsFunc(f.VLAN, func(id int) bool { return slices.Contains(vlans, id) }) {
				return false
			}
			g.Host(f.Prefix)
			return true
		},
		Subject: func(_ *audit.Env, f *observe.Flow) record.Subject {
			if len(f.VLAN) == 0 {
				return f.Subject
			}
			return record.Subject{Kind: "vlan", Key: fmt.Sprint(f.VLAN[len(f.VLAN)-1])}
		},
		Cite: audit.Citation{Kind: "packet-range", Largest: true, Fields: func(f *observe.Flow) map[string]string {
			return map[string]string{"vlan": fmt.Sprint(f.VLAN), "address": f.Server().Addr().String()}
		}},
		Enough: strayFlows,
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Fail, Confidence: s.Vantage.Confidence,
				Summary: wording.New("edg001.fail", "%s of %s to prefixes of the private link leave in %s (%s, %s)",
					wording.Count(g.Count, "flow", "flows"), clients(g), subject(g), hosts(g), wording.Bytes(g.Bytes)),
				Expected: wording.New("edg001.expected", "VLAN %s", orOf(s.Site.EdgeConnect().VLANs)),
				Actual:   wording.New("edg001.actual", "%s", subject(g)),
			}, true
		},
	},
}

// atEdge is the gate of rules on what leaves the enterprise.
func atEdge(s *audit.Scope) (missing wording.Text) {
	if s.Vantage.Value != "wan" && s.Vantage.Value != "dmz" {
		missing = wording.New("edg001.place", "the place of the capture is %s (%s): a capture at the enterprise's "+
			"edge (declare it with --vantage wan)", s.Vantage.Value, s.Vantage.Reason)
	}
	return missing
}

// orOf joins numbers: "120 or 121".
func orOf(list []int) wording.Arg {
	text := ""
	for i, n := range list {
		if i > 0 {
			text += " or "
		}
		text += fmt.Sprint(n)
	}
	return wording.Word(text)
}
