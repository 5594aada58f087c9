package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng 4 and 10.1). All others are skipped.
const (
	ngSectionHeader  = 0x0a0d0d0a
	ngInterface      = 1
	ngPacket         = 2 // obsolete
	ngSimplePacket   = 3
	ngStatistics     = 5
	ngEnhancedPacket = 6

	// Not packets, but Wireshark gives them a packet number.
	ngJournal    = 9
	ngCustom     = 0x00000bad
	ngCustomKeep = 0x40000bad
)

// maxBlock is the longest block that is looked into (Wireshark's limit). Blocks of other types may be of any length.
const maxBlock = 16 << 20

// maxInterfaces is how many interfaces one section may describe.
const maxInterfaces = 1 << 16

// ngIndex finds the blocks of a pcapng file: type, total length, body, total length again. It holds the state of the
// section: byte order and interfaces.
type ngIndex struct {
	big        bool
	interfaces []ngIface
	names      []string // of the interfaces of all sections, the first ones
	earlier    uint32   // interfaces of earlier sections
	trailer    uint32   // not 0: the block behind which the total length is due again was skipped
	links      []LinkType
	snaplen    uint32
	drops      ngDrops // of earlier sections
}

// ngOrder reads the byte order of a section from the start of its header.
func ngOrder(head []byte) (big, ok bool) {
	if len(head) < 12 {
		return false, false
	}
	magic := binary.LittleEndian.Uint32(head[8:])
	return magic == bits.ReverseBytes32(magicOrder), magic == magicOrder || magic == bits.ReverseBytes32(magicOrder)
}

func (x *ngIndex) u16(b []byte) uint16 {
	if x.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (x *ngIndex) u32(b []byte) uint32 {
	if x.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (x *ngIndex) u64(b []byte) uint64 {
	if x.big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// describe implements indexer.
func (x *ngIndex) describe(i *Info) {
	i.Format, i.LinkTypes, i.Snaplen = "pcapng", slices.Clone(x.links), int(min(x.snaplen, 1<<31-1))
	i.Interfaces = slices.Clone(x.names)
	d := x.drops
	d.add(x.interfaces)
	i.KernelDrops, i.InterfaceDrops = d.kernel.count(), d.device.count()
}

// index implements indexer.
func (x *ngIndex) index(b *Block) progress {
	p := progress{}
	for {
		typ, body, ok := x.next(b, &p)
		if !ok {
			return p
		}
		switch typ {
		case ngEnhancedPacket:
			p.what = x.enhanced(b, body, p.end+8)
		case ngInterface:
			p.what = x.describeInterface(body)
		case ngSectionHeader:
			p.what = x.beginSection(body)
		case ngStatistics:
			p.what = x.statistics(body)
		case ngSimplePacket:
			p.what = x.simple(b, body, p.end+8)
		case ngPacket:
			p.what = x.obsolete(b, body, p.end+8)
		case ngJournal, ngCustom, ngCustomKeep:
			b.First++
		}
		if p.what != "" {
			return p
		}
		p.end += len(body) + 12
	}
}

// next checks the block at p.end and returns its type and body if it is there as a whole. Otherwise p says what to do.
func (x *ngIndex) next(b *Block, p *progress) (typ uint32, body []byte, ok bool) {
	rest := b.Data[p.end:]
	if x.trailer != 0 {
		if rest = x.endSkipped(rest, p); p.need != 0 || p.what != "" {
			return 0, nil, false
		}
	}
	if len(rest) < 12 {
		if len(rest) > 0 {
			p.need = 12
		}
		return 0, nil, false
	}
	typ = x.u32(rest)
	if typ == ngSectionHeader { // reads the same in both byte orders
		if x.big, ok = ngOrder(rest); !ok {
			p.what = fmt.Sprintf("unknown byte-order magic %x of a section", rest[8:12])
			return 0, nil, false
		}
	}
	total := x.u32(rest[4:])
	switch {
	case total < 12 || total%4 != 0:
		p.what = fmt.Sprintf("a block of type %#x with a total length of %d bytes", typ, total)
		return 0, nil, false
	case len(b.Frames) > 0 && numbered(typ):
		p.more = true // the numbers of frames in a block have no gaps
		return 0, nil, false
	case uint64(len(rest)) >= uint64(total):
		if again := x.u32(rest[total-4:]); again != total {
			p.what = fmt.Sprintf("the lengths of a block differ (%d before, %d behind)", total, again)
			return 0, nil, false
		}
		return typ, rest[8 : total-4], true
	}
	x.await(b, p, typ, total)
	return 0, nil, false
}

// await says what to do about a block that is not there as a whole: read all of it, or skip it.
func (x *ngIndex) await(b *Block, p *progress, typ, total uint32) {
	switch {
	case !parsed(typ):
		if numbered(typ) {
			b.First++
		}
		x.trailer, p.skip = total, int64(total)-4
	case total > maxBlock:
		p.what = fmt.Sprintf("a block of %d bytes, more than the maximum of %d", total, maxBlock)
	default:
		p.need = int(total)
	}
}

// endSkipped checks the total length behind a block that was skipped, and returns what follows.
func (x *ngIndex) endSkipped(rest []byte, p *progress) []byte {
	if len(rest) < 4 {
		p.need = 4
		return nil
	}
	if again := x.u32(rest); again != x.trailer {
		p.what = fmt.Sprintf("the lengths of a block differ (%d before, %d behind)", x.trailer, again)
		return nil
	}
	x.trailer = 0
	p.end += 4
	return rest[4:]
}

// parsed reports whether blocks of a type are looked into.
func parsed(typ uint32) bool {
	switch typ {
	case ngSectionHeader, ngInterface, ngPacket, ngSimplePacket, ngStatistics, ngEnhancedPacket:
		return true
	}
	return false
}

// numbered reports whether Wireshark counts blocks of a type as packets though they are none.
func numbered(typ uint32) bool { return typ == ngJournal || typ == ngCustom || typ == ngCustomKeep }

// beginSection reads a section header: byte-order magic, version, length of the section (not needed), options.
func (x *ngIndex) beginSection(body []byte) (what string) {
	if len(body) < 16 {
		return tooShort("a section header", body)
	}
	if major, minor := x.u16(body[4:]), x.u16(body[6:]); major != 1 || minor != 0 && minor != 2 {
		return fmt.Sprintf("pcapng version %d.%d is not known", major, minor)
	}
	x.drops.add(x.interfaces)
	x.earlier += uint32(len(x.interfaces))
	x.interfaces = x.interfaces[:0]
	return ""
}

func tooShort(name string, body []byte) string {
	return fmt.Sprintf("a block of %d bytes, too short for %s", len(body)+12, name)
}

// enhanced takes an Enhanced Packet Block: interface, time (two halves), captured and original length, bytes, options.
func (x *ngIndex) enhanced(b *Block, body []byte, offset int) (what string) {
	if len(body) < 20 {
		return tooShort("a packet", body)
	}
	i, what := x.packet(b, x.u32(body), body, offset)
	if what != "" {
		return what
	}
	f := &b.Frames[len(b.Frames)-1]
	fcs := i.fcs
	if opts := body[20+padded(x.u32(body[12:])):]; len(opts) > 0 {
		fcs = x.packetOptions(i, opts)
	}
	if fcs != 0 {
		f.dropFCS(fcs)
	}
	return ""
}

// obsolete takes a Packet Block: as the enhanced one, with a count of drops in the upper half of the interface.
func (x *ngIndex) obsolete(b *Block, body []byte, offset int) (what string) {
	if len(body) < 20 {
		return tooShort("a packet", body)
	}
	i, what := x.packet(b, uint32(x.u16(body)), body, offset)
	if what != "" {
		return what
	}
	if drops := x.u16(body[2:]); drops != 0xffff {
		i.gaps.add(uint64(drops))
	}
	b.Frames[len(b.Frames)-1].dropFCS(i.fcs)
	return ""
}

// packet adds the frame of an enhanced or obsolete packet block.
func (x *ngIndex) packet(b *Block, id uint32, body []byte, offset int) (i *ngIface, what string) {
	if uint64(id) >= uint64(len(x.interfaces)) {
		return nil, fmt.Sprintf("a packet of interface %d, where the section has %d", id, len(x.interfaces))
	}
	captured, original := x.u32(body[12:]), x.u32(body[16:])
	i = &x.interfaces[id]
	if what = fits(captured, i.link, body[20:]); what != "" {
		return nil, what
	}
	x.use(i)
	b.Frames = append(b.Frames, Frame{
		Time:   i.time(uint64(x.u32(body[4:]))<<32 | uint64(x.u32(body[8:]))),
		Offset: uint32(offset + 20),
		Length: min(captured, maxFrame), WireLen: max(original, captured),
		Interface: x.earlier + id,
		Link:      i.link,
	})
	return i, ""
}

// simple takes a Simple Packet Block: original length and bytes, of the section's first interface. It has no time.
func (x *ngIndex) simple(b *Block, body []byte, offset int) (what string) {
	if len(body) < 4 {
		return tooShort("a packet", body)
	}
	if len(x.interfaces) == 0 {
		return "a packet of interface 0, where the section has 0"
	}
	i := &x.interfaces[0]
	original := x.u32(body)
	captured := original
	if i.snaplen != 0 {
		captured = min(captured, i.snaplen)
	}
	if what = fits(captured, i.link, body[4:]); what != "" {
		return what
	}
	x.use(i)
	f := Frame{Offset: uint32(offset + 4), Length: min(captured, maxFrame), WireLen: original, Interface: x.earlier,
		Link: i.link}
	f.dropFCS(i.fcs)
	b.Frames = append(b.Frames, f)
	return ""
}

// fits says what is wrong with the captured length of a packet, if anything.
func fits(captured uint32, link LinkType, room []byte) (what string) {
	switch {
	case captured > maxFrame && captured > link.largest():
		return tooLarge(captured, maxFrame)
	case padded(captured) > len(room):
		return fmt.Sprintf("a packet of %d bytes in a block with room for %d", captured, len(room))
	}
	return ""
}

// padded is a length with its padding to 32 bits.
func padded(n uint32) int { return int(n+3) &^ 3 }
