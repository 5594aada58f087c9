package part

import (
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"webexaudit/analyzer/record"
)

// Reader reads the parts of a sealed store. It belongs to one goroutine.
type Reader struct {
	store  *Store
	words  [][]string // by writer
	unpack record.Unpacker
	parts  [][]byte // of the range at hand
	buffer []byte   // what of them was read from the file
	wanted []int    // those that are in the file
}

// Reader makes a reader.
func (s *Store) Reader() *Reader {
	r := &Reader{store: s}
	for _, w := range s.writers {
		r.words = append(r.words, w.words.List())
	}
	return r
}

// Bounds of what is read from the file at once, in bytes: of one range, and of what lies between two parts of it and is
// read with them.
const (
	readAhead = 1 << 20
	readGap   = 4 << 10
)

// errDamaged says that the temporary file does not hold what was written to it.
var errDamaged = errors.New("the temporary file is damaged")

// Read calls f for the parts from the one number until before the other, in order. Values that u hands out are valid
// until f returns. An error of f ends it.
func (r *Reader) Read(from, to int, f func(i int, u *record.Unpacker) error) error {
	for index := r.store.index; from < to; {
		n, err := r.load(to-from, func(i int) *entry { return &index[from+i] })
		if err != nil {
			return err
		}
		for i := range n {
			r.unpack.Release()
			if err := r.part(i, from+i, f); err != nil {
				return err
			}
		}
		from += n
	}
	return nil
}

// Pick calls f for the parts of these numbers. Values that u hands out are valid until the next call of a method of the
// reader.
func (r *Reader) Pick(numbers []int, f func(i int, u *record.Unpacker) error) error {
	r.unpack.Release()
	for index := r.store.index; len(numbers) > 0; {
		n, err := r.load(len(numbers), func(i int) *entry { return &index[numbers[i]] })
		if err != nil {
			return err
		}
		for i := range n {
			if err := r.part(i, numbers[i], f); err != nil {
				return err
			}
		}
		numbers = numbers[n:]
	}
	return nil
}

// part calls f for the i-th of the parts that were loaded.
func (r *Reader) part(i, number int, f func(i int, u *record.Unpacker) error) error {
	e := &r.store.index[number]
	w := r.store.chunks[e.chunk].writer
	r.unpack.Start(r.parts[i], r.words[w], record.Time(e.start), e.number-r.store.writers[w].shift.Packets)
	if err := f(number, &r.unpack); err != nil {
		return err
	}
	if _, err := r.unpack.End(); err != nil {
		return fmt.Errorf("part %d: %w", number, err)
	}
	return nil
}

// ReadMarked calls f for all marked parts, in order, as Read does.
func (r *Reader) ReadMarked(f func(i int, u *record.Unpacker) error) error {
	index := r.store.index
	for i := 0; i < len(index); i++ {
		from := i
		for i < len(index) && index[i].size&marked != 0 {
			i++
		}
		if err := r.Read(from, i, f); err != nil {
			return err
		}
	}
	return nil
}

// load finds the bytes of the first of n parts, and says how many those are: as many as can be read at once.
func (r *Reader) load(n int, at func(int) *entry) (int, error) {
	r.parts, r.wanted = r.parts[:0], r.wanted[:0]
	size := 0
	for i := range n {
		e := at(i)
		c := &r.store.chunks[e.chunk]
		if c.data != nil {
			r.parts = append(r.parts, c.data[e.offset:int(e.offset)+e.bytes()])
			continue
		}
		if size += e.bytes() + readGap; size > readAhead && i > 0 {
			break
		}
		r.wanted = append(r.wanted, i)
		r.parts = append(r.parts, nil)
	}
	return len(r.parts), r.fetch(at)
}

// place is where a part lies in the file.
func (r *Reader) place(e *entry) int64 { return r.store.chunks[e.chunk].at + int64(e.offset) }

// fetch reads the wanted parts from the file. Those that lie near each other are read together.
func (r *Reader) fetch(at func(int) *entry) error {
	slices.SortFunc(r.wanted, func(a, b int) int { return cmp.Compare(r.place(at(a)), r.place(at(b))) })
	r.buffer = r.buffer[:0]
	for wanted := r.wanted; len(wanted) > 0; {
		first := r.place(at(wanted[0]))
		n, end := 0, first
		for n < len(wanted) && r.place(at(wanted[n])) <= end+readGap {
			e := at(wanted[n])
			end = r.place(e) + int64(e.bytes())
			n++
		}
		run, err := r.readRun(first, end)
		if err != nil {
			return err
		}
		for _, i := range wanted[:n] {
			e := at(i)
			from := r.place(e) - first
			r.parts[i] = run[from : from+int64(e.bytes())]
			if crc32.Checksum(r.parts[i], castagnoli) != e.crc {
				return errDamaged
			}
		}
		wanted = wanted[n:]
	}
	return nil
}

// readRun reads a piece of the file behind what was read before it.
func (r *Reader) readRun(from, to int64) ([]byte, error) {
	n := len(r.buffer)
	r.buffer = slices.Grow(r.buffer, int(to-from))[:n+int(to-from)]
	if _, err := r.store.file.ReadAt(r.buffer[n:], from); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return r.buffer[n:], nil
}
