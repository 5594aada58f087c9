package catalogue

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"webexaudit/analyzer/audit"

	"github.com/google/go-cmp/cmp"
)

const rulesPage = "../../../docs/rules.md"

func TestDocument(t *testing.T) {
	var b bytes.Buffer
	if err := All().Document(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(rulesPage, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(rulesPage)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("docs/rules.md is out of date (go test ./analyzer/audit/catalogue -update): %s", d)
	}
}

func TestExplain(t *testing.T) {
	p := standard(t)
	if err := p.Set("WXA-MED-001.min_seconds=45"); err != nil {
		t.Fatal(err)
	}
	for _, r := range All().Rules() {
		var b strings.Builder
		if err := r.Explain(&b, p, 100); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{r.Title, "Why it matters", "When it fires", "Known look-alikes (not reported)", "Check by hand", "Needs"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s lacks %q", r.ID, want)
			}
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(line); n > 120 {
				t.Errorf("%s: a line of %d characters: %s", r.ID, n, line)
			}
		}
	}
	var b strings.Builder
	if err := mustFind(t, "WXA-MED-001").Explain(&b, p, 100); err != nil || !strings.Contains(b.String(), "WXA-MED-001.min_seconds = 45 s\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func mustFind(t *testing.T, id string) *audit.Rule {
	t.Helper()
	r, ok := All().Find(id)
	if !ok {
		t.Fatalf("no rule %s", id)
	}
	return r
}

// TestUnits: no threshold says "1 changes".
func TestUnits(t *testing.T) {
	same := []string{"s", "ms", "min", "%", "kb/s", "packets/s", "frames/s", "R"} // in both numbers
	for _, l := range All().Limits() {
		if text := l.Text(1); text == "1 "+l.Unit && !slices.Contains(same, l.Unit) {
			t.Errorf("%s = %s: its unit has no singular (audit/unit.go)", l.Name, text)
		}
	}
}
