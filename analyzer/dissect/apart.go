package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/rtcp"
	"webexaudit/analyzer/flow"
)

// rtcpDatagram reads RTCP of the flow's own streams, or of those of the flow below.
func (d *Dissector) rtcpDatagram(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) bool {
	known := st.rtcpPacket(p, s, p.Payload)
	return d.apart(f, st, p, s) || known
}

// apart reads RTCP that has ports of its own, each the next above that of RTP, as phones and gateways send it that do
// not multiplex (RFC 3550 section 11): for the streams of the flow below. It reports whether that has any. Its reports
// have to prove themselves as those do that share the ports of their streams.
func (d *Dissector) apart(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) bool {
	if d.RTPOf == nil || st.Media.any() || !rtcp.Is(p.Payload) {
		return false
	}
	of := d.RTPOf(f, p.Clock)
	if of == nil || !of.Media.any() {
		return false
	}
	var c rtcp.Compound
	if _ = rtcp.Parse(p.Payload, &c); c.Clear {
		of.Media.ClearApart++
		of.reports(p, s, p.Payload[:len(p.Payload)-c.Trailer])
	} else {
		of.Media.SealedApart++
	}
	return true
}

// any reports whether there is a confirmed stream.
func (m *Media) any() bool { return m != nil && len(m.Streams[flow.A])+len(m.Streams[flow.B]) > 0 }
