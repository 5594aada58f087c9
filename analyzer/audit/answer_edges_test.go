package audit

import (
	"strings"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// TestDays: times need their day where the capture touches more than one; a time that is not known is of none.
func TestDays(t *testing.T) {
	const day = 86_400
	for _, tt := range []struct {
		name  string
		times []int // seconds of the afternoon, two for each input; -1: not known
		want  bool
	}{
		{"none", nil, false}, {"one", []int{0, 40}, false}, {"over midnight", []int{0, day}, true},
		{"end not known", []int{0, -1}, false}, {"start not known", []int{-1, 0, 40, -1}, false},
		{"inputs of two days", []int{0, 40, day, day + 40}, true}, {"the day before", []int{day, day, 0, 0}, true},
	} {
		set := new(record.Set)
		for i := 0; i < len(tt.times); i += 2 {
			h := new(record.CaptureHealth)
			for k, at := range []*record.Time{&h.StartTime, &h.EndTime} {
				if s := tt.times[i+k]; s >= 0 {
					*at = afternoon(s)
				}
			}
			set.Health = append(set.Health, h)
		}
		if got := days(set); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestNothingWrong: what a run without accusation says, and what to do next.
func TestNothingWrong(t *testing.T) {
	const a, b = "10.20.1.15", "10.20.1.16"
	two := &record.Comparison{Compared: 3}
	for _, tt := range []struct {
		name    string
		packets int64
		compare *record.Comparison
		calls   []*record.Session
		s       record.Summary
		answer  string
		do      wording.Text
	}{
		{"no packets", 0, nil, nil, record.Summary{}, "There was no packet to look at.", captureCall},
		{"flow records alone", 0, nil, nil, record.Summary{Flows: 1},
			"This capture holds no Webex traffic, so there is nothing to judge.", captureCall},
		{"packets of no flow", 1, nil, nil, record.Summary{},
			"This capture holds no Webex traffic, so there is nothing to judge.", captureCall},
		{"little", 1, nil, nil, record.Summary{Flows: 1, Verdict: record.NotEnough, Missing: "a call."},
			"Nothing wrong was seen, but too little could be judged: a call.", captureAgain},
		{"not to be compared", 1, two, nil, record.Summary{Flows: 1, Verdict: record.NotEnough, Missing: "no common stream."},
			"The two capture points could not be compared: no common stream.", captureBoth},
		{"compared", 1, two, nil, record.Summary{Flows: 1, Verdict: record.Pass}, "No fault was found between the two capture " +
			"points: 3 media streams that both have were compared.", captureComplaint},
		{"no call", 1, nil, nil, record.Summary{Flows: 1, WebexFlows: 1, Verdict: record.Pass},
			"No fault was found in what this capture can show; it holds no call.", captureComplaint},
		{"a call", 1, nil, []*record.Session{call(a, 4)}, record.Summary{Flows: 1, WebexFlows: 1, Verdict: record.Pass},
			"No fault was found in what this capture can show: 10.20.1.15's call at 10:40:04 UTC (40 s).", captureComplaint},
		{"calls", 1, nil, []*record.Session{call(a, 4), call(b, 5)}, record.Summary{Flows: 1, WebexFlows: 1,
			Verdict: record.Pass}, "No fault was found in what this capture can show: 2 calls.", captureComplaint},
	} {
		set := &record.Set{Comparison: tt.compare, Sessions: tt.calls,
			Health: []*record.CaptureHealth{{Packets: tt.packets, StartTime: afternoon(0)}}}
		answer, do := answerOf(set, nil, &tt.s, Options{Catalogue: answerRules})
		if answer.String() != tt.answer || do.ID != tt.do.ID {
			t.Errorf("%s: %s (%s)", tt.name, answer, do.ID)
		}
	}
}

// TestCaptureFault: a fault of the capture is told behind the answer from medium on, once, and not where there is
// nothing of Webex.
func TestCaptureFault(t *testing.T) {
	const none = "This capture holds no Webex traffic, so there is nothing to judge."
	const pass = "No fault was found in what this capture can show; it holds no call."
	const little = "Nothing wrong was seen, but too little could be judged: "
	for _, tt := range []struct {
		name     string
		severity record.Severity
		verdict  record.State
		missing  string
		answer   string
		open     bool // the remedy is that of the fault
	}{
		{"low", record.Low, record.Pass, "", pass, false},
		{"medium", record.Medium, record.Pass, "", pass + " The capture itself has a fault: 2 % is missing.", true},
		{"no Webex", record.Critical, record.NotObserved, "", none, false},
		{"what keeps from judging", record.High, record.NotEnough, "2 % is missing", little + "2 % is missing.", true},
		{"another lack", record.High, record.NotEnough, "a call",
			little + "a call. The capture itself has a fault: 2 % is missing.", true},
	} {
		s := &record.Summary{Flows: 1, WebexFlows: 1, Verdict: tt.verdict, Missing: tt.missing}
		if tt.verdict == record.NotObserved {
			s.WebexFlows = 0
		}
		fault := &record.Finding{Rule: "WXA-CAP-002", State: record.Warn, Severity: tt.severity, Summary: "2 % is missing",
			Remediation: "Mirror less."}
		set := &record.Set{Health: []*record.CaptureHealth{{Packets: 1}}}
		answer, do := answerOf(set, []*record.Finding{fault}, s, Options{Catalogue: answerRules})
		if answer.String() != tt.answer || (do.String() == "Mirror less.") != tt.open {
			t.Errorf("%s: %s (%s)", tt.name, answer, do)
		}
	}
}

// TestRoot: the accusation that is told is the first that follows from no other, and no mere remark.
func TestRoot(t *testing.T) {
	make := func(id string, s record.State, v record.Severity, cause string) *record.Finding {
		return &record.Finding{FindingID: id, Rule: "WXA-MED-004", State: s, Severity: v, CausedBy: cause}
	}
	for want, list := range map[string][]*record.Finding{
		"":               {make("a", record.Pass, record.High, ""), make("b", record.Warn, record.Info, "")},
		"fail of info":   {make("a", record.Warn, record.Info, ""), make("fail of info", record.Fail, record.Info, "")},
		"warning":        {make("warning", record.Warn, record.Low, ""), make("b", record.Fail, record.High, "")},
		"root":           {make("a", record.Fail, record.High, "root"), make("root", record.Fail, record.Low, "")},
		"root is waived": {make("root is waived", record.Fail, record.High, "gone")},
	} {
		got := ""
		a := answerer{findings: list}
		if f := a.first(func(*record.Finding) bool { return true }); f != nil {
			got = f.FindingID
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestWithoutCalls: whose traffic it was where no call was spoiled, and since when.
func TestWithoutCalls(t *testing.T) {
	a := answerer{set: new(record.Set), o: Options{Catalogue: answerRules}}
	for _, tt := range []struct {
		since   record.Time
		clients string
		want    string
	}{
		{0, "10.0.0.1", "In this capture: none was answered."}, {afternoon(0), "", "Since 10:40:00 UTC: none was answered."},
		{afternoon(0), "10.0.0.1 room", "10.0.0.1 and room, since 10:40:00 UTC: none was answered."},
		{afternoon(0), "10.0.0.1 10.0.0.2 10.0.0.3", "9 clients, among them 10.0.0.1, since 10:40:00 UTC: none was answered."},
	} {
		f := &record.Finding{Rule: "WXA-TLS-001", Summary: "none was answered.", FirstSeen: tt.since, AffectedClients: 9,
			Clients: strings.Fields(tt.clients)}
		if got := a.accusation(f).String(); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

// TestSpoiled: the calls of a finding are those whose media it, or what follows from it, is about; a flow that is no
// media speaks for a call without media alone.
func TestSpoiled(t *testing.T) {
	const a, b = "10.20.1.15", "10.20.1.16"
	overUDP, overTLS := way40(record.UDP, 40), way40(record.TLS, 34)
	root := &record.Finding{FindingID: "root", State: record.Fail}
	about := func(id string, s record.State, cause string) *record.Finding {
		return &record.Finding{FindingID: id, State: s, CausedBy: cause, FlowIDs: []string{"m" + a}}
	}
	for _, tt := range []struct {
		name  string
		calls []*record.Session
		f     *record.Finding // beside the root
		kind  record.Function // of the flows
		want  string
	}{
		{"what follows", []*record.Session{call(a, 0, overUDP)}, about("x", record.Warn, "root"), record.MediaAudio, a},
		{"what does not", []*record.Session{call(a, 0, overUDP)}, about("x", record.Fail, ""), record.MediaAudio, ""},
		{"what is waived", []*record.Session{call(a, 0, overUDP)}, about("x", record.Waived, "root"), record.MediaAudio, ""},
		{"no media", []*record.Session{call(a, 0, overUDP)}, about("x", record.Fail, "root"), record.Signalling, ""},
		{"no media, of a silent call", []*record.Session{call(a, 0)}, about("x", record.Fail, "root"), record.Signalling, a},
		{"another's", []*record.Session{call(b, 0)}, about("x", record.Fail, "root"), record.Signalling, ""},
		{"the worse of two", []*record.Session{call(a, 9, overTLS), call(a, 0, overUDP)}, about("x", record.Fail, "root"),
			record.MediaAudio, a + " over tls"},
		{"silent and not", []*record.Session{call(a, 9), call(a, 0, overUDP)}, about("x", record.Fail, "root"),
			record.MediaAudio, a + " over none"},
	} {
		set := &record.Set{Sessions: tt.calls}
		for _, c := range []string{a, b} {
			set.Flows = append(set.Flows, &record.Flow{FlowID: "m" + c, Webex: true, Function: tt.kind})
		}
		var got []string
		for _, s := range (answerer{set: set, findings: []*record.Finding{root, tt.f}}).calls(root) {
			text := s.Client.String()
			if len(tt.calls) > 1 {
				text += " over " + string(s.Transport)
			}
			got = append(got, text)
		}
		if text := strings.Join(got, ", "); text != tt.want {
			t.Errorf("%s: %q", tt.name, text)
		}
	}
}

// TestEffect: what became of calls, and over which ways.
func TestEffect(t *testing.T) {
	const a = "10.20.1.15"
	proxied := func(proxy string) *record.Session {
		s := call(a, 0, way40(record.TLSProxied, 30))
		s.Proxy = proxy
		return s
	}
	for _, tt := range []struct {
		name  string
		calls []*record.Session
		want  string
	}{
		{"over UDP", []*record.Session{call(a, 0, way40(record.UDP, 40))}, ""},
		{"never", []*record.Session{call(a, 0), call(a, 50)}, "carried no media"},
		{"one of two", []*record.Session{call(a, 0), call(a, 50, way40(record.TCP, 20))}, "ran over TCP for 20 s"},
		{"a second less", []*record.Session{call(a, 0, way40(record.UDP, 1), way40(record.TLS, 34))}, "ran over TLS for 34 s"},
		{"in part", []*record.Session{call(a, 0, way40(record.UDP, 2), way40(record.TLS, 34))},
			"ran over TLS for 34 s of 36 s"},
		{"a rest without media", []*record.Session{call(a, 0, way40(record.None, 0), way40(record.TLS, 34))},
			"ran over TLS for 34 s"},
		{"two ways", []*record.Session{call(a, 0, way40(record.TCP, 4), way40(record.TLS, 30), way40(record.TCP, 6))},
			"ran over TCP and TLS for 40 s"},
		{"a named proxy", []*record.Session{proxied("proxy.example:80")}, "ran over TLS through the proxy proxy.example:80 for 30 s"},
		{"a proxy", []*record.Session{proxied("")}, "ran over TLS through a proxy for 30 s"},
	} {
		if got := effect(tt.calls).String(); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// TestReason: of a symptom its last sentence is told, where it has one; else all of it.
func TestReason(t *testing.T) {
	for want, text := range map[string]wording.Text{
		"none of 3 was answered": wording.New("x", "%s: %s", wording.Count(1, "client", "clients"),
			wording.New("y", "none of %d was answered", 3)),
		"media ran over TLS":   wording.New("x", "media ran over TLS"),
		"2 calls ran over TLS": wording.New("x", "%s ran over TLS", wording.Count(2, "call", "calls")),
	} {
		if got := reason(&record.Finding{Messages: record.Messages{Summary: text}}).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := reason(&record.Finding{Title: "A title."}).String(); got != "A title" {
		t.Errorf("%q", got)
	}
}
