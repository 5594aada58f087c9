package session

import (
	"net/netip"
	"slices"
	"time"

	"webexaudit/analyzer/record"
)

// together is how long two media flows must run at the same time to be no hand-over from one to the other.
const together = 10 * time.Second

// crowd is how many devices an address may evidently have before nobody can tell any more which of its signalling and
// of its tests belong to which call: a translation for many users, not a home.
const crowd = 64

// splitByDevice parts the media of a client's address where it evidently belongs to several devices, behind an address
// translation as a rule: at the same time audio goes to different servers, or packets start from different TTLs
// (systems use 64, 128 or 255). All else is one call. Spans without a clear owner go to the device they resemble most.
// In a crowd each server is taken for a call of its own.
func (x *index) splitByDevice(group []span) (calls [][]span, crowded bool) {
	var first []span // of each device
	for _, s := range group {
		if s.media && !slices.ContainsFunc(first, func(o span) bool { return !x.apart(s, o) }) {
			if first = append(first, s); len(first) > crowd {
				return splitByServer(group), true
			}
		}
	}
	if len(first) < 2 {
		return [][]span{group}, false
	}
	calls = make([][]span, len(first))
	for _, s := range group {
		best := 0
		for i, o := range first {
			if resemblance(s, o) > resemblance(s, first[best]) {
				best = i
			}
		}
		calls[best] = append(calls[best], s)
	}
	return calls, false
}

// splitByServer parts media by server, and by the TTL that it started from. What only tried goes to its server.
func splitByServer(group []span) (calls [][]span) {
	type owner struct {
		server netip.Addr
		ttl    int
	}
	of := map[owner]int{}
	byServer := map[netip.Addr]int{}
	for _, s := range group {
		o := owner{s.flow.server.Addr(), s.flow.initialTTL}
		i, known := of[o]
		if !known && !s.media {
			i, known = byServer[o.server]
		}
		if !known {
			i = len(calls)
			of[o], byServer[o.server] = i, i
			calls = append(calls, nil)
		}
		calls[i] = append(calls[i], s)
	}
	return calls
}

// apart reports whether two spans are evidently of two devices.
func (x *index) apart(a, b span) bool {
	if min(a.to, b.to).Sub(max(a.from, b.from)) < together {
		return false
	}
	if i, k := a.flow.initialTTL, b.flow.initialTTL; i != 0 && k != 0 && i != k {
		return true
	}
	return a.flow.server.Addr() != b.flow.server.Addr() && x.speaks(a.flow) && x.speaks(b.flow)
}

// speaks reports whether the client sends audio in the flow.
func (x *index) speaks(f *trace) bool {
	return slices.ContainsFunc(x.streams[f.id], func(m *record.MediaStream) bool {
		return m.Upstream && m.Kind == "audio"
	})
}

func resemblance(a, b span) (points int) {
	if a.flow.initialTTL == b.flow.initialTTL {
		points += 2
	}
	if a.flow.server.Addr() == b.flow.server.Addr() {
		points++
	}
	return points
}
