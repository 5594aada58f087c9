package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"webexaudit/analyzer/record"
	"webexaudit/cmd/webexaudit-lake/plan"
	"webexaudit/cmd/webexaudit-lake/runs"
	"webexaudit/cmd/webexaudit-lake/store"
)

// Manifest says that a task is done, and what it wrote. It is written last.
type Manifest struct {
	Schema   string         `json:"schema"`
	Plan     string         `json:"plan"`
	Task     string         `json:"task"` // map or audit
	Index    int            `json:"index"`
	Sensor   string         `json:"sensor"`
	Day      string         `json:"day,omitempty"`
	RunID    string         `json:"run_id,omitempty"`  // of the tables
	Windows  []string       `json:"windows,omitempty"` // instead, where they are of windows, in order
	Verdict  record.State   `json:"verdict,omitempty"`
	States   map[string]int `json:"states,omitempty"` // findings by state
	Answer   string         `json:"answer,omitempty"`
	Problems []string       `json:"problems,omitempty"` // of captures; the rest was analysed
	Files    []File         `json:"files"`              // in the lake
}

// File is an object that a task wrote.
type File = runs.File

const manifestSchema = "webexaudit.task/1"

// ManifestKey is where the manifest of a task lies in a lake.
func ManifestKey(id, task string, index int) string {
	return fmt.Sprintf("runs/%s/%s-%05d.json", id, task, index)
}

// Done reads the manifest of a task; nil: it is not done.
func (e *Engine) Done(ctx context.Context, task string, index int) (*Manifest, error) {
	text, err := e.Lake.Read(ctx, ManifestKey(e.Plan.ID, task, index))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil || m.Schema != manifestSchema {
		return nil, fmt.Errorf("%s: it is no manifest of a task: %w", ManifestKey(e.Plan.ID, task, index),
			cmpError(err, errors.New("its schema is "+m.Schema)))
	}
	return m, nil
}

func cmpError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// finish writes the manifest. Another process may have done the same task meanwhile: one manifest is there.
func (e *Engine) finish(ctx context.Context, m *Manifest) (*Manifest, error) {
	m.Schema, m.Plan = manifestSchema, e.Plan.ID
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, err
	}
	made, err := e.Lake.Create(ctx, ManifestKey(e.Plan.ID, m.Task, m.Index), append(text, '\n'))
	switch {
	case errors.Is(err, store.ErrExists): // it found the tables there, which this one wrote, or the other way round
		m, err = e.Done(ctx, m.Task, m.Index)
	case err != nil:
		return nil, err
	}
	if !made && err == nil {
		e.note("%s: another process has done it meanwhile", m)
	}
	return m, err
}

// String names the task for people.
func (m *Manifest) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %d: %s %s", m.Task, m.Index, m.Sensor, m.Day))
}

// publish brings all files below a folder into the lake under their names there.
func (e *Engine) publish(ctx context.Context, dir string) (list []File, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f, err := runs.Describe(path)
		if err != nil {
			return err
		}
		f.Key = filepath.ToSlash(name)
		list = append(list, f)
		return e.Lake.Put(ctx, f.Key, path)
	})
	return list, err
}

// at finds a task of a plan.
func at[T any](p *plan.Plan, task string, list []T, index int) (none T, err error) {
	if index < 0 || index >= len(list) {
		return none, fmt.Errorf("plan %s has no %s task %d: they are numbered from 0 to %d", p.ID, task, index, len(list)-1)
	}
	return list[index], nil
}
