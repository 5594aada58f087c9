package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"webexaudit/analyzer"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/slice"
)

// slicedRun is a judged run and the captures that it judged.
type slicedRun struct {
	set    *record.Set
	source slice.Source // files in the order of Run.Files
}

// audited is the run that the arguments name: a stored one, or that of captures, which it analyses. With an error there
// may be a run, of what was read.
func (p *program) audited(ctx context.Context, fs *pflag.FlagSet, f *sliceFlags, args []string) (*slicedRun, error) {
	if slices.Contains(args, "-") {
		return nil, usage("slice reads its captures twice, which standard input does not allow: name files")
	}
	info, err := os.Stat(args[0])
	is, serr := capture.Sniff(args[0])
	if err == nil && !info.IsDir() && serr == nil && !is {
		run, problem := p.storedWithCaptures(ctx, args[0], args[1:])
		if run != nil { // which names its captures
			f.paths.Read = run.source.Files
			p.confine(false, false, f.paths)
		}
		return run, problem
	}
	return p.analyzed(ctx, fs, f, args)
}

// analyzed audits captures.
func (p *program) analyzed(ctx context.Context, fs *pflag.FlagSet, f *sliceFlags, args []string) (*slicedRun, error) {
	config, err := f.analyze.config(fs, args)
	if err != nil {
		return nil, err
	}
	files, problem := inputs(config.Files)
	if len(files) == 0 {
		return nil, problem
	}
	config.Files = files
	limitMemory(config.MaxMemory)
	f.paths.Read, f.paths.Trees = config.Files, f.analyze.trees()
	p.confine(false, false, f.paths)
	set, err := p.analyzer(ctx, config)
	switch {
	case ctx.Err() != nil:
		return nil, failure{interruptStatus(ctx), errors.New("interrupted: no slice was written")}
	case set == nil:
		return nil, failure{problemStatus(err), err}
	case err != nil:
		problem = failure{worst(problemStatus(err), statusOf(problem)), errors.Join(problem, err)}
	}
	r := &slicedRun{set: set, source: slice.Source{Decap: config.Decap}}
	for _, file := range set.Run.Files {
		r.source.Files = append(r.source.Files, file.Path)
	}
	return r, problem
}

// storedWithCaptures reads a stored run and finds its captures: where they were, or among those that were named.
func (p *program) storedWithCaptures(ctx context.Context, path string, named []string) (*slicedRun, error) {
	set, problem := p.stored(ctx, path)
	if set == nil {
		return nil, problem
	}
	if len(set.Run.Files) == 0 {
		return nil, failure{statusUsage, fmt.Errorf("%s: a live capture, whose packets were not kept", path)}
	}
	files, err := inputs(named)
	if err != nil {
		return nil, err
	}
	r := &slicedRun{set: set}
	if err := r.decoding(); err != nil {
		return nil, failure{statusInput, fmt.Errorf("%s: %w", path, err)}
	}
	for _, f := range set.Run.Files {
		file, err := captureOf(ctx, f, files)
		if err != nil {
			return nil, failure{statusInput, err}
		}
		r.source.Files = append(r.source.Files, file)
	}
	return r, problem
}

// decoding takes from the run's arguments how its captures were read.
func (r *slicedRun) decoding() (err error) {
	for _, arg := range r.set.Run.Arguments {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--decap":
			r.source.Decap, err = analyzer.ParseDecap(value)
		case "--count":
			r.source.Max, err = strconv.ParseInt(value, 10, 64)
		}
		if err != nil {
			return fmt.Errorf("argument %s: %w", arg, err)
		}
	}
	return nil
}

// captureOf finds the capture of a run, and makes sure that it is that one: by its digest, or where the run has none by
// its size.
func captureOf(ctx context.Context, f record.File, named []string) (string, error) {
	candidates := []string{f.Path}
	for _, n := range named {
		if filepath.Base(n) == filepath.Base(f.Path) {
			candidates = []string{n}
		}
	}
	hash, digest := f.Digest()
	if digest != "" {
		candidates = slices.Concat(candidates, named)
	}
	var other []string
	for _, path := range candidates {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			continue
		case info.Size() == f.Bytes && digest == "":
			return path, nil
		case info.Size() == f.Bytes:
			sum, _, err := capture.HashFile(ctx, path, capture.Hash(hash))
			if err != nil || sum == digest {
				return path, err
			}
		}
		other = append(other, path)
	}
	if len(other) > 0 && len(named) == 0 {
		return "", fmt.Errorf("%s: not the capture that the run judged: its content has changed since", other[0])
	}
	return "", fmt.Errorf("%s: the capture that the run judged is not there: name it behind the run", f.Path)
}

// findings are those that an argument names: one by its id, or those of a rule that fail, warn or are waived.
func (r *slicedRun) findings(id string) (list []*record.Finding, err error) {
	states := map[record.State]bool{}
	for _, f := range r.set.Findings {
		switch {
		case f.FindingID == id:
			return []*record.Finding{f}, nil
		case f.Rule != ruleID(id):
		case accuses(f):
			list = append(list, f)
		default:
			states[f.State] = true
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	for _, s := range []record.State{record.Pass, record.NotAssessable, record.NotObserved} {
		if states[s] {
			return nil, usage("--finding %s: nothing failed or warned in these captures: the rule's state is %s", id, s)
		}
	}
	return nil, usage("--finding %s: no finding or rule of this run is called so (finding_id of its records, or a rule such as WXA-MED-001)", id)
}

// accuses tells findings that somebody has to act on, or has answered for.
func accuses(f *record.Finding) bool {
	return f.State == record.Fail || f.State == record.Warn || f.State == record.Waived
}

func (r *slicedRun) call(id string) (*record.Session, error) {
	for _, s := range r.set.Sessions {
		if s.SessionID == strings.TrimPrefix(id, "call-") {
			return s, nil
		}
	}
	return nil, usage("--call %s: no call of this run is called so (session_id of its records)", id)
}

func (r *slicedRun) flows(id string) (list []*slice.Flow, err error) {
	for f := range r.set.EachFlow {
		if f.FlowID == id || f.CommunityID == id {
			list = append(list, slice.FlowOf(f))
		}
	}
	if len(list) == 0 {
		return nil, usage("--flow %s: no flow of this run is called so (flow_id or community_id of its records)", id)
	}
	return list, nil
}

// packets is how many packets the captures hold.
func (r *slicedRun) packets() (n int64) {
	for _, h := range r.set.Health {
		n += h.Packets
	}
	return n
}

// named are the captures by name and digest: of a file its name alone, since folders are nobody's business.
func (r *slicedRun) named() (list []string) {
	for _, f := range r.set.Run.Files {
		text := filepath.Base(f.Path)
		if hash, digest := f.Digest(); digest != "" {
			text += " (" + hash + " " + digest + ")"
		}
		list = append(list, text)
	}
	for _, h := range r.set.Health {
		if h.Interface != "" {
			list = append(list, "interface "+h.Interface)
		}
	}
	return list
}
