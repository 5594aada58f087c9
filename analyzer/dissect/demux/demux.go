// Package demux tells apart, by their first bytes, the protocols that share a UDP port in real-time communication:
// STUN, ZRTP, DTLS, TURN channels, QUIC, RTP and RTCP (RFC 7983, RFC 9443; RTP and RTCP by RFC 5761).
//
// In goes a datagram, out comes the one protocol that it can be, if any. That is no proof: every datagram gets a Kind
// by its first byte or two. Whoever needs evidence lets the protocol's own package look (Is, Parse).
package demux

// Kind is the protocol that a datagram's first byte assigns it to.
type Kind uint8

// The kinds, with their first bytes (RFC 9443).
const (
	Unknown Kind = iota // 4 to 15, which no protocol may use, or an empty datagram
	STUN                // 0 to 3
	ZRTP                // 16 to 19
	DTLS                // 20 to 63
	// 64 to 79 from or to a TURN server; from any other peer QUIC, which only the caller can know
	TURNChannel
	QUIC // 80 to 127 (short header) and 192 to 255 (long header)
	RTP  // 128 to 191
	RTCP // 128 to 191 with a second byte of 192 to 223 (RFC 5761 section 4)
)

var names = [...]string{"unknown", "STUN", "ZRTP", "DTLS", "TURN channel", "QUIC", "RTP", "RTCP"}

// String is the protocol's name.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Unknown]
}

// Classify assigns the datagram b to a protocol.
func Classify(b []byte) Kind {
	if len(b) == 0 {
		return Unknown
	}
	switch c := b[0]; {
	case c >= 192:
		return QUIC
	case c >= 128:
		if len(b) > 1 && b[1] >= 192 && b[1] <= 223 {
			return RTCP
		}
		return RTP
	case c >= 80:
		return QUIC
	case c >= 64:
		return TURNChannel
	case c >= 20:
		return DTLS
	case c >= 16:
		return ZRTP
	case c >= 4:
		return Unknown
	}
	return STUN
}
