package audit

import (
	"net/netip"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// TestEnough: a pass rests on the rules that it must rest on; where none of these was asked, on any; what is missing is
// told by the first that says so.
func TestEnough(t *testing.T) {
	o := Options{Catalogue: NewCatalogue(&Rule{ID: "WXA-MED-001", Essential: true}, &Rule{ID: "WXA-MED-005"})}
	finding := func(rule string, s record.State, missing string) *record.Finding {
		return &record.Finding{Rule: "WXA-MED-" + rule, State: s, Summary: "no call", Missing: missing}
	}
	const nothing, call = "no rule about the network could be judged", "no call; capture the clients during a call of half a minute or more"
	for _, tt := range []struct {
		name     string
		findings []*record.Finding
		verdict  record.State
		missing  string
	}{
		{"nothing", nil, record.NotEnough, nothing},
		{"what matters passed", []*record.Finding{finding("001", record.Pass, "")}, record.Pass, ""},
		{"another passed, what matters was not asked", []*record.Finding{finding("005", record.Pass, "")}, record.Pass, ""},
		{"another was not seen", []*record.Finding{finding("005", record.NotObserved, "x")}, record.NotEnough, nothing},
		{"what matters was not seen", []*record.Finding{finding("005", record.Pass, ""), finding("001", record.NotObserved, "")},
			record.NotEnough, call},
		{"what matters lacks something", []*record.Finding{finding("001", record.NotAssessable, "TTLs"),
			finding("001", record.NotAssessable, "later"), finding("001", record.Pass, "")}, record.NotEnough, "TTLs"},
		{"what matters is waived", []*record.Finding{finding("001", record.Waived, "x")}, record.NotEnough, nothing},
	} {
		verdict, missing := enough(tt.findings, o)
		if verdict != tt.verdict || missing != tt.missing {
			t.Errorf("%s: %s (%s)", tt.name, verdict, missing)
		}
	}
}

// TestNoWebex: without Webex traffic nothing is judged, but for two points that were compared.
func TestNoWebex(t *testing.T) {
	for rule, want := range map[string]record.State{"WXA-MED-001": record.NotObserved, "WXA-CMP-001": record.Pass} {
		findings := []*record.Finding{{Rule: rule, State: record.Pass}}
		if got, missing := verdictOf(findings, new(record.Summary), Options{}); got != want || missing != "" {
			t.Errorf("%s: %s (%s)", rule, got, missing)
		}
	}
}

// TestWorstOf: the worst of accusations that follow from no other; one that is not sure enough warns.
func TestWorstOf(t *testing.T) {
	for _, tt := range []struct {
		name       string
		state      record.State
		severity   record.Severity
		confidence record.Confidence
		cause      string
		want       record.State
	}{
		{"sure enough", record.Fail, record.High, record.Probable, "", record.Fail},
		{"not sure enough", record.Fail, record.High, record.Possible, "", record.Warn},
		{"a failing remark, not sure", record.Fail, record.Info, record.Possible, "", record.Warn},
		{"a warning", record.Warn, record.Low, record.Confirmed, "", record.Warn},
		{"a remark", record.Warn, record.Info, record.Confirmed, "", record.Pass},
		{"waived", record.Waived, record.High, record.Confirmed, "", record.Pass},
		{"of another", record.Fail, record.High, record.Confirmed, "other", record.Pass},
		{"of one that is gone", record.Fail, record.High, record.Confirmed, "gone", record.Fail},
	} {
		f := &record.Finding{FindingID: "f", State: tt.state, Severity: tt.severity, Confidence: tt.confidence,
			CausedBy: tt.cause}
		all := []*record.Finding{f, {FindingID: "other", State: record.Pass}}
		if got := worstOf(all, all, record.Probable); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

// TestUncovered: a coverage is met from its value on; where nothing of the network was judged none is.
func TestUncovered(t *testing.T) {
	judged := []*record.Finding{{Rule: "WXA-CAP-001", State: record.Pass}, {Rule: "WXA-MED-001", State: record.Pass}}
	share := func(v float64) *float64 { return &v }
	for _, tt := range []struct {
		name     string
		wanted   float64
		coverage *float64
		findings []*record.Finding
		want     string
	}{
		{"none wanted", 0, share(1), nil, ""}, {"met", 60, share(60), judged, ""}, {"not known", 60, nil, judged, ""},
		{"not met", 60, share(59), judged, "coverage 59 % is below the required 60 %"},
		{"the capture alone", 60, share(100), judged[:1], "no rule about the network could be judged, and a coverage of 60 % is required"},
		{"not seen", 60, share(100), []*record.Finding{{Rule: "WXA-MED-001", State: record.NotObserved}},
			"no rule about the network could be judged, and a coverage of 60 % is required"},
		{"not assessable", 60, share(100), []*record.Finding{{Rule: "WXA-MED-001", State: record.NotAssessable}},
			"no rule about the network could be judged, and a coverage of 60 % is required"},
	} {
		o := Options{Coverage: tt.wanted}
		if got := o.uncovered(tt.findings, &record.Summary{Coverage: tt.coverage}); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// TestGateOfBaseline: with a baseline only what is new, worse or not to be compared counts, and what a waiver held that
// is gone; without a severity from low on.
func TestGateOfBaseline(t *testing.T) {
	for _, tt := range []struct {
		baseline string
		severity record.Severity
		lapsed   bool
		code     int
		reason   string
	}{
		{"new", record.Low, false, 1, "1 new, worse or incomparable failing finding of severity low or above and confidence probable or above"},
		{"new", record.Info, false, 0, "no new, worse or incomparable failing finding of severity low or above and confidence probable or above"},
		{"worse", record.High, false, 1, ""}, {"not-comparable", record.High, false, 1, ""}, {"", record.High, false, 1, ""},
		{"unchanged", record.High, false, 0, ""}, {"better", record.High, false, 0, ""}, {"unchanged", record.High, true, 1, ""},
	} {
		o := Options{FailOnNew: true, Lapsed: map[string]bool{"v1-x": tt.lapsed}}
		f := &record.Finding{State: record.Fail, Severity: tt.severity, Confidence: record.Probable,
			Baseline: tt.baseline, Fingerprint: "v1-x"}
		code, reason := ExitCode([]*record.Finding{f}, new(record.Summary), o)
		if code != tt.code || !strings.Contains(reason, tt.reason) {
			t.Errorf("%+v: %d, %s", tt, code, reason)
		}
	}
	both := []*record.Finding{{FindingID: "root", State: record.Fail, Severity: record.High, Confidence: record.Confirmed},
		{FindingID: "f", State: record.Fail, Severity: record.High, Confidence: record.Confirmed, CausedBy: "root"}}
	want := "1 failing finding of severity high or above and confidence probable or above"
	if code, reason := ExitCode(both, new(record.Summary), Options{FailOn: record.High}); code != 1 || reason != want {
		t.Errorf("what follows from another counts too: %d, %s", code, reason)
	}
}

// TestCounts: states, severities, flows, clients, rules and coverage of a summary.
func TestCounts(t *testing.T) {
	finding := func(rule string, s record.State) *record.Finding {
		return &record.Finding{Rule: rule, State: s, Severity: record.High}
	}
	findings := []*record.Finding{finding("WXA-MED-001", record.Fail), finding("WXA-MED-002", record.Warn),
		finding("WXA-MED-003", record.Pass), finding("WXA-QUA-001", record.NotAssessable),
		finding("WXA-TLS-001", record.NotObserved), finding("WXA-TLS-002", record.Waived)}
	set := &record.Set{Flows: []*record.Flow{{Webex: true, Client: client}, {Webex: true, Client: client},
		{Client: cloud}}}
	s := Summarize(set, findings, Options{Catalogue: answerRules})
	if s.Flows != 3 || s.WebexFlows != 2 || s.Clients != 1 {
		t.Errorf("%d flows, %d of Webex, %d clients", s.Flows, s.WebexFlows, s.Clients)
	}
	if s.Rules != 6 || s.Applicable != 5 || s.Assessed != 4 || *s.Coverage != 80 {
		t.Errorf("%d rules, %d applicable, %d assessed, %v %%", s.Rules, s.Applicable, s.Assessed, *s.Coverage)
	}
	if s.Severities[record.High] != 2 || s.States[record.Pass] != 1 ||
		s.Groups["MED"] != (record.RuleCounts{Fail: 1, Warn: 1, Pass: 1}) ||
		s.Groups["TLS"] != (record.RuleCounts{Pass: 1, NotObserved: 1}) {
		t.Errorf("%v %v %v", s.Severities, s.States, s.Groups)
	}
	if none := Summarize(new(record.Set), findings[4:5], Options{}); none.Coverage != nil || none.Applicable != 0 {
		t.Errorf("coverage of nothing: %v", none.Coverage)
	}
}

// TestPicture: the Webex flows by service, function and transport, summed up.
func TestPicture(t *testing.T) {
	flow := func(f record.Function, tr record.Transport, c netip.Addr, prefix string) *record.Flow {
		return &record.Flow{Webex: true, Service: record.Meetings, Function: f, Transport: tr, Client: c,
			Prefix: prefix, BytesFwd: 3, BytesRev: 4, StartTime: afternoon(1), EndTime: afternoon(3)}
	}
	c := newCounts()
	for _, f := range []*record.Flow{flow(record.Signalling, record.TLS, client, ""), {Service: record.Meetings},
		flow(record.MediaAudio, record.UDP, client, "p"), flow(record.MediaAudio, record.TLS, client, "p"),
		flow(record.MediaAudio, record.UDP, cloud, ""), flow(record.MediaAudio, record.UDP, client, "p")} {
		c.add(f)
	}
	var s record.Summary
	c.fill(&s)
	got := s.Picture
	want := []record.Picture{
		{Service: record.Meetings, Function: record.MediaAudio, Transport: record.TLS, Flows: 1, Clients: 1, Bytes: 7,
			Seconds: 2, Published: 1},
		{Service: record.Meetings, Function: record.MediaAudio, Transport: record.UDP, Flows: 3, Clients: 2, Bytes: 21,
			Seconds: 6, Published: 2},
		{Service: record.Meetings, Function: record.Signalling, Transport: record.TLS, Flows: 1, Clients: 1, Bytes: 7, Seconds: 2},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}
