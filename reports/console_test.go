package reports

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"webexaudit/analyzer/record"
)

func render(t *testing.T, s *record.Set, o ConsoleOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.WriteTo(shows(writeConsole)(&b, Options{Console: o})); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// noWebex is a run over a capture without Webex.
func noWebex() *record.Set {
	start := record.Time(1_700_000_000_000_000_000)
	return &record.Set{
		Run: &record.Run{Tool: "webexaudit", Version: "0.1.0", Files: []record.File{{Path: "lunch.pcap", Bytes: 4096, Packets: 40, LinkTypes: []string{"EN10MB"}}},
			Pack: record.Pack{ID: "webex-2026-11", Date: "2026-11-01"}, Vantage: record.Vantage{Value: "unknown", Reason: "no Webex flow"}},
		Health: []*record.CaptureHealth{{File: "lunch.pcap", Packets: 40, Bytes: 4000, StartTime: start, EndTime: start + 5e9, LossAssessable: true}},
		Findings: []*record.Finding{
			{Rule: "WXA-CAP-001", State: record.Pass, Severity: record.High, Title: "Sensor dropped packets"},
			{Rule: "WXA-MED-001", State: record.NotObserved, Severity: record.High, Title: "Media over TLS, direct"},
			{Rule: "WXA-QOS-001", State: record.NotObserved, Severity: record.High, Title: "Audio leaves client unmarked"},
		},
		Summary: &record.Summary{Verdict: record.NotObserved, Rules: 3, Applicable: 1, Assessed: 1, Flows: 7, ExitReason: "no findings",
			Groups: map[string]record.RuleCounts{"CAP": {Pass: 1}, "MED": {NotObserved: 1}, "QOS": {NotObserved: 1}}},
	}
}

func TestConsoleGolden(t *testing.T) {
	for name, got := range map[string]string{
		"console-80.txt":       render(t, sample(t), ConsoleOptions{Width: 80}),
		"console-120.txt":      render(t, sample(t), ConsoleOptions{Width: 120}),
		"console-80-ascii.txt": render(t, sample(t), ConsoleOptions{Width: 80, ASCII: true}),
		"console-verbose.txt":  render(t, sample(t), ConsoleOptions{Width: 120, Verbose: true}),
		"console-high.txt":     render(t, sample(t), ConsoleOptions{Severity: record.High}),
		"console-quiet.txt":    render(t, sample(t), ConsoleOptions{Quiet: true}),
		"console-nowebex.txt":  render(t, noWebex(), ConsoleOptions{Width: 80}),
	} {
		golden(t, name, []byte(got))
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestConsoleWidth: no line is wider than asked for, and no character of a stranger reaches the terminal.
func TestConsoleWidth(t *testing.T) {
	for columns := narrowest; columns <= 180; columns += 7 {
		for _, o := range []ConsoleOptions{{}, {Verbose: true}, {ASCII: true}, {Color: true, Verbose: true}} {
			o.Width = columns
			text := render(t, sample(t), o)
			if o.Color {
				text = escapes.ReplaceAllString(text, "")
			}
			checkPage(t, fmt.Sprintf("%+v", o), text, o)
		}
	}
}

func checkPage(t *testing.T, name, text string, o ConsoleOptions) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if w := width(line); w > o.Width {
			t.Fatalf("%s: line of %d columns: %q", name, w, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("%s: blanks at the end: %q", name, line)
		}
		for _, r := range line {
			if !unicode.IsPrint(r) || o.ASCII && r > '~' {
				t.Errorf("%s: character %U in %q", name, r, line)
			}
		}
	}
}

// TestConsoleHostile: a stored run may come from anybody, so no field whatever reaches the terminal as it is.
func TestConsoleHostile(t *testing.T) {
	s := sample(t)
	for _, f := range s.Findings {
		spoil(reflect.ValueOf(f).Elem(), "x\x1b[2J\n\u202ey")
	}
	for _, o := range []ConsoleOptions{{Width: 80}, {Width: 80, Verbose: true}, {Width: 80, ASCII: true}} {
		for _, state := range []record.State{record.Fail, record.Warn, record.NotAssessable, "x\x1b[2J"} {
			for _, f := range s.Findings {
				f.State = state
			}
			checkPage(t, string(state), render(t, s, o), o)
		}
	}
	spoil(reflect.ValueOf(s.Run).Elem(), "x\x1b[2J\n")
	spoil(reflect.ValueOf(s.Summary).Elem(), "x\x1b[2J\n")
	s.Summary.Picture[0].Service, s.Summary.Groups["\x1b"] = "\x1b[2J", record.RuleCounts{Pass: 1}
	s.Health[0].Undecodable = map[string]int64{"\x1b[2J": 3}
	checkPage(t, "run and summary", render(t, s, ConsoleOptions{Width: 80}), ConsoleOptions{Width: 80})
}

// TestConsoleColor: colour adds escapes and nothing else, and every one is closed on its line.
func TestConsoleColor(t *testing.T) {
	plain := render(t, sample(t), ConsoleOptions{Width: 100, Verbose: true})
	colored := render(t, sample(t), ConsoleOptions{Width: 100, Verbose: true, Color: true})
	if strings.Contains(plain, "\x1b") {
		t.Error("escape without colour")
	}
	if escapes.ReplaceAllString(colored, "") != plain {
		t.Error("the coloured page differs in more than colour")
	}
	if !strings.HasPrefix(colored, "\x1b[1mNETWORK\x1b[0m      \x1b[1;31mFAIL\x1b[0m") {
		t.Errorf("verdict: %.40q", colored)
	}
	for line := range strings.Lines(colored) {
		if strings.Count(line, "\x1b[")%2 != 0 {
			t.Errorf("open escape: %q", line)
		}
	}
}

// TestConsoleOneScreen: four causes with what follows, a fault of the pack, damage, and calls, all told to their end,
// on one screen, at the widths of real terminals.
func TestConsoleOneScreen(t *testing.T) {
	for w, most := range map[int]int{80: 59, 100: 52, 120: 52, 160: 52} {
		if n := strings.Count(render(t, sample(t), ConsoleOptions{Width: w}), "\n"); n > most {
			t.Errorf("width %d: %d lines", w, n)
		}
	}
}

func TestConsoleHealth(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(*record.Set)
	}{
		{"good", "GOOD: nothing speaks against its numbers", func(*record.Set) {}},
		{"no record", "UNKNOWN: the records do not say how the capture was read", func(s *record.Set) { s.Health = nil }},
		{"loss", "LOSS NOT ASSESSABLE: packets are missing from the capture itself; loss and gap figures say nothing about the network", func(s *record.Set) { s.Health[0].LossAssessable = false }},
		{"no packets", "NO PACKETS: there was nothing to read", func(s *record.Set) { s.Health[0].Packets, s.Health[0].LossAssessable = 0, false }},
		{"damage", "DAMAGED: an input ends early or cannot be read", func(s *record.Set) { s.Health[0].Damage = "cut" }},
		{"rule", "LIMITED: Sensor dropped packets (high)", func(s *record.Set) { s.Findings[0].State = record.Warn }},
		{"failed", "POOR: Sensor dropped packets (high)", func(s *record.Set) {
			s.Findings[0].State, s.Summary.Capture = record.Fail, record.Fail
		}},
		{"remark", "GOOD: nothing speaks against its numbers", func(s *record.Set) {
			s.Findings[0].State, s.Findings[0].Severity = record.Warn, record.Info
		}},
	} {
		s := noWebex()
		c.change(s)
		lines := strings.Split(render(t, s, ConsoleOptions{Width: 200}), "\n")
		if lines[1] != "CAPTURE      "+c.want {
			t.Errorf("%s: %q", c.name, lines[1])
		}
		if quiet := render(t, s, ConsoleOptions{Quiet: true}); !strings.HasSuffix(quiet, " | CAPTURE "+c.want+"\n") ||
			strings.Count(quiet, "\n") != 1 {
			t.Errorf("%s, quiet: %q", c.name, quiet)
		}
	}
}

// TestConsoleLongFilter: a display filter is shown whole or not at all.
func TestConsoleLongFilter(t *testing.T) {
	s := sample(t)
	for _, f := range s.Findings {
		for i := range f.Evidence {
			f.Evidence[i].Filter = "frame.number in {" + strings.Repeat("1234 ", 200) + "}"
		}
	}
	if text := render(t, s, ConsoleOptions{Width: 80}); strings.Contains(text, "frame.number") {
		t.Error("a piece of a display filter on the first screen")
	}
	if text := render(t, s, ConsoleOptions{Width: 80, Verbose: true}); !strings.Contains(text, "1234 }") {
		t.Error("-v does not show the whole filter")
	}
}

// TestConsoleLive: packets of a live capture have no numbers that Wireshark could find.
func TestConsoleLive(t *testing.T) {
	s := sample(t)
	s.Run.Files, s.Run.Interface = nil, []string{"eth0"}
	for _, f := range s.Findings {
		for i := range f.Evidence {
			f.Evidence[i].File, f.Evidence[i].Filter = "", "frame.number == 7"
		}
	}
	for _, o := range []ConsoleOptions{{}, {Verbose: true}} {
		if text := render(t, s, o); strings.Contains(text, "frame.number") || strings.Contains(text, "Wireshark") {
			t.Errorf("%+v: a packet number of a live capture", o)
		}
	}
	s.Findings[0].State, s.Findings[0].Severity = record.Fail, record.Critical
	s.Findings[0].Evidence = []record.Evidence{{Filter: "ip.addr == 10.0.0.1"}}
	if text := render(t, s, ConsoleOptions{}); !strings.Contains(text, "ip.addr == 10.0.0.1") {
		t.Error("an address filter is missing")
	}
}

// TestConsoleNoPackets: where nothing was read no rule is worth a line.
func TestConsoleNoPackets(t *testing.T) {
	s := noWebex()
	s.Health[0].Packets = 0
	s.Findings[0].State, s.Findings[0].Missing = record.NotAssessable, "the sensor's counters"
	text := render(t, s, ConsoleOptions{Width: 200})
	if !strings.Contains(text, "Not assessed Without packets there is nothing to assess.") || strings.Contains(text, "sensor's counters") || strings.Contains(text, "Passed") {
		t.Errorf("page:\n%s", text)
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
	text := render(t, s, ConsoleOptions{})
	for _, want := range []string{"WARN: 2 high; ", "1 remark (-v shows all)", "and 1 smaller row ("} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
}

// TestConsoleNotAssessed: one rule needs, several need; of many two are named.
func TestConsoleNotAssessed(t *testing.T) {
	for want, rules := range map[string]int{
		"WXA-QUA-000 needs a clock\n":                      1,
		"WXA-QUA-000 and WXA-QUA-001 need a clock\n":       2,
		"WXA-QUA-000, WXA-QUA-001 and WXA-QUA-002 need a":  3,
		"WXA-QUA-000, WXA-QUA-001 and 3 more rules need a": 5,
	} {
		s := noWebex()
		s.Summary.WebexFlows = 1
		for i := range rules {
			s.Findings = append(s.Findings, &record.Finding{Rule: fmt.Sprintf("WXA-QUA-%03d", i),
				State: record.NotAssessable, Missing: "a clock"})
		}
		if text := render(t, s, ConsoleOptions{}); !strings.Contains(text, want) {
			t.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
}

// TestConsoleInstruction: what to do stands there in whole sentences, however narrow the screen is.
func TestConsoleInstruction(t *testing.T) {
	first := "Allow UDP 5004 from the clients to all media subnets of the policy pack at the firewall, with return traffic."
	s := noWebex()
	s.Findings[1].State, s.Findings[1].Remediation = record.Fail, first+" "+strings.Repeat("Then look again at the same place. ", 9)
	for _, columns := range []int{50, 80, 120} {
		_, do, _ := strings.Cut(render(t, s, ConsoleOptions{Width: columns}), "Do: ")
		do, _, _ = strings.Cut(do, "\n\n")
		if do = strings.Join(strings.Fields(do), " "); !strings.HasPrefix(do, first) || !strings.HasSuffix(do, ".") ||
			strings.Contains(do, "...") {
			t.Errorf("width %d: %q", columns, do)
		}
	}
}

// TestConsoleNames: distinguished names lose the escapes that only a parser needs.
func TestConsoleNames(t *testing.T) {
	s := noWebex()
	s.Findings[1].State, s.Findings[1].Subject = record.Fail, record.Subject{Kind: "issuer", Key: `O=Zscaler\, Inc.`}
	s.Findings[1].Evidence = []record.Evidence{{Kind: "certificate", Fields: map[string]string{"client_cert_issuer": `O=Other\, Inc.`}}}
	text := render(t, s, ConsoleOptions{Verbose: true})
	for _, want := range []string{"subject    issuer O=Zscaler, Inc.\n", "client_cert_issuer: O=Other, Inc.\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
}

// TestConsoleFollows: what follows stands under its root in a line each, without an instruction of its own; the rest is
// counted.
func TestConsoleFollows(t *testing.T) {
	s := noWebex()
	root := &record.Finding{FindingID: "r", Rule: "WXA-MED-004", State: record.Fail, Severity: record.High,
		Confidence: record.Confirmed,
		Summary:    "UDP 5004 is silent.", Remediation: "Open it."}
	s.Findings = append(s.Findings, root)
	for i := range 5 {
		s.Findings = append(s.Findings, &record.Finding{FindingID: fmt.Sprint(i), Rule: fmt.Sprintf("WXA-QUA-%03d", i),
			CausedBy: "r", State: record.Fail,
			Severity: record.High, Confidence: record.Possible, Title: "Loss poor", Summary: "lost.",
			Remediation: "Look for loss.", AffectedClients: 2, AffectedSeconds: 40})
	}
	text := render(t, s, ConsoleOptions{Width: 80})
	want := `1 HIGH       WXA-MED-004 (confirmed): UDP 5004 is silent.
             Do: Open it.
               - leads to WXA-QUA-000 possibly: Loss poor (2 clients, 40 s)
               - leads to WXA-QUA-001 possibly: Loss poor (2 clients, 40 s)
               - leads to WXA-QUA-002 possibly: Loss poor (2 clients, 40 s)
               - and to 2 more (-v shows all)

`
	if !strings.Contains(text, want) || !strings.HasPrefix(text, "NETWORK      NOT OBSERVED: ") {
		t.Errorf("got\n%swant\n%s", text, want)
	}
	root.State, root.Waiver = record.Waived, &record.Waiver{ID: "w", State: record.Fail, Owner: "net", Reason: "known", Expires: "2027-01-01"}
	if text = render(t, s, ConsoleOptions{Width: 80}); !strings.Contains(text, "\n               - leads to WXA-QUA-000") || strings.Contains(text, "1 HIGH") {
		t.Errorf("waived:\n%s", text)
	}
}

// TestConsoleCapture: what is wrong with the capture stands in its part, and a guess reads as one.
func TestConsoleCapture(t *testing.T) {
	s := noWebex()
	s.Findings = []*record.Finding{
		{Rule: "WXA-CAP-004", State: record.Fail, Severity: record.High, Confidence: record.Confirmed, Title: "Only one direction visible", Summary: "no answers",
			Remediation: "Mirror both directions."},
		{Rule: "WXA-NAT-001", State: record.Fail, Severity: record.High, Confidence: record.Possible, Summary: "a port changed"},
	}
	s.Summary.Verdict, s.Summary.Capture = record.Warn, record.Fail
	text := render(t, s, ConsoleOptions{Width: 80})
	for _, want := range []string{"CAPTURE      POOR: Only one direction visible (high)\n", "! WXA-CAP-004 (high, confirmed): no answers\n             Do: Mirror",
		"NETWORK      WARN: 1 high (possible); ", "\n1 HIGH       WXA-NAT-001, possibly: a port changed\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page:\n%s", want, text)
		}
	}
}
