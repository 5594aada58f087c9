package ingest

import (
	"iter"
	"sync"
)

// turn dispatches batches, one at a time: each worker that has nothing to do decodes the next one, so that the packets
// of its own are still in its processor's cache when it takes them.
type turn struct {
	mu       sync.Mutex
	next     func() (*batch, bool) // what was read; false: there is no more
	decoding decoding
	done     bool
}

// take has a worker dispatch a batch. It does not where another one is about to, or where there are no more, since then
// something, or the end, comes to all workers; nor where something waits for the worker, who might hold what is read
// into.
func (t *turn) take(w *worker) {
	if !t.mu.TryLock() {
		return
	}
	defer t.mu.Unlock()
	if t.done || len(w.in) > 0 {
		return
	}
	b, more := t.next()
	if !more {
		t.done = true
		t.decoding.end()
		for _, w := range t.decoding.p.workers {
			close(w.in)
		}
		return
	}
	t.decoding.begin(b)
	t.decoding.p.dispatch(b)
	b.users.Store(int32(len(t.decoding.p.workers)))
	for _, w := range t.decoding.p.workers {
		w.in <- b
	}
}

// readers is up to how many workers read themselves, each in its turn: of more, each would wait for its turn longer
// than for a reader beside them.
const readers = 4

// batches gives what read reads: in a goroutine of its own where packets would be lost meanwhile or there are many
// workers, else by who asks for the next batch, so that it need not go from one processor to another.
func (p *pipeline) batches(beside bool, read func(next func(*batch))) (next func() (*batch, bool)) {
	if !beside {
		next, _ = iter.Pull(func(yield func(*batch) bool) {
			read(func(b *batch) { yield(b) })
		})
		return next
	}
	list := make(chan *batch, cap(p.free))
	go func() {
		defer close(list)
		read(func(b *batch) { list <- b })
	}()
	return func() (*batch, bool) {
		b, more := <-list
		return b, more
	}
}
