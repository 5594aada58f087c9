package audit

import (
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// TestOptionsValidate: every fault is told, and what is at a limit is none.
func TestOptionsValidate(t *testing.T) {
	catalogue := NewCatalogue(&Rule{ID: "WXA-MED-001"}, &Rule{ID: "WXA-QUA-001"})
	for _, tt := range []struct {
		name string
		o    Options
		want []string // parts of the text, in order; none: no fault
	}{
		{"nothing", Options{}, nil},
		{"all at their limits", Options{Only: []string{"WXA-*"}, Skip: []string{"WXA-QUA-*"}, FailOn: record.Critical,
			MinConfidence: record.Confirmed, Coverage: 100}, nil},
		{"severity", Options{FailOn: "worst"}, []string{`unknown severity "worst"`}},
		{"confidence", Options{MinConfidence: "sure"}, []string{`unknown confidence "sure"`}},
		{"coverage", Options{Coverage: 100.5}, []string{"coverage 100.5 is not between 0 and 100"}},
		{"coverage below zero", Options{Coverage: -1}, []string{"coverage -1 is not between 0 and 100"}},
		{"a pattern of none", Options{Only: []string{"WXA-DAT-*"}},
			[]string{`rule pattern "WXA-DAT-*" matches no rule`}},
		{"a bad pattern", Options{Skip: []string{"["}}, []string{`rule pattern "[": syntax error`}},
		{"no rule left", Options{Skip: []string{"WXA-*"}}, []string{"the rule patterns leave no rule"}},
		{"several", Options{Only: []string{"X"}, FailOn: "a", MinConfidence: "b"},
			[]string{`"X" matches no rule`, `severity "a"`, `confidence "b"`}},
	} {
		tt.o.Catalogue = catalogue
		err := tt.o.Validate()
		if (err == nil) != (len(tt.want) == 0) {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if err == nil {
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(tt.want) {
			t.Errorf("%s: %q", tt.name, lines)
			continue
		}
		for i, part := range tt.want {
			if !strings.Contains(lines[i], part) {
				t.Errorf("%s: %s, want %s", tt.name, lines[i], part)
			}
		}
	}
}

// TestGateAtItsLimit: a failing finding of exactly the gate's severity and confidence counts, one below either does
// not.
func TestGateAtItsLimit(t *testing.T) {
	o := Options{FailOn: record.Medium, MinConfidence: record.Probable}
	for _, tt := range []struct {
		state      record.State
		severity   record.Severity
		confidence record.Confidence
		code       int
	}{
		{record.Fail, record.Medium, record.Probable, 1}, {record.Fail, record.High, record.Confirmed, 1},
		{record.Fail, record.Low, record.Confirmed, 0}, {record.Fail, record.Critical, record.Possible, 0},
		{record.Warn, record.Critical, record.Confirmed, 0}, {record.Pass, record.Critical, record.Confirmed, 0},
	} {
		f := &record.Finding{Rule: "WXA-MED-001", State: tt.state, Severity: tt.severity, Confidence: tt.confidence}
		if code, reason := ExitCode([]*record.Finding{f}, new(record.Summary), o); code != tt.code {
			t.Errorf("%s %s %s: %d, %s", tt.state, tt.severity, tt.confidence, code, reason)
		}
	}
}
