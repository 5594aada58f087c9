package pcaptest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"slices"
	"strings"
)

// Mutant is a capture file with faults.
type Mutant struct {
	File  []byte
	Sound bool // packets, their order and times were changed, and nothing of what holds them
	Steps string
}

// Mutate changes a capture file (pcap, pcapng or snoop) of at most limit bytes in some ways, which the sequence
// chooses; other is a file to splice with.
func Mutate(r *Rand, file, other []byte, limit int) Mutant {
	whole := parseStored(file)
	m := Mutant{File: slices.Clone(whole.short(limit)), Sound: true}
	var steps []string
	sound := r.Intn(3) == 0
	for range r.Range(1, 5) {
		c := changes[r.Intn(len(changes))]
		if sound && !c.sound {
			c = changes[r.Intn(soundChanges)]
		}
		s := parseStored(m.File)
		if len(m.File) < 64 || c.sound && len(s.records) == 0 {
			continue
		}
		m.File = c.change(r, &s, other)
		m.Sound = m.Sound && c.sound
		steps = append(steps, c.name)
	}
	if r.Intn(8) == 0 {
		m.pack(r, !sound && r.Intn(2) == 0)
		steps = append(steps, "gzip")
	}
	m.Steps = strings.Join(steps, ", ")
	return m
}

// pack compresses the file, and may damage the result.
func (m *Mutant) pack(r *Rand, damage bool) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(m.File)
	_ = z.Close()
	m.File = b.Bytes()
	if !damage {
		return
	}
	m.Sound = false
	switch r.Intn(3) {
	case 0:
		m.File[r.Intn(10)] ^= 1 << r.Intn(8) // the header, RFC 1952 section 2.3
	case 1:
		m.File[len(m.File)-1-r.Intn(8)] ^= 1 << r.Intn(8) // checksum and size
	default:
		m.File = m.File[:r.Intn(len(m.File))]
	}
}

// changes are the ways; the first leave the structure of a file as it is.
var changes = []struct {
	name   string
	sound  bool
	change func(r *Rand, s *stored, other []byte) []byte
}{
	{"flip bits of packets", true, flipPackets},
	{"duplicate a packet", true, duplicatePackets},
	{"drop a packet", true, dropPacket},
	{"exchange packets", true, exchangePackets},
	{"jump in time", true, jumpInTime},
	{"cut a packet", true, snapPacket},
	{"flip bits", false, func(r *Rand, s *stored, _ []byte) []byte {
		for range r.Range(1, 20) {
			s.file[r.Intn(len(s.file))] ^= 1 << r.Intn(8)
		}
		return s.file
	}},
	{"flip bits of the header", false, func(r *Rand, s *stored, _ []byte) []byte {
		s.file[r.Intn(min(max(s.head, 24), len(s.file)))] ^= 1 << r.Intn(8)
		return s.file
	}},
	{"cut", false, func(r *Rand, s *stored, _ []byte) []byte { return s.file[:r.Intn(len(s.file))] }},
	{"cut out", false, func(r *Rand, s *stored, _ []byte) []byte {
		at := r.Intn(len(s.file))
		return slices.Delete(s.file, at, min(at+r.Range(1, 200), len(s.file)))
	}},
	{"insert", false, func(r *Rand, s *stored, _ []byte) []byte {
		return slices.Insert(s.file, r.Intn(len(s.file)), r.Bytes(r.Range(1, 200))...)
	}},
	{"fill", false, func(r *Rand, s *stored, _ []byte) []byte {
		at, b := r.Intn(len(s.file)), byte(r.Intn(2)*255)
		for i := at; i < min(at+r.Range(1, 100), len(s.file)); i++ {
			s.file[i] = b
		}
		return s.file
	}},
	{"splice", false, func(r *Rand, s *stored, other []byte) []byte {
		return append(s.file[:r.Intn(len(s.file))], other[r.Intn(max(len(other), 1)):]...)
	}},
	{"change a length", false, oddLength},
}

const soundChanges = 6

// any is a packet's place in the file.
func (s *stored) any(r *Rand) extent { return s.records[r.Intn(len(s.records))] }

func flipPackets(r *Rand, s *stored, _ []byte) []byte {
	for range r.Range(1, 30) {
		if e := s.any(r); e.end > e.data {
			s.file[r.Range(e.data, e.end-1)] ^= 1 << r.Intn(8)
		}
	}
	return s.file
}

func duplicatePackets(r *Rand, s *stored, _ []byte) []byte {
	e := s.any(r)
	return slices.Insert(s.file, s.any(r).from, bytes.Repeat(s.file[e.from:e.to], r.Range(1, 4))...)
}

func dropPacket(r *Rand, s *stored, _ []byte) []byte {
	e := s.any(r)
	return slices.Delete(s.file, e.from, e.to)
}

func exchangePackets(r *Rand, s *stored, _ []byte) []byte {
	a, b := s.any(r), s.any(r)
	if b.from < a.from {
		a, b = b, a
	}
	if a.to > b.from {
		return s.file
	}
	f := s.file
	return slices.Concat(f[:a.from], f[b.from:b.to], f[a.to:b.from], f[a.from:a.to], f[b.to:])
}

// jumpInTime changes the time of one packet by seconds, days or as many years as the field has.
func jumpInTime(r *Rand, s *stored, _ []byte) []byte {
	at := s.any(r).from + s.kind.times[0]
	by := [...]uint32{1, 3600, 86_400, 1 << 31, uint32(r.Uint64())}[r.Intn(5)]
	if r.Intn(2) == 0 {
		by = -by
	}
	s.order.PutUint32(s.file[at:], s.order.Uint32(s.file[at:])+by)
	return s.file
}

// oddLength puts an odd number where a length stands: of the packet, on the wire, or of the record.
func oddLength(r *Rand, s *stored, _ []byte) []byte {
	if len(s.records) == 0 {
		return s.file
	}
	e := s.any(r)
	places := []int{e.from + s.kind.captured, e.from + s.kind.wire}
	if s.kind.length >= 0 {
		places = append(places, e.from+s.kind.length)
	}
	if s.kind.trailer > 0 {
		places = append(places, e.to-s.kind.trailer)
	}
	at := places[r.Intn(len(places))]
	was := s.order.Uint32(s.file[at:])
	odd := [...]uint32{0, 1, was - 1, was + 1, was + 4, was / 2, 1 << 16, 262_145, 1<<31 - 1, 1<<32 - 1, r.Uint32()}
	s.order.PutUint32(s.file[at:], odd[r.Intn(len(odd))])
	return s.file
}

// snapPacket captures one packet shorter than it was.
func snapPacket(r *Rand, s *stored, _ []byte) []byte {
	if len(s.records) == 0 {
		return s.file
	}
	e := s.any(r)
	keep := r.Intn(e.end - e.data + 1)
	tail := e.data + (keep+s.kind.padded-1)/s.kind.padded*s.kind.padded
	s.order.PutUint32(s.file[e.from+s.kind.captured:], uint32(keep))
	f := slices.Delete(s.file, tail, e.to-s.kind.trailer)
	put := func(at int) { s.order.PutUint32(f[at:], uint32(tail+s.kind.trailer-e.from)) }
	if s.kind.length >= 0 {
		put(e.from + s.kind.length)
	}
	if s.kind.trailer > 0 {
		put(tail)
	}
	return f
}

// Snoop is the capture as a snoop file of version 2 (RFC 1761), of Ethernet frames.
func (c *Capture) Snoop() []byte {
	b := binary.BigEndian.AppendUint32([]byte("snoop\x00\x00\x00"), 2)
	b = binary.BigEndian.AppendUint32(b, 4)
	for _, f := range c.Frames {
		pad := -len(f.Data) & 3
		for _, v := range []int{f.WireLen, len(f.Data), 24 + len(f.Data) + pad, 0, int(f.Time.Unix()),
			f.Time.Nanosecond() / 1000} {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		}
		b = append(append(b, f.Data...), make([]byte, pad)...)
	}
	return b
}
