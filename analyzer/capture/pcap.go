package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// variant is a kind of classic pcap file. The magic is the file's byte order as well.
type variant struct {
	magic        uint32
	fileHeader   int   // bytes
	recordHeader int   // bytes, of which the first 16 are the same everywhere
	tick         int64 // nanoseconds in a unit of the second time field
}

// variants is the list of them.
var variants = []variant{
	{magicMicro, 24, 16, 1000},
	{magicNano, 24, 16, 1},
	{magicModified, 24, 24, 1000},
	{magicIxiaHW, 28, 16, 1},
	{magicIxiaSW, 28, 16, 1000},
}

// pcapVariant recognises the variant by the magic in either byte order; nil: no pcap file.
func pcapVariant(head []byte) *variant {
	magic := binary.LittleEndian.Uint32(head)
	for i := range variants {
		if v := &variants[i]; v.magic == magic || v.magic == bits.ReverseBytes32(magic) {
			return v
		}
	}
	return nil
}

// pcapIndex finds the records of a classic pcap file (draft-ietf-opsawg-pcap): a time of two 32-bit fields, captured
// and original length, then the bytes.
type pcapIndex struct {
	variant
	big     bool // big-endian
	lengths lengthOrder
	link    LinkType
	largest uint32 // captured length that is believed
	fcs     uint32 // bytes of the frame check sequence at the end of each frame
	snaplen uint32
}

// lengthOrder says which of the two lengths of a record comes first: the captured one since version 2.3.
type lengthOrder uint8

const (
	capturedFirst lengthOrder = iota
	originalFirst
	smallerCaptured // version 2.3 was written both ways
)

// newPcap reads the file header. The upper half of its link type says whether frames end with a frame check sequence
// (bit 26) and of how many 16-bit units (bits 28 to 31); the rest of that half is reserved.
func newPcap(in *input, head []byte, size int) (Source, error) {
	x := &pcapIndex{variant: *pcapVariant(head)}
	x.big = binary.BigEndian.Uint32(head) == x.magic
	major, minor := x.u32(head[4:])&0xffff, x.u32(head[4:])>>16
	if x.big {
		major, minor = minor, major
	}
	if major < 2 {
		return nil, fmt.Errorf("%s: %w: pcap version %d.%d is not known", in.name, ErrFormat, major, minor)
	}
	x.lengths = lengthsOf(major, minor)
	x.snaplen = x.u32(head[16:])
	network := x.u32(head[20:])
	x.link = LinkType(network)
	x.largest = x.link.largest()
	if network&(1<<26) != 0 {
		x.fcs = frameCheck(x.link, network>>28*2)
	}
	return newStream(in, x, x.fileHeader, head, size), nil
}

// lengthsOf knows the history: 2.2 and earlier had the original length first, as has 543.0 of DG/UX.
func lengthsOf(major, minor uint32) lengthOrder {
	switch {
	case major == 2 && minor < 3, major == 543:
		return originalFirst
	case major == 2 && minor == 3:
		return smallerCaptured
	}
	return capturedFirst
}

func (x *pcapIndex) u32(b []byte) uint32 {
	if x.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// describe implements indexer.
func (x *pcapIndex) describe(i *Info) {
	i.Format, i.LinkTypes, i.Snaplen = "pcap", []LinkType{x.link}, int(min(x.snaplen, 1<<31-1))
}

// index implements indexer.
func (x *pcapIndex) index(b *Block) progress {
	data, frames, pos := b.Data, b.Frames, 0
	p := progress{}
	for {
		rest := data[pos:]
		if len(rest) < x.recordHeader {
			if len(rest) > 0 {
				p.need = x.recordHeader
			}
			break
		}
		sec, frac, captured, original := x.record((*[16]byte)(rest))
		if captured > x.largest {
			p.what = tooLarge(captured, x.largest)
			break
		}
		if p.need = x.recordHeader + int(captured); len(rest) < p.need {
			break
		}
		f := Frame{
			Time:   int64(sec)*1e9 + int64(frac)*x.tick,
			Offset: uint32(pos + x.recordHeader),
			Length: min(captured, maxFrame), WireLen: max(original, captured),
			Link: x.link,
		}
		if x.fcs != 0 {
			f.dropFCS(x.fcs)
		}
		frames = append(frames, f)
		pos += p.need
		p.need = 0
	}
	b.Frames, p.end = frames, pos
	return p
}

func tooLarge(captured, largest uint32) string {
	return fmt.Sprintf("a packet of %d bytes, more than the maximum of %d", captured, largest)
}

// record reads the part of a record header that is the same everywhere.
func (x *pcapIndex) record(h *[16]byte) (sec, frac, captured, original uint32) {
	if x.big {
		sec, frac = binary.BigEndian.Uint32(h[0:]), binary.BigEndian.Uint32(h[4:])
		captured, original = binary.BigEndian.Uint32(h[8:]), binary.BigEndian.Uint32(h[12:])
	} else {
		sec, frac = binary.LittleEndian.Uint32(h[0:]), binary.LittleEndian.Uint32(h[4:])
		captured, original = binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint32(h[12:])
	}
	if x.lengths == originalFirst || x.lengths == smallerCaptured && captured > original {
		captured, original = original, captured
	}
	return sec, frac, captured, original
}

// frameCheck is how many bytes of frame check sequence to drop: those of Ethernet, whose decoder would take them for
// payload. Other links say it in their own headers, or have none.
func frameCheck(link LinkType, n uint32) uint32 {
	if link == LinkEthernet && n <= 4 {
		return n
	}
	return 0
}

// dropFCS takes n bytes of frame check sequence off the end of a frame. A frame that was cut short may hold none of it.
func (f *Frame) dropFCS(n uint32) {
	if f.WireLen >= n {
		f.WireLen -= n
		f.Length = min(f.Length, f.WireLen)
	}
}
