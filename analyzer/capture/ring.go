package capture

import (
	"encoding/binary"
	"io"
)

// Ring holds the latest frames of what can be read only once, up to a number of bytes. It is filled by one goroutine,
// and read when that has ended.
type Ring struct {
	max, size int64
	parts     []ringPart
	total     int64 // frames that were added
	names     []string
	snaplen   int
}

// ringPart is some frames that leave the ring together.
type ringPart struct {
	first  int64
	data   []byte
	frames []Frame
}

const (
	ringPartSize = 256 << 10
	ringPerFrame = 40 // bytes of a Frame
)

// NewRing is a ring for so many bytes of frames and of what is known of them.
func NewRing(bytes int64) *Ring { return &Ring{max: bytes} }

// Add adds the frames of one of several inputs. A tag that the kernel took off is put back.
func (r *Ring) Add(input int, info Info, b *Block) {
	if r.snaplen = info.Snaplen; info.Live {
		for len(r.names) <= input {
			r.names = append(r.names, "")
		}
		r.names[input] = info.Name
	} else {
		r.names = info.Interfaces
	}
	for i := range b.Frames {
		f := b.Frames[i]
		if info.Live {
			f.Interface = uint32(input)
		}
		r.add(f, b.Bytes(i))
	}
	for len(r.parts) > 1 && r.size > r.max {
		p := &r.parts[0]
		r.size -= int64(len(p.data)) + int64(len(p.frames))*ringPerFrame
		*p = ringPart{}
		r.parts = r.parts[1:]
	}
}

func (r *Ring) add(f Frame, b []byte) {
	r.total++
	if n := len(r.parts); n == 0 || int64(len(r.parts[n-1].data)) >= min(ringPartSize, r.max/4) {
		r.parts = append(r.parts, ringPart{first: r.total})
	}
	p := &r.parts[len(r.parts)-1]
	before := len(p.data)
	f.Offset = uint32(before)
	if f.VLAN != 0 && f.Link == LinkEthernet && len(b) >= 12 {
		p.data = append(p.data, b[:12]...)
		p.data = binary.BigEndian.AppendUint16(p.data, 0x8100)
		p.data = binary.BigEndian.AppendUint16(p.data, f.VLAN&0x0fff)
		b, f.VLAN, f.Length, f.WireLen = b[12:], 0, f.Length+4, f.WireLen+4
	}
	p.data = append(p.data, b...)
	p.frames = append(p.frames, f)
	r.size += int64(len(p.data)-before) + ringPerFrame
}

// First is the number of the oldest frame that is held, from 1 over all inputs; one more than there were where none is.
func (r *Ring) First() int64 {
	if len(r.parts) == 0 {
		return r.total + 1
	}
	return r.parts[0].first
}

// Source reads what is held, with the numbers that the frames had. Live inputs are its interfaces.
func (r *Ring) Source() Source {
	return &ringSource{ring: r, info: Info{Name: "live", Live: true, Format: "live",
		Packets: r.total, Snaplen: r.snaplen, Interfaces: r.names}}
}

type ringSource struct {
	ring *Ring
	next int
	info Info
}

// Next implements Source.
func (s *ringSource) Next(b *Block) error {
	if s.next == len(s.ring.parts) {
		b.Data, b.Frames = b.Data[:0], b.Frames[:0]
		return io.EOF
	}
	p := &s.ring.parts[s.next]
	s.next++
	b.Data, b.Frames, b.First = append(b.Data[:0], p.data...), append(b.Frames[:0], p.frames...), p.first
	return nil
}

// Info implements Source.
func (s *ringSource) Info() Info { return s.info }

// Close implements Source.
func (s *ringSource) Close() error { return nil }
