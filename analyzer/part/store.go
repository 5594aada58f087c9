// Package part holds packed parts of flows until they are judged. In go, from each worker by a [Writer] of its own, the
// records of flows that have ended, packed ([record.Packer]); out come, to any number of goroutines by a [Reader] each,
// the same records in the order of their start, however many workers there were.
//
// Parts lie one behind the other in chunks of up to 256 KiB without pointers, which the garbage collector need not look
// into, and have an entry of 40 bytes in an index. Chunks that are full beyond a bound go to one temporary file
// (spill.go), the oldest first, and are read from there in ranges.
package part

import (
	"hash/crc32"
	"sync"

	"webexaudit/analyzer/record"
)

// Config of a store.
type Config struct {
	// Bound is how many bytes of full chunks are held in memory; what is more is spilled. 0 or less: no bound. The
	// chunk at hand of each writer, the index and the tables of words come on top (Stats.Held has all of it).
	Bound int64
	// Open gives the file to spill to, when the first chunk is; nil: TempFile in the default directory. A program that
	// gives up its rights to open files opens it before.
	Open func() (File, error)
}

// Store holds parts. It has two lives: writers append until Seal, then readers read until Close.
type Store struct {
	config Config

	mu      sync.Mutex
	writers []*Writer
	chunks  []chunk
	full    []uint32 // chunks that are full and in memory, the oldest first
	free    [][]byte // buffers of chunks that were spilled
	held    int64    // bytes of full chunks in memory
	spilled int64
	file    File
	err     error // why nothing can be spilled any more

	index []entry     // after Seal, in order
	again map[int]int // by part: those before it with the same id
}

// chunkSize is the space of a chunk. A part that is larger has one of its own, and the first ones of a writer are
// smaller: each is twice as large as the one before it.
const (
	chunkSize  = 256 << 10
	firstChunk = 8 << 10
)

// chunk is a run of parts of one writer.
type chunk struct {
	writer int
	data   []byte // nil: spilled
	at     int64  // where it is in the file
}

// entry is the place of a part.
type entry struct {
	start        int64
	number       int64
	id           uint64
	chunk        uint32
	offset, size uint32 // the highest bit of size: the part is marked
	crc          uint32
}

// marked is the bit of entry.size that says so.
const marked = 1 << 31

func (e *entry) bytes() int { return int(e.size &^ marked) }

// castagnoli is the CRC that processors compute.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// New makes an empty store.
func New(c Config) *Store { return &Store{config: c} }

// Stats are the counters of a store.
type Stats struct {
	Parts   int64
	Packed  int64 // bytes of all parts
	Held    int64 // bytes in memory: chunks, index, words
	Spilled int64 // bytes in the temporary file
}

// Stats counts what is held and what was spilled. Before Seal it may only be asked while no writer is at work.
func (s *Store) Stats() (t Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t = Stats{Held: s.held + entrySize*int64(cap(s.index)), Spilled: s.spilled}
	for _, w := range s.writers {
		t.Parts += w.parts
		t.Packed += w.packed
		t.Held += int64(cap(w.open)) + entrySize*int64(len(w.index)*blockSize) + w.words.Bytes()
	}
	for _, b := range s.free {
		t.Held += int64(cap(b))
	}
	return t
}

// Writer appends the parts of one worker.
type Writer struct {
	store  *Store
	number int
	words  *record.Words
	packer *record.Packer
	buffer []byte // of the part at hand
	open   []byte // the chunk at hand
	chunk  uint32
	chunks int // that were begun
	index  []*block
	last   entry // the part at hand
	parts  int64
	packed int64
	ends   int64 // the latest end of a flow
	shift  Shift // of parts that were loaded
}

// blockSize is how many entries are made at once, so that none is copied while there are more and more.
const (
	blockSize = 1 << 11
	entrySize = 40
)

type block [blockSize]entry

// Writer makes one more writer. It belongs to one goroutine.
func (s *Store) Writer() *Writer {
	w := s.writer(record.NewWords(), Shift{})
	w.packer = record.NewPacker(w.words)
	return w
}

func (s *Store) writer(words *record.Words, by Shift) *Writer {
	w := &Writer{store: s, words: words, shift: by}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.number = len(s.writers)
	s.writers = append(s.writers, w)
	return w
}

// Key is what a store knows of a part beside its bytes.
type Key struct {
	// Start, and the number of the first packet, counted through all inputs, are the part's place in the order; no two
	// parts have both in common.
	Start  record.Time
	Number int64
	ID     uint64 // Store.Again tells of parts with the same one; 0 in all parts: nobody asks
	Marked bool   // Reader.ReadMarked reads these alone
}

// Begin begins a part. What is packed with the result until End is the part.
func (w *Writer) Begin(k Key) *record.Packer {
	w.last = entry{start: int64(k.Start), number: k.Number, id: k.ID}
	if k.Marked {
		w.last.size = marked
	}
	w.packer.Start(w.buffer[:0], k.Start, k.Number)
	return w.packer
}

// End ends the part. The error is of a value that cannot be packed, and then the part is left out; or of a temporary
// file that cannot be written (*SpillError), from then on always. Parts are held in memory all the same, so that a run
// that reads no further ends with all that it saw.
func (w *Writer) End() (err error) {
	if w.buffer, err = w.packer.End(); err != nil {
		return err
	}
	return w.put()
}

// put appends the part at hand to the chunk at hand.
func (w *Writer) put() (err error) {
	if len(w.open)+len(w.buffer) > cap(w.open) || w.open == nil {
		err = w.next(len(w.buffer))
	}
	e := w.last
	e.chunk, e.offset, e.size = w.chunk, uint32(len(w.open)), e.size|uint32(len(w.buffer))
	e.crc = crc32.Checksum(w.buffer, castagnoli)
	w.open = append(w.open, w.buffer...)
	if w.parts%blockSize == 0 {
		w.index = append(w.index, new(block))
	}
	w.index[len(w.index)-1][w.parts%blockSize] = e
	w.parts++
	w.packed += int64(len(w.buffer))
	return err
}

// next seals the chunk at hand and begins one that has room for a part.
func (w *Writer) next(size int) (err error) {
	s := w.store
	s.mu.Lock()
	defer s.mu.Unlock()
	w.seal()
	if s.config.Bound > 0 {
		err = s.spill()
	}
	if n := len(s.free); n > 0 && size <= chunkSize {
		w.open, s.free = s.free[n-1], s.free[:n-1]
	} else {
		w.open = make([]byte, 0, max(size, min(firstChunk<<min(w.chunks, 8), chunkSize)))
	}
	w.chunks++
	w.chunk = uint32(len(s.chunks))
	s.chunks = append(s.chunks, chunk{writer: w.number})
	return err
}

// seal gives the chunk at hand to the store.
func (w *Writer) seal() {
	if w.open == nil {
		return
	}
	w.store.chunks[w.chunk].data = w.open
	w.store.full = append(w.store.full, w.chunk)
	w.store.held += int64(cap(w.open))
	w.open = nil
}

// Seal ends writing. From then on parts have numbers from 0 to Len in their order.
func (s *Store) Seal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, w := range s.writers {
		w.seal()
		w.buffer, w.packer = nil, nil
		n += int(w.parts)
	}
	s.index = make([]entry, 0, n)
	for _, w := range s.writers {
		for i, b := range w.index {
			s.index = append(s.index, b[:min(blockSize, int(w.parts)-i*blockSize)]...)
			w.index[i] = nil
		}
		w.index = nil
	}
	s.free = nil
	s.sort()
	s.count()
}

// Again is how many parts before this one, in their order, have the same id.
func (s *Store) Again(i int) int { return s.again[i] }

// Key is what the store knows of a part.
func (s *Store) Key(i int) Key {
	e := &s.index[i]
	return Key{record.Time(e.start), e.number, e.id, e.size&marked != 0}
}

// Shift is that of a part.
func (s *Store) Shift(i int) Shift { return s.writers[s.chunks[s.index[i].chunk].writer].shift }

// Len is how many parts there are.
func (s *Store) Len() int { return len(s.index) }

// Close lets go of everything, and of the temporary file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chunks, s.full, s.index, s.free, s.writers, s.held = nil, nil, nil, nil, nil, 0
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}
