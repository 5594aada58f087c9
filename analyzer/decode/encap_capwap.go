package decode

import "encoding/binary"

// Ports of CAPWAP's data channel (RFC 5415 section 3.1): the access controller's, which both directions use.
const portCAPWAP = 5247

// What the header of CAPWAP says is inside (RFC 5415 section 4.3).
const (
	capwapEthernet = 0
	capwapWireless = 1 // the native frame of the binding, IEEE 802.11 (RFC 5416)
)

// capwapHeader is the header of a data packet (RFC 5415 section 4.3).
type capwapHeader struct {
	length int // bytes
	inside uint8
	flags  byte // L, W, M, K, and three reserved bits
	part   bool // F: a fragment
	id     uint16
	offset int // bytes
}

// parseCAPWAP reads the header of a packet in clear: version 0, type 0, zeros where the header has reserved bits, and
// optional fields that fit.
func parseCAPWAP(b []byte) (h capwapHeader, ok bool) {
	if len(b) < 8 || b[0] != 0 || b[3]&7 != 0 || b[7]&7 != 0 {
		return h, false
	}
	word := binary.BigEndian.Uint32(b)
	h = capwapHeader{
		length: int(word>>19&31) * 4, inside: capwapEthernet, flags: b[3], part: b[3]&0x80 != 0,
		id: binary.BigEndian.Uint16(b[4:]), offset: int(binary.BigEndian.Uint16(b[6:]) &^ 7),
	}
	if word>>9&31 != 1 { // no other binding carries IP
		return h, false
	}
	if word>>8&1 != 0 {
		h.inside = capwapWireless
	}
	at := 8
	for _, optional := range []byte{0x10, 0x20} { // the radio's hardware address, what the binding adds
		if h.flags&optional == 0 {
			continue
		}
		if at >= len(b) {
			return h, false
		}
		at = (at + 1 + int(b[at]) + 3) &^ 3
	}
	return h, at <= h.length && h.length <= len(b)
}

// isCAPWAP reports whether a datagram is a data packet in clear that carries a frame: no keep-alive.
func isCAPWAP(b []byte) bool {
	h, ok := parseCAPWAP(b)
	return ok && h.flags&8 == 0 && len(b) > h.length
}

// capwap opens a data packet; fragments are put together as those of IP are.
func (d *Decoder) capwap(c cursor, p *Packet) Reason {
	if r := d.enter(TunnelCAPWAP, p); r != OK {
		return r
	}
	h, _ := parseCAPWAP(c.b)
	c = c.skip(h.length)
	if !h.part {
		return d.capwapFrame(h.inside, c, p)
	}
	key := fragKey{src: p.Src, dst: p.Dst, id: uint32(h.id), capwap: true}
	return d.fragment(c, p, key, h.offset, h.flags&0x40 == 0, h.inside)
}

func (d *Decoder) capwapFrame(inside uint8, c cursor, p *Packet) Reason {
	if inside == capwapEthernet {
		return d.ethernet(c, p)
	}
	if len(c.b) < 2 {
		return LinkShort
	}
	// many access points swap the two bytes of frame control: then the second is that of a data frame, not the first
	control, flags := c.b[0], c.b[1]
	if control&0x0f != 8 && flags&0x0f == 8 {
		control, flags = flags, control
	}
	return d.wirelessFrame(control, flags, c, p)
}

// isCAPWAPinDTLS reports whether a datagram is a data packet that is encrypted: type 1, and a DTLS record behind it
// (RFC 5415 section 4.2).
func isCAPWAPinDTLS(p *Packet) bool {
	b := p.Payload
	return p.Proto == ProtoUDP && (p.SrcPort == portCAPWAP || p.DstPort == portCAPWAP) && len(b) > 4+13 &&
		b[0] == 1 && b[1]|b[2]|b[3] == 0 && b[4] >= 20 && b[4] <= 26 && b[5] == 0xfe
}
