package pcaptest

import (
	"encoding/binary"
	"net/netip"
)

// IP protocol numbers (IANA).
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoIPv4     = 4
	ProtoTCP      = 6
	ProtoUDP      = 17
	ProtoIPv6     = 41
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoGRE      = 47
	ProtoICMPv6   = 58
	ProtoDestOpts = 60
)

// IP is the header of a packet: version 4 or 6 by its addresses.
type IP struct {
	Src, Dst     netip.Addr
	DSCP, ECN    uint8
	TTL          uint8  // or hop limit; 0: 64
	ID           uint16 // of IPv4, and of the fragment header of IPv6
	DontFragment bool
	Options      []byte // IPv4, padded to four bytes
	Ext          []Ext  // IPv6 extension headers in order
	Label        uint32 // IPv6 flow label
}

// Ext is an IPv6 extension header. Body follows next header and length, padded to eight bytes with PadN or zeros.
type Ext struct {
	Proto uint8
	Body  []byte
}

// Packet puts the header before a payload of protocol proto.
func (ip IP) Packet(proto uint8, payload []byte) []byte {
	return ip.fragment(proto, payload, 0, false, false)
}

// Fragments cuts a transport segment so that no packet is longer than mtu.
func (ip IP) Fragments(proto uint8, payload []byte, mtu int) [][]byte {
	ip.DontFragment = false
	room := (mtu - len(ip.fragment(proto, nil, 0, true, false))) &^ 7
	var out [][]byte
	for at := 0; at < len(payload); at += room {
		end := min(at+room, len(payload))
		out = append(out, ip.fragment(proto, payload[at:end], at, end < len(payload), true))
	}
	return out
}

func (ip IP) fragment(proto uint8, payload []byte, offset int, more, fragmented bool) []byte {
	if ip.TTL == 0 {
		ip.TTL = 64
	}
	flags := uint16(offset / 8)
	if ip.Src.Is4() {
		return ip.v4(proto, payload, flags, more)
	}
	return ip.v6(proto, payload, flags, more, fragmented || more)
}

func (ip IP) v4(proto uint8, payload []byte, flags uint16, more bool) []byte {
	head := 20 + (len(ip.Options)+3)&^3
	b := make([]byte, head, head+len(payload))
	b[0] = 0x40 | uint8(head/4)
	b[1] = ip.DSCP<<2 | ip.ECN
	binary.BigEndian.PutUint16(b[2:], uint16(head+len(payload)))
	binary.BigEndian.PutUint16(b[4:], ip.ID)
	if more {
		flags |= 0x2000
	}
	if ip.DontFragment {
		flags |= 0x4000
	}
	binary.BigEndian.PutUint16(b[6:], flags)
	b[8], b[9] = ip.TTL, proto
	copy(b[12:], ip.Src.AsSlice())
	copy(b[16:], ip.Dst.AsSlice())
	copy(b[20:], ip.Options)
	binary.BigEndian.PutUint16(b[10:], checksum(b, 0))
	return append(b, payload...)
}

func (ip IP) v6(proto uint8, payload []byte, flags uint16, more, fragmented bool) []byte {
	exts := ip.Ext
	if fragmented {
		body := make([]byte, 6)
		flags <<= 3
		if more {
			flags |= 1
		}
		binary.BigEndian.PutUint16(body, flags)
		binary.BigEndian.PutUint16(body[4:], ip.ID)
		exts = append(exts[:len(exts):len(exts)], Ext{ProtoFragment, body})
	}
	b := make([]byte, 40)
	binary.BigEndian.PutUint32(b, 6<<28|uint32(ip.DSCP<<2|ip.ECN)<<20|ip.Label&0xfffff)
	b[6], b[7] = proto, ip.TTL
	copy(b[8:], ip.Src.AsSlice())
	copy(b[24:], ip.Dst.AsSlice())
	next := 6 // where the type of the next header stands
	for _, e := range exts {
		size := (2 + len(e.Body) + 7) &^ 7
		at := len(b)
		b = append(b, make([]byte, size)...)
		b[next], next = e.Proto, at
		b[at], b[at+1] = proto, uint8(size/8-1)
		if e.Proto == ProtoFragment {
			b[at+1] = 0
		}
		copy(b[at+2:], e.Body)
	}
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40+len(payload)))
	return append(b, payload...)
}

// checksum is the Internet checksum (RFC 1071) over b, with sum carried over from a pseudo-header.
func checksum(b []byte, sum uint32) uint16 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// pseudo is the sum over the pseudo-header of a transport segment (RFC 9293 section 3.1, RFC 8200 section 8.1).
func (ip IP) pseudo(proto uint8, length int) uint32 {
	sum := uint32(proto) + uint32(length)
	for _, a := range [][]byte{ip.Src.AsSlice(), ip.Dst.AsSlice()} {
		for ; len(a) >= 2; a = a[2:] {
			sum += uint32(a[0])<<8 | uint32(a[1])
		}
	}
	return sum
}
