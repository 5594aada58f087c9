package decode

import "encoding/binary"

// gre reads RFC 2784 with the key and sequence number of RFC 2890 and the PPTP variant (version 1, RFC 2637).
func (d *Decoder) gre(c cursor, p *Packet) Reason {
	if len(c.b) < 4 {
		return TunnelShort
	}
	flags, proto := binary.BigEndian.Uint16(c.b), binary.BigEndian.Uint16(c.b[2:])
	n := 4
	if flags&0xc000 != 0 && flags&7 == 0 { // checksum or routing present: checksum and offset fields
		n += 4
	}
	if flags&0x2000 != 0 {
		n += 4
	}
	keyAt := n - 4
	hasSeq := flags&0x1000 != 0
	seqAt := n
	if hasSeq {
		n += 4
	}
	if flags&7 == 1 && flags&0x80 != 0 {
		n += 4 // acknowledgment number
	}
	if len(c.b) < n {
		return TunnelShort
	}
	var seq uint32
	if hasSeq {
		seq = binary.BigEndian.Uint32(c.b[seqAt:])
	}
	var id uint32
	if flags&0x2000 != 0 {
		id = binary.BigEndian.Uint32(c.b[keyAt:])
	}
	key := mirrorKey{source: d.source, src: p.Src, dst: p.Dst}
	c = c.skip(n)
	switch proto {
	case etherERSPN2, etherERSPN3:
		return d.erspan(proto, hasSeq, seq, key, c, p)
	}
	if flags == 0x2000 && proto == etherTEB && id>>8 >= minVSID {
		return d.nvgre(id>>8, c, p)
	}
	if r := d.enter(TunnelGRE, p); r != OK {
		return r
	}
	if flags&0x2007 == 0x2000 { // the key of version 1 holds a length and a call, which differ by packet and direction
		p.identify(TunnelGRE, id)
	}
	switch proto {
	case etherTEB:
		return d.ethernet(c, p)
	case 0x880b:
		return d.greppp(c, p)
	}
	return d.etherType(proto, c, p)
}

// minVSID is the first virtual subnet that may be given out (RFC 7637 section 3.2): bridged GRE with a smaller key is
// no NVGRE.
const minVSID = 0x1000

// nvgre is bridged GRE whose key is a virtual subnet of 24 bits and a flow of 8 (RFC 7637 section 3.2).
func (d *Decoder) nvgre(vsid uint32, c cursor, p *Packet) Reason {
	if r := d.enter(TunnelNVGRE, p); r != OK {
		return r
	}
	p.identify(TunnelNVGRE, vsid)
	return d.ethernet(c, p)
}

// greppp skips PPP's address and control bytes and reads a protocol field of one or two bytes (RFC 1661 section 6.5).
func (d *Decoder) greppp(c cursor, p *Packet) Reason {
	if len(c.b) >= 2 && c.b[0] == 0xff && c.b[1] == 3 {
		c = c.skip(2)
	}
	if len(c.b) < 2 {
		return TunnelShort
	}
	if c.b[0]&1 != 0 {
		return d.ppp(uint16(c.b[0]), c.skip(1), p)
	}
	return d.ppp(binary.BigEndian.Uint16(c.b), c.skip(2), p)
}

// erspan takes off types I (no header, no GRE sequence number), II (8 bytes) and III (12 bytes, 8 more with the
// platform subheader) as draft-foschiano-erspan lays them out. Sequence numbers tell how many mirrored packets never
// came.
func (d *Decoder) erspan(proto uint16, hasSeq bool, seq uint32, key mirrorKey, c cursor, p *Packet) Reason {
	if r := d.enter(TunnelERSPAN, p); r != OK {
		return r
	}
	if !hasSeq {
		return d.ethernet(c, p)
	}
	n := 8
	if proto == etherERSPN3 {
		n = 12
		if len(c.b) >= 12 && c.b[11]&1 != 0 {
			n = 20
		}
	}
	if len(c.b) < n {
		return TunnelShort
	}
	key.session = binary.BigEndian.Uint16(c.b[2:]) & 0x3ff
	d.Stats.mirrored(p, key, seq, d.mirror.gap(key, seq))
	return d.ethernet(c.skip(n), p)
}
