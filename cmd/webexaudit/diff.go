package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/baseline"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/parallel"
	"webexaudit/analyzer/privilege"
)

func (p *program) diffCommand() *cobra.Command {
	var gates gateFlags
	var rules, format string
	var failOnNew bool
	c := &cobra.Command{
		Use:   "diff [flags] OLD NEW",
		Short: "Compare two stored runs: new, fixed, worse, better, unchanged, not comparable",
		Long: `Diff compares the failures and warnings of two stored runs. Fixed is only what the later run judged again, for clients of
the same subnets, and passed; what it merely does not mention is not comparable, with the reason. Runs that were judged by
another signature pack or taken at another vantage point are not comparable at all; nor is a rule of another version or
with other thresholds. OLD may be run.jsonl or report.json; NEW is run.jsonl. The exit status is 0 unless --fail-on-new is
given; with it, what is new, worse or not comparable and fails in NEW counts, from severity low on or from that of --fail-on.`,
		Example: `  webexaudit diff before.jsonl after.jsonl
  webexaudit diff --format json before.jsonl after.jsonl | jq .counts
  webexaudit diff --fail-on-new --fail-on high accepted.jsonl tonight.jsonl`,
		Annotations: map[string]string{"missing": "webexaudit analyze -o run.jsonl writes one"},
		Args:        arguments(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := gates.options()
			if err != nil {
				return err
			}
			o.Catalogue, o.FailOnNew = catalogue.All(), failOnNew
			if o.Own, err = loadRules(rules); err != nil {
				return err
			}
			return p.diff(c.Context(), args[0], args[1], format, o)
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVarP(&format, "format", "T", "console", "`FORMAT` of standard output: console, json")
	c.Flags().BoolVar(&failOnNew, "fail-on-new", false, "exit with 1 if a rule fails in NEW that OLD lacks or cannot be compared with")
	c.Flags().StringVar(&rules, "rules-dir", "", "`DIR` with rules of your own that judged the runs")
	gates.add(c.Flags())
	return c
}

func (p *program) diff(ctx context.Context, before, after, format string, o audit.Options) error {
	if !slices.Contains([]string{"console", "json"}, format) {
		return usage("--format %s: want one of console, json", format)
	}
	begin(ctx)
	p.confine(false, false, privilege.Paths{Read: []string{before, after}})
	old, err := p.earlier(ctx, before)
	if err != nil {
		return err
	}
	now, problem := p.stored(ctx, after)
	if now == nil {
		return problem
	}
	var d *baseline.Diff
	if !parallel.Finish(lastMoment(ctx), func() { d = baseline.Compare(old, now, finder(o.Own)) }) {
		return failure{interruptStatus(ctx), errors.New(partly + "nothing was compared")}
	}
	if o.Lapsed = d.Lapsed(); !o.FailOnNew {
		o.FailOn = ""
	}
	d.ExitCode, d.ExitReason = gate(now, d.Mark(now.Findings), o)
	if problem != nil {
		p.say(problem)
		d.ExitReason = oneLine(problem.Error()) + "; " + d.ExitReason
		d.ExitCode = worst(statusOf(problem), d.ExitCode)
	}
	return p.printDiff(ctx, d, format)
}

// printDiff writes the comparison to standard output. A signal that comes meanwhile leaves it a moment.
func (p *program) printDiff(ctx context.Context, d *baseline.Diff, format string) (err error) {
	var text strings.Builder
	if format == "json" {
		err = d.WriteJSON(&text)
	} else if err = d.WriteText(&text); err == nil && d.ExitCode != statusOK {
		text.WriteString("\n" + d.ExitReason + "\n")
	}
	if err == nil {
		err = p.printTo(hurried{lastMoment(ctx), p.stdout}, safeText(text.String()))
	}
	status := d.ExitCode
	if err != nil {
		status = worst(statusOutput, status)
	}
	if ctx.Err() != nil {
		status = worst(interruptStatus(ctx), status)
	}
	if err == nil {
		return failureOrNil(status)
	}
	return failure{status, err}
}
