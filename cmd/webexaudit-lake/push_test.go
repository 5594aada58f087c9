package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/cmd/webexaudit-lake/laketest"
	"webexaudit/cmd/webexaudit-lake/layout"
	"webexaudit/cmd/webexaudit-lake/query"
)

// sensors are those of span.
var sensors = []string{"HQ span 1", "branch", "remote"}

// analyzed is the time of analyzedAt.
func analyzed(t *testing.T) time.Time {
	t.Helper()
	at, err := moment(strings.TrimPrefix(analyzedAt, "--analyzed-at="), "")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// watched has a watch of each sensor, in windows of a length, and gives their folders of results and of tables.
func watched(t *testing.T, captures, window string) (outs, spools []string) {
	t.Helper()
	for _, sensor := range sensors {
		out, spool := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "tables")
		laketest.Watch(t, captures, sensor, analyzed(t), "--window="+window, "-o", out, "--parquet", spool)
		outs, spools = append(outs, out), append(spools, spool)
	}
	return outs, spools
}

// TestWatchFeeds: the windows that a watch of each sensor has written, pushed into a lake, are those that the audits of
// the same captures in windows make, to the byte: rows, ids, names and markers; and so is what is found of the day.
// Only the time of analysis is given to both.
func TestWatchFeeds(t *testing.T) {
	captures := span(t)
	audited, fed := filepath.Join(t.TempDir(), "audited"), filepath.Join(t.TempDir(), "fed")
	mustRun(t, 0, "run", "--lake", audited, analyzedAt, "--window=10s", captures)
	want := tree(t, audited, tables...)
	outs, spools := watched(t, captures, "10s")
	for i, spool := range spools {
		windows, err := filepath.Glob(filepath.Join(outs[i], "windows", "*"))
		if err != nil || len(windows) < 3 {
			t.Errorf("%s: %d windows, %v", sensors[i], len(windows), err)
		}
		says, _ := mustRun(t, 0, "push", "--lake", fed, spool)
		if want := fmt.Sprintf("%d runs brought, 0 were there, 0 left out\n", len(windows)); says != want {
			t.Errorf("%s: it says %q, want %q", sensors[i], says, want)
		}
	}
	same(t, "watch", tree(t, fed, tables...), want)
	for i, out := range outs {
		sameDay(t, filepath.Join(out, "days", "2026-09-07", "report.json"),
			filepath.Join(audited, "runs", "*", fmt.Sprintf("audit-%05d", i), "report.json"))
	}
}

// sameDay compares the report of a day of a watch with that of the audit. In neither are flows, which the windows have;
// the audit's names all captures, and its arguments.
func sameDay(t *testing.T, watch, audit string) {
	t.Helper()
	paths, err := filepath.Glob(audit)
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	var reports [2]map[string]json.RawMessage
	for i, path := range []string{watch, paths[0]} {
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &reports[i])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for key, want := range reports[1] {
		if got := reports[0][key]; string(got) != string(want) {
			t.Errorf("%s: %s is\n%.600s\nwant\n%.600s", watch, key, got, want)
		}
	}
	if len(reports[1]["findings"]) < 1000 {
		t.Errorf("findings of the day: %s", reports[1]["findings"])
	}
}

// export is a table as a sorted text, without some columns.
func export(t *testing.T, lake, table string, without ...string) string {
	t.Helper()
	sql := fmt.Sprintf("SELECT * EXCLUDE (%s) FROM %s ORDER BY ALL", strings.Join(without, ", "), table)
	text, _ := mustRun(t, 0, "query", "--lake", lake, "--format=csv", "--sql", sql)
	return text
}

// TestWatchWhole: a watch whose window has all of the captures writes the rows that audits write which know no windows.
// The name of the run is that of another command, and files that may still grow have no hash.
func TestWatchWhole(t *testing.T) {
	captures := span(t)
	audited, fed := filepath.Join(t.TempDir(), "audited"), filepath.Join(t.TempDir(), "fed")
	mustRun(t, 0, "run", "--lake", audited, "--report=", analyzedAt, captures)
	_, spools := watched(t, captures, "24h")
	for _, spool := range spools {
		mustRun(t, 0, "push", "--lake", fed, spool)
	}
	for _, table := range layout.Tables() {
		without := []string{"run_id"}
		if table == "captures" {
			without = append(without, "sha256")
		}
		got, want := export(t, fed, table, without...), export(t, audited, table, without...)
		if got != want {
			t.Errorf("%s: it is\n%.2000s\nwant\n%.2000s", table, got, want)
		}
		if n := strings.Count(want, "\n"); n < 2 && table != "compared_streams" {
			t.Errorf("%s has %d lines", table, n)
		}
	}
}

// inFiles are the columns that say where in files packets are.
const inFiles = "first_file, last_file, last_packet, key_packets"

// TestFlowOverFiles: what passes in three files is what passes in one: flows over their ends are one flow each.
func TestFlowOverFiles(t *testing.T) {
	captures, lake := filepath.Join(t.TempDir(), "captures"), filepath.Join(t.TempDir(), "lake")
	laketest.Rotate(t, "healthy-meeting", filepath.Join(captures, "three"), 3)
	laketest.Rotate(t, "healthy-meeting", filepath.Join(captures, "one"), 1)
	mustRun(t, 0, "run", "--lake", lake, "--report=", analyzedAt, captures)
	over, _ := mustRun(t, 0, "query", "--lake", lake, "--format=csv", "--sql", `SELECT count(*) AS n FROM flows
		WHERE first_file = 'three/span-000.pcapng' AND last_file = 'three/span-002.pcapng'`)
	if over != "n\n3\n" {
		t.Errorf("flows over three files: %s", over)
	}
	rows := map[string]string{}
	for _, sensor := range []string{"one", "three"} {
		sql := "SELECT * EXCLUDE (run_id, sensor_id, sensor, " + inFiles + ") FROM flows WHERE sensor_id = '" + sensor + "' ORDER BY ALL"
		rows[sensor], _ = mustRun(t, 0, "query", "--lake", lake, "--format=csv", "--sql", sql)
	}
	if rows["three"] != rows["one"] {
		t.Errorf("in three files:\n%s\nin one:\n%s", rows["three"], rows["one"])
	}
}

// TestPush: what is damaged, foreign or gone is told, and the others come; given again, what is there is passed over
// and what is whole again comes, also into a day that was compacted meanwhile; what is in the lake can be removed.
func TestPush(t *testing.T) {
	captures, source := span(t), filepath.Join(t.TempDir(), "source")
	lake, spool := filepath.Join(t.TempDir(), "lake"), filepath.Join(t.TempDir(), "tables")
	mustRun(t, 0, "run", "--lake", source, "--report=", analyzedAt, "--window=10s", captures)
	copyTables(t, source, spool)
	foreign := spoil(t, spool)
	runs := len(tree(t, source, "_runs/"))
	says, problems := mustRun(t, 3, "push", "--lake", lake, spool)
	if want := fmt.Sprintf("%d runs brought, 0 were there, 4 left out\n", runs-2); says != want {
		t.Errorf("it says %q, want %q", says, want)
	}
	for _, want := range []string{": tables of it are gone: flows/v1/dt=2026-09-07/sensor=branch/",
		".parquet: a table of it is damaged: ", "foreign.json: it is no marker of a run of webexaudit\n",
		"0123456789ab.json: it is no marker of a run of webexaudit: it names \"flows/v1/dt=2026-09-07/sensor=branch/.."} {
		if !strings.Contains(problems, want) {
			t.Errorf("%q is missing in %s", want, problems)
		}
	}
	mustRun(t, 0, "compact", "--lake", lake, "--before=2026-09-08")
	for _, path := range foreign {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	copyTables(t, source, spool)
	for _, want := range []string{fmt.Sprintf("2 runs brought, %d were there, 0 left out\n", runs-2),
		"0 runs brought, 0 were there, 0 left out\n"} {
		if says, _ = mustRun(t, 0, "push", "--lake", lake, "--remove", spool); says != want {
			t.Errorf("it says %q, want %q", says, want)
		}
	}
	if left := tree(t, spool); len(left) > 0 {
		t.Errorf("left in the folder: %v", left)
	}
	for _, table := range layout.Tables() {
		if got, want := export(t, lake, table, "run_seq"), export(t, source, table, "run_seq"); got != want {
			t.Errorf("%s: behind compaction it is %.2000s\nwant %.2000s", table, got, want)
		}
	}
}

// spoil removes a table of a run, cuts one of another short, and puts two markers beside that are none.
func spoil(t *testing.T, spool string) (foreign []string) {
	t.Helper()
	err := errors.Join(os.Remove(oneOf(t, spool, "flows", "branch")),
		os.Truncate(oneOf(t, spool, "findings", "remote"), 1000))
	for name, text := range map[string]string{"foreign": "{}",
		"0123456789ab": `{"schema": "webexaudit.parquet-run/1", "run_id": "0123456789ab",
			"files": ["flows/v1/dt=2026-09-07/sensor=branch/../../../../../0123456789ab-x.parquet"]}`} {
		path := filepath.Join(spool, "_runs", "v1", "sensor=branch", name+".json")
		foreign, err = append(foreign, path), errors.Join(err, os.WriteFile(path, []byte(text), 0o666))
	}
	if err != nil {
		t.Fatal(err)
	}
	return foreign
}

// copyTables copies what readers of a lake see.
func copyTables(t *testing.T, from, to string) {
	t.Helper()
	for _, name := range tables {
		if err := os.RemoveAll(filepath.Join(to, name)); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(to, name), os.DirFS(filepath.Join(from, name))); err != nil {
			t.Fatal(err)
		}
	}
}

// oneOf is the path of a file that a sensor has in a table.
func oneOf(t *testing.T, lake, table, sensor string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(lake, table, "v1", "*", "sensor="+sensor, "*.parquet"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	return paths[0]
}

// TestWindowsPlan: windows are read one after the other, so that there is nothing to map; what cannot be is told.
func TestWindowsPlan(t *testing.T) {
	captures, lake := span(t), filepath.Join(t.TempDir(), "lake")
	id, _ := mustRun(t, 0, "plan", "--lake", lake, analyzedAt, "--chunk=1000", "--window=1m", captures)
	id = strings.TrimSpace(id)
	_, problems := mustRun(t, 2, "map", "--lake", lake, id, "--task=0")
	if !strings.Contains(problems, "the plan is in windows, which an audit reads one after the other: leave out map") {
		t.Errorf("it says %s", problems)
	}
	mustRun(t, 0, "audit", "--lake", lake, id, "--task=1")
	if markers := tree(t, lake, "_runs/"); len(markers) != 1 {
		t.Errorf("in a window of a minute: %v", markers)
	}
	_, problems = mustRun(t, 2, "plan", "--lake", lake, "--window=1s", captures)
	if !strings.Contains(problems, "--window 1s: want at least 10s") {
		t.Errorf("it says %s", problems)
	}
	mustRun(t, 2, "push", "--lake", lake, lake)
	mustRun(t, 2, "push", "--lake", lake, filepath.Join(lake, "none"))
}

// otherInWindows are what answers of a lake of windows cannot have in common with those of one without, by question and
// column; "": anything.
var otherInWindows = map[string][]string{
	"top-roots":     {""},                    // findings are judged by window, with the causes that stand in it
	"worst-calls":   {""},                    // a row for each part of a call
	"fleet-posture": {"root_causes"},         // as top-roots
	"fallback-cost": {"example_of_a_reason"}, // says how long TLS carried media in its window
}

// TestWindowsAnswers: calls, flows and captures that the ends of windows cut count once, sums are the same, and windows
// that were judged twice count once.
func TestWindowsAnswers(t *testing.T) {
	captures := span(t)
	whole, cut := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "cut")
	mustRun(t, 0, "run", "--lake", whole, "--report=", analyzedAt, captures)
	mustRun(t, 0, "run", "--lake", cut, "--report=", "--analyzed-at=2026-09-08T10:00:00Z", "--window=20s", "--vantage=wan",
		captures)
	mustRun(t, 0, "run", "--lake", cut, "--report=", analyzedAt, "--window=20s", captures)
	for _, q := range query.All() {
		got, want := answer(t, cut, "", q.Name), answer(t, whole, "", q.Name)
		if got != want {
			t.Errorf("%s: it is\n%swant\n%s", q.Name, got, want)
		}
	}
	for sql, doubled := range map[string]bool{
		"SELECT count(DISTINCT flow_id) AS n, sum(bytes_fwd + bytes_rev) AS b FROM newest_flows": false,
		"SELECT count(DISTINCT coalesce(call_id, session_id)) AS n FROM newest_sessions":         false,
		"SELECT sum(packets) AS n FROM newest_media_streams":                                     false,
		"SELECT count(*) AS n FROM newest_tls_sessions":                                          false,
		"SELECT count(*) AS n FROM newest_flows":                                                 true,
	} {
		if got, want := answer(t, cut, sql, ""), answer(t, whole, sql, ""); (got != want) != doubled {
			t.Errorf("%s: it is %s, without windows %s", sql, got, want)
		}
	}
}

// answer is what a lake says to a question, or to SQL, without the columns that are another in windows.
func answer(t *testing.T, lake, sql, name string) string {
	t.Helper()
	args := []string{"query", "--lake", lake, "--format=csv"}
	if args = append(args, name); sql != "" {
		args = append(args[:len(args)-1], "--sql", sql)
	}
	text, _ := mustRun(t, 0, args...)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatal(err, text)
	}
	out, head := "", rows[0]
	for _, row := range rows {
		for i, cell := range row {
			if other := otherInWindows[name]; !slices.Contains(other, head[i]) && !slices.Contains(other, "") {
				out += cell + ","
			}
		}
		out += "\n"
	}
	if slices.Contains(otherInWindows[name], "") {
		return ""
	}
	return out
}
