package audit

import (
	"strings"
	"testing"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// The fingerprint stays from capture to capture; the finding's own id does not.
func TestIDs(t *testing.T) {
	rule := &Rule{ID: "WXA-MED-001", Remediation: "none", Thresholds: []*Limit{OneSided}}
	report := func(flow string, first record.Time, key string) *record.Finding {
		s := &Scope{Env: newEnv(nil, Options{}), Context: &Context{}, Rule: rule}
		g := NewGroup(record.Subject{Kind: "site", Key: key})
		g.Flow(s.Env, &observe.Flow{Flow: &record.Flow{FlowID: flow, StartTime: first, EndTime: first + 1}}, nil)
		s.Report(g, Verdict{State: record.Fail})
		return s.findings[0]
	}
	a, b, other := report("1", 10, "hq"), report("2", 20, "hq"), report("1", 10, "lab")
	if a.Fingerprint != b.Fingerprint || a.FindingID == b.FindingID || a.Fingerprint == other.Fingerprint ||
		len(a.Fingerprint) != 19 {
		t.Errorf("%+v\n%+v\n%+v", a, b, other)
	}
	if a.Fingerprint != "v1-"+hash("WXA-MED-001", "site", "hq") || len(a.Thresholds) != 1 || a.Remediation == "" ||
		a.FirstSeen != 10 || a.LastSeen != 11 {
		t.Errorf("%+v", a)
	}
}

func TestLimitText(t *testing.T) {
	for _, c := range []struct {
		unit string
		v    float64
		want string
	}{
		{"port", 5004, "port 5004"}, {"bytes", 100_000, "100,000 bytes (100 kB)"}, {"bytes", 0, "0 bytes"}, {"s", 45, "45 s"},
		{"s", 7260, "7,260 s (2 h 1 min)"}, {"min", 10, "10 min"}, {"min", 121, "121 min (2 h 1 min)"}, {"ms", 0.5, "0.5 ms"}, {"%", 5, "5 %"},
		{"changes", 1, "1 change"}, {"changes", 0, "0 changes"}, {"addresses", 2, "2 addresses"}, {"R", 70, "70 R"},
		{"windows of 10 s", 1, "1 window of 10 s"}, {"date", 20231206, "20231206 (2023-12-06)"}, {"packets", 1e12, "1,000,000,000,000 packets"},
	} {
		if got := (&Limit{Unit: c.unit}).Text(c.v); got != c.want {
			t.Errorf("%g %s: %q, want %q", c.v, c.unit, got, c.want)
		}
	}
}

// TestWrap: a line is as wide as it may be, and no wider; a word that is wider has a line of its own.
func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 5, "\n"}, {"a", 5, "> a\n"}, {"ab cd", 5, "> ab cd\n"}, {"ab cde", 5, "> ab\n> cde\n"},
		{"a b c d", 3, "> a b\n> c d\n"}, {"abcdefgh i", 5, "> abcdefgh\n> i\n"}, {" a\n b ", 5, "> a b\n"},
	} {
		if got := wrap(tt.text, tt.width, "> "); got != tt.want {
			t.Errorf("%q in %d: %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}

// TestExplain: a rule's text for a narrow terminal; parts that it leaves out are left out.
func TestExplain(t *testing.T) {
	const words = "one two three four five six seven"
	limit := NewLimit("OWN-001.min", "s", 1, 2, 3, 0, 9, "ours: so it is", words)
	for _, tt := range []struct {
		name string
		r    *Rule
		want string
	}{
		{"little", &Rule{ID: "ACME-OWN-001", Title: "A title", Severity: record.Low},
			"ACME-OWN-001  A title\nseverity low, group OWN (own rules)\n"},
		{"all", &Rule{ID: "WXA-MED-001", Title: words, Severity: record.High, Thresholds: []*Limit{limit}, Doc: Doc{What: words},
			Needs: []string{words}, Refs: []string{"a", "b"}}, `WXA-MED-001  one two three four five six
             seven
severity high, group MED (media
transport)

What
    one two three four five six seven

Thresholds (change with --set NAME=VALUE)
    OWN-001.min = 2 s
        one two three four five six
        seven (ours: so it is)

Needs
    one two three four five six seven

References
    a
    b
`},
	} {
		var b strings.Builder
		if err := tt.r.Explain(&b, nil, 30); err != nil || b.String() != tt.want {
			t.Errorf("%s: %v\n%s", tt.name, err, b.String())
		}
	}
}

// TestEscape: what Markdown would read is escaped, but for what stands in backquotes.
func TestEscape(t *testing.T) {
	const text, want = "*.x_y | `a*|b` <z*", "\\*.x\\_y \\| `a*|b` &lt;z\\*"
	if got := escape(text); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
