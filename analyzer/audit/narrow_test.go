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

// TestNarrowWithoutJudgement: what was not judged has no part to show.
func TestNarrowWithoutJudgement(t *testing.T) {
	for name, change := range map[string]func(*record.Set){
		"no run": func(s *record.Set) { s.Run = nil }, "no summary": func(s *record.Set) { s.Summary = nil },
	} {
		set := twoCalls()
		change(set)
		if Narrow(set, Shown{To: afternoon(60)}, Options{}) != set {
			t.Errorf("%s, yet narrowed", name)
		}
	}
}

// TestNarrowSentences: what is said where nothing of Webex is shown.
func TestNarrowSentences(t *testing.T) {
	nobody := netip.MustParsePrefix("10.9.9.9/32")
	for _, tt := range []struct {
		show Shown
		want string
	}{
		{Shown{To: 1}, "This capture holds no Webex traffic of this time."},
		{Shown{Clients: nobody}, "This capture holds no Webex traffic of 10.9.9.9."},
		{Shown{Clients: nobody, To: 1}, "This capture holds no Webex traffic of 10.9.9.9 at this time."},
		{Shown{Clients: nobody, From: 1}, "This capture holds no Webex traffic of 10.9.9.9 at this time."},
	} {
		if got := Narrow(twoCalls(), tt.show, Options{Catalogue: answerRules}).Summary; got.Answer != tt.want {
			t.Errorf("%+v: %s", tt.show, got.Answer)
		}
	}
}

// TestDuring: what touches the time that is shown is shown, at its bounds too.
func TestDuring(t *testing.T) {
	for _, tt := range []struct {
		show     Shown
		from, to record.Time
		want     bool
	}{
		{Shown{}, 5, 6, true}, {Shown{From: 10}, 5, 9, false}, {Shown{From: 10}, 5, 10, true}, {Shown{To: 10}, 10, 20, true},
		{Shown{To: 10}, 11, 20, false}, {Shown{From: 10, To: 20}, 5, 25, true}, {Shown{From: 10, To: 20}, 21, 25, false},
	} {
		if got := tt.show.during(tt.from, tt.to); got != tt.want {
			t.Errorf("%+v: %d to %d: %v", tt.show, tt.from, tt.to, got)
		}
	}
}

// TestShownNames: who is shown, by address or subnet; a list without names concerns everybody.
func TestShownNames(t *testing.T) {
	show := Shown{Clients: netip.MustParsePrefix("10.20.2.0/24")}
	for list, want := range map[string]bool{"": true, "10.20.2.9": true, "10.20.3.9": false, "room": false,
		"10.20.3.9 ::ffff:10.20.2.9": true} {
		if got := show.named(strings.Fields(list)); got != want {
			t.Errorf("%q: %v", list, got)
		}
	}
	if (Shown{}).who() != "" || !(Shown{}).client(netip.MustParseAddr("10.0.0.1")) {
		t.Error("all are shown, yet one is named")
	}
	for name, s := range map[string]Shown{"clients": show, "from": {From: 1}, "to": {To: 1}} {
		if s.IsZero() {
			t.Errorf("%s alone is no bound", name)
		}
	}
}

// TestNarrowFindings: an accusation of others is left out, and so is what was waived for them; what has no time always
// stays, and so does what accuses nobody.
func TestNarrowFindings(t *testing.T) {
	set := twoCalls()
	add := func(id string, s record.State, client string, first, last record.Time) {
		set.Findings = append(set.Findings, &record.Finding{FindingID: id, Rule: id, State: s, Severity: record.Low,
			Clients: []string{client}, FirstSeen: first, LastSeen: last})
	}
	set.Findings = nil
	const a, b = "10.20.1.15", "10.20.2.16"
	add("his", record.Fail, a, afternoon(0), afternoon(9))
	add("his-later", record.Fail, a, afternoon(90), afternoon(99))
	add("his-always", record.Warn, a, 0, 0)
	add("his-waived", record.Waived, a, afternoon(0), afternoon(9))
	add("other", record.Warn, b, afternoon(0), afternoon(9))
	add("other-waived", record.Waived, b, afternoon(0), afternoon(9))
	add("other-passed", record.Pass, b, afternoon(0), afternoon(9))
	show := Shown{Clients: netip.MustParsePrefix(a + "/32"), To: afternoon(60)}
	_, rules := named(Narrow(set, show, Options{Catalogue: answerRules}))
	if got := strings.Join(rules, " "); got != "his his-always his-waived other-passed" {
		t.Error(got)
	}
}
