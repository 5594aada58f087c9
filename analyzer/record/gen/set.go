package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// recordTypes are the names of the record types, sorted.
func (m *model) recordTypes() []string { return slices.Sorted(maps.Keys(m.kinds)) }

// writeSet writes set_gen.go: what has to know all record types and the members of Set that hold them.
func writeSet(m *model) ([]byte, error) {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("import \"iter\"\n\n// Types is one empty record of each type, in the order of the contract.\nfunc Types() []Record {\nreturn []Record{\n")
	for _, l := range m.set {
		p("new(%s),\n", l.typ)
	}
	p("}\n}\n\n// Add puts a record where it belongs; known is false for a type of another package.\n")
	p("func (s *Set) Add(r Record) (known bool) {\nswitch r := r.(type) {\n")
	for _, l := range m.set {
		if l.many {
			p("case *%s:\ns.%s = append(s.%s, r)\n", l.typ, l.field, l.field)
		} else {
			p("case *%s:\ns.%s = r\n", l.typ, l.field)
		}
	}
	p("default:\nreturn false\n}\nreturn true\n}\n\n// Of yields the records of a type, in order.\n")
	p("func (s *Set) Of(kind string) iter.Seq[Record] {\nreturn func(yield func(Record) bool) {\nswitch kind {\n")
	for _, l := range m.set {
		p("case %q:\n", l.kind)
		switch {
		case l.each != "":
			p("for r := range s.%s {\nif !yield(r) {\nreturn\n}\n}\n", l.each)
		case l.many:
			p("for _, r := range s.%s {\nif !yield(r) {\nreturn\n}\n}\n", l.field)
		default:
			p("if s.%s != nil {\nyield(s.%s)\n}\n", l.field, l.field)
		}
	}
	p("}\n}\n}\n")
	return source("record", b.Bytes())
}
