package pcaptest

import (
	"bytes"
	"encoding/binary"
)

// stored is a capture file as its records lie in it.
type stored struct {
	kind    storedKind
	order   binary.ByteOrder
	file    []byte
	head    int      // where the records begin
	records []extent // of packets, one behind the other; other blocks may lie between them
}

// extent is where a packet lies in a file: its record, and the bytes of the packet in it.
type extent struct{ from, data, end, to int }

// storedKind is a format, as offsets of fields within a record.
type storedKind struct {
	name            string
	header          int // bytes before the packet
	captured, wire  int // lengths of the packet
	length          int // of the whole record; -1: there is no such field
	times           [2]int
	padded, trailer int // the packet's end is padded to a multiple; the length stands once more behind it
}

var (
	classicKind = storedKind{"pcap", 16, 8, 12, -1, [2]int{0, 4}, 1, 0}
	snoopKind   = storedKind{"snoop", 24, 4, 0, 8, [2]int{16, 20}, 1, 0}
	blockKind   = storedKind{"pcapng", 28, 20, 24, 4, [2]int{12, 16}, 4, 4}
)

const enhancedPacket = 6 // block type, draft-ietf-opsawg-pcapng section 4.3

// parseStored finds the records of a pcap, pcapng or snoop file, up to the first that is not whole.
func parseStored(file []byte) stored {
	s := stored{file: file, order: binary.LittleEndian}
	if len(file) < 28 {
		return s
	}
	switch magic := binary.LittleEndian.Uint32(file); {
	case bytes.HasPrefix(file, []byte("snoop\x00\x00\x00")):
		s.kind, s.head, s.order = snoopKind, 16, binary.BigEndian
	case magic == 0x0a0d0d0a:
		s.kind = blockKind
		if binary.LittleEndian.Uint32(file[8:]) != 0x1a2b3c4d {
			s.order = binary.BigEndian
		}
	case magic == 0xa1b2c3d4 || magic == 0xa1b23c4d:
		s.kind, s.head = classicKind, 24
	case magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1:
		s.kind, s.head, s.order = classicKind, 24, binary.BigEndian
	default:
		return s
	}
	for at := s.head; at+s.kind.header <= len(file); {
		e, packet := s.record(at)
		if e.to <= at || e.to > len(file) || e.end > e.to {
			break
		}
		if at = e.to; packet {
			s.records = append(s.records, e)
		}
		if len(s.records) == 0 {
			s.head = at
		}
	}
	return s
}

// record reads where a record ends, and whether it holds a packet.
func (s *stored) record(at int) (e extent, packet bool) {
	k := s.kind
	e = extent{from: at, data: at + k.header}
	e.end = e.data + int(s.order.Uint32(s.file[at+k.captured:]))
	e.to, packet = e.end, true
	if k.length >= 0 {
		e.to = at + int(s.order.Uint32(s.file[at+k.length:]))
	}
	if k == blockKind && s.order.Uint32(s.file[at:]) != enhancedPacket {
		packet, e.end = false, e.data
		if e.to < e.data {
			e.data, e.end = at, at
		}
	}
	return e, packet
}

// short is the file up to its last record within so many bytes.
func (s *stored) short(limit int) []byte {
	end := s.head
	for _, e := range s.records {
		if e.to <= limit {
			end = e.to
		}
	}
	if len(s.records) == 0 {
		return s.file[:min(limit, len(s.file))]
	}
	return s.file[:end]
}
