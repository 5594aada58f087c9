package query

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
	"webexaudit/cmd/webexaudit-lake/laketest"
	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/reports"
)

var update = flag.Bool("update", false, "write the answers of today into testdata/answers.txt; read the diff")

// runs are those of the test's lake: two sensors, one of which audited a capture of a blocked caller twice and was
// repaired the day after. The captures are of one day; the second day is made by another clock.
var runs = []struct {
	sensor   string
	captures []string
	later    time.Duration
	analyzed time.Duration
}{
	{"hq", []string{"tls-fallback", "tls-via-proxy", "calling-blocked"}, 0, time.Hour},
	{"hq", []string{"tls-fallback", "tls-via-proxy", "calling-blocked"}, 0, 2 * time.Hour},
	{"hq", []string{"healthy-meeting", "unmarked-audio"}, 8 * 24 * time.Hour, 200 * time.Hour},
	{"branch", []string{"inspected-tls", "healthy-meeting", "sip-calls"}, 0, time.Hour},
}

// firstDay is that of the captures.
var firstDay = time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC)

// made is the lake that all tests share; none may change it.
var made string

func TestMain(m *testing.M) {
	status := m.Run()
	if made != "" {
		_ = os.RemoveAll(made)
	}
	os.Exit(status)
}

// testLake is a lake of the bundled captures, and options that make its answers the same at any time.
func testLake(t *testing.T) (*store.Store, Options) {
	t.Helper()
	if made == "" {
		dir, err := os.MkdirTemp("", "lake-*")
		if err != nil {
			t.Fatal(err)
		}
		made = dir
		makeLake(t, dir)
	}
	return open(t, made), Options{Date: firstDay.AddDate(0, 0, 7)}
}

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	lake, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return lake
}

func makeLake(t *testing.T, dir string) {
	t.Helper()
	for _, r := range runs {
		captures := t.TempDir()
		var files []string
		for _, name := range r.captures {
			path := filepath.Join(captures, name+".pcapng")
			laketest.Shift(t, name, path, r.later)
			files = append(files, path)
		}
		set, err := analyzer.Run(t.Context(), analyzer.Config{Files: files, Tool: "webexaudit", Version: "test",
			Arguments: []string{"analyze", r.analyzed.String()}})
		if err != nil {
			t.Fatal(err)
		}
		format, _ := reports.ByName("parquet")
		at := record.Time(firstDay.Add(r.analyzed).UnixNano())
		o := reports.Options{Parquet: reports.ParquetOptions{Dir: dir, Sensor: r.sensor, AnalyzedAt: at}}
		if err := set.WriteTo(format.New(nil, o)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnswers compares the answers with those that were looked at.
func TestAnswers(t *testing.T) {
	lake, o := testLake(t)
	var text strings.Builder
	for _, q := range All() {
		answer, err := Ask(t.Context(), lake, q, o)
		if err != nil {
			t.Errorf("%s: %v", q.Name, err)
			continue
		}
		text.WriteString("== " + q.Name + ": " + q.Answers + "\n")
		if err := answer.Write(&text, "csv"); err != nil {
			t.Error(err)
		}
	}
	const golden = "testdata/answers.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("the answers are\n%s\nwant\n%s", text.String(), want)
	}
}

// TestNeeds: what a question says it needs are columns of the tables, and it uses no other table.
func TestNeeds(t *testing.T) {
	columns := map[string][]string{}
	for _, c := range reports.Columns() {
		columns[c.Table] = append(columns[c.Table], c.Name)
	}
	for _, q := range All() {
		if !strings.HasSuffix(q.Answers, "?") || len(q.Needs) == 0 {
			t.Errorf("%s says %q and needs %v", q.Name, q.Answers, q.Needs)
		}
		for table, names := range q.Needs {
			for _, name := range names {
				if name != "dt" && !slices.Contains(columns[table], name) {
					t.Errorf("%s: %s has no column %s", q.Name, table, name)
				}
			}
		}
		for table := range columns {
			uses := strings.Contains(q.SQL, "newest_"+table+" ") || strings.Contains(q.SQL, "newest_"+table+"\n") ||
				strings.Contains(q.SQL, "FROM "+table+" ")
			if uses && q.Needs[table] == nil {
				t.Errorf("%s uses %s, and does not say so", q.Name, table)
			}
		}
	}
}

// TestViews: the views by the names of OCSF, Zeek and ECS can be asked, also in a lake that lacks tables.
func TestViews(t *testing.T) {
	lake, o := testLake(t)
	for _, tt := range []struct{ sql, want string }{
		{"SELECT count(*) FROM ocsf_network_activity WHERE type_uid = 400106", "63"},
		{"SELECT sum(orig_ip_bytes + resp_ip_bytes) = (SELECT sum(bytes_fwd + bytes_rev) FROM newest_flows) FROM zeek_conn", "true"},
		{"SELECT count(*) FROM zeek_ssl WHERE id_orig_h IS NULL", "0"},
		{"SELECT count(DISTINCT observer_name) FROM ecs_network", "2"},
		{"SELECT count(*) FROM compared_streams", "0"},
		{"SELECT count(DISTINCT run_id) FROM flows", "4"},
		{"SELECT count(DISTINCT run_id) FROM newest_flows", "3"},
	} {
		answer, err := Ask(t.Context(), lake, Own(tt.sql), o)
		if err != nil || len(answer.Rows) != 1 || Text(answer.Rows[0][0]) != tt.want {
			t.Errorf("%s: %+v %v, want %s", tt.sql, answer, err, tt.want)
		}
	}
}

// TestPart: days that are not asked for are not read, and runs without a marker are not there.
func TestPart(t *testing.T) {
	shared, _ := testLake(t)
	lake := open(t, t.TempDir())
	if err := os.CopyFS(lake.Dir(), os.DirFS(shared.Dir())); err != nil {
		t.Fatal(err)
	}
	ask := func(o Options) string {
		answer, err := Ask(t.Context(), lake, Own("SELECT count(DISTINCT run_id) FROM flows"), o)
		if err != nil {
			return err.Error()
		}
		return Text(answer.Rows[0][0])
	}
	for _, tt := range []struct {
		what string
		o    Options
		want string
	}{
		{"the first day", Options{Until: firstDay}, "3"},
		{"the second day", Options{Since: firstDay.AddDate(0, 0, 1)}, "1"},
		{"no day", Options{Since: firstDay.AddDate(1, 0, 0)}, lake.Name() + " holds no tables of these days"},
	} {
		if got := ask(tt.o); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, got, tt.want)
		}
	}
	markers, err := filepath.Glob(filepath.Join(lake.Dir(), "_runs", "v1", "sensor=branch", "*"))
	if err != nil || len(markers) != 1 {
		t.Fatal(markers, err)
	}
	if err := os.Remove(markers[0]); err != nil {
		t.Fatal(err)
	}
	if got := ask(Options{}); got != "3" {
		t.Errorf("without the marker of a run there are %s", got)
	}
}

// TestBucket: a lake in a bucket gives the same answers; what is kept is not fetched again.
func TestBucket(t *testing.T) {
	folder, o := testLake(t)
	bucket, err := store.Open(t.Context(), laketest.Address(laketest.S3(t, nil), "lake"))
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()
	list, err := folder.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range list {
		if err := bucket.Put(t.Context(), object.Key, filepath.Join(folder.Dir(), object.Key)); err != nil {
			t.Fatal(err)
		}
	}
	o.Cache = t.TempDir()
	q, err := Find("top-roots")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Ask(t.Context(), folder, q, o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := Ask(t.Context(), bucket, q, o); err != nil || asText(got) != asText(want) || len(got.Rows) == 0 {
			t.Errorf("the bucket says %v %v", got, err)
		}
	}
	if kept, _ := filepath.Glob(filepath.Join(o.Cache, "*")); len(kept) != 2 {
		t.Errorf("kept are %v, want captures and findings alone", kept)
	}
}

// TestFormats: strangers' text steers no terminal, breaks no table and is no formula.
func TestFormats(t *testing.T) {
	a := &Answer{Columns: []string{"name", "n", "share", "at"}, Rows: [][]any{
		{"a\x1b[31m|\nb", int64(12), 0.5, firstDay}, {"=1+1", nil, 100.0, nil}, {"", int64(-3), nil, nil},
	}}
	for _, tt := range []struct{ format, want string }{
		{"table", "name       n   share  at\na?[31m| b  12    0.5  2026-09-07T00:00:00Z\n=1+1             100\n           -3\n"},
		{"csv", "name,n,share,at\n\"a\x1b[31m|\nb\",12,0.5,2026-09-07T00:00:00Z\n'=1+1,,100,\n,-3,,\n"},
		{"json", "[\n {\"name\": \"a\\u001b[31m|\\nb\", \"n\": 12, \"share\": 0.5, \"at\": \"2026-09-07T00:00:00Z\"},\n" +
			" {\"name\": \"=1+1\", \"n\": null, \"share\": 100, \"at\": null},\n {\"name\": \"\", \"n\": -3, \"share\": null, \"at\": null}\n]\n"},
		{"md", "| name | n | share | at |\n| --- | ---: | ---: | --- |\n| a?\\[31m\\| b | 12 | 0.5 | 2026-09-07T00:00:00Z |\n" +
			"| =1+1 |  | 100 |  |\n|  | -3 |  |  |\n"},
	} {
		var text strings.Builder
		if err := a.Write(&text, tt.format); err != nil || text.String() != tt.want {
			t.Errorf("%s: %v\n%q, want\n%q", tt.format, err, text.String(), tt.want)
		}
	}
}
