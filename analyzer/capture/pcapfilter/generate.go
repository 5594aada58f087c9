package pcapfilter

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/net/bpf"
)

// generator writes a program from its end to its beginning: all jumps go forward, so that it is known how far away
// their targets are. A place in the program is the number of instructions from there to its end.
type generator struct {
	code     []bpf.Instruction // the last one first
	ethernet bool
	taken    bool // the outer VLAN tag is not in the frame; the kernel has it
}

// put writes an instruction before those there are, and returns its place.
func (g *generator) put(i bpf.Instruction) int {
	g.code = append(g.code, i)
	return len(g.code)
}

// program is what was written, in the order of its execution.
func (g *generator) program() ([]bpf.RawInstruction, error) {
	code := make([]bpf.Instruction, len(g.code))
	for i := range code {
		code[i] = g.code[len(code)-1-i]
	}
	return bpf.Assemble(code)
}

// jump compares the accumulator and goes to one of two places.
func (g *generator) jump(cond bpf.JumpTest, value uint32, yes, no int) int {
	yes = g.near(yes)
	no = g.near(no)
	place := len(g.code) + 1
	return g.put(bpf.JumpIf{Cond: cond, Val: value, SkipTrue: uint8(place - yes - 1), SkipFalse: uint8(place - no - 1)})
}

// near is a place from which a far one is reached: conditions jump over 255 instructions at most. (One more may come
// between.)
func (g *generator) near(to int) int {
	if len(g.code)+1-to <= 255 {
		return to
	}
	return g.skip(to)
}

// skip goes to a place whatever there is.
func (g *generator) skip(to int) int { return g.put(bpf.Jump{Skip: uint32(len(g.code) - to)}) }

// node is a part of an expression. Emit writes it so that it goes to one of two places, and returns where it begins,
// which may be one of them.
type node interface {
	emit(g *generator, yes, no int) int
}

type (
	both     struct{ a, b node }
	either   struct{ a, b node }
	negation struct{ a node }
	constant bool
)

func (n both) emit(g *generator, yes, no int) int { return n.a.emit(g, n.b.emit(g, yes, no), no) }

func (n either) emit(g *generator, yes, no int) int { return n.a.emit(g, yes, n.b.emit(g, yes, no)) }

func (n negation) emit(g *generator, yes, no int) int { return n.a.emit(g, no, yes) }

func (n constant) emit(_ *generator, yes, no int) int {
	if n {
		return yes
	}
	return no
}

// anyOf is true where one of them is.
func anyOf(list ...node) node {
	n := list[len(list)-1]
	for i := len(list) - 2; i >= 0; i-- {
		n = either{list[i], n}
	}
	return n
}

// Ethernet types (IEEE 802, IANA) and IP protocols (IANA) of the words, and the offset of an IPv6 payload.
const (
	typeIP, typeARP, typeRARP, typeIP6 = 0x0800, 0x0806, 0x8035, 0x86dd

	ip6Fragment = 44
	ip6Header   = 40
)

var (
	etherTypes = map[string]uint32{"ip": typeIP, "arp": typeARP, "rarp": typeRARP, "ip6": typeIP6}
	protocols  = map[string]uint32{"icmp": 1, "tcp": 6, "udp": 17, "icmp6": 58, "sctp": 132}
	tagTypes   = []uint32{0x8100, 0x88a8, 0x9100}
)

// behind is the offset of something behind a number of VLAN tags.
func (g *generator) behind(tags int) uint32 {
	if g.taken && tags > 0 {
		tags--
	}
	return uint32(4 * tags)
}

// payload is the offset of the network layer's header.
func (g *generator) payload(tags int) uint32 {
	if !g.ethernet {
		return 0
	}
	return 14 + g.behind(tags)
}

// network is a test for the type of the network layer.
type network struct {
	etherType uint32
	tags      int
}

func (n network) emit(g *generator, yes, no int) int {
	if g.ethernet {
		g.jump(bpf.JumpEqual, n.etherType, yes, no)
		return g.put(bpf.LoadAbsolute{Off: 12 + g.behind(n.tags), Size: 2})
	}
	version, ok := map[uint32]uint32{typeIP: 0x40, typeIP6: 0x60}[n.etherType]
	if !ok {
		return no
	}
	g.jump(bpf.JumpEqual, version, yes, no)
	g.put(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0})
	return g.put(bpf.LoadAbsolute{Off: 0, Size: 1})
}

// tag is a test for a VLAN tag behind depth others, with an identifier or (-1) any.
type tag struct{ depth, id int }

func (t tag) emit(g *generator, yes, no int) int {
	if g.taken && t.depth == 0 {
		if t.id < 0 {
			return yes
		}
		t.identifier(g, yes, no)
		return g.put(bpf.LoadExtension{Num: bpf.ExtVLANTag})
	}
	at := 12 + g.behind(t.depth)
	if t.id >= 0 {
		t.identifier(g, yes, no)
		yes = g.put(bpf.LoadAbsolute{Off: at + 2, Size: 2})
	}
	for _, tpid := range tagTypes {
		no = g.jump(bpf.JumpEqual, tpid, yes, no)
	}
	return g.put(bpf.LoadAbsolute{Off: at, Size: 2})
}

// identifier compares the low twelve bits of the accumulator.
func (t tag) identifier(g *generator, yes, no int) {
	g.jump(bpf.JumpEqual, uint32(t.id), yes, no)
	g.put(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xfff})
}

// field is a test of a field of the network layer's header.
type field struct {
	off, size   int
	mask, value uint32
	tags        int
}

func (f field) emit(g *generator, yes, no int) int {
	g.jump(bpf.JumpEqual, f.value, yes, no)
	if f.mask != ^uint32(0) {
		g.put(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: f.mask})
	}
	return g.put(bpf.LoadAbsolute{Off: g.payload(f.tags) + uint32(f.off), Size: f.size})
}

// octet is a test of one byte.
func octet(off int, value uint32, tags int) node { return field{off, 1, ^uint32(0), value, tags} }

// protocolAlone is a protocol's name by itself.
func protocolAlone(name string, tags int) node {
	if t, ok := etherTypes[name]; ok {
		return network{t, tags}
	}
	family := map[string]string{"icmp": "ip", "icmp6": "ip6"}[name]
	return protocol(family, protocols[name], tags)
}

// protocol is a number in the header of IPv4 or in that of IPv6, there also behind a header of fragments.
func protocol(family string, n uint32, tags int) node {
	v4 := both{network{typeIP, tags}, octet(9, n, tags)}
	v6 := both{network{typeIP6, tags}, either{octet(6, n, tags),
		both{octet(6, ip6Fragment, tags), octet(ip6Header, n, tags)}}}
	switch family {
	case "ip":
		return v4
	case "ip6":
		return v6
	}
	return either{v4, v6}
}

// directed is a test of one of two ends, or of both.
func directed(dir string, src, dst node) node {
	switch dir {
	case "src":
		return src
	case "dst":
		return dst
	case "both":
		return both{src, dst}
	}
	return either{src, dst}
}

// addresses is a test for a host or a prefix: in IPv4, ARP and RARP, or in IPv6.
func addresses(q qualifier, p netip.Prefix, tags int) node {
	if p.Addr().Is6() {
		ends := directed(q.dir, prefixed(8, p, tags), prefixed(24, p, tags))
		return both{network{typeIP6, tags}, ends}
	}
	v4 := both{network{typeIP, tags}, directed(q.dir, prefixed(12, p, tags), prefixed(16, p, tags))}
	ends := directed(q.dir, prefixed(14, p, tags), prefixed(24, p, tags))
	switch q.proto {
	case "ip":
		return v4
	case "arp", "rarp":
		return both{network{etherTypes[q.proto], tags}, ends}
	}
	return either{v4, both{either{network{typeARP, tags}, network{typeRARP, tags}}, ends}}
}

// prefixed is a test for an address at an offset, word by word.
func prefixed(off int, p netip.Prefix, tags int) node {
	b := p.Addr().AsSlice()
	var n node = constant(true)
	for i := len(b) - 4; i >= 0; i -= 4 {
		mask := ^uint32(0) << max(0, min(32, 32-(p.Bits()-8*i)))
		if mask != 0 {
			n = both{field{off + i, 4, mask, binary.BigEndian.Uint32(b[i:]), tags}, n}
		}
	}
	return n
}

// port is a test of a port behind the header of IPv4, whose length is in the index register, or at a fixed offset.
type port struct {
	off      int
	indexed  bool
	from, to uint32
	tags     int
}

func (p port) emit(g *generator, yes, no int) int {
	if p.from == p.to {
		g.jump(bpf.JumpEqual, p.from, yes, no)
	} else {
		above := g.jump(bpf.JumpGreaterThan, p.to, no, yes)
		g.jump(bpf.JumpGreaterOrEqual, p.from, above, no)
	}
	off := g.payload(p.tags) + uint32(p.off)
	if p.indexed {
		return g.put(bpf.LoadIndirect{Off: off, Size: 2})
	}
	return g.put(bpf.LoadAbsolute{Off: off, Size: 2})
}

// unfragmented is a test for the first fragment of an IPv4 packet, or a whole one; then it loads the header's length
// into the index register.
type unfragmented struct{ tags int }

func (u unfragmented) emit(g *generator, yes, no int) int {
	at := g.payload(u.tags)
	if yes < len(g.code) {
		g.skip(yes)
	}
	yes = g.put(bpf.LoadMemShift{Off: at})
	g.jump(bpf.JumpBitsSet, 0x1fff, no, yes)
	return g.put(bpf.LoadAbsolute{Off: at + 6, Size: 2})
}

// ports is a test for a range of ports of TCP, UDP or SCTP.
func ports(q qualifier, from, to uint32, tags int) node {
	ofProto := func(off int) node {
		if q.proto != "" {
			return octet(off, protocols[q.proto], tags)
		}
		return anyOf(octet(off, protocols["udp"], tags), octet(off, protocols["tcp"], tags), octet(off, protocols["sctp"], tags))
	}
	v4 := directed(q.dir, port{0, true, from, to, tags}, port{2, true, from, to, tags})
	v6 := directed(q.dir, port{ip6Header, false, from, to, tags}, port{ip6Header + 2, false, from, to, tags})
	return either{
		both{network{typeIP, tags}, both{ofProto(9), both{unfragmented{tags}, v4}}},
		both{network{typeIP6, tags}, both{ofProto(6), v6}},
	}
}
