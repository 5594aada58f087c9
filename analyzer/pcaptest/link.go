package pcaptest

import (
	"encoding/binary"
	"net/netip"
)

// EtherTypes (IEEE).
const (
	EtherIPv4  = 0x0800
	EtherIPv6  = 0x86dd
	EtherVLAN  = 0x8100
	EtherQinQ  = 0x88a8
	EtherMPLS  = 0x8847
	EtherPPPoE = 0x8864
	etherTEB   = 0x6558 // transparent Ethernet bridging, in GRE and Geneve
)

// Ethernet puts an Ethernet header before an IP packet. The addresses of the card are locally administered and follow
// from the IP addresses: a private address has its own, all public ones share the router's.
func Ethernet(packet []byte) []byte {
	src, dst, typ := addresses(packet)
	b := make([]byte, 14, 14+len(packet))
	copy(b, hardware(dst))
	copy(b[6:], hardware(src))
	binary.BigEndian.PutUint16(b[12:], typ)
	return append(b, packet...)
}

func addresses(packet []byte) (src, dst netip.Addr, typ uint16) {
	if packet[0]>>4 == 4 {
		return netip.AddrFrom4([4]byte(packet[12:])), netip.AddrFrom4([4]byte(packet[16:])), EtherIPv4
	}
	return netip.AddrFrom16([16]byte(packet[8:])), netip.AddrFrom16([16]byte(packet[24:])), EtherIPv6
}

func hardware(a netip.Addr) []byte {
	if !a.IsPrivate() {
		return []byte{2, 0, 0, 0, 0, 1}
	}
	b := a.AsSlice()
	return append([]byte{2, 0}, b[len(b)-4:]...)
}

// split takes an Ethernet frame apart: addresses and tags without the last EtherType, that type, and the packet.
func split(b []byte) (head []byte, typ uint16, packet []byte) {
	at := 12
	for {
		typ = binary.BigEndian.Uint16(b[at:])
		if typ != EtherVLAN && typ != EtherQinQ {
			return b[:at:at], typ, b[at+2:]
		}
		at += 4
	}
}

// rewrite changes the bytes of a frame. A frame that was cut is changed at its full length and cut again, so that
// length fields of outer headers say what was on the wire.
func rewrite(f Frame, change func(b []byte) []byte) Frame {
	missing := f.WireLen - len(f.Data)
	whole := append(f.Data[:len(f.Data):len(f.Data)], make([]byte, missing)...)
	b := change(whole)
	return Frame{Time: f.Time, Data: b[:len(b)-missing], WireLen: len(b)}
}

func join(head []byte, typ uint16, parts ...[]byte) []byte {
	b := binary.BigEndian.AppendUint16(head[:len(head):len(head)], typ)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// VLAN inserts 802.1Q tags, outermost first. A tag is the whole TCI: priority in the upper three bits, the identifier
// in the lower twelve.
func VLAN(tags ...uint16) Wrap { return tagged(EtherVLAN, tags) }

// QinQ inserts a service tag (802.1ad) and a customer tag.
func QinQ(service, customer uint16) Wrap { return tagged(EtherQinQ, []uint16{service, customer}) }

func tagged(outer uint16, tags []uint16) Wrap {
	return func(f Frame) Frame {
		return rewrite(f, func(b []byte) []byte {
			out := append([]byte(nil), b[:12]...)
			typ := outer
			for _, tag := range tags {
				out = binary.BigEndian.AppendUint16(out, typ)
				out = binary.BigEndian.AppendUint16(out, tag)
				typ = EtherVLAN
			}
			return append(out, b[12:]...)
		})
	}
}

// MPLS inserts a label stack, outermost first, with TTL 62.
func MPLS(labels ...uint32) Wrap {
	return func(f Frame) Frame {
		return rewrite(f, func(b []byte) []byte {
			head, _, packet := split(b)
			out := join(head, EtherMPLS)
			for i, label := range labels {
				entry := label<<12 | 62
				if i == len(labels)-1 {
					entry |= 1 << 8 // bottom of stack
				}
				out = binary.BigEndian.AppendUint32(out, entry)
			}
			return append(out, packet...)
		})
	}
}

// PPPoE puts the packet into a PPPoE session (RFC 2516).
func PPPoE(session uint16) Wrap {
	return func(f Frame) Frame {
		return rewrite(f, func(b []byte) []byte {
			head, typ, packet := split(b)
			ppp := []byte{0x11, 0, byte(session >> 8), byte(session), 0, 0, 0, 0x21}
			if typ == EtherIPv6 {
				ppp[7] = 0x57
			}
			binary.BigEndian.PutUint16(ppp[4:], uint16(2+len(packet)))
			return join(head, EtherPPPoE, ppp, packet)
		})
	}
}

// As converts an Ethernet capture to another link type, one of the constants of this package. Linux cooked and loopback
// headers say that frames to a public address are outgoing.
func (c *Capture) As(link Link) *Capture {
	out := c.Wrap(func(f Frame) Frame {
		return rewrite(f, func(b []byte) []byte { return relink(b, link) })
	})
	out.Link = link
	return out
}

func relink(b []byte, link Link) []byte {
	head, typ, packet := split(b)
	family := byte(2) // AF_INET
	if typ == EtherIPv6 {
		family = 30 // AF_INET6 of Darwin
	}
	outgoing := byte(0)
	if b[5] == 1 {
		outgoing = 4
	}
	switch link {
	case LinkNull:
		return append([]byte{family, 0, 0, 0}, packet...)
	case LinkLoop:
		return append([]byte{0, 0, 0, family}, packet...)
	case LinkRaw:
		return append([]byte(nil), packet...)
	case LinkPKTAP:
		return pktap(b)
	case LinkRadiotap:
		return radiotap(b)
	case LinkSLL:
		sll := append([]byte{0, outgoing, 0, 1, 0, 6}, b[6:12]...)
		return append(append(sll, 0, 0), b[12:]...)
	case LinkSLL2:
		sll := append([]byte{b[12], b[13], 0, 0, 0, 0, 0, 2, 0, 1, outgoing, 6}, b[6:12]...)
		sll = append(sll, 0, 0)
		if len(head) > 12 { // the tags' rest follows the cooked header
			return append(sll, b[14:]...)
		}
		return append(sll, packet...)
	}
	return b
}
