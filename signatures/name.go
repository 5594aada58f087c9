package signatures

import (
	"cmp"
	"slices"
	"strings"
)

// NameMatch is what a host name says of a flow.
type NameMatch struct {
	Row        *Row
	Pattern    string // the pattern that matched
	Class      string // strong, medium, weak, never: what the name proves alone
	Service    string
	Function   string
	Role       string // media-node, media-service, media-discovery, sip-edge, test-tool or ""
	Inspection string // unsupported, discouraged or ""
	Retired    string
}

// Name finds the row of a host name (SNI, DNS question, CONNECT target, certificate name without its leading "*.").
// Upper case and one trailing dot are accepted. The most specific pattern wins: the whole name, then the pattern with
// the longest literal end, then the one with a star inside a label before the plain "*.", then more literal characters.
func (p *Pack) Name(host string) (NameMatch, bool) {
	if m := p.names.find(host); m != nil {
		return *m, true
	}
	return NameMatch{}, false
}

// maxHost is the longest name on the wire in text form (RFC 1035 section 2.3.4).
const maxHost = 253

// nameIndex is a tree of labels from the right, flattened into a map by literal suffix. Every suffix of two or more
// labels has a node, so the walk ends at the first unknown one.
type nameIndex map[string]*nameNode

type nameNode struct {
	exact *NameMatch
	wild  *NameMatch      // "*." + suffix
	globs map[byte][]glob // by the first byte of the left-most label; 0 where that is a star
}

// glob matches the labels left of a node's suffix.
type glob struct {
	labels  []string // a first label "*" stands for one or more labels
	literal int      // characters that are no star
	match   *NameMatch
}

func (x *nameIndex) compile(rows []*Row) {
	*x = nameIndex{}
	for _, r := range rows {
		if r.Name == nil {
			continue
		}
		for _, pattern := range r.Name.Patterns {
			x.insert(pattern, &NameMatch{
				Row: r, Pattern: pattern, Class: r.Name.Class, Service: r.Service, Function: r.Function,
				Role: r.Name.Role, Inspection: r.Name.Inspection, Retired: r.Retired,
			})
		}
	}
	for _, n := range *x {
		for _, list := range n.globs {
			slices.SortStableFunc(list, moreSpecific)
		}
	}
}

// insert adds a pattern; the first one inserted keeps its place.
func (x nameIndex) insert(pattern string, m *NameMatch) {
	rest, suffix := splitPattern(pattern)
	n := x.node(suffix)
	switch {
	case rest == "" && n.exact == nil:
		n.exact = m
	case rest == "*" && n.wild == nil:
		n.wild = m
	case rest != "" && rest != "*":
		var first byte
		if rest[0] != '*' {
			first = rest[0]
		}
		if n.globs == nil {
			n.globs = map[byte][]glob{}
		}
		literal := len(rest) - strings.Count(rest, "*") - strings.Count(rest, ".")
		n.globs[first] = append(n.globs[first], glob{strings.Split(rest, "."), literal, m})
	}
}

// node makes the node of a suffix and of every shorter one.
func (x nameIndex) node(suffix string) *nameNode {
	for s := suffix; strings.Contains(s, "."); _, s, _ = strings.Cut(s, ".") {
		if x[s] == nil {
			x[s] = &nameNode{}
		}
	}
	return x[suffix]
}

// splitPattern cuts a pattern after its last label with a star.
func splitPattern(pattern string) (rest, suffix string) {
	i := strings.LastIndexByte(pattern, '*')
	if i < 0 {
		return "", pattern
	}
	dot := strings.IndexByte(pattern[i:], '.')
	if dot < 0 {
		return pattern, ""
	}
	return pattern[:i+dot], pattern[i+dot+1:]
}

// badPattern says what is wrong with a pattern, or "".
func badPattern(pattern string) string {
	if _, suffix := splitPattern(pattern); !strings.Contains(suffix, ".") {
		return "needs two literal labels at its end"
	}
	if len(pattern) > maxHost {
		return "is longer than a host name"
	}
	for label := range strings.SplitSeq(pattern, ".") {
		if label == "" {
			return "has an empty label"
		}
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_*") != "" {
			return "must be lower-case letters, digits, -, _ and *"
		}
	}
	return ""
}

// check reports pairs of globs that one name could match with nothing to choose between them, where their rows stand
// together.
func (x nameIndex) check(where string, together func(a, b *Row) bool, faults *Faults) {
	for _, n := range x {
		n.check(where, together, faults)
	}
}

func (n *nameNode) check(where string, together func(a, b *Row) bool, faults *Faults) {
	var all []glob
	for _, list := range n.globs {
		all = append(all, list...)
	}
	for i, a := range all {
		for _, b := range all[:i] {
			if a.match.Row == b.match.Row || moreSpecific(a, b) != 0 || a.match.Pattern == b.match.Pattern ||
				together != nil && !together(a.match.Row, b.match.Row) {
				continue
			}
			if len(a.labels) == 1 && len(b.labels) == 1 && globsMeet(a.labels[0], b.labels[0]) {
				r, other := a.match.Row, b.match.Row
				if r.ID < other.ID {
					r, other = other, r
				}
				faults.add(r.At, r.ID, "overlaps with %s (%s): a name can match both %s and %s %s; give one a priority",
					other.ID, other.At, min(a.match.Pattern, b.match.Pattern), max(a.match.Pattern, b.match.Pattern),
					where)
			}
		}
	}
}

func moreSpecific(a, b glob) int {
	return cmp.Or(cmp.Compare(b.match.Row.Priority, a.match.Row.Priority), cmp.Compare(b.literal, a.literal))
}

func starAt(pattern string, i int) bool { return i < len(pattern) && pattern[i] == '*' }

// globsMeet reports whether some label matches both patterns. meet[j] tells it of the rest of a and b[j:].
func globsMeet(a, b string) bool {
	meet := make([]bool, len(b)+1)
	for i := len(a); i >= 0; i-- {
		right := false // meet[j+1] of the row below: a[i+1:], b[j+1:]
		for j := len(b); j >= 0; j-- {
			below := meet[j]
			switch {
			case i == len(a) && j == len(b):
				meet[j] = true
			case starAt(b, j):
				meet[j] = meet[j+1] || (i < len(a) && below)
			case starAt(a, i):
				meet[j] = below || (j < len(b) && meet[j+1])
			default:
				meet[j] = i < len(a) && j < len(b) && a[i] == b[j] && right
			}
			right = below
		}
	}
	return meet[0]
}

func (x nameIndex) find(host string) *NameMatch {
	var buf [maxHost]byte
	host = strings.TrimSuffix(host, ".")
	if len(host) > maxHost {
		return nil
	}
	name := buf[:len(host)]
	for i := range len(host) {
		c := host[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		name[i] = c
	}
	return x.walk(name)
}

// walk goes from the right, label by label, and keeps the best match of each longer suffix.
func (x nameIndex) walk(name []byte) *NameMatch {
	var best *NameMatch
	labels := 0
	for i := len(name) - 1; i >= -1; i-- {
		if i >= 0 && name[i] != '.' {
			continue
		}
		if labels++; labels < 2 {
			continue
		}
		n := x[string(name[i+1:])]
		if n == nil {
			return best
		}
		if i < 0 {
			if n.exact != nil {
				return n.exact
			}
			return best
		}
		if m := n.below(name[:i]); m != nil {
			best = m
		}
	}
	return best
}

// below finds the best pattern of the node for the labels left of its suffix.
func (n *nameNode) below(rest []byte) *NameMatch {
	if len(rest) == 0 {
		return nil
	}
	var best *glob
	if n.globs != nil {
		best = firstMatch(n.globs[rest[0]], rest, nil)
		best = firstMatch(n.globs[0], rest, best)
	}
	if best != nil {
		return best.match
	}
	return n.wild
}

// firstMatch returns the first glob of the sorted list that matches, unless than is at least as specific.
func firstMatch(list []glob, rest []byte, than *glob) *glob {
	for i := range list {
		g := &list[i]
		if than != nil && moreSpecific(*g, *than) >= 0 {
			return than
		}
		if g.matches(rest) {
			return g
		}
	}
	return than
}

func (g *glob) matches(rest []byte) bool {
	for i := len(g.labels) - 1; i > 0; i-- {
		dot := lastDot(rest)
		if dot < 0 || !matchLabel(g.labels[i], rest[dot+1:]) {
			return false
		}
		rest = rest[:dot]
	}
	if g.labels[0] == "*" {
		return len(rest) > 0
	}
	return lastDot(rest) < 0 && matchLabel(g.labels[0], rest)
}

func lastDot(b []byte) int {
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] == '.' {
			return i
		}
	}
	return -1
}

// matchLabel matches one label; a star stands for any number of characters. Linear: it backs up to the last star only.
func matchLabel(pattern string, label []byte) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(label) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == label[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
