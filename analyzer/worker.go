package analyzer

import (
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
)

// worker owns some partitions: their flow tables, and the dissector that all of them share.
type worker struct {
	id        int
	stride    int
	in        chan *batch
	dissector *dissect.Dissector
	tables    [partitions]*flow.Table[dissect.State] // nil where another worker owns the partition
	done      []ended
}

// ended is a flow whose time is over, with the facts gathered. The two are apart because the flow is dropped when its record is made, and
// the facts when all is judged.
type ended struct {
	flow  *flow.Flow
	facts *dissect.State
}

func newWorker(id int, c *Config, queue int) *worker {
	w := &worker{id: id, stride: c.Workers, in: make(chan *batch, queue), dissector: dissect.New()}
	bounds := c.Flows
	if bounds.MaxFlows > 0 {
		bounds.MaxFlows = max(bounds.MaxFlows/partitions, 1)
	} else {
		bounds.MaxFlows = defaultMaxFlows / partitions
	}
	for i := id; i < partitions; i += c.Workers {
		w.tables[i] = flow.NewTable(bounds, w.ended)
	}
	return w
}

// defaultMaxFlows is how many flows are held at a time where nothing else is configured.
const defaultMaxFlows = 2_000_000

func (w *worker) ended(e *flow.Entry[dissect.State]) {
	w.dissector.Close(&e.Flow, &e.State)
	f, facts := e.Flow, e.State
	w.done = append(w.done, ended{&f, &facts})
}

func (w *worker) run(free chan<- *batch) {
	for b := range w.in {
		for _, i := range b.lists[w.id] {
			if i&quoted != 0 {
				w.quote(b, i&^quoted)
			} else {
				w.packet(b, i)
			}
		}
		if b.users.Add(-1) == 0 {
			free <- b
		}
	}
}

func (w *worker) packet(b *batch, i uint32) {
	p := &b.packets[i]
	e, s, _ := w.tables[partitionOf(p.Hash)].Add(p)
	if !p.Duplicate {
		w.dissector.Packet(&e.Flow, &e.State, p, s)
	}
}

func (w *worker) quote(b *batch, i uint32) {
	p := &b.packets[i]
	w.tables[partitionOf(p.Quote.Hash)].Quote(p)
}

func (w *worker) flush(clock int64) {
	for _, t := range w.tables {
		if t != nil {
			t.Flush(clock)
		}
	}
}
