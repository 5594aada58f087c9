// Package queue has the tasks of a plan done by workers that share a queue: processes on one machine by a file
// (SQLite), on many by a database (PostgreSQL).
//
// The queue (River) says who does what, tries again what failed, and gives to others what a worker that died had begun.
// What is done the lake knows alone: a queue that is lost is filled again from the plan and the manifests.
package queue

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"webexaudit/cmd/webexaudit-lake/work"
)

// Options of a worker.
type Options struct {
	Jobs int // tasks at a time; 0: one
	// a task that takes longer is broken off, and given to another worker where its own has died; 0: six hours
	Longest time.Duration
	Done    func(*work.Manifest) // told of each task that this worker did; may be nil
	Note    func(string)         // told of each try that failed; may be nil
}

// ErrFailed says that some tasks failed more often than they are tried.
var ErrFailed = errors.New("tasks failed for good")

// tries is how often a task is tried; the pauses grow to some minutes.
const tries = 6

// Work does tasks of the engine's plan, with the other workers of the queue, until all are done. The queue is the path
// of a file, or postgres://…, whose password is not shown.
func Work(ctx context.Context, place string, e *work.Engine, o Options) error {
	if !strings.HasPrefix(place, "postgres://") && !strings.HasPrefix(place, "postgresql://") {
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: place}).EscapedPath()+
			"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate")
		if err != nil {
			return err
		}
		defer db.Close()
		db.SetMaxOpenConns(1) // SQLite has one writer
		return run(ctx, riversqlite.New(db), e, o)
	}
	pool, err := pgxpool.New(ctx, place)
	if err != nil {
		return errors.New("the address of the database cannot be used") // the text may hold a password
	}
	defer pool.Close()
	return run(ctx, riverpgxv5.New(pool), e, o)
}

func run[T any](ctx context.Context, driver riverdriver.Driver[T], e *work.Engine, o Options) error {
	quiet := slog.New(slog.DiscardHandler)
	if err := ready(ctx, driver, quiet); err != nil {
		return err
	}
	w := &worker{engine: e, o: o, queue: "plan_" + e.Plan.ID}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &handler{w: w}); err != nil {
		return err
	}
	longest := cmp.Or(o.Longest, 6*time.Hour)
	client, err := river.NewClient(driver, &river.Config{
		Queues: map[string]river.QueueConfig{w.queue: {MaxWorkers: max(1, o.Jobs)}}, Workers: workers, Logger: quiet,
		JobTimeout: longest, RescueStuckJobsAfter: longest, MaxAttempts: tries,
		FetchPollInterval: 500 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	w.insert = client.Insert
	if err := w.fill(ctx); err != nil {
		return err
	}
	if err := client.Start(ctx); err != nil {
		return err
	}
	err = w.wait(ctx, func(ctx context.Context) (bool, error) {
		list, err := client.JobList(ctx, river.NewJobListParams().Queues(w.queue).States(open...).First(1))
		if err != nil {
			return false, err
		}
		return len(list.Jobs) == 0, nil
	})
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, client.Stop(stop))
}

// ready makes the tables of the queue. Of workers that begin at the same time one does, and the others find them there.
func ready[T any](ctx context.Context, driver riverdriver.Driver[T], quiet *slog.Logger) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return err
	}
	for try := range 10 {
		if _, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil); err == nil || ctx.Err() != nil {
			break
		}
		time.Sleep(time.Duration(try+1) * 100 * time.Millisecond)
	}
	if err != nil {
		return fmt.Errorf("the queue cannot be made ready: %w", err)
	}
	return nil
}

// open are the states of a task that somebody will still do, or does.
var open = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable,
	rivertype.JobStateScheduled,
}
