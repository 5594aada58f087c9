package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Marker is the file that says that all tables of a run are there. It comes last: a run without it is not there,
// whatever lies in the directories of its tables. Engines pass over directories whose name begins with "_".
type Marker struct {
	Schema   string   `json:"schema"`
	RunID    string   `json:"run_id"`
	SensorID string   `json:"sensor_id"`
	Files    []string `json:"files"` // below the directory of all tables, in order
}

const markerSchema = "webexaudit.parquet-run/1"

// ErrMarker says that a text is no marker.
var ErrMarker = errors.New("it is no marker of a run of webexaudit")

// ReadMarker reads what a marker says, or gives ErrMarker.
func ReadMarker(text []byte) (m Marker, err error) {
	if json.Unmarshal(text, &m) != nil || m.Schema != markerSchema {
		return m, ErrMarker
	}
	return m, nil
}

// markerPath is where the marker of a run lies.
func markerPath(o ParquetOptions, id string) string {
	return filepath.Join(o.Dir, "_runs", "v1", "sensor="+slug(o.Sensor), id+".json")
}

// hasMarker reports whether all tables of a run are there.
func hasMarker(o ParquetOptions, id string) bool {
	_, err := os.Lstat(markerPath(o, id))
	return err == nil
}

// mark begins the marker, under its hidden name.
func (l *lake) mark() (err error) {
	path := markerPath(l.o, l.head.RunID)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	l.marker, err = Begin(path)
	return err
}

// finishMarker writes what the marker says, and gives it its name.
func (l *lake) finishMarker() error {
	m := Marker{Schema: markerSchema, RunID: l.head.RunID, SensorID: l.head.SensorID, Files: []string{}}
	for _, f := range l.files {
		name, err := filepath.Rel(l.o.Dir, f.path)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, filepath.ToSlash(name))
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = l.marker.Write(append(text, '\n'))
	if err := errors.Join(err, l.marker.Sync(), l.marker.Close()); err != nil {
		return err
	}
	if err := l.marker.Publish(false); err != nil {
		return err
	}
	l.marked = true
	return syncDir(filepath.Dir(l.marker.path))
}

// unmark takes back the marker of the run that is about to be replaced. Another program may have replaced it meanwhile,
// and has won.
func (l *lake) unmark() error {
	now, err := os.Lstat(l.marker.path)
	switch before := l.marker.before; {
	case errors.Is(err, fs.ErrNotExist) && before == nil:
		return nil
	case err != nil || before == nil || !os.SameFile(now, before):
		return fmt.Errorf("%s: another program has written it meanwhile", l.marker.path)
	}
	return errors.Join(os.Remove(l.marker.path), syncDir(filepath.Dir(l.marker.path)))
}

// publish makes all tables visible: the files get their names, and at last the marker. Of two programs that write the
// same run the first file decides: every program begins with the same one.
func (l *lake) publish() error {
	slices.SortFunc(l.files, func(a, b lakeFile) int { return strings.Compare(a.path, b.path) })
	if err := l.unmark(); err != nil {
		return err
	}
	for i, f := range l.files {
		if err := f.Publish(l.replace); err != nil {
			return err
		}
		l.files[i].published = true
	}
	for _, f := range l.files {
		if err := syncDir(filepath.Dir(f.path)); err != nil {
			return err
		}
	}
	return l.finishMarker()
}

// discard removes, unless the marker is there, what was written.
func (l *lake) discard() {
	if l.marked {
		return
	}
	for _, f := range l.files {
		if f.published {
			_ = os.Remove(f.path)
		} else {
			_ = f.Discard()
		}
	}
	_ = l.marker.Discard()
}

// sweep removes hidden files of the sensor that a program has left behind which came to no end.
func (l *lake) sweep() {
	dirs, err := filepath.Glob(filepath.Join(EscapeGlob(l.o.Dir), "*", "v1", "dt=*", "sensor="+slug(l.o.Sensor)))
	for _, dir := range append(dirs, filepath.Dir(l.marker.path)) {
		if err == nil {
			sweep(dir, "*")
		}
	}
}
