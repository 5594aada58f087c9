package session

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
	"sort"

	"webexaudit/analyzer/record"
)

// timeline are flows in the order of their beginnings, found by the time in which they lived.
type timeline struct {
	flows []*trace
	until []record.Time // the latest end of the flows up to each
}

func byStart(a, b *trace) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.id, b.id))
}

func newTimeline(flows []*trace) timeline {
	slices.SortFunc(flows, byStart)
	t := timeline{flows, make([]record.Time, len(flows))}
	var end record.Time
	for i, f := range flows {
		end = max(end, f.end)
		t.until[i] = end
	}
	return t
}

// during yields the flows that lived at some time between from and to.
func (t timeline) during(from, to record.Time) iter.Seq[*trace] {
	first := sort.Search(len(t.until), func(i int) bool { return t.until[i] >= from })
	return func(yield func(*trace) bool) {
		for _, f := range t.flows[first:] {
			if f.start > to || f.end >= from && !yield(f) {
				return
			}
		}
	}
}

// byServer parts the flows by server.
func (t timeline) byServer() map[netip.Addr]timeline {
	lists := map[netip.Addr][]*trace{}
	for _, f := range t.flows {
		a := f.server.Addr()
		lists[a] = append(lists[a], f)
	}
	all := map[netip.Addr]timeline{}
	for a, list := range lists {
		all[a] = newTimeline(list)
	}
	return all
}
