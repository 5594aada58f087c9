package media

import (
	"math"
	"slices"
)

// maxSamples is how many values of a kind a stream keeps.
const maxSamples = 512

// samples keep every value of few, and of many every second, fourth …, spread over the stream.
type samples struct {
	list        []uint32
	every, left int
	n           int64
	least       uint32
}

func (k *samples) add(value int64) {
	v := uint32(min(max(value, 0), math.MaxUint32))
	if k.n++; k.n == 1 || v < k.least {
		k.least = v
	}
	if k.left > 0 {
		k.left--
		return
	}
	if len(k.list) == maxSamples {
		for i := range maxSamples / 2 {
			k.list[i] = k.list[2*i]
		}
		k.list, k.every = k.list[:maxSamples/2], 2*k.every+1
	}
	k.list, k.left = append(k.list, v), k.every
}

// values are what was added, by size: all, or of many a part. The first is the least of all.
func (k *samples) values() (list []int64) {
	sorted := slices.Clone(k.list)
	slices.Sort(sorted)
	for i, v := range sorted {
		if i == 0 {
			v = k.least
		}
		list = append(list, int64(v))
	}
	return list
}
