package dissect

import (
	"encoding/binary"

	"webexaudit/analyzer/dissect/rtcp"
	"webexaudit/analyzer/dissect/rtp"
	"webexaudit/analyzer/dissect/stun"
)

// sourceOf is the SSRC of the sender of an RTP or RTCP packet.
func sourceOf(b []byte) (ssrc uint32, ok bool) {
	switch {
	case rtcp.Is(b) && len(b) >= 8:
		return binary.BigEndian.Uint32(b[4:]), true
	case rtp.Is(b):
		return binary.BigEndian.Uint32(b[8:]), true
	}
	return 0, false
}

// isChannels reports whether b, the first bytes seen of one direction, is ChannelData of TURN with media inside: whole
// messages that follow each other, two of them of one source. Channel numbers are letters in ASCII, and a single
// message proves nothing.
func isChannels(b []byte) bool {
	var seen [4]uint32
	for n := 0; n < len(seen) && len(b) > stun.ChannelHeaderLen; {
		size := sizeTURN(b)
		if size == 0 || size > len(b) {
			return false
		}
		if b[0]>>4 == 4 {
			ssrc, ok := sourceOf(b[stun.ChannelHeaderLen : stun.ChannelHeaderLen+int(binary.BigEndian.Uint16(b[2:]))])
			if !ok {
				return false
			}
			for _, s := range seen[:n] {
				if s == ssrc {
					return true
				}
			}
			seen[n] = ssrc
			n++
		} else if !stun.Is(b) {
			return false
		}
		b = b[size:]
	}
	return false
}

// soleFrame is the source of the packet of RTP or RTCP that fills the segment with its frame, of RFC 4571 or of TURN.
func soleFrame(b []byte) (ssrc uint32, turn, ok bool) {
	if len(b) < stun.ChannelHeaderLen+8 {
		return 0, false, false
	}
	if n := int(binary.BigEndian.Uint16(b[2:])); b[0]>>4 == 4 && sizeTURN(b) == len(b) {
		ssrc, ok = sourceOf(b[stun.ChannelHeaderLen : stun.ChannelHeaderLen+n])
		return ssrc, true, ok
	}
	if int(binary.BigEndian.Uint16(b))+2 != len(b) {
		return 0, false, false
	}
	ssrc, ok = sourceOf(b[2:])
	return ssrc, false, ok
}

// resumeFrames recognises frames in a flow whose beginning told nothing, as where the capture began inside of one: two
// segments in a row of one direction that are a frame each, from one source. From the second on they are read; the
// other direction waits for one of its own.
func (d *Dissector) resumeFrames(h *half) bool {
	t, p := d.at.st.TCP, d.at.p
	ssrc, turn, ok := soleFrame(p.Payload)
	ok = ok && len(p.Payload) == int(p.PayloadLen)
	if again := ok && h.framed && h.source == ssrc; !again {
		h.framed, h.source = ok, ssrc
		return false
	}
	h.framed = false
	d.at.st.App, t.TURN = Framed, turn
	for s := range t.side {
		t.side[s].frames = &framer{turn: turn, lost: true}
	}
	h.next = p.Seq
	return true
}
