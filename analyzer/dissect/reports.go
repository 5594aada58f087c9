package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/rtcp"
	"webexaudit/analyzer/flow"
)

// reports notes what a compound packet in clear of side s says of the flow's streams: its own (sender reports) and
// those it receives (report blocks); and by which names it gives feedback.
func (st *State) reports(p *decode.Packet, s flow.Side, b []byte) {
	for c, rest, ok := rtcp.Next(b); ok; c, rest, ok = rtcp.Next(rest) {
		if name, ok := c.ApplicationName(); ok {
			st.feedback(name)
		}
		if st.Media == nil {
			continue
		}
		if r, ok := c.SenderReport(); ok {
			if m := st.Media.find(s, r.SSRC); m != nil {
				m.Sent(uint32(r.NTPTime>>16), p.Time)
			}
		}
		for i := 0; ; i++ {
			r, ok := c.Report(i)
			if !ok {
				break
			}
			if m := st.Media.find(s.Other(), r.SSRC); m != nil {
				m.Heard(r.FractionLost, r.CumulativeLost, r.Jitter, r.LastSR, r.DelaySinceLastSR, p.Time)
			}
		}
	}
}

const maxFeedback = 4

func (st *State) feedback(name []byte) {
	for _, known := range st.Feedback {
		if known == string(name) {
			return
		}
	}
	if len(st.Feedback) < maxFeedback {
		st.Feedback = append(st.Feedback, string(name))
	}
}
