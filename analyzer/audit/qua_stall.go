package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

var qua011 = &Rule{
	ID: "WXA-QUA-011", Title: "Media over TCP or TLS stalls", Severity: record.High,
	Doc: Doc{
		What:       "Media on a TCP connection waits for retransmissions that come by time-out.",
		Why:        "Until the lost segment is there everything behind it waits, a fifth of a second and longer: users hear a break, then a rush. UDP would have lost 20 ms.",
		Trigger:    "On a connection that carries media by WXA-MED-001 to 003, more than max_per_minute retransmissions by time-out a minute (a shorter connection counts as one minute), the longest of min_ms or more from the first sight of the segment to its retransmission.",
		LookAlikes: "Fast retransmissions repair a loss within a round trip and do not count, nor do retransmissions that the receiver had acknowledged, keep-alives, or a sender that pauses with nothing outstanding. A retransmission whose first copy the capture lost is one all the same. Of a proxied call this is the leg to the proxy only.",
		Verify:     "Wireshark: `tcp.analysis.retransmission && !tcp.analysis.fast_retransmission && !tcp.analysis.spurious_retransmission` in the conversation, column tcp.analysis.rto.",
	},
	Remediation: openUDP,
	Refs:        []string{"RFC 6298", "Network Requirements for Webex Services, WBX000028782: UDP is preferred for media"},
	Needs:       []string{"flow with tcp and media_pattern"},
	Limits:      volumeLimits("WXA-QUA-011.max_per_minute", "WXA-QUA-011.min_ms"),
	Check:       stalls,
}

// stallRate is how many time-outs a minute held a connection up.
func stallRate(f *record.Flow) float64 {
	n := f.TCP.RTOFwd + f.TCP.RTORev
	return float64(n) / max(f.EndTime.Sub(f.StartTime).Minutes(), 1)
}

func stalls(p *Pass) {
	o := outcome{unit: "media connection over TCP or TLS", pass: "no time-out holds them up", missing: "the cadence of the flow: capture it from its beginning, with whole packets"}
	list := causes{}
	for _, f := range p.webex {
		if !overTCP(f.Transport) || f.TCP == nil || !p.mediaLike(f) {
			continue
		}
		media, unclear, conf := p.sustained(f)
		if media || unclear {
			o.seen++
		}
		if !media {
			continue
		}
		o.judged++
		if stallRate(f) <= p.limit("max_per_minute") || f.TCP.StallMaxMs < p.limit("min_ms") {
			continue
		}
		c := list.at(p.subject(f.ClientAddr()))
		c.flow(f)
		c.count++
		c.host(f.Server().String())
		c.sure(conf)
		c.n["stalls"] += f.TCP.RTOFwd + f.TCP.RTORev
		c.n["longest"] = max(c.n["longest"], int64(f.TCP.StallMaxMs))
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s of %s in %s stalled: %s in %s, the longest %d ms", count(c.count, "media connection"), count(len(c.clients), "client"),
				where(c.subject), count(c.n["stalls"], "time-out"), minutes(c.seconds), c.n["longest"]),
			expected: "at most " + count(int64(p.limit("max_per_minute")), "time-out") + " a minute", actual: fmt.Sprintf("%s, up to %d ms", count(c.n["stalls"], "time-out"), c.n["longest"]),
			evidence: p.cite("packet-range", c.largest(), stallFields)})
	}
	p.conclude(o)
}

func stallFields(f *record.Flow) map[string]string {
	return map[string]string{"rto_fwd": fmt.Sprint(f.TCP.RTOFwd), "rto_rev": fmt.Sprint(f.TCP.RTORev), "stall_max_ms": fmt.Sprintf("%.0f", f.TCP.StallMaxMs),
		"fast_retransmitted": fmt.Sprint(f.TCP.FastFwd + f.TCP.FastRev)}
}
