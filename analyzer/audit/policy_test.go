package audit

import (
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

func TestExitCode(t *testing.T) {
	finding := func(state record.State, s record.Severity, c record.Confidence) *record.Finding {
		return &record.Finding{Rule: "WXA-MED-001", State: state, Severity: s, Confidence: c}
	}
	half := 50.0
	for _, c := range []struct {
		name    string
		finding *record.Finding
		o       Options
		code    int
		verdict record.State
		reason  string
	}{
		{"no gate", finding(record.Fail, record.High, record.Confirmed), Options{}, 0, record.Fail, "no gate"},
		{"above the gate", finding(record.Fail, record.High, record.Confirmed), Options{FailOn: record.Medium}, 1, record.Fail, "1 failing finding of severity medium or above"},
		{"below the gate", finding(record.Fail, record.High, record.Confirmed), Options{FailOn: record.Critical}, 0, record.Fail, "no failing finding of severity critical"},
		{"not sure enough", finding(record.Fail, record.High, record.Possible), Options{FailOn: record.Low}, 0, record.Warn, "confidence probable"},
		{"unless asked", finding(record.Fail, record.High, record.Possible), Options{FailOn: record.Low, MinConfidence: record.Possible}, 1, record.Fail, "confidence possible"},
		{"a warning", finding(record.Warn, record.High, record.Confirmed), Options{FailOn: record.Low}, 0, record.Warn, "no failing"},
		{"a remark", finding(record.Warn, record.Info, record.Confirmed), Options{}, 0, record.NotEnough, "no gate"},
		{"waived", finding(record.Waived, record.High, record.Confirmed), Options{FailOn: record.Low}, 0, record.NotEnough, "no failing"},
		{"coverage", finding(record.Pass, record.High, ""), Options{Coverage: 60}, 4, record.Pass, "coverage 50 % is below the required 60 %"},
		{"failure goes before coverage", finding(record.Fail, record.High, record.Confirmed), Options{FailOn: record.Low, Coverage: 60}, 1, record.Fail, "1 failing"},
	} {
		sum := &record.Summary{Coverage: &half, WebexFlows: 1}
		code, reason := ExitCode([]*record.Finding{c.finding}, sum, c.o)
		if code != c.code || !strings.Contains(reason, c.reason) {
			t.Errorf("%s: %d %q", c.name, code, reason)
		}
		if v, _ := verdictOf([]*record.Finding{c.finding}, sum, c.o); v != c.verdict {
			t.Errorf("%s: verdict %s", c.name, v)
		}
	}
	if code, _ := ExitCode(nil, &record.Summary{}, Options{Coverage: 90}); code != 4 {
		t.Errorf("nothing was judged, yet %d", code)
	}
	hides := []*record.Finding{{Rule: "WXA-CAP-008", State: record.Fail, Severity: record.Medium, Summary: "nothing could be decoded"}}
	catalogue := NewCatalogue(&Rule{ID: "WXA-CAP-008", Hides: true})
	all := 100.0
	code, reason := ExitCode(hides, &record.Summary{Coverage: &all}, Options{Catalogue: catalogue, Coverage: 50})
	if code != 4 || !strings.Contains(reason, "nothing could be decoded") {
		t.Errorf("nothing could be judged: %d %q", code, reason)
	}
}

// A rule with several findings has one outcome: the worst.
func TestOutcomeOfRule(t *testing.T) {
	finding := func(s record.State) *record.Finding { return &record.Finding{Rule: "WXA-MED-001", State: s} }
	for _, c := range []struct {
		states []record.State
		want   record.RuleCounts
	}{
		{[]record.State{record.Warn, record.Fail, record.Warn}, record.RuleCounts{Fail: 1}},
		{[]record.State{record.Waived, record.Warn}, record.RuleCounts{Warn: 1}},
		{[]record.State{record.Waived, record.NotAssessable}, record.RuleCounts{Pass: 1}},
		{[]record.State{record.NotObserved, record.NotAssessable}, record.RuleCounts{NotAssessable: 1}},
		{[]record.State{record.NotObserved, record.Pass}, record.RuleCounts{Pass: 1}},
	} {
		var list []*record.Finding
		for _, s := range c.states {
			list = append(list, finding(s))
		}
		if sum := Summarize(&record.Set{}, list, Options{}); sum.Rules != 1 || sum.Groups["MED"] != c.want {
			t.Errorf("%v: %+v", c.states, sum.Groups)
		}
	}
}

// TestTwoVerdicts: a fault of the capture is no fault of the network, and no pass of it either where it hides the
// traffic; little that was judged is neither.
func TestTwoVerdicts(t *testing.T) {
	rule := func(id string, s record.State) *record.Finding {
		return &record.Finding{Rule: id, State: s, Severity: record.High, Confidence: record.Confirmed, Summary: "so it is",
			Missing: "a call"}
	}
	o := Options{Catalogue: NewCatalogue(&Rule{ID: "WXA-CAP-001"}, &Rule{ID: "WXA-CAP-008", Hides: true},
		&Rule{ID: "WXA-DAT-001"}, &Rule{ID: "WXA-MED-001", Essential: true}, &Rule{ID: "WXA-MED-005"})}
	for _, tt := range []struct {
		name             string
		findings         []*record.Finding
		network, capture record.State
		missing          string
	}{
		{"all right", []*record.Finding{rule("WXA-MED-001", record.Pass), rule("WXA-CAP-001", record.Pass)}, record.Pass, record.Pass, ""},
		{"the sensor dropped packets", []*record.Finding{rule("WXA-MED-001", record.Pass), rule("WXA-CAP-001", record.Fail)},
			record.Pass, record.Fail, ""},
		{"the pack is old", []*record.Finding{rule("WXA-MED-001", record.Pass), rule("WXA-DAT-001", record.Warn)}, record.Pass, record.Warn, ""},
		{"the network fails too", []*record.Finding{rule("WXA-MED-001", record.Fail), rule("WXA-CAP-001", record.Fail)}, record.Fail, record.Fail, ""},
		{"everything is hidden", []*record.Finding{rule("WXA-MED-001", record.Pass), rule("WXA-CAP-008", record.Fail)},
			record.NotEnough, record.Fail, "so it is"},
		{"what matters was not judged", []*record.Finding{rule("WXA-MED-001", record.NotAssessable), rule("WXA-MED-005", record.Pass)},
			record.NotEnough, record.Pass, "a call"},
	} {
		s := &record.Summary{WebexFlows: 9}
		network, missing := verdictOf(tt.findings, s, o)
		capture := captureOf(tt.findings, record.Probable)
		if network != tt.network || capture != tt.capture || missing != tt.missing {
			t.Errorf("%s: network %s (%s), capture %s; want %s (%s) and %s", tt.name, network, missing, capture, tt.network,
				tt.missing, tt.capture)
		}
	}
}
