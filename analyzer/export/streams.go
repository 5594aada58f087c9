package export

import (
	"slices"
	"strconv"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/media"
	"webexaudit/analyzer/record"
)

// rtx is the kind of streams that send packets again. Their time stamps are those of the packets that they repeat (RFC
// 4588 section 4), so how these differ from the times of arrival is no jitter.
const rtx = "rtx"

// stream is an RTP stream as records, without what the verdict tells.
type stream struct {
	loss.Stream
	jitter    [len(media.Clocks)]jitter // by clock rate
	clocks    [2][]int                  // by interval: the clock rate that its jitter is of
	maxJitter uint32                    // the highest that a report tells, in units of the clock
}

// jitter is mean and maximum in ms.
type jitter struct {
	mean, max float64
	known     bool
}

// streams makes those of the flow, in the order of the hints.
func (n *converter) streams(r *record.Flow, x *dissect.State, src flow.Side) (list []*stream) {
	for _, s := range x.Streams() {
		for _, m := range x.Media.Streams[s] {
			list = append(list, n.stream(r, x, src, s, m))
		}
	}
	return list
}

// stream makes one that a side of the flow sends.
func (n *converter) stream(r *record.Flow, x *dissect.State, src, from flow.Side, m *media.Stream) *stream {
	t := &record.MediaStream{
		Direction: dir(from, src), SrcIP: r.SrcIP, SrcPort: r.SrcPort, DstIP: r.DstIP, DstPort: r.DstPort,
		SSRC: m.SSRC, PayloadType: int(m.PayloadType()), ClockRate: m.GuessClock(),
		Packets: m.Packets, Bytes: m.Bytes, Expected: m.Expected(), Lost: m.Lost(),
		Duplicated: m.Duplicated, Reordered: m.Reordered, Late: m.Late, Restarts: m.Restarts,
		MaxGapMs: *ms(m.MaxGap), BitrateBps: m.Bitrate(),
		DSCP: record.DSCP(m.DSCP.Histogram()), StartTime: record.Time(m.First), EndTime: record.Time(m.Last),
	}
	if from != src {
		t.SrcIP, t.SrcPort, t.DstIP, t.DstPort = r.DstIP, r.DstPort, r.SrcIP, r.SrcPort
	}
	_, t.FirstPacket = n.file(m.FirstNumber)
	_, t.LastPacket = n.file(m.LastNumber)
	if m.Lost() > 0 {
		b := m.Bursts()
		t.LossBursts = b[:]
	}
	if v, ok := m.Video(); ok {
		rate, jitter, frozen := round(v.Rate), round(v.JitterMs), round(v.FrozenMs)
		t.FrameRate, t.FrameJitter, t.Freezes, t.FrozenMs = &rate, &jitter, copied(v.Freezes), &frozen
	}
	s := &stream{Stream: loss.Stream{Rec: t, UDP: r.Proto == "udp"}}
	if t.RTCP = rtcpFacts(m.Reports); t.RTCP != nil {
		s.maxJitter = m.Reports.MaxJitter
	}
	for i, rate := range media.Clocks {
		mean, highest, ok := m.Jitter(rate)
		s.jitter[i] = jitter{round(mean), round(highest), ok}
	}
	if stun := r.STUN; stun != nil && stun.RTTMs != nil {
		s.RTTMs = copied(*stun.RTTMs)
	}
	s.series(x, from, m)
	return s
}

// conclude finishes the records by the verdict on the flow. What belongs to Webex alone goes from others.
func (s *stream) conclude(cl *classify.Classifier, f *classify.Flow, h *classify.Stream) {
	r, t := f.Rec, s.Rec
	s.Client = r.ClientAddr()
	t.FlowID, t.Webex, t.ClientSubnet, t.Site = r.FlowID, r.Webex, r.ClientSubnet, r.Site
	t.StreamID = hex16(fnv64(r.FlowID, t.Direction, strconv.FormatUint(uint64(t.SSRC), 16)))
	t.Upstream = r.Webex && r.Client == t.SrcIP
	clock := 0
	t.Kind, clock, t.Profile = cl.Stream(f, h, t.Upstream)
	switch {
	case clock != 0:
		t.ClockRate, t.ClockSource = clock, "known"
	case t.ClockRate != 0:
		t.ClockSource = "estimated"
	}
	s.timed()
	if !t.Webex {
		s.ofOthers()
	}
	s.rows(f)
}

// timed fills in what depends on clock rate and kind.
func (s *stream) timed() {
	t := s.Rec
	if i := slices.Index(media.Clocks[:], t.ClockRate); i >= 0 && s.jitter[i].known && t.Kind != rtx {
		t.JitterMeanMs, t.JitterMaxMs = copied(s.jitter[i].mean), copied(s.jitter[i].max)
	}
	if t.RTCP != nil && t.ClockRate > 0 {
		t.RTCP.JitterMs = copied(round(float64(s.maxJitter) / float64(t.ClockRate) * 1e3))
	}
	if t.Kind != "video" && t.Kind != "share" || t.ClockRate != 90000 {
		t.FrameRate, t.FrameJitter, t.Freezes, t.FrozenMs = nil, nil, nil, nil
	}
}

func rtcpFacts(r *media.Reports) *record.RTCP {
	if r == nil || r.N == 0 {
		return nil
	}
	x := &record.RTCP{Reports: r.N, Lost: int64(r.Lost - r.Before), WorstShare: round(float64(r.Fraction) / 256)}
	if rtt, ok := r.RTT(); ok {
		x.RTTMs = ms(rtt)
	}
	return x
}
