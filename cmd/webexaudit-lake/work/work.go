// Package work does the tasks of a plan: captures in, tables of a lake and reports out.
//
// A task can be done by any process on any machine, and done again: what it writes depends on the plan and the captures
// alone, and what says that it is done is written last. Nothing else holds state.
package work

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/cmd/webexaudit-lake/plan"
	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/reports"
)

// Engine does tasks of a plan. Its methods may be called by several goroutines, between [Begin] and Close.
type Engine struct {
	Lake, Source *store.Store
	Plan         *plan.Plan
	Workers      int          // goroutines of each task; 0: one for each CPU
	Note         func(string) // told what is unusual; may be nil

	scratch string // folder for what is on its way
	before  string // the working directory
	site    *site.Site
	lend    sync.Mutex
	lent    map[string]int // fetched captures by how many tasks use them
}

// Begin makes the engine ready. It changes the working directory of the process: captures are named as the plan names
// them, below where they are, so that the records are the same wherever a task is done.
func (e *Engine) Begin() (err error) {
	if e.Plan.Settings.Site != "" {
		if e.site, err = site.Load(strings.NewReader(e.Plan.Settings.Site), "site file of the plan"); err != nil {
			return err
		}
	}
	if e.before, err = os.Getwd(); err != nil {
		return err
	}
	if e.scratch, err = os.MkdirTemp("", "webexaudit-lake-*"); err != nil {
		return err
	}
	if e.scratch, err = filepath.Abs(e.scratch); err != nil {
		return err
	}
	e.lent = map[string]int{}
	at := e.Source.Dir()
	if at == "" {
		at = filepath.Join(e.scratch, "captures")
		err = os.Mkdir(at, 0o700)
	}
	if err = errors.Join(err, os.Chdir(at)); err != nil {
		_ = os.RemoveAll(e.scratch)
	}
	return err
}

// Close removes what was on its way.
func (e *Engine) Close() error {
	return errors.Join(os.Chdir(e.before), os.RemoveAll(e.scratch))
}

func (e *Engine) note(format string, args ...any) {
	if e.Note != nil {
		e.Note(fmt.Sprintf(format, args...))
	}
}

// bring makes captures readable under their names, and gives what ends that.
func (e *Engine) bring(ctx context.Context, list []plan.Capture) (files []string, done func(), err error) {
	for _, c := range list {
		if err := c.Fresh(ctx, e.Source); err != nil {
			return nil, nil, err
		}
		files = append(files, filepath.FromSlash(c.Key))
	}
	if e.Source.Dir() != "" {
		return files, func() {}, nil
	}
	for i, c := range list {
		if err := e.borrow(ctx, c.Key); err != nil {
			e.giveBack(files[:i])
			return nil, nil, err
		}
	}
	return files, func() { e.giveBack(files) }, nil
}

// borrow fetches a capture, unless another task has it.
func (e *Engine) borrow(ctx context.Context, key string) error {
	e.lend.Lock()
	defer e.lend.Unlock()
	if e.lent[key] == 0 {
		if err := e.Source.Fetch(ctx, key, filepath.Join(e.scratch, "captures", filepath.FromSlash(key))); err != nil {
			return err
		}
	}
	e.lent[key]++
	return nil
}

func (e *Engine) giveBack(files []string) {
	e.lend.Lock()
	defer e.lend.Unlock()
	for _, f := range files {
		key := filepath.ToSlash(f)
		if e.lent[key]--; e.lent[key] == 0 {
			_ = os.Remove(filepath.Join(e.scratch, "captures", f))
		}
	}
}

// config is how captures are analysed: as the first program does without other flags than those of the plan.
func (e *Engine) config(files []string) analyzer.Config {
	s := e.Plan.Settings
	return analyzer.Config{
		Files: files, Workers: e.Workers, Site: e.site, Vantage: s.Vantage, Policy: s.Policy,
		Tool: "webexaudit", Version: s.Version, Arguments: s.Arguments(), Window: s.Window, Rotated: s.Window > 0,
	}
}

// tables writes the tables of a run below a folder.
func (e *Engine) tables(ctx context.Context, set *record.Set, sensor, dir string) error {
	format, _ := reports.ByName("parquet")
	return set.WriteTo(format.New(nil, reports.Options{Parquet: reports.ParquetOptions{
		Dir: dir, Sensor: sensor, AnalyzedAt: record.Time(e.Plan.Made.UnixNano()),
		Stop: func() error { return context.Cause(ctx) },
		Note: func(text string) { e.note("%s: %s", sensor, text) },
	}}))
}
