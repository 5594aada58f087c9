package decode

import "encoding/binary"

// Flags of a GRE header (RFC 2890 section 2, RFC 2637 section 4.1).
const (
	greChecksum    = 0x8000
	greRouting     = 0x4000
	greKey         = 0x2000
	greSequence    = 0x1000
	greAcknowledge = 0x0080 // of version 1
	greVersion     = 0x0007 // a number, not a flag
)

// greHeader is read from RFC 2784's header with the key and sequence number of RFC 2890, or from the PPTP variant
// (version 1, RFC 2637).
type greHeader struct {
	flags, proto uint16
	length       int    // bytes
	key, seq     uint32 // 0 where the header has none
}

// readGRE reads the header that b begins with; ok is false where it is cut.
func readGRE(b []byte) (h greHeader, ok bool) {
	if len(b) < 4 {
		return h, false
	}
	h.flags, h.proto, h.length = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), 4
	if h.flags&(greChecksum|greRouting) != 0 && h.flags&greVersion == 0 {
		h.length += 4 // checksum and offset
	}
	keyAt := h.length
	if h.flags&greKey != 0 {
		h.length += 4
	}
	seqAt := h.length
	if h.flags&greSequence != 0 {
		h.length += 4
	}
	if h.flags&greVersion == 1 && h.flags&greAcknowledge != 0 {
		h.length += 4
	}
	if len(b) < h.length {
		return h, false
	}
	if h.flags&greKey != 0 {
		h.key = binary.BigEndian.Uint32(b[keyAt:])
	}
	if h.flags&greSequence != 0 {
		h.seq = binary.BigEndian.Uint32(b[seqAt:])
	}
	return h, true
}

// gre takes off a GRE header and reads what it carries.
func (d *Decoder) gre(c cursor, p *Packet) Reason {
	h, ok := readGRE(c.b)
	if !ok {
		return TunnelShort
	}
	c = c.skip(h.length)
	switch h.proto {
	case etherERSPN2, etherERSPN3:
		return d.erspan(&h, c, p)
	}
	if h.flags == greKey && h.proto == etherTEB && h.key>>8 >= minVSID {
		return d.nvgre(h.key>>8, c, p)
	}
	if r := d.enter(TunnelGRE, p); r != OK {
		return r
	}
	// The key of version 1 holds a length and a call, which differ by packet and direction.
	if h.flags&(greKey|greVersion) == greKey {
		p.identify(TunnelGRE, h.key)
	}
	switch h.proto {
	case etherTEB:
		return d.ethernet(c, p)
	case 0x880b:
		return d.greppp(c, p)
	}
	return d.etherType(h.proto, c, p)
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
func (d *Decoder) erspan(h *greHeader, c cursor, p *Packet) Reason {
	key := mirrorKey{source: d.source, src: p.Src, dst: p.Dst}
	if r := d.enter(TunnelERSPAN, p); r != OK {
		return r
	}
	if h.flags&greSequence == 0 {
		return d.ethernet(c, p)
	}
	n := 8
	if h.proto == etherERSPN3 {
		n = 12
		if len(c.b) >= 12 && c.b[11]&1 != 0 {
			n = 20
		}
	}
	if len(c.b) < n {
		return TunnelShort
	}
	key.session = binary.BigEndian.Uint16(c.b[2:]) & 0x3ff
	d.Stats.mirrored(p, key, h.seq, d.mirror.gap(key, h.seq))
	return d.ethernet(c.skip(n), p)
}
