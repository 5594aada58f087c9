package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"webexaudit/cmd/webexaudit-lake/plan"
	"webexaudit/cmd/webexaudit-lake/work"
)

// task is a task of a plan, as the queue holds it.
type task struct {
	Verb  string `json:"verb"`
	Index int    `json:"index"`
}

// Kind implements river.JobArgs.
func (task) Kind() string { return "webexaudit" }

// worker does the tasks of one plan.
type worker struct {
	engine *work.Engine
	o      Options
	queue  string
	tell   sync.Mutex
	insert func(context.Context, river.JobArgs, *river.InsertOpts) (*rivertype.JobInsertResult, error)
}

// handler is what River calls.
type handler struct {
	river.WorkerDefaults[task]
	w *worker
}

// Work implements river.Worker.
func (h *handler) Work(ctx context.Context, job *river.Job[task]) error {
	m, err := h.w.do(ctx, job.Args)
	h.w.tell.Lock() // the callbacks are called one after the other
	defer h.w.tell.Unlock()
	if err != nil {
		if h.w.o.Note != nil {
			h.w.o.Note(fmt.Sprintf("try %d of %d: %s", job.Attempt, tries, err))
		}
		if errors.Is(err, plan.ErrOld) {
			return river.JobCancel(err) // it would fail again
		}
		return err
	}
	if h.w.o.Done != nil {
		h.w.o.Done(m)
	}
	return nil
}

// do does a task. Behind a chunk comes the audit that it belongs to, if it was the last one.
func (w *worker) do(ctx context.Context, t task) (*work.Manifest, error) {
	if t.Verb == work.AuditTask {
		return w.engine.Audit(ctx, t.Index)
	}
	m, err := w.engine.Map(ctx, t.Index)
	if err != nil {
		return nil, err
	}
	for i, a := range w.engine.Plan.Audits {
		for _, c := range a.Chunks {
			if c == t.Index {
				return m, w.next(ctx, i)
			}
		}
	}
	return m, nil
}

// next puts what an audit needs into the queue: the chunks that were not read, where it has several, else the audit
// itself. What the queue holds already it does not take again.
func (w *worker) next(ctx context.Context, audit int) error {
	done, err := w.engine.Done(ctx, work.AuditTask, audit)
	if done != nil || err != nil {
		return err
	}
	chunks := w.engine.Plan.Audits[audit].Chunks
	waits := false
	for _, c := range chunks {
		if len(chunks) == 1 {
			break
		}
		done, err := w.engine.Done(ctx, work.MapTask, c)
		if err != nil {
			return err
		}
		if done == nil {
			waits = true
			if err := w.put(ctx, task{work.MapTask, c}); err != nil {
				return err
			}
		}
	}
	if waits {
		return nil
	}
	return w.put(ctx, task{work.AuditTask, audit})
}

func (w *worker) put(ctx context.Context, t task) error {
	_, err := w.insert(ctx, t, &river.InsertOpts{
		Queue: w.queue, UniqueOpts: river.UniqueOpts{ByArgs: true, ByQueue: true, ByState: open},
	})
	return err
}

// fill puts what the plan still needs into the queue.
func (w *worker) fill(ctx context.Context) error {
	for i := range w.engine.Plan.Audits {
		if err := w.next(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// wait waits until nothing of the plan is left to do. Empty tells whether the queue has nothing of it.
func (w *worker) wait(ctx context.Context, empty func(context.Context) (bool, error)) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
		is, err := empty(ctx)
		if err != nil {
			return err
		}
		if !is {
			continue
		}
		missing, err := w.missing(ctx)
		if err != nil || missing == 0 {
			return err
		}
		return fmt.Errorf("%d of %d audits: %w", missing, len(w.engine.Plan.Audits), ErrFailed)
	}
}

func (w *worker) missing(ctx context.Context) (n int, err error) {
	for i := range w.engine.Plan.Audits {
		m, err := w.engine.Done(ctx, work.AuditTask, i)
		if err != nil {
			return n, err
		}
		if m == nil {
			n++
		}
	}
	return n, nil
}
