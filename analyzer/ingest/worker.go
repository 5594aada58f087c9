package ingest

import (
	"net/netip"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
)

// worker owns some partitions: their flow tables, and the dissector that all of them share.
type worker struct {
	id          int
	in          chan *batch
	dissector   *dissect.Dissector
	parts       [partitions]*partition // nil where another worker owns it
	at          *partition             // of the packet at hand
	known       func(netip.Addr) bool
	retainLimit int           // finished uninformative flows, by partition
	input       int           // of the batch at hand
	plain       decode.Packet // the packet at hand, where it has no other place
	out         chan yielded  // of windows
	numbers     *Numbers
	begin       func(window int, numbers *Numbers) func(Expired)
	take        func(Expired) // of the window at hand; nil: to be begun
	window      int
	done        []Expired // where nobody takes them
	aggregated  map[int]*Aggregated
}

func newWorker(id, workers int, c *Config, queue int) *worker {
	b, flows := c.bounds(), c.Flows
	flows.MaxFlows = max(b.flows/partitions, 1)
	w := &worker{
		id: id, in: make(chan *batch, queue), out: make(chan yielded, 1), dissector: dissect.New(), known: c.Known, begin: c.Take,
		retainLimit: max(b.retained/partitions, 1), aggregated: make(map[int]*Aggregated),
	}
	w.dissector.RTPOf = w.rtpOf
	for i := id; i < partitions; i += workers {
		p := &partition{budget: dissect.Budget{Max: b.prefixes / partitions}}
		if !c.NoDeduplicate {
			p.copies = decode.NewCopies(partitions)
		}
		p.table = flow.NewTable(flows, func(e *flow.Entry[dissect.State]) { w.expire(p, e) })
		p.table.Grown = w.grown
		w.parts[i] = p
	}
	return w
}

// grown makes what is known of a flow whose first packet left no more than a note.
func (w *worker) grown(e *flow.Entry[dissect.State], p *decode.Packet, s flow.Side, refused uint8) {
	w.dissector.Packet(&e.Flow, &e.State, p, s)
	e.State.Refused = refused
}

// rtpOf is what is known of the flow of RTP whose RTCP another one carries: both are in one partition, by their shares.
func (w *worker) rtpOf(rtcp *flow.Flow, now int64) *dissect.State {
	k, ok := rtcp.Key.Below()
	if !ok {
		return nil
	}
	if e := w.at.table.Find(&k, now); e != nil {
		return &e.State
	}
	return nil
}

// expire sets a flow aside, or only counts it where enough uninformative ones are retained. Which ones are counted
// depends on the packets of the partition alone.
func (w *worker) expire(p *partition, e *flow.Entry[dissect.State]) {
	if e.Silent() {
		return // all that is known of it was told when its window ended
	}
	w.dissector.Close(&e.Flow, &e.State)
	if w.aggregate(p, e) {
		return
	}
	if w.begin == nil && !e.Final {
		f, facts := e.Flow, e.State
		w.set(Expired{&f, &facts, e.Open})
		return
	}
	w.set(Expired{&e.Flow, &e.State, e.Open})
}

// set sets a flow aside.
func (w *worker) set(e Expired) {
	if w.begin == nil {
		w.done = append(w.done, e)
		return
	}
	if w.take == nil {
		w.take = w.begin(w.window, w.numbers)
	}
	w.take(e)
}

func (w *worker) aggregate(p *partition, e *flow.Entry[dissect.State]) bool {
	if !short(&e.Flow) {
		return false
	}
	if p.retained < w.retainLimit {
		p.retained++
		return false
	}
	if !uninformative(&e.Flow, &e.State) || w.known(e.Key.AddrA.Netip()) || w.known(e.Key.AddrB.Netip()) {
		return false
	}
	s := w.aggregated[w.input]
	if s == nil {
		s = new(Aggregated)
		w.aggregated[w.input] = s
	}
	s.add(&e.Flow)
	return true
}

// run takes the batches that are dispatched, and dispatches some where it has nothing else to do. It asks for the clock
// when there are no more.
func (w *worker) run(t *turn, free chan<- *batch, clock func() int64) {
	defer close(w.out)
	for {
		if len(w.in) == 0 {
			t.take(w)
		}
		b, more := <-w.in
		if !more {
			break
		}
		w.batch(b)
		if b.users.Add(-1) == 0 {
			free <- b
		}
	}
	w.flush(clock())
}

// batch takes the worker's packets of a batch.
func (w *worker) batch(b *batch) {
	w.input = b.input
	heads, ends := b.heads[w.id], b.ends
	for i := range heads {
		if len(ends) > 0 {
			ends = w.cuts(ends, i)
		}
		w.head(b, &heads[i])
	}
	w.cuts(ends, len(heads))
}

// head takes one packet of a batch.
func (w *worker) head(b *batch, h *decode.Head) {
	p := &w.plain
	switch {
	case h.Beside == 0:
		h.Unpack(&b.block, b.before, b.input, p)
	case h.Quote:
		w.quote(&b.beside[h.Beside-1])
		return
	default:
		p = &b.beside[h.Beside-1]
	}
	w.packet(p)
}

func (w *worker) packet(p *decode.Packet) {
	part := w.parts[partitionOf(p.Share)]
	w.dissector.Budget, w.at = &part.budget, part
	if part.copies != nil && part.copies.Seen(p) {
		part.copied(p, w.input)
	}
	if part.table.Begin(p) {
		return
	}
	e, s, fresh := part.table.Add(p)
	if p.Duplicate {
		return
	}
	w.dissector.Packet(&e.Flow, &e.State, p, s)
	if fresh {
		if refused, blank := e.State.Blank(); blank {
			part.table.Shrink(e, p, s, refused)
		}
	}
}

func (w *worker) quote(p *decode.Packet) {
	part := w.parts[partitionOf(p.Quote.Share)]
	w.dissector.Budget, w.at = &part.budget, part
	part.table.Quote(p)
}

func (w *worker) flush(clock int64) {
	for _, p := range w.parts {
		if p != nil {
			w.dissector.Budget = &p.budget
			p.table.Flush(clock)
		}
	}
}
