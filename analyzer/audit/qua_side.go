package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

var qua008 = &Rule{
	ID: "WXA-QUA-008", Title: "Side on which media was lost", Severity: record.Info,
	Doc: Doc{
		What:       "Which side of the capture point the loss of media lies on, for each direction.",
		Why:        "It halves the search: a gap that is there already at the capture point was made before it, loss that only the receiver reports was made behind it. A remark of severity info.",
		Trigger:    "Network loss of WXA-QUA-004.loss_percent or more in streams of a site in one direction (made before the capture point), or a stream without a single gap here whose receiver reports such a loss by RTCP in clear (made behind it).",
		LookAlikes: "What the capture lost itself has no side; where it cannot be told apart nothing is judged. A receiver that does not report in clear (SRTCP, the rule with Webex) may have lost more: the rule then passes only for the side that it sees.",
		Verify:     "Wireshark: Telephony > RTP > RTP Streams, column Lost, for each direction; `rtcp.ssrc.fraction > 0` for what receivers say.",
	},
	Remediation: "Look at the named side; capture a second time on its far end to narrow it down.",
	Refs:        []string{"RFC 3550 section 6.4.1"},
	Needs:       []string{"media_stream", "capture_health that allows it"},
	Limits:      []string{"WXA-QUA-004.loss_percent", "WXA-QUA-009.min_packets", "WXA-QUA-009.min_seconds"},
	Check:       sideOfLoss,
}

// The four places where a packet may get lost.
func sideName(up, before bool) string {
	switch {
	case up && before:
		return "from clients: between client and capture"
	case up:
		return "from clients: between capture and cloud"
	case before:
		return "from the cloud: between cloud and capture"
	}
	return "from the cloud: between capture and client"
}

// side says where a stream lost packets, or "".
func (p *Pass) side(m *record.MediaStream, lost int64) string {
	limit := p.limit("WXA-QUA-004.loss_percent")
	switch {
	case percent(lost, m.Expected) >= limit:
		return sideName(m.Upstream, true)
	case m.Expected == m.Packets && m.RTCP != nil && m.RTCP.WorstShare*100 >= limit:
		return sideName(m.Upstream, false)
	}
	return ""
}

func sideOfLoss(p *Pass) {
	o := outcome{unit: "media stream", pass: "no loss on the way to the capture point", missing: longer}
	sides := map[record.Subject]map[string]int{}
	list := p.grades(&o, anyStream, func(m *record.MediaStream, f *record.Flow) grade {
		lost, conf, missing := p.networkLoss(m)
		if missing == "" && lossDoubt(m, lost, p.limit("WXA-QUA-004.loss_percent")) {
			missing = captureMay
		}
		if missing != "" {
			return grade{missing: missing}
		}
		side := p.side(m, lost)
		if side != "" {
			s := p.subject(f.ClientAddr())
			if sides[s] == nil {
				sides[s] = map[string]int{}
			}
			sides[s][side]++
		}
		return grade{percent(lost, m.Expected), side != "", conf, ""}
	})
	for c := range list.each {
		var words []string
		for _, k := range slices.Sorted(maps.Keys(sides[c.subject])) {
			words = append(words, fmt.Sprintf("%s (%s)", k, count(sides[c.subject][k], "stream")))
		}
		p.report(c.cause, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s lost packets; %s; captured at %s", c.text(), strings.Join(words, "; "), p.vantage.value),
			expected: "no loss", actual: strings.Join(words, "; "), evidence: p.cite("interval-series", c.largest(), p.sideFields)})
	}
	p.conclude(o)
}

func (p *Pass) sideFields(f *record.Flow) map[string]string {
	m := map[string]string{}
	for _, s := range p.streamsOf[f.FlowID] {
		key := "lost_from_cloud"
		if s.Upstream {
			key = "lost_from_client"
		}
		if s.Lost > 0 {
			m[key] = fmt.Sprintf("%d of %d", s.Lost, s.Expected)
		}
		if s.RTCP != nil {
			m["receiver_worst_share"] = share(100 * s.RTCP.WorstShare)
		}
	}
	return m
}
