package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

var qua007 = &Rule{
	ID: "WXA-QUA-007", Title: "Low frame rate of video", Severity: record.Medium,
	Doc: Doc{
		What:       "Video of a size that people look at has so few frames a second that it jerks.",
		Why:        "Below about seven frames a second lips and words part; the sender lacks bandwidth or computing power, or the path loses frames.",
		Trigger:    "Fewer frames (RTP timestamps) a second than within_fps in a video stream over UDP, of the seconds in which it sent at all, at a bit rate of min_kbps or more. State warn: one look at a packet cannot tell thrift from trouble.",
		LookAlikes: "Screen share sends few frames by design and is not judged, nor are thumbnails (below min_kbps, which is video of 180 lines). Seconds without a packet are a pause, not a low rate. A camera in poor light may halve its rate. Where the capture lost packets of the stream it is not judged.",
		Verify:     "Wireshark: Statistics > I/O Graphs with `rtp.ssrc == SSRC && rtp.marker == 1` a second: one marker for each frame.",
	},
	Remediation: "Look for a bandwidth limit, loss on the path, or a client at the limit of its processor.",
	Refs:        []string{"Microsoft Call Quality Dashboard: poor video below 7 frames a second (another vendor's mark)", "Preferred Architecture for Webex Hybrid Services, CVD 2020: bit rate and resolution"},
	Needs:       []string{"media_stream with frame_rate"},
	Limits:      []string{"WXA-QUA-007.min_kbps", "WXA-QUA-007.within_fps", "WXA-QUA-009.min_packets", "WXA-QUA-009.min_seconds"},
	Check:       fewFrames,
}

// activity is how long a stream sent, in seconds: rows without a packet do not exist.
func (p *Pass) activity(m *record.MediaStream) float64 {
	all := m.EndTime.Sub(m.StartTime).Seconds()
	rows := len(p.seconds(m.StreamID))
	if rows == 0 {
		return all
	}
	return max(min(float64(rows)+float64(m.Omitted), all), 1)
}

func fewFrames(p *Pass) {
	o := outcome{unit: "video stream", pass: "frames come often enough", missing: longer}
	limit := p.limit("within_fps")
	of := func(m *record.MediaStream) float64 {
		return *m.FrameRate * m.EndTime.Sub(m.StartTime).Seconds() / p.activity(m)
	}
	list := p.grades(&o, ofKind("video"), func(m *record.MediaStream, _ *record.Flow) grade {
		switch {
		case m.FrameRate == nil:
			return grade{missing: "video with a clock of 90 kHz and two seconds of frames"}
		case p.lossGate != "":
			return grade{missing: p.lossGate}
		case m.CaptureLost > 0:
			return grade{missing: captureMay}
		case m.BitrateBps*m.EndTime.Sub(m.StartTime).Seconds()/p.activity(m) < p.limit("min_kbps")*1e3:
			return grade{missing: "video of more than a thumbnail's bit rate"}
		}
		return grade{limit - of(m), of(m) < limit, record.Probable, ""}
	})
	for c := range list.each {
		p.report(c.cause, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s had fewer than %s frames a second, at worst %.1f (%s)", c.text(), number(limit), limit-c.worst, c.what),
			expected: number(limit) + " frames a second or more", actual: fmt.Sprintf("%.1f at worst", limit-c.worst),
			evidence: p.cite("interval-series", c.largest(), p.streamFields("frames_per_second", func(m *record.MediaStream) (float64, string) {
				if m.Kind != "video" || m.FrameRate == nil {
					return 0, ""
				}
				return limit - of(m), fmt.Sprintf("%.1f", of(m))
			}))})
	}
	p.conclude(o)
}

var qua010 = &Rule{
	ID: "WXA-QUA-010", Title: "Estimated speech quality is low", Severity: record.Low,
	Doc: Doc{
		What:       "The E-model gives the speech of a stream a low rating.",
		Why:        "Delay, loss and jitter that are each bearable add up; the E-model weighs them together for a known codec.",
		Trigger:    "R (ITU-T G.107) below within_r in an audio stream over UDP whose codec and round trip are known, which means G.711 and kin with STUN or RTCP in clear. State warn: it is an estimate, whose inputs the evidence prints.",
		LookAlikes: "Webex's own codec (Opus) with encrypted RTCP has no such rating and is not judged. The delay is that from the capture point: the true one is longer, so the true rating is lower, never higher. Where the capture lost packets of the stream it is not judged.",
		Verify:     "Take delay, loss and burst ratio from the evidence and compute R by G.107; Telephony > RTP > Stream Analysis of `rtp.ssrc == SSRC` for loss and jitter.",
	},
	Remediation: "Look at the input that costs most: delay (detour), loss (WXA-QUA-001) or jitter (WXA-QUA-002).",
	Refs:        []string{"ITU-T G.107", "ITU-T G.109: R below 70, many users dissatisfied"},
	Needs:       []string{"media_stream with r_factor", "capture_health that allows it"},
	Limits:      []string{"WXA-QUA-009.min_packets", "WXA-QUA-009.min_seconds", "WXA-QUA-010.within_r"},
	Check:       lowRating,
}

func lowRating(p *Pass) {
	limit := p.limit("within_r")
	o := outcome{unit: "audio stream", pass: "the E-model rates the speech well", missing: longer}
	list := p.grades(&o, ofKind("audio"), func(m *record.MediaStream, _ *record.Flow) grade {
		switch {
		case m.RFactor == nil:
			return grade{missing: "audio with a known codec and a round trip (G.711 with STUN or RTCP in clear)"}
		case p.lossGate != "":
			return grade{missing: p.lossGate}
		case m.CaptureLost > 0:
			return grade{missing: captureMay}
		}
		return grade{limit - *m.RFactor, *m.RFactor < limit, record.Probable, ""}
	})
	for c := range list.each {
		p.report(c.cause, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s rated below R %s by the E-model, at worst R %.1f (%s)", c.text(), number(limit), limit-c.worst, c.what),
			expected: "R of " + number(limit) + " or more", actual: fmt.Sprintf("R %.1f at worst", limit-c.worst),
			evidence: p.cite("interval-series", c.largest(), p.streamFields("mos_inputs", func(m *record.MediaStream) (float64, string) {
				if m.RFactor == nil {
					return 0, ""
				}
				return limit - *m.RFactor, fmt.Sprintf("R %.1f: %s", *m.RFactor, m.MOSInputs)
			}))})
	}
	p.conclude(o)
}
