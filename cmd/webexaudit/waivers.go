package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/baseline"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/audit/waiver"
	"webexaudit/analyzer/record"
)

// exceptionFlags say what is known and accepted: waivers by people, and an earlier run as baseline.
type exceptionFlags struct {
	waivers, asOf, baseline string
	failOnNew               bool
}

func (f *exceptionFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.waivers, "waivers", "", "YAML `FILE` of accepted findings, with owner, reason and expiry")
	fs.StringVar(&f.asOf, "as-of", "", "`DATE` (YYYY-MM-DD) that decides which waivers have expired (default: the day of the last packet)")
	fs.StringVar(&f.baseline, "baseline", "", "earlier `RUN` (run.jsonl or report.json): say of each finding whether it is new, worse, better or unchanged")
	fs.BoolVar(&f.failOnNew, "fail-on-new", false, "let only findings count for the exit status that the baseline lacks or cannot be compared with")
}

// files are those that load reads, and others.
func (f *exceptionFlags) files(others ...string) []string {
	return slices.DeleteFunc(append(others, f.waivers, f.baseline), func(path string) bool { return path == "" })
}

// exceptions are loaded before the analysis: what is wrong with them is known before the first packet is read.
type exceptions struct {
	waivers  waiver.Waivers
	given    bool // a waiver file was named, be it empty
	asOf     time.Time
	baseline *record.Set
}

// load reads the files. Rules are the ids that a waiver may speak of.
func (f *exceptionFlags) load(ctx context.Context, p *program, rules []string) (x exceptions, err error) {
	if f.failOnNew && f.baseline == "" {
		return x, usage("--fail-on-new needs --baseline RUN")
	}
	if f.asOf != "" {
		if x.asOf, err = time.Parse(time.DateOnly, f.asOf); err != nil {
			return x, usage("--as-of %s: want a date such as 2026-12-31", f.asOf)
		}
	}
	if f.waivers != "" {
		in, err := p.input(ctx, f.waivers)
		if err != nil {
			return x, usage("--waivers %s: %w", f.waivers, cause(err))
		}
		defer in.Close()
		x.given = true
		if x.waivers, err = waiver.Load(in, f.waivers, rules); err != nil {
			return x, failure{statusUsage, err}
		}
	}
	if f.baseline != "" {
		x.baseline, err = p.earlierRun(ctx, f.baseline)
	}
	return x, err
}

func (p *program) earlierRun(ctx context.Context, path string) (*record.Set, error) {
	set, err := p.earlier(ctx, path)
	if err != nil && ctx.Err() == nil {
		return nil, usage("--baseline %w", err)
	}
	return set, err
}

// ruleIDs are the ids of the catalogue and of the operator's rules.
func ruleIDs(own []*audit.Rule) (ids []string) {
	for _, r := range slices.Concat(catalogue.All().Rules(), own) {
		ids = append(ids, r.ID)
	}
	return ids
}

// apply settles what is waived and what is new, and sums up once more. The gates decide the exit status; those that
// come back know of waivers that have lapsed.
func (x exceptions) apply(set *record.Set, o audit.Options) audit.Options {
	var notices []string
	if x.given {
		set.Findings, notices = x.waivers.Apply(set.Findings, x.day(set))
	} else if !x.asOf.IsZero() {
		set.Findings, notices = waiver.Expire(set.Findings, x.asOf)
	}
	if x.baseline != nil {
		d := baseline.Compare(x.baseline, set, finder(o.Own))
		set.Findings, o.Lapsed = d.Mark(set.Findings), d.Lapsed()
		notices = append(notices, "against the baseline: "+d.Tally())
	}
	if !x.given && x.baseline == nil && len(notices) == 0 || set.Summary == nil {
		return o
	}
	audit.Sort(set.Findings)
	audit.JudgeCalls(set, set.Findings)
	before := slices.Clone(set.Summary.Notices)
	set.Summary = audit.Summarize(set, set.Findings, o)
	cut := slices.DeleteFunc(before, func(n string) bool { return !strings.HasPrefix(n, partly) })
	set.Summary.Notices = append(cut, notices...)
	return o
}

// day decides what has expired: the one given, else that of the last packet or finding. The wall clock would give
// another answer to the same run tomorrow. Zero where nothing has a time: no waiver holds then.
func (x exceptions) day(set *record.Set) time.Time {
	if !x.asOf.IsZero() {
		return x.asOf
	}
	var last record.Time
	for _, h := range set.Health {
		last = max(last, h.EndTime)
	}
	for _, f := range set.Findings {
		last = max(last, f.LastSeen)
	}
	if last.IsZero() {
		return time.Time{}
	}
	return last.Time().Truncate(24 * time.Hour)
}

// finder finds rules of the catalogue and of the operator.
func finder(own []*audit.Rule) func(string) (*audit.Rule, bool) {
	return func(id string) (*audit.Rule, bool) {
		for _, r := range own {
			if r.ID == id {
				return r, true
			}
		}
		return catalogue.All().Find(id)
	}
}

// safeText makes a text of several lines fit for a terminal.
func safeText(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		fmt.Fprintln(&b, safe(strings.TrimSuffix(line, "\n")))
	}
	return b.String()
}
