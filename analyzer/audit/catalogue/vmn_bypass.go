package catalogue

import (
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	bypassPercent = audit.NewLimit("WXA-VMN-001.max_percent", "%", 50, 20, 10, 0, 100, "ours: some overflow is by design",
		"share of a site's clients that have media with the cloud only")
	bypassClients = audit.NewLimit("WXA-VMN-001.min_clients", "clients", 5, 2, 1, 1, 1e6, "ours: one client may have been sent away",
		"minimum number of such clients")
	meshFar = audit.NewLimit("WXA-VMN-001.overflow_ms", "ms", 250, 250, 250, 1, 10_000, "published: Deployment Guide for Cisco Webex Video Mesh",
		"round trip to the mesh from which a client goes to the cloud by design")
)

var vmn001 = &audit.Rule{
	ID: "WXA-VMN-001", Version: "2", Title: "Clients bypass the Video Mesh", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Clients of a site exchange meeting media with the cloud although mesh nodes carry media of other clients of the site.",
		Why:  "The media that the mesh was to keep off the Internet link goes over it.",
		Trigger: "At least min_clients clients of a site, and more than max_percent of its clients with meeting media, have media with the " +
			"cloud only, while a mesh node carries media of clients of the same site. The finding is only possible: packets do not " +
			"show capacity nor who is a guest.",
		LookAlikes: "Full-featured meetings (UDP 9000) and guests go to the cloud by design, and so do clients whose round trip to the node is " +
			"overflow_ms or more: the first and the last are left out. A full cluster sends clients to the cloud: look at its capacity first. Tests of reachability " +
			"are no use of the mesh. A client with media in the cloud and in the mesh is counted for the mesh.",
		Verify: "Wireshark: `udp.port == 5004`, then Statistics > Conversations, tab UDP: which clients speak with the nodes, which with " +
			"published ranges.",
	},
	Remediation: "Check that the clients reach the nodes on UDP 5004, that the cluster has capacity, and that it is chosen for the network in Control Hub.",
	Refs:        []string{"Deployment Guide for Cisco Webex Video Mesh", "Preferred Architecture for Webex Hybrid Services, CVD 2020"},
	Rows:        []string{"ports-mesh", "prefixes"},
	Needs:       []string{"flow", "mesh nodes declared or learnt"},
	Thresholds:  []*audit.Limit{secondPort, bypassPercent, bypassClients, meshFar},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &meshUse{env: e, of: audit.NewTable(maxClients, netip.Addr.Compare, func(netip.Addr) *meshClient {
			return &meshClient{}
		}, (*meshClient).merge)}
	}),
}

// meshUse remembers where each client had its meeting media.
type meshUse struct {
	env   *audit.Env
	nodes bool // a mesh node was seen
	of    audit.Table[netip.Addr, meshClient]
}

type meshClient struct {
	subject  record.Subject
	mesh     bool         // media with a node
	far      bool         // a node is too far for it
	cloud    *audit.Group // media with published ranges
	answered bool
}

func (m *meshClient) merge(o *meshClient) {
	m.mesh, m.far, m.answered = m.mesh || o.mesh, m.far || o.far, m.answered || o.answered
	if o.subject.Kind != "" {
		m.subject = o.subject
	}
	switch {
	case m.cloud == nil:
		m.cloud = o.cloud
	case o.cloud != nil:
		m.cloud.Merge(o.cloud, &largestFlows)
	}
}

var largestFlows = audit.Citation{Kind: "packet-range", Largest: true}

// Add implements audit.Fold.
func (r *meshUse) Add(f *observe.Flow) {
	meeting := f.Service == record.Meetings || f.Service == record.Mesh || f.Service == record.Government
	r.nodes = r.nodes || f.ServerRole == "mesh-node" || f.ClientRole == "mesh-node"
	if !meeting || f.Proto != "udp" || f.ClientRole == "mesh-node" || f.Down().Packets == 0 {
		return
	}
	if f.ServerRole == "mesh-node" {
		r.inMesh(f)
		return
	}
	if !f.Function.IsMedia() || f.Prefix == "" || f.Server().Port() == uint16(r.env.Value(secondPort)) {
		return
	}
	m := r.of.At(f.From)
	m.subject, m.answered = f.Subject, true
	if m.cloud == nil {
		m.cloud = r.env.NewPart(f.Subject)
	}
	m.cloud.Flow(r.env, f, &largestFlows)
}

// inMesh notes an answered flow to a node of the mesh.
func (r *meshUse) inMesh(f *observe.Flow) {
	if f.STUN != nil && f.STUN.RTTMs != nil && *f.STUN.RTTMs >= r.env.Value(meshFar) {
		r.of.At(f.From).far = true
	}
	if f.Function.IsMedia() {
		m := r.of.At(f.From)
		m.subject, m.answered, m.mesh = f.Subject, true, true
	}
}

// Merge implements audit.Fold.
func (r *meshUse) Merge(other audit.Fold) {
	o := other.(*meshUse)
	r.nodes = r.nodes || o.nodes
	r.of.Merge(&o.of)
}

// Close implements audit.Fold.
func (r *meshUse) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "client with meeting media", Many: "clients with meeting media"},
		Pass: wording.New("vmn001.pass", "clients use the mesh"), Missing: wording.New("vmn001.missing", "a mesh node that carries media of clients of the same site"),
		Absent: wording.New("vmn001.absent", "no Video Mesh node in this capture")}
	if !r.nodes {
		s.Conclude(audit.Outcome{Of: o.Of, Absent: o.Absent})
		return
	}
	groups := audit.NewGroups(&largestFlows) // Seen: clients, Judged: of these in the mesh, Count: those past it
	for _, m := range r.of.All {
		if !m.answered || m.far && !m.mesh {
			continue
		}
		g := groups.At(m.subject)
		g.Seen++
		if m.mesh {
			g.Judged++
			continue
		}
		g.Merge(m.cloud, &largestFlows)
		g.Count++
	}
	for g := range groups.All {
		o.Seen += g.Seen
		if g.Judged == 0 {
			continue
		}
		o.Judged += g.Seen
		if float64(g.Count) >= s.Value(bypassClients) && percent(g.Count, g.Seen) > s.Value(bypassPercent) {
			s.Report(g, bypassed(g))
		}
	}
	s.Conclude(o)
}

func bypassed(g *audit.Group) audit.Verdict {
	return audit.Verdict{State: record.Warn, Confidence: record.Possible,
		Summary: wording.New("vmn001.warn", "%d of %s in %s have media with the cloud only (%s, %s), although a mesh node carries media there", g.Count,
			wording.Count(g.Seen, "client", "clients"), subject(g), wording.Seconds(g.Seconds()), wording.Bytes(g.Bytes)),
		Expected: wording.New("vmn001.expected", "media with the mesh nodes of the site"),
		Actual:   wording.New("vmn001.actual", "%s past the mesh", wording.Count(g.Count, "client", "clients"))}
}
