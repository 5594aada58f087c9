package signatures

import (
	"embed"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"webexaudit/analyzer/yamldoc"
)

//go:embed webex/*.yaml
var embedded embed.FS

// Catalog holds every row ever valid and the packs cut from them. It is read-only after loading and safe for
// concurrent use.
type Catalog struct {
	rows    map[string]rawRow
	sources map[string]Source
	specs   map[string]packSpec
	errata  []Erratum
	packs   []entry  // by date
	periods []period // by date
}

// entry is a pack of the catalogue. The embedded ones are compiled when they are asked for first: a run needs one of
// them.
type entry struct {
	packSpec
	pack func() *Pack
}

// Erratum is an error in a source: what stands there and which row says it right.
type Erratum struct {
	Printed string
	Place   string
	Source  string // source id
	Row     string // id of the row that holds the right value
	Why     string

	at Position
}

// Load reads the embedded files. Builtin has the same packs sooner.
func Load() (*Catalog, error) {
	sub, err := fs.Sub(embedded, "webex")
	if err != nil {
		return nil, err
	}
	return LoadFS(sub)
}

// LoadDir reads the embedded catalogue with the folder's files on top (see Overlay).
func LoadDir(dir string) (*Catalog, error) {
	base, err := Load()
	if err != nil {
		return nil, err
	}
	return base.Overlay(os.DirFS(dir))
}

// LoadFS reads the *.yaml files at the top of a file system as a whole catalogue. The error is a Faults with every
// mistake.
func LoadFS(fsys fs.FS) (*Catalog, error) {
	return newCatalog().Overlay(fsys)
}

func newCatalog() *Catalog {
	return &Catalog{rows: map[string]rawRow{}, sources: map[string]Source{}, specs: map[string]packSpec{}}
}

// Overlay returns a new catalogue in which the rows, sources and packs of the file system's *.yaml files are added to
// c, or replace what c has under the same id. A row without dates belongs to every pack. The error is a Faults.
func (c *Catalog) Overlay(fsys fs.FS) (*Catalog, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	var files []yamlFile
	for _, name := range names {
		data, err := readFile(fsys, name)
		if err != nil {
			return nil, err
		}
		files = append(files, yamlFile{name, data})
	}
	return c.applyOverlay(files)
}

// readFile reads no further than a file may be long, and one byte, by which it is known as too long.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, yamldoc.MaxBytes+1))
}

type yamlFile struct {
	name string
	data []byte
}

func (c *Catalog) applyOverlay(files []yamlFile) (*Catalog, error) {
	out := &Catalog{rows: maps.Clone(c.rows), sources: maps.Clone(c.sources), specs: maps.Clone(c.specs),
		errata: slices.Clone(c.errata)}
	var faults Faults
	if len(files) == 0 {
		faults.add(Position{".", 1}, "file", "no *.yaml file here")
	}
	seen := map[string]Position{}
	for _, f := range files {
		if o := parseYAML(f.name, f.data, &faults); o != nil {
			out.read(o, seen, &faults)
		}
	}
	out.check(&faults)
	if len(faults) == 0 {
		out.build(&faults)
	}
	if err := faults.err(); err != nil {
		return nil, err
	}
	return out, nil
}

// read takes one file. seen holds what this load has defined already: the same id twice is a mistake, an id of the
// catalogue below is an override.
func (c *Catalog) read(o *object, seen map[string]Position, faults *Faults) {
	first := func(kind, id string, at Position) bool {
		if before, twice := seen[kind+id]; twice {
			faults.add(at, id+".id", "duplicate id, first at %s", before)
			return false
		}
		seen[kind+id] = at
		return true
	}
	for _, e := range o.objects("sources") {
		if s := decodeSource(e); first("source ", s.ID, s.at) {
			c.sources[s.ID] = s
		}
	}
	for _, e := range o.objects("packs") {
		if p := decodePack(e); first("pack ", p.id, p.at) {
			c.specs[p.id] = p
		}
	}
	for _, e := range o.objects("rows") {
		if r := decodeRow(e); first("row ", r.ID, r.at["id"]) {
			c.rows[r.ID] = r
		}
	}
	for _, e := range o.objects("errata") {
		c.errata = append(c.errata, decodeErratum(e))
	}
	o.done()
}

// check resolves the references between files.
func (c *Catalog) check(faults *Faults) {
	for id, r := range c.rows {
		row := *r.Row // the catalogue below keeps its own
		r.Row, c.rows[id] = &row, rawRow{&row, r.sources, r.at}
		r.Sources = nil
		for _, name := range r.sources {
			s, ok := c.sources[name]
			if !ok {
				faults.add(r.at["sources"], id+".sources", "unknown source %q", name)
			}
			r.Sources = append(r.Sources, s)
		}
	}
	for _, p := range c.specs {
		for _, id := range append(slices.Clone(p.with), p.without...) {
			if _, ok := c.rows[id]; !ok {
				faults.add(p.at, p.id, "unknown row %q", id)
			}
		}
	}
	for _, m := range c.errata {
		if _, ok := c.rows[m.Row]; !ok {
			faults.add(m.at, "errata.row", "unknown row %q", m.Row)
		}
		if _, ok := c.sources[m.Source]; !ok {
			faults.add(m.at, "errata.source", "unknown source %q", m.Source)
		}
	}
	if len(c.specs) == 0 {
		faults.add(Position{"packs.yaml", 1}, "packs", "no pack is defined")
	}
}

// Packs are all packs, oldest first.
func (c *Catalog) Packs() []*Pack {
	out := make([]*Pack, len(c.packs))
	for i, e := range c.packs {
		out[i] = e.pack()
	}
	return out
}

// Errata are the known errors of the sources.
func (c *Catalog) Errata() []Erratum { return c.errata }

// Sources are all documents that rows cite, by id.
func (c *Catalog) Sources() []Source {
	return slices.SortedFunc(maps.Values(c.sources), func(a, b Source) int { return strings.Compare(a.ID, b.ID) })
}

// Rows are the rows of all times by id, as they are written: Retired is not set, since that depends on a pack.
func (c *Catalog) Rows() []*Row {
	out := make([]*Row, 0, len(c.rows))
	for _, id := range slices.Sorted(maps.Keys(c.rows)) {
		out = append(out, c.rows[id].Row)
	}
	return out
}

// Row finds a row of any time; RetiredSince tells whether and when it was retired.
func (c *Catalog) Row(id string) (*Row, bool) {
	r, ok := c.rows[id]
	return r.Row, ok
}

// RetiredSince is the date of retirement and its reason; empty where the row never was.
func (r *Row) RetiredSince() (date, why string) { return r.retiredFrom, r.retiredWhy }
