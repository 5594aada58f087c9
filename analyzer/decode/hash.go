package decode

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// keys are drawn anew by each process, so that nobody can send addresses or bytes that meet in one slot. What is found
// by a keyed hash is compared or told apart by all of its 64 bits, so that no result depends on the keys.
var keys = [...]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64()}

// mix folds two words into one: the high and low halves of the product of one with a key, and the other with another.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^keys[0], b^keys[1])
	return hi ^ lo
}

// hashBytes hashes b eight bytes at a time.
func hashBytes(seed uint64, b []byte) uint64 {
	h := seed ^ uint64(len(b))*0xa0761d6478bd642f
	for len(b) >= 8 {
		h = mix(h, binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	var tail uint64
	for i, c := range b {
		tail |= uint64(c) << (8 * i)
	}
	return mix(h, tail)
}

// FlowHash is the keyed hash of addresses, ports and protocol, by which flow tables find their slots. It is the same
// for both directions.
func FlowHash(a, b Addr, ap, bp uint16, proto uint8) uint64 {
	x := mix(mix(a.Hi, a.Lo), uint64(ap))
	y := mix(mix(b.Hi, b.Lo), uint64(bp))
	return mix(x+y, keys[2]^uint64(proto))
}

// FlowShare is a number of addresses, ports and protocol, the same for both directions and in every run: packets are
// dealt to shares of the flows by it, whose bounds must not depend on keys. Each word counts, times an odd number; of
// the ports their difference, so that RTCP on the ports next to those of its RTP comes to the same share (RFC 3550
// section 11).
func FlowShare(a, b Addr, ap, bp uint16, proto uint8) uint8 {
	h := (a.Hi+b.Hi)*0x9e3779b97f4a7c15 + (a.Lo+b.Lo)*0xe7037ed1a0b428db
	h += (uint64(max(ap, bp)-min(ap, bp)) + uint64(proto)<<17) * 0xa0761d6478bd642f
	h ^= h >> 32
	return uint8(h * 0xd6e8feb86659fd93 >> 56)
}
