package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	remarkedFrom = audit.NewLimit("WXA-CMP-002.min_percent", "%", 5, 1, 0.1, 0.01, 100, "ours: single packets may be marked for their own sake",
		"packets of a stream whose mark changes between the points")
	queueing = audit.NewLimit("WXA-CMP-003.max_ms", "ms", 100, 50, 30, 1, 10_000,
		"ours: the standard value is a third of the 150 ms one way of ITU-T G.114", "by how much the 95th percentile of the delay exceeds the least")
)

var cmp002 = &audit.Rule{
	ID: "WXA-CMP-002", Title: "DSCP changes between the two points", Severity: record.Medium, Compares: true,
	Plain: "the marks were changed between the two capture points (%s)",
	Doc: audit.Doc{
		What: "The same packets carry another DSCP value at the second point than at the first.",
		Why: "A hop between the two points does not trust the mark, or sets its own. Where it takes the mark away, media loses " +
			"its place in the queues from there on.",
		Trigger: "min_percent or more of the packets that both points have carry another value at the second point, and had one at " +
			"the first (not DSCP 0).",
		LookAlikes: "Packets without a mark that are given one; the table of the comparison shows them. Marks may be changed on purpose at the edge of a trust domain, and the Internet keeps none: expect DSCP 0 " +
			"from there. A classifier that marks media by its ports is good practice.",
		Verify: "Wireshark, in both captures: `rtp.ssrc == SSRC`, with `ip.dsfield.dscp` and `rtp.seq` as columns.",
	},
	Remediation: "Find the hop between the two points that re-marks, and make it trust or classify the media, if the path behind " +
		"it is yours.",
	Refs:       []string{"RFC 2474", "RFC 2475 section 2.3.3", comparedRef},
	Needs:      []string{"comparison", "compared_stream"},
	Thresholds: []*audit.Limit{comparedFrom, remarkedFrom},
	Judge: audit.Whole(pointRule{pass: wording.New("cmp002.pass", "no mark is taken away or exchanged between the points"),
		measure: remarked, report: reportMarks}.judge),
}

func remarked(s *audit.Scope, c *record.ComparedStream) verdictOn {
	limit := s.Value(remarkedFrom)
	switch {
	case percent(c.Remarked, c.Both) < limit:
		return verdictOn{}
	case c.First == "":
		return verdictOn{lacks: notOriented}
	}
	var most record.MarkPair // the change that most packets had
	lowered := int64(0)
	for _, m := range c.Marks {
		if c.First == "b" {
			m.A, m.B = m.B, m.A
		}
		if m.A != m.B && m.Packets > most.Packets {
			most = m
		}
		if m.A != m.B && m.A != 0 {
			lowered += m.Packets
		}
	}
	change := wording.New("cmp002.change", "%s: %s became %s", wayOf(c), markWord(most.A), markWord(most.B))
	if percent(lowered, c.Both) < limit {
		return verdictOn{}
	}
	return verdictOn{bad: true, value: percent(most.Packets, c.Both), how: change.String(),
		text: wording.New("cmp002.worst", "%s on %s of %s", change, wording.Number(most.Packets), wording.Count(c.Both, "packet", "packets"))}
}

func markWord(dscp int) wording.Arg {
	if dscp > 63 {
		return wording.Word("another mark")
	}
	return wording.Word(record.MarkName(dscp))
}

func reportMarks(_ *audit.Scope, g *audit.Group) audit.Verdict {
	worst := g.Worst["worst"]
	return audit.Verdict{State: record.Warn,
		Summary: wording.New("cmp002.warn", "%s carried another mark at the second point: %s", streamsAmong(g),
			wording.List(g.Hows.Keys())),
		Expected: wording.New("cmp002.expected", "the mark that the first point saw"),
		Actual:   wording.New("cmp002.actual", "%s", worst.Of)}
}

var cmp003 = &audit.Rule{
	ID: "WXA-CMP-003", Title: "Packets wait between the two points", Severity: record.Medium, Compares: true,
	Plain: "packets waited in queues between the two capture points (%s)",
	Doc: audit.Doc{
		What: "Of the packets of a stream one in twenty took much longer between the points than the fastest.",
		Why:  "The difference is time in queues (or in radio repeats) between the two points: users hear delay, or late packets are lost.",
		Trigger: "The 95th percentile of the delay between the points exceeds the least by max_ms or more. The difference does not " +
			"depend on how the clocks are aligned.",
		LookAlikes: "A clock that was set during the capture: delays are then not given. The drift of the clocks is measured and " +
			"taken off.",
		Verify: "Wireshark: the time of one `rtp.seq` in both captures; the difference of two packets' differences.",
	},
	Remediation: "Look at queues and their classes between the two points, and at Wi-Fi or cellular links there.",
	Refs:        []string{"ITU-T G.114", "RFC 5905 section 10"},
	Needs:       []string{"comparison", "compared_stream"},
	Thresholds:  []*audit.Limit{comparedFrom, queueing},
	Judge: audit.Whole(pointRule{pass: wording.New("cmp003.pass", "packets do not wait long between the points"),
		measure: waits, report: reportWaits}.judge),
}

func waits(s *audit.Scope, c *record.ComparedStream) verdictOn {
	switch {
	case s.Comparison.DelayProblem != "":
		return verdictOn{lacks: wording.New("cmp003.clock", "%s: synchronise the clocks (NTP) before the capture", s.Comparison.DelayProblem)}
	case c.DelayP95Ms == nil:
		return verdictOn{lacks: notOriented}
	}
	d := *c.DelayP95Ms - *c.DelayMinMs
	if d < s.Value(queueing) {
		return verdictOn{}
	}
	return verdictOn{bad: true, value: d, how: wayOf(c).String(), text: wording.New("cmp003.worst", "95 %% within %s ms, the least %s ms, %s",
		wording.Decimal(*c.DelayP95Ms), wording.Decimal(*c.DelayMinMs), wayOf(c))}
}

func reportWaits(s *audit.Scope, g *audit.Group) audit.Verdict {
	worst := g.Worst["worst"]
	return audit.Verdict{State: record.Warn,
		Summary: wording.New("cmp003.warn", "%s waited %s ms or more between the points: %s (worst: %s)", streamsAmong(g),
			wording.Decimal(s.Value(queueing)), wording.List(g.Hows.Keys()), worst.Of),
		Expected: wording.New("cmp003.expected", "delays within %s ms of the least", wording.Decimal(s.Value(queueing))),
		Actual:   wording.New("cmp003.actual", "%s", worst.Of)}
}
