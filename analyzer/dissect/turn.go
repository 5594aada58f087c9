package dissect

import (
	"encoding/binary"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect/demux"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/flow"
)

// channelData reads what a datagram with a TURN channel number carries. Channels begin with the same bits as QUIC's
// short headers and have no magic number: the length has to fit, and the flow has to speak STUN, or what is inside must
// go on as media does.
func (d *Dissector) channelData(f *flow.Flow, st *State, p *decode.Packet, s flow.Side) bool {
	c, err := stun.ParseChannelData(p.Payload)
	if err != nil || st.App == QUIC || stun.ChannelHeaderLen+c.Length > int(p.PayloadLen) ||
		c.Size() < int(p.PayloadLen) {
		return false
	}
	inside := d.relayed(f, st, p, s, c.Data)
	if st.STUN != nil {
		st.STUN.Channels++
		return true
	}
	return inside
}

// relayed reads a datagram that a TURN server relays. The peers' own STUN messages in it are not counted with those of
// the flow.
func (d *Dissector) relayed(f *flow.Flow, st *State, p *decode.Packet, s flow.Side, b []byte) bool {
	switch demux.Classify(b) {
	case demux.RTP:
		return st.hopeful(d.rtpPacket(st, p, s, b))
	case demux.RTCP:
		return st.rtcpPacket(p, s, b)
	case demux.DTLS:
		return d.dtlsPacket(f, st, p, s, b)
	}
	return false
}

// sizeTURN is the length on a stream of the message that begins with the four bytes of b; 0 where neither STUN nor
// ChannelData begins so.
func sizeTURN(b []byte) int {
	n := int(binary.BigEndian.Uint16(b[2:]))
	switch {
	case b[0] < 4 && n&3 == 0:
		return stun.HeaderLen + n
	case b[0]>>4 == 4:
		return (stun.ChannelHeaderLen + n + 3) &^ 3
	}
	return 0
}

// headRTP is what is kept of the content of a ChannelData message: the fixed header of RTP.
const headRTP = 12

func (r *framer) wantTURN() int {
	if len(r.head) < stun.ChannelHeaderLen {
		return stun.ChannelHeaderLen
	}
	size := sizeTURN(r.head)
	if r.head[0] < 4 {
		return min(size, maxFrameHead)
	}
	return min(size, stun.ChannelHeaderLen+headRTP)
}

// nextTURN emits the message at hand when enough of it is there.
func (r *framer) nextTURN(emit func(head []byte, length int)) {
	if len(r.head) < stun.ChannelHeaderLen {
		return
	}
	size := sizeTURN(r.head)
	switch {
	case size == 0:
		r.lost = true
	case len(r.head) >= r.wantTURN():
		emit(r.head, size)
		r.skip, r.head = size-len(r.head), r.head[:0]
	}
}

// plausibleTURN reports whether a message may start here: a STUN message, or ChannelData that ends with the segment or
// holds what RTP begins with.
func plausibleTURN(b []byte) bool {
	if stun.Is(b) {
		return true
	}
	if len(b) <= stun.ChannelHeaderLen || b[0]>>4 != 4 {
		return false
	}
	size := sizeTURN(b)
	return size == len(b) || b[stun.ChannelHeaderLen]>>6 == 2 && size < 1500
}
