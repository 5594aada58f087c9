// Package rtcp reads RTCP: compound packets and the packets in them (RFC 3550 section 6), feedback (RFC 4585, RFC 5104)
// and extended reports (RFC 3611).
//
// In goes a datagram; out come packets whose bytes borrow it. In SRTCP (RFC 3711 section 3.4) only the first eight
// bytes are in clear: the type of the first packet, its length and its sender. All behind it is ciphertext that still
// looks like numbers, so ask Compound.Clear before reading a report. SRTCP may also leave the packets in clear and only
// add its tag (E bit 0; RFC 7714 section 9.3 for AES-GCM): Compound.Trailer says what is to be cut off. The package
// keeps no state.
package rtcp

import (
	"encoding/binary"
	"errors"
)

// headerLen is the length of the header that all packets share, in bytes.
const headerLen = 4

// minLen is the shortest first packet: header and SSRC.
const minLen = 8

// The reasons why bytes are no RTCP packet.
var (
	ErrShort   = errors.New("rtcp: shorter than header and SSRC")
	ErrVersion = errors.New("rtcp: version is not 2")
	ErrType    = errors.New("rtcp: packet type is not in 192 to 223")
)

// Packet is one packet of a compound.
type Packet struct {
	Type    Type
	Count   uint8 // five bits: report count, source count, feedback message type (FMT) or subtype of APP
	Padding bool
	Length  int // bytes, header included, as the header claims
	// Body is what follows the common header, padding included; shorter than claimed where Truncated is set.
	Body      []byte
	Truncated bool
}

// Compound is what one datagram shows without being decrypted. Parse overwrites all of it.
type Compound struct {
	First     Packet // Type, Count and Length are in clear even in SRTCP
	SSRC      uint32 // of the sender of First: bytes 4 to 7
	Packets   int    // packets that follow each other without contradiction, from the first on
	Truncated bool   // First claims to be longer than the datagram: the capture cut it, or it is no RTCP
	// Clear: the packets can be read. They fill the datagram to the last byte and are large enough for what they count,
	// or one of them holds what no ciphertext does (see inClear) and few bytes follow the last. A packet that the
	// capture cut off is never Clear.
	Clear   bool
	Trailer int // bytes behind the packets of a Clear compound: the tag of SRTCP without encryption
}

// maxTrailer is more than SRTCP puts behind the packets: a tag of 16 bytes and an index of 4 (RFC 7714 section 9).
const maxTrailer = 24

// Is reports whether b can start with RTCP beside RTP on one port: version 2, a second byte from 192 to 223 (RFC 5761
// section 4; the rule that RFC 7983 and RFC 9443 build on), and a first packet that fits b.
func Is(b []byte) bool {
	return len(b) >= minLen && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223 && length(b) <= len(b)
}

// Parse fills c from the datagram b. On an error c is empty.
func Parse(b []byte, c *Compound) error {
	*c = Compound{}
	switch {
	case len(b) < minLen:
		return ErrShort
	case b[0]>>6 != 2:
		return ErrVersion
	case b[1] < 192 || b[1] > 223:
		return ErrType
	}
	c.SSRC = binary.BigEndian.Uint32(b[4:])
	rest, inClear := b, false
	for {
		p, r, ok := Next(rest)
		if !ok || p.Truncated || !p.plausible() {
			break
		}
		c.Packets++
		rest, inClear = r, inClear || p.inClear()
	}
	c.First, _, _ = Next(b)
	c.Truncated = c.First.Truncated
	if c.Clear = len(rest) == 0 || inClear && len(rest) <= maxTrailer; c.Clear {
		c.Trailer = len(rest)
	}
	return nil
}

// Next splits the first packet off b. It is false where b holds no header of version 2 with a type from 192 to 223, and
// so at the end, and in SRTCP behind the first packet.
//
//	for p, rest, ok := rtcp.Next(b); ok; p, rest, ok = rtcp.Next(rest) {
//		…
//	}
func Next(b []byte) (p Packet, rest []byte, ok bool) {
	if len(b) < headerLen || b[0]>>6 != 2 || b[1] < 192 || b[1] > 223 {
		return Packet{}, nil, false
	}
	p = Packet{Type: Type(b[1]), Count: b[0] & 0x1F, Padding: b[0]&0x20 != 0, Length: length(b)}
	if p.Length > len(b) {
		p.Truncated, p.Body = true, b[headerLen:]
		return p, nil, true
	}
	p.Body = b[headerLen:p.Length:p.Length]
	return p, b[p.Length:], true
}

// length is that of the packet at the start of b in bytes; the field counts 32-bit words less one.
func length(b []byte) int { return headerLen + 4*int(binary.BigEndian.Uint16(b[2:])) }

// plausible reports whether the body is large enough for what the header counts.
func (p *Packet) plausible() bool {
	n := int(p.Count)
	switch p.Type {
	case SR:
		return len(p.Body) >= senderLen+n*blockLen
	case RR:
		return len(p.Body) >= 4+n*blockLen
	case SDES:
		return len(p.Body) >= n*8 // source, and a list of items that ends with a zero byte
	case BYE:
		return len(p.Body) >= n*4
	case APP, RTPFB, PSFB:
		return len(p.Body) >= 8
	}
	return true
}
