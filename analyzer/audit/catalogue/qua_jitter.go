package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	poorJitter = audit.NewLimit("WXA-QUA-002.max_ms", "ms", 150, 150, 60, 1, 10_000, fromAnalytics, "mean jitter (RFC 3550) of a media stream from which it is poor")
)

var qua002 = &audit.Rule{
	ID: "WXA-QUA-002", Title: "Jitter is poor", Severity: record.High,
	Plain: "packets came unevenly (jitter %s)",
	Doc: audit.Doc{
		What: "The packets of a media stream arrive so unevenly that Webex itself calls it poor.",
		Why: "The receiver drops what comes too late or waits longer for everything: users hear gaps or " +
			"talk over each other.",
		Trigger: "Mean interarrival jitter (RFC 3550) of max_ms or more in an audio, video or share stream " +
			"over UDP that is long enough (WXA-QUA-009).",
		LookAlikes: "One spike does not move the mean. A sensor whose clock steps makes jitter of its own: not " +
			"assessable. Where the clock rate of the stream is an estimate, and for video, whose frames " +
			"leave in bursts, the finding is probable.",
		Verify: "Wireshark: `rtp.ssrc == SSRC`; Telephony > RTP > RTP Streams, columns Mean Jitter and Max " +
			"Jitter.",
	},
	Remediation: "Look for a queue that fills (no priority for the mark), Wi-Fi retries, or load sharing over " +
		"unequal paths.",
	Refs:       []string{qualityRef, "RFC 3550 section 6.4.1 and appendix A.8"},
	Rows:       []string{"payload_types", "prefixes"},
	Needs:      []string{"media_stream with jitter"},
	Thresholds: []*audit.Limit{poorJitter, classifiedFrom, classifiedFor},
	Judge: graded{
		of: mediaStream, pass: wording.New("qua002.pass", "jitter is below the limit"),
		applies: func(_ *audit.Env, m *observe.Stream) bool { return overUDP(m) }, field: "jitter_mean",
		grade: func(e *audit.Env, m *observe.Stream) grade {
			switch {
			case m.Flow.ClockStep:
				return grade{missing: wording.New("qua002.clock", "a sensor whose clock does not step (capture_health.clock_steps)")}
			case m.JitterMeanMs == nil:
				return grade{missing: wording.New("qua002.missing", "streams of 20 s and 100 packets or more with a known clock rate")}
			}
			conf := record.Confirmed
			if m.ClockSource != "known" || m.Kind != "audio" {
				conf = record.Probable
			}
			v := *m.JitterMeanMs
			return grade{value: v, poor: v >= e.Value(poorJitter), conf: conf, text: wording.New("qua.ms", "%s", milliseconds(v))}
		},
		report: func(s *audit.Scope, g *audit.Group) audit.Verdict {
			worst, limit := g.Worst["worst"], milliseconds(s.Value(poorJitter))
			return audit.Verdict{
				State: record.Fail,
				Summary: wording.New("qua002.fail", "%s had a mean jitter of %s or more (worst: %s, %s)", poorStreams(g), limit,
					milliseconds(worst.Value), worst.Of),
				Expected: wording.New("qua002.expected", "mean jitter below %s", limit),
				Actual:   wording.New("qua002.actual", "%s at worst, %s", milliseconds(worst.Value), worst.Of),
			}
		},
	}.perStream(),
}
