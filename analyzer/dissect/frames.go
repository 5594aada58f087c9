package dissect

import (
	"encoding/binary"

	"webexaudit/analyzer/dissect/rtp"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/media"
)

// framer follows the frames of RFC 4571 (a 16-bit length, then a STUN, RTP or RTCP packet) in one direction of a TCP
// stream. Of each frame it keeps only as much as its parser needs: a STUN message whole, of RTP the header. With turn
// it follows TURN's messages instead, STUN and ChannelData, which have no frame (RFC 8656 section 12.5).
type framer struct {
	turn bool
	head []byte // length field and beginning of the frame at hand, maxFrameHead at most
	skip int    // bytes of the frame still to be passed over
	lost bool
}

// maxFrameHead holds the length and a STUN message of any sensible size.
const maxFrameHead = 2 + 1024

// want is how many bytes of the frame at hand are needed.
func (r *framer) want() int {
	if r.turn {
		return r.wantTURN()
	}
	if len(r.head) < 3 {
		return 3
	}
	length := int(binary.BigEndian.Uint16(r.head))
	if r.head[2] < 4 {
		return 2 + min(length, maxFrameHead-2)
	}
	return 2 + min(length, 12)
}

// next takes the next bytes of the stream and calls emit with what is kept of each frame and the frame's length.
func (r *framer) next(b []byte, emit func(head []byte, length int)) {
	if r.lost {
		if len(b) < 3 || !r.mayStart(b) {
			return
		}
		r.head, r.skip, r.lost = r.head[:0], 0, false
	}
	for len(b) > 0 {
		if r.skip > 0 {
			k := min(r.skip, len(b))
			r.skip -= k
			b = b[k:]
			continue
		}
		k := min(r.want()-len(r.head), len(b))
		r.head = append(r.head, b[:k]...)
		b = b[k:]
		switch {
		case r.turn:
			r.nextTURN(emit)
		case len(r.head) >= 2 && r.head[0]|r.head[1] == 0: // an empty frame is a keep-alive
			r.head = append(r.head[:0], r.head[2:]...)
		case len(r.head) < r.want():
		default:
			length := int(binary.BigEndian.Uint16(r.head))
			emit(r.head[2:], length)
			r.skip, r.head = 2+length-len(r.head), r.head[:0]
		}
		if r.lost {
			return
		}
	}
}

func (r *framer) mayStart(b []byte) bool {
	if r.turn {
		return plausibleTURN(b)
	}
	return plausibleFrame(b)
}

// plausibleFrame reports whether a frame may start here: one that fills the segment, or one with a known first byte.
func plausibleFrame(b []byte) bool {
	length := int(binary.BigEndian.Uint16(b))
	return length >= 8 && (length+2 == len(b) || b[2]>>6 == 2 && length < 1500)
}

// miss says that n bytes of the stream were not captured.
func (r *framer) miss(n int) {
	if n <= r.skip {
		r.skip -= n
		return
	}
	r.lost = true
}

// frame is called for each frame.
func (d *Dissector) frame(head []byte, length int) {
	f, st, p, s := d.at.f, d.at.st, d.at.p, d.at.s
	switch {
	case stun.Is(head):
		d.stunMessage(f, st, p, s, head)
	case st.TCP.TURN:
		if x := st.STUN; x != nil {
			x.Channels++
		}
		d.framedRTP(head[stun.ChannelHeaderLen:], int(binary.BigEndian.Uint16(head[2:])), length)
	default:
		d.framedRTP(head, length, length+2)
	}
}

// framedRTP counts an RTP packet of length bytes of which the head is there; size is that of the frame.
func (d *Dissector) framedRTP(head []byte, length, size int) {
	h, p := &d.rtp, d.at.p
	if rtp.Parse(head, h) != nil || isRTCPType(head) {
		return
	}
	d.rtpFrame(d.at.st, d.at.s, media.Packet{
		Time: p.Time, Number: p.Number, Sequence: h.SequenceNumber, Timestamp: h.Timestamp, Type: h.PayloadType, Marker: h.Marker,
		DSCP: p.TOS >> 2, Bytes: uint32(size), Payload: uint32(max(length-h.HeaderLen, 0)),
	}, h.SSRC)
}

// isRTCPType tells RTCP by its second byte (RFC 5761 section 4).
func isRTCPType(b []byte) bool { return len(b) > 1 && b[1] >= 192 && b[1] <= 223 }
