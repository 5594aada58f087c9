package audit

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

var prx006 = &Rule{
	ID: "WXA-PRX-006", Title: "Transparent middlebox answers for Webex", Severity: record.Medium,
	Doc: Doc{
		What:       "TCP connections to Webex are opened by a box at the site and not by the server.",
		Why:        "A transparent proxy, firewall or WAN accelerator ends the connection: it may inspect, filter and time out without anybody having configured a proxy on the clients.",
		Trigger:    "At least min_flows TCP connections of a site to at least two public addresses are answered within within_ms and over at most within_hops routers, while at least min_peers other Webex servers of the same site are four times as far in time and five routers farther. Proof is an address that is near over TCP and far over UDP. A warning.",
		LookAlikes: "Front ends of delivery networks can be near, but are seldom two routers away. Servers inside the site (mesh nodes, private addresses) are left out, and so are explicit proxies. Rewritten TCP options alone cannot be told from one capture point: the SYN-ACK's are quoted for comparison.",
		Verify:     "Wireshark: `tcp.flags == 0x12`, columns ip.ttl and tcp.analysis.initial_rtt by address; compare with stun.time of the media nodes.",
	},
	Remediation: "Find the box and document it, or let Webex pass it.",
	Refs:        []string{"RFC 3135: performance enhancing proxies", "Network Requirements for Webex Services, WBX000028782"},
	Needs:       []string{"flow with tcp far_rtt_ms and ttl", "a capture point between the clients and the box", "other Webex servers to compare with"},
	Limits:      []string{"WXA-PRX-006.min_flows", "WXA-PRX-006.min_peers", "WXA-PRX-006.within_hops", "WXA-PRX-006.within_ms"},
	Check:       middlebox,
}

// distance of a server in time and routers.
type distance struct {
	ms   float64
	hops int
}

// distanceOf measures the server of a direct flow from its handshake, or over UDP from STUN.
func (p *Pass) distanceOf(f *record.Flow) (d distance, ok bool) {
	rtt := (*float64)(nil)
	switch {
	case f.TCP != nil && f.TCP.SYNACK:
		rtt = f.TCP.FarRTTMs
	case f.STUN != nil:
		rtt = f.STUN.RTTMs
	}
	if rtt == nil || f.TTLRev == nil {
		return d, false
	}
	return distance{*rtt, hops(*f.TTLRev)}, true
}

// leavesSite reports whether a flow leads directly from a client of the site to a server outside.
func (p *Pass) leavesSite(f *record.Flow) bool {
	a := f.Server().Addr()
	internal, known := p.site.IsInternal(a)
	role := f.ServerRole
	return f.ClientIsSource() && f.Connect == nil && !a.IsPrivate() && a.IsGlobalUnicast() && !(known && internal) &&
		(role == "" || role == "cloud") && p.site.Role(a) == ""
}

// neighbourhood is what a site sees of Webex servers.
type neighbourhood struct {
	near []*record.Flow          // TCP connections that a near box answered
	far  map[netip.Addr]distance // servers, each as near as it was ever seen
	tcp  int
}

func middlebox(p *Pass) {
	o := outcome{unit: "TCP connection to Webex", pass: "servers are as far as they should be",
		missing: fmt.Sprintf("round trips and TTL of handshakes, and %.0f other Webex servers to compare near ones with", p.limit("min_peers"))}
	list, around := causes{}, map[*cause]*neighbourhood{}
	isNear := func(d distance) bool {
		return d.ms <= p.limit("within_ms") && float64(d.hops) <= p.limit("within_hops")
	}
	for _, f := range p.webex {
		if !p.leavesSite(f) {
			continue
		}
		tcp := f.Proto == "tcp"
		if tcp {
			o.seen++
		}
		d, ok := p.distanceOf(f)
		if !ok {
			continue
		}
		c := list.at(p.subject(f.ClientAddr()))
		n := around[c]
		if n == nil {
			n = &neighbourhood{far: map[netip.Addr]distance{}}
			around[c] = n
		}
		a := f.Server().Addr()
		switch {
		case tcp && isNear(d):
			n.near = append(n.near, f)
		default:
			if tcp {
				n.tcp++
			}
			if old, seen := n.far[a]; !seen || d.ms < old.ms {
				n.far[a] = d
			}
		}
	}
	for c := range list.each {
		n := around[c]
		o.judged += n.tcp
		if peers := p.peers(n); len(n.near) == 0 || float64(len(peers)) >= p.limit("min_peers") {
			o.judged += len(n.near)
			p.reportMiddlebox(c, n, peers)
		}
	}
	p.conclude(o)
}

// peers are the servers that are beyond doubt farther than near ones.
func (p *Pass) peers(n *neighbourhood) (list []distance) {
	for _, d := range n.far {
		if d.ms >= 4*p.limit("within_ms") && float64(d.hops) >= p.limit("within_hops")+5 {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b distance) int { return a.hops - b.hops })
	return list
}

func (p *Pass) reportMiddlebox(c *cause, n *neighbourhood, peers []distance) {
	servers := map[netip.Addr]bool{}
	c.sure(record.Probable)
	for _, f := range n.near {
		a := f.Server().Addr()
		servers[a] = true
		c.flow(f)
		c.host(a.String())
		if d, also := n.far[a]; also && slices.Contains(peers, d) {
			c.sure(record.Confirmed)
		}
	}
	if c.count = int64(len(n.near)); float64(c.count) < p.limit("min_flows") || len(servers) < 2 {
		return
	}
	p.report(c, verdict{state: record.Warn,
		summary: fmt.Sprintf("%s of %s in %s to %s answered by a box at most %.0f routers away", count(c.count, "TCP connection"),
			count(len(c.clients), "client"), where(c.subject), count(len(servers), "server"), p.limit("within_hops")),
		expected: fmt.Sprintf("as far as other Webex servers: %d routers (median of %d)", peers[(len(peers)-1)/2].hops, len(peers)),
		actual:   fmt.Sprintf("SYN-ACK within %.0f ms", p.limit("within_ms")),
		evidence: p.citeKeys("transaction", c.flows, func(f *record.Flow) map[string]string {
			d, _ := p.distanceOf(f)
			return map[string]string{"far_rtt_ms": fmt.Sprintf("%.1f", d.ms), "hops": fmt.Sprint(d.hops), "options": strings.Join(f.TCP.OptionsRev, " ")}
		}, "syn", "syn-ack")})
}
