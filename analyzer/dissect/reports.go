package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/rtcp"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
)

// reports notes what a compound packet in clear of side s says of the flow's streams: its own (sender reports) and
// those it receives (report blocks, feedback); and by which names it gives feedback.
func (st *State) reports(p *decode.Packet, s flow.Side, b []byte) {
	for c, rest, ok := rtcp.Next(b); ok; c, rest, ok = rtcp.Next(rest) {
		if name, ok := c.ApplicationName(); ok {
			st.rtcp().feedback(name)
		}
		if m := st.Media; m != nil {
			m.sent(s, &c, p.Time)
			m.heard(s.Other(), &c, p.Time)
			m.returned(s.Other(), &c, p.Time)
			m.Asked[s.Other()].ask(&c, p.Time)
			m.Asked[s].answer(&c, p.Time)
		}
	}
}

// sent notes a sender report of side s.
func (m *Media) sent(s flow.Side, c *rtcp.Packet, now int64) {
	if r, ok := c.SenderReport(); ok {
		if m := m.find(s, r.SSRC); m != nil {
			m.Sent(uint32(r.NTPTime>>16), r.PacketCount, now)
		}
	}
}

// heard notes report blocks about streams of side s.
func (m *Media) heard(s flow.Side, c *rtcp.Packet, now int64) {
	reporter, _ := c.Sender()
	for i := 0; ; i++ {
		r, ok := c.Report(i)
		if !ok {
			return
		}
		if m := m.find(s, r.SSRC); m != nil {
			m.Heard(&media.Report{
				Reporter: reporter, Fraction: r.FractionLost, Lost: r.CumulativeLost, Highest: r.HighestSequence,
				Jitter: r.Jitter, LastSR: r.LastSR, Delay: r.DelaySinceLastSR, Time: now,
			})
		}
	}
}

// returned notes feedback about what side s sends that returns a clock.
func (m *Media) returned(s flow.Side, c *rtcp.Packet, now int64) {
	x, named, ok := c.MARI()
	if !named {
		return
	}
	e := m.echoes(s)
	if !ok {
		e.Refused++
		return
	}
	e.Returned(x.Clock, x.Rate, now)
}

func (m *Media) echoes(s flow.Side) *media.Echoes {
	if m.Echoes[s] == nil {
		m.Echoes[s] = new(media.Echoes)
	}
	return m.Echoes[s]
}

// clock notes when a packet of side s passed, by the clock in its header extension.
func (m *Media) clock(s flow.Side, stream *media.Stream, in *media.Packet) {
	if in.Counted {
		m.echoes(s).Add(stream, in, in.Header+in.Payload)
	}
}

const maxFeedback = 4

// rtcp is what is counted of RTCP, which begins here if need be.
func (st *State) rtcp() *RTCPFacts {
	if st.RTCP == nil {
		st.RTCP = new(RTCPFacts)
	}
	return st.RTCP
}

func (x *RTCPFacts) feedback(name []byte) {
	for _, known := range x.Feedback {
		if known == string(name) {
			return
		}
	}
	if len(x.Feedback) < maxFeedback {
		x.Feedback = append(x.Feedback, string(name))
	}
}

// brokenFeedback counts what begins as payload-specific feedback does and is not as long as it says, where the side has
// shown that it gives feedback on clocks.
func (st *State) brokenFeedback(p *decode.Packet, s flow.Side, b []byte) {
	if m := st.Media; m != nil && m.Echoes[s.Other()] != nil && !p.Cut && len(b) > 1 && rtcp.Type(b[1]) == rtcp.PSFB {
		m.Echoes[s.Other()].Refused++
	}
}
