package media

import (
	"math"
	"slices"
)

// maxSamples is how many values of a kind a stream keeps.
const maxSamples = 512

// samples keep values spread over the stream, their number and the least.
type samples struct {
	Thinned[uint32]
	n     int64
	least uint32
}

func (k *samples) add(value int64) {
	v := uint32(min(max(value, 0), math.MaxUint32))
	if k.n++; k.n == 1 || v < k.least {
		k.least = v
	}
	k.Add(v, maxSamples)
}

// values are what was added, by size: all, or of many a part. The first is the least of all.
func (k *samples) values() (list []int64) {
	sorted := slices.Clone(k.List)
	slices.Sort(sorted)
	for i, v := range sorted {
		if i == 0 {
			v = k.least
		}
		list = append(list, int64(v))
	}
	return list
}
