// Package layout knows where things lie in a lake, and which of a table's files readers may see.
//
// A file of a run is there when the run's marker is. Files that were compacted into others are there until the marker
// of the compaction is; then those others are. So nothing is ever seen twice, or not at all.
package layout

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"

	"webexaudit/cmd/webexaudit-lake/store"
	"webexaudit/reports"
)

// Prefixes of the markers.
const (
	runs      = "_runs/v1/"
	compacted = "_compacted/v1/"
)

// CompactionSchema is the version of [Compaction].
const CompactionSchema = "webexaudit.compaction/1"

// Compaction is the marker of files that took the place of others. Of those of a folder the highest generation holds.
type Compaction struct {
	Schema     string   `json:"schema"`
	Generation int      `json:"generation"`
	Files      []string `json:"files"`
	Replaces   []string `json:"replaces"`
	Rows       int64    `json:"rows"`
}

// Folder is what a sensor has in a table on a day.
type Folder struct {
	Table, Day, Sensor string         // Sensor as it stands in paths
	Files              []store.Object // that readers see
	Replaced           []string       // keys of files that were compacted and are still there
	Generation         int            // of the compaction that holds; 0: none
}

// Prefix is where its files lie.
func (f *Folder) Prefix() string {
	return fmt.Sprintf("%s/v1/dt=%s/sensor=%s/", f.Table, f.Day, f.Sensor)
}

// Marker is the key of the marker of a compaction.
func (f *Folder) Marker(generation int) string {
	return fmt.Sprintf("%ssensor=%s/%s.%s.%05d.json", compacted, f.Sensor, f.Table, f.Day, generation)
}

// Index is what the markers of a lake say, as they were when it was read.
type Index struct {
	lake     *store.Store
	complete map[string]bool // sensor=NAME/RUN
	newest   map[string]int  // generation by sensor=NAME/TABLE.DAY
}

// Read lists the markers of a lake.
func Read(ctx context.Context, lake *store.Store) (*Index, error) {
	x := &Index{lake, map[string]bool{}, map[string]int{}}
	list, err := lake.List(ctx, runs)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		x.complete[strings.TrimSuffix(strings.TrimPrefix(m.Key, runs), ".json")] = true
	}
	if list, err = lake.List(ctx, compacted); err != nil {
		return nil, err
	}
	for _, m := range list {
		name := strings.TrimSuffix(strings.TrimPrefix(m.Key, compacted), ".json")
		i := strings.LastIndexByte(name, '.')
		if n, err := strconv.Atoi(name[i+1:]); err == nil && i > 0 {
			x.newest[name[:i]] = max(x.newest[name[:i]], n)
		}
	}
	return x, nil
}

// Empty tells that no run has come to its end: there is nothing to read.
func (x *Index) Empty() bool { return len(x.complete) == 0 }

// Tables are the names of all tables of a lake.
func Tables() (list []string) {
	for _, c := range reports.Columns() {
		if n := len(list); n == 0 || list[n-1] != c.Table {
			list = append(list, c.Table)
		}
	}
	return list
}

// Start is the column that says when a row of a table begins.
func Start(table string) string {
	switch table {
	case "captures":
		return "first_time"
	case "reachability", "findings":
		return "first_seen"
	}
	return "start_time"
}

// Folders lists the folders of a table, of the days that are wanted.
func (x *Index) Folders(ctx context.Context, table string, wanted func(day string) bool) (list []Folder, err error) {
	days, err := x.lake.Folders(ctx, table+"/v1/")
	if err != nil {
		return nil, err
	}
	for _, name := range days {
		day, ok := strings.CutPrefix(name, "dt=")
		if !ok || !wanted(day) {
			continue
		}
		objects, err := x.lake.List(ctx, table+"/v1/"+name+"/")
		if err != nil {
			return nil, err
		}
		for len(objects) > 0 { // in the order of their keys: a sensor's follow each other
			n, dir := 0, path.Dir(objects[0].Key)
			for n < len(objects) && path.Dir(objects[n].Key) == dir {
				n++
			}
			f := Folder{Table: table, Day: day, Sensor: strings.TrimPrefix(path.Base(dir), "sensor=")}
			if err := x.sort(ctx, &f, objects[:n]); err != nil {
				return nil, err
			}
			list, objects = append(list, f), objects[n:]
		}
	}
	return list, nil
}

// compactName begins the names of compacted files.
const compactName = "compact."

// FileName is that of a compacted file; sum tells compactions of different files apart.
func FileName(generation int, sum string) string {
	return fmt.Sprintf("%s%05d.%s-000-000.parquet", compactName, generation, sum)
}

// sort tells which objects of a folder readers see.
func (x *Index) sort(ctx context.Context, f *Folder, objects []store.Object) error {
	sensor := "sensor=" + f.Sensor + "/"
	f.Generation = x.newest[sensor+f.Table+"."+f.Day]
	c := new(Compaction)
	if f.Generation > 0 {
		text, err := x.lake.Read(ctx, f.Marker(f.Generation))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, c); err != nil || c.Schema != CompactionSchema {
			return fmt.Errorf("%s: it is no marker of a compaction", f.Marker(f.Generation))
		}
	}
	holds, replaced := set(c.Files), set(c.Replaces)
	for _, o := range objects {
		run, _, _ := strings.Cut(path.Base(o.Key), "-")
		switch {
		case replaced[o.Key]:
			f.Replaced = append(f.Replaced, o.Key)
		case path.Ext(o.Key) != ".parquet":
		case holds[o.Key], x.complete[sensor+run]:
			f.Files = append(f.Files, o)
		}
	}
	return nil
}

func set(keys []string) map[string]bool {
	m := map[string]bool{}
	for _, k := range keys {
		m[k] = true
	}
	return m
}
