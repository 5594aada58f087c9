package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// The garbage collector runs when the heap has grown by slack, or by half of what lives where that is more. The
// default, to let the heap double, collects often while the heap is small, for nothing, and holds twice the records of
// a large capture. docs/performance.md has the figures.
const (
	slack       = 32 << 20 // bytes
	smallest    = 4 << 20  // the runtime's first heap at 100 percent
	leastGrowth = 50       // percent

	// Under a limit this much is left for garbage, in percent of what lives, even where that is beyond the limit. The
	// runtime keeps a lower one by collecting without end, up to half of the processor time, although what lives does
	// not become less.
	leastRoom = 25
)

// memoryLimit is the size that was asked for in bytes; 0: none.
var memoryLimit atomic.Int64

// limitMemory tells the runtime to collect garbage before the program grows beyond the size, as far as what lives
// allows it.
func limitMemory(size int64) {
	if size > 0 {
		memoryLimit.Store(size)
		debug.SetMemoryLimit(size)
	}
}

// limitGarbage sets the collector to the above: once, and anew after each collection. An explicit GOGC wins.
func limitGarbage(gogc string) {
	if gogc == "" {
		debug.SetGCPercent(slack / smallest * 100)
	}
	afterCollection(gogc == "")
}

// afterCollection is called when its object, which nobody holds, has been collected.
func afterCollection(adapt bool) {
	runtime.AddCleanup(new([64]byte), func(adapt bool) {
		live, besides := held()
		if adapt {
			debug.SetGCPercent(growth(live))
		}
		if size := memoryLimit.Load(); size > 0 {
			debug.SetMemoryLimit(limit(size, live, besides))
		}
		afterCollection(adapt)
	}, adapt)
}

// held is what the last collection left, and what the runtime holds besides objects and pages that it can give back,
// in bytes: both count against its limit.
func held() (live, besides uint64) {
	m := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(m)
	besides = m[1].Value.Uint64()
	for _, x := range m[2:] {
		besides -= min(x.Value.Uint64(), besides)
	}
	return m[0].Value.Uint64(), besides
}

// growth is the percentage that the heap may grow by before the next collection.
func growth(live uint64) int {
	return max(int(slack*100/max(live, smallest)), leastGrowth)
}

// limit is the runtime's limit in bytes: the size that was asked for, or what leaves leastRoom where that is more.
func limit(size int64, live, besides uint64) int64 {
	return max(size, int64(live+live*leastRoom/100+besides))
}
