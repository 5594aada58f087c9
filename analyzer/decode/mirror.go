package decode

// mirrorKey is one ERSPAN session as one source shows it. Numbers of different files are not compared: what lies
// between the files was not captured, which is no fault of the mirror.
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

// gap returns how many sequence numbers were skipped. A number that comes late gives its place back, once; a jump of
// more than 2^20 either way is a restart.
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

// MirrorGap is a run of mirrored packets that had not come when a later one did.
type MirrorGap struct {
	Number int64 // of the packet that revealed it
	Time   int64
	Lost   int64 // what has not come since

	key  mirrorKey
	next uint32 // sequence number that revealed it
	span int64
}

// maxMirrorGaps is how many gaps of a source are remembered one by one, at some 100 bytes each.
const maxMirrorGaps = 1 << 16

// mirrored counts n more packets missing, or one less, and keeps the gaps.
func (s *Stats) mirrored(p *Packet, key mirrorKey, seq uint32, n int64) {
	s.MirrorSeen++
	s.MirrorLost += n
	switch {
	case n < 0:
		s.fill(key, seq)
	case n > 0 && len(s.MirrorGaps) >= maxMirrorGaps:
		s.MirrorLeft += n
	case n > 0:
		s.MirrorGaps = append(s.MirrorGaps, MirrorGap{Number: p.Number, Time: p.Time, Lost: n, key: key, next: seq,
			span: n})
	}
}

// fill gives a late number back to its gap, one of the latest: it is at most 64 numbers behind.
func (s *Stats) fill(key mirrorKey, seq uint32) {
	list := s.MirrorGaps
	for i := len(list) - 1; i >= max(len(list)-64, 0); i-- {
		if g := &list[i]; g.key == key && int64(g.next-seq) <= g.span {
			g.Lost--
			return
		}
	}
	s.MirrorLeft--
}
