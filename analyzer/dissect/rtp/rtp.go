// Package rtp reads the headers of RTP packets (RFC 3550 section 5.1) and their header extensions (RFC 8285). In SRTP
// (RFC 3711) these stay in clear, so it serves both.
//
// In goes a datagram, or as much of it as was captured; out comes a [Header] that the caller owns and reuses. Its
// slices borrow the input. The package keeps no state: what several packets say together (loss, jitter) is computed
// elsewhere.
package rtp

import (
	"encoding/binary"
	"errors"
)

// FixedLen is the length of the fixed part of the header in bytes.
const FixedLen = 12

// The reasons why bytes are no RTP packet.
var (
	ErrShort   = errors.New("rtp: shorter than the fixed header")
	ErrVersion = errors.New("rtp: version is not 2")
)

// Header is the header of one RTP packet. Parse overwrites all of it.
type Header struct {
	Padding        bool
	Extension      bool
	Marker         bool
	PayloadType    uint8
	SequenceNumber uint16
	Timestamp      uint32
	SSRC           uint32
	CSRCCount      int // as the header claims; see CSRC

	ExtensionProfile uint16 // "defined by profile"; ProfileOneByte and ProfileTwoByte are those of RFC 8285
	ExtensionData    []byte // what follows the extension's header: the elements, padding included

	HeaderLen  int // fixed part, CSRC list and extension: where the payload begins, as the header claims
	PayloadLen int // bytes of b behind the header: with padding, and in SRTP with the authentication tag
	// PaddingLen is the padding that the last byte of b counts, where Padding is set and the count fits the payload. It
	// is part of PayloadLen. It means nothing in SRTP, which encrypts the count, nor in a packet that the capture cut
	// off.
	PaddingLen int

	// Truncated: b ends within the CSRC list or the extension. The fixed part is good.
	Truncated bool

	csrc []byte
}

// Is reports whether b can be an RTP packet: version 2, no payload type from 64 to 95 (with the marker bit these are
// the packet types of RTCP, and RFC 5761 section 4 forbids them beside it), and CSRC list and extension within b.
// Random bytes pass in one of six cases, so one packet proves nothing: look for a second with the same SSRC.
func Is(b []byte) bool {
	if len(b) < FixedLen || b[0]>>6 != 2 {
		return false
	}
	if pt := b[1] & 0x7F; pt >= 64 && pt <= 95 {
		return false
	}
	n := FixedLen + 4*int(b[0]&0x0F)
	if b[0]&0x10 != 0 {
		if n+4 > len(b) {
			return false
		}
		n += 4 + 4*int(binary.BigEndian.Uint16(b[n+2:]))
	}
	return n <= len(b)
}

// Parse fills h from the packet b. It needs the fixed part of the header; where the CSRC list or the extension are cut
// off it sets Truncated, and PayloadLen is 0. On an error h is empty.
func Parse(b []byte, h *Header) error {
	*h = Header{}
	if len(b) < FixedLen {
		return ErrShort
	}
	if b[0]>>6 != 2 {
		return ErrVersion
	}
	h.Padding, h.Extension, h.CSRCCount = b[0]&0x20 != 0, b[0]&0x10 != 0, int(b[0]&0x0F)
	h.Marker, h.PayloadType = b[1]&0x80 != 0, b[1]&0x7F
	h.SequenceNumber = binary.BigEndian.Uint16(b[2:])
	h.Timestamp = binary.BigEndian.Uint32(b[4:])
	h.SSRC = binary.BigEndian.Uint32(b[8:])
	h.HeaderLen = FixedLen + 4*h.CSRCCount
	h.csrc = b[FixedLen:min(h.HeaderLen, len(b))]
	if h.Extension {
		h.extension(b)
	}
	if h.Truncated = h.Truncated || h.HeaderLen > len(b); !h.Truncated {
		h.payload(b[h.HeaderLen:])
	}
	return nil
}

// CSRC returns the i-th contributing source, counted from 0; false where there is none, or where it was cut off.
func (h *Header) CSRC(i int) (uint32, bool) {
	if i < 0 || i >= len(h.csrc)/4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(h.csrc[4*i:]), true
}

// extension reads the header extension (RFC 3550 section 5.3.1) behind the CSRC list: profile, length in words, data.
func (h *Header) extension(b []byte) {
	at := h.HeaderLen
	h.HeaderLen += 4
	if h.HeaderLen > len(b) {
		h.Truncated = true
		return
	}
	h.ExtensionProfile = binary.BigEndian.Uint16(b[at:])
	at, h.HeaderLen = h.HeaderLen, h.HeaderLen+4*int(binary.BigEndian.Uint16(b[at+2:]))
	h.ExtensionData = b[at:min(h.HeaderLen, len(b))]
}

func (h *Header) payload(p []byte) {
	h.PayloadLen = len(p)
	if h.Padding && len(p) > 0 {
		if n := int(p[len(p)-1]); n <= len(p) {
			h.PaddingLen = n
		}
	}
}
