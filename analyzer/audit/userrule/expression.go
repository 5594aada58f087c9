package userrule

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"

	"webexaudit/analyzer/record"
)

// Bounds of an expression. The cost is CEL's own count of steps for one record: a comparison is about one, a pass over
// a list one for each element and more for what is done with it. A rule may cost maxRunCost over all records of a run,
// some tens of seconds.
const (
	maxCost       = 20_000
	maxRunCost    = 200_000_000
	maxCharacters = 4_000
	maxNesting    = 50
)

// expression is compiled and may be used for any number of records.
type expression struct{ program cel.Program }

// ofFlow tells the records that belong to a flow: their expressions see it as well.
func ofFlow(recordType string) bool {
	return slices.Contains([]string{"media_stream", "media_interval", "tls_session"}, recordType)
}

// environment has the record under the name of its type, the run, and the flow of what belongs to one.
func environment(recordType string) (*cel.Env, error) {
	p, err := newProvider()
	if err != nil {
		return nil, err
	}
	names := []string{recordType, "run"}
	if ofFlow(recordType) {
		names = append(names, "flow")
	}
	slices.Sort(names)
	o := []cel.EnvOption{cel.CustomTypeAdapter(p), cel.CustomTypeProvider(p), ext.Network(),
		cel.ParserExpressionSizeLimit(maxCharacters), cel.ParserRecursionLimit(maxNesting), cel.ExtendedValidations()}
	for _, name := range slices.Compact(names) {
		o = append(o, cel.Variable(name, cel.ObjectType(typeName(recordOf(name)))))
	}
	return cel.NewEnv(o...)
}

// recordOf is the struct of a record type, or nil.
func recordOf(recordType string) reflect.Type {
	for _, r := range record.Observations() {
		if r.RecordType() == recordType {
			return reflect.TypeOf(r).Elem()
		}
	}
	return nil
}

// fault is one thing wrong with an expression; line counts from 1 within it, column from 1.
type fault struct {
	line, column int
	what         string
}

// compile checks an expression; want is nil for any type.
func compile(env *cel.Env, text string, want *types.Type) (*expression, []fault) {
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		var list []fault
		for _, e := range issues.Errors() {
			list = append(list, fault{max(e.Location.Line(), 1), e.Location.Column() + 1, e.Message})
		}
		return nil, list
	}
	if want != nil && !ast.OutputType().IsExactType(want) {
		return nil, []fault{{1, 1, fmt.Sprintf("is of type %s, want %s", ast.OutputType(), want)}}
	}
	program, err := env.Program(ast, cel.CostLimit(maxCost))
	if err != nil {
		return nil, []fault{{1, 1, err.Error()}}
	}
	return &expression{program}, nil
}

// eval computes the expression for the record and what goes with it, and adds what that cost.
func (e *expression) eval(vars map[string]any, cost *uint64) (ref.Val, error) {
	v, details, err := e.program.Eval(vars)
	if details != nil && details.ActualCost() != nil {
		*cost += *details.ActualCost()
	}
	return v, err
}

// holds is for expressions of type bool. Nil holds always.
func (e *expression) holds(vars map[string]any, cost *uint64) (bool, error) {
	if e == nil {
		return true, nil
	}
	v, err := e.eval(vars, cost)
	if err != nil {
		return false, err
	}
	b, ok := v.(types.Bool)
	if !ok {
		return false, errors.New("the expression has no truth value")
	}
	return bool(b), nil
}

// show is the value for a reader.
func (e *expression) show(vars map[string]any, cost *uint64) string {
	v, err := e.eval(vars, cost)
	switch {
	case err != nil:
		return "absent"
	case v.Type() == types.StringType:
		return fmt.Sprint(v.Value())
	}
	if s, ok := v.ConvertToType(types.StringType).(types.String); ok {
		return string(s)
	}
	return types.Format(v)
}

// variables of a record; nil where the flow it belongs to is not in the run.
func variables(r record.Record, run *record.Run, flow *record.Flow) map[string]any {
	vars := map[string]any{r.RecordType(): r}
	if run != nil {
		vars["run"] = run
	}
	if flow != nil {
		vars["flow"] = flow
	}
	return vars
}
