// Package yamldoc reads the small YAML files that operators write (site file, waivers, own rules), strictly.
//
// In: text, and a caller that walks the tree with [Reader.Mapping], [Reader.List] and [Reader.Text]. Out: every fault
// as "name:line: key: what", so that none hides another. The tree is walked instead of unmarshalled: unknown and
// repeated keys, aliases and tags are faults, and each value keeps its line.
package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Limits of a file. The longest real one is far below the first; the formats nest a few levels deep, and the YAML
// parser's work and memory grow with the square of the nesting. What gets past these has maxTime.
const (
	maxBytes = 1 << 20
	maxLine  = 128 << 10
	maxDepth = 32
	maxTime  = 5 * time.Second
)

// Node is a value of the tree with its place in the file.
type Node = ast.Node

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
	r = &Reader{Name: name, Text: text}
	body, err = r.document()
	return r, body, err
}

// ReadAll reads the text of a file no further than a file may be long.
func ReadAll(in io.Reader, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(text) > maxBytes:
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxBytes)
	}
	return text, nil
}

// Parse is the YAML parser behind the limits: what nests too deep is refused before the parser sees it, and what takes
// it too long is given up.
func Parse(text []byte, name string) (*ast.File, error) {
	if line := tooDeep(text); line > 0 {
		return nil, fmt.Errorf("%s:%d: nested more than %d deep", name, line, maxDepth)
	}
	if line := tooLong(text); line > 0 {
		return nil, fmt.Errorf("%s:%d: the line is longer than %d bytes", name, line, maxLine)
	}
	type parsed struct {
		file *ast.File
		err  error
	}
	c := make(chan parsed, 1)
	go func() {
		var p parsed
		defer func() {
			if recover() != nil { // the library panics on some malformed inputs
				p.err = errors.New("is no YAML")
			}
			c <- p
		}()
		p.file, p.err = parser.ParseBytes(text, 0)
	}()
	select {
	case p := <-c:
		// the text of the library's errors quotes the file, at any length
		if e, ok := errors.AsType[yaml.Error](p.err); ok && e.GetToken() != nil {
			return nil, fmt.Errorf("%s:%d: %s", name, e.GetToken().Position.Line, e.GetMessage())
		}
		if p.err != nil {
			return nil, fmt.Errorf("%s: %w", name, p.err)
		}
		return p.file, nil
	case <-time.After(maxTime):
		return nil, fmt.Errorf("%s: reading it takes more than %v; write it more simply", name, maxTime)
	}
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

// tooDeep is the line where brackets, dashes, colons or indentation nest deeper than maxDepth, else 0. It does not know
// quotes, comments or blocks of text: what it counts is never less than the true depth of a balanced file.
func tooDeep(text []byte) int {
	var n nesting
	for line := 1; len(text) > 0; line++ {
		row, rest, _ := bytes.Cut(text, []byte("\n"))
		if text = rest; n.deep(row) {
			return line
		}
	}
	return 0
}

// tooLong is the first line beyond maxLine, else 0.
func tooLong(text []byte) int {
	n := 0
	for line := range bytes.Lines(text) {
		if n++; len(line) > maxLine {
			return n
		}
	}
	return 0
}

// nesting is how deep a file is nested up to a line.
type nesting struct {
	brackets int
	indents  []int // of the lines that the current one may lie in, each more than the one before
}

// deep reports whether the next line goes beyond the limits.
func (n *nesting) deep(row []byte) bool {
	body := bytes.TrimLeft(row, " ")
	if len(body) > 0 && body[0] != '#' {
		n.indent(len(row) - len(body))
	}
	dashes, colons := 0, 0
	for i, c := range body {
		switch c {
		case '[', '{':
			n.brackets++
			colons = 0
		case ']', '}':
			n.brackets = max(n.brackets-1, 0)
		case ',':
			if n.brackets > 0 { // else it is text
				colons = 0
			}
		case '-', '?':
			dashes++
		case ':':
			if maps(body, i) {
				colons++
			}
		}
		if n.brackets > maxDepth || dashes > 8*maxDepth || colons > maxDepth {
			return true
		}
	}
	return len(n.indents) > maxDepth
}

func (n *nesting) indent(spaces int) {
	for len(n.indents) > 0 && n.indents[len(n.indents)-1] >= spaces {
		n.indents = n.indents[:len(n.indents)-1]
	}
	n.indents = append(n.indents, spaces)
}

// maps reports whether the colon stands between a key and its value, rather than in an address or a time.
func maps(row []byte, i int) bool {
	return i+1 == len(row) || row[i+1] <= ' ' || i > 0 && (row[i-1] == '"' || row[i-1] == '\'')
}

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
	r.faults = append(r.faults, fmt.Errorf("%s:%d: %s", r.Name, line, what))
}

func (r *Reader) document() (Node, error) {
	file, err := Parse(r.Text, r.Name)
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
	m, ok := n.(ast.MapNode)
	if !ok {
		r.Fault(n, "%s: is %s, want a mapping", orFile(path), kindOf(n))
		return
	}
	seen := map[string]bool{}
	for it := m.MapRange(); it.Next(); {
		k, value := it.Key(), it.Value()
		name, ok := Scalar(k)
		switch {
		case !ok:
			r.Fault(k, "%s: key is %s, want a plain word", orFile(path), kindOf(k))
		case seen[name]:
			r.Fault(k, "%s: given twice", join(path, name))
		case !visit(join(path, name), name, value):
			r.Fault(k, "%s: unknown key", join(path, name))
		}
		seen[name] = true
	}
}

// List calls visit for each element of a sequence; null is an empty list.
func (r *Reader) List(n Node, path string, visit func(path string, value Node)) {
	if _, ok := n.(*ast.NullNode); ok {
		return
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		r.Fault(n, "%s: is %s, want a list", path, kindOf(n))
		return
	}
	for i, v := range seq.Values {
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
