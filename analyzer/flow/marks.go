package flow

import "webexaudit/analyzer/decode"

// Marks is a histogram of DSCP values. Nearly every flow has one or two, so four live in place and the rest in a map.
type Marks struct {
	val  [4]uint8
	n    [4]uint32
	used uint8
	more map[uint8]int64
}

// Add counts one packet.
func (m *Marks) Add(dscp uint8) {
	for i := range m.used {
		if m.val[i] == dscp && m.n[i] < 1<<32-1 {
			m.n[i]++
			return
		}
	}
	if m.used < 4 {
		m.val[m.used], m.n[m.used] = dscp, 1
		m.used++
		return
	}
	if m.more == nil {
		m.more = make(map[uint8]int64)
	}
	m.more[dscp]++
}

// Only reports whether all packets bear one mark, and how many they are.
func (m *Marks) Only(dscp uint8) (n int64, only bool) {
	return int64(m.n[0]), m.used == 1 && m.val[0] == dscp && m.more == nil
}

// Histogram returns the counts by DSCP, nil when empty.
func (m *Marks) Histogram() map[int]int64 {
	if m.used == 0 {
		return nil
	}
	h := make(map[int]int64, m.used)
	for i := range m.used {
		h[int(m.val[i])] += int64(m.n[i])
	}
	for v, n := range m.more {
		h[int(v)] += n
	}
	return h
}

// MarkChange is a packet whose DSCP differs from that of the packet before it in the same direction.
type MarkChange struct {
	Side     Side
	From, To uint8
	Number   int64
	Time     int64
}

// maxChanges bounds what is kept of a flow that mixes marks by class.
const maxChanges = 8

// mark notes DSCP, ECN and 802.1p of a packet, and whether it came in fragments.
func (f *Flow) mark(p *decode.Packet, s Side) {
	dscp := p.TOS >> 2
	f.Marks[s].Add(dscp)
	if last := f.lastMark[s]; last != dscp+1 {
		if last != 0 && len(f.Changes) < maxChanges {
			f.Changes = append(f.Changes, MarkChange{s, last - 1, dscp, p.Number, p.Time})
		}
		f.lastMark[s] = dscp + 1
	}
	if ecn := p.TOS & 3; ecn != 0 {
		f.ECT++
		if ecn == 3 {
			f.CE++
		}
	}
	if p.Fragments {
		f.Fragments++
	}
	if p.Tagged {
		if f.Priorities == nil {
			f.Priorities = new([2]Marks)
		}
		f.Priorities[s].Add(p.PCP)
	}
}
