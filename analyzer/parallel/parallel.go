// Package parallel divides work among goroutines. In go the number of goroutines and functions that are independent of
// one another; what they write is their callers', who keep the result from depending on the number.
package parallel

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Chunk is how many items a goroutine takes at a time: enough to outweigh the hand-over.
const Chunk = 128

// Least is how many items [For] does in any case: enough to be worth showing, and done within a moment.
const Least = 200 * Chunk

// For divides what is to be done for n items, each on its own, among so many goroutines. Each calls begin once, for
// what it keeps to itself, and the function that this returns for one chunk of the items after the other: from is a
// multiple of [Chunk]. When ctx is done, no more chunks are taken, apart from the first [Least] items. It returns how
// many items were done: those from 0 on.
func For(ctx context.Context, workers, n int, begin func() (work func(from, to int))) (done int) {
	var g errgroup.Group
	var next atomic.Int64
	for range min(workers, (n+Chunk-1)/Chunk) {
		g.Go(func() error {
			work := begin()
			for ctx.Err() == nil || next.Load() < Least {
				to := int(next.Add(Chunk))
				if to-Chunk >= n {
					break
				}
				work(to-Chunk, min(to, n))
			}
			return nil
		})
	}
	_ = g.Wait()
	return min(int(next.Load()), n)
}

// Finish calls a function and reports whether it came to its end before ctx was done. If it did not, it goes on, and
// what it writes must not be read.
func Finish(ctx context.Context, work func()) bool {
	if ctx.Err() != nil {
		return false
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
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
