package catalogue

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden findings and docs/rules.md")

func standard(t *testing.T) *audit.Policy {
	t.Helper()
	p, err := All().NewPolicy("")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNoStrayTestdata(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, ok := All().Find(strings.TrimSuffix(filepath.Base(f), ".txtar")); !ok {
			t.Errorf("%s belongs to no rule", f)
		}
	}
}

// answering is how many rules judge a set: those that compare points, with those about captures, or all others.
func answering(set *record.Set) (n int) {
	for _, r := range All().Rules() {
		if r.Compares == (set.Comparison != nil) || set.Comparison != nil && r.Group() == "CAP" {
			n++
		}
	}
	return n
}

// Neither the order of the records nor the number of workers may matter, and every rule must answer on every input.
func TestOrder(t *testing.T) {
	for _, e := range fixtures(t) {
		set := shallow(e.Set)
		e.Options.Only = nil
		want, sum := audit.Run(set, e.Options)
		answered := map[string]bool{}
		for _, f := range want {
			answered[f.Rule] = true
		}
		if n := answering(set); len(answered) != n {
			t.Errorf("%s, %s: %d of %d rules answered", e.File, e.Name, len(answered), n)
		}
		for workers := range 3 {
			e.Options.Workers = workers
			shuffle(set.Flows)
			shuffle(set.Streams)
			shuffle(set.Intervals)
			shuffle(set.TLS)
			shuffle(set.Health)
			got, again := audit.Run(set, e.Options)
			if !reflect.DeepEqual(want, got) || !reflect.DeepEqual(sum, again) {
				t.Fatalf("%s, %s: %s%s", e.File, e.Name, cmp.Diff(want, got), cmp.Diff(sum, again))
			}
		}
	}
}

// shallow is the set with lists of its own, which may be put into another order.
func shallow(set *record.Set) *record.Set {
	s := *set
	s.Flows, s.Streams, s.Intervals = slices.Clone(s.Flows), slices.Clone(s.Streams), slices.Clone(s.Intervals)
	s.TLS, s.Health = slices.Clone(s.TLS), slices.Clone(s.Health)
	return &s
}

func shuffle[R any](list []R) {
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// Rules read, they do not change the records.
func TestRecordsUntouched(t *testing.T) {
	for _, e := range fixtures(t) {
		before := dump(t, e.Set)
		e.Options.Only = nil
		audit.Run(e.Set, e.Options)
		if !bytes.Equal(before, dump(t, e.Set)) {
			t.Errorf("%s, %s: the records were changed", e.File, e.Name)
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
	last := ""
	for _, r := range All().Rules() {
		if r.ID <= last {
			t.Errorf("%s stands after %s", r.ID, last)
		}
		last = r.ID
		if len(r.ID) != 11 || !strings.HasPrefix(r.ID, "WXA-") {
			t.Errorf("id %q", r.ID)
		}
		if old := titles[r.Title]; old != "" {
			t.Errorf("%s has the title of %s", r.ID, old)
		}
		titles[r.Title] = r.ID
		if r.Severity.Rank() == 0 || r.Judge == nil || len(r.Needs) == 0 || r.Remediation == "" {
			t.Errorf("%s is incomplete", r.ID)
		}
		for _, text := range []string{r.Title, r.Doc.What, r.Doc.Why, r.Doc.Trigger, r.Doc.LookAlikes, r.Doc.Verify} {
			if len(text) < 10 {
				t.Errorf("%s: text %q", r.ID, text)
			}
		}
		if !slices.IsSortedFunc(r.Thresholds, func(a, b *audit.Limit) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("%s: thresholds are not sorted", r.ID)
		}
		if found, ok := All().Find(r.ID); !ok || found.ID != r.ID {
			t.Errorf("All().Find(%s)", r.ID)
		}
	}
}

func TestNoRecords(t *testing.T) {
	findings, sum := audit.Run(&record.Set{}, audit.Options{Catalogue: All()})
	if len(findings) != answering(new(record.Set)) || sum.Verdict != record.NotObserved || sum.Coverage != nil ||
		sum.ExitCode != 0 {
		t.Errorf("%d findings, summary %+v", len(findings), sum)
	}
	for _, f := range findings {
		if f.State != record.NotObserved {
			t.Errorf("%s: %s", f.Rule, f.State)
		}
	}
}
