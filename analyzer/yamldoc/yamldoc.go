// Package yamldoc reads YAML files, strictly: those that operators write (site file, waivers, own rules) and the
// signatures.
//
// In: text, and a caller that walks the tree with [Reader.Mapping], [Reader.List] and [Reader.TextOf], or with
// [Entries], [Elements] and [Scalar] where it has a form of its own. Out: every fault as "name:line: key: what", so
// that none hides another. The tree is walked instead of unmarshalled: unknown and repeated keys, aliases and tags are
// faults, and each value keeps its line.
package yamldoc

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Node is a value of the tree with its place in the file.
type Node = ast.Node

// Fault is one mistake in a file. Line counts from 1; 0 is the file as a whole.
type Fault struct {
	Name string // of the file
	Line int
	What string
}

func (f *Fault) Error() string {
	if f.Line == 0 {
		return f.Name + ": " + f.What
	}
	return fmt.Sprintf("%s:%d: %s", f.Name, f.Line, f.What)
}

// Reader walks one file and gathers its faults.
type Reader struct {
	Name   string // of the file, for messages
	Text   []byte // as read
	faults []error
}

// Open reads and parses a file; name stands in the messages. Body is nil for an empty file.
func Open(in io.Reader, name string) (r *Reader, body Node, err error) {
	text, err := ReadAll(in, name)
	if err != nil {
		return nil, nil, err
	}
	return Read(text, name)
}

// Read is Open for a text at hand.
func Read(text []byte, name string) (r *Reader, body Node, err error) {
	if len(text) > MaxBytes {
		return nil, nil, tooLarge(name)
	}
	r = &Reader{Name: name, Text: text}
	body, err = r.document()
	return r, body, err
}

func tooLarge(name string) error {
	return &Fault{Name: name, What: fmt.Sprintf("larger than %d bytes", MaxBytes)}
}

// ReadAll reads the text of a file no further than a file may be long.
func ReadAll(in io.Reader, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(text) > MaxBytes:
		return nil, tooLarge(name)
	}
	return text, nil
}

// Err is the faults found so far, joined.
func (r *Reader) Err() error {
	if more := len(r.faults) - maxFaults; more > 0 {
		return errors.Join(append(slices.Clone(r.faults[:maxFaults]), fmt.Errorf("%s: and %d more faults", r.Name, more))...)
	}
	return errors.Join(r.faults...)
}

// What is told of faults: so many, of each so many bytes, for a value may be as long as the file.
const (
	maxFaults = 100
	maxFault  = 300
)

// Faults is the number of faults found so far.
func (r *Reader) Faults() int { return len(r.faults) }

// Line of a value in the file, from 1; 0 where it is not known.
func Line(n Node) int {
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		return n.GetToken().Position.Line
	}
	return 0
}

// TextLine is the line where a text begins: that of a block (| or >) begins below its mark.
func TextLine(n Node) int {
	if _, block := n.(*ast.LiteralNode); block {
		return Line(n) + 1
	}
	return Line(n)
}

// Fault notes what is wrong with a value.
func (r *Reader) Fault(n Node, format string, args ...any) { r.FaultAt(Line(n), format, args...) }

// FaultAt notes what is wrong in a line.
func (r *Reader) FaultAt(line int, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if len(what) > maxFault {
		what = strings.ToValidUTF8(what[:maxFault], "") + " …"
	}
	r.faults = append(r.faults, &Fault{r.Name, line, what})
}

func (r *Reader) document() (Node, error) {
	file, err := parse(r.Text, r.Name)
	if err != nil {
		return nil, err
	}
	bodies := file.Docs[:0:0]
	for _, d := range file.Docs {
		if d.Body != nil {
			bodies = append(bodies, d)
		}
	}
	if len(bodies) == 0 {
		return nil, nil
	}
	if len(bodies) > 1 {
		r.Fault(bodies[1].Body, "a second document; a file is one")
	}
	return bodies[0].Body, nil
}

// Mapping calls visit for each entry; visit returns false for a key it does not know.
func (r *Reader) Mapping(n Node, path string, visit func(path, name string, value Node) bool) {
	entries, ok := Entries(n)
	if !ok {
		r.Fault(n, "%s: is %s, want a mapping", orFile(path), kindOf(n))
		return
	}
	seen := map[string]bool{}
	for _, e := range entries {
		switch {
		case e.Name == "":
			r.Fault(e.Key, "%s: key is %s, want a plain word", orFile(path), kindOf(e.Key))
		case seen[e.Name]:
			r.Fault(e.Key, "%s: given twice", join(path, e.Name))
		case !visit(join(path, e.Name), e.Name, e.Value):
			r.Fault(e.Key, "%s: unknown key", join(path, e.Name))
		}
		seen[e.Name] = true
	}
}

// Entry is one entry of a mapping. Name is empty where the key is no plain word.
type Entry struct {
	Name       string
	Key, Value Node
}

// Entries are those of a mapping in their order; false where the value is none.
func Entries(n Node) (list []Entry, ok bool) {
	m, ok := n.(ast.MapNode)
	if !ok {
		return nil, false
	}
	for it := m.MapRange(); it.Next(); {
		name, _ := Scalar(it.Key())
		list = append(list, Entry{name, it.Key(), it.Value()})
	}
	return list, true
}

// Elements are those of a sequence; false where the value is none.
func Elements(n Node) (list []Node, ok bool) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, false
	}
	return seq.Values, true
}

// List calls visit for each element of a sequence; null is an empty list.
func (r *Reader) List(n Node, path string, visit func(path string, value Node)) {
	if _, ok := n.(*ast.NullNode); ok {
		return
	}
	values, ok := Elements(n)
	if !ok {
		r.Fault(n, "%s: is %s, want a list", path, kindOf(n))
		return
	}
	for i, v := range values {
		visit(fmt.Sprintf("%s[%d]", path, i), v)
	}
}

// TextOf reads a non-empty scalar.
func (r *Reader) TextOf(n Node, path string) (string, bool) {
	s, ok := Scalar(n)
	if !ok || s == "" {
		r.Fault(n, "%s: is %s, want text", path, kindOf(n))
		return "", false
	}
	return s, true
}

// PrefixOf reads a prefix or a single address. Host bits are a fault: 10.1.2.3/8 is more often a slip than a wish.
func (r *Reader) PrefixOf(n Node, path string) (netip.Prefix, bool) {
	text, ok := r.TextOf(n, path)
	if !ok {
		return netip.Prefix{}, false
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		r.Fault(n, "%s: %q is no prefix or address", path, text)
	case p != p.Masked():
		r.Fault(n, "%s: %s has host bits set; write %s", path, text, p.Masked())
	case p.Addr().Is4In6():
		r.Fault(n, "%s: %s: write the IPv4 prefix", path, text)
	default:
		return p, true
	}
	return netip.Prefix{}, false
}

// Scalar is the text of a scalar as written, so that 10.0 or a bare number stays what the operator typed.
func Scalar(n Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	case *ast.LiteralNode:
		if v.Value != nil {
			return v.Value.Value, true
		}
	case *ast.MappingKeyNode:
		return Scalar(v.Value)
	}
	return "", false
}

func kindOf(n Node) string {
	switch n.(type) {
	case nil, *ast.NullNode:
		return "empty"
	case ast.MapNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AliasNode, *ast.AnchorNode, *ast.MergeKeyNode:
		return "an anchor or alias (not supported)"
	case *ast.TagNode:
		return "a tag (not supported)"
	}
	if s, ok := Scalar(n); ok {
		return fmt.Sprintf("%q", s)
	}
	return "something else"
}

func orFile(path string) string {
	if path == "" {
		return "file"
	}
	return path
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
