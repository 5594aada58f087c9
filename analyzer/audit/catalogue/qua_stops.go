package catalogue

import (
	"maps"
	"net/netip"
	"slices"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// stops are, by client and second, the streams from the cloud that were there and those that missed most of their
// packets.
type stops map[netip.Addr]map[record.Time]stopped

type stopped struct{ streams, missing int }

const (
	maxStopClients = 2000
	maxStopSeconds = 2000 // of one client
	minStops       = 3    // that make it a pattern
)

func (s stops) add(f *observe.Flow) {
	for i := range f.Streams {
		m := &f.Streams[i]
		if m.Upstream || !overUDP(m) {
			continue
		}
		for _, r := range m.Every(1) {
			half := 0
			if r.Lost*2 > r.Expected {
				half = 1
			}
			s.put(f.From, r.StartTime, stopped{1, half})
		}
	}
}

func (s stops) put(client netip.Addr, at record.Time, x stopped) {
	seconds := s[client]
	if seconds == nil {
		if len(s) >= 2*maxStopClients {
			for _, a := range slices.SortedFunc(maps.Keys(s), netip.Addr.Compare)[maxStopClients:] {
				delete(s, a)
			}
		}
		seconds = map[record.Time]stopped{}
		s[client] = seconds
	}
	old := seconds[at]
	seconds[at] = stopped{old.streams + x.streams, old.missing + x.missing}
	if len(seconds) >= 2*maxStopSeconds {
		for _, t := range slices.Sorted(maps.Keys(seconds))[maxStopSeconds:] {
			delete(seconds, t)
		}
	}
}

func (s stops) merge(o stops) {
	for client, seconds := range o {
		for at, x := range seconds {
			s.put(client, at, x)
		}
	}
}

// again reports whether at least two streams stopped together, all that there were, at least three times.
func (s stops) again(client netip.Addr) bool {
	n := 0
	for _, x := range s[client] {
		if x.streams >= 2 && x.missing == x.streams {
			n++
		}
	}
	return n >= minStops
}
