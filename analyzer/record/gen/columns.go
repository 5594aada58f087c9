package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// column is a column of a Parquet table.
type column struct {
	name, goName string
	member       string // in Go
	id, place    int    // its place is that of its id, but for some old ones
	form         form
	typ          *shape
	null, dict   bool
	omitted      bool // a zero value means that it is not known
	meaning      string
	value        string             // the member, from the variable that holds its struct
	given        string             // the condition under which it is known; "": always
	statement    func(i int) string // gives the value of column i
	group        *group
}

// form is the type of a column, in the words of docs/parquet.md.
type form string

const (
	anInt32     form = "int32"
	anInt64     form = "int64"
	aDouble     form = "double"
	aBoolean    form = "boolean"
	aString     form = "string"
	aJSON       form = "json"
	aTimestamp  form = "timestamp"
	aListOfText form = "list"
)

// group is a nested struct: its columns are filled where its pointer is not nil. The outermost group has no pointer.
type group struct {
	outer    *group
	variable string
	pointer  string // from the outer variable; "" where there is none
	columns  []*column
	inner    []*group
}

// table is a Parquet table.
type table struct {
	listed
	top     *group
	columns []*column // in their order
}

// tables are those that Set names.
func (m *model) tables() (list []*table, err error) {
	for _, l := range m.set {
		if l.table == "" {
			continue
		}
		t := &table{listed: l, top: &group{variable: "x"}}
		if err := m.flatten(t, t.top, l.of, level{path: "x"}); err != nil {
			return nil, fmt.Errorf("table %s: %w", l.table, err)
		}
		slices.SortStableFunc(t.columns, func(a, b *column) int { return cmp.Compare(a.place, b.place) })
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("table %s: %w", l.table, err)
		}
		list = append(list, t)
	}
	return list, nil
}

// check refuses names and field ids that stand twice.
func (t *table) check() error {
	seen := map[string]string{}
	for _, c := range t.columns {
		for _, key := range []string{"column " + c.name, "field id " + strconv.Itoa(c.id), "name " + c.goName} {
			if seen[key] != "" {
				return fmt.Errorf("%s is of %s and of %s; the next free field id is %d", key, seen[key], c.member, t.free())
			}
			seen[key] = c.member
		}
	}
	return nil
}

// free is the next free field id.
func (t *table) free() int {
	free := 5
	for _, c := range t.columns {
		free = max(free, c.id+1)
	}
	return free
}

// level is where a struct stands within a row.
type level struct {
	path, prefix, goPrefix string
	null                   bool // the struct may be missing
	base                   int  // is added to the field ids
	missing                string
}

// flatten adds the columns of a struct.
func (m *model) flatten(t *table, g *group, name string, at level) error {
	s, err := m.structure(name)
	if err != nil {
		return err
	}
	for _, v := range s.members {
		if err := m.flattenMember(t, g, &v, at); err != nil {
			return fmt.Errorf("%s.%s: %w", name, v.goName, err)
		}
	}
	return nil
}

func (m *model) flattenMember(t *table, g *group, v *member, at level) error {
	if v.embedded {
		return m.flatten(t, g, v.goName, at)
	}
	if v.json == "" || v.column == "-" {
		if v.why == "" {
			return fmt.Errorf("left out without a reason: want the tag `why`")
		}
		return nil
	}
	target := v.typ
	if target.kind == isPointer {
		target = target.elem
	}
	if target.kind == isStruct {
		return m.flattenStruct(t, g, v, target.name, at)
	}
	c, err := v.tableColumn(at)
	if err != nil {
		return fmt.Errorf("%w; the next free field id of table %s is %d", err, t.table, t.free())
	}
	c.group = g
	if at.missing != "" && len(g.columns) == 0 {
		c.meaning += "; all `" + at.prefix + "` columns are NULL " + at.missing
	}
	g.columns = append(g.columns, c)
	t.columns = append(t.columns, c)
	return nil
}

func (m *model) flattenStruct(t *table, g *group, v *member, name string, at level) error {
	options := strings.Split(v.column, ",")
	at.missing = ""
	at.path += "." + v.goName
	if options[0] != "flat" {
		at.prefix += v.json + "_"
		at.goPrefix += v.goName
	}
	if n, ok := strings.CutPrefix(options[0], "+"); ok {
		base, err := strconv.Atoi(n)
		if err != nil {
			return err
		}
		at.base = base
	}
	if v.typ.kind == isPointer && (options[0] != "flat" || slices.Contains(options, "null")) {
		inner := &group{outer: g, variable: g.variable + "x", pointer: at.path}
		g.inner = append(g.inner, inner)
		g, at.path, at.null = inner, inner.variable, true
		if after, ok := strings.CutPrefix(v.comment, "absent "); ok {
			at.missing = after
		}
	}
	return m.flatten(t, g, name, at)
}

// tableColumn reads the tag of a member that is one column.
func (v *member) tableColumn(at level) (*column, error) {
	options := strings.Split(v.column, ",")
	id, err := strconv.Atoi(options[0])
	if err != nil {
		return nil, fmt.Errorf("no field id: want the tag `parquet:\"N\"`, or `parquet:\"-\" why:\"...\"`")
	}
	if v.comment == "" {
		return nil, fmt.Errorf("no comment, which is the column's meaning in docs/parquet.md")
	}
	c := &column{
		name: at.prefix + v.json, goName: at.goPrefix + v.goName, member: v.goName, id: at.base + id, typ: v.typ, meaning: v.comment,
		value: at.path + "." + v.goName, null: at.null || v.typ.kind == isPointer, omitted: v.omit != "",
	}
	c.place = 10 * c.id
	for _, o := range options[1:] {
		if err := c.option(o, at.goPrefix); err != nil {
			return nil, err
		}
	}
	return c, c.convert()
}

// option reads an option of the tag.
func (c *column) option(o, goPrefix string) (err error) {
	name, value, _ := strings.Cut(o, "=")
	switch name {
	case "dict":
		c.dict = true
	case "null":
		c.null = true
	case "zero":
		c.omitted = false
	case "json":
		c.form = aJSON
	case "name":
		c.name, c.goName = value, goPrefix+camel(value)
	case "after":
		c.place, err = strconv.Atoi(value)
		c.place = 10*c.place + 1
	default:
		err = fmt.Errorf("tag option %q is not known", o)
	}
	return err
}

// convert chooses the column's type, when it has a value, and how that is given to the writer.
func (c *column) convert() error {
	t, v := c.typ, c.value
	pointer := t.kind == isPointer
	if pointer {
		t, v, c.given = t.elem, "*"+v, v+" != nil"
	}
	ok := false
	switch t.kind {
	case isBool, isFloat, isInt, isUint:
		ok = c.number(t, v, pointer)
	case isString:
		ok = c.text(t, v, pointer)
	case isAddr:
		c.form, c.null = aString, c.null || c.omitted
		ok = c.put("Addr", v) && !pointer
		if c.null {
			c.given = v + ".IsValid()"
		}
	case isTime:
		c.form, c.null = aTimestamp, c.null || c.omitted
		ok = c.put("Int64", "micros("+v+")") && !pointer
		if c.null {
			c.given = v + " != 0"
		}
	case isList, isMap, isOwn:
		c.many(t)
		ok = !pointer || t.kind == isOwn
	}
	if !ok {
		return fmt.Errorf("type %s makes no column", c.typ.name)
	}
	return nil
}

// put gives a value by a method of the writer. It is true, for what may follow.
func (c *column) put(method, value string) bool {
	c.statement = func(i int) string { return fmt.Sprintf("w.%s(%d, %s)", method, i, value) }
	return true
}

// call gives a value by a function.
func (c *column) call(function, value string) {
	c.statement = func(i int) string { return fmt.Sprintf("%s(w, %d, %s)", function, i, value) }
}

// number is a column of numbers or booleans. Where a number is left out of JSON its zero means that it is not known.
func (c *column) number(t *shape, v string, pointer bool) (ok bool) {
	c.form, ok = map[string]form{"bool": aBoolean, "float64": aDouble, "int": anInt32, "int64": anInt64, "uint32": anInt64}[t.name]
	unknown := c.omitted && t.kind != isBool
	c.null = c.null || unknown
	if unknown && !pointer {
		c.given = v + " != 0"
	}
	switch t.name {
	case "int":
		v = "int32(" + v + ")"
	case "uint32":
		v = "int64(" + v + ")"
		ok = ok && !c.null
	}
	method := map[form]string{aBoolean: "Bool", aDouble: "Double", anInt32: "Int32", anInt64: "Int64"}[c.form]
	return c.put(method, v) && ok
}

// text is a column of strings. NULL stands for "" where that means unknown.
func (c *column) text(t *shape, v string, pointer bool) (ok bool) {
	c.null = c.null || c.omitted
	form := c.form
	c.form = aString
	if c.null {
		c.given = v + ` != ""`
		if pointer {
			c.given = v[1:] + " != nil && " + c.given
		}
	}
	if t.name != "string" {
		v = "string(" + v + ")"
	}
	return c.put("Text", v) && form == ""
}

// many is a column of lists, or of JSON text.
func (c *column) many(t *shape) {
	switch {
	case t.kind == isList && c.form == "" && t.elem.kind == isString:
		c.null, c.form = false, aListOfText
		c.call("columnar.Texts", c.value)
	case t.kind == isList && c.form == "" && t.elem.name == "int":
		c.null, c.form = false, aListOfText
		c.call("columnar.Numbers", c.value)
	default:
		c.null, c.form, c.given = true, aJSON, c.filled()
		c.call("jsonText", c.value)
	}
}

// filled is the condition under which the text of a JSON column is made.
func (c *column) filled() string {
	if c.typ.kind == isOwn && !c.typ.list {
		if c.typ.zero {
			return "!" + c.value + ".IsZero()"
		}
		return ""
	}
	return c.typ.filled(c.value)
}

func camel(name string) (s string) {
	for part := range strings.SplitSeq(name, "_") {
		s += title(part)
	}
	return s
}
