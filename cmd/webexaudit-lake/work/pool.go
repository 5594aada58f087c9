package work

import (
	"context"
	"fmt"
	"runtime"
	"sync"
)

// Result is how a task ended.
type Result struct {
	Index    int
	Manifest *Manifest // nil where it failed
	Err      error
}

// All does the audits of a plan in this process, so many at a time (0: as the machine has CPUs), and reports each to
// done, one after the other, in the order in which they end. A task that fails leaves the others alone.
func (e *Engine) All(ctx context.Context, jobs int, done func(Result)) {
	n := len(e.Plan.Audits)
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	jobs = max(1, min(jobs, n))
	if e.Workers <= 0 {
		e.Workers = max(1, runtime.GOMAXPROCS(0)/jobs)
	}
	tasks, results := make(chan int), make(chan Result)
	var g sync.WaitGroup
	for range jobs {
		g.Go(func() {
			for i := range tasks {
				m, err := e.guarded(ctx, i)
				results <- Result{i, m, err}
			}
		})
	}
	go func() {
		defer close(tasks)
		for i := range n {
			select {
			case tasks <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() { g.Wait(); close(results) }()
	for r := range results {
		done(r)
	}
}

// guarded does a task; a fault of the program in it fails this task alone.
func (e *Engine) guarded(ctx context.Context, index int) (m *Manifest, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("%s %d: a fault of the program: %v", AuditTask, index, p)
		}
	}()
	return e.Audit(ctx, index)
}
