package flow

import "slices"

// sightings remember when the bytes on their way were first seen: of few segments each, of many every second, fourth …,
// the newest most densely.
type sightings struct {
	list [16]sighting // in order
	n    uint8
}

type sighting struct {
	seq uint32
	at  int64
}

func (k *sightings) see(seq uint32, at int64) {
	if int(k.n) == len(k.list) {
		for i := range k.list[:len(k.list)/2] {
			k.list[i] = k.list[2*i+1]
		}
		k.n /= 2
	}
	k.list[k.n%16] = sighting{seq, at}
	k.n++
}

// seen is when the segment that begins with seq was first seen, or a time soon after.
func (k *sightings) seen(seq uint32) int64 {
	for i := range k.list[:k.n] {
		if int32(k.list[i].seq-seq) >= 0 {
			return k.list[i].at
		}
	}
	if k.n == 0 {
		return 0
	}
	return k.list[k.n-1].at
}

// samples keep every value of few, and of many every second, fourth …, so that their median is near that of all.
type samples struct {
	list [32]uint32 // microseconds
	n    uint8
	step int32 // as many values lie between two that are kept
	skip int32 // counted down by the caller for each value; add is called below 0
}

func (k *samples) add(ns int64) {
	if int(k.n) == len(k.list) {
		for i := range k.list[:len(k.list)/2] {
			k.list[i] = k.list[2*i]
		}
		k.n /= 2
		k.step = min(k.step*2+1, 1<<20)
	}
	k.list[k.n] = uint32(min(max(ns, 0)/1000, 1<<32-1))
	k.n++
	k.skip = k.step
}

// forget begins anew.
func (k *samples) forget() { *k = samples{} }

// median is in nanoseconds, at least 1000 where there is any sample.
func (k *samples) median() int64 {
	if k.n == 0 {
		return 0
	}
	list := k.list
	slices.Sort(list[:k.n])
	return max(int64(list[k.n/2])*1000, 1000)
}
