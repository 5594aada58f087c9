package compare

import "math/bits"

// chunkSize is how many sequence numbers a chunk of a set holds. 65,536 is a multiple of it, so that two numberings
// that differ by whole cycles have the same chunks.
const chunkSize = 4096

type chunk [chunkSize / 64]uint64

// numbers is a set of extended sequence numbers, from 0: a bit each, in chunks of 512 bytes that are made when needed.
type numbers struct{ chunks map[int64]*chunk }

func (n *numbers) add(v int64) {
	if n.chunks == nil {
		n.chunks = map[int64]*chunk{}
	}
	c := n.chunks[v/chunkSize]
	if c == nil {
		c = new(chunk)
		n.chunks[v/chunkSize] = c
	}
	c[v%chunkSize/64] |= 1 << (v % 64)
}

func (n *numbers) has(v int64) bool {
	c := n.chunks[v/chunkSize]
	return v >= 0 && c != nil && c[v%chunkSize/64]&(1<<(v%64)) != 0
}

// word is 64 numbers from v on, which is a multiple of 64.
func (n *numbers) word(v int64) uint64 {
	if c := n.chunks[v/chunkSize]; v >= 0 && c != nil {
		return c[v%chunkSize/64]
	}
	return 0
}

// count is how many there are from lo to hi, both included.
func (n *numbers) count(lo, hi int64) (total int64) {
	for v := lo &^ 63; v <= hi; v += 64 {
		if v%chunkSize == 0 && n.chunks[v/chunkSize] == nil {
			v += chunkSize - 64
			continue
		}
		total += ones(n.word(v) & within(v, lo, hi))
	}
	return total
}

// within are the bits of the word at v that stand for numbers from lo to hi.
func within(v, lo, hi int64) uint64 {
	mask := ^uint64(0)
	if v < lo {
		mask &= ^uint64(0) << (lo - v)
	}
	if v+63 > hi {
		mask &= ^uint64(0) >> (v + 63 - hi)
	}
	return mask
}

func ones(w uint64) int64 { return int64(bits.OnesCount64(w)) }

// edges are the places of the lowest and the highest bit of a word that is not 0.
func edges(w uint64) (first, last int64) {
	return int64(bits.TrailingZeros64(w)), int64(63 - bits.LeadingZeros64(w))
}
