package main

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"webexaudit/cmd/webexaudit-lake/laketest"
	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/cmd/webexaudit-lake/query"
	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/reports"
)

// registered is a line of the command's output.
type registered struct {
	files, rows, added, removed, expired int
	metadata                             string
}

var registeredLine = regexp.MustCompile(
	`(?m)^(\w+): (\d+) files?, ([\d,]+) rows?; (\d+) added, (\d+) taken out; (\d+) snapshots? expired: (\S+)$`)

// register runs the command and reads what it prints, by table.
func register(t *testing.T, args ...string) map[string]registered {
	t.Helper()
	stdout, stderr := mustRun(t, statusOK, append([]string{"iceberg", "--lake"}, args...)...)
	tables := map[string]registered{}
	for _, m := range registeredLine.FindAllStringSubmatch(stdout, -1) {
		var n [5]int
		for i := range n {
			n[i], _ = strconv.Atoi(strings.ReplaceAll(m[2+i], ",", ""))
		}
		tables[m[1]] = registered{n[0], n[1], n[2], n[3], n[4], m[7]}
	}
	if len(tables) != strings.Count(stdout, "\n") || stderr != "" {
		t.Fatalf("the command says\n%s%s", stdout, stderr)
	}
	return tables
}

// icebergLake is a lake in which a sensor was audited twice on each of two days, and has a day that compact makes one
// file of.
func icebergLake(t *testing.T) string {
	t.Helper()
	top := t.TempDir()
	lake := filepath.Join(top, "lake")
	for i, names := range [][]string{{"tls-fallback", "calling-blocked"}, {"healthy-meeting"}} {
		for j, name := range names {
			captures := filepath.Join(top, fmt.Sprintf("captures-%d", i))
			for k, sensor := range []string{"hq", "a branch whose name is long 1", "a branch whose name is long 2"} {
				path := filepath.Join(captures, sensor, name+".pcapng")
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				laketest.Shift(t, name, path, time.Duration(j)*24*time.Hour+time.Duration(k)*time.Second)
			}
		}
		mustRun(t, statusOK, "run", "--lake", lake, analyzedAt, filepath.Join(top, fmt.Sprintf("captures-%d", i)))
	}
	return lake
}

// TestIceberg: the tables have the files that readers of the lake see, once; after a compaction they have the same rows
// in other files; snapshots expire, files of data never.
func TestIceberg(t *testing.T) {
	lake := icebergLake(t)
	first := register(t, lake)
	if rows := rowsOf(t, lake); !maps.EqualFunc(first, rows, func(r registered, rows int) bool {
		return r.rows == rows && r.added == r.files && r.removed == 0
	}) {
		t.Errorf("%+v, want rows %v", first, rows)
	}
	if first["flows"].files != 9 {
		t.Errorf("flows are %d files, want 9: three sensors, two runs of a day and one of another", first["flows"].files)
	}
	each := func(what string, now map[string]registered, right func(r, first registered) bool) {
		for table, r := range now {
			if table != "captures" && first[table].files == 9 && !right(r, first[table]) {
				t.Errorf("%s: %s: %+v, before %+v", what, table, r, first[table])
			}
		}
	}
	each("again", register(t, lake), func(r, first registered) bool {
		return r.added+r.removed+r.expired == 0 && r.metadata == first.metadata
	})
	mustRun(t, statusOK, "compact", "--lake", lake, "--before", "2030-01-01")
	before := tree(t, lake, tables...)
	each("compacted", register(t, lake), func(r, first registered) bool {
		return r.rows == first.rows && r.removed == 6 && r.added == 3
	})
	many := len(glob(t, lake, "_iceberg/flows/metadata/*.avro"))
	each("expired", register(t, lake, "--keep", "0s"), func(r, first registered) bool {
		return r.expired == 1 && r.rows == first.rows
	})
	if few := len(glob(t, lake, "_iceberg/flows/metadata/*.avro")); few >= many || few == 0 {
		t.Errorf("%d lists became %d", many, few)
	}
	same(t, "the lake after snapshots expired", tree(t, lake, tables...), before)
}

func glob(t *testing.T, lake, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(lake, filepath.FromSlash(pattern)))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestIcebergChanges: a run that was written again under its name is registered again, one without its marker is taken
// out, and of programs that register at the same time none adds a file twice.
func TestIcebergChanges(t *testing.T) {
	lake := icebergLake(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if status, _, stderr := command(t, "iceberg", "--lake", lake); status != statusOK {
				t.Errorf("at the same time: status %d, %s", status, stderr)
			}
		})
	}
	all.Wait()
	first := register(t, lake)
	if r, want := first["flows"], rowsOf(t, lake)["flows"]; r.rows != want || r.files != 9 {
		t.Errorf("at the same time: %+v, want %d rows", r, want)
	}
	path := glob(t, lake, "flows/v1/*/sensor=hq/*.parquet")[0]
	later := time.Now().Add(2 * time.Second)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if r := register(t, lake)["flows"]; r.added != 1 || r.removed != 1 || r.rows != first["flows"].rows {
		t.Errorf("written again: %+v", r)
	}
	run, _, _ := strings.Cut(filepath.Base(path), "-")
	if err := os.Remove(filepath.Join(lake, "_runs", "v1", "sensor=hq", run+".json")); err != nil {
		t.Fatal(err)
	}
	if r, want := register(t, lake)["flows"], rowsOf(t, lake)["flows"]; r.removed == 0 || r.rows != want {
		t.Errorf("without its marker: %+v, want %d rows", r, want)
	}
}

// TestIcebergBucket: a lake in a bucket is registered in a database here; its lists lie in the bucket.
func TestIcebergBucket(t *testing.T) {
	lake := icebergLake(t)
	server := laketest.S3(t, nil)
	bucket, err := store.Open(t.Context(), laketest.Address(server, "east"))
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()
	for key := range tree(t, lake) {
		if err := bucket.Put(t.Context(), key, filepath.Join(lake, key)); err != nil {
			t.Fatal(err)
		}
	}
	catalog := filepath.Join(t.TempDir(), "catalog.db")
	for again := range 2 {
		tables := register(t, laketest.Address(server, "east"), "--catalog", catalog)
		for table, want := range rowsOf(t, lake) {
			r := tables[table]
			there := strings.HasPrefix(r.metadata, "s3://lake/east/_iceberg/"+table+"/")
			if r.rows != want || (r.added > 0) == (again > 0) || !there {
				t.Errorf("%d: %s: %+v, want %d rows", again, table, r, want)
			}
		}
	}
}

// TestIcebergUsage: what cannot be registered is told.
func TestIcebergUsage(t *testing.T) {
	laketest.Credentials(t)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"iceberg", "--lake", "s3://lake/x?region=us-east-1"}, "--catalog is missing: a lake in a bucket needs a catalog"},
		{[]string{"iceberg", "--lake", icebergLake(t), "--catalog", "https://me:secret@example.com"}, "without a password"},
		{[]string{"iceberg", "--lake", t.TempDir()}, "holds no tables"},
		{[]string{"iceberg", "--lake", t.TempDir(), "--keep", "-1h"}, "--keep -1h0m0s: want a time"},
	} {
		status, _, stderr := command(t, tt.args...)
		if status == statusOK || !strings.Contains(stderr, tt.want) || strings.Contains(stderr, "secret") {
			t.Errorf("%v: status %d, %s", tt.args, status, stderr)
		}
	}
}

func askLake(t *testing.T, place, sql string) [][]any {
	t.Helper()
	lake, err := store.Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer lake.Close()
	answer, err := query.Ask(t.Context(), lake, query.Own(sql), query.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Rows
}

// rowsOf counts the rows of the tables that have any.
func rowsOf(t *testing.T, lake string) map[string]int {
	t.Helper()
	rows := map[string]int{}
	for _, table := range layout.Tables() {
		if n := askLake(t, lake, "SELECT count(*) FROM "+table)[0][0].(int64); n > 0 {
			rows[table] = int(n)
		}
	}
	return rows
}

// TestIcebergClickHouse: ClickHouse reads the same rows from the tables of Iceberg as from the files, before a
// compaction and after it, and finds those of a day.
func TestIcebergClickHouse(t *testing.T) {
	lake := icebergLake(t)
	for _, what := range []string{"as audited", "compacted"} {
		questions := map[string]string{}
		for table, r := range register(t, lake) {
			path := strings.TrimPrefix(filepath.Dir(filepath.Dir(r.metadata)), "file:")
			tables := "icebergLocal('" + path + "')"
			files := "file('" + lake + "/" + table + "/v1/*/*/*.parquet', Parquet)"
			columns := strings.Join(columnsOf(table), ", ")
			questions["iceberg "+table] = "SELECT " + columns + " FROM " + tables + " ORDER BY ALL"
			questions["parquet "+table] = "SELECT " + columns + " FROM " + files + " ORDER BY ALL"
		}
		flows := glob(t, lake, "_iceberg/flows")[0]
		questions["day"] = "SELECT count() FROM icebergLocal('" + flows +
			"') WHERE start_time >= '2026-09-08' AND sensor_id = 'hq'"
		got := laketest.ClickHouse(t, []string{"SET use_hive_partitioning = 0", "SET session_timezone = 'UTC'"}, questions)
		for table, n := range rowsOf(t, lake) {
			is, want := lines(got.Answers["iceberg "+table]), lines(got.Answers["parquet "+table])
			if len(is) != n || !slices.Equal(is, want) {
				t.Errorf("%s, %s: Iceberg has %d rows, the files have %d, DuckDB counts %d", what, table, len(is), len(want), n)
			}
		}
		want := askLake(t, lake, "SELECT count(*) FROM flows WHERE dt = '2026-09-08' AND sensor_id = 'hq'")[0][0].(int64)
		if is := lines(got.Answers["day"]); want == 0 || !slices.Equal(is, []string{fmt.Sprint(want)}) {
			t.Errorf("%s: a day of a sensor has %v flows, want %d", what, is, want)
		}
		mustRun(t, statusOK, "compact", "--lake", lake, "--before", "2030-01-01")
	}
}

func columnsOf(table string) (names []string) {
	for _, c := range reports.Columns() {
		if c.Table == table {
			names = append(names, c.Name)
		}
	}
	return names
}

func lines(rows [][]*string) (list []string) {
	for _, row := range rows {
		var cells []string
		for _, v := range row {
			if v == nil {
				cells = append(cells, "NULL")
			} else {
				cells = append(cells, *v)
			}
		}
		list = append(list, strings.Join(cells, " | "))
	}
	return list
}

// TestIcebergLists: what the lists of files say, as another reader of Avro has it, is what DuckDB finds in the files:
// rows, and the bounds by which readers pass over files. DuckDB's own extension for Iceberg is no part of its library,
// and is fetched from elsewhere.
func TestIcebergLists(t *testing.T) {
	lake := icebergLake(t)
	register(t, lake)
	mustRun(t, statusOK, "compact", "--lake", lake, "--before", "2026-09-08") // one day alone: files come and go
	for table, r := range register(t, lake) {
		var paths []string
		for _, f := range laketest.Lists(t, listOf(t, r.metadata)) {
			paths = append(paths, "'"+strings.TrimPrefix(f.Path, "file://")+"'")
			checkListed(t, lake, table, f)
		}
		files := "read_parquet([" + strings.Join(paths, ", ") +
			"], hive_partitioning = true, hive_types = {'dt': DATE, 'sensor': VARCHAR})"
		const sum = "SELECT count(*), bit_xor(hash(t))::VARCHAR FROM "
		is, want := askLake(t, lake, sum+files+" t"), askLake(t, lake, sum+table+" t")
		if fmt.Sprint(is) != fmt.Sprint(want) || len(paths) != r.files {
			t.Errorf("%s: the files that are listed have %v, the lake has %v", table, is, want)
		}
	}
}

// listOf is the address of the list of lists of the current snapshot.
func listOf(t *testing.T, metadata string) string {
	t.Helper()
	text, err := os.ReadFile(strings.TrimPrefix(metadata, "file://"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Current   int64 `json:"current-snapshot-id"`
		Snapshots []struct {
			ID   int64  `json:"snapshot-id"`
			List string `json:"manifest-list"`
		}
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Snapshots {
		if s.ID == m.Current {
			return s.List
		}
	}
	t.Fatalf("%s has no current snapshot", metadata)
	return ""
}

// checkListed compares what is said of a file with the file: rows, bytes, day and sensor.
func checkListed(t *testing.T, lake, table string, f laketest.Listed) {
	t.Helper()
	path := strings.TrimPrefix(f.Path, "file://")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if rows := checkBounds(t, lake, table, path, f); rows != f.Rows || info.Size() != f.Bytes {
		t.Errorf("%s: listed are %d rows and %d bytes, there are %d and %d", path, f.Rows, f.Bytes, rows, info.Size())
	}
	day, divided := f.Division["day"].(float64)
	if divided && !strings.Contains(path, "/dt="+time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)+"/") {
		t.Errorf("%s: listed under the day %v", path, day)
	}
	if !divided && table != "findings" {
		t.Errorf("%s: it is not divided by day and sensor: %v", path, f.Division)
	}
}

// checkBounds compares the bounds of integers and times with the file, and counts its rows.
func checkBounds(t *testing.T, lake, table, path string, f laketest.Listed) (rows int64) {
	t.Helper()
	asked, ids := []string{"count(*)"}, []string{}
	for _, c := range reports.Columns() {
		if c.Table == table && (c.Type == "int64" || c.Type == "timestamp") {
			value := map[string]string{"int64": c.Name, "timestamp": "epoch_us(" + c.Name + ")"}[c.Type]
			asked, ids = append(asked, "min("+value+")", "max("+value+")"), append(ids, strconv.Itoa(c.ID))
		}
	}
	row := askLake(t, lake, "SELECT "+strings.Join(asked, ", ")+" FROM read_parquet('"+path+"')")[0]
	for i, id := range ids {
		lower, upper := row[1+2*i], row[2+2*i]
		if lower != nil && (lower != integer(t, f.Lower[id]) || upper != integer(t, f.Upper[id])) {
			t.Errorf("%s: column %s goes from %v to %v, listed are %s and %s", path, id, lower, upper, f.Lower[id], f.Upper[id])
		}
	}
	return row[0].(int64)
}

func integer(t *testing.T, hexadecimal string) int64 {
	t.Helper()
	b, err := hex.DecodeString(hexadecimal)
	if err != nil || len(b) != 8 {
		t.Errorf("%q is no integer of 8 bytes", hexadecimal)
		return 0
	}
	return int64(binary.LittleEndian.Uint64(b))
}
