package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Limits of a file. The longest real one is far below the first; the formats nest a few levels deep, and the YAML
// parser's work and memory grow with the square of the nesting, of the keys of one mapping, and of the documents. What
// gets past these has maxTime.
const (
	MaxBytes     = 1 << 20
	maxLine      = 128 << 10
	maxDepth     = 32
	maxKeys      = 4000 // of a block mapping
	maxDocuments = 100
	maxTime      = 5 * time.Second
)

// parse is the YAML parser behind the limits: what nests too deep is refused before the parser sees it, and what takes
// it too long is given up.
func parse(text []byte, name string) (*ast.File, error) {
	if line := tooDeep(text); line > 0 {
		return nil, &Fault{name, line, fmt.Sprintf("nested more than %d deep", maxDepth)}
	}
	if line, what := tooMany(text); line > 0 {
		return nil, &Fault{name, line, what}
	}
	if line := tooLong(text); line > 0 {
		return nil, &Fault{name, line, fmt.Sprintf("the line is longer than %d bytes", maxLine)}
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
			return nil, &Fault{name, e.GetToken().Position.Line, e.GetMessage()}
		}
		if p.err != nil {
			return nil, &Fault{Name: name, What: p.err.Error()}
		}
		return p.file, nil
	case <-time.After(maxTime):
		return nil, &Fault{Name: name, What: fmt.Sprintf("reading it takes more than %v; write it more simply", maxTime)}
	}
}

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

// tooMany is the line where the keys of a mapping or the documents become too many, and which of them, else 0. Lists
// may be as long as the file.
func tooMany(text []byte) (line int, what string) {
	var c crowd
	documents := 0
	for row := range bytes.Lines(text) {
		line++
		if bytes.HasPrefix(row, []byte("---")) || bytes.HasPrefix(row, []byte("...")) {
			c = c[:0]
			if documents++; documents > maxDocuments {
				return line, fmt.Sprintf("more than %d documents; a file is one", maxDocuments)
			}
		} else if c.add(bytes.TrimRight(row, "\r\n")) > maxKeys {
			return line, fmt.Sprintf("a mapping of more than %d keys", maxKeys)
		}
	}
	return 0, ""
}

// crowd is the mappings that are open, each indented more than the one before.
type crowd []struct{ indent, keys int }

// add takes the next line and is the number of keys up to it in its mapping.
func (c *crowd) add(row []byte) int {
	body := bytes.TrimLeft(row, " ")
	if len(body) == 0 || body[0] == '#' {
		return 0
	}
	open, indent := *c, len(row)-len(body)
	for len(open) > 0 && open[len(open)-1].indent > indent {
		open = open[:len(open)-1]
	}
	if len(open) == 0 || open[len(open)-1].indent < indent {
		open = append(open, struct{ indent, keys int }{indent: indent})
	}
	*c = open
	last := &open[len(open)-1]
	for i, b := range body {
		if b == ':' && body[0] != '-' && maps(body, i) {
			last.keys++
			break
		}
	}
	return last.keys
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
