package flow

import "webexaudit/analyzer/decode"

// DSCPHistogram counts packets by DSCP (RFC 2474), or by 802.1p priority. The packets of nearly every flow bear one.
type DSCPHistogram struct {
	n    uint32 // packets that bear val; 0: none counted yet
	val  uint8
	more *furtherDSCP // nil where all bear one
}

// furtherDSCP counts the codepoints behind the first: three live in place and the rest in a map.
type furtherDSCP struct {
	n    [3]uint32
	val  [3]uint8
	used uint8
	rest map[uint8]int64
}

// Add counts one packet.
func (m *DSCPHistogram) Add(dscp uint8) {
	switch {
	case m.n == 0:
		m.val, m.n = dscp, 1
	case m.val == dscp && m.n < 1<<32-1:
		m.n++
	default:
		if m.more == nil {
			m.more = new(furtherDSCP)
		}
		m.more.add(dscp)
	}
}

func (m *furtherDSCP) add(dscp uint8) {
	for i := range m.used {
		if m.val[i] == dscp && m.n[i] < 1<<32-1 {
			m.n[i]++
			return
		}
	}
	if m.used < 3 {
		m.val[m.used], m.n[m.used] = dscp, 1
		m.used++
		return
	}
	if m.rest == nil {
		m.rest = make(map[uint8]int64)
	}
	m.rest[dscp]++
}

// Only reports whether all packets bear this codepoint, and how many bear the first.
func (m *DSCPHistogram) Only(dscp uint8) (n int64, only bool) {
	return int64(m.n), m.n > 0 && m.val == dscp && m.more == nil
}

// Grown brings from up to date, the counts of the first four codepoints at some time before, and returns how many
// codepoints were counted since then and one of them. Once there are more than four, those that appeared later are not
// told apart: they make two at least.
func (m *DSCPHistogram) Grown(from *[4]uint32) (dscp uint8, kinds int) {
	if m.n != from[0] {
		dscp, kinds, from[0] = m.val, 1, m.n
	}
	x := m.more
	if x == nil {
		return dscp, kinds
	}
	for i := range x.used {
		if x.n[i] != from[1+i] {
			dscp, from[1+i] = x.val[i], x.n[i]
			kinds++
		}
	}
	if x.rest != nil {
		kinds = max(kinds, 2)
	}
	return dscp, kinds
}

// Histogram returns the counts by DSCP, nil when empty.
func (m *DSCPHistogram) Histogram() map[int]int64 {
	if m.n == 0 {
		return nil
	}
	x := m.more
	if x == nil {
		return map[int]int64{int(m.val): int64(m.n)}
	}
	h := make(map[int]int64, 1+x.used)
	h[int(m.val)] = int64(m.n)
	for i := range x.used {
		h[int(x.val[i])] += int64(x.n[i])
	}
	for v, n := range x.rest {
		h[int(v)] += n
	}
	return h
}

// Marks is what packets of few flows bear, or do.
type Marks struct {
	// packets whose sender knows ECN (RFC 3168), and of these those marked Congestion Experienced
	ECT, CE    int64
	Fragments  int64            // packets that came as IP fragments
	Priorities [2]DSCPHistogram // 802.1p priorities of tagged packets
	Changes    []DSCPChange
}

// Marks are those of the flow's packets.
func (f *Flow) Marks() Marks {
	if f.marks == nil {
		return Marks{}
	}
	return *f.marks
}

func (f *Flow) marked() *Marks {
	if f.marks == nil {
		f.marks = new(Marks)
	}
	return f.marks
}

// DSCPChange is a packet whose DSCP differs from that of the packet before it in the same direction.
type DSCPChange struct {
	Side     Side
	From, To uint8
	Number   int64
	Time     int64
}

// maxChanges bounds what is kept of a flow that mixes codepoints by class.
const maxChanges = 8

// noteMarking notes DSCP, ECN and 802.1p of a packet, and whether it came in fragments.
func (f *Flow) noteMarking(p *decode.Packet, s Side) {
	dscp := p.TOS >> 2
	f.DSCP[s].Add(dscp)
	if last := f.lastDSCP[s]; last != dscp+1 {
		if last != 0 {
			f.marked().change(DSCPChange{s, last - 1, dscp, p.Number, p.Time})
		}
		f.lastDSCP[s] = dscp + 1
	}
	if ecn := p.TOS & 3; ecn != 0 {
		m := f.marked()
		m.ECT++
		if ecn == 3 {
			m.CE++
		}
	}
	if p.Fragments {
		f.marked().Fragments++
	}
	if p.Tagged {
		f.marked().Priorities[s].Add(p.PCP)
	}
}

func (m *Marks) change(c DSCPChange) {
	if len(m.Changes) < maxChanges {
		m.Changes = append(m.Changes, c)
	}
}
