package signatures

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"webexaudit/analyzer/yamldoc"
)

// object is a YAML mapping whose keys are taken one by one; what done finds untaken is an unknown key. All mistakes are
// gathered, with their lines.
type object struct {
	at     Position
	path   string
	fields map[string]*field
	faults *Faults
}

type field struct {
	node  yamldoc.Node
	line  int
	taken bool
}

// parseYAML reads the top mapping of a file; nil (and a fault) where there is none.
func parseYAML(file string, data []byte, faults *Faults) (o *object) {
	at := Position{file, 1}
	r, body, err := yamldoc.Read(data, file)
	if err == nil {
		err = r.Err()
	}
	if f, ok := errors.AsType[*yamldoc.Fault](err); ok {
		faults.add(Position{file, max(1, f.Line)}, "file", "%s", f.What)
		return nil
	}
	if body == nil {
		faults.add(at, "file", "is empty")
		return nil
	}
	return newObject(at, "", body, faults)
}

func newObject(at Position, path string, n yamldoc.Node, faults *Faults) *object {
	entries, ok := yamldoc.Entries(n)
	if !ok {
		faults.add(at, cmpPath(path), "must be a mapping")
		return nil
	}
	o := &object{at: at, path: path, fields: make(map[string]*field, len(entries)), faults: faults}
	for i, e := range entries {
		line := yamldoc.Line(e.Key)
		if i == 0 {
			o.at.Line = line
		}
		if e.Name == "" {
			faults.add(Position{at.File, line}, cmpPath(path), "a key must be a plain word")
			continue
		}
		o.fields[e.Name] = &field{node: e.Value, line: line}
	}
	return o
}

func cmpPath(path string) string {
	if path == "" {
		return "file"
	}
	return path
}

// key is the path of one key in fault messages.
func (o *object) key(k string) string {
	if o.path == "" {
		return k
	}
	return o.path + "." + k
}

// fault reports a mistake at a key's line, or at the object's where the key is missing.
func (o *object) fault(k, format string, args ...any) {
	at := o.at
	if f := o.fields[k]; f != nil {
		at.Line = f.line
	}
	o.faults.add(at, o.key(k), format, args...)
}

func (o *object) has(k string) bool { return o.fields[k] != nil }

// done reports the keys that nobody asked for.
func (o *object) done() {
	for k, f := range o.fields {
		if !f.taken {
			o.fault(k, "unknown key")
		}
	}
}

func (o *object) take(k string) yamldoc.Node {
	f := o.fields[k]
	if f == nil {
		return nil
	}
	f.taken = true
	return f.node
}

// scalar is the text of a scalar, unquoted, that of a block without the line ends behind it. Dates and numbers keep
// their spelling.
func scalar(n yamldoc.Node) (string, bool) {
	s, ok := yamldoc.Scalar(n)
	return strings.TrimRight(s, "\n"), ok
}

// text is an optional scalar.
func (o *object) text(k string) string {
	n := o.take(k)
	if n == nil {
		return ""
	}
	s, ok := scalar(n)
	if !ok || s == "" {
		o.fault(k, "must be a text")
	}
	return s
}

// need is a scalar that must be there.
func (o *object) need(k string) string {
	if !o.has(k) {
		o.fault(k, "missing")
	}
	return o.text(k)
}

// oneOf is an optional scalar out of a list.
func (o *object) oneOf(k string, allowed []string) string {
	s := o.text(k)
	if s != "" && !slices.Contains(allowed, s) {
		o.fault(k, "unknown value %q, want one of %s", s, strings.Join(allowed, ", "))
	}
	return s
}

// needOneOf is oneOf that must be there.
func (o *object) needOneOf(k string, allowed []string) string {
	if !o.has(k) {
		o.fault(k, "missing")
	}
	return o.oneOf(k, allowed)
}

// texts is an optional list of scalars.
func (o *object) texts(k string) []string {
	n := o.take(k)
	if n == nil {
		return nil
	}
	values, ok := yamldoc.Elements(n)
	if !ok {
		o.fault(k, "must be a list")
		return nil
	}
	var out []string
	for _, v := range values {
		if s, ok := scalar(v); ok && s != "" {
			out = append(out, s)
		} else {
			o.fault(k, "must be a list of texts")
		}
	}
	return out
}

// needTexts is a list with at least one entry.
func (o *object) needTexts(k string) []string {
	list := o.texts(k)
	if len(list) == 0 {
		o.fault(k, "missing or empty")
	}
	return list
}

// someOf is an optional list of values out of allowed.
func (o *object) someOf(k string, allowed []string) []string {
	list := o.texts(k)
	for _, s := range list {
		if !slices.Contains(allowed, s) {
			o.fault(k, "unknown value %q, want some of %s", s, strings.Join(allowed, ", "))
		}
	}
	return list
}

// number is an optional integer from lo to hi, written in decimal or as 0x….
func (o *object) number(k string, lo, hi int) int {
	s := o.text(k)
	if s == "" {
		return 0
	}
	return o.parseNumber(k, s, lo, hi)
}

func (o *object) parseNumber(k, s string, lo, hi int) int {
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil || n < int64(lo) || n > int64(hi) {
		o.fault(k, "%q is no number from %d to %d", s, lo, hi)
		return 0
	}
	return int(n)
}

// flag is an optional true or false.
func (o *object) flag(k string) bool {
	return o.oneOf(k, []string{"true", "false"}) == "true"
}

var datePattern = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$`)

// date is an optional YYYY, YYYY-MM or YYYY-MM-DD. A shortened date sorts as the first day of its period.
func (o *object) date(k string) string {
	s := o.text(k)
	if s != "" && !datePattern.MatchString(s) {
		o.fault(k, "%q is no date (YYYY, YYYY-MM or YYYY-MM-DD)", s)
		return ""
	}
	return s
}

// object is an optional nested mapping; nil where it is absent or no mapping.
func (o *object) object(k string) *object {
	n := o.take(k)
	if n == nil {
		return nil
	}
	return newObject(Position{o.at.File, o.fields[k].line}, o.key(k), n, o.faults)
}

// objects is an optional list of mappings. Each is named by its id in fault messages, if it has one.
func (o *object) objects(k string) []*object {
	n := o.take(k)
	if n == nil {
		return nil
	}
	values, ok := yamldoc.Elements(n)
	if !ok {
		o.fault(k, "must be a list")
		return nil
	}
	var out []*object
	for i, v := range values {
		at := o.at
		if line := yamldoc.Line(v); line > 0 {
			at.Line = line
		}
		e := newObject(at, fmt.Sprintf("%s[%d]", o.key(k), i), v, o.faults)
		if e == nil {
			continue
		}
		if f := e.fields["id"]; f != nil {
			if id, ok := scalar(f.node); ok {
				e.path = id
			}
		}
		out = append(out, e)
	}
	return out
}
