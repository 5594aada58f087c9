package decode

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// Mirror ports deliver packets twice: once per mirrored port or VLAN, TTL and checksums changed on the way. A copy is a
// packet with the same addresses, IP identification, transport header (without checksum) and first payload bytes within
// dupWindow. Packets that a host may well send twice in that time, such as bare ACKs without an IP identification, are
// never taken for copies. Where the identification is missing (IPv6, and IPv4 of many hosts) the payload has to tell:
// its first bytes must be captured, and a UDP checksum, which covers the rest, must be the same.
const (
	dupWindow = int64(5 * time.Millisecond)
	dupBits   = 12
	dupWays   = 4
	dupBytes  = 48 // of payload that are compared
)

// Copies recognises mirror duplicates among the packets of some flows, or of all: copies are of one flow. It remembers
// the latest packets by fingerprint, in sets of dupWays that are filled in turn. The fingerprint is keyed: nobody can
// make a packet that has that of another. What each packet is compared with, the tags, lies close together: nearly none
// has been seen before, and its look-up should find them in the processor's cache.
type Copies struct {
	bits uint // of the number of a set
	sets []dupSet
	all  [][dupWays]dupSlot
}

type dupSet struct {
	tags [dupWays]uint32 // lower halves of the fingerprints
	next uint8           // the slot that was filled longest ago
}

type dupSlot struct {
	hash    uint64
	time    int64
	network Network
}

// NewCopies returns one for a share of the flows: one of 1, 2, 4 … of them (see [Packet].Share).
func NewCopies(shares int) *Copies {
	n := uint(dupBits - bits.Len(uint(shares-1)))
	return &Copies{bits: n, sets: make([]dupSet, 1<<n), all: make([][dupWays]dupSlot, 1<<n)}
}

// Seen reports whether the packet is a copy, and sets Print, Duplicate and Home. A third copy has the home of the
// first.
func (t *Copies) Seen(p *Packet) bool {
	if p.ipid == 0 && (p.PayloadLen == 0 || len(p.Payload) < min(dupBytes, int(p.PayloadLen))) {
		return false
	}
	h := fingerprint(p)
	p.Print = h
	at := t.setOf(p)
	set := &t.sets[at]
	for i := range set.tags {
		if set.tags[i] != uint32(h) {
			continue
		}
		if s := &t.all[at][i]; s.hash == h && p.Clock-s.time <= dupWindow {
			p.Duplicate, p.Home = true, s.network
			s.time = p.Clock
			return true
		}
	}
	i := set.next % dupWays
	set.tags[i], set.next = uint32(h), i+1
	t.all[at][i] = dupSlot{h, p.Clock, p.Network}
	return false
}

// setOf is the set of a packet, in every run the same: which copies are found when a set overflows must not depend on
// keys.
func (t *Copies) setOf(p *Packet) uint64 {
	n := uint64(p.Share) + uint64(p.ipid)<<8 + uint64(p.Seq) + uint64(p.Ack) + uint64(p.IPLen)
	if b := p.Payload; len(b) >= 8 {
		n += binary.LittleEndian.Uint64(b)
	}
	return n * 0x9e3779b97f4a7c15 >> (64 - t.bits)
}

// DupPair says where a copy's first sighting was and where the copy was.
type DupPair struct{ First, Copy Network }

// DupPairs counts copies by the networks that showed them: the first maxDupPairs pairs in order of sight; the rest are
// others. A feed that shows one port twice has one pair of equal halves.
type DupPairs struct {
	by    []dupCount
	other int64
}

type dupCount struct {
	DupPair
	n int64
}

const maxDupPairs = 16

// Add counts n copies.
func (d *DupPairs) Add(k DupPair, n int64) {
	for i := range d.by {
		if d.by[i].DupPair == k {
			d.by[i].n += n
			return
		}
	}
	if len(d.by) >= maxDupPairs {
		d.other += n
		return
	}
	d.by = append(d.by, dupCount{k, n})
}

// Copies adds what was counted elsewhere.
func (s *Stats) Copies(d *DupPairs) {
	for _, c := range d.by {
		s.Duplicates += c.n
		s.DupPairs.Add(c.DupPair, c.n)
	}
	s.Duplicates += d.other
	s.DupPairs.other += d.other
}

// Names is the table in words, "vlan 10 → vlan 20", and "other" for what the bound kept out; nil where there was no
// copy.
func (d *DupPairs) Names() map[string]int64 {
	if len(d.by) == 0 {
		return nil
	}
	m := make(map[string]int64, len(d.by)+1)
	for _, c := range d.by {
		m[c.First.String()+" → "+c.Copy.String()] = c.n
	}
	if d.other > 0 {
		m["other"] = d.other
	}
	return m
}

// fingerprint is a keyed hash of what copies of a packet have in common.
func fingerprint(p *Packet) uint64 {
	h := mix(mix(p.Src.Hi, p.Src.Lo), mix(p.Dst.Hi, p.Dst.Lo)^1)
	h = mix(h, uint64(p.ipid)<<32|uint64(p.IPLen))
	h = mix(h, uint64(p.Proto)<<32|uint64(p.SrcPort)<<16|uint64(p.DstPort))
	switch p.Proto {
	case ProtoTCP:
		h = mix(h, uint64(p.Seq)<<32|uint64(p.Ack))
		h = mix(h, uint64(p.Flags)<<16|uint64(p.Window))
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
