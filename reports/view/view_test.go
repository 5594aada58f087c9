package view

import (
	"encoding/json"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

func drop(n int64) *int64 { return &n }

// TestOf: sums over two inputs, findings and calls in their order, and what several rules need said once.
func TestOf(t *testing.T) {
	finding := func(id string, state record.State, severity record.Severity, missing string) *record.Finding {
		return &record.Finding{FindingID: id, Rule: "WXA-MED-00" + id, State: state, Severity: severity, Missing: missing}
	}
	v := Of(&record.Set{
		Health: []*record.CaptureHealth{
			{Packets: 3, StartTime: 20, EndTime: 30, KernelDrops: drop(1), LossAssessable: true, Undecodable: map[string]int64{"a": 1}},
			{Packets: 4, StartTime: 10, EndTime: 25, KernelDrops: drop(2), LossAssessable: true, Undecodable: map[string]int64{"a": 1, "b": 3}},
		},
		Findings: []*record.Finding{
			finding("1", record.Warn, record.Critical, ""), finding("2", record.Fail, record.Low, ""), finding("3", record.Fail, record.High, ""),
			finding("4", record.NotAssessable, record.High, "x"), finding("5", record.NotAssessable, record.High, "y"),
			finding("6", record.NotAssessable, record.High, "y"), finding("7", record.Pass, record.High, ""),
		},
		Sessions: []*record.Session{{SessionID: "a", Transport: record.UDP}, {SessionID: "b", Transport: record.UDP,
			Transports: []record.SessionTransport{{Transport: record.TLS}}}, {SessionID: "c", Transport: record.None}},
		Summary: &record.Summary{Verdict: record.NotObserved},
	})
	if len(v.Needs) != 2 || v.Needs[0].Missing != "y" || len(v.Needs[0].Rules) != 2 {
		t.Errorf("needs %+v", v.Needs)
	}
	if v.Calls[0].SessionID != "c" || v.Calls[1].SessionID != "b" || len(v.CallsBy) != 3 ||
		v.CallsBy[1] != (CallCount{record.TLS, 1}) {
		t.Errorf("calls by worst %+v", v.CallsBy)
	}
	if v.Totals.Packets != 7 || *v.Totals.KernelDrops != 3 || v.From != 10 || v.To != 30 {
		t.Errorf("%+v", v.Totals)
	}
	var said []string
	for _, q := range v.Quality {
		said = append(said, q.String())
	}
	if got := strings.Join(said, "; "); got != "packets dropped: kernel 3 (interface, mirror not available); 0 duplicates removed; 0 packets truncated; 5 undecodable" {
		t.Errorf("quality %s", got)
	}
	if _, err := json.Marshal(v); err != nil {
		t.Error(err)
	}
}

// outline writes roots as "4>2,7": the rule numbers of a root and of what follows from it.
func outline(roots []*Root) string {
	var list []string
	for _, r := range roots {
		text := r.FindingID
		for i, f := range r.Follows {
			text += string(">,"[min(i, 1)]) + f.FindingID
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

// TestRoots: consequences of consequences stand under the root; waived roots take theirs along; a circle makes roots.
func TestRoots(t *testing.T) {
	finding := func(id, rule, causedBy string, state record.State, severity record.Severity,
		c record.Confidence) *record.Finding {
		return &record.Finding{FindingID: id, Rule: "WXA-" + rule, State: state, Severity: severity, Confidence: c,
			CausedBy: causedBy}
	}
	v := Of(&record.Set{Summary: &record.Summary{Verdict: record.Fail, WebexFlows: 1}, Findings: []*record.Finding{
		finding("a", "MED-004", "", record.Fail, record.High, record.Confirmed),
		finding("b", "MED-001", "a", record.Fail, record.High, record.Confirmed),
		finding("c", "QUA-011", "b", record.Warn, record.Medium, record.Confirmed),
		finding("d", "DAT-001", "", record.Warn, record.Low, record.Confirmed),
		finding("e", "CAP-010", "", record.Warn, record.Info, record.Confirmed),
		finding("f", "NAT-001", "", record.Fail, record.High, record.Possible),
		finding("g", "PRX-001", "gone", record.Warn, record.Medium, record.Confirmed),
		finding("h", "TLS-001", "", record.Waived, record.High, record.Confirmed),
		finding("i", "TLS-006", "h", record.Fail, record.High, record.Confirmed),
		finding("j", "SIG-001", "k", record.Fail, record.Low, record.Confirmed),
		finding("k", "CAL-001", "j", record.Fail, record.Low, record.Confirmed),
		finding("l", "QOS-007", "", record.Fail, record.Info, record.Confirmed),
		finding("m", "QOS-001", "", record.Pass, record.High, ""),
	}})
	for want, roots := range map[string][]*Root{"a>b,c f g j k l": v.Roots, "d": v.CaptureRoots, "e": v.Remarks, "h>i": v.Waived} {
		if got := outline(roots); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if want := "2 high (1 only possible), 1 medium, 2 low, 1 info"; severityText(v.Severities) != want {
		t.Errorf("%s, want %s", severityText(v.Severities), want)
	}
	if b, err := json.Marshal(v.Roots[0]); err != nil || string(b) != `{"finding_id":"a","follows":["b","c"]}` {
		t.Errorf("%s, %v", b, err)
	}
}

// TestVerdicts: each says its word and why.
func TestVerdicts(t *testing.T) {
	all := 100.0
	summary := func(verdict record.State) *record.Summary {
		return &record.Summary{Verdict: verdict, WebexFlows: 1, Flows: 3, Assessed: 4, Applicable: 4, Coverage: &all}
	}
	open := func(rule string, s record.Severity) []*record.Finding {
		return []*record.Finding{{Rule: rule, State: record.NotAssessable, Severity: s}}
	}
	guess := []*record.Finding{{Rule: "WXA-NAT-001", State: record.Fail, Severity: record.High, Confidence: record.Possible}}
	missing := summary(record.NotEnough)
	missing.Missing = "no media; capture a call"
	none := summary(record.NotObserved)
	none.WebexFlows = 0
	for _, c := range []struct {
		name     string
		s        *record.Summary
		findings []*record.Finding
		want     string
	}{
		{"broken off", nil, nil, "INCOMPLETE: the records end without a summary; what follows is what there is"},
		{"all assessed", summary(record.Pass), nil, "PASS: no fault found; 4 of 4 applicable rules assessed (100 %)"},
		{"high open", summary(record.Pass), open("WXA-QUA-001", record.High),
			"PASS of what could be judged: no fault found; 4 of 4 applicable rules assessed (100 %)"},
		{"low open", summary(record.Pass), open("WXA-QOS-009", record.Low), "PASS: no fault found; 4 of 4 applicable rules assessed (100 %)"},
		{"capture open", summary(record.Pass), open("WXA-CAP-001", record.High), "PASS: no fault found; 4 of 4 applicable rules assessed (100 %)"},
		{"guess", summary(record.Warn), guess, "WARN: 1 high (possible); 4 of 4 applicable rules assessed (100 %)"},
		{"not enough", missing, nil, "NOT ENOUGH TO JUDGE: no media; capture a call"},
		{"not enough, unsaid", summary(record.NotEnough), nil, "NOT ENOUGH TO JUDGE: the run does not say what is missing"},
		{"no Webex", none, nil, "NO WEBEX SEEN: no Webex traffic was observed in 3 flows"},
	} {
		if got := Of(&record.Set{Summary: c.s, Findings: c.findings}).Network.String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
