package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

var qua005 = &Rule{
	ID: "WXA-QUA-005", Title: "Loss of audio in bursts", Severity: record.Medium,
	Doc: Doc{
		What:       "Audio loses several packets in a row, again and again.",
		Why:        "Concealment bridges one or two lost packets of 20 ms; a burst of a tenth of a second swallows a syllable, even where the share of loss is small.",
		Trigger:    "Bursts of min_burst or more consecutive packets (RTP sequence numbers) of an audio stream over UDP, more than max_per_minute of them a minute; a stream shorter than a minute counts as one minute.",
		LookAlikes: "Silence suppression leaves no gap in the numbers. What the capture lost may have made bursts as well: as many as its packets could have made are taken off, and where capture loss has no place nothing is judged.",
		Verify:     "Wireshark: Telephony > RTP > Stream Analysis of the stream (`rtp.ssrc == SSRC`): rows with status Wrong sequence number, and the difference of the numbers there.",
	},
	Remediation: "Look for a policer on the voice class, Wi-Fi roaming, or a queue that drops its tail.",
	Refs:        []string{"RFC 3611 section 4.7.2 (burst and gap)", "RFC 6958"},
	Needs:       []string{"media_stream with loss_bursts", "capture_health that allows it"},
	Limits:      []string{"WXA-QUA-005.max_per_minute", "WXA-QUA-005.min_burst", "WXA-QUA-009.min_packets", "WXA-QUA-009.min_seconds"},
	Check:       inBursts,
}

// burstRate is how many bursts a minute the network made for sure.
func (p *Pass) burstRate(m *record.MediaStream, lost int64) float64 {
	least := int64(p.limit("min_burst"))
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

func inBursts(p *Pass) {
	o := outcome{unit: "audio stream", pass: "hardly a burst of loss", missing: longer}
	list := p.grades(&o, ofKind("audio"), func(m *record.MediaStream, _ *record.Flow) grade {
		lost, conf, missing := p.networkLoss(m)
		rate := p.burstRate(m, lost)
		if missing == "" && rate <= p.limit("max_per_minute") && p.burstRate(m, m.Expected-m.Packets) > p.limit("max_per_minute") {
			missing = captureMay
		}
		return grade{rate, rate > p.limit("max_per_minute"), conf, missing}
	})
	for c := range list.each {
		p.report(c.cause, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s lost %s or more packets in a row more than %s times a minute, at worst %.1f times (%s)", c.text(),
				number(p.limit("min_burst")), number(p.limit("max_per_minute")), c.worst, c.what),
			expected: "at most " + number(p.limit("max_per_minute")) + " such bursts a minute", actual: fmt.Sprintf("%.1f a minute at worst", c.worst),
			evidence: p.cite("interval-series", c.largest(), p.streamFields("loss_bursts", func(m *record.MediaStream) (float64, string) {
				if len(m.LossBursts) == 0 {
					return 0, ""
				}
				return p.burstRate(m, m.Expected-m.Packets), fmt.Sprint(m.LossBursts)
			}))})
	}
	p.conclude(o)
}

var qua012 = &Rule{
	ID: "WXA-QUA-012", Title: "Media packets out of order", Severity: record.Low,
	Doc: Doc{
		What:       "Packets of a media stream overtake each other.",
		Why:        "The receiver waits for the late ones, which is delay, or drops them, which is loss.",
		Trigger:    "More than max_percent of the packets of an audio, video or share stream over UDP come after a packet with a higher RTP sequence number.",
		LookAlikes: "A sensor with several queues or interfaces can reorder on its own: then TCP in the same capture is out of order as well, the finding is only possible there. Copies are not counted. A restart of the numbering is none.",
		Verify:     "Wireshark: Telephony > RTP > Stream Analysis; rows whose sequence number falls; compare with `tcp.analysis.out_of_order`.",
	},
	Remediation: "Look for load sharing by packet over unequal links, and for SD-WAN that duplicates or sprays packets.",
	Refs:        []string{"RFC 4737", "RFC 3550 section 6.4.1"},
	Needs:       []string{"media_stream"},
	Limits:      []string{"WXA-QUA-009.min_packets", "WXA-QUA-009.min_seconds", "WXA-QUA-012.max_percent"},
	Check:       reordered,
}

// tcpDisorder reports whether TCP of the capture is out of order as well, to the same share: then the sensor may be to blame.
func (p *Pass) tcpDisorder(limit float64) bool {
	var packets, late int64
	for _, f := range p.flows {
		if f.TCP != nil {
			packets += f.PacketsFwd + f.PacketsRev
			late += f.TCP.OutOfOrder
		}
	}
	return percent(late, packets) > limit
}

func reordered(p *Pass) {
	o := outcome{unit: "media stream", pass: "packets come in order", missing: longer}
	conf := record.Confirmed
	if p.tcpDisorder(p.limit("WXA-QUA-012.max_percent")) {
		conf = record.Possible
	}
	rate := func(m *record.MediaStream) float64 { return percent(m.Reordered, m.Packets) }
	list := p.grades(&o, anyStream, func(m *record.MediaStream, _ *record.Flow) grade {
		return grade{rate(m), rate(m) > p.limit("max_percent"), conf, ""}
	})
	for c := range list.each {
		p.report(c.cause, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s had more than %s of their packets out of order, at worst %s (%s)", c.text(), share(p.limit("max_percent")), share(c.worst), c.what),
			expected: "at most " + share(p.limit("max_percent")) + " out of order", actual: share(c.worst) + " at worst",
			evidence: p.cite("interval-series", c.largest(), p.streamFields("reordered", func(m *record.MediaStream) (float64, string) {
				return rate(m), fmt.Sprintf("%d of %d", m.Reordered, m.Packets)
			}))})
	}
	p.conclude(o)
}
