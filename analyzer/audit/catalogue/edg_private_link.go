package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var strayFlows = audit.NewLimit("WXA-EDG-001.min_flows", "flows", 10, 3, 1, 1, 1e6,
	"ours: a few are left over when a link comes back",
	"minimum number of flows to prefixes of the private link that go another way")

var edg001 = &audit.Rule{
	ID: "WXA-EDG-001", Version: "2", Title: "Private link is not used", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Packets to Webex prefixes that are routed over a private link (Edge Connect) leave the enterprise " +
			"another way.",
		Why: "The link is paid for its guaranteed bandwidth and its marks; on the Internet path neither holds, and " +
			"the way back may be another one.",
		Trigger: "At the enterprise's edge (vantage wan or dmz), at least min_flows Webex flows from public " +
			"addresses to the prefixes of edge_connect in the site file that show one of what is declared of the " +
			"link (VLAN, MAC address of its routers, interface of the capture), and nothing that belongs to it.",
		LookAlikes: "A flow is judged by what is declared and what its first packet shows: one sign of the link " +
			"suffices. Flows that show none of the declared kinds (no tag, no Ethernet frame, no interface name in " +
			"the capture), packets before the address translation (private addresses) and other vantages are not " +
			"judged. While the link is down everything goes over the Internet, and ought to: where no flow shows " +
			"the link, the finding is a warning and only possible.",
		Verify: "Wireshark: `ip.dst == PREFIX`, with vlan.id, eth.dst and frame.interface_name as columns.",
	},
	Remediation: "Check that the routes from AS13445 are accepted on the link and preferred over the Internet's, at " +
		"every edge router.",
	Refs: []string{"BRKCOL-2057 (2022): Edge Connect"},
	Rows: []string{"names", "prefixes"},
	Needs: []string{"flow with vlan, next_hop or interface",
		"edge_connect in the site file", "vantage wan or dmz"},
	Thresholds: []*audit.Limit{strayFlows},
	Judge:      audit.Custom(func(e *audit.Env) audit.Fold { return newStray(e) }),
}

// stray is what the flows to the prefixes of the link show of their way. Groups are of those that took another.
type stray struct {
	env                  *audit.Env
	link                 site.EdgeConnect
	seen, judged, onLink int64
	groups               audit.Groups
}

func newStray(e *audit.Env) *stray {
	return &stray{env: e, link: e.Site.EdgeConnect(), groups: audit.NewGroups(&linkCitation)}
}

var linkCitation = audit.Citation{Kind: "packet-range", Largest: true, Fields: func(f *observe.Flow) map[string]string {
	m := map[string]string{"address": f.Server().Addr().String()}
	for key, value := range map[string]string{"next_hop": f.NextHop, "interface": f.Interface} {
		if value != "" {
			m[key] = value
		}
	}
	if len(f.VLAN) > 0 {
		m["vlan"] = fmt.Sprint(f.VLAN)
	}
	return m
}}

// Add implements audit.Fold.
func (r *stray) Add(f *observe.Flow) {
	if !r.link.Carries(f.Server().Addr()) {
		return
	}
	r.seen++
	if f.From.IsPrivate() {
		return
	}
	ways := waysOf(&r.link, f)
	i := slices.IndexFunc(ways, way.shown)
	switch {
	case i < 0:
		return
	case slices.ContainsFunc(ways, way.ofLink):
		r.onLink++
	default:
		g := r.groups.At(record.Subject{Kind: ways[i].kind, Key: ways[i].seen[len(ways[i].seen)-1]})
		g.Count++
		g.Host(f.Prefix)
		g.Flow(r.env, f, &linkCitation)
	}
	r.judged++
}

// Merge implements audit.Fold.
func (r *stray) Merge(other audit.Fold) {
	o := other.(*stray)
	r.seen, r.judged, r.onLink = r.seen+o.seen, r.judged+o.judged, r.onLink+o.onLink
	r.groups.Merge(&o.groups)
}

// Close implements audit.Fold.
func (r *stray) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of: wording.Noun{One: "Webex flow to prefixes of the private link",
			Many: "Webex flows to prefixes of the private link"},
		Seen: r.seen, Judged: r.judged, Pass: wording.New("edg001.pass", "they travel over the link"),
		Missing: wording.New("edg001.missing", "frames with what tells the link (%s), behind the address translation",
			declaredOf(&r.link))}
	if len(r.link.Prefixes) == 0 {
		o.Absent = wording.New("edg001.absent", "no private link is declared (key edge_connect of the site file)")
	}
	if what := atEdge(s); what.Format != "" {
		o.Judged, o.Missing = 0, what
		s.Conclude(o)
		return
	}
	for g := range r.groups.All {
		if float64(g.Count) >= s.Value(strayFlows) {
			s.Report(g, r.verdict(s, g))
		}
	}
	s.Conclude(o)
}

func (r *stray) verdict(s *audit.Scope, g *audit.Group) audit.Verdict {
	v := audit.Verdict{State: record.Fail, Confidence: cmp.Or(s.Vantage.Confidence, record.Confirmed),
		Summary: wording.New("edg001.fail", "%s of %s to prefixes of the private link leave by %s (%s, %s)",
			wording.Count(g.Count, "flow", "flows"), clients(g), subject(g), hosts(g), wording.Bytes(g.Bytes)),
		Expected: wording.New("edg001.expected", "%s", declaredOf(&r.link)),
		Actual:   wording.New("edg001.actual", "%s", subject(g)),
	}
	if r.onLink == 0 {
		v.State, v.Confidence = record.Warn, record.Possible
		v.Summary = wording.New("edg001.down", "%s; none in this capture shows the link, which may be down, or "+
			"not in sight here", v.Summary)
	}
	return v
}

// way is one of what tells the private link apart.
type way struct {
	kind     string   // vlan, router, interface
	declared []string // of the link
	seen     []string // of the flow
}

// shown reports whether it was declared of the link and the flow says what it has.
func (w way) shown() bool { return len(w.declared) > 0 && len(w.seen) > 0 }

// ofLink reports whether the flow has what was declared of the link.
func (w way) ofLink() bool {
	return slices.ContainsFunc(w.seen, func(v string) bool { return slices.Contains(w.declared, v) })
}

// waysOf is what the site file says of the link beside what the flow shows; f may be nil.
func waysOf(link *site.EdgeConnect, f *observe.Flow) []way {
	list := []way{{kind: "vlan"}, {kind: "router", declared: link.NextHops},
		{kind: "interface", declared: link.Interfaces}}
	for _, id := range link.VLANs {
		list[0].declared = append(list[0].declared, fmt.Sprint(id))
	}
	if f == nil {
		return list
	}
	for _, id := range f.VLAN {
		list[0].seen = append(list[0].seen, fmt.Sprint(id))
	}
	if f.NextHop != "" {
		list[1].seen = []string{f.NextHop}
	}
	if f.Interface != "" {
		list[2].seen = []string{f.Interface}
	}
	return list
}

// declaredOf says what tells the link: "VLAN 120 or 121 and router 00:11:22:33:44:55".
func declaredOf(link *site.EdgeConnect) wording.Arg {
	var kinds []wording.Text
	for _, w := range waysOf(link, nil) {
		if len(w.declared) > 0 {
			name := strings.Replace(w.kind, "vlan", "VLAN", 1)
			kinds = append(kinds, wording.New("edg001.way", "%s %s", name, strings.Join(w.declared, " or ")))
		}
	}
	return wording.List(kinds)
}

// atEdge is the gate of rules on what leaves the enterprise.
func atEdge(s *audit.Scope) (missing wording.Text) {
	if s.Vantage.Value != "wan" && s.Vantage.Value != "dmz" {
		missing = wording.New("edg001.place", "the place of the capture is %s (%s): a capture at the enterprise's "+
			"edge (declare it with --vantage wan)", s.Vantage.Value, s.Vantage.Reason)
	}
	return missing
}
