package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
	"webexaudit/cmd/webexaudit-lake/laketest"
	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/reports"
)

// TestMain is the program itself where a test starts it as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("LAKE_AS_PROGRAM") != "" {
		main()
	}
	status := m.Run()
	laketest.Clean()
	os.Exit(status)
}

// analyzedAt makes results of different runs comparable.
const analyzedAt = "--analyzed-at=2026-09-09T10:00:00Z"

// command runs the program in this process.
func command(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	status = run(t.Context(), args, &out, &problems)
	return status, out.String(), problems.String()
}

func mustRun(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	status, stdout, stderr := command(t, args...)
	if status != want {
		t.Fatalf("%s: status %d, want %d\n%s%s", strings.Join(args, " "), status, want, stdout, stderr)
	}
	return stdout, stderr
}

// tree is what a store holds: the digest of each object by its key.
func tree(t *testing.T, place string, prefixes ...string) map[string]string {
	t.Helper()
	s, err := store.Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, o := range list {
		below := func(p string) bool { return strings.HasPrefix(o.Key, p) }
		if len(prefixes) > 0 && !slices.ContainsFunc(prefixes, below) {
			continue
		}
		text, err := s.Read(t.Context(), o.Key)
		if err != nil {
			t.Fatal(err)
		}
		found[o.Key] = fmt.Sprintf("%x", sha256.Sum256(text))
	}
	return found
}

// tables are the objects that readers of a lake see.
var tables = []string{"_runs/", "captures/", "findings/", "flows/", "media_intervals/", "media_streams/", "reachability/",
	"sessions/", "tls_sessions/"}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for key := range want {
		if got[key] == "" {
			t.Errorf("%s: %s is missing", what, key)
		} else if got[key] != want[key] {
			t.Errorf("%s: %s differs", what, key)
		}
	}
	for key := range got {
		if want[key] == "" {
			t.Errorf("%s: %s is too much", what, key)
		}
	}
	if len(want) == 0 {
		t.Errorf("%s: nothing to compare", what)
	}
}

// span is three sensors with 42 captures, made by rotation: calls and flows go over the ends of files.
func span(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "captures")
	laketest.Rotate(t, "tls-fallback", filepath.Join(dir, "HQ span 1"), 14)
	laketest.Rotate(t, "healthy-meeting", filepath.Join(dir, "branch"), 14)
	laketest.Rotate(t, "unmarked-audio", filepath.Join(dir, "remote"), 14)
	return dir
}

// direct is a lake that the analyzer and the reports write, without anything of this program: a run for each sensor.
func direct(t *testing.T, captures string) string {
	t.Helper()
	lake := filepath.Join(t.TempDir(), "direct")
	t.Chdir(captures)
	sensors, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	for _, sensor := range sensors {
		files, err := filepath.Glob(sensor + "/*")
		if err != nil {
			t.Fatal(err)
		}
		set, err := analyzer.Run(t.Context(), analyzer.Config{Files: files, Tool: "webexaudit", Version: release,
			Arguments: []string{"analyze"}})
		if err != nil {
			t.Fatal(err)
		}
		format, _ := reports.ByName("parquet")
		at, err := moment(strings.TrimPrefix(analyzedAt, "--analyzed-at="), "")
		if err != nil {
			t.Fatal(err)
		}
		o := reports.ParquetOptions{Dir: lake, Sensor: sensor, AnalyzedAt: record.Time(at.UnixNano())}
		if err := set.WriteTo(format.New(nil, reports.Options{Parquet: o})); err != nil {
			t.Fatal(err)
		}
	}
	return lake
}

// TestInvariant: however the work is divided and wherever it lies, the tables are those of one process, to the byte.
func TestInvariant(t *testing.T) {
	captures := span(t)
	want := tree(t, direct(t, captures))
	folder := filepath.Join(t.TempDir(), "lake")
	mustRun(t, 0, "run", "--lake", folder, analyzedAt, captures)
	same(t, "one process", tree(t, folder, tables...), want)

	before := tree(t, folder)
	mustRun(t, 0, "run", "--lake", folder, captures)
	same(t, "again", tree(t, folder), before)

	inBucket(t, laketest.S3(t, nil), captures, want)
	if server := laketest.VersityGW(t); server != "" {
		inBucket(t, server, captures, want)
	}
}

// inBucket has captures and lake in a bucket of an S3 server.
func inBucket(t *testing.T, server, captures string, want map[string]string) {
	t.Helper()
	bucket, source := laketest.Address(server, "a/lake"), laketest.Address(server, "captures")
	upload(t, captures, source)
	mustRun(t, 0, "run", "--lake", bucket, analyzedAt, "--jobs=2", source)
	same(t, "S3", tree(t, bucket, tables...), want)
}

func upload(t *testing.T, dir, place string) {
	t.Helper()
	s, err := store.Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		key, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return s.Put(t.Context(), filepath.ToSlash(key), path)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCrash: a store that fails between the tables and their marker leaves nothing that readers see; done again, all is
// there.
func TestCrash(t *testing.T) {
	captures := filepath.Join(t.TempDir(), "captures")
	laketest.Copy(t, "unmarked-audio", filepath.Join(captures, "hq", "a.pcapng.gz"))
	want := tree(t, direct(t, captures))
	var broken atomic.Bool
	server := laketest.S3(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if broken.Load() && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "_runs") {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	lake := laketest.Address(server, "lake")
	broken.Store(true)
	_, problems := mustRun(t, 5, "run", "--lake", lake, analyzedAt, captures)
	if !strings.Contains(problems, "1 of 1 audits failed: give the command again to repeat them") {
		t.Errorf("it says %s", problems)
	}
	if list := tree(t, lake, "_runs/"); len(list) > 0 {
		t.Errorf("there are markers: %v", list)
	}
	if list := tree(t, lake, "runs/"); len(list) != 1 {
		t.Errorf("beside the plan there is %v", list)
	}
	broken.Store(false)
	mustRun(t, 0, "run", "--lake", lake, captures)
	same(t, "after the crash", tree(t, lake, tables...), want)
}

// TestBadInput: a damaged capture is named and the rest is in the lake; captures that changed since are told.
func TestBadInput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "captures")
	laketest.Copy(t, "sip-calls", filepath.Join(dir, "branch", "a.pcapng.gz"))
	laketest.Copy(t, "unmarked-audio", filepath.Join(dir, "hq", "cut.pcapng.gz"))
	if err := os.Truncate(filepath.Join(dir, "hq", "cut.pcapng.gz"), 40_000); err != nil {
		t.Fatal(err)
	}
	lake := filepath.Join(t.TempDir(), "lake")
	stdout, problems := mustRun(t, 3, "run", "--lake", lake, "--report=md", dir)
	for _, want := range []string{"branch 2026-09-07: ", "hq 2026-09-07: "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in %s", want, stdout)
		}
	}
	if want := regexp.MustCompile(`audit 1: hq 2026-09-07: hq/cut\.pcapng\.gz: damaged at byte \d+, packet \d+: the gzip stream is cut short`); !want.MatchString(problems) {
		t.Errorf("it says %s", problems)
	}
	id, _ := mustRun(t, 3, "plan", "--lake", filepath.Join(t.TempDir(), "other"), dir)
	if list, _ := filepath.Glob(filepath.Join(lake, "runs", strings.TrimSpace(id), "*")); list != nil {
		t.Error("another set of reports has the same plan")
	}
	old, _ := mustRun(t, 3, "plan", "--lake", lake, dir)
	laketest.Copy(t, "tls-fallback", filepath.Join(dir, "branch", "a.pcapng.gz"))
	_, problems = mustRun(t, 3, "audit", "--lake", lake, strings.TrimSpace(old), "--task=0")
	if !strings.Contains(problems, "the plan is older than the capture: branch/a.pcapng.gz had 9666 bytes") {
		t.Errorf("it says %s", problems)
	}
}

// TestUsage: what is wrong with a command line is said in a sentence, and nothing is done.
func TestUsage(t *testing.T) {
	dir := t.TempDir()
	laketest.Copy(t, "sip-calls", filepath.Join(dir, "a.pcapng.gz"))
	t.Setenv("WEBEXAUDIT_LAKE", "")
	lake := filepath.Join(t.TempDir(), "lake")
	for _, tt := range []struct {
		args   string
		status int
		want   string
	}{
		{"run DIR", 2, "--lake is missing: the folder or bucket of the lake"},
		{"run --lake DIR/lake DIR", 2, "lies among the captures: it needs a place of its own"},
		{"run --lake LAKE --group=week DIR", 2, "--group week: want day or sensor"},
		{"run --lake LAKE --vantage=moon DIR", 2, "--vantage moon: want one of"},
		{"run --lake LAKE --report=pdf DIR", 2, "--report pdf: there is no report of this name"},
		{"run --lake LAKE --site=DIR/none DIR", 2, "--site: open"},
		{"run --lake ftp://host/x DIR", 2, "--lake: ftp://host/x: want a folder, or one of"},
		{"run --lake LAKE DIR/none", 3, "none: there is no such folder"},
		{"audit --lake LAKE 123 --task=0", 2, "has no plan 123"},
		{"audit --lake LAKE 123", 2, "--task is missing: the number of a task of the plan, from 0"},
	} {
		args := strings.Fields(strings.NewReplacer("DIR", dir, "LAKE", lake).Replace(tt.args))
		if status, _, stderr := command(t, args...); status != tt.status || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: status %d, want %d: %s", tt.args, status, tt.status, stderr)
		}
	}
	if _, err := os.Stat(lake); err == nil {
		t.Error("something was written")
	}
	id, _ := mustRun(t, 0, "plan", "--lake", lake, dir)
	if status, _, stderr := command(t, "audit", "--lake", lake, strings.TrimSpace(id), "--task=7"); status == 0 ||
		!strings.Contains(stderr, "has no audit task 7: they are numbered from 0 to 0") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

// TestQuery: one command makes a lake of a folder of captures, the next one answers.
func TestQuery(t *testing.T) {
	captures, lake := t.TempDir(), filepath.Join(t.TempDir(), "lake")
	laketest.Copy(t, "tls-fallback", filepath.Join(captures, "hq", "a.pcapng.gz"))
	laketest.Copy(t, "inspected-tls", filepath.Join(captures, "branch", "a.pcapng.gz"))
	mustRun(t, 0, "run", "--lake", lake, "--report=", captures)
	if list := tree(t, lake, "runs/"); len(list) != 3 {
		t.Errorf("without reports there is %v", list)
	}
	t.Setenv("WEBEXAUDIT_LAKE", lake)
	for _, tt := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"query", "fleet-posture", "--format=csv"}, 0, "branch,1,2026-09-07,1,0,105,0,0,,1,high\n"},
		{[]string{"query", "interception", "--format=md"}, 0, "| confirmed | branch | 3 | 1 | 3 |"},
		{[]string{"query", "--sql=SELECT count(*) AS n FROM newest_findings WHERE rule = 'WXA-MED-001' AND state = 'fail'",
			"--format=json"}, 0, "[\n {\"n\": 1}\n]\n"},
		{[]string{"query", "--show", "worst-calls"}, 0, "-- Answers: Which 50 calls were the worst, and why?\n"},
		{[]string{"query", "--show"}, 0, "CREATE VIEW zeek_conn AS"},
		{[]string{"query", "worst"}, 2, "there is no question \"worst\"; there are capacity, "},
		{[]string{"query"}, 2, "the name of a question is missing"},
		{[]string{"query", "trend", "--format=xml"}, 2, "--format xml: want one of table, csv, json, md"},
		{[]string{"query", "trend", "--since=monday"}, 2, "--since monday: want a day such as 2026-09-01"},
		{[]string{"query", "trend", "--sql=SELECT 1"}, 2, "either --sql or the name of a question"},
		{[]string{"query", "--sql=SELECT nothing"}, 5, "nothing"},
		{[]string{"query", "trend", "--until=2026-01-01"}, 5, "holds no tables of these days"},
	} {
		status, stdout, stderr := command(t, tt.args...)
		if status != tt.status || !strings.Contains(stdout+stderr, tt.want) {
			t.Errorf("%v: status %d, want %d\n%s%s", tt.args, status, tt.status, stdout, stderr)
		}
	}
}

// TestRelease: records name the version of webexaudit, whose analysis it is.
func TestRelease(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "webexaudit", "version.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(`const release = "`+release+`"`)) {
		t.Errorf("webexaudit is not of version %s", release)
	}
}
