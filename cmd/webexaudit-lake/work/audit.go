package work

import (
	"context"
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
	"webexaudit/cmd/webexaudit-lake/runs"
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
	dir, err := os.MkdirTemp(e.scratch, "audit-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	set, err := e.read(ctx, a, m, filepath.Join(dir, "tables"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m, err)
	}
	if err := e.write(ctx, set, m, dir); err != nil {
		return nil, fmt.Errorf("%s: %w", m, err)
	}
	return e.finish(ctx, m)
}

// read reads and judges the captures of an audit, and writes tables below a folder.
func (e *Engine) read(ctx context.Context, a plan.Audit, m *Manifest, tables string) (*record.Set, error) {
	set, err := e.analyze(ctx, a, tables)
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
	if e.Plan.Settings.Window > 0 {
		return set, nil
	}
	return set, e.tables(ctx, set, m.Sensor, tables)
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

// write brings the tables of a folder into the lake, run by run, each with its marker last, which readers of the lake
// look for; and writes reports.
func (e *Engine) write(ctx context.Context, set *record.Set, m *Manifest, dir string) error {
	list, faults := runs.List(filepath.Join(dir, "tables"))
	if len(list) == 0 || len(faults) > 0 {
		return fmt.Errorf("%d runs have tables: %w", len(list), cmpError(errors.Join(faults...), os.ErrNotExist))
	}
	for _, r := range list {
		files, there, err := r.Bring(ctx, e.Lake)
		if err != nil {
			return err
		}
		if there {
			e.note("%s: the tables of this analysis of these captures are there already (run %s)", m, r.ID)
		}
		m.Files = append(m.Files, files...)
		if m.RunID = r.ID; e.Plan.Settings.Window > 0 {
			m.RunID, m.Windows = "", append(m.Windows, r.ID)
		}
	}
	texts := filepath.Join(dir, "reports")
	if err := os.Mkdir(texts, 0o700); err != nil { // it stays empty where no report is wanted
		return err
	}
	if err := e.reports(set, filepath.Join(texts, "runs", e.Plan.ID, fmt.Sprintf("%s-%05d", AuditTask, m.Index))); err != nil {
		return err
	}
	more, err := e.publish(ctx, texts)
	m.Files = append(m.Files, more...)
	return err
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
