// Package decode turns a frame into a packet: the innermost IP packet with its transport header, flat, with the payload
// borrowed from the frame. It takes off VLAN tags, MPLS and tunnels, puts IP fragments together, and recognises mirror
// duplicates. Whatever cannot be decoded becomes a counted reason, never an error and never a panic.
//
// A Decoder belongs to one goroutine. It is the only package that imports github.com/google/gopacket, as the slow path
// for rare link types and headers.
package decode

import (
	"encoding/binary"
	"net/netip"
)

// Addr is an IP address as two big-endian words; IPv4 is mapped into ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
type Addr struct{ Hi, Lo uint64 }

const v4Prefix = 0xffff << 32

// Is4 reports whether the address is an IPv4 address.
func (a Addr) Is4() bool { return a.Hi == 0 && a.Lo>>32 == 0xffff }

// Netip converts to the standard library's address, unmapped.
func (a Addr) Netip() netip.Addr {
	if a.Is4() {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(a.Lo))
		return netip.AddrFrom4(b)
	}
	return netip.AddrFrom16(a.Bytes())
}

// AddrOf converts an address of the standard library, whose zone is left out.
func AddrOf(a netip.Addr) Addr {
	if a.Is4() {
		b := a.As4()
		return addr4(b[:])
	}
	b := a.As16()
	return addr6(b[:])
}

// Bytes is the 16-byte form.
func (a Addr) Bytes() (b [16]byte) {
	binary.BigEndian.PutUint64(b[:8], a.Hi)
	binary.BigEndian.PutUint64(b[8:], a.Lo)
	return b
}

// Less orders addresses by their bytes.
func (a Addr) Less(b Addr) bool { return a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo }

func addr4(b []byte) Addr { return Addr{Lo: v4Prefix | uint64(binary.BigEndian.Uint32(b))} }
func addr6(b []byte) Addr {
	return Addr{Hi: binary.BigEndian.Uint64(b), Lo: binary.BigEndian.Uint64(b[8:])}
}

// IP protocol numbers (IANA) that the analyzer tells apart.
const (
	ProtoICMP    = 1
	ProtoIPIP    = 4
	ProtoTCP     = 6
	ProtoUDP     = 17
	ProtoIPv6    = 41
	ProtoGRE     = 47
	ProtoICMPv6  = 58
	ProtoEtherIP = 97
	ProtoL2TP    = 115
	ProtoSCTP    = 132
)

// TCP flags (RFC 9293 section 3.1).
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// Packet is one decoded packet. Every field is set anew by Decode; Payload is valid until the next block is read.
type Packet struct {
	Time   int64  // nanoseconds since the Unix epoch, as captured
	Clock  int64  // nanoseconds that never step back: what time-outs are measured by (see Decoder.tick)
	Number int64  // over all files of the run, from 1
	Hash   uint64 // of addresses, ports and protocol, by FlowHash
	Share  uint8  // of the same, by FlowShare

	Src, Dst         Addr
	SrcPort, DstPort uint16 // ICMP: type and counterpart type or code, as Community ID pairs them
	Proto            uint8
	TOS              uint8 // DSCP<<2 | ECN
	TTL              uint8
	Flags            uint8      // TCP
	Seq, Ack         uint32     // TCP
	Window           uint16     // TCP, unscaled
	Options          SYNOptions // of a TCP SYN
	IPLen            uint32     // IP total length (IPv6: header included), on the wire
	PayloadLen       uint32     // above the transport header, on the wire
	Payload          []byte     // the captured part

	OneWay    bool   // ICMP type without a counterpart
	Cut       bool   // captured shorter than on the wire
	Duplicate bool   // a mirror's second copy of a packet seen a moment ago
	Fragments bool   // put together from IP fragments
	Print     uint64 // what a copy of it is recognised by; 0: none could be
	Quote     *Quote // ICMP errors: the packet they speak of

	VLAN    [2]uint16 // outermost first; 0: none (priority tags count as none)
	Tagged  bool      // with a VLAN or priority tag
	PCP     uint8     // priority code point of the innermost tag (IEEE 802.1Q clause 6.9.3)
	Tunnels TunnelSet // what was decapsulated
	Network Network   // tags and tunnel identifier
	Home    Network   // of a duplicate: where its first copy was seen
	// hardware addresses of sender and receiver on the link, of the innermost frame; zero where the packet came in none
	SrcMAC, DstMAC MAC
	Port           Port // interface that captured it

	ipid uint32 // IPv4 identification; 0 for IPv6
	l3   int    // what is left of the frame's memory from the IP header on
	l4   []byte // transport header

	id     uint32 // of the innermost tunnel that has one
	idKind Tunnel
}

// MAC is a hardware address (IEEE 802).
type MAC [6]byte

// Port is a capturing interface: the source that was switched to in the upper half, its interface in the lower.
type Port uint64

// Source is the source of the interface.
func (p Port) Source() int { return int(p >> 32) }

// Interface is the interface's index within its source.
func (p Port) Interface() int { return int(p & 0xffffffff) }

// DSCP is the differentiated services code point (RFC 2474).
func (p *Packet) DSCP() int { return int(p.TOS >> 2) }

// Quote is the start of the packet that an ICMP error returns (RFC 792, RFC 4443).
type Quote struct {
	Src, Dst         Addr
	SrcPort, DstPort uint16
	Proto            uint8
	Hash             uint64
	Share            uint8
	Type, Code       uint8 // of the ICMP error
}
