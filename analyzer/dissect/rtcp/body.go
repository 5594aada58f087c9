package rtcp

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// cname is the SDES item type of CNAME (RFC 3550 section 6.5.1).
const cname = 1

// CNAME returns the first canonical name of an SDES packet and the source it belongs to.
func (p *Packet) CNAME() (ssrc uint32, name []byte, ok bool) {
	if p.Type != SDES {
		return 0, nil, false
	}
	b := p.Body
	for i := 0; i < int(p.Count) && len(b) >= 4; i++ {
		ssrc = binary.BigEndian.Uint32(b)
		name, n := chunk(b[4:])
		if name != nil {
			return ssrc, name, true
		}
		if n < 0 {
			break
		}
		b = b[4+n:]
	}
	return 0, nil, false
}

// inClear reports whether the packet holds what ciphertext does not: a CNAME in printable ASCII, or the name of an
// application layer feedback in capital letters ("REMB", "MSTR"), which random bytes are in one of 10,000 cases.
func (p *Packet) inClear() bool {
	if name, ok := p.ApplicationName(); ok {
		return within(name, 'A', 'Z')
	}
	_, name, ok := p.CNAME()
	name = bytes.TrimRight(name, "\x00") // some agents count the padding as text
	return ok && len(name) > 0 && within(name, ' ', '~')
}

// within reports whether all bytes lie between two.
func within(b []byte, low, high byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c < low || c > high })
}

// chunk reads the items of one SDES chunk: the CNAME if there is one, and the length of the list with its padding to a
// multiple of four, or -1 where the list does not end.
func chunk(b []byte) (name []byte, n int) {
	for n < len(b) && b[n] != 0 {
		if n+2 > len(b) || n+2+int(b[n+1]) > len(b) {
			return nil, -1
		}
		end := n + 2 + int(b[n+1])
		if b[n] == cname {
			return b[n+2 : end : end], end
		}
		n = end
	}
	if n = n&^3 + 4; n > len(b) { // one to four zero bytes
		return nil, -1
	}
	return nil, n
}

// Source returns the i-th source that a BYE packet says goodbye for.
func (p *Packet) Source(i int) (uint32, bool) {
	if p.Type != BYE || i < 0 || i >= int(p.Count) || len(p.Body) < 4*(i+1) {
		return 0, false
	}
	return binary.BigEndian.Uint32(p.Body[4*i:]), true
}

// AppName returns the four-byte name of an APP packet, as "MSTR" of Cisco's multistream requests; its subtype is Count.
func (p *Packet) AppName() ([]byte, bool) {
	if p.Type != APP || len(p.Body) < 8 {
		return nil, false
	}
	return p.Body[4:8:8], true
}

// Feedback is the common part of RTPFB and PSFB packets (RFC 4585 section 6.1); the FMT is Packet.Count.
type Feedback struct {
	SenderSSRC uint32
	MediaSSRC  uint32
	FCI        []byte // feedback control information, padding included
}

// Feedback returns the common part of an RTPFB or PSFB packet.
func (p *Packet) Feedback() (Feedback, bool) {
	if p.Type != RTPFB && p.Type != PSFB || len(p.Body) < 8 {
		return Feedback{}, false
	}
	return Feedback{binary.BigEndian.Uint32(p.Body), binary.BigEndian.Uint32(p.Body[4:]), p.Body[8:]}, true
}

// ApplicationName returns the unique identifier of an application layer feedback, such as "REMB".
func (p *Packet) ApplicationName() ([]byte, bool) {
	f, ok := p.Feedback()
	if !ok || p.Type != PSFB || p.Count != AFB || len(f.FCI) < 4 {
		return nil, false
	}
	return f.FCI[:4:4], true
}

// Block is one block of an extended report (RFC 3611 section 3).
type Block struct {
	Type     uint8 // 4 receiver reference time, 5 DLRR, 6 statistics summary, 7 VoIP metrics …
	Specific uint8
	Data     []byte // what follows the block's header
}

// Blocks returns the blocks of an XR packet, to be split by [NextBlock]; nil for other packets.
func (p *Packet) Blocks() []byte {
	if p.Type != XR || len(p.Body) < 4 {
		return nil
	}
	return p.Body[4:]
}

// NextBlock splits the first block off b; false at the end or where the block does not fit.
func NextBlock(b []byte) (x Block, rest []byte, ok bool) {
	if len(b) < headerLen || length(b) > len(b) {
		return Block{}, nil, false
	}
	n := length(b)
	return Block{b[0], b[1], b[headerLen:n:n]}, b[n:], true
}
