package audit

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden findings and docs/rules.md")

// example is one case of a rule's testdata: "NAME: records" in, "NAME: findings" out, perhaps with a site file and --set lines.
type example struct {
	name    string
	records string
	options Options
	want    string
}

// examples reads a testdata file. The records of "common" stand before those of every case.
func examples(t *testing.T, file string) (*txtar.Archive, []example) {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	common := ""
	var list []example
	for _, f := range a.Files {
		cut := max(strings.LastIndex(f.Name, ": "), 0)
		name, part := f.Name[:cut], strings.TrimPrefix(f.Name[cut:], ": ")
		text := string(f.Data)
		if f.Name == "common" {
			common = text
			continue
		}
		if part == "records" {
			list = append(list, example{name: name, records: common + text, options: Options{Policy: standard(t)}})
			continue
		}
		e := &list[len(list)-1]
		switch {
		case e.name != name:
			t.Fatalf("%s: %q stands outside its case", file, f.Name)
		case part == "findings":
			e.want = text
		case part == "site":
			if e.options.Site, err = site.Load(strings.NewReader(text), f.Name); err != nil {
				t.Fatal(err)
			}
		case part == "set":
			for _, line := range strings.Fields(text) {
				if err := e.options.Policy.Set(line); err != nil {
					t.Fatal(err)
				}
			}
		default:
			t.Fatalf("%s: what is %q?", file, f.Name)
		}
	}
	return a, list
}

func standard(t *testing.T) *Policy {
	t.Helper()
	p, err := NewPolicy("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parse(t *testing.T, records string) *record.Set {
	t.Helper()
	set, unknown, err := record.Read(strings.NewReader(records))
	if err != nil || unknown > 0 {
		t.Fatalf("records: %v, %d unknown", err, unknown)
	}
	return set
}

// describe is the readable form of findings for the golden files.
func describe(findings []*record.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s %s, %s %s, count %d\n  %s\n", f.State, f.Severity, f.Confidence, f.Subject.Kind, f.Subject.Key, f.Count, f.Summary)
		for _, line := range [][2]string{{"expected", f.Expected}, {"actual", f.Actual}, {"missing", f.Missing},
			{"clients", strings.Join(f.Clients, " ")}, {"hosts", strings.Join(f.Hosts, " ")}, {"flows", strings.Join(f.FlowIDs, " ")}} {
			if line[1] != "" {
				fmt.Fprintf(&b, "  %s: %s\n", line[0], line[1])
			}
		}
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "  evidence: %s %s %d %s", e.Kind, e.File, e.Packets, e.Filter)
			for _, k := range slices.Sorted(maps.Keys(e.Fields)) {
				fmt.Fprintf(&b, " %s=%q", k, e.Fields[k])
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func TestRules(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.ID, func(t *testing.T) {
			file := filepath.Join("testdata", r.ID+".txtar")
			archive, list := examples(t, file)
			got := map[string]string{}
			states := map[record.State]int{}
			silent := 0
			for _, e := range list {
				e.options.Only = []string{r.ID}
				findings, _ := Run(parse(t, e.records), e.options)
				got[e.name+": findings"] = describe(findings)
				accused := false
				for _, f := range findings {
					states[f.State]++
					accused = accused || f.State == record.Fail || f.State == record.Warn
				}
				if strings.HasPrefix(e.name, "look-alike") {
					silent++
					if accused {
						t.Errorf("%s: the look-alike is accused:\n%s", e.name, describe(findings))
					}
				}
				if d := cmp.Diff(e.want, got[e.name+": findings"]); d != "" && !*update {
					t.Errorf("%s: %s", e.name, d)
				}
			}
			complete(t, r, states, silent)
			if *update {
				rewrite(t, file, archive, got)
			}
		})
	}
}

// complete wants the four kinds of cases that every rule needs.
func complete(t *testing.T, r *Rule, states map[record.State]int, silent int) {
	t.Helper()
	if states[record.Fail]+states[record.Warn] == 0 && r.ID != "WXA-MED-016" { // which accuses nobody
		t.Error("no case fires")
	}
	if states[record.Pass] == 0 {
		t.Error("no case passes")
	}
	if states[record.NotObserved]+states[record.NotAssessable] == 0 {
		t.Error("no case without an answer")
	}
	if silent == 0 {
		t.Error("no look-alike")
	}
}

func rewrite(t *testing.T, file string, a *txtar.Archive, got map[string]string) {
	t.Helper()
	for i, f := range a.Files {
		if text, ok := got[f.Name]; ok {
			a.Files[i].Data = []byte(text)
		}
	}
	if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestNoStrayTestdata(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := Find(strings.TrimSuffix(filepath.Base(f), ".txtar")); !ok {
			t.Errorf("%s belongs to no rule", f)
		}
	}
}

// The order of the records must not matter, and every rule must answer on every input.
func TestOrder(t *testing.T) {
	for _, r := range Rules() {
		_, list := examples(t, filepath.Join("testdata", r.ID+".txtar"))
		for _, e := range list {
			set := parse(t, e.records)
			want, sum := Run(set, e.options)
			answered := map[string]bool{}
			for _, f := range want {
				answered[f.Rule] = true
			}
			if len(answered) != len(Rules()) {
				t.Errorf("%s, %s: %d of %d rules answered", r.ID, e.name, len(answered), len(Rules()))
			}
			for range 3 {
				shuffle(set.Flows)
				shuffle(set.Streams)
				shuffle(set.Intervals)
				shuffle(set.TLS)
				shuffle(set.Health)
				got, again := Run(set, e.options)
				if d := cmp.Diff(want, got); d != "" {
					t.Fatalf("%s, %s: %s", r.ID, e.name, d)
				}
				if d := cmp.Diff(sum, again); d != "" {
					t.Fatalf("%s, %s: %s", r.ID, e.name, d)
				}
			}
		}
	}
}

func shuffle[R any](list []R) {
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// Rules read, they do not change the records.
func TestRecordsUntouched(t *testing.T) {
	for _, r := range Rules() {
		_, list := examples(t, filepath.Join("testdata", r.ID+".txtar"))
		for _, e := range list {
			set := parse(t, e.records)
			before := dump(t, set)
			Run(set, e.options)
			if !bytes.Equal(before, dump(t, set)) {
				t.Errorf("%s, %s: the records were changed", r.ID, e.name)
			}
		}
	}
}

func dump(t *testing.T, set *record.Set) []byte {
	t.Helper()
	var b []byte
	for r := range set.All {
		var err error
		if b, err = record.AppendJSON(b, r); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestSetOfRules(t *testing.T) {
	titles := map[string]string{}
	used := map[string]bool{}
	last := ""
	for _, r := range Rules() {
		if r.ID <= last {
			t.Errorf("%s stands after %s", r.ID, last)
		}
		last = r.ID
		if len(r.ID) != 11 || !strings.HasPrefix(r.ID, "WXA-") || groupTitle(r.Group()) == "" {
			t.Errorf("id %q", r.ID)
		}
		if old := titles[r.Title]; old != "" {
			t.Errorf("%s has the title of %s", r.ID, old)
		}
		titles[r.Title] = r.ID
		if r.Severity.Rank() == 0 || r.Check == nil || len(r.Needs) == 0 || r.Remediation == "" {
			t.Errorf("%s is incomplete", r.ID)
		}
		for _, text := range []string{r.Title, r.Doc.What, r.Doc.Why, r.Doc.Trigger, r.Doc.LookAlikes, r.Doc.Verify} {
			if len(text) < 10 {
				t.Errorf("%s: text %q", r.ID, text)
			}
		}
		if !slices.IsSorted(r.Limits) {
			t.Errorf("%s: limits are not sorted", r.ID)
		}
		for _, name := range r.Limits {
			used[name] = true
			if _, ok := findLimit(name); !ok {
				t.Errorf("%s names the unknown threshold %s", r.ID, name)
			}
		}
		if found, ok := Find(r.ID); !ok || found.ID != r.ID {
			t.Errorf("Find(%s)", r.ID)
		}
	}
	for _, l := range Limits() {
		if !used[l.Name] {
			t.Errorf("no rule uses %s", l.Name)
		}
	}
}

func TestNoRecords(t *testing.T) {
	findings, sum := Run(&record.Set{}, Options{})
	if len(findings) != len(Rules()) || sum.Verdict != record.NotObserved || sum.Coverage != nil || sum.ExitCode != 0 {
		t.Errorf("%d findings, summary %+v", len(findings), sum)
	}
	for _, f := range findings {
		if f.State != record.NotObserved {
			t.Errorf("%s: %s", f.Rule, f.State)
		}
	}
}
