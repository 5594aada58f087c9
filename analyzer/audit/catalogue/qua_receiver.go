package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var qua019 = &audit.Rule{
	ID: "WXA-QUA-019", Version: "3", Title: "The receiver reports loss or delay", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A receiver tells in RTCP that packets of a stream did not arrive which had passed the capture point, or that they took long.",
		Why: "Loss behind the capture point leaves no gap here. The receiver's own count shows it: between capture and cloud for what a client " +
			"sends, between capture and client for what it receives.",
		Trigger: "Receiver reports in clear about an audio, video or share stream, of whose packets WXA-QUA-004.loss_percent or more were lost behind " +
			"the capture point (the receiver's count less the gaps seen here; of bounds the lower), or whose median round trip is " +
			"WXA-QUA-004.rtt_ms or more.",
		LookAlikes: "Reports that are encrypted (SRTCP) say nothing: not observed. Reports that contradict each other or the packets are " +
			"not believed. A count of losses is believed where a report's own fraction lost confirms " +
			"it: what was sent before the receiver began to listen counts, too. Packets that came too late for the receiver's buffer are not " +
			"in its count of losses. " + beforeRepairShort,
		Verify: "Wireshark: `rtcp.pt == 201 && ip.addr == CLIENT`, columns rtcp.ssrc.cum_nr and rtcp.ssrc.fraction.",
	},
	Remediation: "Look at the side that the finding names: behind the capture point towards the cloud, or towards the client.",
	Refs:        []string{"RFC 3550 section 6.4.1", "RFC 3711 section 3.4"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_stream with rtcp"},
	Thresholds:  []*audit.Limit{bandLoss, bandDelay},
	Under: []audit.Root{{Rule: "WXA-QUA-001", Same: audit.SameFlows}, {Rule: "WXA-QUA-003", Same: audit.SameFlows},
		{Rule: "WXA-QUA-004", Same: audit.SameFlows}},
	Judge: audit.PerStream{
		Of:   wording.Noun{One: "media stream with reports of its receiver", Many: "media streams with reports of their receivers"},
		Pass: wording.New("qua019.pass", "the receivers report neither loss behind the capture point nor delay"),
		Applies: func(_ *audit.Env, m *observe.Stream) bool {
			return countsForQuality(m) && m.RTCP != nil && m.RTCP.Reports > 0
		},
		Lacks: func(_ *audit.Env, m *observe.Stream) (missing wording.Text) {
			switch l := m.Ledger; {
			case l != nil && l.Unknown != "":
				missing = wording.New("qua019.unknown", "reports that can be believed: %s", l.Unknown)
			case m.RTCP.Reports < 3 || m.Expected <= 0:
				missing = wording.New("qua019.missing", "three reports about the stream")
			}
			return missing
		},
		Breaks: func(e *audit.Env, m *observe.Stream, g *audit.Group) bool {
			pct, delay := lostBehind(m), tripBehind(m)
			if pct < e.Value(bandLoss) && delay < e.Value(bandDelay) {
				return false
			}
			addPoor(g, m, pct)
			g.Extreme("delay", delay, wording.Text{})
			return true
		},
		Cite: audit.Citation{Kind: "counter", Largest: true, Fields: reportFields},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			worst, delay := g.Worst["worst"], g.Worst["delay"]
			return audit.Verdict{
				State: record.Fail,
				Summary: withWay(g, wording.New("qua019.fail", "the receivers of %s report up to %s lost behind the capture point (%s) and a round trip of up to %s",
					poorStreams(g), wording.Percent(worst.Value), worst.Of, milliseconds(delay.Value))),
				Remediation: lookAtSide(g),
				Expected:    wording.New("qua019.expected", "less than %s lost, and a round trip below %s", wording.Percent(s.Value(bandLoss)), milliseconds(s.Value(bandDelay))),
				Actual:      wording.New("qua019.actual", "%s, %s", wording.Percent(worst.Value), milliseconds(delay.Value)),
			}, true
		},
	},
}

// lostBehind is the share of the packets that passed the capture point, in percent, that the stream's receiver misses:
// by its ledger at least so many; without one by the receiver's count less the gaps here, of the packets expected. A
// count that no report confirms by a fraction of its own time is older than the reports: receivers also count what was
// sent before they began to listen (RFC 3550 section 6.4.1).
func lostBehind(m *observe.Stream) float64 {
	if w := onWayOf(m); w.told {
		return percent(w.behind.low, max(w.out, 1))
	}
	if m.RTCP.WorstShare == 0 {
		return 0
	}
	return percent(max(m.RTCP.Lost-m.Lost-m.CaptureLost, 0), max(m.Expected, 1))
}

// tripBehind is the median round trip behind the capture point, ms; 0: not known.
func tripBehind(m *observe.Stream) float64 {
	for _, ms := range []*float64{ledgerTrip(m), m.RTCP.RTTMs} {
		if ms != nil {
			return *ms
		}
	}
	return 0
}

func ledgerTrip(m *observe.Stream) *float64 {
	if m.Ledger == nil {
		return nil
	}
	return m.Ledger.RTTMedianMs
}

func reportFields(f *observe.Flow) map[string]string {
	fields := map[string]string{}
	for i := range f.Streams {
		if r := f.Streams[i].RTCP; r != nil {
			fields["receiver_lost"] = fmt.Sprint(r.Lost)
			fields["receiver_worst_share"] = wording.Percent(100 * r.WorstShare).String()
			wayFields(&f.Streams[i], fields)
		}
	}
	return fields
}
