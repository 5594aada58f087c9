package catalogue

import (
	"cmp"
	"fmt"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	farFrom = audit.NewLimit("WXA-QUA-015.min_ms", "ms", 150, 100, 80, 1, 10_000, "published: ITU-T G.114: 150 ms one way; two thirds of it",
		"minimum round trip of media through a node that is called far")
	farFactor = audit.NewLimit("WXA-QUA-015.min_factor", "times", 5, 3, 2, 1, 1000, "ours",
		"by how much it must exceed the client's best round trip to another node")
)

var qua015 = &audit.Rule{
	ID: "WXA-QUA-015", Title: "Media runs through a far node", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A client's media goes to a media node with a long round trip, although another node answered the same client much sooner.",
		Why: "Webex chooses nodes by transport, delay and load. A far one means delay for everybody, and often that the near ones were not " +
			"reachable, or that the meeting was opened in another region.",
		Trigger: "The median STUN round trip of a media flow is min_ms or more and min_factor times the shortest that the same client had with a " +
			"published media node in the capture.",
		LookAlikes: "A path that is slow to all nodes is WXA-QUA-003's. A meeting whose host lives elsewhere may be far by design: look at the others' nodes.",
		Verify:     "Wireshark: `stun && ip.addr == CLIENT`: times from request to response by node; the node's name in its certificate holds an airport code.",
	},
	Remediation: "See why the near nodes were not used: are UDP 5004 and 9000 open to all published ranges, does DNS answer with the region of the site, " +
		"where was the meeting opened?",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: the cloud assigns nodes by transport, round trip and load"},
	Rows:       []string{"prefixes", "stun"},
	Needs:      []string{"flow with stun to two media nodes"},
	Thresholds: []*audit.Limit{farFactor, farFrom},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		order := netip.Addr.Compare
		return &farNode{env: e, best: audit.NewTable(maxPlanClients, order, func(netip.Addr) *nearest {
			return &nearest{}
		}, func(a, b *nearest) { a.take(b.ms, b.node) }),
			media: audit.NewTimelines[farFlow]()}
	}),
}

// farNode remembers each client's nearest node and its media flows.
type farNode struct {
	env   *audit.Env
	best  audit.Table[netip.Addr, nearest]
	media audit.Timelines[farFlow]
}

type nearest struct {
	ms   float64
	node string
}

func (n *nearest) take(ms float64, node string) {
	if n.node == "" || ms < n.ms || ms == n.ms && node < n.node {
		n.ms, n.node = ms, node
	}
}

type farFlow struct {
	ms      float64
	node    string
	subject record.Subject
	ref     audit.Ref
}

var farCitation = audit.Citation{Kind: "transaction", Keys: []string{"stun-request", "stun-answer"}, Fields: func(f *observe.Flow) map[string]string {
	m := roundTrip(f)
	if m == nil {
		m = map[string]string{}
	}
	m["node"] = fmt.Sprint(cmp.Or(observe.NameOf(f.Flow), f.Server().Addr().String()))
	return m
}}

// Add implements audit.Fold.
func (n *farNode) Add(f *observe.Flow) {
	if f.Proto != "udp" || f.STUN == nil || f.STUN.RTTMs == nil || f.Prefix == "" {
		return
	}
	node := f.Server().Addr().String()
	n.best.At(f.From).take(*f.STUN.RTTMs, node)
	if f.Function.IsMedia() && len(f.Streams) > 0 {
		n.media.Add(f.From, f.StartTime, f.FlowID, farFlow{*f.STUN.RTTMs, node, f.Subject, n.env.Ref(f, &farCitation)})
	}
}

// Merge implements audit.Fold.
func (n *farNode) Merge(other audit.Fold) {
	o := other.(*farNode)
	n.best.Merge(&o.best)
	n.media.Merge(&o.media)
}

// Close implements audit.Fold.
func (n *farNode) Close(s *audit.Scope) {
	out := audit.Outcome{Of: wording.Noun{One: "media flow with a round trip", Many: "media flows with a round trip"},
		Pass:    wording.New("qua015.pass", "no near node was passed over"),
		Missing: wording.New("qua015.missing", "answers of two media nodes to the same client: a capture from before the client starts")}
	groups := audit.NewGroups(&farCitation)
	for client, events := range n.media.All {
		best := n.best.Find(client)
		for _, e := range events {
			out.Seen++
			if best == nil || best.node == e.What.node {
				continue
			}
			out.Judged++
			if e.What.ms < s.Value(farFrom) || e.What.ms < s.Value(farFactor)*best.ms {
				continue
			}
			g := groups.At(e.What.subject)
			g.Count++
			g.Add(e.What.ref, &farCitation)
			g.Host(e.What.node)
			g.Raise(record.Probable)
			g.Extreme("worst", e.What.ms, wording.New("qua015.best", "%s to %s", milliseconds(best.ms), wording.Name(best.node)))
		}
	}
	for g := range groups.All {
		worst := g.Worst["worst"]
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("qua015.fail", "%s of %s in %s through a far node: a round trip of %s (nodes %s), while another took %s",
				wording.Count(g.Count, "media flow", "media flows"), clients(g), subject(g), milliseconds(worst.Value), hosts(g), worst.Of),
			Expected: wording.New("qua015.expected", "media through a near node"),
			Actual:   wording.New("qua015.actual", "%s instead of %s", milliseconds(worst.Value), worst.Of),
		})
	}
	s.Conclude(out)
}
