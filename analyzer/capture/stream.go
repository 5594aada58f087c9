package capture

import (
	"errors"
	"fmt"
	"io"
)

// indexer finds the records of one format in a stretch of bytes.
type indexer interface {
	// index appends to b.Frames the frames that lie whole in b.Data, whose first byte is the first of a record. It may
	// raise b.First before the first frame, for records that Wireshark counts as packets.
	index(b *Block) progress
	// describe adds to the description of a source what the format says of it.
	describe(*Info)
}

// progress is what an indexer made of a stretch of bytes.
type progress struct {
	end  int    // offset behind the last record that was taken
	need int    // bytes of the record that begins at end, as far as known; 0: none has begun
	skip int64  // bytes from end on that hold nothing of interest, some still to come
	more bool   // there are further records behind end, for another block
	what string // not empty: the record at end is damaged, and how
}

// stream is a source that reads blocks of bytes and indexes the records in place. What lies beyond the last complete
// record of a block is copied to the front of the next.
type stream struct {
	in     *input
	index  indexer
	size   int
	carry  []byte // read, not yet indexed
	more   bool   // carry holds complete records
	at     int64  // offset in the stream of the first byte of carry
	skip   int64  // bytes to discard before anything else is read
	skipAt int64  // where the record began that they belong to; -1: none such is in progress
	number int64  // of the next packet
	count  int64
	wait   func() bool // at the end of a growing file: waits a moment, and reports whether more may come; nil: no
	rerr   error       // of the reader, behind carry
	err    error       // the end
}

// newStream reads on behind a file header of n bytes; head begins with it.
func newStream(in *input, x indexer, n int, head []byte, size int) *stream {
	return &stream{in: in, index: x, size: size, carry: head[n:], at: int64(n), skipAt: -1, number: 1}
}

// Next implements [Source].
func (s *stream) Next(b *Block) error {
	buf := s.buffer(b.Data)
	b.Data, b.Frames, b.First = buf[:0], b.Frames[:0], s.number
	n := copy(buf, s.carry)
	s.carry = s.carry[:0]
	for s.err == nil && len(b.Frames) == 0 {
		if n == len(buf) { // the record is longer than the buffer: make room as its bytes come in, not before
			buf = append(buf, make([]byte, n)...)
		}
		n += s.read(buf[n:])
		b.Data = buf[:n]
		p := s.index.index(b)
		rest := s.advance(b, p, n)
		if len(b.Frames) > 0 {
			s.carry = append(s.carry, rest...)
		} else {
			n = copy(buf, rest)
		}
	}
	if s.err == errWait {
		s.err, s.carry, b.Data = nil, append(s.carry, buf[:n]...), b.Data[:0]
	}
	return s.err
}

// buffer returns the block's buffer, or a new one where that is too small, or still large from a monster.
func (s *stream) buffer(old []byte) []byte {
	size := s.size
	for size < 2*len(s.carry) {
		size *= 2
	}
	if cap(old) < size || cap(old) > max(8*s.size, 2*size) {
		return make([]byte, size)
	}
	return old[:size]
}

// read reads once, after discarding what is to be skipped. It returns 0 when there is no more, with the reason in
// s.rerr.
func (s *stream) read(p []byte) int {
	for s.rerr == nil && !s.more {
		n, err := s.in.r.Read(p)
		s.rerr = err
		drop := min(s.skip, int64(n))
		s.skip -= drop
		s.at += drop
		if int64(n) > drop {
			return copy(p, p[drop:n])
		}
	}
	return 0
}

// advance moves on behind what was indexed, and returns the bytes that were not.
func (s *stream) advance(b *Block, p progress, n int) []byte {
	s.number = b.First + int64(len(b.Frames))
	s.count += int64(len(b.Frames))
	rest := b.Data[p.end:n]
	b.Data = b.Data[:p.end]
	s.at += int64(p.end)
	s.more = p.more
	if p.end > 0 {
		s.skipAt = -1
	}
	if p.skip > 0 {
		drop := min(p.skip, int64(len(rest)))
		rest = rest[drop:]
		s.skip, s.skipAt = p.skip-drop, s.at
		s.at += drop
	}
	s.err = s.verdict(b, p, len(rest))
	return rest
}

// verdict says whether the source has come to an end, of which kind. The end of the file has to wait while there are
// frames to deliver.
func (s *stream) verdict(b *Block, p progress, rest int) error {
	switch {
	case p.what != "":
		return s.damage(p.what)
	case s.rerr == nil || s.more || len(b.Frames) > 0:
		return nil
	case s.rerr != io.EOF:
		if broken, ok := errors.AsType[*brokenError](s.rerr); ok {
			return s.damage(broken.what)
		}
		return fmt.Errorf("%s: %w", s.in.name, s.rerr)
	case s.wait != nil && s.wait():
		s.rerr = nil
		return errWait
	case s.skipAt >= 0:
		return s.damage("the file ends inside a record")
	case (rest > 0 || p.need > 0) && s.in.growing():
		s.rerr = nil
		return nil
	case rest > 0 || p.need > 0:
		return s.damage(fmt.Sprintf("the file ends inside a record (%d of %d bytes)", rest, p.need))
	}
	return io.EOF
}

func (s *stream) damage(what string) error {
	at := s.at
	if s.skipAt >= 0 {
		at = s.skipAt
	}
	return &DamageError{File: s.in.name, Offset: at, Packet: s.number, What: what}
}

// Info implements [Source].
func (s *stream) Info() Info {
	i := s.in.info()
	i.Packets = s.count
	s.index.describe(&i)
	return i
}

// Close implements [Source].
func (s *stream) Close() error { return s.in.Close() }
