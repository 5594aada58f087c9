package parallel

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// TestDo: every function is called once.
func TestDo(t *testing.T) {
	var n atomic.Int64
	add := func(v int64) func() { return func() { n.Add(v) } }
	if Do(2, add(1), add(10), add(100)); n.Load() != 111 {
		t.Errorf("sum %d", n.Load())
	}
}

// TestOrdered: every range is worked on once, and its result is committed in its turn, however long each takes.
func TestOrdered(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		for _, n := range []int{0, 1, 9, 10, 11, 1003} {
			var got []int
			done := Ordered(t.Context(), workers, n, 10, func() func(from, to int) []int {
				return func(from, to int) (list []int) {
					time.Sleep(time.Duration(from*7919%50) * time.Microsecond)
					for i := from; i < to; i++ {
						list = append(list, i)
					}
					return list
				}
			}, func(list []int) { got = append(got, list...) })
			if done != n || len(got) != n || !slices.IsSorted(got) || n > 0 && got[n-1] != n-1 {
				t.Errorf("%d workers, %d items: %d done, %v", workers, n, done, got)
			}
		}
	}
}

// TestOrderedUntilDone: after the end of its context it does what is worth showing, and no more.
func TestOrderedUntilDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, k := range []struct{ n, want int }{{100, 100}, {Least, Least}, {Least * 9, Least}} {
		did := 0
		done := Ordered(ctx, 3, k.n, 1024, func() func(from, to int) int {
			return func(from, to int) int { return to - from }
		}, func(n int) { did += n })
		if did != done || done < k.want || done > k.want+1024 {
			t.Errorf("%d of %d items, %d were done", done, k.n, did)
		}
	}
}
