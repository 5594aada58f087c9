package audit

import (
	"net/netip"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// twoCalls is a judged run of two clients at different times, one of them accused.
func twoCalls() *record.Set {
	const a, b = "10.20.1.15", "10.20.2.16"
	set := &record.Set{Run: &record.Run{},
		Sessions: []*record.Session{call(a, 0, way40(record.TLS, 34)), call(b, 100, way40(record.UDP, 40))},
		Health:   []*record.CaptureHealth{{Packets: 9, StartTime: afternoon(0), EndTime: afternoon(200)}}}
	for _, s := range set.Sessions {
		set.Flows = append(set.Flows, &record.Flow{FlowID: s.FlowIDs[0], Webex: true, Function: record.MediaAudio,
			SrcIP: s.Client, Client: s.Client, StartTime: s.StartTime, EndTime: s.EndTime})
		set.Streams = append(set.Streams, &record.MediaStream{StreamID: "s", FlowID: s.FlowIDs[0]})
	}
	set.Findings = []*record.Finding{
		{FindingID: "b", Rule: "WXA-MED-004", State: record.Fail, Severity: record.High, Confidence: record.Confirmed, Actual: "0 of 9",
			Clients: []string{a}, FlowIDs: []string{"m" + a}, FirstSeen: afternoon(0), LastSeen: afternoon(40)},
		{FindingID: "c", Rule: "WXA-CAP-002", State: record.Warn, Severity: record.Low, Confidence: record.Confirmed},
		{FindingID: "p", Rule: "WXA-QUA-001", State: record.Pass, Clients: []string{a}},
	}
	set.Summary = Summarize(set, set.Findings, Options{Catalogue: answerRules})
	return set
}

// named are the clients of the calls of a run, and the rules of its findings.
func named(set *record.Set) (clients, rules []string) {
	for _, s := range set.Sessions {
		clients = append(clients, s.Client.String())
	}
	for _, f := range set.Findings {
		rules = append(rules, f.Rule)
	}
	return clients, rules
}

// TestNarrow: records, findings and the answer are those of the client and the time, the verdicts those of all.
func TestNarrow(t *testing.T) {
	only := func(s string) netip.Prefix { return netip.MustParsePrefix(s) }
	for _, c := range []struct {
		name             string
		show             Shown
		clients, rules   string
		answer, selected string
	}{
		{"the accused", Shown{Clients: only("10.20.1.15/32")}, "10.20.1.15", "WXA-MED-004 WXA-CAP-002 WXA-QUA-001",
			"10.20.1.15's call at 10:40:00 UTC ran over TLS for 34 s because nothing answered on UDP 5004 (0 of 9).", "10.20.1.15"},
		{"the other", Shown{Clients: only("10.20.2.0/24")}, "10.20.2.16", "WXA-CAP-002 WXA-QUA-001",
			"No fault was found in what this capture can show: 10.20.2.16's call at 10:41:40 UTC (40 s).", "10.20.2.0/24"},
		{"later", Shown{From: afternoon(60)}, "10.20.2.16", "WXA-CAP-002 WXA-QUA-001",
			"No fault was found in what this capture can show: 10.20.2.16's call at 10:41:40 UTC (40 s).", ""},
		{"nobody", Shown{Clients: only("10.9.9.9/32"), To: afternoon(60)}, "", "WXA-CAP-002 WXA-QUA-001",
			"This capture holds no Webex traffic of 10.9.9.9 at this time.", "10.9.9.9"},
	} {
		set := twoCalls()
		got := Narrow(set, c.show, Options{Catalogue: answerRules})
		clients, rules := named(got)
		if strings.Join(clients, " ") != c.clients || strings.Join(rules, " ") != c.rules {
			t.Errorf("%s: calls of %v, findings %v", c.name, clients, rules)
		}
		if len(got.Flows) != len(clients) || len(got.Streams) != len(clients) ||
			got.Summary.WebexFlows != len(clients) {
			t.Errorf("%s: %d flows, %d streams", c.name, len(got.Flows), len(got.Streams))
		}
		s := got.Summary
		if s.Answer != c.answer || s.Verdict != record.Fail || s.States[record.Fail] != 1 {
			t.Errorf("%s: %s: %s", c.name, got.Summary.Verdict, got.Summary.Answer)
		}
		if got.Run.Shown.Client != c.selected || set.Run.Shown != nil || len(set.Findings) != 3 {
			t.Errorf("%s: shown %+v; the set was changed", c.name, got.Run.Shown)
		}
	}
}

func TestNarrowNothing(t *testing.T) {
	if set := twoCalls(); Narrow(set, Shown{}, Options{}) != set {
		t.Error("nothing to narrow gives another set")
	}
}
