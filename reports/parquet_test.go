package reports

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"webexaudit/analyzer/record"
	"webexaudit/reports/columnar"
)

// write puts a run below a directory and returns the files' paths.
func write(t *testing.T, s *record.Set, o ParquetOptions) []string {
	t.Helper()
	if err := s.WriteTo(newParquet(nil, Options{Parquet: o})); err != nil {
		t.Fatal(err)
	}
	return files(t, o.Dir)
}

func files(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			paths = append(paths, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func readRows[T any](t *testing.T, dir, table, day string) []T {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(dir, table, "v1", "dt="+day, "sensor=*", "*.parquet"))
	if len(paths) != 1 {
		t.Fatalf("%s of %s: files %v", table, day, paths)
	}
	rows, err := parquet.ReadFile[T](paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// cell is the text of a column that may be NULL.
func cell(s *string) string {
	if s == nil {
		return "NULL"
	}
	return *s
}

// TestParquetNull: a row without text after one with text is NULL, not "" (parquet-go mixes them up in columns of plain
// strings).
func TestParquetNull(t *testing.T) {
	dir := t.TempDir()
	write(t, &record.Set{Sessions: []*record.Session{{}, {FallbackReason: "x"}, {}}}, ParquetOptions{Dir: dir})
	var got []string
	for _, r := range readRows[sessionRow](t, dir, "sessions", "1970-01-01") {
		got = append(got, cell(r.FallbackReason))
	}
	if diff := cmp.Diff([]string{"NULL", "x", "NULL"}, got); diff != "" {
		t.Errorf("fallback_reason (-want +got):\n%s", diff)
	}
}

func TestParquetLayout(t *testing.T) {
	got := write(t, sample(t), ParquetOptions{Dir: t.TempDir(), Sensor: "HQ span/1"})
	id, err := runID("HQ span/1", sample(t).Run)
	if err != nil {
		t.Fatal(err)
	}
	end := "/sensor=hq-span-1/" + id + "-000-000.parquet"
	want := []string{
		"_runs/v1/sensor=hq-span-1/" + id + ".json",
		"captures/v1/dt=2026-11-20" + end,
		"captures/v1/dt=2026-11-21" + end,
		"findings/v1/dt=2026-11-20" + end,
		"flows/v1/dt=2026-11-20" + end,
		"media_intervals/v1/dt=2026-11-20" + end,
		"media_streams/v1/dt=2026-11-20" + end,
		"reachability/v1/dt=2026-11-20" + end,
		"sessions/v1/dt=2026-11-20" + end,
		"tls_sessions/v1/dt=2026-11-20" + end,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestParquetDeterministic: the same run gives the same bytes, so that a retry changes nothing.
func TestParquetDeterministic(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for _, path := range write(t, sample(t), ParquetOptions{Dir: a}) {
		write(t, sample(t), ParquetOptions{Dir: b, Overwrite: true})
		first, err1 := os.ReadFile(filepath.Join(a, path))
		second, err2 := os.ReadFile(filepath.Join(b, path))
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs", path)
		}
	}
}

// TestParquetRuns: runs of a sensor are numbered in the order in which they are written, and one that is written again
// keeps the last place. Two sensors that judge the same have runs of their own.
func TestParquetRuns(t *testing.T) {
	dir := t.TempDir()
	at := record.Time(1_700_000_000_123_456_789)
	judged := func(sensor, argument string) (id string, seq, analyzed int64) {
		set := sample(t)
		set.Run.Arguments = []string{argument}
		id, err := runID(sensor, set.Run)
		if err != nil {
			t.Fatal(err)
		}
		write(t, set, ParquetOptions{Dir: dir, Sensor: sensor, AnalyzedAt: at, Overwrite: true})
		paths, _ := filepath.Glob(filepath.Join(dir, "captures/v1/dt=2026-11-20/sensor="+sensor, id+"*"))
		rows, err := parquet.ReadFile[captureRow](paths[0])
		if err != nil {
			t.Fatal(err)
		}
		return id, rows[0].RunSeq, rows[0].AnalyzedAt
	}
	ids := map[string]bool{}
	for i, want := range []struct {
		sensor, argument string
		seq              int64
	}{{"a", "x", 1}, {"a", "y", 2}, {"b", "x", 1}, {"a", "z", 3}, {"a", "x", 4}, {"a", "x", 4}} {
		id, seq, analyzed := judged(want.sensor, want.argument)
		if seq != want.seq || analyzed != 1_700_000_000_123_456 {
			t.Errorf("run %d: number %d at %d, want %d", i, seq, analyzed, want.seq)
		}
		ids[id] = true
	}
	if len(ids) != 4 {
		t.Errorf("%d ids of 4 runs", len(ids))
	}
}

// TestParquetFooter: what a reader of a single file can learn without our documentation.
func TestParquetFooter(t *testing.T) {
	dir := t.TempDir()
	write(t, sample(t), ParquetOptions{Dir: dir, Sensor: "HQ"})
	paths, _ := filepath.Glob(filepath.Join(dir, "flows/v1/*/*/*.parquet"))
	b, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"webexaudit.schema": "flows/1", "webexaudit.tool": "webexaudit", "webexaudit.version": "0.1.0",
		"webexaudit.pack_id": "webex-2026-11-01", "webexaudit.sensor_id": "HQ",
		"webexaudit.min_time": "2026-11-20T09:12:03.500000000Z", "webexaudit.max_time": "2026-11-20T23:59:59.999999999Z",
	} {
		if got, _ := f.Lookup(key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	if got := f.Metadata().CreatedBy; !strings.HasPrefix(got, "webexaudit version 0.1.0") {
		t.Errorf("created by %q", got)
	}
	for _, c := range f.Metadata().RowGroups[0].Columns {
		var page format.PageHeader
		at := b[c.MetaData.DataPageOffset:]
		_ = thrift.Unmarshal(new(thrift.CompactProtocol), at, &page) // complains of the data behind the header
		if page.Type != format.DataPage {
			t.Errorf("%v: page of type %s", c.MetaData.PathInSchema, page.Type)
		}
		if c.MetaData.Codec.String() != "ZSTD" {
			t.Errorf("%v: codec %s", c.MetaData.PathInSchema, c.MetaData.Codec)
		}
		for _, e := range c.MetaData.Encoding {
			if s := e.String(); !slices.Contains([]string{"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY"}, s) {
				t.Errorf("%v: encoding %s", c.MetaData.PathInSchema, s)
			}
		}
	}
}

func TestParquetOverwrite(t *testing.T) {
	o := ParquetOptions{Dir: t.TempDir()}
	before := write(t, sample(t), o)
	if err := sample(t).WriteTo(newParquet(nil, Options{Parquet: o})); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second run: %v, want %v", err, fs.ErrExist)
	}
	if diff := cmp.Diff(before, files(t, o.Dir)); diff != "" {
		t.Errorf("the refused run left something:\n%s", diff)
	}
	o.Overwrite = true
	if diff := cmp.Diff(before, write(t, sample(t), o)); diff != "" {
		t.Errorf("overwritten:\n%s", diff)
	}
}

// TestStoredRun: the analysis that wrote the tables is recognised before it is done again, and no other.
func TestStoredRun(t *testing.T) {
	o := ParquetOptions{Dir: filepath.Join(t.TempDir(), "lake[1]"), Sensor: "HQ 1"}
	write(t, sample(t), o)
	for name, c := range map[string]struct {
		change func(*ParquetOptions, *record.Run)
		found  bool
	}{
		"the same":        {func(*ParquetOptions, *record.Run) {}, true},
		"other sensor":    {func(o *ParquetOptions, _ *record.Run) { o.Sensor = "HQ 2" }, false},
		"other directory": {func(o *ParquetOptions, _ *record.Run) { o.Dir = t.TempDir() }, false},
		"other arguments": {func(_ *ParquetOptions, r *record.Run) { r.Arguments = []string{"analyze", "--count=5"} }, false},
		"other version":   {func(_ *ParquetOptions, r *record.Run) { r.Version = "9" }, false},
		"other site":      {func(_ *ParquetOptions, r *record.Run) { r.Site = "0" }, false},
		"other path":      {func(_ *ParquetOptions, r *record.Run) { r.Files[0].Path = "other.pcap" }, false},
		"other size":      {func(_ *ParquetOptions, r *record.Run) { r.Files[0].Bytes++ }, false},
		"other content":   {func(_ *ParquetOptions, r *record.Run) { r.Files[0].SHA256 = "0" }, false},
		"one file of two": {func(_ *ParquetOptions, r *record.Run) { r.Files = r.Files[:1] }, false},
		"live, no file":   {func(_ *ParquetOptions, r *record.Run) { r.Files = nil }, false},
		"files reordered": {func(_ *ParquetOptions, r *record.Run) { slices.Reverse(r.Files) }, true},
	} {
		o, r := o, *sample(t).Run
		r.Files = slices.Clone(r.Files)
		c.change(&o, &r)
		path, err := StoredRun(o, &r, func(path, hash string) (string, error) {
			if hash != "sha256" {
				t.Errorf("%s: hash %q", name, hash)
			}
			return r.Files[slices.IndexFunc(r.Files, func(f record.File) bool { return f.Path == path })].SHA256, nil
		})
		if err != nil || (path != "") != c.found {
			t.Errorf("%s: %q, %v", name, path, err)
		}
	}
}

func TestParquetUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sample(t).WriteTo(
		newParquet(nil, Options{Parquet: ParquetOptions{Dir: filepath.Join(file, "lake")}})); err == nil {
		t.Error("no error for a directory that cannot be made")
	}
}

// TestParquetText: no column holds bytes that are not UTF-8, whatever a stranger sent.
func TestParquetText(t *testing.T) {
	flow := &record.Flow{TCP: &record.TCPFacts{}, STUN: &record.STUNFacts{}, Connect: &record.ConnectFacts{},
		SIP: &record.SIPFacts{}, HTTP: &record.HTTPFacts{}}
	tls, session, finding, reach, capture := new(record.TLSSession), new(record.Session), new(record.Finding),
		new(record.Reachability), new(record.Capture)
	capture.File, capture.Health, capture.Run = new(record.File), new(record.CaptureHealth), new(record.Run)
	for _, r := range []any{flow, tls, session, finding, reach, capture} {
		spoil(reflect.ValueOf(r).Elem(), "a\xff\xfe")
	}
	texts := 0
	for _, row := range []any{readBack[flowRow](t, flow), readBack[tlsRow](t, &record.Handshake{Session: tls}),
		readBack[sessionRow](t, session), readBack[findingRow](t, finding), readBack[reachabilityRow](t, reach),
		readBack[captureRow](t, capture)} {
		row := reflect.ValueOf(row)
		for field, f := range row.Fields() {
			if f.Kind() == reflect.Pointer && !f.IsNil() {
				f = f.Elem()
			}
			texts += wrongText(t, row.Type().Name()+"."+field.Name, f)
		}
	}
	if texts < 130 {
		t.Errorf("%d texts were looked at", texts)
	}
}

// readBack is the row that a record becomes.
func readBack[T row[R], R any](t *testing.T, r R) T {
	t.Helper()
	var b bytes.Buffer
	w, err := columnar.New[T](&b)
	if err != nil {
		t.Fatal(err)
	}
	new(lakeHead).put(w)
	var one T
	one.put(w, r)
	if err := errors.Join(w.Next(), w.Close()); err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[T](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	return rows[0]
}

// wrongText looks at the texts in a cell, and counts them.
func wrongText(t *testing.T, at string, f reflect.Value) (n int) {
	switch f.Kind() {
	case reflect.String:
		if n++; !utf8.ValidString(f.String()) {
			t.Errorf("%s is not UTF-8", at)
		}
	case reflect.Slice:
		for i := range f.Len() {
			n += wrongText(t, at, f.Index(i))
		}
	}
	return n
}

// spoil puts a text into every string.
func spoil(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String && v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			spoil(v.Index(i), text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				spoil(v.Field(i), text)
			}
		}
	}
}

func TestRowHelpers(t *testing.T) {
	if got := []int64{micros(1999), micros(-1), micros(-1000), micros(0)}; !slices.Equal(got, []int64{1, -1, -1, 0}) {
		t.Errorf("micros: %v", got)
	}
	for name, want := range map[string]string{"hq-span1": "hq-span1", "HQ Span/1": "hq-span-1", "": "default", "../..": "default", "é": "default", "a.b": "a.b"} {
		if got := slug(name); got != want {
			t.Errorf("slug(%q) = %q, want %q", name, got, want)
		}
	}
	if got := columnar.Valid("a\xff\xfeb"); got != "a\ufffd\ufffdb" {
		t.Errorf("valid: %q", got)
	}
}

func BenchmarkParquetFlows(b *testing.B) {
	f, err := os.Open("testdata/sample.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	s, _, err := record.Read(f)
	if err != nil {
		b.Fatal(err)
	}
	flow := s.Flows[1]
	set := &record.Set{Run: s.Run}
	for range 20_000 {
		set.Flows = append(set.Flows, flow)
	}
	for b.Loop() {
		o := ParquetOptions{Dir: b.TempDir(), Overwrite: true}
		if err := set.WriteTo(newParquet(nil, Options{Parquet: o})); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(set.Flows)), "ns/row")
}
