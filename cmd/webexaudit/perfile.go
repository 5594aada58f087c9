package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"webexaudit/analyzer"
	"webexaudit/analyzer/privilege"
	"webexaudit/reports"
)

// perFile audits each file by itself: captures of different calls that lie in one folder are no stretch of time of one
// network. Standard output has a line for each; directories of reports have one for each below them.
func (p *program) perFile(ctx context.Context, f *analyzeFlags, c analyzer.Config, files []string) error {
	outs, err := f.perFileOutputs(p, files)
	if err != nil {
		return err
	}
	except, err := f.except.load(ctx, p, ruleIDs(c.Audit.Own))
	if err != nil {
		return err
	}
	limitMemory(c.MaxMemory)
	begin(ctx)
	paths := privilege.Paths{Read: files, Trees: f.trees()}
	for _, o := range outs {
		reach := o.reach()
		paths.Publish, paths.Write = append(paths.Publish, reach.Publish...), append(paths.Write, reach.Write...)
	}
	spills(&c, &paths)
	p.confine(false, f.output.quiet, paths)
	var statuses []int
	for i, file := range files {
		c.Files = []string{file}
		if err := outs[i].alreadyStored(ctx, c, c.Files); err != nil {
			p.say(err)
			statuses = append(statuses, statusOf(err))
			continue
		}
		set, err := p.analyzer(ctx, c)
		if set != nil {
			fmt.Fprintf(p.stdout, "%s: ", safe(file))
		}
		err = p.conclude(exit{ctx, false, err, except}, c.Audit, outs[i], set)
		if outs[i].nothing {
			fmt.Fprintln(p.stdout, "not read")
		}
		p.say(err)
		statuses = append(statuses, statusOf(err))
		if ctx.Err() != nil {
			break
		}
	}
	return failureOrNil(worst(statuses...))
}

// eachFile expands the arguments and audits each file by itself.
func (p *program) eachFile(ctx context.Context, f *analyzeFlags, c analyzer.Config) error {
	files, problem := inputs(c.Files)
	if len(files) == 0 && problem != nil {
		return problem
	}
	p.say(problem)
	err := p.perFile(ctx, f, c, files)
	if status := worst(statusOf(problem), statusOf(err)); status != statusOf(err) {
		p.say(err)
		return failureOrNil(status)
	}
	return err
}

// perFileOutputs plans the outputs of each file, and finds out whether they can be written.
func (f *analyzeFlags) perFileOutputs(p *program, files []string) (list []*outputs, err error) {
	switch {
	case len(f.interfaces) > 0:
		return nil, usage("--per-file is for files")
	case f.output.anonymous:
		return nil, usage("--per-file names each file and its reports after it, which --anonymize is to hide: analyze them one by one")
	case f.output.verbose:
		return nil, usage("--per-file prints a line for each file: -v has no place there; -o DIR/ has the whole reports")
	case len(f.output.formats) > 0 && len(f.output.out) == 0:
		return nil, usage("--per-file prints a line for each file: name a directory for other formats with -o DIR/")
	}
	for _, path := range f.output.out {
		if _, file := reports.ByExtension(filepath.Ext(path)); file {
			return nil, usage("--per-file: -o takes a directory, below which each file gets one, not %s", path)
		}
	}
	seen := map[string]int{}
	var problems []error
	for _, file := range files {
		name := filepath.Base(file)
		if seen[name]++; seen[name] > 1 {
			name += "-" + strconv.Itoa(seen[name])
		}
		one := f.output
		one.quiet, one.out = true, nil
		for _, dir := range f.output.out {
			one.out = append(one.out, filepath.Join(dir, name)+string(filepath.Separator))
		}
		o, err := one.plan(p)
		if err != nil {
			return nil, err
		}
		problems = append(problems, o.check(files))
		list = append(list, o)
	}
	return list, errors.Join(problems...)
}
