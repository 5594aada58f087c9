package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"webexaudit/analyzer"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/slice"
	"webexaudit/analyzer/wording"
)

// Bounds of the slices beside a report: what is more is said, and slice cuts it.
const (
	mostSlices   = 50
	mostOfaSlice = 16 << 20 // bytes of packets
)

// evidenceDir is the folder of slices beside a report: a pcapng file for each finding that accuses and has packets.
type evidenceDir struct {
	p         *program
	path      string
	overwrite bool
	ring      *capture.Ring // of what can be read only once
}

func (f *outputFlags) addEvidence(fs *pflag.FlagSet) {
	f.evidenceMemory.sizeFlag = 64 << 20
	fs.Var(&f.evidenceMemory, "evidence-memory", "of a live capture or standard input keep the latest `SIZE` of packets for --evidence slices (bytes, or with K, M, G)")
	fs.StringVar(&f.evidence, "evidence", "refs", "`KIND` of evidence: refs (packet numbers in the reports), or slices (also a folder beside the first report, with a pcapng file for each finding)")
}

// evidenceDir says where slices go: beside the first report.
func (f *outputFlags) evidenceDir(p *program) (*evidenceDir, error) {
	if err := oneOf("evidence", f.evidence, "refs", "slices"); err != nil || f.evidence != "slices" {
		return nil, err
	}
	if len(f.out) == 0 {
		return nil, usage("--evidence slices needs a report to lie beside: -o PATH")
	}
	e := &evidenceDir{p: p, overwrite: f.overwrite, path: filepath.Join(f.out[0], "evidence")}
	if _, is := fileFormat(f.out[0]); is {
		e.path = strings.TrimSuffix(f.out[0], filepath.Ext(f.out[0])) + "-evidence"
	}
	return e, nil
}

// within are the slices that lie in a directory of reports.
func (e *evidenceDir) within(d outDir, cut []written) []written {
	if e == nil || filepath.Dir(e.path) != filepath.Clean(d.path) {
		return nil
	}
	return cut
}

// free makes the folder, and refuses one that holds slices already.
func (e *evidenceDir) free() error {
	if err := (place{e.path, true}).problem(); err != nil {
		return err
	}
	if old := e.old(); len(old) > 0 && !e.overwrite {
		return fmt.Errorf("%s: already exists (--overwrite replaces it)", old[0])
	}
	return nil
}

// old are the slices that are there: a rule and a finding's id.
func (e *evidenceDir) old() []string {
	list, _ := filepath.Glob(filepath.Join(e.path, "*-*-"+strings.Repeat("[0-9a-f]", 16)+".pcapng")) // a good pattern
	return list
}

// sliceable refuses what can be read only once beside other inputs.
func (f *outputFlags) sliceable(c analyzer.Config) error {
	if f.evidence == "slices" && len(c.Files) > 1 && slices.Contains(c.Files, "-") {
		return usage("--evidence slices reads files again, and keeps standard input in memory: not both")
	}
	if f.evidence == "slices" && c.Follow != "" {
		return usage("--evidence slices reads captures again at the end, when a ring may have overwritten them: not with --follow")
	}
	return nil
}

// keep arranges that the latest packets are kept of what can be read only once.
func (e *evidenceDir) keep(c *analyzer.Config, bytes int64) {
	if e != nil && (len(c.Interfaces) > 0 || slices.Contains(c.Files, "-")) {
		e.ring = capture.NewRing(bytes)
		c.Ring = e.ring
	}
}

// write cuts the slices, and says what became of them. What is wrong with the captures was said when they were
// analysed.
func (e *evidenceDir) write(ctx context.Context, set *record.Set) ([]written, error) {
	r := &slicedRun{set: set}
	if err := r.decoding(); err != nil {
		return nil, err
	}
	for _, f := range set.Run.Files {
		r.source.Files = append(r.source.Files, f.Path)
	}
	r.source.Ring = e.ring
	var jobs []*slice.Job
	var outs []*sliceOutput
	left, late := 0, 0
	for f, j := range accusations(set) {
		if len(jobs) == mostSlices {
			left++
			continue
		}
		if e.missed(j) {
			j.about = append(j.about, "without the packets that came too early to be kept in memory")
			late++
		}
		j.comment(set, []*record.Finding{f})
		jobs, outs = append(jobs, &j.Job), append(outs, e.output(ctx, r, j, f))
	}
	if left > 0 {
		e.p.say(fmt.Errorf("%s: slices of the first %d findings; for %d more: webexaudit slice --finding ID",
			e.path, mostSlices, left))
	}
	if late > 0 {
		e.p.say(fmt.Errorf("%s: memory held the packets from number %d on, and %s began before: "+
			"--evidence-memory holds more", e.path, e.ring.First(), wording.Count(late, "finding", "findings")))
	}
	return e.publish(ctx, outs, slice.Cut(ctx, r.source, jobs))
}

// accusations are the findings that accuse and have packets, with their slices.
func accusations(set *record.Set) iter.Seq2[*record.Finding, *sliceJob] {
	list := slices.DeleteFunc(slices.Clone(set.Findings), func(f *record.Finding) bool { return !accuses(f) })
	return func(yield func(*record.Finding, *sliceJob) bool) {
		for some := range slices.Chunk(list, mostSlices) { // for each of which the flows are looked through
			for i, s := range slice.OfEach(set, some) {
				f, j := some[i], &sliceJob{about: []string{fmt.Sprintf("finding %s (%s)", some[i].Rule, some[i].FindingID)}}
				j.Selection, j.MaxBytes = s, mostOfaSlice
				if !j.empty() && !yield(f, j) {
					return
				}
			}
		}
	}
}

// missed reports whether packets of a slice came before those that memory held.
func (e *evidenceDir) missed(j *sliceJob) bool {
	return e.ring != nil && slices.ContainsFunc(j.Flows, func(f *slice.Flow) bool {
		return f.First < e.ring.First()
	})
}

// output is the file of a finding's slice.
func (e *evidenceDir) output(ctx context.Context, r *slicedRun, j *sliceJob, f *record.Finding) *sliceOutput {
	out := &sliceOutput{p: e.p, ring: e.ring, x: writing{ctx: ctx, overwrite: e.overwrite},
		path: filepath.Join(e.path, f.Rule+"-"+f.FindingID+".pcapng")}
	j.Begin = func(n slice.Count) (io.WriteCloser, capture.Section, error) { return out.begin(n, r.section(j, n)) }
	return out
}

// publish gives the slices their names, and removes those of an earlier run. The error is that of cutting.
func (e *evidenceDir) publish(ctx context.Context, outs []*sliceOutput, err error) (files []written, _ error) {
	var problems []error
	stale := e.old()
	for _, out := range outs {
		stale = slices.DeleteFunc(stale, func(path string) bool { return path == out.path })
		switch {
		case out.err != nil:
			problems = append(problems, out.err)
			out.discard()
		case !out.closed || ctx.Err() != nil:
			problems = append(problems, err)
			out.discard()
		case out.file != nil:
			if problem := out.publish(); problem != nil {
				problems = append(problems, problem)
				continue
			}
			files = append(files, out.written(filepath.Base(e.path)))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return files, err
	}
	for _, path := range stale {
		problems = append(problems, os.Remove(path))
	}
	return files, errors.Join(problems...)
}
