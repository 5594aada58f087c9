package catalogue

import (
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	wrongShare = audit.NewLimit("WXA-QOS-003.min_percent", "%", 90, 50, 20, 1, 100, "ours: the marking of most packets is that of the stream",
		"share of packets with a marking, but not one for the class")
	changeFrom = audit.NewLimit("WXA-QOS-004.min_packets", "packets", 500, 100, 100, 2, 1e6, "ours",
		"minimum number of packets of a media stream whose markings are compared")
	changeShare = audit.NewLimit("WXA-QOS-004.min_percent", "%", 20, 5, 1, 0.1, 50, "ours",
		"minimum share of a codepoint that counts as one of several")
)

var qos003 = &audit.Rule{
	ID: "WXA-QOS-003", Title: "Wrong mark for the class of media", Severity: record.Medium,
	Plain: "media was sent with the wrong mark (%s)",
	Doc: audit.Doc{
		What: "Audio or video leaves the client with a mark, but not one that the plan has for its class.",
		Why: "Audio in the video class waits behind video; video in the priority class starves audio, or " +
			"is dropped by its policer.",
		Trigger: "A stream from client to cloud, audio or video by source port or payload type, with at least " +
			"min_percent of its packets marked neither as expected nor 0, captured at access or inside. A failure for audio in a class for bulk data (CS1, AF1x) and video in EF; for other codepoints a warning: VOICE-ADMIT, CS5 or AF4x may be the site's policy. " +
			"At vantage access all of it is a warning, because the switch behind the capture may mark anew.",
		LookAlikes: "Unmarked streams are WXA-QOS-001 and 002. AF42 for video is accepted where the pack says " +
			"so. A Video Mesh node with QoS off sends all media as AF41 by design: its class is mixed " +
			"and not judged. At vantage access, a client whose switch marks behind the capture by the site file " +
			"(switch_classifies) is not judged.",
		Verify: marksVerify,
	},
	Remediation: "Correct the policy map or the client's policy: EF for audio, AF41 for video and share.",
	Refs:        []string{"BRKCOL-2057 (2022): media signatures", "Preferred Architecture for Webex Hybrid Services, CVD 2020"},
	Rows:        []string{"payload_types", "prefixes", "webex-policy-dscp-audio", "webex-policy-dscp-video"},
	Needs:       []string{"media_stream", "vantage access or inside"},
	Thresholds:  []*audit.Limit{markedFrom, wrongShare},
	Version:     "3",
	Judge: audit.PerStream{
		Of:   wording.Noun{One: "audio or video stream from a client", Many: "audio or video streams from clients"},
		Pass: wording.New("qos003.pass", "markings fit the class"),
		Applies: func(e *audit.Env, m *observe.Stream) bool {
			return sentByClient(m, e.Value(markedFrom)) && (isClass(m, "audio") || isClass(m, "video"))
		},
		Lacks: func(e *audit.Env, m *observe.Stream) (missing wording.Text) {
			switch {
			case len(m.Flow.ExpectedDSCP) == 0:
				missing = wording.New("qos003.missing", "a codepoint that the pack expects for this flow")
			case markedBehind(e, m.Flow.From):
				missing = switchMarks
			}
			return missing
		},
		Gate: inEnterprise,
		Breaks: func(e *audit.Env, m *observe.Stream, g *audit.Group) bool {
			good := append([]int{0}, m.Flow.ExpectedDSCP...)
			if 100*(1-m.DSCP.Share(good...)) < e.Value(wrongShare) {
				return false
			}
			countMarks(g, m)
			g.Hows.Add(wording.New("qos003.how", "%s as %s instead of %s", m.Flow.MediaClass, histogram(m.DSCP),
				codepoints(m.Flow.ExpectedDSCP, " or ")).String(), 1)
			if harms(m) {
				g.Sum("harm", 1)
			}
			return true
		},
		Confidence: unsure[observe.Stream],
		Cite:       audit.Citation{Kind: "packet-range", Largest: true, Fields: upMarks},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			state := record.Warn                                   // another class of the same rank is a choice
			if g.Sums["harm"] > 0 && s.Vantage.Value != "access" { // there the switch may mark anew
				state = record.Fail
			}
			how := wording.List(g.Hows.Keys())
			return audit.Verdict{
				State: state, Confidence: s.Vantage.Confidence,
				Summary: wording.New("qos003.fail", "%s of %s in %s with the wrong marking: %s",
					wording.Count(g.Count, "stream", "streams"), clients(g), subject(g), how),
				Expected: wording.New("qos003.expected", "EF for audio, AF41 for video, as the pack has it for the port"),
				Actual:   wording.New("qos003.actual", "%s", how),
			}, true
		},
	},
}

// unsure leaves the confidence to the vantage, which is known at the end.
func unsure[T any](*audit.Env, *T) record.Confidence { return "" }

// Codepoints of RFC 2474, RFC 2597, RFC 3246 and RFC 8622 that harm media: a scavenger's for audio and video, the
// priority class for video.
var bulk = []int{1, 8, 10, 12, 14}

const expeditedForwarding = 46

// harms reports whether most of the stream's packets are in a class that makes them late or drops them.
func harms(m *observe.Stream) bool {
	worst := m.DSCP.Share(bulk...)
	if isClass(m, "video") {
		worst += m.DSCP.Share(expeditedForwarding)
	}
	return worst >= 0.5
}

var qos004 = &audit.Rule{
	ID: "WXA-QOS-004", Title: "Mark changes inside a media stream", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Packets of one media stream from a client carry different marks.",
		Why: "Something on the path re-marks part of the packets: a policer that marks down what exceeds " +
			"its rate, or load sharing over paths of which one does not trust the mark. Packets of one " +
			"stream then overtake each other.",
		Trigger: "A stream from client to cloud of at least min_packets in which two or more marks each have " +
			"at least min_percent of the packets, captured at access or inside.",
		LookAlikes: "Marks that the pack accepts together (AF41 and AF42 of opportunistic video) are no change. " +
			"Audio and video of one flow are two streams and compared apart. A feed that mirrors both " +
			"sides of a re-marking switch shows each packet twice: not assessable.",
		Verify: "Wireshark: `rtp.ssrc == SSRC` with ip.dsfield.dscp as a column; sort by it and look at the " +
			"times.",
	},
	Remediation: "Find the hop that re-marks: capture before and after it, compare the marks, check policer rates " +
		"and trust settings.",
	Refs:       []string{"RFC 2475 section 2.3.3", "RFC 2597"},
	Rows:       []string{"payload_types", "prefixes"},
	Needs:      []string{"media_stream", "vantage access or inside"},
	Thresholds: []*audit.Limit{maxDuplicates, changeFrom, changeShare},
	Judge: audit.PerStream{
		Of:      wording.Noun{One: "media stream from a client", Many: "media streams from clients"},
		Pass:    wording.New("qos004.pass", "the marking stays the same"),
		Applies: func(e *audit.Env, m *observe.Stream) bool { return sentByClient(m, e.Value(changeFrom)) },
		Lacks: func(e *audit.Env, m *observe.Stream) (missing wording.Text) {
			if percent(m.Duplicated, m.Packets) > e.Value(maxDuplicates) {
				missing = wording.New("qos004.missing", "a feed without duplicate packets: copies of one packet may carry different markings")
			}
			return missing
		},
		Gate: inEnterprise,
		Breaks: func(e *audit.Env, m *observe.Stream, g *audit.Group) bool {
			several := severalMarks(m.DSCP, e.Value(changeShare))
			accepted := !slices.ContainsFunc(several, func(d int) bool {
				return !slices.Contains(m.Flow.ExpectedDSCP, d)
			})
			if len(several) < 2 || accepted {
				return false
			}
			g.Hows.Add(codepoints(several, " and "), 1)
			return true
		},
		Confidence: unsure[observe.Stream],
		Cite:       audit.Citation{Kind: "packet-range", Largest: true, Fields: changePoints},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			how := wording.List(g.Hows.Keys())
			return audit.Verdict{
				State: record.Fail, Confidence: s.Vantage.Confidence,
				Summary: wording.New("qos004.fail", "%s of %s in %s with changing markings (%s)",
					wording.Count(g.Count, "stream", "streams"), clients(g), subject(g), how),
				Expected: wording.New("qos004.expected", "one marking for each stream"),
				Actual:   wording.New("qos004.actual", "%s", how),
			}, true
		},
	},
}

// changePoints are the markings of what the client sent in a flow, and the first packets at which they changed.
func changePoints(f *observe.Flow) map[string]string {
	fields := upMarks(f)
	up := "fwd"
	if !f.ClientIsSource() {
		up = "rev"
	}
	var list []wording.Text
	for _, c := range f.DSCPChanges {
		if c.Direction == up {
			list = append(list, wording.New("qos004.change", "%s to %s at packet %d", record.MarkName(c.From), record.MarkName(c.To), c.Packet))
		}
	}
	if len(list) > 0 {
		fields["changes"] = wording.List(list).String()
	}
	return fields
}

// severalMarks are the codepoints with at least the share in percent, in rising order.
func severalMarks(d record.DSCP, share float64) []int {
	var list []int
	for mark, n := range d {
		if percent(n, d.Total()) >= share {
			list = append(list, mark)
		}
	}
	slices.Sort(list)
	return list
}
