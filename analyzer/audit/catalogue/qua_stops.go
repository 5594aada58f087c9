package catalogue

import (
	"cmp"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// stops are, by client and second, the streams from the cloud that were there and those that missed most of their
// packets.
type stops struct {
	audit.Table[netip.Addr, seconds]
}

type seconds = audit.Table[record.Time, stopped]

type stopped struct{ streams, missing int }

const (
	maxStopClients = 2000
	maxStopSeconds = 2000 // of one client
	minStops       = 3    // that make it a pattern
)

func newStops() stops {
	return stops{audit.NewTable(maxStopClients, netip.Addr.Compare, func(netip.Addr) *seconds {
		s := audit.NewTable(maxStopSeconds, cmp.Compare[record.Time],
			func(record.Time) *stopped { return &stopped{} }, func(into, from *stopped) {
				into.streams, into.missing = into.streams+from.streams, into.missing+from.missing
			})
		return &s
	}, func(into, from *seconds) { into.Merge(from) })}
}

func (s *stops) add(f *observe.Flow) {
	for i := range f.Streams {
		m := &f.Streams[i]
		if m.Upstream || !overUDP(m) {
			continue
		}
		for _, r := range m.Every(1) {
			x := s.At(f.From).At(r.StartTime)
			x.streams++
			if r.Lost*2 > r.Expected {
				x.missing++
			}
		}
	}
}

// again reports whether at least two streams stopped together, all that there were, at least three times.
func (s *stops) again(client netip.Addr) bool {
	of := s.Find(client)
	if of == nil {
		return false
	}
	n := 0
	for _, x := range of.All {
		if x.streams >= 2 && x.missing == x.streams {
			n++
		}
	}
	return n >= minStops
}
