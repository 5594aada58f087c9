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
	if err := s.WriteTo(showsAll(writeConsole)(&b, Options{Console: o})); err != nil {
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
	if !strings.HasPrefix(colored, "\x1b[1mNETWORK\x1b[0m  \x1b[1;31mFAIL\x1b[0m, 3 causes") {
		t.Errorf("verdict: %.40q", colored)
	}
	for line := range strings.Lines(colored) {
		if strings.Count(line, "\x1b[")%2 != 0 {
			t.Errorf("open escape: %q", line)
		}
	}
}

// TestConsoleLongFilter: a display filter is shown whole or not at all.
func TestConsoleLongFilter(t *testing.T) {
	s := sample(t)
	for _, f := range s.Findings {
		for i := range f.Evidence {
			f.Evidence[i].Filter, f.Evidence[i].PacketNumbers = "frame.number in {"+strings.Repeat("1234 ", 200)+"}", ""
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
