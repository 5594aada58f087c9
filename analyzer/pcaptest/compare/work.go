package main

import (
	"crypto/sha256"
	"strconv"
)

// fixedWork is work of the same kinds as an analysis, in amounts that never change: memory that is touched for the
// first time, of which machines differ most, copies of blocks, a digest, a table that is larger than the caches,
// numbers as text. It returns a value of all of it so that none can be left out.
func fixedWork() uint64 {
	const blocks, blockSize, slots, fresh, page = 300, 256 << 10, 1 << 20, 32 << 20, 4 << 10
	memory := make([]byte, fresh)
	for i := 0; i < fresh; i += page {
		memory[i] = byte(i / page)
	}
	a, b := make([]byte, blockSize), make([]byte, blockSize)
	table := make([]uint64, slots)
	sum := sha256.New()
	var text []byte
	h, total := uint64(1), uint64(0)
	for range blocks {
		copy(b, a)
		sum.Write(b)
		text = text[:0]
		for i := range 8192 {
			h = h*6364136223846793005 + 1442695040888963407
			table[h>>44] += h
			total += table[(h>>24)&(slots-1)]
			if i&3 == 0 {
				text = strconv.AppendUint(text, h, 10)
			}
		}
		copy(a[h%(blockSize/2):], text)
	}
	return total + uint64(sum.Sum(nil)[0]) + uint64(memory[fresh/2])
}
