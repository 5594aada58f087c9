package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/record"
	"webexaudit/cmd/webexaudit-lake/plan"
	"webexaudit/reports"
)

// AuditTask is the name of the tasks that write tables.
const AuditTask = "audit"

// Audit judges a sensor's captures of a day and writes tables and reports. A task that is done already is not done
// again. The captures' own faults are in the manifest; the error is of a task that must be repeated.
func (e *Engine) Audit(ctx context.Context, index int) (*Manifest, error) {
	a, err := at(e.Plan, AuditTask, e.Plan.Audits, index)
	if err != nil {
		return nil, err
	}
	if done, err := e.Done(ctx, AuditTask, index); done != nil || err != nil {
		return done, err
	}
	m := &Manifest{Task: AuditTask, Index: index, Sensor: a.Sensor, Day: a.Day}
	set, err := e.read(ctx, a, m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m, err)
	}
	dir, err := os.MkdirTemp(e.scratch, "audit-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := e.write(ctx, set, m, dir); err != nil {
		return nil, fmt.Errorf("%s: %w", m, err)
	}
	return e.finish(ctx, m)
}

// read reads and judges the captures of an audit.
func (e *Engine) read(ctx context.Context, a plan.Audit, m *Manifest) (*record.Set, error) {
	set, err := e.analyze(ctx, a)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil && (set == nil || !ofContent(err)):
		return nil, err
	case err != nil:
		m.Problems = strings.Split(err.Error(), "\n")
	}
	if s := set.Summary; s != nil {
		m.Verdict, m.Answer, m.States = s.Verdict, s.Answer, map[string]int{}
		for state, n := range s.States {
			m.States[string(state)] = n
		}
	}
	return set, nil
}

// ofContent tells faults of the captures themselves, which another try finds again, from trouble with reading them.
func ofContent(err error) bool {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			if !ofContent(one) {
				return false
			}
		}
		return true
	}
	var damage *capture.DamageError
	return errors.As(err, &damage) || errors.Is(err, capture.ErrEmpty) || errors.Is(err, capture.ErrFormat) ||
		errors.Is(err, analyzer.ErrLinkType)
}

// write writes tables and reports into a folder, and from there into the lake: at last the marker of the tables, which
// readers of the lake look for.
func (e *Engine) write(ctx context.Context, set *record.Set, m *Manifest, dir string) error {
	tables, texts := filepath.Join(dir, "tables"), filepath.Join(dir, "reports")
	if err := os.Mkdir(texts, 0o700); err != nil { // it stays empty where no report is wanted
		return err
	}
	if err := e.tables(ctx, set, m.Sensor, tables); err != nil {
		return err
	}
	marker, key, err := takeMarker(tables)
	if err != nil {
		return err
	}
	m.RunID = strings.TrimSuffix(filepath.Base(key), ".json")
	if err := e.reports(set, filepath.Join(texts, "runs", e.Plan.ID, fmt.Sprintf("%s-%05d", AuditTask, m.Index))); err != nil {
		return err
	}
	there, err := e.Lake.Exists(ctx, key)
	switch {
	case err != nil:
		return err
	case there:
		e.note("%s: the tables of this analysis of these captures are there already (run %s)", m, m.RunID)
	default:
		if m.Files, err = e.publish(ctx, tables); err != nil {
			return err
		}
		if _, err := e.Lake.Create(ctx, key, marker); err != nil {
			return err
		}
	}
	more, err := e.publish(ctx, texts)
	m.Files = append(m.Files, more...)
	return err
}

// takeMarker takes the marker of a run out of the folder of its tables: it is written by itself, after them.
func takeMarker(dir string) (text []byte, key string, err error) {
	paths, err := filepath.Glob(filepath.Join(reports.EscapeGlob(dir), "_runs", "v1", "sensor=*", "*.json"))
	if err != nil || len(paths) != 1 {
		return nil, "", fmt.Errorf("the tables have %d markers: %w", len(paths), cmpError(err, os.ErrNotExist))
	}
	if text, err = os.ReadFile(paths[0]); err != nil {
		return nil, "", err
	}
	if !json.Valid(text) {
		return nil, "", errors.New("the marker of the tables is no JSON")
	}
	key, err = filepath.Rel(dir, paths[0])
	return text, filepath.ToSlash(key), errors.Join(err, os.Remove(paths[0]))
}

// reports writes the reports that the plan names.
func (e *Engine) reports(set *record.Set, dir string) error {
	for _, name := range e.Plan.Settings.Reports {
		format, ok := reports.ByName(name)
		if !ok || format.File == "" {
			return fmt.Errorf("there is no report %q", name)
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		f, err := os.Create(filepath.Join(dir, format.File))
		if err != nil {
			return err
		}
		err = set.WriteTo(format.New(f, reports.Options{Rule: ruleText}))
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// ruleText is what a report says of a rule.
func ruleText(id string) (t reports.RuleText) {
	r, ok := catalogue.All().Find(id)
	if !ok {
		return t
	}
	return reports.RuleText{What: r.Doc.What, Help: r.Help()}
}
