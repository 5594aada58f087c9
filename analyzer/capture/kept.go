package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// KeptWriter writes some frames of a capture so that they can be read again as if the others had passed in between:
// with their places, their interfaces and everything else that a [Frame] tells. It belongs to one goroutine.
type KeptWriter struct {
	out    *bufio.Writer
	buffer []byte
	number int64
	clock  int64
}

// NewKeptWriter returns a writer to out.
func NewKeptWriter(out io.Writer) *KeptWriter { return &KeptWriter{out: bufio.NewWriter(out)} }

// Write appends a frame with the captured bytes b. Numbers ascend.
func (w *KeptWriter) Write(at Place, f *Frame, b []byte) error {
	h := binary.AppendUvarint(w.buffer[:0], uint64(at.Number-w.number))
	h = binary.AppendVarint(h, at.Clock-w.clock)
	h = binary.AppendVarint(h, f.Time-at.Clock)
	for _, v := range [...]uint32{f.Interface, uint32(f.Link), uint32(f.VLAN), f.WireLen, uint32(len(b))} {
		h = binary.AppendUvarint(h, uint64(v))
	}
	w.buffer, w.number, w.clock = h, at.Number, at.Clock
	_, err := w.out.Write(h)
	if err == nil {
		_, err = w.out.Write(b)
	}
	return err
}

// Close writes what is left. It does not close what it writes to.
func (w *KeptWriter) Close() error { return w.out.Flush() }

// kept reads what a KeptWriter wrote.
type kept struct {
	name  string
	in    io.ReadCloser
	r     *bufio.Reader
	last  Place
	count int64
	err   error
}

// OpenKept reads what a [KeptWriter] wrote. The blocks have Places. The name is for errors; in is closed with the
// source.
func OpenKept(name string, in io.ReadCloser) Source {
	return &kept{name: name, in: in, r: bufio.NewReaderSize(in, 64<<10)}
}

// keptFrames is how many frames a block has at most.
const keptFrames = 4096

// Next implements [Source].
func (s *kept) Next(b *Block) error {
	b.Data, b.Frames, b.Places, b.First, b.Down = b.Data[:0], b.Frames[:0], b.Places[:0], s.last.Number+1, Outage{}
	for s.err == nil && len(b.Data) < blockSize && len(b.Frames) < keptFrames {
		if s.err = s.frame(b); s.err == nil {
			b.Places = append(b.Places, s.last)
			s.count++
		}
	}
	if len(b.Frames) > 0 && s.err == io.EOF {
		return nil
	}
	return s.err
}

// frame appends the next frame to the block. io.EOF: there is none.
func (s *kept) frame(b *Block) error {
	step, err := binary.ReadUvarint(s.r)
	if err != nil {
		return s.fault(err, io.EOF)
	}
	var times [2]int64
	for i := range times {
		if times[i], err = binary.ReadVarint(s.r); err != nil {
			return s.fault(err, io.ErrUnexpectedEOF)
		}
	}
	var v [5]uint64
	for i := range v {
		if v[i], err = binary.ReadUvarint(s.r); err != nil {
			return s.fault(err, io.ErrUnexpectedEOF)
		}
	}
	s.last.Number, s.last.Clock = s.last.Number+int64(step), s.last.Clock+times[0]
	size := v[4]
	if size > maxMessage || max(v[0], v[3]) > math.MaxUint32 || max(v[1], v[2]) > math.MaxUint16 || step == 0 {
		return s.fault(errors.New("no frame begins here"), nil)
	}
	at := len(b.Data)
	b.Data = slices.Grow(b.Data, int(size))[:at+int(size)]
	if _, err := io.ReadFull(s.r, b.Data[at:]); err != nil {
		b.Data = b.Data[:at]
		return s.fault(err, io.ErrUnexpectedEOF)
	}
	b.Frames = append(b.Frames, Frame{
		Time: s.last.Clock + times[1], Offset: uint32(at), Length: uint32(size), WireLen: uint32(v[3]),
		Interface: uint32(v[0]), Link: LinkType(v[1]), VLAN: uint16(v[2]),
	})
	return nil
}

// fault is the error of a place where an end of the file would be another one.
func (s *kept) fault(err, end error) error {
	if err == io.EOF {
		err = end
	}
	if err == io.EOF {
		return err
	}
	return fmt.Errorf("%s: frame %d: %w", s.name, s.count+1, err)
}

// Info implements [Source].
func (s *kept) Info() Info { return Info{Name: s.name, Format: "kept", Packets: s.count} }

// Close implements [Source].
func (s *kept) Close() error { return s.in.Close() }
