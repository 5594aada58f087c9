package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"reflect"
	"strconv"
	"strings"
)

// text is an expression as it stands in the source.
func text(e ast.Expr) string {
	var b bytes.Buffer
	_ = printer.Fprint(&b, token.NewFileSet(), e)
	return b.String()
}

// scalars are the methods of writer that append a value of a predeclared type, and what the value is converted to.
var scalars = map[string][2]string{
	"string": {"string", "string"}, "bool": {"bool", "bool"}, "float64": {"float", "float64"},
	"int": {"int", "int64"}, "int8": {"int", "int64"}, "int16": {"int", "int64"}, "int32": {"int", "int64"}, "int64": {"int", "int64"},
	"uint": {"uint", "uint64"}, "uint8": {"uint", "uint64"}, "uint16": {"uint", "uint64"}, "uint32": {"uint", "uint64"}, "uint64": {"uint", "uint64"},
}

// under follows names to the type that stands behind them.
func (g *generator) under(e ast.Expr) ast.Expr {
	for {
		id, ok := e.(*ast.Ident)
		if !ok || g.types[id.Name] == nil {
			return e
		}
		e = g.types[id.Name]
	}
}

// structure writes the functions of a struct type, once.
func (g *generator) structure(name string) error {
	if g.done[name] != "" {
		return nil
	}
	g.done[name] = "object" + name
	s, ok := g.types[name].(*ast.StructType)
	if !ok {
		return fmt.Errorf("%s: not a struct", name)
	}
	var body bytes.Buffer
	for _, f := range s.Fields.List {
		if err := g.field(&body, f); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	fmt.Fprintf(&g.out, "func (w *writer) object%s(r *%s) {\n\tstart := len(w.b)\n\tw.members%s(r)\n\tw.closeObject(start)\n}\n\n", name, name, name)
	fmt.Fprintf(&g.out, "func (w *writer) members%s(r *%s) {\n%s}\n\n", name, name, body.String())
	return nil
}

// field writes the statement for one field: its condition, its name, its value.
func (g *generator) field(body *bytes.Buffer, f *ast.Field) error {
	if len(f.Names) == 0 {
		return g.embedded(body, f)
	}
	tag := ""
	if f.Tag != nil {
		quoted, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			return err
		}
		tag = reflect.StructTag(quoted).Get("json")
	}
	name, options, _ := strings.Cut(tag, ",")
	for _, id := range f.Names {
		if !id.IsExported() || tag == "-" {
			continue
		}
		value := "r." + id.Name
		statement, err := g.append(value, f.Type)
		if err != nil {
			return fmt.Errorf("%s: %w", id.Name, err)
		}
		condition, err := g.present(value, f.Type, options)
		if err != nil {
			return fmt.Errorf("%s: %w", id.Name, err)
		}
		member := fmt.Sprintf("w.b = append(w.b, %s...)\n\t%s", "`,\""+cmp.Or(name, id.Name)+"\":`", statement)
		if condition != "" {
			member = fmt.Sprintf("if %s {\n\t%s\n\t}", condition, member)
		}
		fmt.Fprintf(body, "\t%s\n", member)
	}
	return nil
}

// present is the condition under which a field is shown; empty: always.
func (g *generator) present(value string, t ast.Expr, options string) (string, error) {
	switch options {
	case "":
		return "", nil
	case "omitzero":
		if name := text(t); name == "Time" {
			return value + " != 0", nil
		} else if name == "netip.Addr" {
			return value + ".IsValid()", nil
		}
	case "omitempty":
		switch u := g.under(t).(type) {
		case *ast.StarExpr:
			return value + " != nil", nil
		case *ast.ArrayType, *ast.MapType:
			return "len(" + value + ") > 0", nil
		case *ast.Ident:
			return nonzero(value, scalars[u.Name][0])
		}
	}
	return "", fmt.Errorf("tag option %q on %s is not supported", options, text(t))
}

// embedded writes the call for a struct of this package that is embedded without a tag: its members are those of the outer one.
func (g *generator) embedded(body *bytes.Buffer, f *ast.Field) error {
	name := text(f.Type)
	if _, ok := g.types[name].(*ast.StructType); !ok || f.Tag != nil {
		return fmt.Errorf("%s: embedded in this way it is not supported", name)
	}
	fmt.Fprintf(body, "\tw.members%s(&r.%s)\n", name, name)
	return g.structure(name)
}

func nonzero(value, kind string) (string, error) {
	switch kind {
	case "string":
		return value + ` != ""`, nil
	case "bool":
		return value, nil
	case "int", "uint", "float":
		return value + " != 0", nil
	}
	return "", fmt.Errorf("%s: omitempty is not supported", value)
}

// append is the statement that appends a value.
func (g *generator) append(value string, t ast.Expr) (string, error) {
	name := text(t)
	switch {
	case name == "netip.Addr":
		return "w.addr(" + value + ")", nil
	case name == "Time":
		return "w.time(" + value + ")", nil
	case g.texts[name]:
		return "", fmt.Errorf("%s has a MarshalText that this generator does not know", name)
	}
	switch u := g.under(t).(type) {
	case *ast.Ident:
		s, ok := scalars[u.Name]
		if !ok {
			return "", fmt.Errorf("type %s is not supported", name)
		}
		if u.Name == s[1] && name == u.Name {
			return fmt.Sprintf("w.%s(%s)", s[0], value), nil
		}
		return fmt.Sprintf("w.%s(%s(%s))", s[0], s[1], value), nil
	case *ast.StructType:
		return fmt.Sprintf("w.object%s(&%s)", name, value), g.structure(name)
	case *ast.StarExpr:
		return g.pointer(value, u)
	case *ast.ArrayType, *ast.MapType:
		return g.composite(value, name, u)
	}
	return "", fmt.Errorf("type %s is not supported", name)
}

func (g *generator) pointer(value string, u *ast.StarExpr) (string, error) {
	target := "*" + value
	if _, ok := g.under(u.X).(*ast.StructType); ok {
		if err := g.structure(text(u.X)); err != nil {
			return "", err
		}
		return fmt.Sprintf("if %s == nil {\nw.null()\n} else {\nw.object%s(%s)\n}", value, text(u.X), value), nil
	}
	inner, err := g.append(target, u.X)
	return fmt.Sprintf("if %s == nil {\nw.null()\n} else {\n%s\n}", value, inner), err
}

// composite writes the function of a slice or map type, once, and returns its call.
func (g *generator) composite(value, name string, u ast.Expr) (string, error) {
	f := g.done[name]
	if f != "" {
		return fmt.Sprintf("w.%s(%s)", f, value), nil
	}
	f = functionName(u, name)
	g.done[name] = f
	g.values = append(g.values, name)
	var body string
	switch u := u.(type) {
	case *ast.ArrayType:
		if u.Len != nil {
			return "", fmt.Errorf("type %s is not supported", name)
		}
		item, err := g.append("list[i]", u.Elt)
		if err != nil {
			return "", err
		}
		body = fmt.Sprintf("w.b = append(w.b, '[')\nfor i := range list {\nif i > 0 {\nw.b = append(w.b, ',')\n}\n%s\n}\nw.b = append(w.b, ']')\n", item)
	case *ast.MapType:
		item, err := g.append("v", u.Value)
		if err != nil {
			return "", err
		}
		body = fmt.Sprintf("start := len(w.b)\nvar space [8]mapKey[%s]\nfor _, k := range %s(list, space[:0]) {\nv := list[k.key]\nw.key(k.text)\n%s\n}\nw.closeObject(start)\n", text(u.Key), g.order(u), item)
	}
	fmt.Fprintf(&g.out, "func (w *writer) %s(list %s) {\nif list == nil {\nw.null()\nreturn\n}\n%s}\n\n", f, name, body)
	return fmt.Sprintf("w.%s(%s)", f, value), nil
}

// functionName is listX for []X, mapKV for map[K]V, and listD or mapD for a type D declared as one.
func functionName(u ast.Expr, name string) string {
	var kind string
	switch u := u.(type) {
	case *ast.ArrayType:
		kind = "list"
		if name == text(u) {
			name = text(u.Elt)
		}
	case *ast.MapType:
		kind = "map"
		if name == text(u) {
			name = title(text(u.Key)) + title(text(u.Value))
		}
	}
	return kind + title(strings.NewReplacer("[]", "List", "[", "", "]", "", "*", "", ".", "").Replace(name))
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// order is the function that sorts a map's keys.
func (g *generator) order(u *ast.MapType) string {
	if id, ok := g.under(u.Key).(*ast.Ident); ok && id.Name == "string" {
		return "byText"
	}
	return "byNumber"
}
