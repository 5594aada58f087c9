package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/export"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// Windows is what becomes of the windows of a run.
type Windows struct {
	// Settle gets the records of each window in order, while the next one is read. An error ends reading.
	Settle func(*record.Set) error
	// Day gets what is about all windows of a day (UTC) when the first one of another day was judged; nil: the run is
	// not divided. An error ends reading.
	Day func(*record.Set) error
	// Renewal has others judge from some window on: what is about all windows before goes to Day, as where a day ends.
	// nil: the same judge all.
	Renewal *Renewal
	// Memory is what crosses the ends of windows, as an earlier run has left it. It may be looked at, and written down,
	// in Settle and Day. nil: nothing is known.
	Memory *Memory
}

// MinWindow is how short programs let windows be: a call has to show itself in one.
const MinWindow = 10 * time.Second

// Memory is [export.Memory].
type Memory = export.Memory

// RunWindows is [Run] in windows of packet time, Config.Window long, each judged by itself. What is held is a window's,
// and what crosses their ends: live flows, which are cut ([flow.Flow.Cut]), names, and what hosts were seen to be. The
// set that is returned is about all windows (those since the last Day): their findings joined, the capture's health, a
// summary; it has no flows.
//
// Errors and context are those of Run.
func RunWindows(ctx context.Context, c Config, to Windows) (*record.Set, error) {
	catalog, err := c.prepare()
	if err != nil {
		return nil, err
	}
	if c.Window <= 0 {
		return nil, &ConfigError{fmt.Errorf("a window of %v: want a length", c.Window)}
	}
	first, err := newJudges(&c, catalog)
	if err != nil {
		return nil, err
	}
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w := &windows{c: &c, judges: first, benches: newBenches(first), packs: first.packs,
		memory: cmp.Or(to.Memory, new(Memory)), rolling: audit.NewRolling(c.auditOptions()), to: to}
	c.aside.Full, c.aside.Site = stop, w.benches.site
	in := c.ingest(w.benches.known)
	in.Began = func(n int) { w.benches.begin(n, to.Renewal.take()) }
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
	judges  *judges // of the window that was judged last
	benches *benches
	packs   *signatures.Timeline
	memory  *export.Memory
	rolling *audit.Rolling
	to      Windows
	span    record.Window
	any     bool  // one was judged
	err     error // of what the windows went to, the first
}

// window judges a window and hands it over, within a moment once ctx is done. One without a packet is left out.
func (w *windows) window(ctx context.Context, in *ingest.Result) {
	j := w.benches.end(in.Number)
	if w.err != nil {
		return
	}
	w.endDay(in)
	w.goOver(j, in)
	if w.err != nil || in.LastTime().IsZero() && w.any {
		return
	}
	w.any = true
	ctx, done := judging(ctx, in.Endless)
	defer done()
	set, err := w.c.judge(ctx, w.packs, in, w.memory, func(ctx context.Context, set *record.Set,
		_ audit.Options) ([]*record.Finding, *record.Summary, error) {
		if w.c.rotated() {
			leaveOut(set)
		}
		return w.rolling.Run(ctx, set)
	})
	if x := set.Run.Window; x != nil {
		if w.span.From == 0 {
			w.span.From = x.From
		}
		w.span = record.Window{From: min(w.span.From, x.From), To: max(w.span.To, x.To)}
	}
	w.err = errors.Join(w.err, w.to.Settle(set), err)
}

// rotated reports whether the files are those of one recorder.
func (c *Config) rotated() bool { return c.Follow != "" || c.Rotated }

// leaveOut takes from a window's records the files of which it has nothing: of a directory that is followed for weeks
// there are many.
func leaveOut(set *record.Set) {
	nothing := func(h *record.CaptureHealth) bool { return h.Packets == 0 }
	set.Health = slices.DeleteFunc(slices.Clone(set.Health), nothing)
	set.Run.Files = slices.DeleteFunc(filesOf(set), func(f record.File) bool { return f.Packets == 0 })
}

// filesOf are the files of the run, each with what was read of it as its record of health has it.
func filesOf(set *record.Set) []record.File {
	health := make(map[string]*record.CaptureHealth, len(set.Health))
	for _, h := range set.Health {
		health[h.File] = h
	}
	list := slices.Clone(set.Run.Files)
	for i := range list {
		f := &list[i]
		if f.Packets = 0; health[f.Path] != nil {
			h := health[f.Path]
			f.Packets, f.FirstTime, f.LastTime = h.Packets, h.StartTime, h.EndTime
		}
	}
	return list
}

// endDay hands over what is about the windows of a day when in is the first of another.
func (w *windows) endDay(in *ingest.Result) {
	day := dayOf(in.Window.From)
	if w.to.Day == nil || w.span.From == 0 || in.Window.From == 0 || dayOf(int64(w.span.From)).Equal(day) {
		return
	}
	w.err = w.to.Day(w.close(in))
	w.rolling, w.span = audit.NewRolling(w.c.auditOptions()), record.Window{}
}

func dayOf(t int64) time.Time { return time.Unix(0, t).UTC().Truncate(24 * time.Hour) }

// close makes the set about all windows.
func (w *windows) close(last *ingest.Result) *record.Set {
	span := w.span
	set := &record.Set{Run: w.c.about(w.packs, span.To.Time())}
	export.Describe(set.Run, last)
	if span.From != 0 {
		set.Run.Window = &span
	}
	if !w.rolling.Close(set) && errors.Is(w.err, ErrUnjudged) {
		unjudged(set.Summary)
	}
	if w.c.rotated() {
		leaveOut(set)
	} else {
		set.Run.Files = filesOf(set)
	}
	return set
}
