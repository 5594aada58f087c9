package main

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"strings"
)

// kind is what a type is to the formats.
type kind int

const (
	isString kind = iota + 1
	isBool
	isInt
	isUint
	isFloat
	isTime   // Time of package record
	isAddr   // netip.Addr
	isOwn    // a type with its own MarshalJSON and UnmarshalJSON
	isStruct // of package record
	isPointer
	isList
	isMap
)

// shape is a type, resolved.
type shape struct {
	kind  kind
	name  string // as it stands in the source: Service, []string, *int
	basic string // of scalars the predeclared type
	elem  *shape // of pointers, lists and maps
	key   *shape // of maps
	list  bool   // isOwn: a slice, which omitempty may ask for its length
	zero  bool   // isOwn: has a method IsZero
}

var basics = map[string]kind{
	"string": isString, "bool": isBool, "float64": isFloat,
	"int": isInt, "int8": isInt, "int16": isInt, "int32": isInt, "int64": isInt,
	"uint": isUint, "uint8": isUint, "uint16": isUint, "uint32": isUint, "uint64": isUint,
}

// shape resolves a type. What would come out otherwise than in encoding/json is an error.
func (m *model) shape(t ast.Expr) (*shape, error) {
	name := text(t)
	unsupported := fmt.Errorf("type %s is not supported", name)
	methods := m.methods[name]
	switch {
	case name == "Time":
		return &shape{kind: isTime, name: name, basic: "int64"}, nil
	case name == "netip.Addr":
		return &shape{kind: isAddr, name: name}, nil
	case methods["MarshalJSON"] && methods["UnmarshalJSON"]:
		return m.own(name, m.types[name], methods), nil
	case methods["MarshalJSON"] || methods["MarshalText"]:
		return nil, fmt.Errorf("%s has a MarshalJSON or MarshalText that this generator does not know", name)
	}
	switch t := t.(type) {
	case *ast.Ident:
		return m.named(t, name)
	case *ast.SelectorExpr:
		return m.foreign(t)
	case *ast.StarExpr:
		elem, err := m.shape(t.X)
		return &shape{kind: isPointer, name: name, elem: elem}, err
	case *ast.ArrayType:
		if t.Len != nil {
			return nil, unsupported
		}
		elem, err := m.shape(t.Elt)
		return &shape{kind: isList, name: name, elem: elem}, err
	case *ast.MapType:
		return m.mapping(t, name)
	}
	return nil, unsupported
}

// mapping resolves a map: JSON's keys are texts and numbers.
func (m *model) mapping(t *ast.MapType, name string) (*shape, error) {
	key, err := m.shape(t.Key)
	if err != nil {
		return nil, err
	}
	if key.kind != isString && key.kind != isInt {
		return nil, fmt.Errorf("type %s is not supported", name)
	}
	elem, err := m.shape(t.Value)
	return &shape{kind: isMap, name: name, key: key, elem: elem}, err
}

// named resolves a name: a predeclared type, a struct, or what stands behind the name.
func (m *model) named(t *ast.Ident, name string) (*shape, error) {
	under, declared := m.types[name]
	if !declared {
		if k := basics[name]; k != 0 {
			return &shape{kind: k, name: name, basic: name}, nil
		}
		return nil, fmt.Errorf("type %s is not supported", name)
	}
	if _, ok := under.(*ast.StructType); ok {
		_, err := m.structure(name)
		return &shape{kind: isStruct, name: name}, err
	}
	s, err := m.shape(under)
	if err != nil {
		return nil, err
	}
	behind := *s
	behind.name = name
	return &behind, nil
}

// foreign resolves a type of another package: one that marshals itself. Packages of this module are read as source.
func (m *model) foreign(t *ast.SelectorExpr) (*shape, error) {
	name := text(t)
	if name == "json.RawMessage" {
		return &shape{kind: isOwn, name: name, list: true}, nil
	}
	dir, ours := strings.CutPrefix(m.imports[text(t.X)], "webexaudit/analyzer/")
	if !ours {
		return nil, fmt.Errorf("type %s is not supported", name)
	}
	other := &model{types: map[string]ast.Expr{}, docs: map[string]string{}, methods: map[string]map[string]bool{},
		kinds:  map[string]string{},
		consts: map[string][]string{}, imports: map[string]string{}}
	if err := other.read(filepath.Join(m.dir, "..", dir)); err != nil {
		return nil, err
	}
	methods := other.methods[t.Sel.Name]
	if !methods["MarshalJSON"] || !methods["UnmarshalJSON"] {
		return nil, fmt.Errorf("type %s is not supported: it has no MarshalJSON and UnmarshalJSON", name)
	}
	return m.own(name, other.types[t.Sel.Name], methods), nil
}

func (m *model) own(name string, under ast.Expr, methods map[string]bool) *shape {
	s := &shape{kind: isOwn, name: name, zero: methods["IsZero"]}
	switch under.(type) {
	case *ast.ArrayType, *ast.MapType:
		s.list = true
	}
	return s
}

// present is the condition under which a member is shown; empty: always.
func (v *member) present(value string) string {
	switch {
	case v.omit == "":
		return ""
	case v.typ.kind == isTime:
		return value + " != 0"
	case v.typ.kind == isAddr:
		return value + ".IsValid()"
	case v.typ.kind == isOwn && v.omit == "omitzero":
		return "!" + value + ".IsZero()"
	}
	return v.typ.filled(value)
}

// filled is the condition for a value that is not the zero value of its type, or an empty list or map.
func (s *shape) filled(value string) string {
	switch s.kind {
	case isString:
		return value + ` != ""`
	case isBool:
		return value
	case isPointer:
		return value + " != nil"
	case isList, isMap, isOwn:
		return "len(" + value + ") > 0"
	case isAddr:
		return value + ".IsValid()"
	}
	return value + " != 0"
}
