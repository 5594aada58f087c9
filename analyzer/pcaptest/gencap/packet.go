package main

import (
	"encoding/binary"
	"math/bits"
)

// packet writes one frame of a flow: headers with right lengths and checksums, the template, then noise.
func (g *generator) packet(f *flow, p *beat) {
	head := 14 + 20 + 8
	if f.proto == tcp {
		head = 14 + 20 + 20
	}
	n := head + len(p.data) + p.noise
	b := g.out.frame(f.at, n)
	f.ethernet(b, p.from)
	f.ip(b[14:], p.from, n-14)
	copy(b[head:], p.data)
	if p.noise > 0 {
		at := f.rnd.Intn(len(g.noise) - maxRecord)
		copy(b[head+len(p.data):], g.noise[at:at+p.noise])
	}
	p.patch.apply(f, b[head:])
	f.transport(b[34:], p.from, p.flags)
}

func (f *flow) ethernet(b []byte, from int) {
	router := [6]byte{2, 0, 0, 0, 0, 1}
	host := [6]byte{2, 0, f.addr[0][0], f.addr[0][1], f.addr[0][2], f.addr[0][3]}
	copy(b, router[:])
	copy(b[6:], host[:])
	if from == server {
		copy(b, host[:])
		copy(b[6:], router[:])
	}
	b[12], b[13] = 8, 0
}

func (f *flow) ip(b []byte, from, length int) {
	f.id[from]++
	b[0], b[1] = 0x45, f.dscp[from]<<2
	binary.BigEndian.PutUint16(b[2:], uint16(length))
	binary.BigEndian.PutUint16(b[4:], f.id[from])
	b[6], b[7], b[8], b[9] = 0x40, 0, f.ttl[from], f.proto
	b[10], b[11] = 0, 0
	copy(b[12:], f.addr[from][:])
	copy(b[16:], f.addr[1-from][:])
	binary.BigEndian.PutUint16(b[10:], fold(sum(b[:20], 0)))
}

func (f *flow) transport(b []byte, from int, flags uint8) {
	binary.BigEndian.PutUint16(b, f.port[from])
	binary.BigEndian.PutUint16(b[2:], f.port[1-from])
	pseudo := sum(f.addr[0][:], sum(f.addr[1][:], uint64(f.proto)+uint64(len(b))))
	if f.proto != tcp {
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
		b[6], b[7] = 0, 0
		c := fold(sum(b, pseudo))
		if c == 0 {
			c = 0xffff
		}
		binary.BigEndian.PutUint16(b[6:], c)
		return
	}
	binary.BigEndian.PutUint32(b[4:], f.seq[from])
	ack := uint32(0)
	if flags&ackFlag != 0 {
		ack = f.seq[1-from]
	}
	binary.BigEndian.PutUint32(b[8:], ack)
	b[12], b[13], b[14], b[15] = 0x50, flags, 0xff, 0xff
	b[16], b[17], b[18], b[19] = 0, 0, 0, 0
	binary.BigEndian.PutUint16(b[16:], fold(sum(b, pseudo)))
	f.seq[from] += uint32(len(b) - 20)
	if flags&(synFlag|finFlag) != 0 {
		f.seq[from]++
	}
}

// sum adds up 16-bit words, eight bytes at a time (RFC 1071 section 2: the order of carries does not matter).
func sum(b []byte, acc uint64) uint64 {
	var carry uint64
	for len(b) >= 8 {
		acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(b), carry)
		b = b[8:]
	}
	var rest [8]byte
	copy(rest[:], b)
	acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(rest[:]), carry)
	acc, carry = bits.Add64(acc, 0, carry)
	return acc + carry
}

func fold(s uint64) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}
