package userrule

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"sync"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"webexaudit/analyzer/record"
)

// The types of the expressions are those of the records, with the names of their JSON members. An absent text is "", an
// absent list or histogram is empty; an absent number, time or group of members is an error, because 0 would be a fact.
// has() tells whether a member is there.

var (
	timeType = reflect.TypeFor[record.Time]()
	addrType = reflect.TypeFor[netip.Addr]()
)

// typeName of a record type in error messages.
func typeName(t reflect.Type) string { return "record." + t.Name() }

// provider tells CEL the members of the record types, and leaves the rest to the standard registry.
type provider struct {
	*types.Registry
	members map[string]map[string]*types.FieldType
	names   map[string][]string
}

// newProvider describes all record types, once.
var newProvider = sync.OnceValues(func() (*provider, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	p := &provider{registry, map[string]map[string]*types.FieldType{}, map[string][]string{}}
	for _, r := range record.Observations() {
		p.describe(reflect.TypeOf(r).Elem())
	}
	return p, nil
})

// describe adds a struct and what it holds.
func (p *provider) describe(t reflect.Type) {
	name := typeName(t)
	if p.members[name] != nil {
		return
	}
	p.members[name] = map[string]*types.FieldType{}
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if tag == "" || tag == "-" {
			continue
		}
		p.names[name] = append(p.names[name], tag)
		p.members[name][tag] = &types.FieldType{Type: p.typeOf(t.Field(i).Type),
			IsSet:   func(v any) bool { return present(member(v, i)) },
			GetFrom: func(v any) (any, error) { return p.value(member(v, i), tag) },
		}
	}
}

func member(v any, i int) reflect.Value { return reflect.Indirect(reflect.ValueOf(v)).Field(i) }

// typeOf is the CEL type of a Go type; structs on the way are described.
func (p *provider) typeOf(t reflect.Type) *types.Type {
	switch {
	case t == timeType:
		return types.TimestampType
	case t == addrType:
		return types.StringType
	}
	switch t.Kind() {
	case reflect.Pointer:
		return p.typeOf(t.Elem())
	case reflect.String:
		return types.StringType
	case reflect.Bool:
		return types.BoolType
	case reflect.Float64:
		return types.DoubleType
	case reflect.Slice:
		return types.NewListType(p.typeOf(t.Elem()))
	case reflect.Map:
		return types.NewMapType(p.typeOf(t.Key()), p.typeOf(t.Elem()))
	case reflect.Struct:
		p.describe(t)
		return types.NewObjectType(typeName(t))
	}
	return types.IntType
}

// present is what has() answers.
func present(v reflect.Value) bool {
	if v.Type() == timeType || v.Type() == addrType {
		return !v.IsZero()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil()
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() > 0
	}
	return true
}

// value is a member as CEL sees it.
func (p *provider) value(v reflect.Value, name string) (ref.Val, error) {
	if v.Type() == timeType {
		if v.IsZero() {
			return nil, absent(name)
		}
		return types.Timestamp{Time: record.Time(v.Int()).Time()}, nil
	}
	if a, ok := v.Interface().(netip.Addr); ok {
		if !a.IsValid() {
			return types.String(""), nil
		}
		return types.String(a.String()), nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, absent(name)
		}
		return p.value(v.Elem(), name)
	case reflect.String:
		return types.String(v.String()), nil
	case reflect.Bool:
		return types.Bool(v.Bool()), nil
	case reflect.Float64:
		return types.Double(v.Float()), nil
	case reflect.Slice:
		return p.list(v, name)
	case reflect.Map:
		return p.histogram(v, name)
	case reflect.Struct:
		return object{v.Interface()}, nil
	case reflect.Uint32:
		return types.Int(v.Uint()), nil
	}
	return types.Int(v.Int()), nil
}

func absent(name string) error { return fmt.Errorf("%s is absent in a record; ask with has()", name) }

func (p *provider) list(v reflect.Value, name string) (ref.Val, error) {
	list := make([]ref.Val, v.Len())
	for i := range list {
		var err error
		if list[i], err = p.value(v.Index(i), name); err != nil {
			return nil, err
		}
	}
	return types.NewRefValList(p, list), nil
}

func (p *provider) histogram(v reflect.Value, name string) (ref.Val, error) {
	m := map[ref.Val]ref.Val{}
	for it := v.MapRange(); it.Next(); {
		k, err := p.value(it.Key(), name)
		if err != nil {
			return nil, err
		}
		if m[k], err = p.value(it.Value(), name); err != nil {
			return nil, err
		}
	}
	return types.NewRefValMap(p, m), nil
}

// FindStructType implements types.Provider.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if p.members[name] == nil {
		return p.Registry.FindStructType(name)
	}
	return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
}

// FindStructFieldNames implements types.Provider.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	if p.members[name] == nil {
		return p.Registry.FindStructFieldNames(name)
	}
	return p.names[name], true
}

// FindStructFieldType implements types.Provider.
func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if p.members[name] == nil {
		return p.Registry.FindStructFieldType(name, field)
	}
	f, ok := p.members[name][field]
	return f, ok
}

// NativeToValue implements types.Adapter.
func (p *provider) NativeToValue(v any) ref.Val {
	if r, ok := v.(record.Record); ok {
		return object{reflect.Indirect(reflect.ValueOf(r)).Interface()}
	}
	return p.Registry.NativeToValue(v)
}
