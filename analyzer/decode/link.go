package decode

import (
	"encoding/binary"

	"webexaudit/analyzer/capture"
)

// Ethertypes (IEEE, IANA).
const (
	etherIPv4   = 0x0800
	etherARP    = 0x0806
	etherVLAN   = 0x8100
	etherIPv6   = 0x86dd
	etherQinQ   = 0x88a8
	etherQinQ1  = 0x9100
	etherQinQ2  = 0x9200
	etherMPLS   = 0x8847
	etherMPLSm  = 0x8848
	etherPPPoE  = 0x8864
	etherVNTag  = 0x8926
	etherCMD    = 0x8909
	etherTEB    = 0x6558
	etherERSPN2 = 0x88be
	etherERSPN3 = 0x22eb
)

// link decodes from the link layer on. The link types that stand here are the fast path; others go to slow.
func (d *Decoder) link(l capture.LinkType, c cursor, p *Packet) Reason {
	switch l {
	case capture.LinkEthernet:
		return d.ethernet(c, p)
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOpen, capture.LinkIPv4, capture.LinkIPv6:
		return d.ip(c, p)
	case capture.LinkNull, capture.LinkLoop:
		return d.loopback(c, p)
	case capture.LinkSLL:
		if len(c.b) < 16 {
			return LinkShort
		}
		d.noteMACs(c.b, 6)
		return d.etherType(binary.BigEndian.Uint16(c.b[14:]), c.skip(16), p)
	case capture.LinkSLL2:
		if len(c.b) < 20 {
			return LinkShort
		}
		d.noteMACs(c.b, 12)
		return d.etherType(binary.BigEndian.Uint16(c.b), c.skip(20), p)
	case capture.LinkPPPoE:
		return d.pppoe(c, p)
	case capture.LinkCiscoHDLC:
		return d.ciscoHDLC(c, p)
	case capture.LinkPPI:
		return d.ppi(c, p)
	case capture.LinkPKTAP:
		return d.pktap(c, p)
	case capture.LinkRadiotap:
		return d.radiotap(c, p)
	case capture.LinkIEEE80211:
		return d.wireless(c, p)
	}
	return d.slowLink(l, c, p)
}

func (d *Decoder) ethernet(c cursor, p *Packet) Reason {
	if len(c.b) < 14 {
		return LinkShort
	}
	p.DstMAC, p.SrcMAC = MAC(c.b[:6]), MAC(c.b[6:12])
	d.noteMACs(c.b, 0, 6)
	return d.etherType(binary.BigEndian.Uint16(c.b[12:]), c.skip(14), p)
}

// loopback reads the four-byte protocol family of BSD loopback captures, in the byte order of whoever wrote it:
// AF_INET is 2 everywhere, AF_INET6 10, 23, 24, 28 or 30.
func (d *Decoder) loopback(c cursor, p *Packet) Reason {
	if len(c.b) < 4 {
		return LinkShort
	}
	family := binary.LittleEndian.Uint32(c.b)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(c.b)
	}
	switch family {
	case 2, 10, 23, 24, 28, 30:
		return d.ip(c.skip(4), p)
	}
	return NotIP
}

// pktap skips the header that macOS puts before frames of several interfaces: its length, the kind of record and the
// link type, each 32 bits and little endian (xnu, bsd/net/pktap.h).
func (d *Decoder) pktap(c cursor, p *Packet) Reason {
	if len(c.b) < 12 {
		return LinkShort
	}
	n, kind, inner := binary.LittleEndian.Uint32(c.b), binary.LittleEndian.Uint32(c.b[4:]),
		binary.LittleEndian.Uint32(c.b[8:])
	switch {
	case n < 12 || uint64(n) > uint64(len(c.b)):
		return LinkShort
	case kind != 1: // no packet
		return NotIP
	case inner > 0xffff || capture.LinkType(inner) == capture.LinkPKTAP || capture.LinkType(inner) == capture.LinkPPI:
		return LinkUnknown
	}
	return d.link(capture.LinkType(inner), c.skip(int(n)), p)
}

// ciscoHDLC skips address and control; an ethertype follows. PPP captures hold such frames too (LINKTYPE_PPP_HDLC).
func (d *Decoder) ciscoHDLC(c cursor, p *Packet) Reason {
	if len(c.b) < 4 {
		return LinkShort
	}
	return d.etherType(binary.BigEndian.Uint16(c.b[2:]), c.skip(4), p)
}

// etherType goes on after an ethertype: VLAN tags here, tunnels by the table of encap.go.
func (d *Decoder) etherType(et uint16, c cursor, p *Packet) Reason {
	for {
		switch et {
		case etherIPv4, etherIPv6:
			return d.ip(c, p)
		case etherVLAN, etherQinQ, etherQinQ1, etherQinQ2:
			if len(c.b) < 4 {
				return LinkShort
			}
			p.pushTag(binary.BigEndian.Uint16(c.b))
			et, c = binary.BigEndian.Uint16(c.b[2:]), c.skip(4)
			continue
		}
		break
	}
	if et < 0x600 {
		return d.slowLLC(et, c, p)
	}
	return d.encapEther(et, c, p)
}

// pushTag notes a tag's priority, the innermost one's in the end, and keeps the outermost and the innermost VLAN. VLAN
// 0 is a priority tag's and names none (IEEE 802.1Q).
func (p *Packet) pushTag(tci uint16) {
	p.Tagged, p.PCP = true, uint8(tci>>13)
	switch id := tci & 0xfff; {
	case id == 0:
	case p.VLAN[0] == 0:
		p.VLAN[0] = id
	default:
		p.VLAN[1] = id
	}
}
