package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/baseline"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/record"
)

func (p *program) reportCommand() *cobra.Command {
	var out outputFlags
	var gates gateFlags
	var except exceptionFlags
	c := &cobra.Command{
		Use:   "report [flags] RUN.jsonl",
		Short: "Render a stored run again, in any format",
		Long: `Report reads what analyze wrote with -o run.jsonl (- for standard input) and renders it again. The records stay as they
are, the exit status of the stored run among them; only --waivers and --baseline change the states of findings and sum up
anew. Report itself ends with 0 unless --fail-on, --fail-on-new or --require-coverage is given.`,
		Example: `  webexaudit report run.jsonl
  webexaudit report -v run.jsonl | less
  webexaudit report --client 10.20.1.15 --from 10:00 --to 10:30 run.jsonl
  webexaudit report -o report.html run.jsonl
  webexaudit report --waivers waivers.yaml --fail-on high run.jsonl
  webexaudit report --parquet lake/ --sensor hq-span1 run.jsonl`,
		Annotations: map[string]string{"missing": "webexaudit analyze -o run.jsonl writes one"},
		Args:        arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.report(c.Context(), &out, &gates, &except, args[0])
		},
	}
	c.Flags().SortFlags = false
	gates.add(c.Flags())
	except.add(c.Flags())
	out.add(c.Flags())
	return c
}

func (p *program) report(ctx context.Context, f *outputFlags, gates *gateFlags, except *exceptionFlags,
	path string) error {
	g, err := gates.options()
	if err != nil {
		return err
	}
	g.Catalogue, g.FailOnNew = catalogue.All(), except.failOnNew
	outs, err := f.plan(p)
	if err != nil {
		return err
	}
	if err := outs.check([]string{path}); err != nil {
		return err
	}
	begin(ctx)
	paths := outs.reach()
	paths.Read = except.files(path)
	p.confine(false, f.quiet, paths)
	var without []string
	if outs.brief() && *except == (exceptionFlags{}) {
		without = record.Bulk()
	}
	set, problem := p.stored(ctx, path, without...)
	if set == nil {
		return problem
	}
	x, err := except.load(ctx, p, knownRules(set))
	if err != nil {
		return err
	}
	g = x.apply(set, g)
	status, reason := gate(set, set.Findings, g)
	p.say(problem)
	if status == statusInput || status == statusGone || problem != nil && status != statusOK {
		p.say(errors.New(reason))
	}
	return p.finish(ctx, false, outs, outs.shown.narrow(set, g), worst(statusOf(problem), status))
}

// gate is the exit status that the findings of a stored run lead to. A run without its summary fails by what it holds,
// and one whose inputs were not whole meets no gate.
func gate(set *record.Set, findings []*record.Finding, o audit.Options) (status int, reason string) {
	if set.Summary == nil {
		return audit.ExitCode(findings, new(record.Summary), o)
	}
	status, reason = audit.ExitCode(findings, set.Summary, o)
	asked := o.FailOn != "" || o.FailOnNew || o.Coverage > 0
	if was := set.Summary.ExitCode; asked && (was == statusInput || was == statusGone) {
		return was, fmt.Sprintf("the stored run ended with status %d: %s; %s", was, set.Summary.ExitReason, reason)
	}
	return status, reason
}

// knownRules are those of the catalogue and those that judged the run.
func knownRules(set *record.Set) []string {
	ids := ruleIDs(nil)
	for _, f := range set.Findings {
		ids = append(ids, f.Rule)
	}
	return ids
}

// earlier reads a run to compare with: the stream, or the summary document. A run that breaks off is no basis.
func (p *program) earlier(ctx context.Context, path string) (*record.Set, error) {
	in, err := p.input(ctx, path)
	if err != nil {
		return nil, unread(ctx, path, cause(err))
	}
	defer in.Close()
	set, err := baseline.Read(in)
	if err != nil {
		return nil, unread(ctx, path, err)
	}
	return set, nil
}

// unread is why a stored run was not read to its end: by its own fault, or because a signal ended the reading.
func unread(ctx context.Context, path string, err error) error {
	if ctx.Err() != nil {
		return failure{interruptStatus(ctx), errors.New(partly + path + " was not read to its end")}
	}
	return failure{statusInput, fmt.Errorf("%s: %w", path, err)}
}

// stored reads a run without the records of some types. One that breaks off or lacks records gives an error and the
// records that are there.
func (p *program) stored(ctx context.Context, path string, without ...string) (*record.Set, error) {
	in, err := p.input(ctx, path)
	if err != nil {
		return nil, unread(ctx, path, cause(err))
	}
	defer in.Close()
	set, unknown, err := record.ReadRun(in, without...)
	if unknown > 0 {
		p.say(fmt.Errorf("%s: %d records of kinds that this version does not know were left out", path, unknown))
	}
	if set.Run == nil && ctx.Err() == nil {
		err = notStored(path)
	}
	if err != nil {
		err = unread(ctx, path, err)
	}
	if set.Run == nil {
		return nil, err
	}
	return set, err
}

// notStored says what the file is instead.
func notStored(path string) error {
	if is, err := capture.Sniff(path); err == nil && is {
		return fmt.Errorf("not a stored run but a capture; to audit it: webexaudit analyze %s", path)
	}
	return errors.New("not a stored run, which webexaudit analyze -o run.jsonl writes")
}
