// Package quicwire reads the beginning of a QUIC connection: long headers, and Initial packets, whose protection keeps
// out only those who do not look, for its keys come from the connection id that they carry (RFC 9000, RFC 9001 section
// 5.2, RFC 9369).
//
// In go UDP datagrams of one direction; out come packet headers ([Packets]) and the hellos of each side ([Assembler]),
// which package tlswire decodes. Known are versions 1 and 2 and the drafts from 29 on. Byte slices of a [Packet] borrow
// the datagram; what an Assembler returns is its own. Handshake and 1-RTT packets stay closed.
package quicwire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// Reasons why a packet could not be read.
var (
	ErrShort   = errors.New("quicwire: packet is cut off or its lengths do not fit")
	ErrHeader  = errors.New("quicwire: not a long header")
	ErrVersion = errors.New("quicwire: unknown version")
)

// Versions with a name of their own.
const (
	Version1 = 0x00000001
	Version2 = 0x6b3343cf
)

// VersionName is "1", "2", "draft-29" …, or 0x and eight hex digits.
func VersionName(v uint32) string {
	switch {
	case v == Version1:
		return "1"
	case v == Version2:
		return "2"
	case isDraft(v):
		return fmt.Sprintf("draft-%d", v&0xff)
	}
	return fmt.Sprintf("0x%08X", v)
}

// isDraft reports whether v is one of the last drafts before version 1, which differ from it in the salt only.
func isDraft(v uint32) bool { return v >= 0xff00001d && v <= 0xff000022 }

func known(v uint32) bool { return v == Version1 || v == Version2 || isDraft(v) }

// Type is the kind of a long header packet.
type Type byte

// The types. The numbers are ours: versions 1 and 2 have different ones on the wire.
const (
	Initial Type = iota + 1
	ZeroRTT
	Handshake
	Retry
	VersionNegotiation
)

func (t Type) String() string {
	return [...]string{"unknown", "initial", "0-rtt", "handshake", "retry", "version-negotiation"}[min(t, VersionNegotiation)]
}

// Packet is one long header packet.
type Packet struct {
	Type       Type
	Version    uint32
	DCID, SCID []byte // at most 20 bytes each
	Token      []byte // of an Initial
	Bytes      []byte // from the first byte of the header to the end
	Cut        bool   // the packet claims to be longer than the datagram

	number int // offset of the protected packet number
}

// maxCID is the longest connection id (RFC 9000 section 17.2).
const maxCID = 20

// Is reports whether a datagram begins with a long header of a version known here, with the fixed bit set, or is a
// Version Negotiation packet that offers such a version. It is for the first datagrams of a flow: later on a peer may
// clear the fixed bit (RFC 9287).
func Is(b []byte) bool {
	p, err := Parse(b)
	return err == nil && (p.Type == VersionNegotiation || b[0]&0x40 != 0)
}

// Packets walks the packets of a datagram (RFC 9000 section 12.2). It stops at the first one that is no readable long
// header packet, such as a short header packet, which is always the last.
func Packets(datagram []byte) iter.Seq[Packet] {
	return func(yield func(Packet) bool) {
		for b := datagram; len(b) > 0; {
			p, err := Parse(b)
			if err != nil || !yield(p) {
				return
			}
			b = b[len(p.Bytes):]
		}
	}
}

// Parse reads the first packet of b. Its Bytes end where the packet does.
func Parse(b []byte) (Packet, error) {
	if len(b) < 1 || b[0]&0x80 == 0 {
		return Packet{}, ErrHeader
	}
	if len(b) < 7 {
		return Packet{}, ErrShort
	}
	p := Packet{Version: binary.BigEndian.Uint32(b[1:]), Bytes: b}
	r := reader(b[5:])
	p.DCID = r.take(int(r.byte()))
	p.SCID = r.take(int(r.byte()))
	switch {
	case r == nil:
		return Packet{}, ErrShort
	case len(p.DCID) > maxCID || len(p.SCID) > maxCID:
		return Packet{}, ErrHeader
	case p.Version == 0:
		return p.negotiation(r)
	case !known(p.Version):
		return Packet{}, ErrVersion
	}
	return p.rest(r)
}

// negotiation checks the list of versions (RFC 9000 section 17.2.1). With nothing but zeros before it, the list is what
// tells the packet from padding: one version has to be known.
func (p Packet) negotiation(r reader) (Packet, error) {
	found := false
	for i := 0; i+4 <= len(r); i += 4 {
		found = found || known(binary.BigEndian.Uint32(r[i:]))
	}
	if !found || len(r)%4 != 0 {
		return Packet{}, ErrHeader
	}
	p.Type = VersionNegotiation
	return p, nil
}

// rest reads what follows the connection ids.
func (p Packet) rest(r reader) (Packet, error) {
	p.Type = typeOf(p.Version, p.Bytes[0])
	if p.Type == Retry {
		return p, nil // token and integrity tag go to the end of the datagram
	}
	if p.Type == Initial {
		p.Token = r.take(r.varint())
	}
	length := r.varint()
	if r == nil {
		return Packet{}, ErrShort
	}
	p.number = len(p.Bytes) - len(r)
	p.Cut = length > len(r)
	p.Bytes = p.Bytes[:p.number+min(length, len(r))]
	return p, nil
}

// typeOf reads the two type bits; version 2 turns them by one so that nobody relies on them (RFC 9369 section 3.2).
func typeOf(version uint32, first byte) Type {
	bits := first >> 4 & 3
	if version == Version2 {
		bits = (bits + 3) & 3
	}
	return Initial + Type(bits)
}
