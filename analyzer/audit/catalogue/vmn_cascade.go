package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var cascadePackets = audit.NewLimit("WXA-VMN-002.min_packets", "packets", 50, 20, 10, 1, 1e6,
	"ours: a test sends fewer", "minimum number of UDP packets of a node without one back")

var vmn002 = &audit.Rule{
	ID: "WXA-VMN-002", Title: "Mesh cascade is degraded", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A Video Mesh node gets no answer from the cloud over UDP, or cascades over TCP.",
		Why: "The cascade carries the media of all participants behind the node: over TCP it suffers from every " +
			"loss, and without it those outside are missing.",
		Trigger: "At least min_packets UDP packets of a node to published ranges without one back, on any port, " +
			"while none of its UDP flows to the cloud is answered; or media of a node to the cloud over TCP.",
		LookAlikes: "A single silent address among answered ones is a test. Only declared or learnt nodes are judged.",
		Verify: "Wireshark: `ip.src == NODE && (udp.dstport in {5004, 9000} || udp.dstport in {50000..53000})` " +
			"against `ip.dst == NODE && udp`; `ip.addr == NODE && tcp.port == 5004`.",
	},
	Remediation: "Open UDP 5004, 9000 and 50000-53000 from the nodes to the Webex media subnets.",
	Refs: []string{"Deployment Guide for Cisco Webex Video Mesh: ports",
		networkRequirements + ": port table, Video Mesh nodes"},
	Rows:       []string{"ports-mesh", "prefixes"},
	Needs:      []string{"flow", "mesh nodes declared or learnt", "both directions"},
	Thresholds: []*audit.Limit{cascadePackets},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &cascades{env: e, groups: audit.NewGroups(&largestFlows)}
	}),
}

// cascades are the flows of each mesh node to the cloud. A group's Count is its UDP packets in flows without answer.
type cascades struct {
	env          *audit.Env
	seen, judged int64
	groups       audit.Groups
}

// Sums of a group.
const (
	cascadeTCP      = "bytes of media over TCP"
	cascadeAnswered = "UDP flows with an answer"
)

// Add implements audit.Fold.
func (c *cascades) Add(f *observe.Flow) {
	if f.ClientRole != "mesh-node" || f.ServerRole != "cloud" {
		return
	}
	c.seen++
	g := c.groups.At(record.Subject{Kind: "host", Key: f.From.String()})
	switch {
	case f.Proto == "tcp" && f.Function.IsMedia() && observe.ShowsMedia(f):
		c.judged++
		g.Sum(cascadeTCP, f.BytesFwd+f.BytesRev)
	case f.Proto != "udp":
		return
	case f.Down().Packets > 0:
		c.judged++
		g.Sum(cascadeAnswered, 1)
		return
	case f.Sees:
		g.Count += f.Up().Packets
	default:
		return
	}
	g.Flow(c.env, f, &largestFlows)
	g.Raise(rolesSure(c.env, f))
}

// Merge implements audit.Fold.
func (c *cascades) Merge(other audit.Fold) {
	o := other.(*cascades)
	c.seen, c.judged = c.seen+o.seen, c.judged+o.judged
	c.groups.Merge(&o.groups)
}

// Close implements audit.Fold.
func (c *cascades) Close(s *audit.Scope) {
	for g := range c.groups.All {
		tcp := wording.New("vmn002.tcp", "%s of media over TCP", wording.Bytes(g.Sums[cascadeTCP]))
		silent := wording.New("vmn002.silent", "%s over UDP without answer",
			wording.Count(g.Count, "packet", "packets"))
		hears := g.Sums[cascadeAnswered] > 0 || float64(g.Count) < s.Value(cascadePackets)
		what := silent
		switch overTCP := g.Sums[cascadeTCP] > 0; {
		case hears && !overTCP:
			continue
		case hears:
			what = tcp
		case overTCP:
			what = wording.New("vmn002.both", "%s, %s", silent, tcp)
		}
		s.Report(g, audit.Verdict{
			State:    record.Fail,
			Summary:  wording.New("vmn002.fail", "mesh node %s: %s", wording.Name(g.Subject.Key), what),
			Expected: wording.New("vmn002.expected", "cascades over UDP, answered"),
			Actual:   what,
		})
	}
	s.Conclude(audit.Outcome{
		Of:   wording.Noun{One: "flow of a mesh node to the cloud", Many: "flows of a mesh node to the cloud"},
		Seen: c.seen, Judged: c.judged, Pass: wording.New("vmn002.pass", "cascades run over UDP and are answered"),
		Missing: wording.New("vmn002.missing", "both directions of the node's traffic")})
}
