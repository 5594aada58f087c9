package decode

import (
	"encoding/binary"
	"math/bits"
)

// mix folds two words into one: the high and low halves of their product after whitening.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xe7037ed1a0b428db)
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
