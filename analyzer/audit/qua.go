package audit

import (
	"cmp"
	"fmt"
	"slices"

	"webexaudit/analyzer/record"
)

// classified are the limits below which a stream says too little.
func classified(more ...string) []string {
	return append(more, "WXA-QUA-009.min_packets", "WXA-QUA-009.min_seconds")
}

const (
	qualityRef = "Control Hub analytics, calling quality: poor from 5 % loss, 400 ms latency or 150 ms jitter"
	captureMay = "a capture that is complete: what it lost itself may make the difference (lost_low, lost_high)"
	longer     = "streams of 20 s and 100 packets or more: capture for longer"
)

var qua001 = &Rule{
	Essential: true,
	ID:        "WXA-QUA-001", Title: "Packet loss is poor", Severity: record.High,
	Doc: Doc{
		What:       "A media stream lost so many packets that Webex itself calls it poor.",
		Why:        "Users hear gaps or see frozen video. The gap was there at the capture point already: packets from the client were lost between client and capture, packets from the cloud between cloud and capture.",
		Trigger:    "Network loss of max_percent or more of the packets expected by RTP sequence numbers, in an audio, video or share stream over UDP that is long enough (WXA-QUA-009).",
		LookAlikes: "Packets that the capture lost: what they lost by their place in the mirror's numbers is not counted; where the capture lost packets whose place is not known, the rule is not assessable, unless a stream lost more than the capture can have lost (lost_low). Forward error correction and retransmission streams are not judged; they repair part of the loss, so users may notice less. A new SSRC is a new stream, no loss.",
		Verify:     "Wireshark: Telephony > RTP > RTP Streams, column Lost; Analyze shows where. Then compare with `tcp.analysis.ack_lost_segment`.",
	},
	Remediation: "Find the leg: repeat the capture nearer to the sender. Look at Wi-Fi, duplex, policers and full queues on it.",
	Refs:        []string{qualityRef, "RFC 3550 section 6.4.1"},
	Needs:       []string{"media_stream", "capture_health that allows it"},
	Limits:      classified("WXA-QUA-001.max_percent"),
	Check:       lossy,
}

// quality yields the streams that count for loss and jitter: audio, video and share over UDP.
func (p *Pass) quality(yield func(*record.MediaStream, *record.Flow) bool) {
	for _, m := range p.streams {
		f := p.flowOf[m.FlowID]
		if slices.Contains([]string{"audio", "video", "share"}, m.Kind) && f.Proto == "udp" && !yield(m, f) {
			return
		}
	}
}

// enough reports whether the stream is long enough to be classified.
func (p *Pass) enough(m *record.MediaStream) bool {
	return m.EndTime.Sub(m.StartTime).Seconds() >= p.value("WXA-QUA-009.min_seconds") &&
		float64(m.Packets) >= p.value("WXA-QUA-009.min_packets")
}

// poorest is the cause of one site or subnet with its worst stream.
type poorest struct {
	*cause
	up, down, all int64
	worst         float64
	what          string
}

// scale collects the poor streams of each site or subnet.
type scale map[record.Subject]*poorest

func (s scale) at(k record.Subject) *poorest {
	if s[k] == nil {
		s[k] = &poorest{cause: newCause(k)}
	}
	return s[k]
}

// each yields those with a poor stream in the order of their subjects.
func (s scale) each(yield func(*poorest) bool) {
	list := make([]*poorest, 0, len(s))
	for _, c := range s {
		if c.count > 0 {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *poorest) int {
		return cmp.Or(cmp.Compare(a.subject.Kind, b.subject.Kind), cmp.Compare(a.subject.Key, b.subject.Key))
	})
	for _, c := range list {
		if !yield(c) {
			return
		}
	}
}

func (c *poorest) poor(m *record.MediaStream, f *record.Flow, value float64, conf record.Confidence) {
	c.flow(f)
	c.count++
	c.sure(conf)
	if m.Upstream {
		c.up++
	} else {
		c.down++
	}
	if value > c.worst || c.what == "" {
		c.worst = value
		c.what = m.Kind + " from the cloud"
		if m.Upstream {
			c.what = m.Kind + " from the client"
		}
	}
}

// text is the common part of the sentence.
func (c *poorest) text() string {
	return fmt.Sprintf("%d of %s of %s in %s (%d from clients, %d from the cloud)", c.count, count(c.all, "media stream"),
		count(len(c.clients), "client"), where(c.subject), c.up, c.down)
}

func lossy(p *Pass) {
	o := outcome{unit: "media stream", pass: "loss is below the limit", missing: longer}
	list, unclear := scale{}, 0
	for m, f := range p.quality {
		o.seen++
		switch {
		case p.lossGate != "" && !p.beyond(m):
			o.missing = p.lossGate
			continue
		case !p.enough(m) || m.Expected <= 0:
			continue
		}
		lost := m.Lost
		if m.LostLow != nil && (p.lossGate != "" || m.CaptureLost > 0) {
			lost = *m.LostLow
		}
		if m.LostHigh != nil && m.CaptureLost > 0 && percent(*m.LostHigh, m.Expected) >= p.limit("max_percent") && !p.beyond(m) {
			unclear++
			continue
		}
		o.judged++
		c := list.at(p.subject(f.ClientAddr()))
		c.all++
		if pct := percent(lost, m.Expected); pct >= p.limit("max_percent") {
			conf := record.Confirmed
			if m.CaptureLost > 0 || p.lossGate != "" {
				conf = record.Probable
			}
			c.poor(m, f, pct, conf)
		}
	}
	for c := range list.each {
		p.report(c.cause, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s lost %s or more, at worst %s (%s)", c.text(), share(p.limit("max_percent")), share(c.worst), c.what),
			expected: "loss below " + share(p.limit("max_percent")), actual: share(c.worst) + " at worst",
			evidence: p.cite("interval-series", c.largest(), p.qualityFields)})
	}
	if unclear > 0 {
		o.seen, o.judged, o.missing = unclear, 0, captureMay
	}
	p.conclude(o)
}

// beyond reports whether a stream lost more than all that the capture may have lost, to the limit and above.
func (p *Pass) beyond(m *record.MediaStream) bool {
	return m.LostLow != nil && m.Expected > 0 && percent(*m.LostLow, m.Expected) >= p.limit("max_percent")
}

// qualityFields shows loss and jitter of the flow's streams, the worst of each.
func (p *Pass) qualityFields(f *record.Flow) map[string]string {
	m := map[string]string{}
	var loss, jitter float64
	for _, s := range p.streamsOf[f.FlowID] {
		if s.Expected > 0 {
			loss = max(loss, percent(s.Lost, s.Expected))
			m["loss"] = share(loss)
		}
		if s.JitterMeanMs != nil {
			jitter = max(jitter, *s.JitterMeanMs)
			m["jitter_mean_ms"] = fmt.Sprintf("%.1f", jitter)
		}
	}
	return m
}

var qua002 = &Rule{
	ID: "WXA-QUA-002", Title: "Jitter is poor", Severity: record.High,
	Doc: Doc{
		What:       "The packets of a media stream arrive so unevenly that Webex itself calls it poor.",
		Why:        "The receiver drops what comes too late or waits longer for everything: users hear gaps or talk over each other.",
		Trigger:    "Mean interarrival jitter (RFC 3550) of max_ms or more in an audio, video or share stream over UDP that is long enough (WXA-QUA-009).",
		LookAlikes: "One spike does not move the mean. A sensor whose clock steps makes jitter of its own: not assessable. Where the clock rate of the stream is an estimate, and for video, whose frames leave in bursts, the finding is probable.",
		Verify:     "Wireshark: `rtp.ssrc == SSRC`; Telephony > RTP > RTP Streams, columns Mean Jitter and Max Jitter.",
	},
	Remediation: "Look for a queue that fills (no priority for the mark), Wi-Fi retries, or load sharing over unequal paths.",
	Refs:        []string{qualityRef, "RFC 3550 section 6.4.1 and appendix A.8"},
	Needs:       []string{"media_stream with jitter"},
	Limits:      classified("WXA-QUA-002.max_ms"),
	Check:       jittery,
}

func jittery(p *Pass) {
	o := outcome{unit: "media stream", pass: "jitter is below the limit", missing: "streams of 20 s and 100 packets or more with a known clock rate"}
	list := scale{}
	steps := slices.ContainsFunc(p.health, func(h *record.CaptureHealth) bool { return h.ClockSteps > 0 })
	for m, f := range p.quality {
		o.seen++
		switch {
		case steps:
			o.missing = "a sensor whose clock does not step (capture_health.clock_steps)"
			continue
		case !p.enough(m) || m.JitterMeanMs == nil:
			continue
		}
		o.judged++
		c := list.at(p.subject(f.ClientAddr()))
		c.all++
		if *m.JitterMeanMs >= p.limit("max_ms") {
			conf := record.Confirmed
			if m.ClockSource != "known" || m.Kind != "audio" {
				conf = record.Probable
			}
			c.poor(m, f, *m.JitterMeanMs, conf)
		}
	}
	for c := range list.each {
		p.report(c.cause, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s had a mean jitter of %s ms or more, at worst %.0f ms (%s)", c.text(), number(p.limit("max_ms")), c.worst, c.what),
			expected: "mean jitter below " + number(p.limit("max_ms")) + " ms", actual: fmt.Sprintf("%.0f ms at worst", c.worst),
			evidence: p.cite("interval-series", c.largest(), p.qualityFields)})
	}
	p.conclude(o)
}
