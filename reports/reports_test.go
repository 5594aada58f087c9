package reports

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sample is the shared run: testdata/sample.jsonl, written by hand, with one or two of each record and hostile strings.
func sample(t *testing.T) *record.Set {
	t.Helper()
	f, err := os.Open("testdata/sample.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, unknown, err := record.Read(f)
	if err != nil || unknown != 0 {
		t.Fatalf("sample: %d unknown lines, %v", unknown, err)
	}
	return s
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// each is every format that makes a sink.
func each() (list []Format) {
	for _, f := range Formats() {
		if f.New != nil {
			list = append(list, f)
		}
		list = append(list, f.Parts...)
	}
	return list
}

func TestGolden(t *testing.T) {
	for _, f := range each() {
		if f.Extension == "" || f.Name == "html" {
			continue // parquet: schema and values have tests of their own; html: TestHTMLOutline
		}
		t.Run(f.Name, func(t *testing.T) {
			var b bytes.Buffer
			if err := sample(t).WriteTo(f.New(&b, Options{})); err != nil {
				t.Fatal(err)
			}
			name := "sample." + f.Name + f.Extension
			switch f.Name {
			case "csv":
				name = "csv/" + f.File
			case "ocsf":
				name = "sample." + f.File
			}
			golden(t, name, b.Bytes())
		})
	}
}

// TestBrief: a format that is brief shows the same of a run without the records of single flows.
func TestBrief(t *testing.T) {
	for _, f := range each() {
		if !f.Brief {
			continue
		}
		whole, less := sample(t), sample(t)
		less.Flows, less.Streams, less.Intervals, less.TLS, less.Reachability = nil, nil, nil, nil, nil
		var texts [2]bytes.Buffer
		for i, s := range []*record.Set{whole, less} {
			o := Options{Console: ConsoleOptions{Verbose: true}}
			if err := s.WriteTo(f.New(&texts[i], o)); err != nil {
				t.Fatal(err)
			}
		}
		if texts[0].String() != texts[1].String() {
			t.Errorf("%s shows records of single flows", f.Name)
		}
	}
}

// TestJSONLRoundTrip: what the canonical stream says can be read back and says the same again.
func TestJSONLRoundTrip(t *testing.T) {
	var first, second bytes.Buffer
	if err := sample(t).WriteTo(newJSONL(&first, Options{})); err != nil {
		t.Fatal(err)
	}
	s, _, err := record.Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WriteTo(newJSONL(&second, Options{})); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Error("rendering the stream again changes it")
	}
}

var errFull = errors.New("no space left")

type fullDisk struct{ room int }

func (w *fullDisk) Write(b []byte) (int, error) {
	if w.room -= len(b); w.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// open makes a sink of any format; parquet below a directory of the test.
func open(t *testing.T, f Format, w *bytes.Buffer) record.Sink {
	return f.New(w, Options{Parquet: ParquetOptions{Dir: t.TempDir()}})
}

// TestConformance is what every format has to pass; a new line in the table is enough to be tested.
func TestConformance(t *testing.T) {
	names := map[string]bool{}
	for _, f := range each() {
		t.Run(f.Name, func(t *testing.T) {
			if names[f.Name+f.File] || f.Description == "" || (f.Extension == "") != (f.File == "") {
				t.Errorf("entry of the table: %+v", f)
			}
			names[f.Name+f.File] = true
			conform(t, f)
		})
	}
}

func conform(t *testing.T, f Format) {
	t.Run("empty run", func(t *testing.T) {
		if err := new(record.Set).WriteTo(open(t, f, new(bytes.Buffer))); err != nil {
			t.Error(err)
		}
	})
	t.Run("one of each", func(t *testing.T) {
		for r := range sample(t).All {
			if err := only(r).WriteTo(open(t, f, new(bytes.Buffer))); err != nil {
				t.Errorf("%s alone: %v", r.RecordType(), err)
			}
		}
	})
	t.Run("nothing in it", func(t *testing.T) {
		for _, r := range record.Types() {
			if err := only(r).WriteTo(open(t, f, new(bytes.Buffer))); err != nil {
				t.Errorf("zero %s: %v", r.RecordType(), err)
			}
		}
	})
	t.Run("same bytes twice", func(t *testing.T) {
		var a, b bytes.Buffer
		if err := errors.Join(sample(t).WriteTo(open(t, f, &a)), sample(t).WriteTo(open(t, f, &b))); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Error("two renderings differ")
		}
	})
	t.Run("failing writer", func(t *testing.T) {
		if f.Extension == "" {
			t.Skip("a directory: see TestParquetUnwritable")
		}
		for _, room := range []int{0, 100} {
			if err := sample(t).WriteTo(f.New(&fullDisk{room}, Options{})); !errors.Is(err, errFull) {
				t.Errorf("room for %d bytes: error %v, want %v", room, err, errFull)
			}
		}
	})
}

// only is a set of one record.
func only(r record.Record) *record.Set {
	set := new(record.Set)
	set.Add(r)
	return set
}

// closeCounter counts what WriteTo promises: one Close, also after an error.
type closeCounter struct {
	record.Sink
	closed int
}

func (c *closeCounter) Close() error {
	c.closed++
	return c.Sink.Close()
}

func TestCloseOnce(t *testing.T) {
	for _, f := range each() {
		c := &closeCounter{Sink: open(t, f, new(bytes.Buffer))}
		if err := sample(t).WriteTo(c); err != nil || c.closed != 1 {
			t.Errorf("%s: closed %d times, error %v", f.Name, c.closed, err)
		}
	}
}

func TestLookup(t *testing.T) {
	for _, f := range Formats() {
		if got, ok := ByName(f.Name); !ok || got.Name != f.Name {
			t.Errorf("ByName(%q) = %q, %v", f.Name, got.Name, ok)
		}
		if f.Extension == "" {
			continue
		}
		if got, ok := ByExtension(f.Extension); !ok || got.Name != f.Name {
			t.Errorf("ByExtension(%q) = %q, %v", f.Extension, got.Name, ok)
		}
	}
	if _, ok := ByExtension(""); ok {
		t.Error("a name without extension has no format")
	}
}
