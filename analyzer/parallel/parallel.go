// Package parallel divides work among goroutines. In go the number of goroutines and functions that are independent of
// one another; what they write is their callers', who keep the result from depending on the number.
package parallel

import (
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Chunk is how many items a goroutine takes at a time: enough to outweigh the hand-over.
const Chunk = 128

// For divides what is to be done for n items, each on its own, among so many goroutines. Each calls begin once, for
// what it keeps to itself, and the function that this returns for one chunk of the items after the other: from is a
// multiple of [Chunk].
func For(workers, n int, begin func() (work func(from, to int))) {
	var g errgroup.Group
	var next atomic.Int64
	for range min(workers, (n+Chunk-1)/Chunk) {
		g.Go(func() error {
			work := begin()
			for {
				to := int(next.Add(Chunk))
				if to-Chunk >= n {
					return nil
				}
				work(to-Chunk, min(to, n))
			}
		})
	}
	_ = g.Wait()
}

// Do calls functions that are independent of one another, so many at a time.
func Do(workers int, work ...func()) {
	var g errgroup.Group
	g.SetLimit(workers)
	for _, w := range work {
		g.Go(func() error { w(); return nil })
	}
	_ = g.Wait()
}
