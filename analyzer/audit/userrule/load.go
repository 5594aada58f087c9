package userrule

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/yamldoc"
)

// maxRules bounds a directory.
const maxRules = 1000

// LoadDir reads all *.yaml and *.yml files of a directory. All faults of all files are reported together.
func LoadDir(dir string) ([]*Rule, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var rules []*Rule
	var faults []error
	files := map[string]string{}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		if len(rules) == maxRules {
			return nil, fmt.Errorf("%s: more than %d rules", dir, maxRules)
		}
		r, err := loadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if other, twice := files[r.ID]; twice {
			faults = append(faults, fmt.Errorf("%s: id %s is used in %s already", r.File, r.ID, other))
		}
		files[r.ID] = r.File
		rules = append(rules, r)
	}
	if len(rules) == 0 && len(faults) == 0 {
		return nil, fmt.Errorf("%s: no *.yaml file here", dir)
	}
	slices.SortFunc(rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules, errors.Join(faults...)
}

func loadFile(path string) (*Rule, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Load(f, path)
}

// Load reads one rule; name stands in the messages.
func Load(in io.Reader, name string) (*Rule, error) {
	doc, body, err := yamldoc.Open(in, name)
	if err != nil {
		return nil, err
	}
	if body == nil {
		return nil, fmt.Errorf("%s: is empty", name)
	}
	l := loader{Reader: doc, rule: &Rule{File: name, confidence: record.Probable, subject: "client", budget: maxRunCost},
		nodes: map[string]yamldoc.Node{}}
	l.load(body)
	return l.rule, l.Err()
}

// loader reads one file: first all keys, then the expressions, whose types depend on select.
type loader struct {
	*yamldoc.Reader
	rule  *Rule
	nodes map[string]yamldoc.Node // top-level values by key
	env   *cel.Env
}

// keys of a rule file, and whether they must be given.
func keys() map[string]bool {
	return map[string]bool{"id": true, "title": true, "severity": true, "select": true, "when": true, "remediation": true, "docs": true,
		"tests": true, "group": false, "confidence": false, "where": false, "needs": false, "subject": false, "evidence": false, "references": false}
}

func (l *loader) load(body yamldoc.Node) {
	known := keys()
	l.Mapping(body, "", func(_, key string, v yamldoc.Node) bool {
		_, ok := known[key]
		l.nodes[key] = v
		return ok
	})
	for _, key := range slices.Sorted(mapKeys(known)) {
		if known[key] && l.nodes[key] == nil {
			l.Fault(body, "%s: is missing", key)
		}
	}
	l.metadata()
	if l.selects() {
		l.expressions()
	}
	l.tests()
	r := l.rule
	sum := sha256.Sum256(l.Text)
	r.Version = hex.EncodeToString(sum[:6])
	r.Doc.Trigger = "a " + r.selects + " record" + l.clause(", where ", "where") + l.clause(", for which ", "when")
	r.Needs = append([]string{r.selects + " records"}, r.Needs...)
	r.Judge, r.Reads = audit.Custom(r.begin), audit.ReadAll
}

func mapKeys(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (l *loader) clause(words, key string) string {
	if text, ok := yamldoc.Scalar(l.nodes[key]); ok {
		return words + strings.Join(strings.Fields(text), " ")
	}
	return ""
}

// text of a top-level key; "" where it is not given.
func (l *loader) text(key string) string {
	if l.nodes[key] == nil {
		return ""
	}
	text, _ := l.TextOf(l.nodes[key], key)
	return strings.TrimSpace(text)
}

// choice is a text of a fixed set.
func (l *loader) choice(key, fallback string, allowed ...string) string {
	text := l.text(key)
	if text != "" && !slices.Contains(allowed, text) {
		l.Fault(l.nodes[key], "%s: %q is none of %s", key, text, strings.Join(allowed, ", "))
	}
	return cmp.Or(text, fallback)
}

var idForm = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,9}-[A-Z]{3}-[0-9]{3}$`)

func (l *loader) metadata() {
	r := l.rule
	r.ID, r.Title, r.Remediation = l.text("id"), l.text("title"), l.text("remediation")
	switch group := l.text("group"); {
	case r.ID == "":
	case !idForm.MatchString(r.ID):
		l.Fault(l.nodes["id"], "id: %q is not of the form ACME-TLS-001: prefix, group of three letters, three digits", r.ID)
	case strings.HasPrefix(r.ID, "WXA-"):
		l.Fault(l.nodes["id"], "id: the prefix WXA- is that of the shipped rules; take your own")
	case group != "" && group != r.Group():
		l.Fault(l.nodes["group"], "group: is %q, but the id says %q", group, r.Group())
	}
	r.Severity = record.Severity(l.choice("severity", "", "info", "low", "medium", "high", "critical"))
	r.confidence = record.Confidence(l.choice("confidence", "probable", "possible", "probable", "confirmed"))
	if n := l.nodes["docs"]; n != nil {
		l.docs(n)
	}
	if n := l.nodes["references"]; n != nil {
		l.List(n, "references", func(path string, v yamldoc.Node) {
			if t, ok := l.TextOf(v, path); ok {
				r.Refs = append(r.Refs, t)
			}
		})
	}
}

func (l *loader) docs(n yamldoc.Node) {
	d := &l.rule.Doc
	parts := map[string]*string{"what": &d.What, "why": &d.Why, "look_alikes": &d.LookAlikes, "verify": &d.Verify}
	l.Mapping(n, "docs", func(path, key string, v yamldoc.Node) bool {
		if parts[key] == nil {
			return false
		}
		*parts[key], _ = l.TextOf(v, path)
		return true
	})
	if d.What == "" || d.Why == "" {
		l.Fault(n, "docs: needs what and why")
	}
}

// selects reads the record type and what it may be grouped by.
func (l *loader) selects() bool {
	var all []string
	for _, r := range record.Observations() {
		all = append(all, r.RecordType())
	}
	l.rule.selects = l.choice("select", "", all...)
	if !slices.Contains(all, l.rule.selects) {
		return false
	}
	subjects := []string{"client", "host", "prefix", "proxy", "run"}
	switch l.rule.selects {
	case "run", "capture_health":
		subjects = []string{"run"}
	case "session":
		subjects = []string{"client", "run"}
	case "reachability":
		subjects = []string{"client", "prefix", "run"}
	}
	l.rule.subject = l.choice("subject", subjects[0], subjects...)
	var err error
	if l.env, err = environment(l.rule.selects); err != nil {
		l.Fault(l.nodes["select"], "select: %v", err)
	}
	return err == nil
}

func (l *loader) expressions() {
	r := l.rule
	if n := l.nodes["where"]; n != nil {
		r.where = l.expression("where", n, types.BoolType)
	}
	if n := l.nodes["when"]; n != nil {
		r.when = l.expression("when", n, types.BoolType)
	}
	if n := l.nodes["needs"]; n != nil {
		l.List(n, "needs", l.need)
	}
	if n := l.nodes["evidence"]; n != nil {
		l.List(n, "evidence", func(path string, v yamldoc.Node) {
			if name, ok := l.TextOf(v, path); ok {
				r.evidence = append(r.evidence, quoted{name, l.compiled(path, v, r.selects+"."+name, nil)})
			}
		})
	}
}

func (l *loader) need(path string, n yamldoc.Node) {
	var d need
	l.Mapping(n, path, func(path, key string, v yamldoc.Node) bool {
		switch key {
		case "that":
			d.that = l.expression(path, v, types.BoolType)
		case "missing":
			d.missing, _ = l.TextOf(v, path)
		default:
			return false
		}
		return true
	})
	if d.missing == "" {
		l.Fault(n, "%s: needs that and missing", path)
	}
	l.rule.needs = append(l.rule.needs, d)
	l.rule.Needs = append(l.rule.Needs, d.missing)
}

func (l *loader) expression(path string, n yamldoc.Node, want *types.Type) *expression {
	text, ok := l.TextOf(n, path)
	if !ok {
		return nil
	}
	return l.compiled(path, n, text, want)
}

// compiled gives the faults of an expression their place in the file.
func (l *loader) compiled(path string, n yamldoc.Node, text string, want *types.Type) *expression {
	e, faults := compile(l.env, text, want)
	line := yamldoc.TextLine(n)
	for _, f := range faults {
		l.FaultAt(line+f.line-1, "%s: column %d: %s", path, f.column, f.what)
	}
	return e
}

// tests reads the cases: one that fails and one that passes at least.
func (l *loader) tests() {
	if l.nodes["tests"] == nil {
		return
	}
	l.List(l.nodes["tests"], "tests", l.test)
	for _, want := range []record.State{record.Fail, record.Pass} {
		if !slices.ContainsFunc(l.rule.Tests, func(t Test) bool { return t.Want == want }) {
			l.Fault(l.nodes["tests"], "tests: none wants %s", want)
		}
	}
}

func (l *loader) test(path string, n yamldoc.Node) {
	var t Test
	l.Mapping(n, path, func(path, key string, v yamldoc.Node) bool {
		text, ok := l.TextOf(v, path)
		switch key {
		case "name":
			t.Name = text
		case "records":
			set, err := audit.ParseRecords(text)
			if t.Set = set; ok && err != nil {
				l.Fault(v, "%s: %v", path, err)
			}
		case "want":
			t.Want = record.State(text)
			if ok && !slices.Contains([]record.State{record.Fail, record.Pass, record.NotObserved,
				record.NotAssessable}, t.Want) {
				l.Fault(v, "%s: %q is none of fail, pass, not-observed, not-assessable", path, text)
			}
		default:
			return false
		}
		return true
	})
	if t.Name == "" || t.Set == nil || t.Want == "" {
		l.Fault(n, "%s: needs name, records and want", path)
	}
	l.rule.Tests = append(l.rule.Tests, t)
}
