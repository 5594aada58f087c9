package decode

import "encoding/binary"

func (d *Decoder) transport(proto uint8, c cursor, p *Packet) Reason {
	switch proto {
	case ProtoTCP:
		return d.tcp(c, p)
	case ProtoUDP:
		return d.udp(c, p)
	case ProtoICMP:
		return d.icmp(c, p)
	case ProtoICMPv6:
		return d.icmp6(c, p)
	case ProtoSCTP:
		if len(c.b) >= 12 {
			p.SrcPort, p.DstPort = binary.BigEndian.Uint16(c.b), binary.BigEndian.Uint16(c.b[2:])
		}
		return d.bare(proto, c, p)
	}
	return d.encapProto(proto, c, p)
}

// bare is a packet of a protocol without ports, or one that the analyzer does not open.
func (d *Decoder) bare(proto uint8, c cursor, p *Packet) Reason {
	d.note(Header{Kind: HeaderOther, B: c.b, Wire: c.wire})
	p.Proto = proto
	p.setPayload(c, 0)
	return OK
}

func (p *Packet) setPayload(c cursor, header int) {
	p.PayloadLen = uint32(max(c.wire-header, 0))
	p.Payload = c.b[min(header, len(c.b)):]
}

// tcp reads the header of RFC 9293 section 3.1. Ports and sequence number suffice where the capture cut the rest.
func (d *Decoder) tcp(c cursor, p *Packet) Reason {
	b := c.b
	if len(b) < 14 {
		return TCPShort
	}
	hl := int(b[12]>>4) * 4
	if hl < 20 || hl > c.wire {
		return TCPHeader
	}
	d.note(Header{Kind: HeaderTCP, B: c.b, Wire: c.wire})
	p.Proto = ProtoTCP
	p.SrcPort, p.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	p.l4 = b[:min(hl, len(b))]
	p.segment(p.l4)
	p.setPayload(c, hl)
	return OK
}

// segment takes what a TCP header, as far as it is captured, says beside the ports.
func (p *Packet) segment(b []byte) {
	p.Seq, p.Ack = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	p.Flags = b[13]
	p.Window = 1<<16 - 1 // where the capture cut it: anything but closed
	if len(b) >= 16 {
		p.Window = binary.BigEndian.Uint16(b[14:])
	}
	if p.Flags&SYN != 0 && len(b) > 20 {
		p.Options = synOptions(b[20:])
	}
}

// udp reads the header of RFC 768. A length of 0 is a jumbogram or offload: then the packet's length counts.
func (d *Decoder) udp(c cursor, p *Packet) Reason {
	b := c.b
	if len(b) < 8 {
		return UDPShort
	}
	n := int(binary.BigEndian.Uint16(b[4:]))
	if n != 0 && n < 8 {
		return UDPLength
	}
	if n != 0 && n < c.wire {
		c = c.limit(n)
	}
	d.note(Header{Kind: HeaderUDP, B: c.b, Wire: c.wire})
	p.Proto = ProtoUDP
	p.SrcPort, p.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	p.l4 = b[:8]
	p.setPayload(c, 8)
	return d.encapUDP(c.skip(8), p)
}
