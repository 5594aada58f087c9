package userrule

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// object is a record or a part of one as a value of CEL. Only its members can be used.
type object struct{ v any }

// ConvertToNative implements ref.Val.
func (o object) ConvertToNative(t reflect.Type) (any, error) {
	if reflect.TypeOf(o.v).AssignableTo(t) {
		return o.v, nil
	}
	return nil, fmt.Errorf("a record is no %s", t)
}

// ConvertToType implements ref.Val.
func (o object) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("a record cannot become %s", t.TypeName())
}

// Equal implements ref.Val.
func (o object) Equal(other ref.Val) ref.Val {
	return types.Bool(reflect.DeepEqual(o.v, other.Value()))
}

// Type implements ref.Val.
func (o object) Type() ref.Type { return types.NewObjectType(typeName(reflect.TypeOf(o.v))) }

// Value implements ref.Val.
func (o object) Value() any { return o.v }
