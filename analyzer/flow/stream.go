package flow

import "cmp"

// Stream is the first bytes of one TCP direction, in order, up to a maximum. Segments may come twice, overlap, be out
// of order or be lost; what came first stays (as receivers do). The zero value takes DefaultPrefix bytes.
type Stream struct {
	Max int // bytes kept; set before the first Add

	base    uint32 // sequence number of the first byte
	started bool
	synced  bool // base is known from a SYN
	buf     []byte
	pending []piece // beyond a hole, by sequence number
	held    int
	passed  int  // bytes before base that were read and are not kept
	Done    bool // nothing more is wanted; buffers are released
}

type piece struct {
	seq  uint32
	data []byte
}

// DefaultPrefix holds a ClientHello, a ServerHello and a long certificate chain.
const DefaultPrefix = 16 << 10

// maxPieces bounds the segments kept beyond a hole.
const maxPieces = 32

// SYN sets the place of the first byte. Data that came before its SYN finds its place.
func (s *Stream) SYN(seq uint32) {
	if s.synced || s.Done {
		return
	}
	s.synced = true
	s.rebase(seq + 1)
}

// Pin keeps the start of the stream where it is from now on: somebody has read from it.
func (s *Stream) Pin() { s.synced = true }

// rebase moves the start of the stream; bytes gathered so far become a piece beyond a hole.
func (s *Stream) rebase(base uint32) {
	if s.started && base != s.base {
		if old := s.buf; len(old) > 0 {
			s.buf = nil
			s.keep(s.base, old)
		}
	}
	s.base, s.started = base, true
}

// Add takes a segment and reports whether the prefix grew. The data is copied.
func (s *Stream) Add(seq uint32, data []byte) bool {
	if s.Done || len(data) == 0 {
		return false
	}
	s.Max = cmp.Or(s.Max, DefaultPrefix)
	if !s.started {
		s.base, s.started = seq, true
	}
	off := int32(seq - s.base)
	if off < 0 && !s.synced && off > -int32(s.Max) {
		s.rebase(seq)
		off = 0
	}
	if int(off) > len(s.buf) {
		if int(off) < s.Max {
			s.keep(seq, append([]byte(nil), data...))
		}
		return false
	}
	grew := s.append(off, data)
	if grew && len(s.pending) > 0 {
		s.drain()
	}
	return grew
}

// append adds what lies beyond the prefix.
func (s *Stream) append(off int32, data []byte) bool {
	skip := len(s.buf) - int(off)
	if skip >= len(data) || skip < 0 {
		return false
	}
	data = data[skip:]
	if room := s.room(); len(data) > room {
		data = data[:room]
	}
	s.buf = append(s.buf, data...)
	return len(data) > 0
}

func (s *Stream) room() int { return s.Max - s.passed - len(s.buf) }

// Take is Add for a reader that has read all of the prefix and keeps what it needs: it returns what the segment adds,
// which is not copied, and the prefix goes on behind it. It returns nil where the segment has to be added: beside a
// hole.
func (s *Stream) Take(seq uint32, data []byte) []byte {
	if s.Done || len(s.pending) > 0 {
		return nil
	}
	s.Max = cmp.Or(s.Max, DefaultPrefix)
	if !s.started {
		s.base, s.started = seq, true
	}
	skip := int64(len(s.buf)) - int64(int32(seq-s.base))
	if skip < 0 || skip >= int64(len(data)) {
		return nil
	}
	data = data[skip:]
	data = data[:min(len(data), s.room())]
	n := len(s.buf) + len(data)
	s.base, s.passed, s.buf, s.synced = s.base+uint32(n), s.passed+n, s.buf[:0], true
	return data
}

func (s *Stream) keep(seq uint32, data []byte) {
	if len(s.pending) >= maxPieces || s.held+len(data) > s.Max {
		return
	}
	at := 0
	for at < len(s.pending) && int32(s.pending[at].seq-seq) <= 0 {
		at++
	}
	s.pending = append(s.pending, piece{})
	copy(s.pending[at+1:], s.pending[at:])
	s.pending[at] = piece{seq, data}
	s.held += len(data)
}

func (s *Stream) drain() {
	for len(s.pending) > 0 {
		p := s.pending[0]
		off := int32(p.seq - s.base)
		if int(off) > len(s.buf) {
			return
		}
		s.append(off, p.data)
		s.held -= len(p.data)
		s.pending = s.pending[1:]
	}
}

// Bytes is the prefix in order. It is valid until the next Add.
func (s *Stream) Bytes() []byte { return s.buf }

// Drop forgets the first n bytes, which somebody has read: the prefix goes on behind them.
func (s *Stream) Drop(n int) {
	n = min(n, len(s.buf))
	s.buf = append(s.buf[:0], s.buf[n:]...)
	s.base += uint32(n)
}

// Pass is Drop where what was read counts as a part of the maximum, and no longer takes space.
func (s *Stream) Pass(n int) {
	s.passed += min(n, len(s.buf))
	if s.Drop(n); len(s.buf) == 0 {
		s.buf = nil
	}
}

// Next is the sequence number behind the prefix.
func (s *Stream) Next() uint32 { return s.base + uint32(len(s.buf)) }

// Held is how many bytes are kept.
func (s *Stream) Held() int { return len(s.buf) + s.held }

// Full reports whether the prefix has reached its maximum.
func (s *Stream) Full() bool { return s.Max > 0 && s.room() <= 0 }

// Hole reports whether bytes are missing behind the prefix while later ones are there.
func (s *Stream) Hole() bool { return len(s.pending) > 0 }

// SkipHole gives up the missing bytes: what lies beyond the first hole becomes a prefix of its own, which it returns.
// Base says how far it lies from the stream's start.
func (s *Stream) SkipHole() bool {
	if len(s.pending) == 0 {
		return false
	}
	s.base, s.synced = s.pending[0].seq, true
	s.buf = s.buf[:0]
	s.drain()
	return true
}

// Release forgets the bytes: nothing more is wanted of this direction.
func (s *Stream) Release() { *s = Stream{Done: true} }
