package decode

import "encoding/binary"

// isVXLAN asks for the I flag and zero in the reserved bytes (RFC 7348 section 5), but for a group and its flags where
// the G flag stands (draft-smith-vxlan-group-policy, as campus fabrics send it); flags of VXLAN-GPE are refused.
func isVXLAN(b []byte) bool {
	if len(b) < 8+14 || b[7] != 0 {
		return false
	}
	if b[0] == 0x88 {
		return b[1]&^0x48 == 0
	}
	return b[0] == 8 && b[1] == 0 && b[2] == 0 && b[3] == 0
}

func (d *Decoder) vxlan(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelVXLAN, p); r != OK {
		return r
	}
	p.identify(TunnelVXLAN, binary.BigEndian.Uint32(c.b[4:])>>8)
	return d.ethernet(c.skip(8), p)
}

// isGeneve asks for version 0 and an inner protocol that is Ethernet or IP (RFC 8926 section 3.4).
func isGeneve(b []byte) bool {
	if len(b) < 8 || b[0]>>6 != 0 || b[1]&0x3f != 0 || b[7] != 0 {
		return false
	}
	proto := binary.BigEndian.Uint16(b[2:])
	return proto == etherTEB || proto == etherIPv4 || proto == etherIPv6
}

func (d *Decoder) geneve(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelGeneve, p); r != OK {
		return r
	}
	p.identify(TunnelGeneve, binary.BigEndian.Uint32(c.b[4:])>>8)
	n := 8 + int(c.b[0]&0x3f)*4
	if len(c.b) < n {
		return TunnelShort
	}
	proto := binary.BigEndian.Uint16(c.b[2:])
	if proto == etherTEB {
		return d.ethernet(c.skip(n), p)
	}
	return d.etherType(proto, c.skip(n), p)
}

// isGTPU asks for a G-PDU of version 1 (3GPP TS 29.281 section 5.1).
func isGTPU(b []byte) bool {
	return len(b) >= 9 && b[0]>>5 == 1 && b[0]&0x10 != 0 && b[1] == 255
}

func (d *Decoder) gtpu(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelGTPU, p); r != OK {
		return r
	}
	p.identify(TunnelGTPU, binary.BigEndian.Uint32(c.b[4:]))
	flags := c.b[0]
	c = c.limit(8 + int(binary.BigEndian.Uint16(c.b[2:]))).skip(8)
	if flags&7 != 0 { // sequence number, N-PDU number, next extension type
		if len(c.b) < 4 {
			return TunnelShort
		}
		next := c.b[3]
		c = c.skip(4)
		for next != 0 && flags&4 != 0 {
			if len(c.b) < 1 || c.b[0] == 0 || len(c.b) < int(c.b[0])*4 {
				return TunnelShort
			}
			n := int(c.b[0]) * 4
			next, c = c.b[n-1], c.skip(n)
		}
	}
	return d.ip(c, p)
}

// isTZSP asks for version 1, a received-packet type and Ethernet inside (TaZmen Sniffer Protocol).
func isTZSP(b []byte) bool {
	return len(b) >= 5 && b[0] == 1 && b[1] <= 1 && binary.BigEndian.Uint16(b[2:]) == 1
}

func (d *Decoder) tzsp(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelTZSP, p); r != OK {
		return r
	}
	c = c.skip(4)
	for len(c.b) > 0 {
		switch tag := c.b[0]; {
		case tag == 1: // end
			return d.ethernet(c.skip(1), p)
		case tag == 0: // padding
			c = c.skip(1)
		case len(c.b) < 2 || len(c.b) < 2+int(c.b[1]):
			return TunnelShort
		default:
			c = c.skip(2 + int(c.b[1]))
		}
	}
	return TunnelShort
}

// isTeredo asks for IPv6 inside, after the optional authentication and origin indications (RFC 4380 section 5.1.1).
func isTeredo(b []byte) bool {
	n := teredoHeader(b)
	return n >= 0 && len(b) >= n+40 && b[n]>>4 == 6 && int(binary.BigEndian.Uint16(b[n+4:]))+40 <= len(b)-n
}

func teredoHeader(b []byte) int {
	n := 0
	if len(b) >= 4 && b[0] == 0 && b[1] == 1 {
		n = 4 + int(b[2]) + int(b[3]) + 9
	}
	if len(b) >= n+2 && b[n] == 0 && b[n+1] == 0 {
		n += 8
	}
	if n > len(b) {
		return -1
	}
	return n
}

func (d *Decoder) teredo(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelTeredo, p); r != OK {
		return r
	}
	return d.ip(c.skip(teredoHeader(c.b)), p)
}
