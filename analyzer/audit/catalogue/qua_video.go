package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	videoFrom  = audit.NewLimit("WXA-QUA-007.min_kbps", "kb/s", 256, 128, 128, 0, 1e6, "published: Preferred Architecture for Webex Hybrid Services, CVD 2020: below 128 kb/s video has 180 lines", "minimum bit rate of a video stream that is judged")
	fewFrames  = audit.NewLimit("WXA-QUA-007.within_fps", "frames/s", 5, 7, 10, 1, 60, "ours: Microsoft's Call Quality Dashboard calls video below 7 frames a second poor", "frame rate below which video is low")
	sharedType = audit.NewLimit("WXA-QUA-007.share_type", "payload type", 117, 117, 117, 0, 127,
		"ours: read in the SDP offer of a native client and the answer of the cloud (2020)",
		"payload type from the cloud that serves main video and share")
	lowRating = audit.NewLimit("WXA-QUA-010.within_r", "R", 60, 70, 80, 0, 100, "published: ITU-T G.109: below 70 many users are dissatisfied", "rating below which speech is low")
)

var qua007 = &audit.Rule{
	ID: "WXA-QUA-007", Title: "Low frame rate of video", Severity: record.Medium,
	Plain: "the picture had few frames a second (%s)",
	Doc: audit.Doc{
		What: "Video of a size that people look at has so few frames a second that it jerks.",
		Why: "Below about seven frames a second lips and words part; the sender lacks bandwidth or " +
			"computing power, or the path loses frames.",
		Trigger: "Fewer frames (RTP timestamps) a second than within_fps in a video stream over UDP, of the " +
			"seconds in which it sent at all, at a bit rate of min_kbps or more. State warn: one look at " +
			"a packet cannot tell thrift from trouble.",
		LookAlikes: "Screen share sends few frames by design and is not judged, nor is a stream from the cloud whose payload type serves main video and share alike, unless another of the type beside it tells them apart, nor are thumbnails (below " +
			"min_kbps, which is video of 180 lines). Seconds without a packet are a pause, not a low " +
			"rate. A camera in poor light may halve its rate. Where the capture lost packets of the " +
			"stream it is not judged.",
		Verify: "Wireshark: Statistics > I/O Graphs with `rtp.ssrc == SSRC && rtp.marker == 1` a second: one " +
			"marker for each frame.",
	},
	Remediation: "Look for a bandwidth limit, loss on the path, or a client at the limit of its processor.",
	Refs:        []string{"Microsoft Call Quality Dashboard: poor video below 7 frames a second (another vendor's mark)", "Preferred Architecture for Webex Hybrid Services, CVD 2020: bit rate and resolution"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_stream with frame_rate"},
	Thresholds:  []*audit.Limit{videoFrom, sharedType, fewFrames, classifiedFrom, classifiedFor},
	Version:     "2",
	Judge: graded{
		of: wording.Noun{One: "video stream", Many: "video streams"}, pass: wording.New("qua007.pass", "frames come often enough"),
		applies: func(_ *audit.Env, m *observe.Stream) bool { return overUDP(m) && m.Kind == "video" }, field: "frames_per_second",
		grade: frameGrade,
		report: func(s *audit.Scope, g *audit.Group) audit.Verdict {
			worst, limit := g.Worst["worst"], s.Value(fewFrames)
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("qua007.warn", "%s had fewer than %s frames a second (worst: %s, %s)", poorStreams(g),
					wording.Decimal(limit), fmt.Sprintf("%.1f", limit-worst.Value), worst.Of),
				Expected: wording.New("qua007.expected", "%s frames a second or more", wording.Decimal(limit)),
				Actual:   wording.New("qua007.actual", "%s at worst", fmt.Sprintf("%.1f", limit-worst.Value)),
			}
		},
	}.perStream(),
}

// activity is how long a stream sent, in seconds: rows without a packet do not exist.
func activity(m *observe.Stream) float64 {
	all := m.EndTime.Sub(m.StartTime).Seconds()
	rows := len(m.Every(1))
	if rows == 0 {
		return all
	}
	return max(min(float64(rows)+float64(m.Omitted), all), 1)
}

func frameGrade(e *audit.Env, m *observe.Stream) grade {
	switch {
	case m.FrameRate == nil:
		return grade{missing: wording.New("qua007.clock", "video with a clock of 90 kHz and two seconds of frames")}
	case m.Flow.LossGate != "":
		return grade{missing: wording.New("qua.gate", "%s", m.Flow.LossGate)}
	case m.CaptureLost > 0:
		return grade{missing: captureMay}
	case m.BitrateBps*m.EndTime.Sub(m.StartTime).Seconds()/activity(m) < e.Value(videoFrom)*1e3:
		return grade{missing: wording.New("qua007.thumbnail", "video of more than a thumbnail's bit rate")}
	case maybeShare(e, m):
		return grade{missing: wording.New("qua007.share", "a sign that it is video: its payload type serves share as well")}
	}
	rate := *m.FrameRate * m.EndTime.Sub(m.StartTime).Seconds() / activity(m)
	limit := e.Value(fewFrames)
	return grade{value: limit - rate, poor: rate < limit, conf: record.Probable,
		text: wording.New("qua007.rate", "%s", fmt.Sprintf("%.1f", rate))}
}

// maybeShare reports whether the stream may be a share: one of that payload type alone cannot be told from main video.
func maybeShare(e *audit.Env, m *observe.Stream) bool {
	shared := int(e.Value(sharedType))
	if m.Upstream || m.PayloadType != shared {
		return false
	}
	for i := range m.Flow.Streams {
		if o := &m.Flow.Streams[i]; o.SSRC != m.SSRC && !o.Upstream && o.PayloadType == shared {
			return false
		}
	}
	return true
}

var qua010 = &audit.Rule{
	ID: "WXA-QUA-010", Title: "Estimated speech quality is low", Severity: record.Low,
	Doc: audit.Doc{
		What: "The E-model gives the speech of a stream a low rating.",
		Why: "Delay, loss and jitter that are each bearable add up; the E-model weighs them together for " +
			"a known codec.",
		Trigger: "R (ITU-T G.107) below within_r in an audio stream over UDP whose codec and round trip are " +
			"known, which means G.711 and kin with STUN or RTCP in clear. State warn: it is an estimate, " +
			"whose inputs the evidence prints.",
		LookAlikes: "Webex's own codec (Opus) with encrypted RTCP has no such rating and is not judged. The " +
			"delay is that from the capture point: the true one is longer, so the true rating is lower, " +
			"never higher. Where the capture lost packets of the stream it is not judged.",
		Verify: "Take delay, loss and burst ratio from the evidence and compute R by G.107; Telephony > RTP " +
			"> Stream Analysis of `rtp.ssrc == SSRC` for loss and jitter.",
	},
	Remediation: "Look at the input that costs most: delay (detour), loss (WXA-QUA-001) or jitter (WXA-QUA-002).",
	Refs:        []string{"ITU-T G.107", "ITU-T G.109: R below 70, many users dissatisfied"},
	Rows:        []string{"payload_types", "prefixes"},
	Needs:       []string{"media_stream with r_factor", "capture_health that allows it"},
	Thresholds:  []*audit.Limit{classifiedFrom, classifiedFor, lowRating},
	Judge: graded{
		of: wording.Noun{One: "audio stream", Many: "audio streams"}, pass: wording.New("qua010.pass", "the E-model rates the speech well"),
		applies: func(_ *audit.Env, m *observe.Stream) bool { return overUDP(m) && m.Kind == "audio" }, field: "mos_inputs",
		grade: func(e *audit.Env, m *observe.Stream) grade {
			switch {
			case m.RFactor == nil:
				return grade{missing: wording.New("qua010.codec", "audio with a known codec and a round trip (G.711 with STUN or RTCP in clear)")}
			case m.Flow.LossGate != "":
				return grade{missing: wording.New("qua.gate", "%s", m.Flow.LossGate)}
			case m.CaptureLost > 0:
				return grade{missing: captureMay}
			}
			r, limit := *m.RFactor, e.Value(lowRating)
			return grade{value: limit - r, poor: r < limit, conf: record.Probable,
				text: wording.New("qua010.r", "R %s: %s", fmt.Sprintf("%.1f", r), m.MOSInputs)}
		},
		report: func(s *audit.Scope, g *audit.Group) audit.Verdict {
			worst, limit := g.Worst["worst"], s.Value(lowRating)
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("qua010.warn", "%s rated below R %s by the E-model (worst: R %s, %s)", poorStreams(g), wording.Decimal(limit),
					fmt.Sprintf("%.1f", limit-worst.Value), worst.Of),
				Expected: wording.New("qua010.expected", "R of %s or more", wording.Decimal(limit)),
				Actual:   wording.New("qua010.actual", "R %s at worst", fmt.Sprintf("%.1f", limit-worst.Value)),
			}
		},
	}.perStream(),
}
