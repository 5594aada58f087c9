package main

import (
	"bytes"
	"fmt"
	"strings"
)

// writeCSV writes csv_gen.go: the columns of each record type, and how a record fills them. Members of nested structs
// are columns of their own, under the names that they have in Parquet.
func writeCSV(m *model) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("// csvHeaders are the names of the columns by record type.\nvar csvHeaders = map[string]string{\n")
	var bodies strings.Builder
	for _, l := range m.set {
		g := &cells{m: m, seen: map[string]bool{}}
		if err := g.structure(l.typ, "r", ""); err != nil {
			return nil, fmt.Errorf("%s: %w", l.typ, err)
		}
		fmt.Fprintf(&b, "%q: %q,\n", l.kind, strings.Join(g.names, ","))
		fmt.Fprintf(&bodies, "func (w *writer) csv%s(r *%s) {\n%s}\n\n", l.typ, l.typ, g.body.String())
	}
	b.WriteString("}\n\n// csv appends the cells of a record, each with a comma behind it; known is false for a type of another package.\n")
	b.WriteString("func (w *writer) csv(r Record) (known bool) {\nswitch r := r.(type) {\n")
	for _, l := range m.set {
		fmt.Fprintf(&b, "case *%s:\nw.csv%s(r)\n", l.typ, l.typ)
	}
	b.WriteString("default:\nreturn false\n}\nreturn true\n}\n\n" + bodies.String())
	return source("record", b.Bytes())
}

// cells are the columns of a record type.
type cells struct {
	m     *model
	names []string
	seen  map[string]bool
	body  strings.Builder
}

func (g *cells) structure(name, variable, prefix string) error {
	s, err := g.m.structure(name)
	if err != nil {
		return err
	}
	for _, v := range s.members {
		value := variable + "." + v.goName
		t := v.typ
		switch {
		case v.embedded:
			err = g.structure(v.goName, variable, prefix)
		case v.json == "":
		case t.kind == isStruct:
			err = g.structure(t.name, value, prefix+v.json+"_")
		case t.kind == isPointer && t.elem.kind == isStruct:
			err = g.pointer(t.elem.name, value, prefix+v.json+"_")
		default:
			err = g.cell(&v, value, prefix+v.json)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", v.goName, err)
		}
	}
	return nil
}

// pointer writes the cells of a struct that may be missing.
func (g *cells) pointer(name, value, prefix string) error {
	before, outer := len(g.names), g.body.String()
	g.body.Reset()
	inner := "x" + strings.ReplaceAll(strings.TrimPrefix(value, "r."), ".", "")
	if err := g.structure(name, inner, prefix); err != nil {
		return err
	}
	body := g.body.String()
	g.body.Reset()
	fmt.Fprintf(&g.body, "%sif %s := %s; %s == nil {\nw.noCells(%d)\n} else {\n%s}\n", outer, inner, value, inner, len(g.names)-before, body)
	return nil
}

// cell writes one cell: empty where JSON leaves the member out, and for an empty list.
func (g *cells) cell(v *member, value, name string) error {
	if g.seen[name] {
		return fmt.Errorf("column %s stands twice", name)
	}
	g.seen[name] = true
	g.names = append(g.names, name)
	condition := v.present(value)
	t := v.typ
	if t.kind == isList || t.kind == isMap || t.kind == isPointer || t.kind == isAddr {
		condition = t.filled(value)
	}
	if t.kind == isPointer {
		t, value = t.elem, "(*"+value+")"
	}
	statement := t.appendCell(value)
	if statement == "" {
		return fmt.Errorf("type %s makes no cell", v.typ.name)
	}
	if t.kind == isList || t.kind == isMap || t.kind == isOwn {
		statement = "start := len(w.b)\n" + statement + "\nw.csvJSON(start)"
		if condition == "" {
			statement = "{\n" + statement + "\n}"
		}
	}
	if condition != "" {
		statement = "if " + condition + " {\n" + statement + "\n}"
	}
	fmt.Fprintf(&g.body, "%s\nw.b = append(w.b, ',')\n", statement)
	return nil
}

// appendCell is the statement that appends a value of the type; empty for a type that makes no cell.
func (t *shape) appendCell(value string) string {
	switch t.kind {
	case isString:
		if t.name != "string" {
			value = "string(" + value + ")"
		}
		return "w.csvText(" + value + ")"
	case isAddr:
		return "w.csvText(" + value + ".String())"
	case isTime:
		return "w.b = " + value + ".append(w.b)"
	case isList, isMap:
		return "w." + t.function() + "(" + value + ")"
	case isOwn:
		return "w.own(&" + value + ")"
	case isStruct, isPointer:
		return ""
	}
	s := scalars[t.kind]
	if t.name != s[1] {
		value = s[1] + "(" + value + ")"
	}
	return "w." + s[0] + "(" + value + ")"
}
