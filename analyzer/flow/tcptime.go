package flow

import "slices"

// sightings remember when the bytes on their way were first seen: of few segments each, of many every second, fourth …,
// the newest most densely.
type sightings struct {
	sights []sighting // in order, maxSights at most
}

type sighting struct {
	seq uint32
	at  int64
}

// How many are kept. Most connections are short: space is taken as it is needed.
const (
	maxSights  = 16
	maxSamples = 32
	fewFirst   = 2
)

func (k *sightings) see(seq uint32, at int64) {
	switch len(k.sights) {
	case 0:
		if k.sights == nil {
			k.sights = make([]sighting, 0, fewFirst)
		}
	case maxSights:
		for i := range maxSights / 2 {
			k.sights[i] = k.sights[2*i+1]
		}
		k.sights = k.sights[:maxSights/2]
	}
	k.sights = append(k.sights, sighting{seq, at})
}

// seen is when the segment that begins with seq was first seen, or a time soon after.
func (k *sightings) seen(seq uint32) int64 {
	for _, s := range k.sights {
		if int32(s.seq-seq) >= 0 {
			return s.at
		}
	}
	if len(k.sights) == 0 {
		return 0
	}
	return k.sights[len(k.sights)-1].at
}

// samples keep every value of few, and of many every second, fourth …, so that their median is near that of all.
type samples struct {
	values []uint32 // microseconds, maxSamples at most
	step   int32    // as many values lie between two that are kept
	skip   int32    // counted down by the caller for each value; add is called below 0
}

func (k *samples) add(ns int64) {
	switch len(k.values) {
	case 0:
		k.values = make([]uint32, 0, fewFirst)
	case maxSamples:
		for i := range maxSamples / 2 {
			k.values[i] = k.values[2*i]
		}
		k.values = k.values[:maxSamples/2]
		k.step = min(k.step*2+1, 1<<20)
	}
	k.values = append(k.values, uint32(min(max(ns, 0)/1000, 1<<32-1)))
	k.skip = k.step
}

// forget begins anew.
func (k *samples) forget() { *k = samples{} }

// median is in nanoseconds, at least 1000 where there is any sample.
func (k *samples) median() int64 {
	var space [maxSamples]uint32
	list := append(space[:0], k.values...)
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return max(int64(list[len(list)/2])*1000, 1000)
}
