package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	burstsAMinute = audit.NewLimit("WXA-QUA-005.max_per_minute", "bursts", 4, 2, 1, 0, 1000, "ours", "bursts of loss a minute")
	burstLength   = audit.NewLimit("WXA-QUA-005.min_burst", "packets", 5, 5, 3, 2, 10, "ours: a tenth of a second of audio", "minimum consecutive lost packets of a burst")
)

var qua005 = &audit.Rule{
	ID: "WXA-QUA-005", Title: "Loss of audio in bursts", Severity: record.Medium,
	Plain: "audio lost packets in bursts (%s)",
	Doc: audit.Doc{
		What: "Audio loses several packets in a row, again and again.",
		Why: "Concealment bridges one or two lost packets of 20 ms; a burst of a tenth of a second " +
			"swallows a syllable, even where the share of loss is small.",
		Trigger: "Bursts of min_burst or more consecutive packets (RTP sequence numbers) of an audio stream " +
			"over UDP, more than max_per_minute of them a minute; a stream shorter than a minute counts " +
			"as one minute.",
		LookAlikes: "Silence suppression leaves no gap in the numbers. What the capture lost may have made " +
			"bursts as well: as many as its packets could have made are taken off, and where capture " +
			"loss has no place nothing is judged. " + beforeRepair + " A burst outlasts most of it.",
		Verify: "Wireshark: Telephony > RTP > Stream Analysis of the stream (`rtp.ssrc == SSRC`): rows with " +
			"status Wrong sequence number, and the difference of the numbers there.",
	},
	Remediation: "Look for a policer on the voice class, Wi-Fi roaming, or a queue that drops its tail.",
	Refs:        []string{"RFC 3611 section 4.7.2 (burst and gap)", "RFC 6958"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_stream with loss_bursts", "capture_health that allows it"},
	Thresholds:  []*audit.Limit{burstsAMinute, burstLength, classifiedFrom, classifiedFor},
	Under:       []audit.Root{{Rule: "WXA-QUA-001", Same: audit.SameFlows}},
	Judge: graded{
		of: wording.Noun{One: "audio stream", Many: "audio streams"}, pass: wording.New("qua005.pass", "hardly a burst of loss"),
		applies: func(_ *audit.Env, m *observe.Stream) bool { return overUDP(m) && m.Kind == "audio" }, field: "loss_bursts",
		grade: func(e *audit.Env, m *observe.Stream) grade {
			w, conf, missing := networkLoss(m)
			limit, rate := e.Value(burstsAMinute), burstRate(e, m, w.before.low)
			all := burstRate(e, m, m.Expected-m.Packets-w.unsent)
			if missing.Format == "" && rate <= limit && all > limit {
				missing = captureMay
			}
			x := grade{value: rate, poor: rate > limit, conf: conf, missing: missing}
			if len(m.LossBursts) > 0 {
				x.text = wording.New("qua005.bursts", "%s", fmt.Sprint(m.LossBursts))
			}
			return x
		},
		report: func(s *audit.Scope, g *audit.Group) audit.Verdict {
			worst, limit := g.Worst["worst"], wording.Decimal(s.Value(burstsAMinute))
			return audit.Verdict{
				State: record.Fail,
				Summary: withMends(g, wording.New("qua005.fail", "%s lost %s or more packets in a row more than %s times a minute "+
					"(worst: %s times, %s)", poorStreams(g), wording.Decimal(s.Value(burstLength)), limit,
					fmt.Sprintf("%.1f", worst.Value), worst.Of)),
				Expected: wording.New("qua005.expected", "at most %s such bursts a minute", limit),
				Actual:   wording.New("qua005.actual", "%s a minute at worst", fmt.Sprintf("%.1f", worst.Value)),
			}
		},
	}.perStream(),
}

// burstRate is how many bursts a minute the network made for sure.
func burstRate(e *audit.Env, m *observe.Stream, lost int64) float64 {
	least := int64(e.Value(burstLength))
	var n int64
	for i, v := range m.LossBursts {
		if int64(i)+1 >= least {
			n += v
		}
	}
	if doubt := m.Expected - m.Packets - lost; doubt > 0 {
		n -= (doubt + least - 1) / least // each needs at least so many packets
	}
	return float64(max(n, 0)) / max(m.EndTime.Sub(m.StartTime).Minutes(), 1)
}
