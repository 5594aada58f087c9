package catalogue

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	nearFlows = audit.NewLimit("WXA-PRX-006.min_flows", "connections", 5, 3, 2, 1, 1000,
		"ours: one may be a captive portal",
		"minimum number of connections that a near box answered")
	farPeers = audit.NewLimit("WXA-PRX-006.min_peers", "servers", 5, 3, 2, 1, 1000, "ours",
		"minimum number of other Webex servers that are far")
	nearHops = audit.NewLimit("WXA-PRX-006.within_hops", "hops", 1, 2, 3, 0, 64,
		"ours: a box at the site; servers of the Internet are behind more", "maximum number of routers between the "+
			"capture point and the box")
	nearMs = audit.NewLimit("WXA-PRX-006.within_ms", "ms", 2, 5, 5, 0.1, 1000, "ours: a box at the site",
		"longest time from SYN to SYN-ACK")
)

var prx006 = &audit.Rule{
	ID: "WXA-PRX-006", Title: "Transparent middlebox answers for Webex", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "TCP connections to Webex are opened by a box at the site and not by the server.",
		Why: "A transparent proxy, firewall or WAN accelerator ends the connection: it may inspect, filter and time " +
			"out without anybody having configured a proxy on the clients.",
		Trigger: "At least min_flows TCP connections of a site to at least two public addresses are answered within " +
			"within_ms and over at most within_hops routers, while at least min_peers other Webex servers of the " +
			"same site are four times as far in time and five routers farther. Proof is an address that is near " +
			"over TCP and far over UDP. A warning.",
		LookAlikes: "Front ends of delivery networks can be near, but are seldom two routers away. Servers inside " +
			"the site (mesh nodes, private addresses) are left out, and so are explicit proxies, prefixes of a " +
			"private link (edge_connect) and published ranges of which all servers are near: that is where the " +
			"network leads. Rewritten TCP options alone cannot be told from one capture point: the " +
			"SYN-ACK's are quoted for comparison.",
		Verify: "Wireshark: `tcp.flags == 0x12`, columns ip.ttl and tcp.analysis.initial_rtt by address; compare " +
			"with stun.time of the media nodes.",
	},
	Remediation: "Find the box and document it, or bypass it for Webex.",
	Refs: []string{"RFC 3135: performance enhancing proxies",
		"Network Requirements for Webex Services, WBX000028782"},
	Rows: []string{"names", "prefixes"},
	Needs: []string{"flow with tcp far_rtt_ms and ttl", "a capture point between the clients and the box",
		"other Webex servers to compare with"},
	Thresholds: []*audit.Limit{nearFlows, farPeers, nearHops, nearMs},
	Under: []audit.Root{{Rule: "WXA-TLS-001", Same: audit.SameClients}, {Rule: "WXA-TLS-002",
		Same: audit.SameClients}},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &distances{env: e, sites: audit.NewTable(maxSites, audit.BySubject,
			func(s record.Subject) *neighbourhood { return newNeighbourhood(e, s) },
			(*neighbourhood).merge)}
	}),
}

const (
	maxSites   = 10_000 // sites and subnets whose servers are kept
	maxServers = 1000   // of each
)

// distance of a server in time and routers.
type distance struct {
	ms   float64
	hops int
}

// distanceOf measures the server of a direct flow from its handshake, or over UDP from STUN.
func distanceOf(f *record.Flow) (d distance, ok bool) {
	rtt := (*float64)(nil)
	switch {
	case f.TCP != nil && f.TCP.SYNACK:
		rtt = f.TCP.FarRTTMs
	case f.STUN != nil:
		rtt = f.STUN.RTTMs
	}
	hops, ok := record.Hops(f.TTLRev)
	if rtt == nil || !ok {
		return d, false
	}
	return distance{*rtt, hops}, true
}

// neighbourhood is what a site sees of Webex servers.
type neighbourhood struct {
	seen, farTCP int64
	ranges       audit.Table[string, nearRange]    // near connections by published range, "" for those in none
	far          audit.Table[netip.Addr, distance] // servers, each as near as it was ever seen
}

// nearRange is what is known of the servers of one range.
type nearRange struct {
	near *audit.Group
	far  int64
}

func newNeighbourhood(e *audit.Env, s record.Subject) *neighbourhood {
	return &neighbourhood{
		ranges: audit.NewTable(maxPrefixes, strings.Compare,
			func(string) *nearRange { return &nearRange{near: e.NewPart(s)} },
			func(into, from *nearRange) {
				into.near.Merge(from.near, &nearCitation)
				into.far += from.far
			}),
		far: audit.NewTable(maxServers, netip.Addr.Compare, func(netip.Addr) *distance { return &distance{ms: -1} },
			(*distance).nearest)}
}

// near are the TCP connections that a near box answered; where all servers of a published range are near, its
// connections are none. Hosts: to which addresses.
func (n *neighbourhood) near(s record.Subject) *audit.Group {
	g := audit.NewGroup(s)
	for prefix, r := range n.ranges.All {
		if prefix == "" || r.far > 0 {
			g.Join(r.near, &nearCitation)
		}
	}
	return g
}

func (d *distance) nearest(o *distance) {
	if d.ms < 0 || o.ms < d.ms || o.ms == d.ms && o.hops < d.hops {
		*d = *o
	}
}

func (n *neighbourhood) merge(o *neighbourhood) {
	n.seen, n.farTCP = n.seen+o.seen, n.farTCP+o.farTCP
	n.ranges.Merge(&o.ranges)
	n.far.Merge(&o.far)
}

var nearCitation = audit.Citation{Kind: "transaction", Keys: []string{"syn", "syn-ack"},
	Fields: func(f *observe.Flow) map[string]string {
		d, _ := distanceOf(f.Flow)
		return map[string]string{"far_rtt_ms": fmt.Sprintf("%.1f", d.ms), "hops": fmt.Sprint(d.hops),
			"options": strings.Join(f.TCP.OptionsRev, " ")}
	}}

// distances are how far each site sees its Webex servers.
type distances struct {
	env   *audit.Env
	sites audit.Table[record.Subject, neighbourhood]
}

// leavesSite reports whether a flow leads directly from a client of the site to a server outside.
func (d *distances) leavesSite(f *observe.Flow) bool {
	a := f.Server().Addr()
	internal, known := d.env.Site.IsInternal(a)
	return f.ClientIsSource() && f.Connect == nil && !d.env.Site.EdgeConnect().Carries(a) && !a.IsPrivate() &&
		a.IsGlobalUnicast() && !(known && internal) &&
		(f.ServerRole == "" || f.ServerRole == "cloud") && d.env.Site.Role(a) == ""
}

// Add implements audit.Fold.
func (d *distances) Add(f *observe.Flow) {
	if !d.leavesSite(f) {
		return
	}
	n := d.sites.At(f.Subject)
	tcp := f.Proto == "tcp"
	if tcp {
		n.seen++
	}
	at, ok := distanceOf(f.Flow)
	if !ok {
		return
	}
	a := f.Server().Addr()
	if tcp && at.ms <= d.env.Value(nearMs) && float64(at.hops) <= d.env.Value(nearHops) {
		near := n.ranges.At(f.Prefix).near
		near.Count++
		near.Host(a.String())
		near.Flow(d.env, f, &nearCitation)
		return
	}
	n.ranges.At(f.Prefix).far++
	if tcp {
		n.farTCP++
	}
	n.far.At(a).nearest(&at)
}

// Merge implements audit.Fold.
func (d *distances) Merge(o audit.Fold) { d.sites.Merge(&o.(*distances).sites) }

// Close implements audit.Fold.
func (d *distances) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "TCP connection to Webex", Many: "TCP connections to Webex"},
		Pass: wording.New("prx006.pass", "servers are as far as they should be"),
		Missing: wording.New("prx006.missing", "round trips and TTL of handshakes, and %s to compare near ones with",
			wording.Count(int64(s.Value(farPeers)), "other Webex server", "other Webex servers")),
	}
	for where, n := range d.sites.All {
		o.Seen += n.seen
		o.Judged += n.farTCP
		near := n.near(where)
		if peers := d.peers(n); near.Count == 0 || float64(len(peers)) >= s.Value(farPeers) {
			o.Judged += near.Count
			reportMiddlebox(s, near, peers)
		}
	}
	s.Conclude(o)
}

// peers are the servers that are beyond doubt farther than near ones, the nearest first.
func (d *distances) peers(n *neighbourhood) (list []peer) {
	for a, at := range n.far.All {
		if at.ms >= 4*d.env.Value(nearMs) && float64(at.hops) >= d.env.Value(nearHops)+5 {
			list = append(list, peer{a.String(), at.hops})
		}
	}
	slices.SortStableFunc(list, func(a, b peer) int { return cmp.Compare(a.hops, b.hops) })
	return list
}

// peer is a server that is far.
type peer struct {
	addr string
	hops int
}

func reportMiddlebox(s *audit.Scope, g *audit.Group, peers []peer) {
	if float64(g.Count) < s.Value(nearFlows) || g.Hosts.Len() < 2 {
		return
	}
	g.Raise(record.Probable)
	if slices.ContainsFunc(peers, func(p peer) bool { return g.Hosts.Has(p.addr) }) {
		g.Raise(record.Confirmed)
	}
	s.Report(g, audit.Verdict{
		State: record.Warn,
		Summary: wording.New("prx006.warn", "%s of %s in %s to %s answered by a middlebox at most %s away",
			wording.Count(g.Count, "TCP connection", "TCP connections"), clients(g), subject(g),
			wording.Count(g.Hosts.Len(), "server", "servers"), wording.Count(int64(s.Value(nearHops)), "hop", "hops")),
		Expected: wording.New("prx006.expected", "as far as other Webex servers: %s (median of %d)",
			wording.Count(peers[(len(peers)-1)/2].hops, "hop", "hops"), len(peers)),
		Actual: wording.New("prx006.actual", "SYN-ACK within %s", milliseconds(s.Value(nearMs))),
	})
}
