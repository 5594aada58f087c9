package decode

import (
	"encoding/binary"

	"webexaudit/analyzer/capture"
)

// radiotap skips the header whose length stands at offset 2, little endian (radiotap.org).
func (d *Decoder) radiotap(c cursor, p *Packet) Reason {
	if len(c.b) < 8 {
		return LinkShort
	}
	n := int(binary.LittleEndian.Uint16(c.b[2:]))
	if n < 8 || len(c.b) < n {
		return LinkShort
	}
	return d.wireless(c.skip(n), p)
}

// ppi skips the per-packet information header, little endian: version, flags, its length, the link type behind it.
func (d *Decoder) ppi(c cursor, p *Packet) Reason {
	if len(c.b) < 8 {
		return LinkShort
	}
	n, inner := int(binary.LittleEndian.Uint16(c.b[2:])), binary.LittleEndian.Uint32(c.b[4:])
	if n < 8 || len(c.b) < n {
		return LinkShort
	}
	if inner > 0xffff || capture.LinkType(inner) == capture.LinkPPI {
		return LinkUnknown
	}
	return d.link(capture.LinkType(inner), c.skip(n), p)
}

// wireless reads data frames of IEEE 802.11 in clear (section 9.3.2): addresses, QoS and HT control, then LLC/SNAP.
func (d *Decoder) wireless(c cursor, p *Packet) Reason {
	if len(c.b) < 2 {
		return LinkShort
	}
	return d.wirelessFrame(c.b[0], c.b[1], c, p)
}

// wirelessFrame does so with the two bytes of frame control apart.
func (d *Decoder) wirelessFrame(control, flags byte, c cursor, p *Packet) Reason {
	b := c.b
	typ, sub := control>>2&3, control>>4
	if typ != 2 || sub&4 != 0 || flags&0x40 != 0 { // not data, no data inside, or encrypted
		d.encrypted = typ == 2 && sub&4 == 0
		return WirelessOther
	}
	if len(b) < 24 {
		return LinkShort
	}
	d.noteMACs(b, 4, 10, 16)
	n := 24
	if flags&3 == 3 {
		d.noteMACs(b, 24)
		n += 6
	}
	if sub&8 != 0 {
		n += 2
		if flags&0x80 != 0 {
			n += 4
		}
	}
	if len(b) < n+8 {
		return LinkShort
	}
	return d.snap(c.skip(n), p)
}

// snap reads LLC with SNAP (RFC 1042): AA AA 03, an organisation of zero, the ethertype.
func (d *Decoder) snap(c cursor, p *Packet) Reason {
	b := c.b
	if len(b) < 8 || b[0] != 0xaa || b[1] != 0xaa || b[2] != 3 || b[3] != 0 || b[4] != 0 ||
		(b[5] != 0 && b[5] != 0xf8) {
		return NotIP
	}
	return d.etherType(binary.BigEndian.Uint16(b[6:]), c.skip(8), p)
}
