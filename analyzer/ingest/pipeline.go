package ingest

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
)

// partitions is the number of independent flow tables. It is fixed, and each worker owns some, so that bounds and
// evictions, and with them the results, are the same for any number of workers.
const partitions = 16

// batch is a block of frames on its way through the pipeline. It belongs to the stage that holds it; the last worker to
// be done hands it back to the reader.
type batch struct {
	block  capture.Block
	before int64           // packets of all inputs that precede it, or, where the block has places, its input
	heads  [][]decode.Head // by worker: the packets of its partitions
	beside []decode.Packet // those of them that a head cannot tell
	input  int             // index of the input the block came from
	info   capture.Info
	at     time.Time // when it was read
	ends   []windowEnd
	users  atomic.Int32
}

// input is one file or interface while it is read.
type input struct {
	Input
	open   func(context.Context) (capture.Source, error)
	src    capture.Source
	digest *capture.Digest // where the reader takes it on its way
	done   bool            // nothing more comes
	info   capture.Info    // as of the block at hand
	told   capture.Info    // of which earlier windows have told
}

// pipeline holds what the goroutines of one run share: nothing but channels and, after they have ended, their results.
type pipeline struct {
	c      *Config
	live   bool
	mu     sync.Mutex // of inputs and what they hold, which the reader and who takes digests change while they are read
	inputs []*input
	total  int64 // bytes of all files

	follower *capture.Follower // of a directory; nil: none is followed

	decoder *decode.Decoder
	workers []*worker
	free    chan *batch
	hash    chan *input // files whose digest takes a reading of its own
	start   int64       // clock of the first packet
	clock   int64       // of the latest
	alone   bool        // one worker and no live source: one goroutine does all
	windows windows
	numbers Numbers
}

// batches in flight: one read, one decoded, one for each worker, and some slack.
const spareBatches = 4

func newPipeline(c *Config) *pipeline {
	b := c.bounds()
	p := &pipeline{
		c: c, live: len(c.Interfaces) > 0,
		decoder: decode.New(decode.Config{MaxFragBytes: b.fragments, NoDeduplicate: c.NoDeduplicate, CopiesApart: true,
			OneClock: c.rotated(), Decap: c.Decap}),
	}
	p.numbers.live, p.numbers.interfaces = p.live, p.interfacesOf
	workers := c.Workers
	if runtime.GOMAXPROCS(0) == 1 {
		workers = 1
	}
	n := workers + spareBatches + len(c.Interfaces)
	if p.alone = workers == 1 && !p.live; p.alone {
		n = 1 // which stays in the cache
	}
	p.free = make(chan *batch, n)
	for range n {
		p.free <- &batch{heads: make([][]decode.Head, workers)}
	}
	for w := range workers {
		p.workers = append(p.workers, newWorker(w, workers, c, n))
		p.workers[w].numbers = &p.numbers
	}
	return p
}

// run starts the goroutines of the analysis and waits for them: the workers, who read and decode in turn, one that
// reads where that is not to wait for them, and one that hashes the files whose digest the reader cannot take. Where
// there is one worker and nothing that would be lost meanwhile, one goroutine reads, decodes and works.
func (p *pipeline) run(ctx context.Context) error {
	var g errgroup.Group
	var readErr error
	p.hash = make(chan *input, len(p.inputs))
	p.windows.length = int64(p.c.Window)
	g.Go(func() error { p.hashFiles(ctx); return nil })
	if p.alone {
		readErr = p.single(ctx)
	} else {
		beside := p.live || len(p.workers) > readers
		t := &turn{decoding: decoding{p: p, input: -1}}
		t.next = p.batches(beside, func(next func(*batch)) { readErr = p.reader(ctx, next) })
		g.Go(func() error { p.collect(); return nil })
		for _, w := range p.workers {
			g.Go(func() error { w.run(t, p.free, p.finish); return nil })
		}
	}
	_ = g.Wait()
	return errors.Join(append([]error{readErr}, p.problems()...)...)
}

// single does in one goroutine, without hand-over, what else several do.
func (p *pipeline) single(ctx context.Context) error {
	w, d := p.workers[0], decoding{p: p, input: -1}
	err := p.reader(ctx, func(b *batch) {
		d.begin(b)
		w.input = b.input
		for i := range b.block.Frames {
			if p.windows.length > 0 {
				if b.block.Frames[i].Time < p.c.After {
					continue
				}
				p.endAlone(w, b.input, &b.block.Frames[i])
			}
			k := &w.plain
			p.skip(b, i)
			if p.decoder.Decode(&b.block.Frames[i], b.block.Bytes(i), k) != decode.OK {
				continue
			}
			p.passes(k.Clock)
			w.packet(k)
			if k.Quote != nil {
				w.quote(k)
			}
		}
		p.free <- b
	})
	d.end()
	w.flush(p.finish())
	return err
}

func (p *pipeline) problems() (list []error) {
	for _, in := range p.inputs {
		list = append(list, in.Fault())
	}
	return list
}

// reader fills batches, from one file after the other or from the interfaces in turn, and hands each to next.
func (p *pipeline) reader(ctx context.Context, next func(*batch)) error {
	defer close(p.hash)
	defer p.closeInputs()
	r := &reading{p: p, ctx: ctx, next: next}
	if p.c.Duration > 0 {
		r.end = time.Now().Add(p.c.Duration)
	}
	switch {
	case p.live:
		r.interfaces()
		return nil
	case p.follower != nil:
		r.follow()
		return nil
	}
	r.files()
	return ctx.Err()
}

// interfaces are read side by side, so that none waits for one on which nothing passes, until all are done or the
// duration is over.
func (r *reading) interfaces() {
	var g sync.WaitGroup
	for i, in := range r.p.inputs {
		g.Go(func() {
			for !in.done && !r.stopped() {
				r.block(i)
			}
		})
	}
	g.Wait()
}

func (r *reading) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stop
}

func (r *reading) files() {
	p := r.p
	for i, in := range p.inputs {
		if r.stop || r.ctx.Err() != nil {
			break
		}
		src, err := in.open(r.ctx)
		p.mu.Lock()
		in.src, in.Err = src, err
		p.mu.Unlock()
		if in.digest == nil && in.Hash != capture.NoHash && in.Name != stdinName {
			p.hash <- in
		}
		if err != nil {
			continue
		}
		for !in.done && !r.stop {
			r.block(i)
		}
		if in.digest != nil {
			p.setSum(in)(in.digest.Sum(r.ctx))
		}
		r.finished += in.Info.Bytes
	}
}

// reading is the state of the reader, or of those of interfaces.
type reading struct {
	p    *pipeline
	ctx  context.Context
	next func(*batch)
	end  time.Time // live: when to stop

	mu       sync.Mutex // of what follows, and of the order of blocks
	stop     bool
	packets  int64
	finished int64 // bytes of the files read so far
}

// block reads one block of an input and sends it on.
func (r *reading) block(i int) {
	in := r.p.inputs[i]
	b := <-r.p.free
	err := in.src.Next(&b.block)
	b.input, b.at = i, time.Now()
	r.p.mu.Lock()
	in.Info = in.src.Info()
	b.info = in.Info
	if err != nil {
		in.done = true
		in.note(err)
	}
	r.p.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop { // another interface had the last packet
		b.block.Frames = b.block.Frames[:0]
	}
	if limit := r.p.c.MaxPackets; limit > 0 && r.packets+int64(len(b.block.Frames)) >= limit {
		b.block.Frames = b.block.Frames[:limit-r.packets]
		r.stop = true
	}
	r.stop = r.over()
	r.packets += int64(len(b.block.Frames))
	if ring := r.p.c.Ring; ring != nil {
		ring.Add(i, in.Info, &b.block)
	}
	r.next(b)
	if f := r.p.c.Progress; f != nil {
		f(Progress{Bytes: r.finished + in.Info.Bytes, TotalBytes: r.p.total, Packets: r.packets, File: in.Name})
	}
}

// over reports whether reading is to stop.
func (r *reading) over() bool {
	return r.stop || r.ctx.Err() != nil || !r.end.IsZero() && !time.Now().Before(r.end)
}

// note sorts the error that ended an input.
func (in *input) note(err error) {
	var damage *capture.DamageError
	switch {
	case errors.Is(err, io.EOF):
	case errors.As(err, &damage):
		in.Damage = err
	default:
		in.Err = err
	}
}

func (p *pipeline) closeInputs() {
	for _, in := range p.inputs {
		if in.src != nil {
			in.src.Close()
		}
	}
}
