package flow

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
