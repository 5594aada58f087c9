package catalogue

import (
	"fmt"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	fragmentShare = audit.NewLimit("WXA-MED-014.max_percent", "%", 5, 1, 0.1, 0, 100,
		"ours: single large packets are harmless", "share of a media flow's packets in fragments")
	fragmentPackets = audit.NewLimit("WXA-MED-014.min_packets", "packets", 250, 50, 50, 1, 1e6,
		"ours: one second of audio", "minimum number of packets of a media flow whose fragments are judged")
	holeRepeats = audit.NewLimit("WXA-MED-014.min_repeats", "times", 5, 3, 3, 1, 100,
		"ours: three time-outs one after the other are no chance", "minimum number of times that a full-size segment "+
			"was sent again without acknowledgement")
	holeFlows = audit.NewLimit("WXA-MED-014.min_connections", "connections", 3, 2, 2, 1, 1000,
		"ours: one connection may have died at that moment", "minimum number of such connections of a client")
	smallMTU = audit.NewLimit("WXA-MED-014.within_mtu", "bytes", 1280, 1300, 1500, 576, 9000,
		"published: WBX000028782: 1500 is recommended, not under 1300", "minimum MTU that a handshake must leave")
)

var med014 = &audit.Rule{
	ID: "WXA-MED-014", Title: "Path MTU is small or media is fragmented", Severity: record.Medium, Version: "3",
	Doc: audit.Doc{
		What: "Media packets travel in fragments or are too big for the path, or the path to Webex swallows large " +
			"packets or carries packets of less than within_mtu bytes only.",
		Why: "Fragments are dropped by many firewalls and double the loss; below 1300 bytes video does not fit any " +
			"more; where large packets vanish, sign-in and calls hang although small ones pass.",
		Trigger: "A failure: more than max_percent of the packets of media flows over UDP in IP fragments; ICMP " +
			"fragmentation-needed (packet-too-big) for media; or a black hole: in min_connections of a client " +
			"segments near the MSS were sent again min_repeats times and never acknowledged, while smaller ones were " +
			"and none near the MSS was, in that direction. TCP handshakes of a site with Webex whose MSS leaves less " +
			"than within_mtu bytes over IPv4, or less than the 1280 that IPv6 guarantees: a low warning, as the MSS " +
			"says nothing of UDP. It passes where segments near the MSS were acknowledged in both directions.",
		LookAlikes: "A single client with a small MSS is on a tunnel of its own (VPN): the finding names the " +
			"clients. TCP that clamps the MSS to 1300 or more is well, and so is an MTU of 1280 over IPv6. ICMP " +
			"packet-too-big for TCP is how path MTU discovery works. Probes of a client that sends large packets on " +
			"purpose are no media. A connection that died after segments near the MSS had passed shows a dead path, " +
			"and no small MTU.",
		Verify: "Wireshark: `tcp.options.mss_val < 1260 && tcp.flags.syn == 1`; `ip.flags.mf == 1 || ip.frag_offset " +
			"> 0`; `icmp.type == 3 && icmp.code == 4 || icmpv6.type == 2`; `tcp.analysis.retransmission && tcp.len > " +
			"1200`, and whether what follows acknowledges them.",
	},
	Remediation: "Raise the MTU of tunnels and WAN links to 1500, at least 1300; do not drop ICMP " +
		"fragmentation-needed.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: MTU", "RFC 4459", "RFC 8900",
		"RFC 2923 section 2.1"},
	Rows:       []string{"prefixes", "webex-policy-mtu"},
	Needs:      []string{"flow"},
	Thresholds: []*audit.Limit{fragmentShare, holeFlows, fragmentPackets, holeRepeats, smallMTU},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &pathMTU{env: e, groups: audit.NewGroups(&mtuCitation),
			clients: audit.NewTable(maxClients, netip.Addr.Compare, func(netip.Addr) *segments { return &segments{} },
				(*segments).merge)}
	}),
}

var mtuCitation = audit.Citation{Kind: "packet-range", Keys: []string{"syn", "syn-ack", "icmp-error"},
	Fields: func(f *observe.Flow) map[string]string {
		return map[string]string{"mtu": fmt.Sprint(observe.PathMTU(f.Flow)), "fragmented": fmt.Sprint(f.Fragments)}
	}}

// pathMTU gathers what is wrong by site, and of the connections that are well how large the segments were that passed.
type pathMTU struct {
	env          *audit.Env
	seen, judged int64
	groups       audit.Groups
	clients      audit.Table[netip.Addr, segments]
}

// segments are the connections of a client by what became of their segments; of each pair the first is the source's.
type segments struct {
	connections int64
	full, small [2]int64     // with segments near the MSS acknowledged, with any
	stuck       [2]int64     // with segments near the MSS that were never acknowledged
	group       *audit.Group // of those
}

func (c *segments) merge(o *segments) {
	c.connections += o.connections
	for i := range c.full {
		c.full[i], c.small[i], c.stuck[i] = c.full[i]+o.full[i], c.small[i]+o.small[i], c.stuck[i]+o.stuck[i]
	}
	c.group.Merge(o.group, &mtuCitation)
}

// Add implements audit.Fold.
func (r *pathMTU) Add(f *observe.Flow) {
	size, media := observe.PathMTU(f.Flow), fragmentsCount(r.env, f)
	tooBig := f.Proto == "udp" && observe.TooBig(f.Flow)
	if size == 0 && !media && !tooBig {
		return
	}
	r.seen++
	switch {
	case tooBig:
		r.wrong(f, "ICMP: packet too big", true)
	case size > 0 && float64(size) < leastMTU(r.env, f):
		r.wrong(f, fmt.Sprintf("MTU of %d bytes", size), false)
	case media && percent(f.Fragments, f.PacketsFwd+f.PacketsRev) > r.env.Value(fragmentShare):
		r.wrong(f, "fragmented media", true)
	case size > 0:
		r.connection(f)
		return // judged by client, at the end
	}
	r.judged++
}

// wrong books a flow; fails says that it is more than a warning.
func (r *pathMTU) wrong(f *observe.Flow, how string, fails bool) {
	g := r.groups.At(f.Subject)
	g.Count++
	g.Raise(record.Confirmed)
	g.Hows.Add(how, 1)
	if fails {
		g.Sum("fails", 1)
	}
	g.Flow(r.env, f, &mtuCitation)
}

// maxTCPOptions is how many bytes of a segment options may take from the payload (RFC 9293 section 3.1).
const maxTCPOptions = 40

// connection books which segments of a TCP connection passed.
func (r *pathMTU) connection(f *observe.Flow) {
	c := r.clients.At(f.From)
	if c.group == nil {
		c.group = r.env.NewPart(f.Subject)
	}
	c.connections++
	end := f.TCP.End
	if end == nil || f.TCP.MSSFwd == 0 || f.TCP.MSSRev == 0 {
		return
	}
	near := int64(min(f.TCP.MSSFwd, f.TCP.MSSRev) - maxTCPOptions)
	for i, way := range [2][3]int64{
		{end.LargestFwd, end.StuckFwd, end.RepeatsFwd}, {end.LargestRev, end.StuckRev, end.RepeatsRev},
	} {
		largest, stuck, repeats := way[0], way[1], way[2]
		if largest > 0 {
			c.small[i]++
		}
		switch {
		case largest >= near:
			c.full[i]++
		case stuck >= near && float64(repeats) >= r.env.Value(holeRepeats):
			c.stuck[i]++
			c.group.Flow(r.env, f, &mtuCitation)
		}
	}
}

// Merge implements audit.Fold.
func (r *pathMTU) Merge(other audit.Fold) {
	o := other.(*pathMTU)
	r.seen, r.judged = r.seen+o.seen, r.judged+o.judged
	r.groups.Merge(&o.groups)
	r.clients.Merge(&o.clients)
}

// Close implements audit.Fold.
func (r *pathMTU) Close(s *audit.Scope) {
	groups, judged := r.groups.Copy(), r.judged
	pass := wording.New("med014.media", "media is not fragmented")
	for _, c := range r.clients.All {
		switch hole := c.swallowed(s); {
		case hole > 0:
			g := groups.At(c.group.Subject)
			g.Merge(c.group, &mtuCitation)
			g.Count += hole
			g.Raise(record.Probable)
			g.Hows.Add("full-size segments never acknowledged", hole)
			g.Sum("fails", hole)
		case c.full[0] == 0 || c.full[1] == 0 || c.stuck != [2]int64{}:
			continue
		}
		judged += c.connections
		pass = wording.New("med014.pass", "large packets pass, and media is not fragmented")
	}
	for g := range groups.All {
		s.Report(g, mtuVerdict(s, g))
	}
	s.Conclude(audit.Outcome{
		Of:   wording.Noun{One: "Webex flow with a handshake or media", Many: "Webex flows with a handshake or media"},
		Seen: r.seen, Judged: judged, Pass: pass,
		Missing: wording.New("med014.missing", "segments near the MSS that were acknowledged, in both "+
			"directions: connections from their SYN on that also send much"),
	})
}

// swallowed is how many connections show that only small segments pass in a direction.
func (c *segments) swallowed(s *audit.Scope) (n int64) {
	for i := range c.full {
		if float64(c.stuck[i]) >= s.Value(holeFlows) && c.full[i] == 0 && c.small[i] > 0 {
			n += c.stuck[i]
		}
	}
	return n
}

func mtuVerdict(s *audit.Scope, g *audit.Group) audit.Verdict {
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("med014.fail", "%s of %s in %s: %s", wording.Count(g.Count, "flow", "flows"), clients(g),
			subject(g), howOften(g)),
		Expected: wording.New("med014.expected", "an MTU of at least %s bytes (1500 is recommended), no fragments",
			wording.Decimal(s.Value(smallMTU))),
		Actual: wording.New("med014.actual", "%s", howOften(g)),
	}
	if g.Sums["fails"] == 0 {
		v.State, v.Severity = record.Warn, record.Low
		v.Summary = wording.New("med014.tcp", "%s; this is of TCP: media over UDP was not seen in fragments", v.Summary)
		v.Remediation = wording.New("med014.tcp.remedy", "Where video is poor raise the MTU of tunnels and WAN links "+
			"to 1500, at least 1300; let ICMP fragmentation-needed through.")
	}
	return v
}

// minMTU6 is what every IPv6 link carries (RFC 8200 section 5).
const minMTU6 = 1280

// leastMTU is what the handshake of the flow ought to leave.
func leastMTU(e *audit.Env, f *observe.Flow) float64 {
	if f.SrcIP.Unmap().Is4() {
		return e.Value(smallMTU)
	}
	return min(e.Value(smallMTU), minMTU6)
}

// fragmentsCount reports whether the flow is media of enough packets to speak of the share of fragments.
func fragmentsCount(e *audit.Env, f *observe.Flow) bool {
	return f.Function.IsMedia() && f.Proto == "udp" && float64(f.PacketsFwd+f.PacketsRev) >= e.Value(fragmentPackets)
}
