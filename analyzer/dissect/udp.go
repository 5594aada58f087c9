package dissect

import (
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/demux"
	"webexaudit/analyzer/dissect/rtcp"
	"webexaudit/analyzer/dissect/sip"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/flow"
)

// maxTries is how many packets that no parser knows are looked at before a UDP flow is left alone.
const maxTries = 24

const portDNS = 53

// udp sorts a datagram by its first byte (RFC 7983, RFC 9443).
func (d *Dissector) udp(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) {
	if st.App == Unknown && st.Refused >= maxTries || len(p.Payload) == 0 {
		return
	}
	if f.Key.PortA == portDNS || f.Key.PortB == portDNS {
		d.dnsMessage(f, st, p, s, p.Payload)
		return
	}
	if x := st.STUN; x != nil {
		x.quiet[s] = max(x.quiet[s], f.Idle())
	}
	known := false
	switch demux.Classify(p.Payload) {
	case demux.STUN:
		if known = stun.Is(p.Payload); known {
			d.stunMessage(f, st, p, s, p.Payload)
		}
	case demux.RTP:
		known = st.hopeful(d.rtpPacket(st, p, s, p.Payload))
	case demux.RTCP:
		known = d.rtcpDatagram(f, st, p, s)
	case demux.DTLS:
		known = d.dtlsPacket(f, st, p, s, p.Payload)
	case demux.TURNChannel:
		known = d.channelData(f, st, p, s) || d.otherUDP(f, st, p, s)
	default:
		known = d.otherUDP(f, st, p, s)
	}
	if !known {
		d.unsorted(f, st, p, s)
	}
}

// unsorted tries the protocols that have no place in the first byte, and counts what no parser knows.
func (d *Dissector) unsorted(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) {
	if st.App == Unknown || st.App == NTP || st.App == H323 {
		if d.ntpMessage(f, st, p, s) || d.rasMessage(f, st, p, s) {
			return
		}
	}
	if st.Refused < maxTries {
		st.refuse()
	}
}

// refuse counts a packet that nobody knows; a flow that is given up keeps no candidates.
func (st *State) refuse() {
	if st.Refused++; st.Refused == maxTries && st.App == Unknown {
		st.Media = nil
	}
}

// rtcpPacket counts compound packets; whether their bodies are in clear tells RTCP from SRTCP.
func (st *State) rtcpPacket(p *decode.Packet, s flow.Side, b []byte) bool {
	if !rtcp.Is(b) {
		st.brokenFeedback(p, s, b)
		return false
	}
	var c rtcp.Compound
	if _ = rtcp.Parse(b, &c); c.Clear {
		st.rtcp().Clear++
		st.reports(p, s, b[:len(b)-c.Trailer])
	} else {
		st.rtcp().Sealed++
	}
	return st.Media != nil
}

func (st *State) sawDTLS() {
	st.DTLS = true
	if st.App == Unknown || st.App == STUN {
		st.App = DTLS
	}
}

// maxKeepAlive is more than any packet holds that only keeps an address translation alive.
const maxKeepAlive = 8

// otherUDP looks for what has no place in the demultiplexing table: QUIC and SIP.
func (d *Dissector) otherUDP(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) bool {
	switch {
	case sip.Is(p.Payload):
		if st.App == Unknown {
			st.App = SIP
		}
		d.at = moment{f, st, p, s}
		d.sipDatagram()
		return true
	case len(p.Payload) <= maxKeepAlive && sip.KeepAlive(p.Payload) == len(p.Payload):
		return true // phones begin with them; a flow is not given up for that
	case d.quic(f, st, p, s):
		return true
	}
	return false
}
