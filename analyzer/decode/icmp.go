package decode

import "encoding/binary"

// pairs maps an ICMP type to its counterpart, as the Community ID specification pairs them; the rest are one-way.
var (
	pairs4 = map[uint8]uint8{8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 10: 9, 9: 10, 17: 18, 18: 17}
	pairs6 = map[uint8]uint8{128: 129, 129: 128, 133: 134, 134: 133, 135: 136, 136: 135, 130: 131, 131: 130, 139: 140,
		140: 139, 144: 145, 145: 144}
)

// icmp reads type and code (RFC 792) and, for errors, what they quote.
func (d *Decoder) icmp(c cursor, p *Packet) Reason {
	if len(c.b) < 4 {
		return ICMPShort
	}
	d.note(Header{Kind: HeaderICMP, B: c.b, Wire: c.wire})
	p.Proto = ProtoICMP
	p.setICMP(c, pairs4)
	switch c.b[0] {
	case 3, 4, 5, 11, 12:
		if len(c.b) > 8 {
			d.quoted(c.b[0], c.b[1], c.b[8:], p)
		}
	}
	return OK
}

func (d *Decoder) icmp6(c cursor, p *Packet) Reason {
	if len(c.b) < 4 {
		return ICMPShort
	}
	d.note(Header{Kind: HeaderICMPv6, B: c.b, Wire: c.wire})
	p.Proto = ProtoICMPv6
	p.setICMP(c, pairs6)
	if c.b[0] >= 1 && c.b[0] <= 4 && len(c.b) > 8 {
		d.quoted(c.b[0], c.b[1], c.b[8:], p)
	}
	return OK
}

func (p *Packet) setICMP(c cursor, pairs map[uint8]uint8) {
	other, two := pairs[c.b[0]]
	p.SrcPort, p.DstPort = uint16(c.b[0]), uint16(c.b[1])
	if two {
		p.DstPort = uint16(other)
	}
	p.OneWay = !two
	p.l4 = c.b[:min(8, len(c.b))]
	p.setPayload(c, 8)
}

// quoted reads addresses and ports of the packet inside an ICMP error; the transport header may be cut after 8 bytes.
func (d *Decoder) quoted(typ, code uint8, b []byte, p *Packet) {
	d.note(Header{Kind: HeaderQuote, B: b})
	q := &Quote{Type: typ, Code: code}
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		hl := int(b[0]&15) * 4
		if hl < 20 || len(b) < hl || binary.BigEndian.Uint16(b[6:])&0x1fff != 0 {
			return
		}
		q.Src, q.Dst, q.Proto = addr4(b[12:]), addr4(b[16:]), b[9]
		b = b[hl:]
	case len(b) >= 40 && b[0]>>4 == 6:
		q.Src, q.Dst, q.Proto = addr6(b[8:]), addr6(b[24:]), b[6]
		b = b[40:]
	default:
		return
	}
	if (q.Proto != ProtoTCP && q.Proto != ProtoUDP) || len(b) < 4 {
		return
	}
	q.SrcPort, q.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	q.Hash = FlowHash(q.Src, q.Dst, q.SrcPort, q.DstPort, q.Proto)
	q.Share = FlowShare(q.Src, q.Dst, q.SrcPort, q.DstPort, q.Proto)
	p.Quote = q
}
