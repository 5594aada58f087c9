package decode

import "encoding/binary"

func (d *Decoder) ip(c cursor, p *Packet) Reason {
	if len(c.b) < 1 {
		return IPv4Short
	}
	switch c.b[0] >> 4 {
	case 4:
		return d.ipv4(c, p)
	case 6:
		return d.ipv6(c, p)
	}
	return IPVersion
}

// ipv4 reads the header of RFC 791 section 3.1. A total length of 0 is what segmentation offload leaves in captures of
// outgoing packets: then the frame's length counts.
func (d *Decoder) ipv4(c cursor, p *Packet) Reason {
	b := c.b
	if len(b) < 20 {
		return IPv4Short
	}
	hl := int(b[0]&15) * 4
	if hl < 20 {
		return IPv4Header
	}
	total := int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		total = c.wire
	}
	if total < hl {
		return IPv4Length
	}
	if len(b) < hl {
		return IPv4Short
	}
	d.note(Header{Kind: HeaderIPv4, B: c.limit(total).b, Wire: total})
	p.header4(b)
	p.l3 = cap(b)
	p.IPLen = uint32(total)
	c = c.limit(total).skip(hl)
	c.wire = total - hl
	frag := binary.BigEndian.Uint16(b[6:])
	if frag&0x3fff != 0 {
		more, off := frag&0x2000 != 0, int(frag&0x1fff)*8
		return d.fragment(c, p, fragKey{src: p.Src, dst: p.Dst, id: p.ipid, proto: b[9]}, off, more, b[9])
	}
	return d.transport(b[9], c, p)
}

// header4 takes what stands at one place in each IPv4 header.
func (p *Packet) header4(b []byte) {
	_ = b[19]
	p.TOS, p.TTL = b[1], b[8]
	p.Src, p.Dst = addr4(b[12:]), addr4(b[16:])
	p.ipid = uint32(binary.BigEndian.Uint16(b[4:]))
}

// header6 takes what the fixed IPv6 header has of it.
func (p *Packet) header6(b []byte) {
	_ = b[39]
	p.TOS, p.TTL = b[0]<<4|b[1]>>4, b[7]
	p.Src, p.Dst = addr6(b[8:]), addr6(b[24:])
	p.ipid = 0
}

// ipv6 reads the fixed header (RFC 8200 section 3) and walks the extension headers. A payload length of 0 without a
// jumbo option is offload.
func (d *Decoder) ipv6(c cursor, p *Packet) Reason {
	b := c.b
	if len(b) < 40 {
		return IPv6Short
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	if length == 0 && c.wire > 40 {
		length = c.wire - 40
	}
	d.note(Header{Kind: HeaderIPv6, B: c.limit(length + 40).b, Wire: length + 40})
	p.header6(b)
	p.l3 = cap(b)
	p.IPLen = uint32(length + 40)
	c = c.skip(40).limit(length)
	c.wire = length
	return d.extensions(b[6], c, p)
}

// maxExtensions bounds the walk; RFC 8200 knows fewer than that many distinct headers.
const maxExtensions = 12

func (d *Decoder) extensions(next uint8, c cursor, p *Packet) Reason {
	for range maxExtensions {
		var n int
		switch next {
		case 0, 43, 60, 135, 139, 140: // hop-by-hop, routing, destination, mobility, HIP, shim6
			if len(c.b) < 2 {
				return IPv6Short
			}
			n = int(c.b[1])*8 + 8
		case 51: // authentication header, in 32-bit words less 2 (RFC 4302 section 2.2)
			if len(c.b) < 2 {
				return IPv6Short
			}
			n = int(c.b[1])*4 + 8
		case 44:
			if len(c.b) < 8 {
				return IPv6Short
			}
			off := binary.BigEndian.Uint16(c.b[2:])
			inner, id := c.b[0], binary.BigEndian.Uint32(c.b[4:])
			if off&0xfff9 != 0 {
				key := fragKey{src: p.Src, dst: p.Dst, id: id, v6: true}
				return d.fragment(c.skip(8), p, key, int(off&^7), off&1 != 0, inner)
			}
			n = 8 // atomic fragment (RFC 6946)
		case 59:
			return d.bare(next, c, p)
		default:
			return d.transport(next, c, p)
		}
		if len(c.b) < n {
			return IPv6Short
		}
		next, c = c.b[0], c.skip(n)
	}
	return ExtensionChain
}
