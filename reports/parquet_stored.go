package reports

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"webexaudit/analyzer/record"
	"webexaudit/reports/columnar"
)

// Keys of a file's footer: the run's arguments, a JSON list; its id; its number among those of the
// sensor; the times of its first and last row.
const (
	footerArguments = "webexaudit.arguments"
	footerRun       = "webexaudit.run_id"
	footerSeq       = "webexaudit.run_seq"
	footerFirst     = "webexaudit.min_time"
	footerLast      = "webexaudit.max_time"
)

// capturesFiles are the files of the table captures that the sensor has below the directory.
func capturesFiles(o ParquetOptions) ([]string, error) {
	return filepath.Glob(filepath.Join(EscapeGlob(o.Dir), "captures", "v1", "dt=*",
		"sensor="+slug(o.Sensor), "*.parquet"))
}

// nextRun numbers a run: one more than the highest number that another run of the sensor has in the directory. Files
// that cannot be read have none.
func nextRun(o ParquetOptions, id string) (int64, error) {
	paths, err := capturesFiles(o)
	next := int64(1)
	for _, path := range paths {
		keys, err := lookup(path, footerRun, footerSeq)
		if err != nil || keys[footerRun] == id {
			continue
		}
		if n, err := strconv.ParseInt(keys[footerSeq], 10, 64); err == nil {
			next = max(next, n+1)
		}
	}
	return next, err
}

// StoredRun looks below the directory for the tables that an analysis is about to write again, so that it can be
// refused before it begins: those of the same sensor, version, arguments, site file and input files. Of r these are
// filled in, with the files' paths and sizes; sum gives the SHA-256 of a file and is asked only where all else agrees.
// It returns the path of a file of that run, or "". What cannot be read is not that run.
func StoredRun(o ParquetOptions, r *record.Run, sum func(path, hash string) (string, error)) (string, error) {
	paths, err := capturesFiles(o)
	if err != nil || len(r.Files) == 0 {
		return "", err
	}
	rows, at := map[string][]captureRow{}, map[string]string{}
	for _, path := range paths {
		for _, row := range sameCommand(path, r) {
			rows[row.RunID], at[row.RunID] = append(rows[row.RunID], row), path
		}
	}
	for id, list := range rows {
		if !hasMarker(o, id) {
			continue // its writer came to no end
		}
		same, err := sameFiles(list, r.Files, sum)
		if err != nil {
			return "", err
		}
		if same {
			return at[id], nil
		}
	}
	return "", nil
}

// EscapeGlob keeps a directory's name from being taken for a pattern.
func EscapeGlob(dir string) string {
	return strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`).Replace(dir)
}

// sameCommand are the rows of a captures file, if a command equal to the run's wrote it.
func sameCommand(path string, r *record.Run) []captureRow {
	keys, err := lookup(path, footerArguments)
	if err != nil || keys[footerArguments] != argumentsText(r) {
		return nil
	}
	rows, err := parquet.ReadFile[captureRow](path)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(rows, func(c captureRow) bool {
		site := ""
		if c.Site != nil {
			site = *c.Site
		}
		return c.ToolVersion != r.Version || site != r.Site
	})
}

// lookup reads keys of a file's footer; those that are not there are left out.
func lookup(path string, keys ...string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, key := range keys {
		if text, ok := file.Lookup(key); ok {
			found[key] = text
		}
	}
	return found, nil
}

// RunOf is the id of the run that a table's file is of, by its footer; "": it has none.
func RunOf(path string) (id string, err error) {
	keys, err := lookup(path, footerRun)
	return keys[footerRun], err
}

func argumentsText(r *record.Run) string {
	b, err := json.Marshal(r.Arguments)
	if err != nil {
		return ""
	}
	return string(b)
}

// sameFiles reports whether the rows are of exactly these files.
func sameFiles(rows []captureRow, files []record.File, sum func(path, hash string) (string, error)) (bool, error) {
	if len(rows) != len(files) {
		return false, nil
	}
	stored := map[string]captureRow{}
	for _, c := range rows {
		if c.Path != nil && c.Bytes != nil {
			stored[*c.Path] = c
		}
	}
	for _, f := range files {
		if c, ok := stored[columnar.Valid(f.Path)]; !ok || *c.Bytes != f.Bytes {
			return false, nil
		}
	}
	for _, f := range files {
		row := stored[columnar.Valid(f.Path)]
		want, hash := row.SHA256, "sha256"
		if row.XXH3 != nil {
			want, hash = row.XXH3, "xxh3"
		}
		got, err := sum(f.Path, hash)
		if err != nil {
			return false, fmt.Errorf("%s: %w", f.Path, err)
		}
		if want == nil || *want != got {
			return false, nil
		}
	}
	return true, nil
}
