package session

import (
	"context"
	"iter"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// index has what sessions are made of beside flows.
type index struct {
	streams    map[string][]*record.MediaStream   // by flow
	series     map[string][]*record.MediaInterval // by stream
	start, end record.Time                        // of the capture
}

func newIndex(set *record.Set) *index {
	x := &index{streams: map[string][]*record.MediaStream{}, series: map[string][]*record.MediaInterval{}}
	for _, m := range set.Streams {
		x.streams[m.FlowID] = append(x.streams[m.FlowID], m)
	}
	for _, i := range set.Intervals {
		x.series[i.StreamID] = append(x.series[i.StreamID], i)
	}
	return x
}

// caller is a client that may have had a call.
type caller struct {
	addr  netip.Addr
	flows []uint32 // the numbers of those that matter
	calls bool
}

// callers are those of a run, by address. When ctx is done, there are none.
func (x *index) callers(ctx context.Context, set *record.Set) (list []*caller) {
	all := map[netip.Addr]*caller{}
	x.start, x.end = set.Span()
	for i, f := range set.EachWebex {
		if !matters(f) {
			continue
		}
		c := all[f.ClientAddr()]
		if c == nil {
			if ctx.Err() != nil {
				return nil
			}
			c = &caller{addr: f.ClientAddr()}
			all[c.addr] = c
		}
		c.flows = append(c.flows, uint32(i))
		c.calls = c.calls || mayCall(f)
	}
	for _, c := range all {
		if c.calls {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *caller) int { return a.addr.Compare(b.addr) })
	return list
}

// atOnce is how many flows are held at once, of several clients; of one client all are.
const atOnce = 20_000

// batches are clients whose flows are held at the same time.
func batches(list []*caller) iter.Seq[[]*caller] {
	return func(yield func([]*caller) bool) {
		for len(list) > 0 {
			n, flows := 1, len(list[0].flows)
			for n < len(list) && flows+len(list[n].flows) <= atOnce {
				flows += len(list[n].flows)
				n++
			}
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// lentAtOnce is how many flows are borrowed at once.
const lentAtOnce = 256

// timelines reads the flows of clients.
func timelines(from record.FlowSource, clients []*caller) map[netip.Addr]timeline {
	var numbers []int
	for _, c := range clients {
		for _, n := range c.flows {
			numbers = append(numbers, int(n))
		}
	}
	slices.Sort(numbers)
	flows := map[netip.Addr][]*trace{}
	for some := range slices.Chunk(numbers, lentAtOnce) {
		_ = from.Lend(some, func(list []*record.Flow, _ []*record.TLSSession) error {
			for _, f := range list {
				flows[f.ClientAddr()] = append(flows[f.ClientAddr()], traceOf(f))
			}
			return nil
		})
	}
	lines := make(map[netip.Addr]timeline, len(flows))
	for c, list := range flows {
		lines[c] = newTimeline(list)
	}
	return lines
}
