package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	groupedFrom = audit.NewLimit("WXA-QUA-018.min_ms", "ms", 90, 80, 80, 40, 1000,
		"ours: beacons of 802.11 come every 102.4 ms, media of 20 ms", "minimum gap in a second of audio that arrives in groups")
	groupedShare = audit.NewLimit("WXA-QUA-018.min_percent", "%", 90, 80, 60, 10, 100, "ours: a pattern, no accident",
		"share of the stream's seconds with such a gap")
)

var qua018 = &audit.Rule{
	ID: "WXA-QUA-018", Title: "Media arrives in the rhythm of Wi-Fi power save, or with roaming gaps", Severity: record.Low,
	Doc: audit.Doc{
		What: "Audio that is sent every 20 ms arrives in groups, one every tenth of a second, and none of it is lost.",
		Why: "A client's Wi-Fi card that sleeps between beacons, or an access point that buffers for it, delays each packet by up to a tenth of a " +
			"second: the jitter buffer grows, people talk over each other.",
		Trigger: "An audio stream over UDP of 40 packets a second or more, long enough (WXA-QUA-009), without loss, of whose seconds min_percent have a gap of " +
			"min_ms or more although no packet is missing.",
		LookAlikes: "Silence suppression sends fewer packets, not groups. A sender that frames 100 ms of audio in a packet sends ten a second: not judged. " +
			"Loss with the gaps is WXA-QUA-006's.",
		Verify: "Wireshark: `ip.addr == CLIENT && rtp`, Telephony > RTP > Stream Analysis, column Delta: five packets at once, then about 100 ms.",
	},
	Remediation: "Turn off power save of the client's Wi-Fi card while on calls, check U-APSD and the DTIM interval of the access point, or use a wire.",
	Refs:        []string{"IEEE 802.11-2020 clause 11.2.3 (power management); beacon interval 102.4 ms"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_stream", "media_interval of one second"},
	Thresholds:  []*audit.Limit{classifiedFrom, classifiedFor, groupedFrom, groupedShare},
	Judge: graded{
		of: wording.Noun{One: "audio stream", Many: "audio streams"}, pass: wording.New("qua018.pass", "audio does not arrive in groups"),
		applies: func(_ *audit.Env, m *observe.Stream) bool { return overUDP(m) && m.Kind == "audio" }, field: "grouped_seconds",
		grade: func(e *audit.Env, m *observe.Stream) grade {
			rows := m.Every(1)
			switch seconds := m.EndTime.Sub(m.StartTime).Seconds(); {
			case len(rows) == 0:
				return grade{missing: wording.New("qua006.rows", "rows of one second (media_interval)")}
			case float64(m.Packets) < 40*seconds:
				return grade{missing: wording.New("qua018.dense", "audio of 40 packets a second or more")}
			}
			var n int64
			for _, r := range rows {
				if r.MaxGapMs >= e.Value(groupedFrom) && r.Lost == 0 && r.Packets >= 40 {
					n++
				}
			}
			pct := percent(n, int64(len(rows)))
			return grade{value: pct, poor: pct >= e.Value(groupedShare), conf: record.Probable,
				text: wording.New("qua018.seconds", "%d of %d", n, len(rows))}
		},
		report: func(_ *audit.Scope, g *audit.Group) audit.Verdict {
			worst := g.Worst["worst"]
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("qua018.warn", "%s arrives in groups about 100 ms apart, with nothing lost (%s of the seconds, %s): the pattern of "+
					"Wi-Fi power save", poorStreams(g), wording.Percent(worst.Value), worst.Of),
				Expected: wording.New("qua018.expected", "a packet every 20 ms"),
				Actual:   wording.New("qua018.actual", "gaps in %s of the seconds", wording.Percent(worst.Value)),
			}
		},
	}.perStream(),
}
