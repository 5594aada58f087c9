// Package rfc4571 splits a TCP byte stream that carries real-time packets into frames: a length of 16 bits, then one
// packet (RFC 4571 section 2). ICE over TCP (RFC 6544) puts STUN, DTLS, RTP and RTCP into such frames.
//
// In goes the start of one direction of a connection, in order and without holes; out come frames that borrow it. TURN
// over TCP (RFC 8656) does not use this framing: there STUN messages and ChannelData follow each other directly.
package rfc4571

import "encoding/binary"

// HeaderLen is the length of the frame header in bytes.
const HeaderLen = 2

// enough is how many frames Plausible looks at before it gives up.
const enough = 64

// Next splits the first frame off b. It is false where b does not hold the whole frame; rest is then b. A frame may be
// empty.
func Next(b []byte) (frame, rest []byte, ok bool) {
	if len(b) < HeaderLen {
		return nil, b, false
	}
	n := HeaderLen + int(binary.BigEndian.Uint16(b))
	if n > len(b) {
		return nil, b, false
	}
	return b[HeaderLen:n:n], b[n:], true
}

// Plausible reports whether prefix, the first bytes of one direction, is a sequence of frames with STUN, DTLS, RTP or
// RTCP packets (RFC 7983) and nothing else. A STUN message with magic cookie that fits its frame to the byte is proof
// by itself. Without one it takes two frames that cannot agree by chance: two DTLS records, or two packets of RTP or
// RTCP with the same SSRC; the version bits alone would let random bytes through. It looks at 64 frames at most.
func Plausible(prefix []byte) bool {
	var seen evidence
	for i := 0; i < enough; i++ {
		frame, rest, ok := Next(prefix)
		if !ok {
			return seen.agrees() && mayStart(prefix)
		}
		if len(frame) > 0 {
			switch {
			case isSTUN(frame):
				return true
			case isDTLS(frame):
				seen.dtls++
			case isRTP(frame):
				seen.source(binary.BigEndian.Uint32(frame[8:]))
			case isRTCP(frame):
				seen.source(binary.BigEndian.Uint32(frame[4:]))
			default:
				return false
			}
		}
		prefix = rest
	}
	return seen.agrees()
}

// evidence is what the frames so far have in common.
type evidence struct {
	dtls   int
	ssrcs  [8]uint32
	n      int
	repeat bool // an SSRC came twice
}

func (e *evidence) agrees() bool { return e.repeat || e.dtls >= 2 }

func (e *evidence) source(ssrc uint32) {
	for _, s := range e.ssrcs[:e.n] {
		e.repeat = e.repeat || s == ssrc
	}
	if e.n < len(e.ssrcs) {
		e.ssrcs[e.n] = ssrc
		e.n++
	}
}

// mayStart reports whether b, the start of an incomplete frame, contradicts nothing: a first payload byte of 0 to 3, 20
// to 63 or 128 to 191, or none yet.
func mayStart(b []byte) bool {
	if len(b) <= HeaderLen {
		return true
	}
	c := b[HeaderLen]
	return c <= 3 || c >= 20 && c <= 63 || c >= 128 && c <= 191
}

// isSTUN: RFC 8489 section 5, with a length that fills the frame.
func isSTUN(f []byte) bool {
	return len(f) >= 20 && f[0] <= 3 && binary.BigEndian.Uint32(f[4:]) == 0x2112A442 && 20+
		int(binary.BigEndian.Uint16(f[2:])) == len(f)
}

// isDTLS: a record of DTLS 1.0 or 1.2, which DTLS 1.3 imitates in its hellos (RFC 9147 section 4), that fits the frame.
func isDTLS(f []byte) bool {
	if len(f) <= 13 || f[0] < 20 || f[0] > 26 || f[1] != 0xFE || f[2] != 0xFF && f[2] != 0xFD {
		return false
	}
	n := int(binary.BigEndian.Uint16(f[11:]))
	return n > 0 && 13+n <= len(f)
}

// isRTP: version 2 and a payload type that RFC 5761 section 4 allows beside RTCP.
func isRTP(f []byte) bool {
	if len(f) < 12 || f[0]>>6 != 2 || 12+4*int(f[0]&0x0F) > len(f) {
		return false
	}
	pt := f[1] & 0x7F
	return pt < 64 || pt > 95
}

// isRTCP: version 2, a packet type of RFC 5761 section 4, and a first packet that fits the frame.
func isRTCP(f []byte) bool {
	return len(f) >= 8 && f[0]>>6 == 2 && f[1] >= 192 && f[1] <= 223 && 4+
		4*int(binary.BigEndian.Uint16(f[2:])) <= len(f)
}
