package export

import (
	"strconv"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
)

// rtx is the kind of streams that send packets again. Their time stamps are those of the packets that they repeat (RFC
// 4588 section 4), so how these differ from the times of arrival is no jitter.
const rtx = "rtx"

// stream makes the record of an RTP stream.
func (n *converter) stream(cl *classify.Classifier, f *draft, s flow.Side, h *classify.Stream,
	m *media.Stream) *record.MediaStream {
	r := f.Rec
	t := &record.MediaStream{
		FlowID: r.FlowID, Direction: dir(s, f.src), SrcIP: r.SrcIP, SrcPort: r.SrcPort, DstIP: r.DstIP, DstPort: r.DstPort,
		SSRC: m.SSRC, PayloadType: int(m.PayloadType()), Packets: m.Packets, Bytes: m.Bytes, Expected: m.Expected(), Lost: m.Lost(),
		Duplicated: m.Duplicated, Reordered: m.Reordered, Late: m.Late, Restarts: m.Restarts,
		MaxGapMs: *ms(m.MaxGap), BitrateBps: m.Bitrate(),
		DSCP: record.DSCP(m.DSCP.Histogram()), StartTime: record.Time(m.First), EndTime: record.Time(m.Last), Webex: r.Webex,
	}
	if s != f.src {
		t.SrcIP, t.SrcPort, t.DstIP, t.DstPort = r.DstIP, r.DstPort, r.SrcIP, r.SrcPort
	}
	_, t.FirstPacket = n.file(m.FirstNumber)
	_, t.LastPacket = n.file(m.LastNumber)
	t.StreamID = hex16(fnv64(r.FlowID, t.Direction, strconv.FormatUint(uint64(m.SSRC), 16)))
	t.Upstream = r.Webex && r.Client == t.SrcIP
	t.ClientSubnet, t.Site = r.ClientSubnet, r.Site
	t.Kind, t.ClockRate, t.Profile = cl.Stream(&f.Flow, h, t.Upstream)
	t.ClockSource = "known"
	if t.ClockRate == 0 {
		t.ClockRate, t.ClockSource = m.GuessClock(), "estimated"
	}
	if t.ClockRate == 0 {
		t.ClockSource = ""
	}
	if m.Lost() > 0 {
		b := m.Bursts()
		t.LossBursts = b[:]
	}
	if mean, maximum, ok := m.Jitter(t.ClockRate); ok && t.Kind != rtx {
		mean, maximum = round(mean), round(maximum)
		t.JitterMeanMs, t.JitterMaxMs = &mean, &maximum
	}
	t.RTCP = rtcpFacts(m.Reports, t.ClockRate)
	if v, ok := m.Video(); ok && (t.Kind == "video" || t.Kind == "share") && t.ClockRate == 90000 {
		rate, jitter, frozen := round(v.Rate), round(v.JitterMs), round(v.FrozenMs)
		t.FrameRate, t.FrameJitter, t.Freezes, t.FrozenMs = &rate, &jitter, &v.Freezes, &frozen
	}
	return t
}

func rtcpFacts(r *media.Reports, clock int) *record.RTCP {
	if r == nil || r.N == 0 {
		return nil
	}
	x := &record.RTCP{Reports: r.N, Lost: int64(r.Lost - r.Before), WorstShare: round(float64(r.Fraction) / 256)}
	if clock > 0 {
		jitter := round(float64(r.MaxJitter) / float64(clock) * 1e3)
		x.JitterMs = &jitter
	}
	if rtt, ok := r.RTT(); ok {
		x.RTTMs = ms(rtt)
	}
	return x
}
