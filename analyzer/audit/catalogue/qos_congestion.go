package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	congestionShare = audit.NewLimit("WXA-QOS-011.max_percent", "%", 1, 0.1, 0, 0, 100, "ours",
		"share of packets with ECN that are marked Congestion Experienced")
	congestionFrom = audit.NewLimit("WXA-QOS-011.min_packets", "packets", 10_000, 1000, 100, 1, audit.Unbounded,
		"ours: one mark must not decide", "minimum number of packets with ECN of a site")
)

var qos011 = &audit.Rule{
	ID: "WXA-QOS-011", Title: "Network signals congestion", Severity: record.Low,
	Doc: audit.Doc{
		What: "Routers mark packets of Webex flows as having experienced congestion.",
		Why:  "ECN says before packets are lost that a queue is long: loss and delay come next.",
		Trigger: "Of the packets whose sender knows ECN, more than max_percent are marked Congestion " +
			"Experienced, with at least min_packets such packets in a site's Webex flows.",
		LookAlikes: "Packets without ECN say nothing: without any the rule is not observed. L4S (ECT(1)) marks " +
			"earlier and more often: a warning only.",
		Verify: "Wireshark: `ip.dsfield.ecn == 3` against `ip.dsfield.ecn > 0`.",
	},
	Remediation: "Look for the full queue on the path: capacity, shaping, Wi-Fi.",
	Refs:        []string{"RFC 3168 section 5", "RFC 9331"},
	Rows:        []string{"names", "prefixes"},
	Needs:       []string{"flow"},
	Thresholds:  []*audit.Limit{congestionShare, congestionFrom},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &congestion{env: e, groups: audit.NewGroups(&congestionCitation)}
	}),
}

// congestion counts packets with ECN (RFC 3168) by site.
type congestion struct {
	env    *audit.Env
	groups audit.Groups
}

var congestionCitation = audit.Citation{Kind: "counter", Largest: true, Fields: func(f *observe.Flow) map[string]string {
	return map[string]string{"ect": fmt.Sprint(f.ECNECT), "ce": fmt.Sprint(f.ECNCE)}
}}

// Add implements audit.Fold.
func (c *congestion) Add(f *observe.Flow) {
	if f.ECNECT == 0 {
		return
	}
	g := c.groups.At(f.Subject)
	g.Seen++
	g.Sum("ect", f.ECNECT)
	if f.ECNCE > 0 {
		g.Count += f.ECNCE
		g.Flow(c.env, f, &congestionCitation)
	}
}

// Merge implements audit.Fold.
func (c *congestion) Merge(o audit.Fold) { c.groups.Merge(&o.(*congestion).groups) }

// Close implements audit.Fold.
func (c *congestion) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "Webex flow with ECN", Many: "Webex flows with ECN"},
		Pass:    wording.New("qos011.pass", "no congestion is signalled"),
		Missing: wording.New("qos011.missing", "enough packets whose sender knows ECN")}
	for g := range c.groups.All {
		o.Seen += g.Seen
		if float64(g.Sums["ect"]) < s.Value(congestionFrom) {
			continue
		}
		o.Judged += g.Seen
		pct := percent(g.Count, g.Sums["ect"])
		if pct <= s.Value(congestionShare) {
			continue
		}
		s.Report(g, audit.Verdict{
			State: record.Warn, Confidence: record.Confirmed,
			Summary: wording.New("qos011.warn", "%s of the packets with ECN of %s in %s are marked Congestion Experienced",
				wording.Percent(pct), wording.Count(g.Flows, "flow", "flows"), subject(g)),
			Expected: wording.New("qos011.expected", "at most %s", wording.Percent(s.Value(congestionShare))),
			Actual:   wording.New("qos011.actual", "%d of %d", g.Count, g.Sums["ect"]),
		})
	}
	s.Conclude(o)
}
