// Package stun reads STUN messages (RFC 8489, and RFC 5389 and RFC 3489 before it) with the attributes of ICE (RFC
// 8445), TURN (RFC 8656) and Cisco's entries of the IANA registry, and the headers of TURN's ChannelData.
//
// In goes one message, or as much of it as was captured; out comes a [Message] that the caller owns and reuses. Its
// byte slices borrow the input and are valid as long as the input is. The package checks the form only: it verifies
// neither MESSAGE-INTEGRITY nor FINGERPRINT, it keeps no state and it matches no answers to requests.
package stun

import (
	"encoding/binary"
	"errors"
)

// HeaderLen is the length of the message header in bytes.
const HeaderLen = 20

// MagicCookie is the fixed value of bytes 4 to 7 of a message since RFC 5389.
const MagicCookie = 0x2112A442

// The reasons why bytes are no STUN message.
var (
	ErrShort  = errors.New("stun: shorter than a message header")
	ErrType   = errors.New("stun: first two bits are not zero")
	ErrLength = errors.New("stun: message length is not a multiple of 4")
	ErrCookie = errors.New("stun: neither magic cookie nor a complete RFC 3489 message")
)

// Is reports whether b starts with a STUN message of RFC 5389 or later: two zero bits, a length that is a multiple of
// four, the magic cookie. It holds for a message that the capture cut off, and for a stream that goes on behind the
// message. A message of RFC 3489 has no cookie: see [IsClassic].
func Is(b []byte) bool {
	return len(b) >= HeaderLen && b[0]&0xC0 == 0 && b[3]&3 == 0 && binary.BigEndian.Uint32(b[4:]) == MagicCookie
}

// IsClassic reports whether b is exactly one message of RFC 3489, which has no cookie to know it by. It is stricter
// than [Is]: the type must be one of the six of RFC 3489, and the attributes must fill the claimed length and b to the
// byte. Even so, a message without attributes is known by four bytes only: ask for a second sign before building on it.
func IsClassic(b []byte) bool {
	if len(b) < HeaderLen || binary.BigEndian.Uint32(b[4:]) == MagicCookie || !classicType(binary.BigEndian.Uint16(b)) {
		return false
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	return n&3 == 0 && HeaderLen+n == len(b) && chains(b[HeaderLen:])
}

// classicType holds for the message types of RFC 3489 section 11.1.
func classicType(t uint16) bool {
	switch t {
	case 0x0001, 0x0101, 0x0111, 0x0002, 0x0102, 0x0112:
		return true
	}
	return false
}

// chains reports whether b is a sequence of complete attributes and nothing else.
func chains(b []byte) bool {
	for len(b) > 0 {
		if len(b) < attrHeaderLen {
			return false
		}
		n := attrHeaderLen + padded(int(binary.BigEndian.Uint16(b[2:])))
		if n > len(b) {
			return false
		}
		b = b[n:]
	}
	return true
}

// padded rounds the length of a value up to the 32-bit boundary (RFC 8489 section 14).
func padded(n int) int { return (n + 3) &^ 3 }
