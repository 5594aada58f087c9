package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	stallsAMinute = audit.NewLimit("WXA-QUA-011.max_per_minute", "time-outs", 3, 1, 0.5, 0, 1000, "ours", "retransmissions by time-out a minute")
	stallFrom     = audit.NewLimit("WXA-QUA-011.min_ms", "ms", 500, 300, 200, 1, 60_000, "ours: no jitter buffer bridges it", "longest stall from which the connection is held up")
)

var qua011 = &audit.Rule{
	ID: "WXA-QUA-011", Title: "Media over TCP or TLS stalls", Severity: record.High,
	Doc: audit.Doc{
		What: "Media on a TCP connection waits for retransmissions that come by time-out.",
		Why: "Until the lost segment is there everything behind it waits, a fifth of a second and longer: " +
			"users hear a break, then a rush. UDP would have lost 20 ms.",
		Trigger: "On a connection that carries media by WXA-MED-001 to 003, more than max_per_minute " +
			"retransmissions by time-out a minute (a shorter connection counts as one minute), the " +
			"longest of min_ms or more from the first sight of the segment to its retransmission.",
		LookAlikes: "Fast retransmissions repair a loss within a round trip and do not count, nor do " +
			"retransmissions that the receiver had acknowledged, keep-alives, or a sender that pauses " +
			"with nothing outstanding. A retransmission whose first copy the capture lost is one all the " +
			"same. Of a proxied call this is the leg to the proxy only.",
		Verify: "Wireshark: `tcp.analysis.retransmission && !tcp.analysis.fast_retransmission && " +
			"!tcp.analysis.spurious_retransmission` in the conversation, column tcp.analysis.rto.",
	},
	Remediation: openUDP,
	Refs:        []string{"RFC 6298", "Network Requirements for Webex Services, WBX000028782: UDP is preferred for media"},
	Rows:        []string{"names", "prefixes"},
	Needs:       []string{"flow with tcp and media_pattern"},
	Thresholds:  []*audit.Limit{mediaBytes, mediaSeconds, mediaWindows, shortSeconds, stallsAMinute, stallFrom},
	Under:       []audit.Root{{Rule: "WXA-MED-001"}, {Rule: "WXA-MED-002"}, {Rule: "WXA-MED-003"}},
	Judge:       audit.Custom(func(e *audit.Env) audit.Fold { return &stalls{env: e, groups: audit.NewGroups(&stallCitation)} }),
}

// stalls gathers media connections that time-outs held up.
type stalls struct {
	env          *audit.Env
	seen, judged int64
	groups       audit.Groups
}

var stallCitation = audit.Citation{Kind: "packet-range", Largest: true, Fields: func(f *observe.Flow) map[string]string {
	return map[string]string{"rto_fwd": fmt.Sprint(f.TCP.RTOFwd), "rto_rev": fmt.Sprint(f.TCP.RTORev),
		"stall_max_ms": fmt.Sprintf("%.0f", f.TCP.StallMaxMs), "fast_retransmitted": fmt.Sprint(f.TCP.FastFwd + f.TCP.FastRev)}
}}

// Add implements audit.Fold.
func (x *stalls) Add(f *observe.Flow) {
	if !observe.OverTCP(f.Transport) || f.TCP == nil || !mediaLike(x.env, f) {
		return
	}
	p := cadence(x.env, f)
	media := p.media && !p.short
	if media || p.unclear {
		x.seen++
	}
	if !media {
		return
	}
	x.judged++
	n := f.TCP.RTOFwd + f.TCP.RTORev
	rate := float64(n) / max(f.Lasted().Minutes(), 1)
	if rate <= x.env.Value(stallsAMinute) || f.TCP.StallMaxMs < x.env.Value(stallFrom) {
		return
	}
	g := x.groups.At(f.Subject)
	g.Flow(x.env, f, &stallCitation)
	g.Count++
	g.Host(f.Server().String())
	g.Raise(p.conf)
	g.Sum("stalls", n)
	g.Extreme("longest", f.TCP.StallMaxMs, wording.Text{})
}

// Merge implements audit.Fold.
func (x *stalls) Merge(other audit.Fold) {
	o := other.(*stalls)
	x.seen, x.judged = x.seen+o.seen, x.judged+o.judged
	x.groups.Merge(&o.groups)
}

// Close implements audit.Fold.
func (x *stalls) Close(s *audit.Scope) {
	for g := range x.groups.All {
		n, longest := wording.Count(g.Sums["stalls"], "time-out", "time-outs"), milliseconds(g.Worst["longest"].Value)
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("qua011.fail", "%s of %s in %s stalled: %s in %s, the longest %s",
				wording.Count(g.Count, "media connection", "media connections"), clients(g), subject(g), n, wording.Seconds(g.Seconds()), longest),
			Expected: wording.New("qua011.expected", "at most %s a minute", wording.Count(int64(s.Value(stallsAMinute)), "time-out", "time-outs")),
			Actual:   wording.New("qua011.actual", "%s, up to %s", n, longest),
		})
	}
	s.Conclude(audit.Outcome{Of: wording.Noun{One: "media connection over TCP or TLS", Many: "media connections over TCP or TLS"},
		Seen: x.seen, Judged: x.judged, Pass: wording.New("qua011.pass", "no time-out holds them up"),
		Missing: wording.New("qua011.missing", "the cadence of the flow: capture it from its beginning, with whole packets")})
}
