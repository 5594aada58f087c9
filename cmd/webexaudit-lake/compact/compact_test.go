package compact

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
	"webexaudit/cmd/webexaudit-lake/laketest"
	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/cmd/webexaudit-lake/query"
	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/reports"
)

// later is a day behind that of the captures.
var later = time.Date(2026, 9, 8, 0, 0, 0, 0, time.UTC)

// made is the lake that testLake copies.
var made string

func TestMain(m *testing.M) {
	status := m.Run()
	if made != "" {
		_ = os.RemoveAll(made)
	}
	os.Exit(status)
}

// testLake has three runs of a sensor on one day, and one of another sensor.
func testLake(t *testing.T) *store.Store {
	t.Helper()
	if made == "" {
		var err error
		if made, err = os.MkdirTemp("", "lake-*"); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"unmarked-audio", "tls-fallback", "sip-calls"} {
			add(t, made, "hq", name, i)
		}
		add(t, made, "branch", "tls-fallback", 0)
	}
	dir := t.TempDir()
	copyAll(t, made, dir)
	return open(t, dir)
}

func open(t *testing.T, place string) *store.Store {
	t.Helper()
	lake, err := store.Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	return lake
}

func add(t *testing.T, dir, sensor, name string, hour int) {
	t.Helper()
	set, err := analyzer.Run(t.Context(), analyzer.Config{Files: []string{laketest.Bundled(t, name)}, Tool: "webexaudit"})
	if err != nil {
		t.Fatal(err)
	}
	format, _ := reports.ByName("parquet")
	at := record.Time(later.Add(time.Duration(hour) * time.Hour).UnixNano())
	o := reports.ParquetOptions{Dir: dir, Sensor: sensor, AnalyzedAt: at}
	if err := set.WriteTo(format.New(nil, reports.Options{Parquet: o})); err != nil {
		t.Fatal(err)
	}
}

// contents is what readers see of each table: rows, and a sum over all their values.
func contents(t *testing.T, lake *store.Store) string {
	t.Helper()
	var parts []string
	for _, table := range layout.Tables() {
		parts = append(parts, "SELECT '"+table+"', count(*), bit_xor(hash(t))::VARCHAR FROM "+table+" t")
	}
	return ask(t, lake, strings.Join(parts, " UNION ALL ")+" ORDER BY 1")
}

func ask(t *testing.T, lake *store.Store, sql string) string {
	t.Helper()
	a, err := query.Ask(t.Context(), lake, query.Own(sql), query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range a.Rows {
		lines = append(lines, strings.TrimSpace(fmt.Sprintln(row...)))
	}
	return strings.Join(lines, "\n")
}

func files(t *testing.T, lake *store.Store, table string) (names []string) {
	t.Helper()
	list, err := lake.List(t.Context(), table+"/")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		names = append(names, o.Key)
	}
	return names
}

func all(t *testing.T, lake *store.Store) Result {
	t.Helper()
	r, err := All(t.Context(), lake, Options{Before: later})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCompact: fewer files hold the same rows, of the same types, in order, with filters.
func TestCompact(t *testing.T) {
	lake := testLake(t)
	want := contents(t, lake)
	types := "SELECT name, type, repetition_type, converted_type, logical_type, field_id FROM parquet_schema('" +
		filepath.Join(lake.Dir(), "flows", "v1", "*", "sensor=%s", "*") + "') GROUP BY ALL ORDER BY ALL"
	schema := ask(t, lake, fmt.Sprintf(types, "branch"))
	r := all(t, lake)
	if r.Folders < 5 || r.Before < 2*r.Folders || r.After != r.Folders {
		t.Errorf("compacted %+v", r)
	}
	if got := contents(t, lake); got != want {
		t.Errorf("it holds\n%s\nwant\n%s", got, want)
	}
	list := files(t, lake, "flows")
	if len(list) != 2 || !strings.HasPrefix(filepath.Base(list[1]), "compact.00001.") {
		t.Errorf("the files are %v", list)
	}
	if got := ask(t, lake, fmt.Sprintf(types, "hq")); got != schema || len(schema) < 1000 {
		t.Errorf("the types are\n%s\nwant\n%s", got, schema)
	}
	path := "'" + filepath.Join(lake.Dir(), list[1]) + "'"
	for _, tt := range []struct{ what, sql, want string }{
		{"filters", "SELECT string_agg(DISTINCT path_in_schema, ' ' ORDER BY path_in_schema) FROM parquet_metadata(" + path +
			") WHERE bloom_filter_offset IS NOT NULL", "client community_id dst_ip flow_id src_ip"},
		{"compression", "SELECT DISTINCT compression FROM parquet_metadata(" + path + ")", "ZSTD"},
		{"order", "SELECT count(*) FROM (SELECT start_time < lag(start_time) OVER (ORDER BY file_row_number) AS back FROM read_parquet(" +
			path + ", file_row_number = true)) WHERE back", "0"},
	} {
		if got := ask(t, lake, tt.sql); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
		}
	}
	if r := all(t, lake); r.Folders != 0 {
		t.Errorf("again it compacts %+v", r)
	}
	add(t, lake.Dir(), "hq", "healthy-meeting", 3)
	want = contents(t, lake)
	if r := all(t, lake); r.Before != 2*r.Folders || contents(t, lake) != want {
		t.Errorf("with another run it compacts %+v", r)
	}
}

// TestEarlier: what is of the day itself, or of few files, stays.
func TestEarlier(t *testing.T) {
	lake := testLake(t)
	for _, o := range []Options{{Before: later.AddDate(0, 0, -1)}, {Before: later, Files: 4}} {
		if r, err := All(t.Context(), lake, o); err != nil || r.Folders != 0 {
			t.Errorf("%+v: %+v %v", o, r, err)
		}
	}
}

// TestBroken: wherever a compaction is broken off, readers see every row once, and the next one completes it.
func TestBroken(t *testing.T) {
	lake := testLake(t)
	want := contents(t, lake)
	before := t.TempDir()
	copyAll(t, lake.Dir(), before)
	all(t, lake)
	after := t.TempDir()
	copyAll(t, lake.Dir(), after)

	copyAll(t, before, lake.Dir()) // the marker is there, nothing was removed
	if got := contents(t, lake); got != want {
		t.Errorf("before the removal it holds\n%s\nwant\n%s", got, want)
	}
	if r := all(t, lake); r.Folders != 0 || len(files(t, lake, "flows")) != 2 {
		t.Errorf("the next one: %+v, %v", r, files(t, lake, "flows"))
	}

	dir := t.TempDir() // the new files are there, no marker is
	copyAll(t, before, dir)
	copyAll(t, after, dir)
	if err := os.RemoveAll(filepath.Join(dir, "_compacted")); err != nil {
		t.Fatal(err)
	}
	broken := open(t, dir)
	if got := contents(t, broken); got != want {
		t.Errorf("before the marker it holds\n%s\nwant\n%s", got, want)
	}
	all(t, broken)
	if got := contents(t, broken); got != want || len(files(t, broken, "flows")) != 2 {
		t.Errorf("after the next one it holds\n%s\nwant\n%s", got, want)
	}
}

func copyAll(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		into := filepath.Join(to, rel)
		return errors.Join(err, os.MkdirAll(filepath.Dir(into), 0o777), os.WriteFile(into, text, 0o666))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRace: another program has compacted the same folder, with a file more; its result holds, and ours is removed.
func TestRace(t *testing.T) {
	lake := testLake(t)
	want := contents(t, lake)
	index, err := layout.Read(t.Context(), lake)
	if err != nil {
		t.Fatal(err)
	}
	folders, err := index.Folders(t.Context(), "flows", func(string) bool { return true })
	if err != nil || len(folders) != 2 || folders[1].Sensor != "hq" {
		t.Fatal(folders, err)
	}
	slow := folders[1]
	slow.Files = slow.Files[:2]
	all(t, lake)
	copyBack := slow.Files[0].Key // as if the slow one had read before the removal
	if _, err := os.Stat(filepath.Join(lake.Dir(), copyBack)); err == nil {
		t.Fatal("the file was not removed")
	}
	c := layout.Compaction{Schema: layout.CompactionSchema, Generation: 1}
	c.Files = []string{slow.Prefix() + layout.FileName(1, "abc")}
	if err := os.WriteFile(filepath.Join(lake.Dir(), c.Files[0]), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := take(t.Context(), lake, &slow, &c); !errors.Is(err, store.ErrExists) {
		t.Errorf("the slow one: %v", err)
	}
	if got := contents(t, lake); got != want || len(files(t, lake, "flows")) != 2 {
		t.Errorf("it holds\n%s\nwant\n%s", got, want)
	}
}

// TestBucket: the same in a bucket.
func TestBucket(t *testing.T) {
	folder := testLake(t)
	bucket := open(t, laketest.Address(laketest.S3(t, nil), "lake"))
	for _, prefix := range []string{"flows/", "captures/", "_runs/"} {
		for _, key := range files(t, folder, strings.TrimSuffix(prefix, "/")) {
			if err := bucket.Put(t.Context(), key, filepath.Join(folder.Dir(), key)); err != nil {
				t.Fatal(err)
			}
		}
	}
	sum := "SELECT count(*), bit_xor(hash(t))::VARCHAR FROM flows t"
	want := ask(t, bucket, sum)
	if r := all(t, bucket); r.Folders != 1 || ask(t, bucket, sum) != want || len(files(t, bucket, "flows")) != 2 {
		t.Errorf("compacted %+v: %s, want %s, files %v", r, ask(t, bucket, sum), want, files(t, bucket, "flows"))
	}
}
