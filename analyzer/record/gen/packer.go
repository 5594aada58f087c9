package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// packers writes pack_gen.go: functions that append each record type in its packed form, and read it.
type packers struct {
	m     *model
	out   bytes.Buffer
	done  map[string]bool
	slabs map[string]string // the slabs of Unpacker: type by name
}

func writePack(m *model) ([]byte, error) {
	w := &packers{m: m, done: map[string]bool{}, slabs: map[string]string{}}
	for _, name := range m.recordTypes() {
		if err := w.structure(name); err != nil {
			return nil, err
		}
	}
	w.entry()
	return source("record", w.out.Bytes())
}

func (w *packers) p(format string, args ...any) { fmt.Fprintf(&w.out, format, args...) }

// structure writes the two functions of a struct type, once.
func (w *packers) structure(name string) error {
	if w.done[name] {
		return nil
	}
	w.done[name] = true
	s, err := w.m.structure(name)
	if err != nil {
		return err
	}
	b := &bits{}
	for _, v := range s.members {
		if err := w.member(b, &v); err != nil {
			return fmt.Errorf("%s: %s: %w", name, v.goName, err)
		}
	}
	words := (b.n + 63) / 64
	w.p("func (p *Packer) pack%s(r *%s) {\n", name, name)
	if words > 0 {
		w.p("at := p.mask(%d)\nvar %s uint64\n", (b.n+7)/8, strings.Join([]string{"m0", "m1", "m2"}[:words], ", "))
	}
	w.p("%s", b.pack.String())
	for i := range words {
		w.p("p.setMask(at+%d, %d, m%d)\n", 8*i, b.width(i), i)
	}
	w.p("}\n\nfunc (u *Unpacker) unpack%s(r *%s) {\n*r = %s{}\n", name, name, name)
	for i := range words {
		w.p("m%d := u.mask(%d)\n", i, b.width(i))
	}
	w.p("%s}\n\n", b.unpack.String())
	return nil
}

// bits are the members of a struct that are behind its mask, and the bodies of its functions.
type bits struct {
	n            int
	pack, unpack strings.Builder
}

// width is how many bytes of the mask are in a word.
func (b *bits) width(word int) int { return min(8, (b.n+7)/8-8*word) }

// next is the next bit: the statement that sets it, and the condition that it is set.
func (b *bits) next() (set, isSet string) {
	word, bit := b.n/64, b.n%64
	b.n++
	return fmt.Sprintf("m%d |= 1 << %d", word, bit), fmt.Sprintf("m%d&(1<<%d) != 0", word, bit)
}

// member writes the statements for one member.
func (w *packers) member(b *bits, v *member) error {
	if v.typ == nil {
		return fmt.Errorf("its type cannot be packed")
	}
	value := "r." + v.goName
	if v.typ.kind == isStruct {
		fmt.Fprintf(&b.pack, "p.pack%s(&%s)\n", v.typ.name, value)
		fmt.Fprintf(&b.unpack, "u.unpack%s(&%s)\n", v.typ.name, value)
		return w.structure(v.typ.name)
	}
	pack, unpack, err := w.value(value, v.typ, v.pack)
	if err != nil {
		return err
	}
	set, isSet := b.next()
	if v.typ.kind == isBool {
		fmt.Fprintf(&b.pack, "if %s {\n%s\n}\n", value, set)
		fmt.Fprintf(&b.unpack, "%s = %s\n", value, isSet)
		return nil
	}
	fmt.Fprintf(&b.pack, "if %s {\n%s\n%s\n}\n", v.typ.notZero(value), set, pack)
	fmt.Fprintf(&b.unpack, "if %s {\n%s\n}\n", isSet, unpack)
	return nil
}

// notZero is the condition for a value that is not the zero value; an empty list is none.
func (s *shape) notZero(value string) string {
	switch s.kind {
	case isFloat:
		return "math.Float64bits(" + value + ") != 0"
	case isList, isMap:
		return value + " != nil"
	case isOwn:
		if s.zero {
			return "!" + value + ".IsZero()"
		}
		return value + " != nil"
	}
	return s.filled(value)
}

// packed are the methods of Packer and Unpacker by kind, and the type that they take.
var packed = map[kind][2]string{isString: {"Text", "string"}, isBool: {"Bool", "bool"}, isInt: {"Int", "int64"},
	isUint: {"Uint", "uint64"}, isFloat: {"Float", "float64"}, isTime: {"Time", "Time"}, isAddr: {"Addr", "netip.Addr"}}

// packedAs are methods by the tag `pack`.
var packedAs = map[string]kind{"Packet": isInt, "Bytes": isString}

// value are the statements that append a value that is not nil, and that read it.
func (w *packers) value(value string, t *shape, as string) (pack, unpack string, err error) {
	switch t.kind {
	case isStruct:
		return fmt.Sprintf("p.pack%s(&%s)", t.name, value), fmt.Sprintf("u.unpack%s(&%s)", t.name, value), w.structure(t.name)
	case isOwn:
		return fmt.Sprintf("p.own(&%s)", value), fmt.Sprintf("{\nvar v %s\nu.own(&v)\n%s = v\n}", t.name, value), nil
	case isPointer:
		return w.pointer(value, t.elem)
	case isList, isMap:
		f := title(t.function())
		return fmt.Sprintf("p.pack%s(%s)", f, value), fmt.Sprintf("%s = u.unpack%s()", value, f), w.composite(t, f)
	}
	method := packed[t.kind]
	if as != "" {
		if method[0] = title(as); packedAs[method[0]] != t.kind {
			return "", "", fmt.Errorf("tag `pack:\"%s\"` on %s is not supported", as, t.name)
		}
	}
	return fmt.Sprintf("p.%s(%s)", method[0], convert(method[1], t.name, value)),
		fmt.Sprintf("%s = %s", value, convert(t.name, method[1], "u."+method[0]+"()")), nil
}

// convert is a value of one type as another.
func convert(to, from, value string) string {
	if to == from {
		return value
	}
	return to + "(" + value + ")"
}

// pointer is value for what a pointer points at.
func (w *packers) pointer(value string, elem *shape) (pack, unpack string, err error) {
	slab := w.slab(elem)
	if elem.kind == isStruct || elem.kind == isOwn {
		pack, unpack, err = w.value("*"+value, elem, "")
		clean := strings.NewReplacer("&*", "")
		return clean.Replace(pack), fmt.Sprintf("%s = &u.%s.take(1)[0]\n%s", value, slab, clean.Replace(unpack)), err
	}
	pack, unpack, err = w.value("*"+value, elem, "")
	_, read, _ := strings.Cut(unpack, " = ")
	return pack, fmt.Sprintf("%s = u.%s.put(%s)", value, slab, read), err
}

// slab is the member of Unpacker that holds values of a type.
func (w *packers) slab(t *shape) string {
	name := "slab" + title(strings.NewReplacer("[]", "List", "*", "Pointer", ".", "").Replace(t.name))
	w.slabs[name] = "slab[" + t.name + "]"
	return name
}

// composite writes the functions of a list or map type, once.
func (w *packers) composite(t *shape, f string) error {
	if w.done[f] {
		return nil
	}
	w.done[f] = true
	if t.kind == isMap {
		return w.mapping(t, f)
	}
	pack, unpack, err := w.value("list[i]", t.elem, "")
	if err != nil {
		return err
	}
	if t.elem.kind == isPointer || t.elem.kind == isList || t.elem.kind == isMap { // may be nil
		pack = fmt.Sprintf("p.Bool(list[i] != nil)\nif list[i] != nil {\n%s\n}", pack)
		unpack = fmt.Sprintf("list[i] = nil\nif u.Bool() {\n%s\n}", unpack)
	}
	w.p("func (p *Packer) pack%s(list %s) {\np.Uint(uint64(len(list)))\nfor i := range list {\n%s\n}\n}\n\n", f, t.name, pack)
	w.p("func (u *Unpacker) unpack%s() %s {\nlist := u.%s.take(u.Len())\nfor i := range list {\n%s\n}\nreturn list\n}\n\n",
		f, t.name, w.slab(t.elem), unpack)
	return nil
}

func (w *packers) mapping(t *shape, f string) error {
	packKey, unpackKey, err := w.value("k", t.key, "")
	if err != nil {
		return err
	}
	pack, unpack, err := w.value("v", t.elem, "")
	if err != nil {
		return err
	}
	if t.elem.kind == isPointer || t.elem.kind == isList || t.elem.kind == isMap {
		pack = fmt.Sprintf("p.Bool(v != nil)\nif v != nil {\n%s\n}", pack)
		unpack = fmt.Sprintf("if u.Bool() {\n%s\n}", unpack)
	}
	slab := "slab" + f
	w.slabs[slab] = fmt.Sprintf("mapSlab[%s, %s, %s]", t.name, t.key.name, t.elem.name)
	w.p("func (p *Packer) pack%s(list %s) {\np.Uint(uint64(len(list)))\nvar space [8]%s\n", f, t.name, t.key.name)
	w.p("for _, k := range sortedKeys(list, space[:0]) {\nv := list[k]\n%s\n%s\n}\n}\n\n", packKey, pack)
	w.p("func (u *Unpacker) unpack%s() %s {\nlist := u.%s.take()\nfor range u.Len() {\n", f, t.name, slab)
	w.p("var k %s\nvar v %s\n%s\n%s\nlist[k] = v\n}\nreturn list\n}\n\n", t.key.name, t.elem.name, unpackKey, unpack)
	return nil
}

// entry writes what knows all types.
func (w *packers) entry() {
	w.p("// Record appends a record; known is false for a type of another package.\n")
	w.p("func (p *Packer) Record(r Record) (known bool) {\nswitch r := r.(type) {\n")
	for _, l := range w.m.set {
		w.p("case *%s:\np.pack%s(r)\n", l.typ, l.typ)
	}
	w.p("default:\nreturn false\n}\nreturn true\n}\n\n")
	w.p("// Record reads a record of the type of r into it; known is false for a type of another package.\n")
	w.p("func (u *Unpacker) Record(r Record) (known bool) {\nswitch r := r.(type) {\n")
	for _, l := range w.m.set {
		w.p("case *%s:\nu.unpack%s(r)\n", l.typ, l.typ)
	}
	w.p("default:\nreturn false\n}\nreturn true\n}\n\n// slabs hold what an Unpacker hands out.\ntype slabs struct {\n")
	var names []string
	for name := range w.slabs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w.p("%s %s\n", name, w.slabs[name])
	}
	w.p("}\n\nfunc (s *slabs) release() {\n")
	for _, name := range names {
		w.p("s.%s.release()\n", name)
	}
	w.p("}\n")
}
