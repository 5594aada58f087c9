package analyzer

import (
	"context"
	"errors"
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/export"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// RunWindows is [Run] in windows of packet time, Config.Window long: settle gets the records of each window in order,
// judged by themselves, while the next one is read. What is held is a window's, and what crosses their ends: live
// flows, which are cut ([flow.Flow.Cut]), names, and what hosts were seen to be. The set that is returned is about
// all windows: their findings joined, the capture's health, a summary; it has no flows.
//
// An error of settle ends reading. Errors and context are those of Run.
func RunWindows(ctx context.Context, c Config, settle func(*record.Set) error) (*record.Set, error) {
	catalog, err := c.prepare()
	if err != nil {
		return nil, err
	}
	if c.Window <= 0 {
		return nil, &ConfigError{fmt.Errorf("a window of %v: want a length", c.Window)}
	}
	packs, err := catalog.Timeline(c.Policy)
	if err != nil {
		return nil, &ConfigError{err}
	}
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w := &windows{c: &c, packs: packs, memory: new(export.Memory), rolling: audit.NewRolling(c.auditOptions()),
		settle: settle}
	in := c.ingest(knownAddr(catalog, c.Site))
	in.Window, in.Settled = c.Window, func(r *ingest.Result) {
		if w.window(ctx, r); w.err != nil {
			stop(w.err)
		}
	}
	last, readErr := ingest.Run(reading, in)
	if last == nil {
		return nil, readErr
	}
	w.window(ctx, last)
	if w.err != nil {
		readErr = errors.Join(w.err, ctx.Err())
	}
	return w.close(last), readErr
}

// windows is what one run of several windows holds.
type windows struct {
	c       *Config
	packs   *signatures.Timeline
	memory  *export.Memory
	rolling *audit.Rolling
	settle  func(*record.Set) error
	span    record.Window
	err     error // of settle, the first
}

// window judges a window and hands it over, within a moment once ctx is done. One without a packet is left out.
func (w *windows) window(ctx context.Context, in *ingest.Result) {
	if w.err != nil || in.LastTime().IsZero() && w.span != (record.Window{}) {
		return
	}
	ctx, done := judging(ctx, in.Endless)
	defer done()
	set, err := w.c.judge(ctx, w.packs, in, w.memory, func(ctx context.Context, set *record.Set,
		_ audit.Options) ([]*record.Finding, *record.Summary, error) {
		return w.rolling.Run(ctx, set)
	})
	if set.Run.Window != nil {
		if w.span.From == 0 {
			w.span.From = set.Run.Window.From
		}
		w.span.To = set.Run.Window.To
	}
	w.err = errors.Join(w.settle(set), err)
}

// close makes the set about all windows.
func (w *windows) close(last *ingest.Result) *record.Set {
	set := &record.Set{Run: w.c.about(w.packs, last.LastTime())}
	export.Describe(set.Run, last)
	if w.span.From != 0 {
		set.Run.Window = &w.span
	}
	if !w.rolling.Close(set) && errors.Is(w.err, ErrUnjudged) {
		unjudged(set.Summary)
	}
	files := make(map[string]*record.CaptureHealth, len(set.Health))
	for _, h := range set.Health {
		files[h.File] = h
	}
	for i := range set.Run.Files {
		f := &set.Run.Files[i]
		if h := files[f.Path]; h != nil {
			f.Packets, f.FirstTime, f.LastTime = h.Packets, h.StartTime, h.EndTime
		}
	}
	return set
}
