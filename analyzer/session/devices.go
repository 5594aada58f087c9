package session

import (
	"slices"
	"time"

	"webexaudit/analyzer/record"
)

// together is how long two media flows must run at the same time to be no hand-over from one to the other.
const together = 10 * time.Second

// splitByDevice parts the media of a client's address where it evidently belongs to several devices, behind an address
// translation as a rule: at the same time audio goes to different servers, or packets start from different TTLs
// (systems use 64, 128 or 255). All else is one call. Spans without a clear owner go to the device they resemble most.
func (x *index) splitByDevice(group []span) [][]span {
	var first []span // of each device
	for _, s := range group {
		if s.media && !slices.ContainsFunc(first, func(o span) bool { return !x.apart(s, o) }) {
			first = append(first, s)
		}
	}
	if len(first) < 2 {
		return [][]span{group}
	}
	calls := make([][]span, len(first))
	for _, s := range group {
		best := 0
		for i, o := range first {
			if resemblance(s, o) > resemblance(s, first[best]) {
				best = i
			}
		}
		calls[best] = append(calls[best], s)
	}
	return calls
}

// apart reports whether two spans are evidently of two devices.
func (x *index) apart(a, b span) bool {
	if min(a.to, b.to).Sub(max(a.from, b.from)) < together {
		return false
	}
	if i, k := initialTTL(a.flow), initialTTL(b.flow); i != 0 && k != 0 && i != k {
		return true
	}
	return a.flow.Server().Addr() != b.flow.Server().Addr() && x.speaks(a.flow) && x.speaks(b.flow)
}

// speaks reports whether the client sends audio in the flow.
func (x *index) speaks(f *record.Flow) bool {
	return slices.ContainsFunc(x.streams[f.FlowID], func(m *record.MediaStream) bool {
		return m.Upstream && m.Kind == "audio"
	})
}

func resemblance(a, b span) (points int) {
	if initialTTL(a.flow) == initialTTL(b.flow) {
		points += 2
	}
	if a.flow.Server().Addr() == b.flow.Server().Addr() {
		points++
	}
	return points
}

// initialTTL is the value from which the client's packets probably started; 0 where nothing of it was seen.
func initialTTL(f *record.Flow) int { return record.InitialTTL(f.Up().TTL) }
