package main

import (
	"bytes"
	"fmt"
	"strings"
)

// readers writes read_gen.go: functions that read each record type from JSON.
type readers struct {
	m    *model
	out  bytes.Buffer
	done map[string]bool
}

func readJSON(m *model) ([]byte, error) {
	r := &readers{m: m, done: map[string]bool{}}
	for _, name := range m.recordTypes() {
		if err := r.structure(name); err != nil {
			return nil, err
		}
	}
	r.p("// record reads the members of a record of that type; nil for a type that this version does not know.\n")
	r.p("func (d *reader) record(kind string, more bool) Record {\n\tswitch kind {\n")
	for _, l := range m.set {
		r.p("\tcase %q:\n\t\tr := new(%s)\n\t\td.members%s(r, more)\n\t\treturn r\n", l.kind, l.typ, l.typ)
	}
	r.p("\t}\n\treturn nil\n}\n")
	return source("record", r.out.Bytes())
}

func (r *readers) p(format string, args ...any) { fmt.Fprintf(&r.out, format, args...) }

// structure writes the functions of a struct type, once.
func (r *readers) structure(name string) error {
	if r.done[name] {
		return nil
	}
	r.done[name] = true
	s, err := r.m.structure(name)
	if err != nil {
		return err
	}
	var cases, embedded strings.Builder
	for _, v := range s.members {
		switch {
		case v.embedded:
			fmt.Fprintf(&embedded, "\tif d.member%s(&r.%s, name) {\n\t\treturn true\n\t}\n", v.goName, v.goName)
			if err := r.structure(v.goName); err != nil {
				return err
			}
		case v.json != "":
			if v.json == "type" && r.m.kinds[name] != "" {
				return fmt.Errorf("%s: %s: every record has a member \"type\" of its own", name, v.goName)
			}
			if err := r.types(v.typ); err != nil {
				return err
			}
			fmt.Fprintf(&cases, "\tcase %q:\n\t\t%s\n", v.json, r.value("r."+v.goName, v.typ))
		}
	}
	r.p("func (d *reader) members%s(r *%s, more bool) {\n\tfor ; more; more = d.next('}') {\n\t\tname := d.key()\n", name, name)
	r.p("\t\tif !d.member%s(r, name) {\n\t\t\td.skip()\n\t\t}\n\t\td.within(name)\n\t}\n}\n\n", name)
	r.p("func (d *reader) member%s(r *%s, name []byte) bool {\n\tswitch string(name) {\n%s\tdefault:\n%s\t\treturn false\n\t}\n\treturn true\n}\n\n", name, name, cases.String(), embedded.String())
	return nil
}

// types writes the functions of the types that a member is made of.
func (r *readers) types(t *shape) error {
	switch t.kind {
	case isStruct:
		return r.structure(t.name)
	case isPointer:
		return r.types(t.elem)
	case isList, isMap:
		return r.composite(t)
	}
	return nil
}

// value is the statement that reads a value. JSON's null leaves a plain value as it is, and is nil for all others.
func (r *readers) value(value string, t *shape) string {
	switch t.kind {
	case isStruct:
		return fmt.Sprintf("if !d.null() {\n d.members%s(&%s, d.open('{'))\n}", t.name, value)
	case isPointer:
		inner := fmt.Sprintf("d.members%s(%s, d.open('{'))", t.elem.name, value)
		if t.elem.kind != isStruct {
			inner = strings.ReplaceAll(r.value("*"+value, t.elem), "&*", "")
		}
		return fmt.Sprintf("if d.null() {\n%s = nil\n} else {\n%s = new(%s)\n%s\n}", value, value, t.elem.name, inner)
	case isList, isMap:
		return fmt.Sprintf("%s = d.%s()", value, t.function())
	case isOwn:
		return fmt.Sprintf("d.own(&%s)", value)
	}
	f := map[kind]string{isString: "readString", isBool: "readBool", isInt: "readInt", isUint: "readUint", isFloat: "readFloat", isTime: "readTime", isAddr: "readAddr"}[t.kind]
	return fmt.Sprintf("%s(d, &%s)", f, value)
}

// composite writes the function of a list or map type, once.
func (r *readers) composite(t *shape) error {
	f := t.function()
	if r.done[f] {
		return nil
	}
	r.done[f] = true
	if err := r.types(t.elem); err != nil {
		return err
	}
	if t.kind == isList {
		r.p("func (d *reader) %s() (list %s) {\nif d.null() {\nreturn nil\n}\nlist = %s{}\nfor more := d.open('['); more; more = d.next(']') {\n", f, t.name, t.name)
		r.p("var v %s\n%s\nlist = append(list, v)\n}\nreturn list\n}\n\n", t.elem.name, r.value("v", t.elem))
		return nil
	}
	key := map[kind]string{isString: "textKey", isInt: "numberKey"}[t.key.kind]
	r.p("func (d *reader) %s() (list %s) {\nif d.null() {\nreturn nil\n}\nlist = %s{}\nfor more := d.open('{'); more; more = d.next('}') {\n", f, t.name, t.name)
	r.p("name := d.key()\nk := %s[%s](d, name)\nvar v %s\n%s\nd.within(name)\nlist[k] = v\n}\nreturn list\n}\n\n", key, t.key.name, t.elem.name, r.value("v", t.elem))
	return nil
}
