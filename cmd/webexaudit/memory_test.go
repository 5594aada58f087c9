package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	for live, want := range map[uint64]int{0: 800, 4 << 20: 800, 32 << 20: 100, 64 << 20: 50, 10 << 30: 50} {
		if got := growth(live); got != want {
			t.Errorf("%d bytes live: %d %%, want %d %%", live, got, want)
		}
	}
}

// TestLimit: what was asked for holds as long as it leaves a quarter of what lives; else so much is left.
func TestLimit(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name                      string
		size, live, besides, want int64
	}{
		{"nothing lives", 128 * mb, 0, 0, 128 * mb},
		{"room enough", 128 * mb, 80 * mb, 20 * mb, 128 * mb},
		{"just enough", 128 * mb, 80 * mb, 28 * mb, 128 * mb},
		{"too little beside stacks", 128 * mb, 80 * mb, 40 * mb, 140 * mb},
		{"too little", 128 * mb, 112 * mb, 0, 140 * mb},
		{"far beyond", 128 * mb, 400 * mb, 30 * mb, 530 * mb},
		{"large", 8 << 30, 4 << 30, 100 * mb, 8 << 30},
	} {
		if got := limit(c.size, uint64(c.live), uint64(c.besides)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestLimitFollows: a limit below what lives is loosened after a collection, and tightened when that is gone.
func TestLimitFollows(t *testing.T) {
	const size = minMemory
	before := debug.SetMemoryLimit(-1)
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	defer func() {
		memoryLimit.Store(0)
		debug.SetMemoryLimit(before)
		debug.SetGCPercent(percent)
	}()
	limitMemory(size)
	afterCollection(false)
	heap := make([]byte, 2*size)
	wait(t, "loosened", func() bool { return debug.SetMemoryLimit(-1) > 2*size*5/4 })
	runtime.KeepAlive(heap)
	wait(t, "tightened", func() bool { return debug.SetMemoryLimit(-1) == size })
}

func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 100 {
		runtime.GC()
		if time.Sleep(10 * time.Millisecond); done() {
			return
		}
	}
	t.Errorf("the limit is not %s: %d", what, debug.SetMemoryLimit(-1))
}
