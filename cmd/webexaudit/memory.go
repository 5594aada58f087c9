package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The garbage collector runs when the heap has grown by slack, or by half of what lives where that is more. The
// default, to let the heap double, collects often while the heap is small, for nothing, and holds twice the records of
// a large capture. docs/performance.md has the figures.
const (
	slack       = 32 << 20 // bytes
	smallest    = 4 << 20  // the runtime's first heap at 100 percent
	leastGrowth = 50       // percent
)

// limitGarbage sets the collector to the above: once, and anew after each collection. An explicit GOGC wins.
func limitGarbage(gogc string) {
	if gogc != "" {
		return
	}
	debug.SetGCPercent(slack / smallest * 100)
	afterCollection()
}

// afterCollection is called when its object, which nobody holds, has been collected.
func afterCollection() {
	runtime.AddCleanup(new([64]byte), func(int) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		debug.SetGCPercent(growth(live[0].Value.Uint64()))
		afterCollection()
	}, 0)
}

// growth is the percentage that the heap may grow by before the next collection.
func growth(live uint64) int {
	return max(int(slack*100/max(live, smallest)), leastGrowth)
}
