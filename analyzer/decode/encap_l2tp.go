package decode

import "encoding/binary"

// isL2TP asks for a data message of version 2 (RFC 2661 section 3.1) or 3 (RFC 3931 section 4.1.2.1) with zeros where
// the header has reserved bits.
func isL2TP(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	switch flags := binary.BigEndian.Uint16(b); flags & 0x800f {
	case 2:
		return flags&0x34f0 == 0
	case 3:
		return flags == 3 && b[2] == 0 && b[3] == 0
	}
	return false
}

func (d *Decoder) l2tpUDP(c cursor, p *Packet) Reason {
	if c.b[1]&15 == 3 {
		return d.l2tp3(c.skip(4), p)
	}
	if r := d.enter(TunnelL2TP, p); r != OK {
		return r
	}
	flags, n := binary.BigEndian.Uint16(c.b), 2
	if flags&0x4000 != 0 {
		c = c.limit(int(binary.BigEndian.Uint16(c.b[2:])))
		n += 2
	}
	if len(c.b) < n+4 {
		return TunnelShort
	}
	p.identify(TunnelL2TP, binary.BigEndian.Uint32(c.b[n:])) // tunnel and session
	n += 4
	if flags&0x0800 != 0 {
		n += 4
	}
	if flags&0x0200 != 0 {
		if len(c.b) < n+2 {
			return TunnelShort
		}
		n += 2 + int(binary.BigEndian.Uint16(c.b[n:]))
	}
	if len(c.b) < n {
		return TunnelShort
	}
	return d.greppp(c.skip(n), p)
}

// l2tp3 begins at the session identifier, as packets of IP protocol 115 do; 0 is a control message. The two ends agree
// on the lengths of the cookie (0, 4 or 8 bytes) and the sublayer (0 or 4) beforehand, so the Ethernet frame is where
// one with a sound IP header stands.
func (d *Decoder) l2tp3(c cursor, p *Packet) Reason {
	if len(c.b) < 4 {
		return TunnelShort
	}
	id := binary.BigEndian.Uint32(c.b)
	if id == 0 {
		return NotIP
	}
	if r := d.enter(TunnelL2TP, p); r != OK {
		return r
	}
	p.identify(TunnelL2TP, id)
	for n := 4; n <= 16 && n < len(c.b); n += 4 {
		if soundEthernet(c.skip(n)) {
			return d.ethernet(c.skip(n), p)
		}
	}
	return NotIP
}

// soundEthernet reports whether an Ethernet frame with IP begins here: an IP ethertype behind at most two tags, and a
// length that fits.
func soundEthernet(c cursor) bool {
	b, at := c.b, 12
	for range 3 {
		if len(b) < at+22 {
			return false
		}
		et, ip, room := binary.BigEndian.Uint16(b[at:]), b[at+2:], c.wire-at-2
		switch et {
		case etherIPv4:
			n := int(binary.BigEndian.Uint16(ip[2:]))
			return ip[0]>>4 == 4 && ip[0]&15 >= 5 && n >= 20 && n <= room
		case etherIPv6:
			return ip[0]>>4 == 6 && int(binary.BigEndian.Uint16(ip[4:]))+40 <= room
		case etherVLAN, etherQinQ:
			at += 4
		default:
			return false
		}
	}
	return false
}

// etherIP is Ethernet in IP protocol 97 (RFC 3378): version 3, then the frame.
func (d *Decoder) etherIP(c cursor, p *Packet) Reason {
	if len(c.b) < 2 {
		return TunnelShort
	}
	if c.b[0] != 0x30 || c.b[1] != 0 {
		return NotIP
	}
	if r := d.enter(TunnelEtherIP, p); r != OK {
		return r
	}
	return d.ethernet(c.skip(2), p)
}
