package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// writeSchema writes schema.json: the JSON Schema (draft 2020-12) of a line of the stream. Members keep the order of
// their structs.
func writeSchema(m *model) ([]byte, error) {
	s := &schemas{m: m, defs: map[string]object{}}
	var lines []any
	for _, l := range m.set {
		if err := s.structure(l.typ); err != nil {
			return nil, err
		}
		lines = append(lines, object{{"$ref", "#/$defs/" + l.typ}})
	}
	var defs object
	for _, name := range slices.Sorted(maps.Keys(s.defs)) {
		defs = append(defs, pair{name, s.defs[name]})
	}
	text, err := json.Marshal(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "A line of the JSON Lines stream of webexaudit"},
		{"description", "One object per line. Members that are not listed may be added by later versions. Times are packet times in UTC."},
		{"type", "object"}, {"required", []string{"type"}}, {"oneOf", lines}, {"$defs", defs},
	})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Indent(&b, text, "", "  ")
	b.WriteByte('\n')
	return b.Bytes(), err
}

// object is a JSON object whose members stand in this order.
type object []pair

type pair struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, p := range o {
		if i > 0 {
			b = append(b, ',')
		}
		var value bytes.Buffer
		e := json.NewEncoder(&value)
		e.SetEscapeHTML(false)
		if err := e.Encode(p.value); err != nil {
			return nil, err
		}
		b = append(fmt.Appendf(b, "%q:", p.name), bytes.TrimSpace(value.Bytes())...)
	}
	return append(b, '}'), nil
}

type schemas struct {
	m    *model
	defs map[string]object
}

// structure makes the definition of a struct type, once.
func (s *schemas) structure(name string) error {
	if _, done := s.defs[name]; done {
		return nil
	}
	s.defs[name] = nil
	of, err := s.m.structure(name)
	if err != nil {
		return err
	}
	var properties object
	var required []string
	if kind := s.m.kinds[name]; kind != "" {
		properties, required = object{{"type", object{{"const", kind}}}}, []string{"type"}
	}
	if err := s.members(of, &properties, &required); err != nil {
		return err
	}
	def := object{{"description", of.doc}, {"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		def = append(def, pair{"required", required})
	}
	s.defs[name] = def
	return nil
}

// members adds the members of a struct, those of embedded ones in their place.
func (s *schemas) members(of *structure, properties *object, required *[]string) error {
	for _, v := range of.members {
		if v.embedded {
			inner, err := s.m.structure(v.goName)
			if err != nil {
				return err
			}
			if err := s.members(inner, properties, required); err != nil {
				return err
			}
			continue
		}
		if v.json == "" {
			continue
		}
		value, err := s.value(v.typ, v.omit == "")
		if err != nil {
			return err
		}
		if v.comment != "" {
			value = append(value, pair{"description", v.comment})
		}
		*properties = append(*properties, pair{v.json, value})
		if v.omit == "" {
			*required = append(*required, v.json)
		}
	}
	return nil
}

// plainSchemas are those of types that are not made of others.
var plainSchemas = map[kind]object{
	isString: {{"type", "string"}},
	isBool:   {{"type", "boolean"}},
	isInt:    {{"type", "integer"}},
	isUint:   {{"type", "integer"}, {"minimum", 0}},
	isFloat:  {{"type", "number"}},
	isTime:   {{"type", "string"}, {"format", "date-time"}},
	isAddr:   {{"type", "string"}},
}

// value is the schema of a type. What may be nil is null where it is not left out.
func (s *schemas) value(t *shape, always bool) (object, error) {
	kind := func(name string) any {
		if always {
			return []string{name, "null"}
		}
		return name
	}
	if values := s.m.consts[t.name]; t.kind == isString && len(values) > 0 {
		return object{{"type", "string"}, {"enum", values}}, nil
	}
	if o, ok := plainSchemas[t.kind]; ok {
		return slices.Clone(o), nil
	}
	switch t.kind {
	case isStruct:
		return object{{"$ref", "#/$defs/" + t.name}}, s.structure(t.name)
	case isPointer:
		inner, err := s.value(t.elem, false)
		if always {
			inner = object{{"anyOf", []object{inner, {{"type", "null"}}}}}
		}
		return inner, err
	case isList:
		inner, err := s.value(t.elem, false)
		return object{{"type", kind("array")}, {"items", inner}}, err
	case isMap:
		inner, err := s.value(t.elem, false)
		o := object{{"type", kind("object")}, {"additionalProperties", inner}}
		if t.key.kind == isInt {
			o = append(o, pair{"propertyNames", object{{"pattern", "^-?[0-9]+$"}}})
		}
		return o, err
	}
	return object{}, nil // of its own
}
