package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"webexaudit/analyzer"
	"webexaudit/analyzer/wording"
)

// patience is how long an analysis runs before a progress bar appears: short ones need none.
const patience = time.Second

// progress shows how far an analysis is, on a terminal. A nil *progress shows nothing. Safe for concurrent use.
type progress struct {
	w     io.Writer
	begin time.Time

	mu   sync.Mutex // never held by the bar's own goroutine, which asks for the two below
	bars *mpb.Progress
	bar  *mpb.Bar
	done bool

	packets atomic.Int64
	file    atomic.Pointer[string]
}

// newProgress is nil where progress is not wanted or the stream is no terminal.
func newProgress(mode string, quiet bool, w io.Writer) *progress {
	if mode == "none" || quiet || !isTerminal(w) {
		return nil
	}
	return &progress{w: w, begin: time.Now()}
}

// report is called by the analysis now and then.
func (p *progress) report(r analyzer.Progress) {
	p.packets.Store(r.Packets)
	p.file.Store(&r.File)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done || p.bar == nil && time.Since(p.begin) < patience {
		return
	}
	if p.bar == nil {
		p.start(r.TotalBytes)
	}
	p.bar.SetCurrent(min(r.Bytes, max(r.TotalBytes-1, 0))) // a full bar would end itself
}

// start shows the bar; without a total, as for live captures, only the count.
func (p *progress) start(total int64) {
	p.bars = mpb.New(mpb.WithOutput(p.w), mpb.WithWidth(30))
	counts := decor.Any(func(decor.Statistics) string {
		return fmt.Sprintf(" %s  %s", wording.Count(p.packets.Load(), "packet", "packets"), safe(*p.file.Load()))
	})
	if total <= 0 {
		p.bar = p.bars.AddSpinner(0, mpb.AppendDecorators(counts), mpb.BarRemoveOnComplete())
		return
	}
	p.bar = p.bars.AddBar(total, mpb.PrependDecorators(decor.Percentage()), mpb.AppendDecorators(counts),
		mpb.BarRemoveOnComplete())
}

// stop removes the bar, before anything else is printed.
func (p *progress) stop() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.done = true
	bar, bars := p.bar, p.bars
	p.mu.Unlock()
	if bar == nil {
		return
	}
	bar.Abort(true)
	bars.Wait()
}
