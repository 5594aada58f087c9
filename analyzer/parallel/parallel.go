// Package parallel divides work among goroutines. In go the number of goroutines and functions that are independent of
// one another; what they write is their callers', who keep the result from depending on the number.
package parallel

import (
	"context"

	"golang.org/x/sync/errgroup"
)

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
