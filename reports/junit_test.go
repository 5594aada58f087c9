package reports

import (
	"encoding/xml"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

func readJUnit(t *testing.T, set *record.Set) (all junitSuites) {
	t.Helper()
	if err := xml.Unmarshal([]byte(renderText(t, "junit", set)), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestJUnitCases: what becomes of a rule by the states of its findings.
func TestJUnitCases(t *testing.T) {
	waiver := &record.Waiver{State: record.Fail, Owner: "net team", Reason: "known", Expires: "2026-12-31"}
	for _, c := range []struct {
		name   string
		states []record.State
		want   string // element and the beginning of what it says
	}{
		{"fails", []record.State{record.Fail}, "failure Found."},
		{"fails and passes", []record.State{record.Pass, record.Fail}, "failure Found."},
		{"warns", []record.State{record.Warn}, "out warning: Found."},
		{"passes", []record.State{record.Pass}, ""},
		{"passes, and is open for another subject", []record.State{record.Pass, record.NotAssessable},
			"skipped not assessed, because this is missing: RTP in the clear"},
		{"open", []record.State{record.NotAssessable}, "skipped not assessed, because this is missing: RTP in the clear"},
		{"not observed", []record.State{record.NotObserved}, "skipped not-observed: found"},
		{"waived", []record.State{record.Waived}, "skipped waived: WXA-MED-001, client 10.0.0.1 (high, fail): net team until 2026-12-31: known"},
	} {
		set := &record.Set{Summary: &record.Summary{Verdict: record.Fail, WebexFlows: 1}}
		for _, s := range c.states {
			f := &record.Finding{Rule: "WXA-MED-001", State: s, Severity: record.High, Confidence: record.Confirmed, Title: "a title",
				Summary: "found", Missing: "RTP in the clear", Subject: record.Subject{Kind: "client", Key: "10.0.0.1"}}
			if s == record.Waived {
				f.Waiver = waiver
			}
			set.Findings = append(set.Findings, f)
		}
		all := readJUnit(t, set)
		got, s := "", all.Suites[1]
		switch tc := s.Cases[0]; {
		case tc.Failure != nil:
			got = "failure " + tc.Failure.Message
		case tc.Skipped != nil:
			got = "skipped " + tc.Skipped.Message
		case tc.Out != "":
			got, _, _ = strings.Cut("out "+tc.Out, "\n")
		}
		if got != c.want || len(s.Cases) != 1 || s.Name != "MED" || all.Tests != 2 || all.Errors != 0 {
			t.Errorf("%s: %q, want %q; %+v", c.name, got, c.want, s)
		}
	}
}

// TestJUnitRun: a run that did not come to its end is an error, so that no build passes by it.
func TestJUnitRun(t *testing.T) {
	for want, summary := range map[string]*record.Summary{
		"incomplete": nil, "status 3": {Verdict: record.Pass, WebexFlows: 1, ExitCode: 3}, "": {Verdict: record.Fail, WebexFlows: 1, ExitCode: 1},
	} {
		all := readJUnit(t, &record.Set{Summary: summary})
		got, errors := "", 0
		if e := all.Suites[0].Cases[0].Error; e != nil {
			got, errors = e.Type, 1
		}
		if got != want || all.Errors != errors {
			t.Errorf("%q, want %q; %d errors", got, want, all.Errors)
		}
	}
}

// TestJUnitHostile: a name that a stranger chose adds no element, and no character that XML or a reader cannot take.
func TestJUnitHostile(t *testing.T) {
	shape := func(name string) string {
		var b strings.Builder
		text := renderText(t, "junit", hostileRun(name))
		d := xml.NewDecoder(strings.NewReader(text))
		for {
			token, err := d.Token()
			if token == nil {
				if err.Error() != "EOF" {
					t.Errorf("%.40q: %v", name, err)
				}
				return b.String()
			}
			if e, is := token.(xml.StartElement); is {
				b.WriteString(e.Name.Local)
				for _, a := range e.Attr {
					b.WriteString(" " + a.Name.Local)
				}
				b.WriteByte('\n')
			}
			for _, r := range text {
				if r != '\n' && !record.Visible(r) {
					t.Fatalf("%.40q: U+%04X is in the file", name, r)
				}
			}
		}
	}
	want := shape("name")
	for _, name := range hostile {
		if got := shape(name); got != want {
			t.Errorf("%.40q changes the file:\n%s", name, firstDifference(want, got))
		}
	}
}
