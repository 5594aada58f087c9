package reports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// last is the end of a page, from a word on.
func last(t *testing.T, page, from string) string {
	t.Helper()
	i := strings.LastIndex(page, from)
	if i < 0 {
		t.Fatalf("%q is not on the page:\n%s", from, page)
	}
	return page[i:]
}

// TestConsoleOneScreen: on a terminal the answer stands last and whole, and the page fits above the prompt as far as
// the answer leaves room; in a file the answer comes first.
func TestConsoleOneScreen(t *testing.T) {
	for _, w := range []int{60, 80, 100, 120, 160, 200} {
		for _, rows := range []int{24, 40, 60} {
			page := render(t, sample(t), ConsoleOptions{Width: w, Rows: rows})
			if n := strings.Count(page, "\n"); n > rows-1 && w >= 80 {
				t.Errorf("%d x %d: %d lines:\n%s", w, rows, n, page)
			}
			answer := last(t, page, "NETWORK  FAIL, 3 causes, 1 warning")
			for _, want := range []string{"TLS to evil.webex.com", "DO  Exempt the media and", "Next  webexaudit explain WXA-TLS-001"} {
				if !strings.Contains(answer, want) {
					t.Errorf("%d x %d: %q is not in\n%s", w, rows, want, answer)
				}
			}
			if !strings.HasPrefix(last(t, page, "\nNext  "), "\nNext  ") || strings.Contains(page, "...") {
				t.Errorf("%d x %d: the page ends with %q", w, rows, page[len(page)-60:])
			}
		}
	}
	if page := render(t, sample(t), ConsoleOptions{Width: 80}); !strings.HasPrefix(page, "NETWORK  FAIL") ||
		strings.Index(page, "Calls ") > strings.Index(page, "Looked at") {
		t.Errorf("a file:\n%s", page)
	}
}

// TestConsoleGivesWay: with fewer rows go what was fine, what is not known, then the proof; who stays.
func TestConsoleGivesWay(t *testing.T) {
	for _, c := range []struct {
		rows  int
		parts string
	}{
		{70, "Looked at, Webex, Fine, Not known, Calls, Seen, Check, Who, Do"},
		{45, "Looked at, Calls, Seen, Check, Who, Do"},
		{36, "Looked at, Calls, Who, Do"},
		{24, "Looked at, Calls"},
	} {
		page := render(t, sample(t), ConsoleOptions{Width: 100, Rows: c.rows})
		var found []string
		for _, part := range strings.Split("Looked at, Webex, Fine, Not known, Calls, Seen, Check, Who, Do", ", ") {
			if strings.Contains("\n"+page, "\n"+part+" ") || strings.Contains(page, "\n   "+part+" ") {
				found = append(found, part)
			}
		}
		if got := strings.Join(found, ", "); got != c.parts {
			t.Errorf("%d rows: %s, want %s\n%s", c.rows, got, c.parts, page)
		}
	}
}

func TestConsoleHealth(t *testing.T) {
	lost := func(s *record.Set) { s.Health[0].LossAssessable = false }
	for _, c := range []struct {
		name, word, said string
		change           func(*record.Set)
	}{
		{"good", "GOOD", "", func(*record.Set) {}},
		{"no record", "UNKNOWN", "The records do not say how the capture was read.", func(s *record.Set) { s.Health = nil }},
		{"loss", "LOSS NOT ASSESSABLE", "Packets are missing from the capture itself; loss and gap figures say nothing about the network.", lost},
		{"no packets", "NO PACKETS", "", func(s *record.Set) { s.Health[0].Packets, s.Health[0].LossAssessable = 0, false }},
		{"damage", "DAMAGED", "An input ends early or cannot be read.", func(s *record.Set) { s.Health[0].Damage = "cut" }},
		{"rule", "LIMITED", "", func(s *record.Set) { s.Findings[0].State = record.Warn }},
		{"failed", "POOR", "", func(s *record.Set) { s.Findings[0].State, s.Summary.Capture = record.Fail, record.Fail }},
		{"remark", "GOOD", "", func(s *record.Set) {
			s.Findings[0].State, s.Findings[0].Severity = record.Warn, record.Info
		}},
	} {
		s := noWebex()
		c.change(s)
		lines := strings.Split(render(t, s, ConsoleOptions{Width: 200}), "\n")
		if !strings.HasSuffix(lines[0], "CAPTURE  "+c.word) {
			t.Errorf("%s: %q", c.name, lines[0])
		}
		if said := lines[2]; strings.HasPrefix(said, "Next") != (c.said == "") || c.said != "" && said != c.said {
			t.Errorf("%s: %q, want %q", c.name, said, c.said)
		}
		if quiet := render(t, s, ConsoleOptions{Quiet: true}); !strings.HasPrefix(quiet, "NO WEBEX SEEN network, "+c.word+" capture: ") ||
			strings.Count(quiet, "\n") != 1 {
			t.Errorf("%s, quiet: %q", c.name, quiet)
		}
	}
}

// TestConsoleZone: times are shown in one zone, which the page names, in the answer too; a day is said where it is
// needed in that zone.
func TestConsoleZone(t *testing.T) {
	s := noWebex()
	at := s.Health[0].StartTime
	s.Summary.Answer = "as text"
	s.Summary.Messages.Summary = wording.New("a", "It began at %s.", wording.Clock(at.Time(), false))
	for _, c := range []struct {
		zone         *time.Location
		answer, span string
	}{
		{nil, "It began at 22:13:20 UTC.", "14 Nov 2023, 22:13:20 to 22:13:25 UTC (5 s)"},
		{time.FixedZone("CET", 3600), "It began at 23:13:20 CET.", "14 Nov 2023, 23:13:20 to 23:13:25 CET (5 s)"},
		{time.FixedZone("XST", 6398), "It began at 2023-11-14 23:59:58 XST.", "14 Nov 2023, 23:59:58 to 15 Nov 2023, 00:00:03 XST (5 s)"},
	} {
		page := render(t, s, ConsoleOptions{Width: 200, Zone: c.zone})
		if !strings.Contains(page, c.answer) || !strings.Contains(page, c.span) {
			t.Errorf("%v:\n%s", c.zone, page)
		}
	}
}

// TestConsoleSentencesInZone: the sentences of findings and what their evidence says follow the zone of the page, too.
func TestConsoleSentencesInZone(t *testing.T) {
	s := noWebex()
	at := s.Health[0].StartTime
	f := *s.Findings[0]
	f.State, f.Severity, f.Title = record.Fail, record.High, "Streams stand still"
	f.Messages.Summary = wording.New("a", "stood still until %s", wording.Clock(at.Time(), false))
	f.Messages.Actual = wording.New("b", "worst at %s", wording.Clock(at.Time(), false))
	f.Summary, f.Actual = f.Messages.Summary.String(), f.Messages.Actual.String()
	f.Evidence = []record.Evidence{{Kind: "counter", Time: at, Fields: map[string]string{"at": at.String(), "row": "1 of 2 lost"}}}
	s.Findings[0] = &f
	page := render(t, s, ConsoleOptions{Width: 200, Zone: time.FixedZone("CET", 3600), Verbose: true})
	for _, want := range []string{"stood still until 23:13:20 CET", "worst at 23:13:20 CET", ", 2023-11-14 23:13:20.000 CET; at: 2023-11-14 23:13:20.000 CET; row: 1 of 2 lost"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing:\n%s", want, page)
		}
	}
	if strings.Contains(page, "UTC") || f.Summary != "stood still until 22:13:20 UTC" {
		t.Errorf("%q:\n%s", f.Summary, page)
	}
}

// TestConsoleNoPackets: where nothing was read no rule is worth a line.
func TestConsoleNoPackets(t *testing.T) {
	s := noWebex()
	s.Health[0].Packets = 0
	s.Findings[0].State, s.Findings[0].Missing = record.NotAssessable, "the sensor's counters"
	page := render(t, s, ConsoleOptions{Width: 200})
	if !strings.Contains(page, "There was no packet to look at.") || strings.Contains(page, "counters") || strings.Contains(page, "Fine") {
		t.Errorf("page:\n%s", page)
	}
}

func TestConsoleCounts(t *testing.T) {
	s := noWebex()
	s.Summary.WebexFlows, s.Summary.Verdict = 7, record.Warn
	for i, severity := range []record.Severity{record.High, record.High, record.Info} {
		s.Findings = append(s.Findings, &record.Finding{FindingID: fmt.Sprint(i), Rule: "WXA-NAT-001",
			State: record.Warn, Severity: severity})
	}
	for i := range pictureRows + 1 {
		s.Summary.Picture = append(s.Summary.Picture, record.Picture{Service: "meetings", Function: "web",
			Transport: "tls", Bytes: int64(i)})
	}
	page := render(t, s, ConsoleOptions{})
	for _, want := range []string{"NETWORK  WARN, 2 warnings  ", "   1 remark: -v\n", "and 1 smaller row ("} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page:\n%s", want, page)
		}
	}
}

// TestConsoleNames: distinguished names lose the escapes that only a parser needs.
func TestConsoleNames(t *testing.T) {
	s := noWebex()
	s.Findings[1].State, s.Findings[1].Subject = record.Fail, record.Subject{Kind: "issuer", Key: `O=Zscaler\, Inc.`}
	s.Findings[1].Evidence = []record.Evidence{{Kind: "certificate", Fields: map[string]string{"client_cert_issuer": `O=Other\, Inc.`}}}
	page := render(t, s, ConsoleOptions{Verbose: true})
	for _, want := range []string{" subject  issuer O=Zscaler, Inc.\n", "client_cert_issuer: O=Other, Inc.\n", "Who    issuer O=Zscaler, Inc."} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page:\n%s", want, page)
		}
	}
}

// causes is a run with a root and what follows from it, a guess, and a fault of the capture.
func causes() (s *record.Set, root, guess *record.Finding) {
	s = noWebex()
	root = &record.Finding{FindingID: "r", Rule: "WXA-MED-004", State: record.Fail, Severity: record.High,
		Title:      "UDP 5004 unanswered",
		Confidence: record.Confirmed, Clients: []string{"10.0.0.1", "10.0.0.2"}, AffectedClients: 2, AffectedSeconds: 40,
		Subject: record.Subject{Kind: "subnet", Key: "10.0.0.0/24"},
		Summary: "UDP 5004 is silent", Remediation: "Open it."}
	guess = &record.Finding{FindingID: "g", Rule: "WXA-NAT-001", State: record.Warn, Severity: record.Low,
		Title:      "Binding expires",
		Confidence: record.Possible, Subject: record.Subject{Kind: "client", Key: "10.0.0.3"}, Clients: []string{"10.0.0.3"},
		Summary: "a port changed", Remediation: "Raise it.", FirstSeen: s.Health[0].StartTime}
	mirror := &record.Finding{FindingID: "c", Rule: "WXA-CAP-004", State: record.Fail, Severity: record.High,
		Confidence: record.Confirmed, Title: "Only one direction visible", Subject: record.Subject{Kind: "capture"}, Summary: "no answers", Remediation: "Mirror both."}
	s.Findings = append(s.Findings, root, guess, mirror, &record.Finding{FindingID: "f", Rule: "WXA-QUA-011",
		CausedBy: "r", State: record.Fail, Severity: record.High, Confidence: record.Possible,
		Title: "Media stalls", AffectedClients: 1, AffectedSeconds: 7})
	s.Summary.Verdict, s.Summary.Capture = record.Fail, record.Fail
	return s, root, guess
}

// TestConsoleCause: a root says who, what was seen, what follows and what to do, a guess reads as one; the instruction
// of the answer is not said again.
func TestConsoleCause(t *testing.T) {
	s, root, guess := causes()
	want := `1  UDP 5004 unanswered
   Who    10.0.0.1, 10.0.0.2 (2 clients of 10.0.0.0/24), for 40 s; high, confirmed, WXA-MED-004
   Seen   UDP 5004 is silent.
   Then   possibly: Media stalls (WXA-QUA-011, 1 client, for 7 s)
2  Binding expires (warning)
   Who    10.0.0.3, since 22:13:20; low, possible, WXA-NAT-001
   Seen   Possibly a port changed.
   Do     Raise it.
!  Only one direction visible
   Who    the capture; high, confirmed, WXA-CAP-004
   Seen   No answers.
   Do     Mirror both.
`
	if page := render(t, s, ConsoleOptions{}); !strings.Contains(page, want) {
		t.Errorf("got\n%s\nwant\n%s", page, want)
	}
	quiet := "FAIL network, POOR capture: 1 cause, 1 warning: UDP 5004 unanswered (WXA-MED-004, 2 clients, for 40 s); " +
		"Binding expires (WXA-NAT-001); Only one direction visible (WXA-CAP-004)\n"
	if got := render(t, s, ConsoleOptions{Quiet: true}); got != quiet {
		t.Errorf("quiet: %s", got)
	}
	guess.Baseline, s.Summary.Notices = "new", []string{"against the baseline: new 1, fixed 0"}
	quiet = "against the baseline: new 1, fixed 0; 1 cause, 1 warning: UDP 5004 unanswered (WXA-MED-004, 2 clients, for 40 s); NEW Binding expires"
	if got := render(t, s, ConsoleOptions{Quiet: true}); !strings.Contains(got, quiet) {
		t.Errorf("with a baseline: %s", got)
	}
	root.State, root.Waiver = record.Waived, &record.Waiver{ID: "w", State: record.Fail, Owner: "net", Reason: "known", Expires: "2027-01-01"}
	waived := "Waived    WXA-MED-004, 10.0.0.0/24 (high, fail): net until 2027-01-01: known\n          leads to possibly: Media stalls"
	if page := render(t, s, ConsoleOptions{}); !strings.Contains(page, waived) {
		t.Errorf("waived:\n%s", page)
	}
}

// TestConsolePlaces: one fault in many subnets is one card that names the first of them; -v tells each by itself.
func TestConsolePlaces(t *testing.T) {
	s, root, _ := causes()
	for i := range 9 {
		same := *root
		same.FindingID, same.Subject.Key = fmt.Sprint("r", i), fmt.Sprintf("10.0.%d.0/24", i+1)
		same.Clients, same.AffectedClients = nil, int64(i+1)
		s.Findings = append(s.Findings, &same)
	}
	page := render(t, s, ConsoleOptions{Width: 200})
	want := `   Also   3: 10.0.1.0/24 (1 client); 4: 10.0.2.0/24 (2 clients); 5: 10.0.3.0/24 (3 clients); ` +
		`6: 10.0.4.0/24 (4 clients); 7: 10.0.5.0/24 (5 clients); 8: 10.0.6.0/24 (6 clients); and 3 more places: -v
`
	if got := strings.Join(strings.Fields(page), " "); !strings.Contains(got, strings.Join(strings.Fields(want), " ")) ||
		strings.Count(page, "UDP 5004 unanswered\n") != 1 {
		t.Errorf("got\n%s\nwant\n%s", page, want)
	}
	if page := render(t, s, ConsoleOptions{Width: 200, Verbose: true}); strings.Count(page, "UDP 5004 unanswered\n   Who") != 10 ||
		strings.Contains(page, "Also ") {
		t.Errorf("-v:\n%s", page)
	}
	if page := render(t, s, ConsoleOptions{Width: 80, Rows: 16}); !strings.Contains(page, "and at 9 more places") {
		t.Errorf("one screen:\n%s", page)
	}
}
