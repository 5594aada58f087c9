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
	if got := strings.Join(v.Ranking, " "); got != "3 2 1" {
		t.Errorf("findings %s", got)
	}
	if len(v.Needs) != 2 || v.Needs[0].Missing != "y" || len(v.Needs[0].Rules) != 2 {
		t.Errorf("needs %+v", v.Needs)
	}
	if v.Calls[0].SessionID != "c" || v.Calls[1].SessionID != "b" || len(v.CallsBy) != 3 || v.CallsBy[1] != (CallCount{record.TLS, 1}) {
		t.Errorf("calls by worst %+v", v.CallsBy)
	}
	if v.Capture.Packets != 7 || *v.Capture.KernelDrops != 3 || v.From != 10 || v.To != 30 || v.Health != Good || v.Verdict() != "NOT OBSERVED" {
		t.Errorf("%+v %s %s", v.Capture, v.Health, v.Verdict())
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
