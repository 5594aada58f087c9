package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// mutant is one change of one operator or condition.
type mutant struct {
	id        int
	file      string // its base name
	line, col int
	from, to  string
	outcome   outcome
}

// rewriter puts all mutants of a file into its text, each switched on by its number at run time: one build serves them
// all.
type rewriter struct {
	pkg     *packages.Package
	src     []byte
	base    token.Pos // of the text's first byte
	name    string    // of the file
	skip    map[string]bool
	mutants *[]*mutant
	done    map[ast.Node]string // an operand stands twice, with the same mutants
}

// boundary is a comparison moved by one, negated the opposite of each.
var (
	boundary = map[token.Token]token.Token{
		token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	}
	negated = map[token.Token]token.Token{
		token.LSS: token.GEQ, token.GEQ: token.LSS, token.LEQ: token.GTR, token.GTR: token.LEQ,
		token.EQL: token.NEQ, token.NEQ: token.EQL,
	}
	swapped = map[token.Token]token.Token{
		token.LAND: token.LOR, token.LOR: token.LAND, token.ADD: token.SUB, token.SUB: token.ADD,
	}
)

// helpers is the file that is added to the package.
const helpers = `package %s

import mutantOS "os"
import mutantConv "strconv"

var mutantOn, _ = mutantConv.Atoi(mutantOS.Getenv("MUTANT"))

type mutantNumber interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64
}

func mutantAdd[T mutantNumber](id int, a, b T) T {
	if mutantOn == id {
		return a - b
	}
	return a + b
}

func mutantSub[T mutantNumber](id int, a, b T) T {
	if mutantOn == id {
		return a + b
	}
	return a - b
}

func mutantSign[T mutantNumber](id int, v T) T {
	if mutantOn == id {
		return 0 - v
	}
	return v
}
`

// add makes a mutant at a place; nil where the line is one to leave alone.
func (r *rewriter) add(at token.Pos, from, to string) *mutant {
	p := r.pkg.Fset.Position(at)
	if r.skip[fmt.Sprintf("%s:%d", r.name, p.Line)] {
		return nil
	}
	m := &mutant{id: len(*r.mutants) + 1, file: r.name, line: p.Line, col: p.Column, from: from, to: to}
	*r.mutants = append(*r.mutants, m)
	return m
}

// text is the source of a node with the mutants in it.
func (r *rewriter) text(n ast.Node) string {
	if s, ok := r.done[n]; ok {
		return s
	}
	s := r.mutated(n)
	if s == "" {
		s = r.inner(n)
	}
	r.done[n] = s
	return s
}

// inner is the source of a node with its parts rewritten.
func (r *rewriter) inner(n ast.Node) string {
	var b strings.Builder
	at := n.Pos()
	for _, c := range children(n) {
		s := r.text(c)
		b.Write(r.src[at-r.base : c.Pos()-r.base])
		b.WriteString(s)
		at = c.End()
	}
	b.Write(r.src[at-r.base : n.End()-r.base])
	return b.String()
}

// children are the nodes directly below, in the order of the text.
func children(n ast.Node) (list []ast.Node) {
	if f, ok := n.(*ast.FuncDecl); ok { // whose type and name overlap
		if f.Body == nil {
			return nil
		}
		return []ast.Node{f.Body}
	}
	ast.Inspect(n, func(c ast.Node) bool {
		if c == nil || c == n {
			return c == n
		}
		switch c.(type) {
		case *ast.Comment, *ast.CommentGroup:
		default:
			list = append(list, c)
		}
		return false
	})
	slices.SortStableFunc(list, func(a, b ast.Node) int { return int(a.Pos() - b.Pos()) })
	return list
}

// mutated is the text of a node that has mutants of its own; empty where it has none.
func (r *rewriter) mutated(n ast.Node) string {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return r.binary(n)
	case *ast.AssignStmt:
		return r.assign(n)
	case *ast.IncDecStmt:
		return r.incDec(n)
	case *ast.IfStmt:
		return r.condition(n)
	}
	return ""
}

func (r *rewriter) binary(n *ast.BinaryExpr) string {
	t := r.pkg.TypesInfo.Types[n]
	if t.Value != nil { // constants stay
		return ""
	}
	basic, _ := t.Type.Underlying().(*types.Basic)
	isBool := basic != nil && basic.Info()&types.IsBoolean != 0
	switch {
	case isBool && n.Op != token.LAND && n.Op != token.LOR:
		return r.comparison(n)
	case isBool:
		m := r.add(n.OpPos, n.Op.String(), swapped[n.Op].String())
		return r.either(n, m, swapped[n.Op])
	case basic != nil && basic.Info()&types.IsNumeric != 0 && (n.Op == token.ADD || n.Op == token.SUB):
		name := map[token.Token]string{token.ADD: "mutantAdd", token.SUB: "mutantSub"}[n.Op]
		if m := r.add(n.OpPos, n.Op.String(), swapped[n.Op].String()); m != nil {
			return fmt.Sprintf("%s%s(%d, %s, %s)", r.place(n), name, m.id, r.text(n.X), r.text(n.Y))
		}
	}
	return ""
}

// comparison has its boundary moved, where it has one, and is negated.
func (r *rewriter) comparison(n *ast.BinaryExpr) string {
	s := ""
	if to, ok := boundary[n.Op]; ok {
		s = r.either(n, r.add(n.OpPos, n.Op.String(), to.String()), to)
	}
	if s == "" {
		s = "(" + r.inner(n) + ")"
	}
	m := r.add(n.OpPos, n.Op.String(), negated[n.Op].String())
	if m == nil {
		return s
	}
	return fmt.Sprintf("%s(%s != (mutantOn == %d))", r.place(n), s, m.id)
}

// either is the expression with its own operator, or with another where the mutant is on. Each operand is evaluated
// once.
func (r *rewriter) either(n *ast.BinaryExpr, m *mutant, to token.Token) string {
	if m == nil {
		return ""
	}
	x, y := r.text(n.X), r.text(n.Y)
	return fmt.Sprintf("%s(mutantOn != %d && (%s %s %s) || mutantOn == %d && (%s %s %s))", r.place(n), m.id, x, n.Op, y, m.id, x, to, y)
}

// assign changes += and -= of numbers.
func (r *rewriter) assign(n *ast.AssignStmt) string {
	to := map[token.Token]token.Token{token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN}[n.Tok]
	if to == 0 {
		return ""
	}
	t, ok := r.pkg.TypesInfo.TypeOf(n.Lhs[0]).(*types.Basic)
	if !ok || t.Info()&types.IsNumeric == 0 {
		return ""
	}
	m := r.add(n.TokPos, n.Tok.String(), to.String())
	if m == nil {
		return ""
	}
	return fmt.Sprintf("%s%s %s mutantSign(%d, %s(%s))", r.place(n), r.text(n.Lhs[0]), n.Tok, m.id, t.Name(), r.text(n.Rhs[0]))
}

// incDec changes ++ and -- of numbers.
func (r *rewriter) incDec(n *ast.IncDecStmt) string {
	t, ok := r.pkg.TypesInfo.TypeOf(n.X).(*types.Basic)
	if !ok {
		return ""
	}
	op, to := "+=", "--"
	if n.Tok == token.DEC {
		op, to = "-=", "++"
	}
	m := r.add(n.TokPos, n.Tok.String(), to)
	if m == nil {
		return ""
	}
	return fmt.Sprintf("%s%s %s mutantSign(%d, %s(1))", r.place(n), r.text(n.X), op, m.id, t.Name())
}

// condition negates the condition of an if that is no comparison, which is negated already.
func (r *rewriter) condition(n *ast.IfStmt) string {
	if b, ok := n.Cond.(*ast.BinaryExpr); ok && negated[b.Op] != 0 {
		return ""
	}
	m := r.add(n.Cond.Pos(), "if", "if not")
	if m == nil {
		return ""
	}
	cond := fmt.Sprintf("((%s) != (mutantOn == %d))", r.text(n.Cond), m.id)
	r.done[n.Cond] = cond
	return r.inner(n)
}

// place tells the compiler where the text stood, so that what does not compile is found.
func (r *rewriter) place(n ast.Node) string {
	p := r.pkg.Fset.Position(n.Pos())
	return fmt.Sprintf("/*line %s:%d:%d*/", p.Filename, p.Line, p.Column)
}
