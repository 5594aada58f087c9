package signatures

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"webexaudit/analyzer/yamldoc"
)

const goodSources = `sources:
  - {id: doc, title: A document, date: 2026-01}
`

const goodPacks = `packs:
  - {id: old, date: 2022-01-01, title: Old}
  - {id: new, date: 2026-01-01, title: New}
`

const goodRow = `rows:
  - id: row-a
    title: A name
    service: meetings
    function: signalling
    name:
      patterns: ["*.example.com"]
      class: strong
    confidence: confirmed
    sources: [doc]
    examples: {match: [a.example.com], differ: [example.com]}
`

func files(rows string) fstest.MapFS {
	return fstest.MapFS{
		"sources.yaml": {Data: []byte(goodSources)}, "packs.yaml": {Data: []byte(goodPacks)}, "rows.yaml": {Data: []byte(rows)},
	}
}

// change replaces one text of goodRow.
func change(old, new string) string {
	if !strings.Contains(goodRow, old) {
		panic("no " + old + " in the row")
	}
	return strings.Replace(goodRow, old, new, 1)
}

// second is a further row on the lines after goodRow, beginning at line 12.
func second(id, match string) string {
	return goodRow + `  - id: ` + id + `
    title: Another
    service: meetings
    function: signalling
    confidence: confirmed
    sources: [doc]
    examples: {match: [x], differ: [y]}
` + match
}

func TestLoadFaults(t *testing.T) {
	two := func(match string) string {
		return second("row-b", match) + strings.Replace(second("row-c", match), goodRow, "", 1)
	}
	tests := []struct{ name, rows, want string }{
		{"unknown key", change("    title:", "    colour: red\n    title:"), "rows.yaml:3: row-a.colour: unknown key"},
		{"unknown nested key", change("class: strong", "class: strong\n      klass: x"), "rows.yaml:9: row-a.name.klass: unknown key"},
		{"unknown top key", "row: []\n" + goodRow, "rows.yaml:1: row: unknown key"},
		{"unknown service", change("service: meetings", "service: meeting"), `rows.yaml:4: row-a.service: unknown value "meeting"`},
		{"unknown function", change("function: signalling", "function: talking"), `rows.yaml:5: row-a.function: unknown value "talking"`},
		{"unknown confidence", change("confidence: confirmed", "confidence: sure"), `rows.yaml:9: row-a.confidence: unknown value "sure"`},
		{"unknown class", change("class: strong", "class: firm"), `rows.yaml:8: row-a.name.class: unknown value "firm"`},
		{"missing title", change("    title: A name\n", ""), "rows.yaml:2: row-a.title: missing"},
		{"missing sources", change("    sources: [doc]\n", ""), "rows.yaml:2: row-a.sources: missing or empty"},
		{"unknown source", change("[doc]", "[dox]"), `rows.yaml:10: row-a.sources: unknown source "dox"`},
		{"missing examples", change("    examples: {match: [a.example.com], differ: [example.com]}\n", ""), "rows.yaml:2: row-a.examples: missing"},
		{"no negative example", change(", differ: [example.com]", ""), "rows.yaml:11: row-a.examples.differ: missing or empty"},
		{"bad id", change("row-a", "Row_A"), `rows.yaml:2: Row_A.id: "Row_A" is not in kebab-case`},
		{"bad date", change("    confidence:", "    valid_from: June\n    confidence:"), `rows.yaml:9: row-a.valid_from: "June" is no date`},
		{"empty validity", change("    confidence:", "    valid_from: 2024\n    valid_to: 2023\n    confidence:"), "rows.yaml:10: row-a.valid_to: 2023 is not after valid_from 2024"},
		{"retired without reason", change("    confidence:", "    retired: {from: 2024}\n    confidence:"), "rows.yaml:9: row-a.retired.why: missing"},
		{"pattern too wide", change(`"*.example.com"`, `"*.com"`), `rows.yaml:7: row-a.name.patterns: "*.com" needs two literal labels at its end`},
		{"pattern in capitals", change(`"*.example.com"`, `"*.Example.com"`), "must be lower-case"},
		{"no match", change("    name:\n      patterns: [\"*.example.com\"]\n      class: strong\n", ""), "rows.yaml:2: row-a.name: a row needs a match"},
		{"two matches", change("    confidence:", "    policy: {key: a, values: [b]}\n    confidence:"), "rows.yaml:9: row-a.policy: a row has one match, this one has name too"},
		{"bad prefix", second("row-b", "    prefix: {kind: media, tier: published, prefixes: [10.0.0.0/33]}\n"), `rows.yaml:19: row-b.prefix.prefixes: "10.0.0.0/33" is no prefix`},
		{"host bits", second("row-b", "    prefix: {kind: media, tier: published, prefixes: [10.0.0.1/8]}\n"), `"10.0.0.1/8" has bits beyond its length, want 10.0.0.0/8`},
		{"bad port range", second("row-b", "    port: {proto: [udp], server: [\"9-5\"], needs: [media]}\n"), `rows.yaml:19: row-b.port.server: "9-5" is no port or range of ports from 1 to 65535`},
		{"port too large", second("row-b", "    port: {proto: [udp], server: [65536], needs: [media]}\n"), `"65536" is no port`},
		{"overlapping ranges", second("row-b", "    port: {proto: [udp], server: [1-5, 4-6], needs: [media]}\n"), `"4-6" overlaps with another range of the list`},
		{"no needs", second("row-b", "    port: {proto: [udp], server: [\"9\"]}\n"), "row-b.port.server: proto, server and needs must all be there"},
		{"bad mark", second("row-b", "    port: {proto: [udp], server: [\"9\"], needs: [media], dscp: [64]}\n"), `row-b.port.dscp: "64" is no number from 0 to 63`},
		{"duplicate id", second("row-a", "    policy: {key: a, values: [x]}\n"), "rows.yaml:12: row-a.id: duplicate id, first at rows.yaml:2"},
		{"same name twice", second("row-b", "    name: {patterns: [\"*.example.com\"], class: weak}\n"), "rows.yaml:12: row-b: overlaps with row-a (rows.yaml:2) on name *.example.com"},
		{"same port twice", two("    port: {proto: [udp], server: [\"9\"], needs: [media]}\n"), "rows.yaml:20: row-c: overlaps with row-b (rows.yaml:12) on port"},
		{"same prefix twice", two("    prefix: {kind: media, tier: published, prefixes: [10.0.0.0/8]}\n"), "on prefix media 10.0.0.0/8"},
		{"one name, two patterns", second("row-b", "    name: {patterns: [\"ab*.example.com\"], class: weak}\n") +
			strings.Replace(second("row-c", "    name: {patterns: [\"*yz.example.com\"], class: weak}\n"), goodRow, "", 1),
			"rows.yaml:20: row-c: overlaps with row-b (rows.yaml:12): a name can match both *yz.example.com and ab*.example.com"},
		{"no mapping", "- a\n", "rows.yaml:1: file: must be a mapping"},
		{"no YAML", "rows: [\n", "rows.yaml:1: file: sequence end token ']' not found"},
		{"deep nesting", strings.Repeat("[", 300), "rows.yaml:1: file: nested more than 32 deep"},
		{"key twice", change("    title: A name", "    title: A name\n    title: B"), "already defined"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := LoadFS(files(tt.rows))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
}

// All mistakes are told at once, in the order of files and lines.
func TestLoadReportsEverything(t *testing.T) {
	_, err := LoadFS(fstest.MapFS{
		"a.yaml": {Data: []byte("sources:\n  - {id: doc, title: T}\npacks:\n  - {id: p, date: 2022, title: P, with: [gone]}\n")},
		"b.yaml": {Data: []byte(strings.NewReplacer("meetings", "meeting", "strong", "firm").Replace(goodRow))},
	})
	faults, ok := errors.AsType[Faults](err)
	if !ok {
		t.Fatalf("got %T %v", err, err)
	}
	want := []string{
		"a.yaml:2: doc.date: missing",
		"a.yaml:4: p: unknown row \"gone\"",
		"a.yaml:4: p.date: a pack needs a whole date, YYYY-MM-DD",
		"b.yaml:4: row-a.service: unknown value \"meeting\"",
		"b.yaml:8: row-a.name.class: unknown value \"firm\"",
	}
	if len(faults) != len(want) {
		t.Fatalf("got %d faults, want %d:\n%v", len(faults), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(faults[i].Error(), want[i]) {
			t.Errorf("fault %d: got %s, want %s", i, faults[i].Error(), want[i])
		}
	}
}

func TestPriorityResolvesOverlap(t *testing.T) {
	c, err := LoadFS(files(second("row-b", "    priority: 5\n    name: {patterns: [\"*.example.com\"], class: weak}\n")))
	if err != nil {
		t.Fatal(err)
	}
	m, ok := c.Packs()[0].Name("a.example.com")
	if !ok || m.Row.ID != "row-b" {
		t.Errorf("got %v %v, want row-b", m.Row, ok)
	}
}

func TestWrongExampleIsTold(t *testing.T) {
	c, err := LoadFS(files(change("differ: [example.com]", "differ: [b.example.com]")))
	if err != nil {
		t.Fatal(err)
	}
	err = c.Packs()[1].CheckExamples()
	if want := `rows.yaml:2: row-a.examples.differ: pack new: "b.example.com" finds the row`; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestOverlay(t *testing.T) {
	base := load(t)
	out, err := base.Overlay(fstest.MapFS{"own.yaml": {Data: []byte(goodSources + `rows:
  - id: own-name
    title: Our meeting site
    service: meetings
    function: web
    name: {patterns: [meet.acme.example], class: strong}
    confidence: confirmed
    sources: [doc]
    examples: {match: [meet.acme.example], differ: [acme.example]}
  - id: webex-udp-9000
    title: No longer primary
    service: meetings
    function: media-mixed
    port: {proto: [udp], server: ["9000"], needs: [declared], rank: fallback1}
    confidence: probable
    sources: [doc]
    examples: {match: [udp 40000>9000], differ: [udp 40000>9001]}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range out.Packs() {
		if m, ok := p.Name("meet.acme.example"); !ok || m.Row.ID != "own-name" {
			t.Errorf("pack %s: own name not found", p.ID)
		}
		if r, _ := p.Row("webex-udp-9000"); r.Port.Rank != RankFallback1 || r.At.File != "own.yaml" {
			t.Errorf("pack %s: row not overridden: %+v", p.ID, r.Port)
		}
		before, _ := base.Select(p.ID)
		if before.Digest == p.Digest {
			t.Errorf("pack %s: an overlay must change the digest", p.ID)
		}
		if r, _ := before.Row("webex-udp-9000"); r.Port.Rank != RankPrimary {
			t.Errorf("pack %s: the catalogue below has changed", p.ID)
		}
		if err := p.CheckExamples(); err != nil {
			t.Error(err)
		}
	}
}

func TestLoadDir(t *testing.T) {
	dir := t.TempDir()
	if _, err := LoadDir(dir); err == nil || !strings.Contains(err.Error(), "no *.yaml file here") {
		t.Errorf("empty folder: got %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(goodSources+goodRow), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Row("row-a"); !ok {
		t.Error("row-a is missing")
	}
}

// TestOverlayLimits: what would keep the YAML parser busy, or memory full, is refused before it is parsed.
func TestOverlayLimits(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("a: ", 1300):                  "nested more than 32 deep",
		strings.Repeat("#\n", yamldoc.MaxBytes/2+10): "larger than 1048576 bytes",
		"a: " + strings.Repeat("x", 200<<10):         "rows.yaml:1: file: the line is longer than 131072 bytes",
		"rows: []\n---\nrows: []\n":                  "rows.yaml:3: file: a second document; a file is one",
		"# nothing\n":                                "rows.yaml:1: file: is empty",
		"rows: *a\n":                                 "rows.yaml:1: rows: must be a list",
		"? [a]\n: b\n":                               "rows.yaml:2: file: found an invalid key for this map",
	} {
		if _, err := LoadFS(files(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
}

// FuzzLoad: whatever an overlay holds, loading ends with a catalogue or with faults, and what loads can be used.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(goodRow))
	f.Add([]byte(second("row-b", "    port: {proto: [udp], server: [1-5, 4-6], needs: [media], dscp: [46]}\n")))
	f.Add([]byte(second("row-b", "    issuer: {kind: public, product: P, organisations: [\"\"], strings: [abc]}\n")))
	f.Add([]byte("rows:\n  - &a {id: *a}\n"))
	f.Add([]byte("rows: {a: [}]\n\t- x: |\n"))
	f.Add([]byte("? [a]\n: - - - -\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := LoadFS(files(string(data)))
		if err != nil {
			return
		}
		for _, p := range c.Packs() {
			_ = p.CheckExamples()
			p.Name("a.example.com")
			p.Ports("udp", 1, 1)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}

func captureTime(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t
}

// The whole example of README.md can be loaded.
func TestReadmeExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("README.md holds no example")
	}
	c, err := load(t).Overlay(fstest.MapFS{"readme.yaml": {Data: []byte(example)}})
	if err != nil {
		t.Fatal(err)
	}
	r, ok := c.Row("webex-udp-5004-app-audio")
	if !ok || r.At.File != "readme.yaml" || r.Priority != 1 || r.Port.Client[0].String() != "52000-52049" {
		t.Errorf("got %+v", r)
	}
}
