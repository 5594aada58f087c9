package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"webexaudit/cmd/webexaudit-lake/plan"
	"webexaudit/cmd/webexaudit-lake/queue"
	"webexaudit/cmd/webexaudit-lake/work"
)

func (p *program) workerCommand() *cobra.Command {
	var f taskFlags
	var place string
	var jobs int
	var longest time.Duration
	c := &cobra.Command{
		Use:   "worker PLAN",
		Short: "Do tasks of a plan with other workers, by a queue that they share, until all are done",
		Long: `Worker does tasks of a plan together with other workers: on one machine by a file (SQLite), on many by a PostgreSQL database.
Each may be started and killed at any time: what failed is tried again, what a dead worker had begun is given to another
after --longest, which is also when a task is broken off. An audit of several chunks begins when all are mapped. The
queue may be lost: the lake knows what is done.`,
		Example: `  webexaudit-lake worker --lake lake 3f2a8c91d0b4 --queue queue.db
  webexaudit-lake worker --lake s3://audit/lake 3f2a8c91d0b4 --queue postgres://audit@db/queue --jobs 4`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if place == "" {
				return usage("--queue is missing: a file, or the address of a PostgreSQL database")
			}
			return p.withPlan(c.Context(), args[0], f.captures, f.workers, func(e *work.Engine) error {
				o := queue.Options{Jobs: jobs, Longest: longest, Done: p.tell}
				o.Note = func(text string) { p.say("%s", text) }
				err := queue.Work(c.Context(), place, e, o)
				switch {
				case err == nil:
					return nil
				case c.Context().Err() != nil:
					return failure{statusInterrupted, errors.New("interrupted: other workers go on")}
				case errors.Is(err, plan.ErrOld):
					return failure{statusInput, err}
				}
				return failure{statusOutput, err}
			})
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&place, "queue", "", "`FILE` of the queue, or postgres://USER@HOST/DATABASE (PGPASSWORD and ~/.pgpass are used)")
	fs.IntVar(&jobs, "jobs", 1, "`NUMBER` of tasks at a time")
	fs.DurationVar(&longest, "longest", 6*time.Hour, "`TIME` that a task may take, and after which its worker is taken for dead")
	fs.StringVar(&f.captures, "captures", "", "`PLACE` of the captures, where it is not the one that the plan names")
	fs.IntVar(&f.workers, "workers", 0, "`NUMBER` of goroutines of a task (default: one for each CPU)")
	return c
}
