package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// tab is how many columns a tab takes.
const tab = 4

// source is a file that is measured.
type source struct {
	fset *token.FileSet
	file *ast.File
	text [][]byte // by line, from 0
	dir  string
	name string // from the root
	list []place
}

// measure finds all places below the root.
func measure(root string) (list []place, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		found, err := measureFile(filepath.ToSlash(name), text)
		list = append(list, found...)
		return err
	})
	return list, err
}

func measureFile(name string, text []byte) ([]place, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if ast.IsGenerated(file) {
		return nil, nil
	}
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	s := &source{fset: fset, file: file, text: lines, name: name, dir: room(name)}
	s.over("files", 1, "file", len(s.text), fileLines)
	tables := s.tables()
	s.lines(tables)
	code := s.code(tables)
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			s.function(f, code)
		}
	}
	return s.list, nil
}

// room is the directory of a file, at most two deep: moving code within one changes no count.
func room(name string) string {
	parts := strings.Split(filepath.ToSlash(filepath.Dir(name)), "/")
	return strings.Join(parts[:min(len(parts), 2)], "/")
}

func (s *source) over(measure string, line int, what string, value, limit int) {
	if value > limit {
		at := fmt.Sprintf("%s:%d %s", s.name, line, what)
		s.list = append(s.list, place{dir: s.dir, measure: measure, at: at, value: value})
	}
}

func (s *source) line(p token.Pos) int { return s.fset.Position(p).Line - 1 }

// tables are the lines inside composite literals of several lines, but not those of functions that such a literal
// holds.
func (s *source) tables() []bool {
	in := make([]bool, len(s.text))
	ast.Inspect(s.file, func(n ast.Node) bool {
		var from, to token.Pos
		switch n := n.(type) {
		case *ast.CompositeLit:
			from, to = n.Lbrace, n.Rbrace
		case *ast.FuncLit:
			from, to = n.Body.Lbrace, n.Body.Rbrace
		default:
			return true
		}
		_, isTable := n.(*ast.CompositeLit)
		for i := s.line(from) + 1; i < s.line(to); i++ {
			in[i] = isTable
		}
		return true
	})
	return in
}

// lines finds long ones. Texts may be long, so what stands between quotes does not count, nor do tables.
func (s *source) lines(tables []bool) {
	quoted := make([]int, len(s.text))
	ast.Inspect(s.file, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			for i, part := range strings.Split(l.Value, "\n") {
				quoted[s.line(l.Pos())+i] += utf8.RuneCountInString(part)
			}
		}
		return true
	})
	for i, text := range s.text {
		if !tables[i] {
			columns := utf8.RuneCount(text) + (tab-1)*bytes.Count(text, []byte("\t"))
			s.over("lines", i+1, "line", columns-quoted[i], lineColumns)
		}
	}
}

// code are the lines that count towards a function: neither empty nor comments nor tables.
func (s *source) code(tables []bool) []bool {
	code := make([]bool, len(s.text))
	for i, text := range s.text {
		code[i] = len(bytes.TrimSpace(text)) > 0 && !bytes.HasPrefix(bytes.TrimSpace(text), []byte("//")) && !tables[i]
	}
	return code
}

func (s *source) function(f *ast.FuncDecl, code []bool) {
	n := 0
	for i := s.line(f.Body.Lbrace) + 1; i < s.line(f.Body.Rbrace); i++ {
		if code[i] {
			n++
		}
	}
	s.over("functions", s.line(f.Pos())+1, f.Name.Name, n, funcLines)
	s.over("complexity", s.line(f.Pos())+1, f.Name.Name, branches(f), complexity)
}

// branches is the cyclomatic complexity: one, and one for each place where the flow parts.
func branches(f *ast.FuncDecl) int {
	n := 1
	ast.Inspect(f, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			if x.List != nil {
				n++
			}
		case *ast.CommClause:
			if x.Comm != nil {
				n++
			}
		case *ast.BinaryExpr:
			if x.Op == token.LAND || x.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}
