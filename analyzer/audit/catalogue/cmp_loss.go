package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	lostBetween = audit.NewLimit("WXA-CMP-001.max_percent", "%", 1, 0.5, 0.1, 0.01, 100,
		"ours: half of the 1 % of Cisco UC design practice, as it is one part of the path", "packets of a stream lost between the two points")
	lostBefore = audit.NewLimit("WXA-CMP-004.max_percent", "%", 1, 0.5, 0.1, 0.01, 100,
		"ours: as WXA-CMP-001", "packets of a stream that neither point has")
	unseenFirst = audit.NewLimit("WXA-CMP-005.max_percent", "%", 1, 0.1, 0, 0, 100,
		"ours: a good capture lacks nothing", "packets of a stream that the second point has and the first lacks")
	tailFrom = audit.NewLimit("WXA-CMP-006.min_packets", "packets", 250, 100, 50, 10, audit.Unbounded,
		"ours: two seconds of audio", "packets that the first point alone has, before or behind what both have")
)

var cmp001 = &audit.Rule{
	ID: "WXA-CMP-001", Title: "Media is lost between the two points", Severity: record.High, Compares: true, Essential: true,
	Plain: "packets were lost between the two capture points (%s)",
	Doc: audit.Doc{
		What: "RTP packets that passed the first capture point did not come to the second.",
		Why: "What lies between the two points loses them: a policer, a full queue, a bad link, a firewall. Users hear " +
			"gaps or see frozen video.",
		Trigger: "Of the sequence numbers between the first and the last packet that both points have, max_percent or " +
			"more were seen at the first point alone, in a stream of min_packets or more.",
		LookAlikes: "What the capture at the second point lost by its own account (drops, gaps in the mirror's numbers) is " +
			"taken off; where it lost packets whose place is not known, the rule is not assessable. Packets on their way " +
			"when a capture began or ended do not count. Where a part of the packets takes another path that does not " +
			"pass the second point (load sharing packet by packet), they look lost: compare with the receiver's reports.",
		Verify: "Wireshark, in both captures: `rtp.ssrc == SSRC` with the column `rtp.seq`; numbers that only the first has.",
	},
	Remediation: "Look at what lies between the two points: interface errors and drops, policers and queues of the media's " +
		"class, the firewall. Move the points together until the loss is gone from between them.",
	Refs:       []string{comparedRef, "Cisco UC design practice: 1 % loss"},
	Needs:      []string{"comparison", "compared_stream"},
	Thresholds: []*audit.Limit{lostBetween, comparedFrom, poorLoss},
	Judge: audit.Whole(pointRule{pass: wording.New("cmp001.pass", "what passed the first point came to the second"),
		measure: lossBetween, report: reportBetween, fields: lossFields}.judge),
}

func lossFields(c *record.ComparedStream) map[string]string {
	return map[string]string{"between": wording.Percent(percent(*c.LostBetween, c.Expected)).String()}
}

func lossBetween(s *audit.Scope, c *record.ComparedStream) verdictOn {
	switch {
	case c.OnlyA+c.OnlyB == 0:
		return verdictOn{}
	case c.LostBetween == nil:
		return verdictOn{lacks: notOriented}
	}
	limit := s.Value(lostBetween)
	own, gate := secondLoses(s, c)
	lost := max(*c.LostBetween-own, 0)
	pct := percent(lost, c.Expected)
	switch {
	case percent(*c.LostBetween, c.Expected) < limit || *c.LostBetween < 2:
		return verdictOn{}
	case gate || pct < limit:
		return verdictOn{lacks: captureMay}
	}
	m := verdictOn{bad: true, value: pct, how: wayOf(c).String(), text: wording.New("cmp001.worst", "%s, %s of %s, %s", wording.Percent(pct),
		wording.Number(lost), wording.Count(c.Expected, "packet", "packets"), wayOf(c))}
	if own > 0 || *c.CaptureLost > 0 {
		m.conf = record.Probable
	}
	return m
}

func reportBetween(s *audit.Scope, g *audit.Group) audit.Verdict {
	worst, limit := g.Worst["worst"], s.Value(lostBetween)
	v := audit.Verdict{State: record.Fail, Severity: record.Medium,
		Summary: wording.New("cmp001.fail", "%s lost %s or more of the packets between the points: %s (worst: %s)", streamsAmong(g),
			wording.Percent(limit), wording.List(g.Hows.Keys()), worst.Of),
		Expected: wording.New("cmp001.expected", "loss below %s between the points", wording.Percent(limit)),
		Actual:   wording.New("cmp001.actual", "%s at worst", worst.Of)}
	if worst.Value >= s.Value(poorLoss) {
		v.Severity = record.High
	}
	return v
}

var cmp004 = &audit.Rule{
	ID: "WXA-CMP-004", Title: "Media is already incomplete at the first point", Severity: record.Medium, Compares: true,
	Plain: "packets were missing before they came to the first capture point (%s)",
	Doc: audit.Doc{
		What:    "RTP sequence numbers are missing at both capture points.",
		Why:     "They were lost between the sender and the first point: what lies between the points is not to blame for them.",
		Trigger: "Of the sequence numbers compared, max_percent or more were seen at neither point.",
		LookAlikes: "Two captures hardly ever miss the same packets of their own. A new numbering of the sender (a run of more " +
			"than 3,000 missing numbers) is not counted. A sender that skips numbers itself looks the same.",
		Verify: "Wireshark, in both captures: Telephony > RTP > RTP Streams, column Lost; the same numbers are missing.",
	},
	Remediation: "Look before the first point, towards the sender: take a capture there and compare again.",
	Refs:        []string{comparedRef},
	Needs:       []string{"comparison", "compared_stream"},
	Thresholds:  []*audit.Limit{comparedFrom, lostBefore},
	Judge: audit.Whole(pointRule{pass: wording.New("cmp004.pass", "hardly a packet is missing at both points"),
		measure: missingAtBoth, report: reportBefore}.judge),
}

func missingAtBoth(s *audit.Scope, c *record.ComparedStream) verdictOn {
	pct := percent(c.Neither, c.Expected)
	if pct < s.Value(lostBefore) || c.Neither < 2 {
		return verdictOn{}
	}
	where := wording.New("cmp004.before", "before %s", wording.Word(firstPoint(c)))
	return verdictOn{bad: true, value: pct, how: where.String(), text: wording.New("cmp004.worst", "%s, %s of %s, %s", wording.Percent(pct),
		wording.Number(c.Neither), wording.Count(c.Expected, "packet", "packets"), wayOf(c))}
}

// firstPoint in words; where it is not known, both are meant.
func firstPoint(c *record.ComparedStream) string {
	if c.First == "" {
		return "both points"
	}
	first, _ := pointsOf(c)
	return first
}

func reportBefore(s *audit.Scope, g *audit.Group) audit.Verdict {
	worst := g.Worst["worst"]
	return audit.Verdict{State: record.Warn,
		Summary: wording.New("cmp004.warn", "%s lacked %s or more of the packets at both points, lost %s (worst: %s)", streamsAmong(g),
			wording.Percent(s.Value(lostBefore)), wording.List(g.Hows.Keys()), worst.Of),
		Actual: wording.New("cmp004.actual", "%s at worst", worst.Of)}
}

var cmp005 = &audit.Rule{
	ID: "WXA-CMP-005", Title: "The capture at the first point lacks packets", Severity: record.Low, Compares: true,
	Doc: audit.Doc{
		What:    "RTP packets came to the second point that the first did not see, although they pass it first.",
		Why:     "A capture that misses packets lets loss look smaller or larger than it is, at either point.",
		Trigger: "Of the sequence numbers compared, more than max_percent were seen at the second point alone.",
		LookAlikes: "Packets that take another path around the first point look the same: load sharing, or a second link that " +
			"the mirror does not show.",
		Verify: "Wireshark, in both captures: `rtp.ssrc == SSRC` with the column `rtp.seq`; numbers that only the second has.",
	},
	Remediation: "Mend the capture at the first point (TAP, mirror of both links, larger buffer) and compare again.",
	Refs:        []string{comparedRef},
	Needs:       []string{"comparison", "compared_stream"},
	Thresholds:  []*audit.Limit{comparedFrom, unseenFirst},
	Judge: audit.Whole(pointRule{pass: wording.New("cmp005.pass", "the first point saw what the second saw"),
		measure: unseen, report: reportUnseen}.judge),
}

func unseen(s *audit.Scope, c *record.ComparedStream) verdictOn {
	switch {
	case c.OnlyA+c.OnlyB == 0:
		return verdictOn{}
	case c.CaptureLost == nil:
		return verdictOn{lacks: notOriented}
	}
	pct := percent(*c.CaptureLost, c.Expected)
	if pct <= s.Value(unseenFirst) || *c.CaptureLost < 2 {
		return verdictOn{}
	}
	first, second := pointsOf(c)
	return verdictOn{bad: true, value: pct, conf: record.Probable,
		how: wording.New("cmp005.how", "%s lacks what %s has", wording.Word(first), wording.Word(second)).String(),
		text: wording.New("cmp005.worst", "%s, %s of %s, %s", wording.Percent(pct), wording.Number(*c.CaptureLost),
			wording.Count(c.Expected, "packet", "packets"), wayOf(c))}
}

func reportUnseen(s *audit.Scope, g *audit.Group) audit.Verdict {
	worst := g.Worst["worst"]
	return audit.Verdict{State: record.Warn,
		Summary: wording.New("cmp005.warn", "%s: %s (worst: %s)", streamsAmong(g), wording.List(g.Hows.Keys()), worst.Of),
		Actual:  wording.New("cmp005.actual", "%s at worst", worst.Of)}
}

var cmp006 = &audit.Rule{
	ID: "WXA-CMP-006", Title: "A stream passes only one of the two points for a time", Severity: record.Medium, Compares: true,
	Plain: "a media stream did not come to the second capture point for a time (%s)",
	Doc: audit.Doc{
		What: "A stream that both points have began earlier or went on longer at the first point, while the second captured.",
		Why:  "The path between the points was cut, not yet open, or led elsewhere at that time.",
		Trigger: "min_packets or more of a stream were seen at the first point alone before the first or behind the last packet " +
			"that both have, at least a second within the time of the other capture.",
		LookAlikes: "A stream that goes on over another path (another uplink, a proxy, another interface of the client) passes " +
			"the second point no more and lacks nothing: therefore possible at most.",
		Verify: "Wireshark, in both captures: `rtp.ssrc == SSRC`, and when the last packet came.",
	},
	Remediation: "See whether the stream took another path at that time. If not, look at what lies between the points: NAT " +
		"binding, firewall session, routing.",
	Refs:       []string{comparedRef},
	Needs:      []string{"comparison", "compared_stream"},
	Thresholds: []*audit.Limit{comparedFrom, tailFrom},
	Judge: audit.Whole(pointRule{pass: wording.New("cmp006.pass", "streams begin and end at both points together"),
		measure: onePointOnly, report: reportOnePoint}.judge),
}

func onePointOnly(s *audit.Scope, c *record.ComparedStream) verdictOn {
	if c.First == "" {
		return verdictOn{lacks: notOriented}
	}
	n := max(c.Head, c.Tail)
	if float64(n) < s.Value(tailFrom) {
		return verdictOn{}
	}
	_, second := pointsOf(c)
	text := wording.New("cmp006.tail", "%s at its end did not come to %s, %s", wording.Count(n, "packet", "packets"), wording.Word(second), wayOf(c))
	if c.Head > c.Tail {
		text = wording.New("cmp006.head", "%s at its beginning did not come to %s, %s", wording.Count(n, "packet", "packets"),
			wording.Word(second), wayOf(c))
	}
	return verdictOn{bad: true, value: float64(n), conf: record.Possible, how: wayOf(c).String(), text: text}
}

func reportOnePoint(_ *audit.Scope, g *audit.Group) audit.Verdict {
	worst := g.Worst["worst"]
	return audit.Verdict{State: record.Warn,
		Summary: wording.New("cmp006.warn", "%s passed one point alone for a time: %s (longest: %s)", streamsAmong(g),
			wording.List(g.Hows.Keys()), worst.Of),
		Actual: wording.New("cmp006.actual", "%s", worst.Of)}
}
