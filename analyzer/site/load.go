package site

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Limits of a site file. The longest list of prefixes is far below the first; the format itself nests four deep, and
// the YAML parser's work grows with the square of the nesting.
const (
	maxBytes = 1 << 20
	maxDepth = 32
)

// Vantages are the places of capture that may be declared.
func Vantages() []string {
	return []string{"access", "inside", "wan", "dmz", "mesh", "proxy-inside", "proxy-outside"}
}

// Load reads a site file. Name stands in the messages. Every key is optional and an unknown one is a fault; all faults
// are reported together, joined, each as "name:line: key: what". An empty file is an empty site.
func Load(r io.Reader, name string) (*Site, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxBytes)
	}
	if line := tooDeep(text); line > 0 {
		return nil, fmt.Errorf("%s:%d: nested more than %d deep", name, line, maxDepth)
	}
	l := loader{name: name, site: new(Site)}
	if err := l.document(text); err != nil {
		return nil, err
	}
	if len(l.faults) > 0 {
		return nil, errors.Join(l.faults...)
	}
	sum := sha256.Sum256(text)
	l.site.digest = hex.EncodeToString(sum[:])
	return l.site, nil
}

// tooDeep is the line where brackets or dashes nest deeper than maxDepth, else 0. It does not know quotes or comments:
// what it counts is never less than the true depth of a balanced file.
func tooDeep(text []byte) int {
	line, depth, dashes := 1, 0, 0
	for _, c := range text {
		switch c {
		case '\n':
			line, dashes = line+1, 0
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		case '-', '?':
			dashes++
		}
		if depth > maxDepth || dashes > 8*maxDepth {
			return line
		}
	}
	return 0
}

// loader walks the YAML tree itself instead of unmarshalling it: so every fault has its line and none hides another.
type loader struct {
	name   string
	site   *Site
	faults []error
}

func (l *loader) fault(n ast.Node, format string, args ...any) {
	line := 0
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		line = n.GetToken().Position.Line
	}
	l.faults = append(l.faults, fmt.Errorf("%s:%d: %s", l.name, line, fmt.Sprintf(format, args...)))
}

func (l *loader) document(text []byte) error {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	bodies := file.Docs[:0:0]
	for _, d := range file.Docs {
		if d.Body != nil {
			bodies = append(bodies, d)
		}
	}
	if len(bodies) == 0 {
		return nil
	}
	if len(bodies) > 1 {
		l.fault(bodies[1].Body, "a second document; a site file is one")
	}
	l.top(bodies[0].Body)
	return nil
}

// key is one key of the site file and what reads its value. To add a key, add a line in keys.
type key struct {
	name string
	read func(l *loader, path string, value ast.Node)
}

func keys() []key {
	return []key{
		{"vantage", (*loader).vantage},
		{"internal", (*loader).internal},
		{"sites", (*loader).sites},
		{"proxies", (*loader).proxies},
		{"corporate_cas", (*loader).authorities},
		{"expressway_c", members(ExpresswayC)},
		{"expressway_e", members(ExpresswayE)},
		{"video_mesh", members(VideoMesh)},
		{"local_gateways", members(LocalGateway)},
		{"edge_audio", members(EdgeAudio)},
		{"phones", members(Phone)},
		{"room_devices", members(RoomDevice)},
		{"vpn_pools", members(VPNPool)},
		{"pcp", (*loader).priorities},
	}
}

func (l *loader) top(n ast.Node) {
	known := keys()
	l.mapping(n, "", func(path, name string, value ast.Node) bool {
		i := slices.IndexFunc(known, func(k key) bool { return k.name == name })
		if i < 0 {
			return false
		}
		known[i].read(l, path, value)
		return true
	})
}

// mapping calls visit for each entry; visit returns false for a key it does not know.
func (l *loader) mapping(n ast.Node, path string, visit func(path, name string, value ast.Node) bool) {
	m, ok := n.(ast.MapNode)
	if !ok {
		l.fault(n, "%s: is %s, want a mapping", orFile(path), kindOf(n))
		return
	}
	seen := map[string]bool{}
	for it := m.MapRange(); it.Next(); {
		k, value := it.Key(), it.Value()
		name, ok := scalar(k)
		switch {
		case !ok:
			l.fault(k, "%s: key is %s, want a plain word", orFile(path), kindOf(k))
		case seen[name]:
			l.fault(k, "%s: given twice", join(path, name))
		case !visit(join(path, name), name, value):
			l.fault(k, "%s: unknown key", join(path, name))
		}
		seen[name] = true
	}
}

// list calls visit for each element of a sequence; null is an empty list.
func (l *loader) list(n ast.Node, path string, visit func(path string, value ast.Node)) {
	if _, ok := n.(*ast.NullNode); ok {
		return
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		l.fault(n, "%s: is %s, want a list", path, kindOf(n))
		return
	}
	for i, v := range seq.Values {
		visit(fmt.Sprintf("%s[%d]", path, i), v)
	}
}

// text reads a non-empty scalar.
func (l *loader) text(n ast.Node, path string) (string, bool) {
	s, ok := scalar(n)
	if !ok || s == "" {
		l.fault(n, "%s: is %s, want text", path, kindOf(n))
		return "", false
	}
	return s, true
}

// scalar is the text of a scalar as written, so that 10.0 or a bare number stays what the operator typed.
func scalar(n ast.Node) (string, bool) {
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
		return scalar(v.Value)
	}
	return "", false
}

func kindOf(n ast.Node) string {
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
	if s, ok := scalar(n); ok {
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
