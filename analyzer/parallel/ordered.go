package parallel

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// ahead is how many ranges may be done, for each goroutine, before one that comes before them.
const ahead = 4

// Least is how many items [Ordered] does in any case: enough to be worth showing, and done within a moment.
const Least = 25_600

// Ordered divides what is to be done for n items among so many goroutines, and puts the results together in order. Each
// goroutine calls begin once, for what it keeps to itself, and the function that this returns for one range of size
// after the other. commit is called with what that returned, for one range after the other and by one goroutine at a
// time. It returns how many items were committed: those from 0 on. When ctx is done, no more ranges are taken, apart
// from the first [Least] items.
func Ordered[T any](ctx context.Context, workers, n, size int, begin func() (work func(from, to int) T),
	commit func(T)) (done int) {
	o := ordered[T]{n: n, size: size, commit: commit, results: make(map[int]T)}
	o.room.L = &o.mu
	ranges := (n + size - 1) / size
	o.most = ahead * max(min(workers, ranges), 1)
	var g errgroup.Group
	for range min(workers, ranges) {
		g.Go(func() error {
			work := begin()
			for from := o.take(ctx); from >= 0; from = o.take(ctx) {
				o.give(from, work(from, min(from+size, n)))
			}
			return nil
		})
	}
	_ = g.Wait()
	return o.done
}

// ordered is what the goroutines of one Ordered share.
type ordered[T any] struct {
	n, size, most int
	commit        func(T)

	mu      sync.Mutex
	room    sync.Cond
	next    int       // where the range begins that is taken next
	done    int       // items before it are committed
	results map[int]T // of ranges whose turn has not come
	busy    bool      // a goroutine commits
}

// take gives the beginning of the next range; -1: there is none.
func (o *ordered[T]) take(ctx context.Context) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.next < o.n && o.next-o.done >= o.most*o.size {
		o.room.Wait()
	}
	if o.next >= o.n || ctx.Err() != nil && o.next >= Least {
		return -1
	}
	from := o.next
	o.next += o.size
	return from
}

// give hands over the result of a range, and commits those whose turn it is unless another goroutine does.
func (o *ordered[T]) give(from int, result T) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.results[from] = result
	if o.busy {
		return
	}
	o.busy = true
	for r, ok := o.results[o.done]; ok; r, ok = o.results[o.done] {
		delete(o.results, o.done)
		o.mu.Unlock()
		o.commit(r)
		o.mu.Lock()
		o.done = min(o.done+o.size, o.n)
		o.room.Broadcast()
	}
	o.busy = false
}
