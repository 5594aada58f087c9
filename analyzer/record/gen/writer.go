package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// writers writes json_gen.go: functions that append each record type as JSON.
type writers struct {
	m      *model
	out    bytes.Buffer
	done   map[string]string // function by type
	values []string          // lists and maps: the cases of AppendValue
}

// scalars are the methods of writer that append a value of a predeclared type, and what the value is converted to.
var scalars = map[kind][2]string{isString: {"string", "string"}, isBool: {"bool", "bool"}, isFloat: {"float", "float64"}, isInt: {"int", "int64"}, isUint: {"uint", "uint64"}}

func writeJSON(m *model) ([]byte, error) {
	w := &writers{m: m, done: map[string]string{}}
	for _, name := range m.recordTypes() {
		if err := w.structure(name); err != nil {
			return nil, err
		}
	}
	w.entry()
	return source("record", w.out.Bytes())
}

func (w *writers) p(format string, args ...any) { fmt.Fprintf(&w.out, format, args...) }

// structure writes the functions of a struct type, once.
func (w *writers) structure(name string) error {
	if w.done[name] != "" {
		return nil
	}
	w.done[name] = "object" + name
	s, err := w.m.structure(name)
	if err != nil {
		return err
	}
	var body strings.Builder
	for _, v := range s.members {
		if err := w.member(&body, &v); err != nil {
			return fmt.Errorf("%s: %s: %w", name, v.goName, err)
		}
	}
	w.p("func (w *writer) object%s(r *%s) {\n\tstart := len(w.b)\n\tw.members%s(r)\n\tw.closeObject(start)\n}\n\n", name, name, name)
	w.p("func (w *writer) members%s(r *%s) {\n%s}\n\n", name, name, body.String())
	return nil
}

// member writes the statement for one member: its condition, its name, its value.
func (w *writers) member(body *strings.Builder, v *member) error {
	value := "r." + v.goName
	if v.embedded {
		fmt.Fprintf(body, "\tw.members%s(&%s)\n", v.goName, value)
		return w.structure(v.goName)
	}
	if v.json == "" {
		return nil
	}
	condition := v.present(value)
	statement, err := w.value(value, v.typ, condition != "")
	if err != nil {
		return err
	}
	statement = fmt.Sprintf("w.b = append(w.b, %s...)\n\t%s", "`,\""+v.json+"\":`", statement)
	if condition != "" {
		statement = fmt.Sprintf("if %s {\n\t%s\n\t}", condition, statement)
	}
	fmt.Fprintf(body, "\t%s\n", statement)
	return nil
}

// value is the statement that appends a value; there is false where a pointer may be nil.
func (w *writers) value(value string, t *shape, there bool) (string, error) {
	switch t.kind {
	case isAddr:
		return "w.addr(" + value + ")", nil
	case isTime:
		return "w.time(" + value + ")", nil
	case isOwn:
		return "w.own(&" + value + ")", nil
	case isStruct:
		return fmt.Sprintf("w.object%s(&%s)", t.name, value), w.structure(t.name)
	case isPointer:
		return w.pointer(value, t.elem, there)
	case isList, isMap:
		return w.composite(value, t)
	}
	s := scalars[t.kind]
	if t.name == s[1] {
		return fmt.Sprintf("w.%s(%s)", s[0], value), nil
	}
	return fmt.Sprintf("w.%s(%s(%s))", s[0], s[1], value), nil
}

func (w *writers) pointer(value string, elem *shape, there bool) (inner string, err error) {
	switch elem.kind {
	case isStruct:
		inner, err = fmt.Sprintf("w.object%s(%s)", elem.name, value), w.structure(elem.name)
	case isOwn:
		inner = "w.own(" + value + ")"
	default:
		inner, err = w.value("*"+value, elem, false)
	}
	if there || err != nil {
		return inner, err
	}
	return fmt.Sprintf("if %s == nil {\nw.null()\n} else {\n%s\n}", value, inner), nil
}

// composite writes the function of a list or map type, once, and returns its call.
func (w *writers) composite(value string, t *shape) (string, error) {
	f := w.done[t.name]
	if f != "" {
		return fmt.Sprintf("w.%s(%s)", f, value), nil
	}
	f = t.function()
	w.done[t.name] = f
	w.values = append(w.values, t.name)
	var body string
	if t.kind == isList {
		item, err := w.value("list[i]", t.elem, false)
		if err != nil {
			return "", err
		}
		body = fmt.Sprintf("w.b = append(w.b, '[')\nfor i := range list {\nif i > 0 {\nw.b = append(w.b, ',')\n}\n%s\n}\nw.b = append(w.b, ']')\n", item)
	} else {
		item, err := w.value("v", t.elem, false)
		if err != nil {
			return "", err
		}
		order := map[kind]string{isString: "byText", isInt: "byNumber"}[t.key.kind]
		body = fmt.Sprintf("start := len(w.b)\nvar space [8]mapKey[%s]\nfor _, k := range %s(list, space[:0]) {\nv := list[k.key]\nw.key(k.text)\n%s\n}\nw.closeObject(start)\n",
			t.key.name, order, item)
	}
	w.p("func (w *writer) %s(list %s) {\nif list == nil {\nw.null()\nreturn\n}\n%s}\n\n", f, t.name, body)
	return fmt.Sprintf("w.%s(%s)", f, value), nil
}

// function is listX for []X, mapKV for map[K]V, and listD or mapD for a type D declared as one.
func (t *shape) function() string {
	prefix, name := "list", strings.TrimPrefix(t.name, "[]")
	if t.kind == isMap {
		prefix = "map"
		if strings.HasPrefix(name, "map[") {
			name = title(t.key.name) + title(t.elem.name)
		}
	}
	return prefix + title(strings.NewReplacer("[]", "List", "[", "", "]", "", "*", "", ".", "").Replace(name))
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// entry writes the two functions that know all types.
func (w *writers) entry() {
	w.p("// record appends the members of a record, each with a comma before it; known is false for a type of another package.\n")
	w.p("func (w *writer) record(r Record) (known bool) {\n\tswitch r := r.(type) {\n")
	for _, name := range w.m.recordTypes() {
		w.p("\tcase *%s:\n\t\tw.members%s(r)\n", name, name)
	}
	w.p("\tdefault:\n\t\treturn false\n\t}\n\treturn true\n}\n\n")
	w.p("// value appends a list or map of a record's member; known is false for any other.\n")
	w.p("func (w *writer) value(v any) (known bool) {\n\tswitch v := v.(type) {\n")
	for _, t := range slices.Sorted(slices.Values(w.values)) {
		w.p("\tcase %s:\n\t\tw.%s(v)\n", t, w.done[t])
	}
	w.p("\tdefault:\n\t\treturn false\n\t}\n\treturn true\n}\n")
}
