package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// model is what the source of package record says: its types, and the list of record types.
type model struct {
	dir     string
	types   map[string]ast.Expr        // declared types by name
	docs    map[string]string          // their comments
	methods map[string]map[string]bool // methods by type
	kinds   map[string]string          // record types: what RecordType returns
	consts  map[string][]string        // texts of the constants of a named string type
	imports map[string]string          // import path by name
	structs map[string]*structure      // as far as they were asked for
	set     []listed                   // the members of Set: all record types, in the order of the contract
}

// structure is a struct type.
type structure struct {
	name    string
	doc     string
	members []member
}

// member is an exported field of a struct.
type member struct {
	goName   string
	json     string // its name in JSON; "" where it is not shown
	omit     string // omitempty, omitzero or ""
	typ      *shape
	comment  string
	column   string // the tag `parquet`
	why      string // the tag `why`: the reason for being left out
	pack     string // the tag `pack`: how it is packed
	embedded bool
}

// listed is a record type as it stands in Set.
type listed struct {
	field, typ, kind string
	many             bool
	each             string // the tag `each`: the method that yields them
	table, row, of   string // of its table: name, name of the row type, and the type that is its row
}

// readModel parses the package without its tests and without generated code.
func readModel(dir string) (*model, error) {
	m := &model{dir: dir, types: map[string]ast.Expr{}, docs: map[string]string{},
		methods: map[string]map[string]bool{}, kinds: map[string]string{},
		consts: map[string][]string{}, imports: map[string]string{}, structs: map[string]*structure{}}
	if err := m.read(dir); err != nil {
		return nil, err
	}
	return m, m.readSet()
}

func (m *model) read(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, p := range paths {
		if strings.HasSuffix(p, "_gen.go") || strings.HasSuffix(p, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return err
		}
		for _, i := range f.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			m.imports[path.Base(name)] = name
		}
		for _, d := range f.Decls {
			m.declaration(d)
		}
	}
	return nil
}

func (m *model) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				m.types[s.Name.Name] = s.Type
				m.docs[s.Name.Name] = words(d.Doc.Text())
			case *ast.ValueSpec:
				m.constant(s)
			}
		}
	case *ast.FuncDecl:
		if d.Recv == nil {
			return
		}
		receiver := strings.TrimPrefix(text(d.Recv.List[0].Type), "*")
		if m.methods[receiver] == nil {
			m.methods[receiver] = map[string]bool{}
		}
		m.methods[receiver][d.Name.Name] = true
		if d.Name.Name == "RecordType" {
			m.kinds[receiver] = returned(d)
		}
	}
}

// constant notes the text of a constant whose type is named.
func (m *model) constant(s *ast.ValueSpec) {
	for _, v := range s.Values {
		if lit, ok := v.(*ast.BasicLit); ok && s.Type != nil && lit.Kind == token.STRING {
			value, _ := strconv.Unquote(lit.Value)
			m.consts[text(s.Type)] = append(m.consts[text(s.Type)], value)
		}
	}
}

// returned is the text that a method returns.
func returned(d *ast.FuncDecl) string {
	if d.Body == nil || len(d.Body.List) != 1 {
		return ""
	}
	r, ok := d.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(r.Results) != 1 {
		return ""
	}
	value, _ := strconv.Unquote(text(r.Results[0]))
	return value
}

// structure reads a struct type, once.
func (m *model) structure(name string) (*structure, error) {
	if s := m.structs[name]; s != nil {
		return s, nil
	}
	t, ok := m.types[name].(*ast.StructType)
	if !ok {
		return nil, fmt.Errorf("%s: not a struct", name)
	}
	s := &structure{name: name, doc: m.docs[name]}
	m.structs[name] = s
	for _, f := range t.Fields.List {
		if err := m.member(s, f); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return s, nil
}

func (m *model) member(s *structure, f *ast.Field) error {
	tag, err := tagOf(f)
	if err != nil {
		return err
	}
	base := member{column: tag.Get("parquet"), why: tag.Get("why"), pack: tag.Get("pack"),
		comment: words(f.Doc.Text() + " " + f.Comment.Text())}
	shown, isShown := tag.Lookup("json")
	base.json, base.omit, _ = strings.Cut(shown, ",")
	if len(f.Names) == 0 {
		name := text(f.Type)
		if _, ok := m.types[name].(*ast.StructType); !ok || f.Tag != nil {
			return fmt.Errorf("%s: embedded in this way it is not supported", name)
		}
		base.embedded, base.goName = true, name
	}
	for _, id := range f.Names {
		if !id.IsExported() {
			continue
		}
		v := base
		v.goName = id.Name
		switch {
		case shown == "-":
			v.json = ""
			v.typ, _ = m.shape(f.Type) // may be of any type
			s.members = append(s.members, v)
			continue
		case !isShown || v.json == "":
			v.json = id.Name
		}
		if err := m.resolve(s, v, f.Type); err != nil {
			return fmt.Errorf("%s: %w", id.Name, err)
		}
	}
	if base.embedded {
		return m.resolve(s, base, f.Type)
	}
	return nil
}

func tagOf(f *ast.Field) (reflect.StructTag, error) {
	if f.Tag == nil {
		return "", nil
	}
	quoted, err := strconv.Unquote(f.Tag.Value)
	return reflect.StructTag(quoted), err
}

func (m *model) resolve(s *structure, v member, t ast.Expr) (err error) {
	if v.typ, err = m.shape(t); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	s.members = append(s.members, v)
	return nil
}

// check refuses a tag option that would mean something else than in encoding/json, or that is not known.
func (v *member) check() error {
	ok := v.omit == ""
	switch v.omit {
	case "omitempty":
		ok = v.typ.kind != isStruct && v.typ.kind != isTime && v.typ.kind != isAddr &&
			(v.typ.kind != isOwn || v.typ.list)
	case "omitzero":
		ok = v.typ.kind == isTime || v.typ.kind == isAddr || v.typ.kind == isOwn && v.typ.zero
	}
	if !ok {
		return fmt.Errorf("tag option %q on %s is not supported", v.omit, v.typ.name)
	}
	return nil
}

// readSet reads the list of record types from the type Set.
func (m *model) readSet() error {
	t, ok := m.types["Set"].(*ast.StructType)
	if !ok {
		return nil
	}
	for _, f := range t.Fields.List {
		if !f.Names[0].IsExported() {
			continue
		}
		l := listed{field: f.Names[0].Name, typ: strings.TrimPrefix(text(f.Type), "[]*")}
		l.many = l.typ != text(f.Type)
		l.typ = strings.TrimPrefix(l.typ, "*")
		if l.kind = m.kinds[l.typ]; l.kind == "" {
			return fmt.Errorf("member %s of Set: %s has no method RecordType that returns a text", l.field, l.typ)
		}
		if f.Tag != nil {
			quoted, _ := strconv.Unquote(f.Tag.Value)
			tag := reflect.StructTag(quoted)
			table := append(strings.Split(tag.Get("table"), ","), "", "")
			l.table, l.row, l.of, l.each = table[0], table[1], table[2], tag.Get("each")
		}
		if l.of == "" {
			l.of = l.typ
		}
		m.set = append(m.set, l)
	}
	if len(m.set) != len(m.kinds) {
		return fmt.Errorf("%d types have a method RecordType, %d stand in Set", len(m.kinds), len(m.set))
	}
	return nil
}

// text is an expression as it stands in the source.
func text(e ast.Expr) string {
	var b bytes.Buffer
	_ = printer.Fprint(&b, token.NewFileSet(), e)
	return b.String()
}

// words is a comment in one line.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }
