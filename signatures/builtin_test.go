package signatures

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

const builtinPath = "builtin_gen.go"

// TestBuiltinIsCurrent keeps builtin_gen.go equal to the embedded YAML; with -update it writes it. If a change of Row's
// members makes the old file fail to compile, empty its lists first.
func TestBuiltinIsCurrent(t *testing.T) {
	got, err := builtinSource(load(t))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(builtinPath, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(builtinPath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: go generate ./signatures", builtinPath)
	}
}

// The packs of the generated tables are those of the YAML: ids, digests, and all of every row but what Builtin leaves
// out.
func TestBuiltin(t *testing.T) {
	if *update {
		t.Skip("the tables of this test program are the old ones")
	}
	built, loaded := Builtin().Packs(), load(t).Packs()
	if len(built) != len(loaded) {
		t.Fatalf("got %d packs, want %d", len(built), len(loaded))
	}
	for i, p := range loaded {
		b := built[i]
		if b.ID != p.ID || b.Date != p.Date || b.Title != p.Title || b.Digest != p.Digest {
			t.Errorf("got pack %s %s %q %s, want %s %s %q %s", b.ID, b.Date, b.Title, b.Digest, p.ID, p.Date, p.Title, p.Digest)
		}
		if again := b.seal(map[string]string{}); again != p.Digest {
			t.Errorf("pack %s: digest of the rows is %s, want %s", p.ID, again, p.Digest)
		}
		if d := gocmp.Diff(bare(p.Rows()), bare(b.Rows()), gocmp.Exporter(func(reflect.Type) bool {
			return true
		})); d != "" {
			t.Errorf("pack %s (-YAML +generated):\n%s", p.ID, d)
		}
	}
}

// bare are copies of rows without what Builtin leaves out.
func bare(rows []*Row) []Row {
	var out []Row
	for _, r := range rows {
		c := *r
		c.Examples, c.At, c.Sources = Examples{}, Position{}, slices.Clone(r.Sources)
		for i := range c.Sources {
			c.Sources[i].at = Position{}
		}
		out = append(out, c)
	}
	return out
}

// The look-ups of the generated tables answer the examples that stand in the YAML.
func TestBuiltinExamples(t *testing.T) {
	all := load(t)
	for _, p := range Builtin().Packs() {
		for _, r := range p.Rows() {
			if row, ok := all.Row(r.ID); ok {
				r.Examples, r.At = row.Examples, row.At
			}
		}
		if n, faults := p.RunExamples(); n < 500 || len(faults) > 0 {
			t.Errorf("pack %s: %d pass\n%v", p.ID, n, faults)
		}
	}
}

// A pack is compiled once, and only those that are asked for.
func TestBuiltinCompilesOnce(t *testing.T) {
	c := Builtin()
	a, err := c.Select("2024-01-01")
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := c.Select("webex-2023-12"); a != b {
		t.Errorf("got two packs %s and %s", a.ID, b.ID)
	}
	days, err := c.Timeline("")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := days.At(captureTime("2024-01-01")), days.At(captureTime("2024-07-25")); a != b {
		t.Errorf("got two packs %s and %s for days between which nothing changed", a.ID, b.ID)
	}
	if err := c.Check("webex-2031-01"); err == nil || !strings.Contains(err.Error(), "webex-2022-06, webex-2023-12") {
		t.Errorf("got %v, want an error that lists the packs", err)
	}
	if err := c.Check("2024-01-01"); err != nil {
		t.Error(err)
	}
}

// An overlay on the generated tables gives the packs, and the faults, that one on the YAML gives.
func TestBuiltinDir(t *testing.T) {
	dir := t.TempDir()
	write := func(rows string) {
		if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(goodSources+rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(goodRow)
	built, err := BuiltinDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range loaded.Packs() {
		if b := built.Packs()[i]; b.ID != p.ID || b.Digest != p.Digest {
			t.Errorf("got pack %s %s, want %s %s", b.ID, b.Digest, p.ID, p.Digest)
		}
		if d := gocmp.Diff(bare(p.Rows()), bare(built.Packs()[i].Rows()), gocmp.Exporter(func(reflect.Type) bool {
			return true
		})); d != "" {
			t.Errorf("pack %s (-YAML +generated):\n%s", p.ID, d)
		}
	}
	write(change("*.example.com", "*.webex.com"))
	_, want := LoadDir(dir)
	_, got := BuiltinDir(dir)
	if want == nil || got == nil || got.Error() != want.Error() || !strings.Contains(got.Error(), "names-core.yaml:") {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// Listed says of the edges of every range what the rows of any day say.
func TestListed(t *testing.T) {
	c := load(t)
	listed, edges := c.Listed(), []netip.Addr{{}, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("::ffff:170.72.254.9"), netip.MustParseAddr("::ffff:192.0.2.1")}
	for _, r := range c.Rows() {
		if r.Prefix == nil {
			continue
		}
		for _, p := range r.Prefix.Prefixes {
			edges = append(edges, p.Addr(), p.Addr().Prev(), after(p).Prev(), after(p))
		}
	}
	found := 0
	for _, a := range edges {
		want := slices.ContainsFunc(c.Periods(), func(p *Pack) bool { return len(p.Addr(a)) > 0 })
		if want {
			found++
		}
		if got := listed(a); got != want {
			t.Errorf("%s: got %v, want %v", a, got, want)
		}
	}
	if found < 100 || found == len(edges) {
		t.Errorf("%d of %d addresses are in ranges: the test shows little", found, len(edges))
	}
}

// after is the first address behind a prefix.
func after(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a.Next()
}

func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c := Builtin()
		c.Listed()
		if _, err := c.Select("latest"); err != nil {
			b.Fatal(err)
		}
	}
}

// builtinSource writes the tables of a catalogue as Go, each row on a line of its own so that a change of one shows as
// one.
func builtinSource(c *Catalog) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("// Code generated by go generate ./signatures from webex/*.yaml. DO NOT EDIT.\n\npackage signatures\n\nvar builtinSources = []Source{\n")
	for _, s := range c.Sources() {
		fmt.Fprintf(&b, "%s,\n", members(reflect.ValueOf(s)))
	}
	b.WriteString("}\n\nvar builtinPacks = []builtinPack{\n")
	for _, e := range c.packs {
		fmt.Fprintf(&b, "{packSpec%s, %q},\n", members(reflect.ValueOf(e.packSpec)), e.pack().Digest)
	}
	b.WriteString("}\n\nvar builtinRows = []builtinRow{\n")
	for _, r := range slices.SortedFunc(slices.Values(c.Rows()), func(a, b *Row) int {
		return cmp.Compare(a.ID, b.ID)
	}) {
		row := builtinRow{row: *r, sources: c.rows[r.ID].sources, aliases: aliases(r)}
		row.row.Sources, row.row.AlsoKnownAs = nil, nil
		if r.Prefix != nil {
			spec := *r.Prefix
			row.row.Prefix, row.prefixes, spec.Prefixes = &spec, texts(spec.Prefixes), nil
		}
		fmt.Fprintf(&b, "%s,\n", members(reflect.ValueOf(row)))
	}
	b.WriteString("}\n")
	return format.Source(b.Bytes())
}

func aliases(r *Row) (list []string) {
	for _, system := range nameSystems {
		if name, ok := r.AlsoKnownAs[system]; ok {
			list = append(list, system+"="+name)
		}
	}
	return list
}

// members is a struct's literal without its type; what Builtin leaves out and what is zero is left out.
func members(v reflect.Value) string {
	var list []string
	for i := range v.NumField() {
		f := v.Field(i)
		if t := f.Type(); f.IsZero() || t == reflect.TypeFor[Examples]() || t == reflect.TypeFor[Position]() {
			continue
		}
		list = append(list, v.Type().Field(i).Name+": "+literal(f))
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// literal is a value as a Go constant expression or composite literal. Maps have no constants: builtinRow holds them as
// texts.
func literal(v reflect.Value) string {
	name := strings.ReplaceAll(v.Type().String(), "signatures.", "")
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(v.String())
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Pointer:
		return "&" + literal(v.Elem())
	case reflect.Struct:
		return name + members(v)
	case reflect.Slice:
		list := make([]string, v.Len())
		for i := range list {
			list[i] = literal(v.Index(i))
			if v.Type().Elem().Kind() == reflect.Struct {
				list[i] = members(v.Index(i))
			}
		}
		return name + "{" + strings.Join(list, ", ") + "}"
	}
	panic("no literal for " + name)
}
