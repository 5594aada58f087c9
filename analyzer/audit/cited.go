package audit

import (
	"encoding/binary"
	"maps"
	"slices"

	"webexaudit/analyzer/record"
)

// Cited is the evidence of one flow as rules remember it: in one text, of a few hundred bytes where the items take a
// thousand, and with a copy of all that it says. Rules remember that of many thousands of flows, of which few come to
// be cited.
type Cited struct {
	file  string // of the first item; the others mostly have the same
	items string
}

// Which members of an item follow.
const (
	citedFile   = 1 << iota // where it is not that of the first
	citedFilter             // where it is not that of the packet numbers
	citedFields
)

// Cite packs items.
func Cite(items []record.Evidence) Cited {
	if len(items) == 0 {
		return Cited{}
	}
	c := Cited{file: items[0].File}
	var space [512]byte
	b := space[:0]
	for i := range items {
		b = c.append(b, &items[i])
	}
	c.items = string(b)
	return c
}

func (c *Cited) append(b []byte, e *record.Evidence) []byte {
	var has byte
	if e.File != c.file {
		has |= citedFile
	}
	if e.Filter != filterOf(e.PacketNumbers) {
		has |= citedFilter
	}
	if e.Fields != nil {
		has |= citedFields
	}
	b = appendTexts(append(b, has), e.Kind, e.PacketNumbers, e.CommunityID)
	for _, n := range [...]int64{e.Packets, e.FirstPacket, e.LastPacket, int64(e.Time)} {
		b = binary.AppendVarint(b, n)
	}
	if has&citedFile != 0 {
		b = appendTexts(b, e.File)
	}
	if has&citedFilter != 0 {
		b = appendTexts(b, e.Filter)
	}
	if has&citedFields != 0 {
		b = binary.AppendUvarint(b, uint64(len(e.Fields)))
		for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
			b = appendTexts(b, name, e.Fields[name])
		}
	}
	return b
}

func appendTexts(b []byte, texts ...string) []byte {
	for _, s := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

// Items are those that were packed.
func (c Cited) Items() (items []record.Evidence) {
	r := citedReader(c.items)
	for len(r) > 0 {
		has := r[0]
		r = r[1:]
		e := record.Evidence{
			File: c.file, Kind: r.text(), PacketNumbers: r.text(), CommunityID: r.text(), Packets: r.int(),
			FirstPacket: r.int(), LastPacket: r.int(), Time: record.Time(r.int()),
		}
		if has&citedFile != 0 {
			e.File = r.text()
		}
		if e.Filter = filterOf(e.PacketNumbers); has&citedFilter != 0 {
			e.Filter = r.text()
		}
		if has&citedFields != 0 {
			n := r.uint()
			e.Fields = make(map[string]string, n)
			for range n {
				name := r.text()
				e.Fields[name] = r.text()
			}
		}
		items = append(items, e)
	}
	return items
}

// citedReader is what is left to read.
type citedReader []byte

func (r *citedReader) uint() uint64 {
	v, n := binary.Uvarint(*r)
	*r = (*r)[n:]
	return v
}

func (r *citedReader) int() int64 {
	v, n := binary.Varint(*r)
	*r = (*r)[n:]
	return v
}

func (r *citedReader) text() string {
	n := r.uint()
	s := string((*r)[:n])
	*r = (*r)[n:]
	return s
}
