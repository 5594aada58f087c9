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
	handshakeMs = audit.NewLimit("WXA-SIG-004.max_ms", "ms", 600, 400, 300, 1, 60_000,
		"ours: by analogy with the latency limit of Control Hub analytics",
		"handshake time that one in twenty connections may not reach")
	repeatedPercent = audit.NewLimit("WXA-SIG-004.max_percent", "%", 5, 2, 1, 0, 100,
		"ours: beyond it TCP's rate breaks down on long paths",
		"share of retransmitted packets")
	pathHandshakes = audit.NewLimit("WXA-SIG-004.min_handshakes", "handshakes", 40, 20, 20, 1, 1e6,
		"ours: one in twenty needs twenty",
		"minimum number of handshakes of a site")
	pathPackets = audit.NewLimit("WXA-SIG-004.min_packets", "packets", 1000, 300, 100, 1, 1e6,
		"ours: a few packets more or less must not decide",
		"minimum number of packets of a site's signalling")
)

var sig004 = &audit.Rule{
	ID: "WXA-SIG-004", Title: "Path of signalling is poor", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "Webex signalling needs many retransmissions, or its connections take long to open.",
		Why:  "Joining, muting, rosters and call control are late, and media that shares the path suffers as well.",
		Trigger: "Over the signalling connections of a site: more than max_percent of the packets are " +
			"retransmissions (at least min_packets packets), or one in twenty handshakes takes max_ms or longer (at " +
			"least min_handshakes).",
		LookAlikes: "Duplicates that the mirror makes are taken out before. A retransmission that the capture shows " +
			"once may be a segment that the capture lost: the rule is not assessable where the capture itself loses " +
			"packets. Where one client sent or was sent most of the repeated packets of its site, the finding " +
			"is about that client, and the site is judged without it.",
		Verify: "Wireshark: `tcp.analysis.retransmission`, and `tcp.analysis.initial_rtt > 0.4`.",
	},
	Remediation: "Find the congested or lossy leg: compare the sites, then the access (Wi-Fi), the WAN edge and the " +
		"provider.",
	Refs:       []string{"RFC 6298", "Control Hub analytics: latency"},
	Rows:       []string{"names"},
	Needs:      []string{"flow with tcp", "a capture without loss of its own"},
	Thresholds: []*audit.Limit{handshakeMs, repeatedPercent, pathHandshakes, pathPackets},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &signallingPaths{env: e, clients: audit.NewTable(maxDevices, netip.Addr.Compare,
			func(a netip.Addr) *audit.Group { return e.NewPart(e.SubjectOf(a)) },
			func(into, from *audit.Group) { into.Merge(from, &repeatCitation) })}
	}),
}

// mostPercent is from what share of its site's repeated packets on a client stands alone.
const mostPercent = 80

var repeatCitation = audit.Citation{Kind: "counter", Largest: true, Fields: func(f *observe.Flow) map[string]string {
	return map[string]string{"retransmitted_fwd": fmt.Sprint(f.TCP.RetransFwd),
		"retransmitted_rev": fmt.Sprint(f.TCP.RetransRev)}
}}

// signallingPaths count packets, repetitions and handshake times of each client.
type signallingPaths struct {
	env     *audit.Env
	clients audit.Table[netip.Addr, audit.Group]
}

// Sums of a client.
const (
	connections = "connections"
	packets     = "packets"
)

// Add implements audit.Fold.
func (p *signallingPaths) Add(f *observe.Flow) {
	if !observe.Signals(f.Flow) || f.TCP == nil {
		return
	}
	g := p.clients.At(f.From)
	g.Sum(connections, 1)
	g.Sum(packets, f.PacketsFwd+f.PacketsRev)
	repeated := f.TCP.RetransFwd + f.TCP.RetransRev
	g.Count += repeated
	slow := false
	if ms := f.TCP.HandshakeRTTMs; ms != nil {
		g.Samples.Add(*ms)
		slow = *ms >= p.env.Value(handshakeMs)
	}
	if repeated > 0 || slow {
		g.Flow(p.env, f, &repeatCitation)
	}
}

// Merge implements audit.Fold.
func (p *signallingPaths) Merge(o audit.Fold) { p.clients.Merge(&o.(*signallingPaths).clients) }

// Close implements audit.Fold.
func (p *signallingPaths) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "signalling connection", Many: "signalling connections"},
		Pass: wording.New("sig004.pass", "signalling is neither repeated nor late"),
		Missing: wording.New("sig004.few", "at least %s or %s of a site", wording.Count(int64(s.Value(pathPackets)),
			"packet", "packets"),
			wording.Count(int64(s.Value(pathHandshakes)), "handshake", "handshakes")),
	}
	for g := range p.sites(s) {
		o.Seen += g.Sums[connections]
		if s.LossGate == "" {
			judgeSignalling(s, g, &o)
		}
	}
	if s.LossGate != "" {
		o.Missing = wording.New("loss.gate", "%s", s.LossGate)
	}
	s.Conclude(o)
}

// sites yields the groups to be judged: a client with most of its site's repetitions alone, the other clients by
// their sites.
func (p *signallingPaths) sites(s *audit.Scope) func(func(*audit.Group) bool) {
	repeated, members := map[record.Subject]int64{}, map[record.Subject]int64{}
	for _, g := range p.clients.All {
		repeated[g.Subject] += g.Count
		members[g.Subject]++
	}
	groups := audit.NewGroups(&repeatCitation)
	for a, g := range p.clients.All {
		to := g.Subject
		if members[to] > 1 && float64(g.Sums[packets]) >= s.Value(pathPackets) && percent(g.Count,
			repeated[to]) > mostPercent {
			to = record.Subject{Kind: "client", Key: a.String()}
		}
		groups.At(to).Join(g, &repeatCitation)
	}
	return groups.All
}

func judgeSignalling(s *audit.Scope, g *audit.Group, o *audit.Outcome) {
	enoughPackets := float64(g.Sums[packets]) >= s.Value(pathPackets)
	enoughHandshakes := float64(g.Samples.Len()) >= s.Value(pathHandshakes)
	repeated, late := 0.0, 0.0
	if enoughPackets {
		repeated = percent(g.Count, g.Sums[packets])
	}
	if enoughHandshakes {
		late = g.Samples.At(g.Samples.Len() * 19 / 20)
	}
	if !enoughPackets && !enoughHandshakes {
		return
	}
	o.Judged += g.Sums[connections]
	if repeated <= s.Value(repeatedPercent) && late < s.Value(handshakeMs) {
		return
	}
	g.Raise(record.Probable)
	what := wording.New("sig004.repeated", "%s of the packets repeated", wording.Percent(repeated))
	if late >= s.Value(handshakeMs) {
		what = wording.New("sig004.late", "%s, one in twenty handshakes takes %s", what, milliseconds(late))
	}
	s.Report(g, audit.Verdict{
		State:   record.Fail,
		Summary: signallingOf(g, what),
		Expected: wording.New("sig004.expected", "at most %s repeated, handshakes under %s",
			wording.Percent(s.Value(repeatedPercent)),
			milliseconds(s.Value(handshakeMs))),
		Actual: what,
	})
}

func signallingOf(g *audit.Group, what wording.Text) wording.Text {
	if g.Subject.Kind == "client" {
		return wording.New("sig004.client", "signalling of %s: %s, unlike its neighbours", subject(g), what)
	}
	return wording.New("sig004.fail", "signalling of %s in %s: %s", clients(g), subject(g), what)
}
