package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var edgeAudioTries = audit.NewLimit("WXA-EXP-007.min_tries", "connections", 5, 3, 2, 1, 1000, "ours: one lost SYN is chance",
	"minimum number of connections to one port that did not open, with none that did")

var exp007 = &audit.Rule{
	ID: "WXA-EXP-007", Version: "2", Title: "Edge Audio ports are blocked", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Signalling or media of Edge Audio does not get through.",
		Why:  "Call-back and dial-in over the enterprise's own trunks fail, and meetings fall back to the public telephone network.",
		Trigger: "At least min_tries TCP connections of Edge Audio between a declared host and the cloud do not open, " +
			"none does; or at least min_packets media packets to the cloud get none back, where other flows of the " +
			"host show both directions: the cloud's media does not come in.",
		LookAlikes: "Without a declared host nothing is judged: its ports are SIP like any other. The host may be an " +
			"Expressway too: what belongs to the Expressway alone is not Edge Audio. Media that the cloud sends " +
			"without an answer is no block: the media row of the article is inbound only.",
		Verify: "Wireshark: `ip.addr == E && (tcp.port in {5061, 5062, 5065} || udp)`.",
	},
	Remediation: "Open TCP 5061 and 5062 inbound, 5061 and 5065 outbound, and UDP 8000-59999 inbound for media, between " +
		"the host and the Webex subnets.",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: Edge Audio"},
	Rows:       []string{"ports-expressway", "prefixes"},
	Needs:      []string{"flow", "Edge Audio hosts declared in the site file", "both directions"},
	Thresholds: []*audit.Limit{traversalPackets, edgeAudioTries, settle},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &edgeAudio{openings: newOpenings(e), media: audit.NewGroups(&edgeAudioCitation)}
	}),
}

var edgeAudioCitation = audit.Citation{Kind: "absence", Largest: true}

// edgeAudio remembers the connections of the hosts, and their media without anything back.
type edgeAudio struct {
	openings
	seen, judged int64
	media        audit.Groups // Count of packets
}

// Add implements audit.Fold.
func (r *edgeAudio) Add(f *observe.Flow) {
	if f.Service != record.EdgeAudio || !isClient(r.env, f, site.EdgeAudio) && !isServer(r.env, f, site.EdgeAudio) {
		return
	}
	if f.Proto == "tcp" {
		s := ends(f)
		s.Key += fmt.Sprintf(":%d", f.DstPort)
		r.add(f, s)
		return
	}
	r.seen++
	switch {
	case f.PacketsFwd > 0 && f.PacketsRev > 0:
		r.judged++
	case float64(f.PacketsFwd) >= r.env.Value(traversalPackets) && f.SeesSrc && isClient(r.env, f, site.EdgeAudio) &&
		f.ClientIsSource():
		r.judged++
		g := r.media.At(ends(f))
		g.Flow(r.env, f, &edgeAudioCitation)
		g.Count += f.PacketsFwd
		g.Raise(record.Probable)
	}
}

// Merge implements audit.Fold.
func (r *edgeAudio) Merge(other audit.Fold) {
	o := other.(*edgeAudio)
	r.seen, r.judged = r.seen+o.seen, r.judged+o.judged
	r.of.Merge(&o.of)
	r.media.Merge(&o.media)
}

// Close implements audit.Fold.
func (r *edgeAudio) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "flow of Edge Audio", Many: "flows of Edge Audio"}, Seen: r.seen, Judged: r.judged,
		Pass: wording.New("exp007.pass", "Edge Audio gets through"), Missing: wording.New("exp007.missing", "both directions of the host's traffic")}
	for _, g := range r.closed(s.Value(edgeAudioTries), &o) {
		s.Report(g, audit.Verdict{State: record.Fail,
			Summary: wording.New("exp007.signalling", "none of %s of Edge Audio (%s) opened (%s)", wording.CountOf(g.Count, connectionNoun), subject(g),
				howOften(g)),
			Expected: wording.New("exp007.opened", "a SYN-ACK"),
			Actual:   wording.New("exp007.how", "%s", howOften(g))})
	}
	for g := range r.media.All {
		s.Report(g, audit.Verdict{State: record.Fail,
			Summary:  wording.New("exp007.media", "%s of Edge Audio media (%s), none back", wording.Count(g.Count, "packet", "packets"), subject(g)),
			Expected: wording.New("exp007.expected", "media in both directions"),
			Actual:   wording.New("exp007.actual", "0 packets back")})
	}
	s.Conclude(o)
}
