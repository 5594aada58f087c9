package work

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"webexaudit/analyzer"
	"webexaudit/analyzer/record"
	"webexaudit/cmd/webexaudit-lake/plan"
	"webexaudit/cmd/webexaudit-lake/runs"
)

// MapTask is the name of the tasks that read chunks of captures, before those of an audit are judged together.
const MapTask = "map"

// ErrUnmapped says that some chunks of an audit were read and others not.
var ErrUnmapped = errors.New("not all of its chunks are mapped")

// pieceKey has the piece's hash in it: of two processes that read the same chunk at once each writes its own object,
// since the same chunk does not always give the same bytes, and the manifest names one of them.
func pieceKey(id string, chunk int, sum string) string {
	return fmt.Sprintf("runs/%s/piece-%05d-%.12s.bin", id, chunk, sum)
}

// ErrWindows says that there is nothing to map: windows are read one after the other.
var ErrWindows = errors.New("the plan is in windows, which an audit reads one after the other: leave out map")

// Map reads a chunk of captures and leaves a piece, which the audit of the sensor's day takes instead of them. Flows
// that may go on in other chunks are in it with their packets.
func (e *Engine) Map(ctx context.Context, index int) (*Manifest, error) {
	chunk, err := at(e.Plan, MapTask, e.Plan.Chunks, index)
	if err != nil {
		return nil, err
	}
	if e.Plan.Settings.Window > 0 {
		return nil, ErrWindows
	}
	if done, err := e.Done(ctx, MapTask, index); done != nil || err != nil {
		return done, err
	}
	m := &Manifest{Task: MapTask, Index: index, Sensor: chunk.Sensor}
	path := filepath.Join(e.scratch, fmt.Sprintf("piece-%05d.bin", index))
	defer os.Remove(path)
	if err := e.mapTo(ctx, e.captures(chunk), path); err != nil {
		return nil, fmt.Errorf("%s: %w", m, err)
	}
	f, err := runs.Describe(path)
	if err != nil {
		return nil, err
	}
	f.Key = pieceKey(e.Plan.ID, index, f.SHA256)
	m.Files = []File{f}
	if err := e.Lake.Put(ctx, f.Key, path); err != nil {
		return nil, fmt.Errorf("%s: %w", m, err)
	}
	return e.finish(ctx, m)
}

func (e *Engine) captures(c plan.Chunk) (list []plan.Capture) {
	for _, i := range c.Captures {
		list = append(list, e.Plan.Captures[i])
	}
	return list
}

func (e *Engine) mapTo(ctx context.Context, list []plan.Capture, path string) error {
	files, done, err := e.bring(ctx, list)
	if err != nil {
		return err
	}
	defer done()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = analyzer.Map(ctx, e.config(files), f)
	if err = errors.Join(err, f.Close()); err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}

// pieces are those of an audit that was mapped, on this machine, in the order of their chunks; none where no chunk of
// it was. The function ends that.
func (e *Engine) pieces(ctx context.Context, a plan.Audit) (paths []string, done func(), err error) {
	var manifests []*Manifest
	var missing []int
	for _, c := range a.Chunks {
		m, err := e.Done(ctx, MapTask, c)
		if err != nil {
			return nil, nil, err
		}
		if m == nil || len(m.Files) == 0 {
			missing = append(missing, c)
			continue
		}
		manifests = append(manifests, m)
	}
	switch {
	case len(manifests) == 0:
		return nil, func() {}, nil
	case len(missing) > 0:
		return nil, nil, fmt.Errorf("%w: do the map tasks %v first", ErrUnmapped, missing)
	}
	dir, err := os.MkdirTemp(e.scratch, "pieces-*")
	if err != nil {
		return nil, nil, err
	}
	done = func() { _ = os.RemoveAll(dir) }
	for _, m := range manifests {
		path := filepath.Join(dir, filepath.Base(m.Files[0].Key))
		if err := e.fetchWhole(ctx, m.Files[0], path); err != nil {
			done()
			return nil, nil, err
		}
		paths = append(paths, path)
	}
	return paths, done, nil
}

// fetchWhole fetches an object that a task wrote, and compares it with what the task said of it.
func (e *Engine) fetchWhole(ctx context.Context, f File, path string) error {
	if err := e.Lake.Fetch(ctx, f.Key, path); err != nil {
		return err
	}
	got, err := runs.Describe(path)
	if err == nil && (got.Bytes != f.Bytes || got.SHA256 != f.SHA256) {
		err = fmt.Errorf("%s is not what its task wrote: remove the manifest of the task and do it again", f.Key)
	}
	return err
}

// analyze judges an audit: by its pieces if it was mapped, else by its captures. In windows, the tables of each are
// written below a folder, and the set is about all of them.
func (e *Engine) analyze(ctx context.Context, a plan.Audit, tables string) (*record.Set, error) {
	paths, done, err := e.pieces(ctx, a)
	if err != nil {
		return nil, err
	}
	defer done()
	if len(paths) > 0 {
		return analyzer.Join(ctx, e.config(nil), paths)
	}
	files, back, err := e.bring(ctx, e.Plan.Of(a))
	if err != nil {
		return nil, err
	}
	defer back()
	if e.Plan.Settings.Window == 0 {
		return analyzer.Run(ctx, e.config(files))
	}
	return analyzer.RunWindows(ctx, e.config(files), analyzer.Windows{Settle: func(set *record.Set) error {
		if set.Run.Window == nil { // no packet has come
			return nil
		}
		return e.tables(ctx, set, a.Sensor, tables)
	}})
}
