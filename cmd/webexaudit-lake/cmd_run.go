package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webexaudit/cmd/webexaudit-lake/plan"
	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/cmd/webexaudit-lake/work"
)

func (p *program) commands() []*cobra.Command {
	return []*cobra.Command{p.runCommand(), p.planCommand(), p.mapCommand(), p.auditCommand(), p.queryCommand(),
		p.workerCommand(), p.compactCommand(), p.pushCommand(), p.icebergCommand()}
}

func (p *program) runCommand() *cobra.Command {
	var f planFlags
	var jobs int
	c := &cobra.Command{
		Use:   "run CAPTURES",
		Short: "Audit captures into the lake, in this process: plan, and all tasks",
		Long: `Run plans the captures of a folder or bucket and does all tasks. Given again it does what is new, or was not finished.
The captures of a sensor that begin on one day are audited together: calls and flows go over the ends of files.`,
		Example: "  webexaudit-lake run --lake lake captures/",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			made, lake, source, err := p.plan(c.Context(), &f, args[0])
			if err != nil {
				return err
			}
			defer lake.Close()
			defer source.Close()
			e := &work.Engine{Lake: lake, Source: source, Plan: made}
			return cmp.Or(p.all(c.Context(), e, jobs), p.leftOut(made))
		},
	}
	c.Flags().SortFlags = false
	f.add(c.Flags())
	c.Flags().IntVar(&jobs, "jobs", 0, "`NUMBER` of audits at a time (default: one for each CPU)")
	return c
}

// all does all audits of a plan and tells how they ended.
func (p *program) all(ctx context.Context, e *work.Engine, jobs int) error {
	e.Note = func(text string) { p.say("%s", text) }
	if err := e.Begin(); err != nil {
		return failure{statusOutput, err}
	}
	defer e.Close()
	var failed, faults int
	e.All(ctx, jobs, func(r work.Result) {
		if r.Err != nil {
			failed++
			p.say("%s", r.Err)
			return
		}
		faults += len(r.Manifest.Problems)
		p.tell(r.Manifest)
	})
	switch {
	case ctx.Err() != nil:
		return failure{statusInterrupted, errors.New("interrupted: give the command again to do the rest")}
	case failed > 0:
		return failure{statusOutput, fmt.Errorf("%d of %d audits failed: give the command again to repeat them", failed, len(e.Plan.Audits))}
	case faults > 0:
		return failure{status: statusInput}
	}
	return nil
}

// tell says how an audit ended.
func (p *program) tell(m *work.Manifest) {
	for _, problem := range m.Problems {
		p.say("%s: %s", m, problem)
	}
	if m.Task == work.MapTask {
		p.say("%s: %d bytes", m, m.Files[0].Bytes)
		return
	}
	fmt.Fprintln(p.stdout, safe(fmt.Sprintf("%s %s: %s (%d failed, %d warnings). %s", m.Sensor, m.Day, m.Verdict,
		m.States["fail"], m.States["warn"], m.Answer)))
}

// arrayVariables name the number of a task in the array jobs of Kubernetes, AWS Batch and Slurm.
var arrayVariables = []string{"JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX", "SLURM_ARRAY_TASK_ID"}

// taskIndex is the number of the task: that of the flag, or of the array job that the process belongs to.
func taskIndex(flag int, given bool) (int, error) {
	if given {
		return flag, nil
	}
	for _, name := range arrayVariables {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				return 0, usage("%s=%s: want a number", name, text)
			}
			return n, nil
		}
	}
	return 0, usage("--task is missing: the number of a task of the plan, from 0")
}

// taskFlags say which task is done, and how.
type taskFlags struct {
	task, workers int
	captures      string
}

func (f *taskFlags) add(fs *pflag.FlagSet) {
	fs.IntVar(&f.task, "task", 0, "`NUMBER` of the task, from 0")
	fs.StringVar(&f.captures, "captures", "", "`PLACE` of the captures, where it is not the one that the plan names")
	fs.IntVar(&f.workers, "workers", 0, "`NUMBER` of goroutines (default: one for each CPU)")
}

// do does a task of a plan and tells how it ended.
func (f *taskFlags) do(p *program, c *cobra.Command, id string,
	task func(*work.Engine, context.Context, int) (*work.Manifest, error)) error {
	index, err := taskIndex(f.task, c.Flags().Changed("task"))
	if err != nil {
		return err
	}
	return p.withPlan(c.Context(), id, f.captures, f.workers, func(e *work.Engine) error {
		m, err := task(e, c.Context(), index)
		if err != nil {
			return failure{statusOf(err), err}
		}
		p.tell(m)
		if len(m.Problems) > 0 {
			return failure{status: statusInput}
		}
		return nil
	})
}

func (p *program) mapCommand() *cobra.Command {
	var f taskFlags
	c := &cobra.Command{
		Use:   "map PLAN",
		Short: "Read one chunk of a plan: a task of an array job",
		Long: `Map reads a chunk of consecutive captures of a sensor and leaves a piece of its day, which audit takes instead of the
captures: a day that is too much for one machine is read by several. Audits of which no chunk was mapped read the captures
themselves, with the same result. A plan in windows (--window) has nothing to map. The number of the task is as for audit.`,
		Example: "  webexaudit-lake map --lake s3://audit/lake 3f2a8c91d0b4 --task 31",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.do(p, c, args[0], (*work.Engine).Map)
		},
	}
	f.add(c.Flags())
	return c
}

func (p *program) auditCommand() *cobra.Command {
	var f taskFlags
	c := &cobra.Command{
		Use:   "audit PLAN",
		Short: "Do one audit of a plan: a task of an array job",
		Long: `Audit judges the captures of one sensor and day and writes tables and reports. The number of the task comes from --task,
or from JOB_COMPLETION_INDEX (Kubernetes), AWS_BATCH_JOB_ARRAY_INDEX or SLURM_ARRAY_TASK_ID. An audit that is done is not
done again; one that was killed is done from its beginning.`,
		Example: "  webexaudit-lake audit --lake s3://audit/lake 3f2a8c91d0b4 --task 7",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.do(p, c, args[0], (*work.Engine).Audit)
		},
	}
	f.add(c.Flags())
	return c
}

// statusOf is the status of a task that failed.
func statusOf(err error) int {
	switch {
	case errors.Is(err, plan.ErrOld):
		return statusInput
	case errors.Is(err, work.ErrWindows):
		return statusUsage
	}
	return statusOutput
}

// withPlan opens lake and captures of a plan and makes an engine ready.
func (p *program) withPlan(ctx context.Context, id, captures string, workers int, do func(*work.Engine) error) error {
	lake, err := p.openLake(ctx)
	if err != nil {
		return err
	}
	defer lake.Close()
	made, err := plan.Load(ctx, lake, id)
	if err != nil {
		return failure{statusUsage, err}
	}
	if made.Settings.Version != release {
		return usage("plan %s was made by version %s, this is %s: plan again", id, made.Settings.Version, release)
	}
	source, err := store.Open(ctx, cmp.Or(captures, made.Source))
	if err != nil {
		return usage("%w", err)
	}
	defer source.Close()
	e := &work.Engine{Lake: lake, Source: source, Plan: made, Workers: workers}
	e.Note = func(text string) { p.say("%s", text) }
	if err := e.Begin(); err != nil {
		return failure{statusOutput, err}
	}
	defer e.Close()
	return do(e)
}
