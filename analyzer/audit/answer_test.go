package audit

import (
	"net/netip"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var answerRules = NewCatalogue(
	&Rule{ID: "WXA-MED-004", Plain: "nothing answered on UDP 5004 (%s)"},
	&Rule{ID: "WXA-MED-001", Symptom: true},
	&Rule{ID: "WXA-QUA-001", Plain: "packets were lost"},
	&Rule{ID: "WXA-TLS-001"}, &Rule{ID: "WXA-CAP-002"},
)

// afternoon is a time of the one day of the fixtures.
func afternoon(seconds int) record.Time {
	return record.Time(1_788_000_000e9) + record.Time(seconds)*1e9
}

func call(client string, start int, ways ...record.SessionTransport) *record.Session {
	s := &record.Session{SessionID: client, Client: netip.MustParseAddr(client), Transport: record.None,
		Proxy: "10.1.9.8:8080", StartTime: afternoon(start), EndTime: afternoon(start + 40),
		FlowIDs: []string{"m" + client}, Transports: ways}
	for _, w := range ways {
		s.Transport = w.Transport
	}
	return s
}

func way40(t record.Transport, seconds float64) record.SessionTransport {
	return record.SessionTransport{Transport: t, Seconds: seconds}
}

func TestAnswer(t *testing.T) {
	blocked := func(clients ...string) *record.Finding {
		f := &record.Finding{FindingID: "b", Rule: "WXA-MED-004", State: record.Fail, Severity: record.High,
			Confidence: record.Confirmed, Summary: "none was answered", Actual: "0 of 9", Remediation: "Open it.", FirstSeen: afternoon(0),
			AffectedClients: int64(len(clients)), Clients: clients}
		for _, c := range clients {
			f.FlowIDs = append(f.FlowIDs, "m"+c)
		}
		return f
	}
	with := func(f *record.Finding, change func(*record.Finding)) *record.Finding { change(f); return f }
	const a, b = "10.20.1.15", "10.20.1.16"
	overTLS, overUDP, proxied := way40(record.TLS, 34), way40(record.UDP, 40), way40(record.TLSProxied, 30)
	for _, c := range []struct {
		name     string
		calls    []*record.Session
		findings []*record.Finding
		answer   string
	}{
		{"one call over TLS", []*record.Session{call(a, 4, overTLS)}, []*record.Finding{blocked(a)},
			"10.20.1.15's call at 10:40:04 UTC ran over TLS for 34 s because nothing answered on UDP 5004 (0 of 9)."},
		{"in part", []*record.Session{call(a, 4, overTLS, overUDP)}, []*record.Finding{blocked(a)},
			"10.20.1.15's call at 10:40:04 UTC ran over TLS for 34 s of 1 min 14 s because nothing answered on UDP 5004 (0 of 9)."},
		{"through a proxy, twice", []*record.Session{call(a, 4, proxied), call(a, 90, proxied)},
			[]*record.Finding{blocked(a)},
			"2 calls of 10.20.1.15, the first at 10:40:04 UTC, ran over TLS through the proxy 10.1.9.8:8080 for 1 min " +
				"because nothing answered on UDP 5004 (0 of 9)."},
		{"two clients", []*record.Session{call(a, 4, overTLS), call(b, 2, overTLS)}, []*record.Finding{blocked(a, b)},
			"2 calls of 2 clients, the first that of 10.20.1.16 at 10:40:02 UTC, ran over TLS for 1 min 8 s " +
				"because nothing answered on UDP 5004 (0 of 9)."},
		{"no media, not sure", []*record.Session{call(a, 4)},
			[]*record.Finding{with(blocked(a), func(f *record.Finding) { f.Confidence = record.Possible })},
			"10.20.1.15's call at 10:40:04 UTC carried no media because possibly nothing answered on UDP 5004 (0 of 9)."},
		{"the call of another", []*record.Session{call(b, 4, overTLS)}, []*record.Finding{blocked(a)},
			"10.20.1.15, since 10:40:00 UTC: nothing answered on UDP 5004 (0 of 9)."},
		{"over UDP", []*record.Session{call(a, 4, overUDP)},
			[]*record.Finding{with(blocked(a), func(f *record.Finding) { f.Rule = "WXA-QUA-001" })},
			"In 10.20.1.15's call at 10:40:04 UTC (40 s over UDP), packets were lost."},
		{"a symptom alone", []*record.Session{call(a, 4, overTLS)}, []*record.Finding{with(blocked(a), func(f *record.Finding) {
			f.Rule, f.Messages.Summary = "WXA-MED-001", wording.New("x", "1 client: %s", wording.New("y", "2 of 3 tests were answered"))
		})}, "10.20.1.15's call at 10:40:04 UTC ran over TLS for 34 s: 2 of 3 tests were answered."},
		{"many without a call", nil, []*record.Finding{with(blocked("10.0.0.1", "10.0.0.2", "10.0.0.3"),
			func(f *record.Finding) { f.Rule = "WXA-TLS-001" })},
			"3 clients, among them 10.0.0.1, since 10:40:00 UTC: none was answered."},
		{"a consequence is no root, a remark no fault", []*record.Session{call(a, 4, overUDP)}, []*record.Finding{
			with(blocked(a), func(f *record.Finding) { f.State, f.Severity = record.Warn, record.Info })},
			"No fault was found in what this capture can show: 10.20.1.15's call at 10:40:04 UTC (40 s)."},
		{"the capture", []*record.Session{call(a, 4, overUDP)}, []*record.Finding{
			with(blocked(), func(f *record.Finding) { f.Rule, f.Summary = "WXA-CAP-002", "2 % is missing" })},
			"No fault was found in what this capture can show: 10.20.1.15's call at 10:40:04 UTC (40 s). " +
				"The capture itself has a fault: 2 % is missing."},
		{"nothing", nil, nil, "This capture holds no Webex traffic, so there is nothing to judge."},
	} {
		set := &record.Set{Sessions: c.calls,
			Health: []*record.CaptureHealth{{Packets: 9, StartTime: afternoon(0), EndTime: afternoon(90)}}}
		for _, s := range c.calls {
			set.Flows = append(set.Flows, &record.Flow{FlowID: s.FlowIDs[0], Webex: true, Function: record.MediaAudio})
		}
		pass := &record.Finding{Rule: "WXA-MED-004", State: record.Pass}
		s := Summarize(set, append(c.findings, pass), Options{Catalogue: answerRules})
		if s.Answer != c.answer {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, s.Answer, c.answer)
		}
		if len(c.findings) > 0 && c.findings[0].Severity == record.High && s.Instruction != "Open it." {
			t.Errorf("%s: do %q", c.name, s.Instruction)
		}
		if s.Messages.Summary.String() != s.Answer || s.Messages.Remediation.String() != s.Instruction {
			t.Errorf("%s: the sentence as data reads otherwise", c.name)
		}
	}
}

// A capture of several days says the day.
func TestAnswerDay(t *testing.T) {
	set := &record.Set{
		Health: []*record.CaptureHealth{{Packets: 1, StartTime: afternoon(0), EndTime: afternoon(90_000)}}}
	f := &record.Finding{Rule: "WXA-MED-004", State: record.Fail, Severity: record.High, FirstSeen: afternoon(0)}
	want := "Since 2026-08-29 10:40:00 UTC: nothing answered on UDP 5004 (nothing)."
	f.Actual = "nothing"
	if s := Summarize(set, []*record.Finding{f}, Options{Catalogue: answerRules}); s.Answer != want {
		t.Errorf("got %q", s.Answer)
	}
}
