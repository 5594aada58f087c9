package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
)

// inWindows audits windows of packet time one after the other, each with a line on standard output and a directory
// below those of -o. The set is about all of them.
func (p *program) inWindows(ctx context.Context, f *analyzeFlags, c analyzer.Config, outs *outputs,
	end exit) (*record.Set, error) {
	defer func() { outs.parquet = "" }() // its tables are those of the windows: rows of all would count twice
	return analyzer.RunWindows(ctx, c, analyzer.Windows{Settle: func(set *record.Set) error {
		if set.Run.Window == nil { // no packet has come
			return nil
		}
		one, err := f.windowOutputs(p, set.Run.Window)
		if err != nil {
			return err
		}
		fmt.Fprintf(one.stdout, "%s: ", outs.shown.span(set.Run.Window))
		e := end
		if e.err = nil; !e.live {
			e.err = ctx.Err()
		}
		if err = p.conclude(e, c.Audit, one, set); statusOf(err) == statusOutput {
			return err
		}
		return nil
	}})
}

// checkWindows refuses what windows have no place for.
func (f *analyzeFlags) checkWindows() error {
	switch {
	case f.window == 0:
		return nil
	case f.window < analyzer.MinWindow:
		return usage("--window %v: want at least %v", f.window, analyzer.MinWindow)
	case f.each:
		return usage("--window and --per-file exclude each other")
	case f.output.evidence == "slices":
		return usage("--evidence slices cuts packets out of the captures of one run: with --window use webexaudit slice afterwards")
	}
	return nil
}

// windowOutputs are those of one window: its directories, its tables, and a line.
func (f *analyzeFlags) windowOutputs(p *program, w *record.Window) (*outputs, error) {
	one := f.output
	one.quiet, one.verbose, one.out, one.formats = true, false, nil, nil
	for _, path := range f.output.out {
		if _, file := fileFormat(path); !file {
			one.out = append(one.out, filepath.Join(path, windowName(w))+string(filepath.Separator))
			one.formats = f.output.formats
		}
	}
	o, err := one.plan(p)
	if err == nil {
		err = o.check(nil)
	}
	if err == nil && len(f.output.formats) > 0 && len(one.out) == 0 {
		o.stdout = io.Discard // which is for the report of all
	}
	return o, err
}

// windowName is the name of a window's directory; they sort by time.
func windowName(w *record.Window) string {
	return w.From.Time().UTC().Format("20060102T150405Z")
}
