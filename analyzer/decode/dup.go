package decode

import (
	"encoding/binary"
	"time"
)

// Mirror ports deliver packets twice: once per mirrored port or VLAN, TTL and checksums changed on the way. A copy is a
// packet with the same addresses, IP identification, transport header (without checksum) and first payload bytes within
// dupWindow. Packets that a host may well send twice in that time, such as bare ACKs without an IP identification, are
// never taken for copies. Where the identification is missing (IPv6, and IPv4 of many hosts) the payload has to tell: its first
// bytes must be captured, and a UDP checksum, which covers the rest, must be the same.
const (
	dupWindow = int64(5 * time.Millisecond)
	dupSlots  = 1 << 13
	dupBytes  = 48 // of payload that are compared
)

type dupSlot struct {
	hash uint64
	time int64
}

// dupTable remembers the latest packets by fingerprint; a newer one takes the slot of an older.
type dupTable struct{ slots []dupSlot }

func (t *dupTable) init() { t.slots = make([]dupSlot, dupSlots) }

func (t *dupTable) seen(p *Packet) bool {
	if p.ipid == 0 && (p.PayloadLen == 0 || len(p.Payload) < min(dupBytes, int(p.PayloadLen))) {
		return false
	}
	h := fingerprint(p)
	s := &t.slots[h%dupSlots]
	dup := s.hash == h && p.Clock-s.time <= dupWindow
	*s = dupSlot{h, p.Clock}
	return dup
}

func fingerprint(p *Packet) uint64 {
	h := mix(p.Src.Hi^p.Dst.Lo, p.Src.Lo^p.Dst.Hi<<1)
	h = mix(h^uint64(p.ipid)<<32^uint64(p.IPLen), uint64(p.Proto)<<32|uint64(p.SrcPort)<<16|uint64(p.DstPort))
	switch p.Proto {
	case ProtoTCP:
		h = mix(h^uint64(p.Seq)<<32^uint64(p.Ack), uint64(p.Flags)<<16|uint64(p.Window))
	case ProtoUDP:
		if p.ipid == 0 && len(p.l4) == 8 {
			h = mix(h, uint64(binary.BigEndian.Uint16(p.l4[6:])))
		}
	case ProtoICMP, ProtoICMPv6:
		if len(p.l4) >= 8 {
			h = mix(h, uint64(binary.BigEndian.Uint32(p.l4[4:])))
		}
	}
	return hashBytes(h, p.Payload[:min(dupBytes, len(p.Payload))])
}
