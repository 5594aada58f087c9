package signatures

import (
	"net/netip"
	"os"
	"strings"
	"sync"

	"github.com/gaissmai/bart"
)

// The tables of builtin_gen.go say what the embedded YAML says, as constants of the program: reading them takes no
// time, and what nobody asks for takes no memory. The YAML is the source; TestBuiltin proves that they are equal.
//
//go:generate go test . -run TestBuiltinIsCurrent -update

// builtinRow is a row with, as texts, what Go has no constants for.
type builtinRow struct {
	row      Row
	sources  []string
	prefixes []string
	aliases  []string // system=name
}

// builtinPack is a pack with the digest of its rows.
type builtinPack struct {
	packSpec
	digest string
}

// Builtin returns what the embedded files hold for look-ups, in a fraction of the time of Load: without examples,
// errata and positions in files. Its packs, and their digests, are those of Load.
func Builtin() *Catalog {
	c := newCatalog()
	for _, s := range builtinSources {
		c.sources[s.ID] = s
	}
	for i := range builtinRows {
		r := builtinRows[i].load(c.sources)
		c.rows[r.ID] = r
	}
	for _, b := range builtinPacks {
		c.specs[b.id] = b.packSpec
		c.packs = append(c.packs, entry{b.packSpec, sync.OnceValue(func() *Pack {
			p := c.cut(b.packSpec)
			p.Digest = b.digest
			p.compile()
			return p
		})})
	}
	c.cutPeriods()
	return c
}

// BuiltinDir is Builtin with the folder's files on top: its packs, and its error, are those of LoadDir.
func BuiltinDir(dir string) (*Catalog, error) {
	if c, err := Builtin().Overlay(os.DirFS(dir)); err == nil {
		return c, nil
	}
	return LoadDir(dir) // whose faults say where embedded rows stand
}

func (b *builtinRow) load(sources map[string]Source) rawRow {
	r := b.row
	for _, id := range b.sources {
		r.Sources = append(r.Sources, sources[id])
	}
	if r.Prefix != nil {
		spec := *r.Prefix
		for _, text := range b.prefixes {
			spec.Prefixes = append(spec.Prefixes, netip.MustParsePrefix(text))
		}
		r.Prefix = &spec
	}
	for _, alias := range b.aliases {
		if r.AlsoKnownAs == nil {
			r.AlsoKnownAs = map[string]string{}
		}
		system, name, _ := strings.Cut(alias, "=")
		r.AlsoKnownAs[system] = name
	}
	return rawRow{Row: &r, sources: b.sources}
}

// Listed returns a look-up that tells whether a range of any time holds an address.
func (c *Catalog) Listed() func(netip.Addr) bool {
	var t bart.Lite
	for _, r := range c.rows {
		if r.Prefix == nil {
			continue
		}
		for _, p := range r.Prefix.Prefixes {
			t.Insert(p)
		}
	}
	return func(a netip.Addr) bool { return t.Lookup(a.Unmap().WithZone("")) }
}
