package part

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"webexaudit/analyzer/record"
)

// Shift is how far what is loaded lies behind what it was when it was saved: so many packets and files precede it now.
type Shift struct {
	Packets int64
	Files   int
}

// Bounds of what is believed when a store is loaded.
const (
	maxWriters = 1 << 12
	maxWords   = 1 << 20
	maxText    = 1 << 16
	maxPart    = 64 << 20
)

// Save writes the parts of a sealed store that are kept, in their order, so that Load of any store can take them in.
func (s *Store) Save(out io.Writer, keep func(i int) bool) error {
	w := bufio.NewWriter(out)
	head := binary.AppendUvarint(nil, uint64(len(s.writers)))
	for _, x := range s.writers {
		list := x.words.List()
		head = binary.AppendUvarint(head, uint64(len(list)))
		for _, text := range list {
			head = append(binary.AppendUvarint(head, uint64(len(text))), text...)
		}
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	r := s.Reader()
	for i := range s.index {
		if !keep(i) {
			continue
		}
		if err := r.save(w, &s.index[i]); err != nil {
			return err
		}
	}
	if err := w.WriteByte(0); err != nil {
		return err
	}
	return w.Flush()
}

// save writes a part: its writer from 1, what the index has of it, its bytes.
func (r *Reader) save(w *bufio.Writer, e *entry) error {
	if _, err := r.load(1, func(int) *entry { return e }); err != nil {
		return err
	}
	h := binary.AppendUvarint(w.AvailableBuffer(), uint64(r.store.chunks[e.chunk].writer)+1)
	h = binary.AppendVarint(h, e.start)
	h = binary.AppendVarint(h, e.number)
	h = binary.LittleEndian.AppendUint64(h, e.id)
	h = binary.LittleEndian.AppendUint32(h, e.crc)
	h = binary.LittleEndian.AppendUint32(h, e.size)
	if _, err := w.Write(h); err != nil {
		return err
	}
	_, err := w.Write(r.parts[0])
	return err
}

// Load appends what Save wrote, shifted. It is called before Seal.
func (s *Store) Load(in io.Reader, by Shift) error {
	r := bufio.NewReaderSize(in, 64<<10)
	writers, err := s.loadWriters(r, by)
	for err == nil {
		var n uint64
		if n, err = bound(r, uint64(len(writers))); n == 0 || err != nil {
			break
		}
		err = writers[n-1].load(r)
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// loadWriters makes a writer for each that there was, with its words.
func (s *Store) loadWriters(r *bufio.Reader, by Shift) ([]*Writer, error) {
	n, err := bound(r, maxWriters)
	if err != nil {
		return nil, err
	}
	list := make([]*Writer, n)
	for i := range list {
		n, err := bound(r, maxWords)
		if err != nil {
			return nil, err
		}
		var words []string
		for range n {
			size, err := bound(r, maxText)
			if err != nil {
				return nil, err
			}
			text := make([]byte, size)
			if _, err := io.ReadFull(r, text); err != nil {
				return nil, err
			}
			words = append(words, string(text))
		}
		list[i] = s.writer(record.WordsOf(words), by)
	}
	return list, nil
}

// load appends the part that comes next.
func (w *Writer) load(r *bufio.Reader) error {
	start, err := binary.ReadVarint(r)
	if err != nil {
		return err
	}
	number, err := binary.ReadVarint(r)
	if err != nil {
		return err
	}
	var fixed [16]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return err
	}
	w.last = entry{start: start, number: number + w.shift.Packets, id: binary.LittleEndian.Uint64(fixed[:]),
		size: binary.LittleEndian.Uint32(fixed[12:])}
	n := w.last.bytes()
	if n > maxPart {
		return fmt.Errorf("a part of %d bytes", n)
	}
	if cap(w.buffer) < n {
		w.buffer = make([]byte, n)
	}
	w.buffer = w.buffer[:n]
	if _, err := io.ReadFull(r, w.buffer); err != nil {
		return err
	}
	if w.last.size &= marked; crc32.Checksum(w.buffer, castagnoli) != binary.LittleEndian.Uint32(fixed[8:]) {
		return errors.New("a part is damaged")
	}
	return w.put()
}

// bound reads a number that is at most so large.
func bound(r *bufio.Reader, most uint64) (uint64, error) {
	n, err := binary.ReadUvarint(r)
	if err == nil && n > most {
		return 0, fmt.Errorf("a number of %d, of at most %d", n, most)
	}
	return n, err
}
