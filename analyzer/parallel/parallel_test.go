package parallel

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
)

// TestFor: every index is done once, by any number of workers.
func TestFor(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		for _, n := range []int{0, 1, Chunk - 1, Chunk, Chunk + 1, 10*Chunk + 3} {
			done := make([]int, n)
			For(t.Context(), workers, n, func() func(from, to int) {
				return func(from, to int) {
					for i := from; i < to; i++ {
						done[i]++
					}
				}
			})
			if slices.ContainsFunc(done, func(times int) bool { return times != 1 }) {
				t.Errorf("%d workers, %d items: %v", workers, n, done)
			}
		}
	}
}

// TestForUntilDone: after the end of its context it does what is worth showing, and no more.
func TestForUntilDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, k := range []struct{ n, want int }{{100, 100}, {Least, Least}, {Least * 9, Least}} {
		var did atomic.Int64
		done := For(ctx, 3, k.n, func() func(from, to int) {
			return func(from, to int) { did.Add(int64(to - from)) }
		})
		if int(did.Load()) != done || done < k.want || done > k.want+3*Chunk {
			t.Errorf("%d of %d items, %d were done", done, k.n, did.Load())
		}
	}
}

// TestDo: every function is called once.
func TestDo(t *testing.T) {
	var n atomic.Int64
	add := func(v int64) func() { return func() { n.Add(v) } }
	if Do(2, add(1), add(10), add(100)); n.Load() != 111 {
		t.Errorf("sum %d", n.Load())
	}
}
