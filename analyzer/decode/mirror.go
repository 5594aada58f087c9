package decode

// mirrorKey is one ERSPAN session as one source shows it. Numbers of different files are not compared: what lies between the files
// was not captured, which is no fault of the mirror.
type mirrorKey struct {
	source   uint64
	src, dst Addr
	session  uint16
}

// mirrorTable follows the sequence numbers of each session; at most maxMirrors sessions.
type mirrorTable struct{ sessions map[mirrorKey]*mirror }

const maxMirrors = 1024

// mirror is the next sequence number and which of the 64 before it have come: bit i stands for next-1-i.
type mirror struct {
	next uint32
	seen uint64
}

// gap returns how many sequence numbers were skipped. A number that comes late gives its place back, once; a jump of more
// than 2^20 either way is a restart.
func (t *mirrorTable) gap(key mirrorKey, seq uint32) int64 {
	m := t.sessions[key]
	if m == nil {
		if len(t.sessions) >= maxMirrors {
			return 0
		}
		if t.sessions == nil {
			t.sessions = make(map[mirrorKey]*mirror)
		}
		t.sessions[key] = &mirror{seq + 1, ^uint64(0)}
		return 0
	}
	switch delta := int32(seq - m.next); {
	case delta > 1<<20 || delta < -1<<20:
		*m = mirror{seq + 1, ^uint64(0)}
		return 0
	case delta < 0:
		return m.late(uint32(-delta) - 1)
	default:
		m.seen = m.seen<<1<<delta | 1
		m.next = seq + 1
		return int64(delta)
	}
}

// late notes a number that lies back behind the highest.
func (m *mirror) late(back uint32) int64 {
	bit := uint64(1) << back // 0 beyond 63: too old to tell from a second copy
	if bit == 0 || m.seen&bit != 0 {
		return 0
	}
	m.seen |= bit
	return -1
}
