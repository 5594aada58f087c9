package ingest

import (
	"cmp"
	"slices"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
)

// windows cuts a run where the clock of the packets passes the end of a window. Who decodes marks the place in the
// lists of all workers; each cuts its flows there and yields what it has, and the collector puts that together, while
// the next window is read. Where one goroutine does all, it does that too.
type windows struct {
	length int64
	edge   int64 // end of the open window; 0: none is
	from   int64 // its beginning
	ahead  int64 // by how much the decoder's clock, which never goes back, is ahead of the packets'
	number int   // it is the number-th
}

// windowEnd is where a window ends within a batch: before so many packets of each worker's list.
type windowEnd struct {
	result *Result // what is known of the window by who decodes
	before []int
}

// cut marks the place of the packets dealt so far.
func (b *batch) cut(r *Result) {
	e := windowEnd{r, make([]int, len(b.heads))}
	for w := range b.heads {
		e.before[w] = len(b.heads[w])
	}
	b.ends = append(b.ends, e)
}

// begins looks whether a frame begins another window, before it is decoded, and returns what is known of the one that
// ends; nil: it does not. Where captures come without end, the windows go back with the clock of the packets.
func (p *pipeline) begins(input int, f *capture.Frame) *Result {
	w := &p.windows
	if f.Time == 0 {
		return nil
	}
	clock, back := p.decoder.ClockOf(f)
	switch {
	case w.edge == 0:
		w.ahead = clock - f.Time
		w.open(f.Time)
		p.began()
	case back && (p.live || p.c.rotated()) && f.Time < w.from:
		r := p.end(input, f.Time)
		w.ahead = clock - f.Time
		return r
	case clock >= w.edge+w.ahead:
		return p.end(input, max(clock-w.ahead, w.edge))
	}
	return nil
}

// endless reports whether only the context ends the run.
func (p *pipeline) endless() bool { return p.live || p.c.Follow != "" }

// rotated reports whether the files are those of one recorder, one behind the other.
func (c *Config) rotated() bool { return c.Follow != "" || c.Rotated }

// idleFor is how long behind the end of a window an interface may still hand over packets of before.
const idleFor = 2 * time.Second

// setBack is by how much the clock of the machine has to stand before the open window to have been set back.
const setBack = 10 * time.Second

// idle ends the open window of interfaces on which nothing passes by the clock of the machine, which is that of their
// packets; nil: it goes on. Where that clock was set back, the next packet begins another one.
func (p *pipeline) idle(input int, now time.Time) (r *Result) {
	w, at := &p.windows, now.Add(-idleFor).UnixNano()
	switch {
	case !p.live || w.edge == 0:
	case at >= w.edge:
		r = p.end(input, at)
	case now.Add(setBack).UnixNano() < w.from:
		r = p.end(input, at)
		w.edge, w.from = 0, 0
	}
	return r
}

// end ends the open window and begins that of a time.
func (p *pipeline) end(input int, at int64) *Result {
	p.input(input).Stats = p.decoder.Stats
	r := p.beginResult()
	p.mu.Lock()
	r.until(p.inputs, input)
	for _, in := range p.inputs {
		in.Stats = decode.Stats{}
	}
	p.mu.Unlock()
	p.decoder.Switch(input, decode.Stats{})
	p.windows.open(at)
	p.windows.number++
	p.began()
	return r
}

func (p *pipeline) began() {
	if p.c.Began != nil {
		p.c.Began(p.windows.number)
	}
}

// endAlone ends the open window where one goroutine does all.
func (p *pipeline) endAlone(w *worker, input int, f *capture.Frame) {
	if r := p.begins(input, f); r != nil {
		w.cut(r.Window.To)
		r.gather([]yielded{w.yield()})
		p.c.Settled(r)
	}
}

// open begins the window of a time; windows begin at multiples of their length since 1970, so that those of several
// runs are the same.
func (w *windows) open(t int64) {
	w.from = t - t%w.length
	w.edge = w.from + w.length
}

// beginResult is what is known of the open window by who decodes.
func (p *pipeline) beginResult() *Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &Result{Live: p.live, Endless: p.endless(), Window: Span{p.windows.from, p.windows.edge},
		Number: p.windows.number, Numbers: &p.numbers,
		Inputs: make([]Input, len(p.inputs))}
	for i, in := range p.inputs {
		in.Read += in.Stats.Packets
		r.Inputs[i] = in.Input
		info := &r.Inputs[i].Info
		info.KernelDrops, info.InterfaceDrops = since(info.KernelDrops, in.told.KernelDrops), since(info.InterfaceDrops,
			in.told.InterfaceDrops)
		in.told = in.Info
	}
	return r
}

// until leaves out what is known of inputs only because they are read ahead of the window: of those from the current
// one on what came behind it, of all the digest, which is ready at some time behind their end.
func (r *Result) until(inputs []*input, current int) {
	for i := range r.Inputs {
		in := &r.Inputs[i]
		in.Digest = ""
		if r.Live || i < current {
			continue
		}
		in.Err, in.Damage = nil, nil
		in.Info.Bytes, in.Info.LinkTypes, in.Info.Interfaces = 0, inputs[i].info.LinkTypes, inputs[i].info.Interfaces
		in.Info.KernelDrops, in.Info.InterfaceDrops = nil, nil
	}
}

// since is by how much a counter grew that may be unknown.
func since(now, before *int64) *int64 {
	if now == nil || before == nil {
		return now
	}
	grown := max(*now-*before, 0)
	return &grown
}

// yielded is what a worker has of a window.
type yielded struct {
	of         *Result // the window, as who decoded knows it
	expired    []Expired
	aggregated map[int]*Aggregated
	refused    int64
	pairs      [partitions][]decode.DupPairs // copies by partition and input
}

// yield gives away what belongs to the window that ends.
func (w *worker) yield() (y yielded) {
	y.expired, y.aggregated = w.done, w.aggregated
	w.done, w.aggregated, w.take = nil, make(map[int]*Aggregated), nil
	w.window++
	for i, part := range w.parts {
		if part != nil {
			y.refused += part.budget.Refused
			y.pairs[i], part.pairs = part.pairs, nil
			part.budget.Refused, part.retained = 0, 0
		}
	}
	return y
}

// cuts ends the windows that end before the i-th packet of the worker's list, and returns those behind it.
func (w *worker) cuts(ends []windowEnd, i int) []windowEnd {
	for len(ends) > 0 && ends[0].before[w.id] == i {
		w.cut(ends[0].result.Window.To)
		y := w.yield()
		y.of = ends[0].result
		w.out <- y
		ends = ends[1:]
	}
	return ends
}

// cut parts the flows that live at this time.
func (w *worker) cut(at int64) {
	for _, part := range w.parts {
		if part == nil {
			continue
		}
		w.dissector.Budget = &part.budget
		part.table.Cut(at, func(e *flow.Entry[dissect.State]) {
			facts := e.State.Cut(at)
			f := e.Flow.Cut()
			w.set(Expired{&f, &facts, false})
		})
	}
}

// gather adds what the workers yield, in the order of partitions where there is one, and puts the flows into theirs.
func (r *Result) gather(all []yielded) {
	if len(r.Inputs) == 0 {
		return // nothing came to be followed
	}
	for i := range all {
		y := &all[i]
		r.Expired = append(r.Expired, y.expired...)
		for in, a := range y.aggregated {
			r.Inputs[in].Aggregated.merge(a)
		}
		r.Inputs[len(r.Inputs)-1].PrefixesRefused += y.refused
	}
	for i := range partitions {
		pairs := all[i%len(all)].pairs[i]
		for in := range pairs {
			r.Inputs[in].Stats.Copies(&pairs[in])
		}
	}
	slices.SortFunc(r.Expired, func(a, b Expired) int {
		return cmp.Or(cmp.Compare(a.Flow.PartTime, b.Flow.PartTime), cmp.Compare(a.Flow.PartNumber, b.Flow.PartNumber))
	})
}

// collect puts the windows together and hands them over, until the workers have ended.
func (p *pipeline) collect() {
	all := make([]yielded, len(p.workers))
	for {
		for i, w := range p.workers {
			y, more := <-w.out
			if !more {
				return
			}
			all[i] = y
		}
		r := all[0].of
		r.gather(all)
		clear(all)
		p.c.Settled(r)
	}
}
