package reports

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/record"
)

// markers are what the markers below a directory say.
func markers(t *testing.T, dir string) (list []Marker) {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(dir, "_runs/v1/sensor=*/*.json"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var m Marker
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

// tableFiles are the files below a directory but markers.
func tableFiles(t *testing.T, dir string) []string {
	t.Helper()
	return slices.DeleteFunc(files(t, dir), func(name string) bool { return strings.HasPrefix(name, "_runs/") })
}

// begun is a run whose tables are written, and none of them visible.
func begun(t *testing.T, o ParquetOptions) *lake {
	t.Helper()
	s := &parquetSink{o: o, set: sample(t)}
	l, err := newLake(o, s.set.Run)
	if err == nil {
		err = l.mark()
	}
	if err == nil {
		err = s.writeTables(l)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestMarker: the marker names all files of the run, and is there when they are.
func TestMarker(t *testing.T) {
	o := ParquetOptions{Dir: t.TempDir(), Sensor: "a"}
	l := begun(t, o)
	defer l.discard()
	if len(markers(t, o.Dir)) != 0 {
		t.Error("a marker before the files")
	}
	if err := l.publish(); err != nil {
		t.Fatal(err)
	}
	m := markers(t, o.Dir)
	if len(m) != 1 || m[0].RunID != l.head.RunID || m[0].SensorID != "a" ||
		!slices.Equal(m[0].Files, tableFiles(t, o.Dir)) {
		t.Errorf("%+v; there are %v", m, tableFiles(t, o.Dir))
	}
}

// TestTablesAllOrNone: where one file cannot get its name, no other has its own, and there is no marker.
func TestTablesAllOrNone(t *testing.T) {
	o := ParquetOptions{Dir: t.TempDir(), Sensor: "a"}
	l := begun(t, o)
	last := slices.MaxFunc(l.files, func(a, b lakeFile) int { return strings.Compare(a.path, b.path) })
	if err := os.MkdirAll(filepath.Join(last.path, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := l.publish(); err == nil {
		t.Error("no error")
	}
	l.discard()
	if left := files(t, o.Dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

// TestTwoWritersOfARun: one wins, and the other is told; all files are those of the winner.
func TestTwoWritersOfARun(t *testing.T) {
	for _, overwrite := range []bool{false, true} {
		o := ParquetOptions{Dir: t.TempDir(), Sensor: "a", Overwrite: overwrite}
		if overwrite {
			write(t, sample(t), o)
		}
		a, b := begun(t, o), begun(t, o)
		if err := b.publish(); err != nil {
			t.Error(err)
		}
		b.discard()
		err := a.publish()
		if a.discard(); err == nil || !strings.Contains(err.Error(), "another program has written it meanwhile") {
			t.Errorf("the second writer was told %v", err)
		}
		m := markers(t, o.Dir)
		if len(m) != 1 || !slices.Equal(m[0].Files, tableFiles(t, o.Dir)) {
			t.Errorf("overwrite %v: %+v; there are %v", overwrite, m, tableFiles(t, o.Dir))
		}
		for _, f := range b.files {
			if _, err := os.Stat(f.path); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestAfterACrash: what a run without a marker has left is replaced, without --overwrite; a run with its marker is
// found, and refused.
func TestAfterACrash(t *testing.T) {
	o := ParquetOptions{Dir: t.TempDir(), Sensor: "a"}
	whole := write(t, sample(t), o)
	err := sample(t).WriteTo(newParquet(nil, Options{Parquet: o}))
	if err == nil || !strings.Contains(err.Error(), "--overwrite") || storedFile(t, o) == "" {
		t.Errorf("a complete run was replaced: %v", err)
	}
	for _, name := range []string{whole[0], whole[3]} { // the marker, and one of the tables
		if err := os.Remove(filepath.Join(o.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if stored := storedFile(t, o); stored != "" {
		t.Errorf("%s of a run without its marker", stored)
	}
	if after := write(t, sample(t), o); !slices.Equal(after, whole) {
		t.Errorf("there are %v, not %v", after, whole)
	}
}

// storedFile is what StoredRun finds of the sample.
func storedFile(t *testing.T, o ParquetOptions) string {
	t.Helper()
	run := sample(t).Run
	path, err := StoredRun(o, run, func(path, _ string) (string, error) {
		i := slices.IndexFunc(run.Files, func(f record.File) bool { return f.Path == path })
		return run.Files[i].SHA256, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSweep: a hidden file of long ago goes with the next run of the sensor, a new one and another's do not.
func TestSweep(t *testing.T) {
	o := ParquetOptions{Dir: t.TempDir(), Sensor: "a"}
	whole := write(t, sample(t), o)
	dir := filepath.Dir(filepath.Join(o.Dir, whole[len(whole)-1]))
	left := map[string]bool{".x.parquet.ABCDEFG2": false,
		".y.parquet.ABCDEFG2": true, ".x.parquet": true, "x.parquet.ABCDEFG2": true}
	for name := range left {
		path, at := filepath.Join(dir, name), time.Now()
		if name != ".y.parquet.ABCDEFG2" {
			at = at.Add(-2 * stale)
		}
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	o.Overwrite = true
	write(t, sample(t), o)
	for name, want := range left {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
