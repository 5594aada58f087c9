package reports

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// calls are 25, each longer than the one before: 3 through a proxy, 4 over TLS at first, 5 without media, 6 that fell
// back.
func calls() *record.Set {
	s := noWebex()
	for i := range 25 {
		start := s.Health[0].StartTime + record.Time(i)*1e6
		x := &record.Session{Client: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Transport: record.UDP,
			StartTime: start, EndTime: start + record.Time(i)*1e9,
			Story: fmt.Sprintf("meetings, %d s over UDP, %s", i, strings.Repeat("and so on ", 8)+"to the end.")}
		switch i {
		case 3:
			x.Transport = record.TLSProxied
		case 4:
			x.Transports = []record.SessionTransport{{Transport: record.TLS}, {Transport: record.UDP}}
		case 5:
			x.Transport = record.None
		case 6:
			x.FallbackReason = "no packet came back over UDP"
		}
		s.Sessions = append(s.Sessions, x)
	}
	return s
}

// callers are the calls of a page, in its order, by the last byte of their client.
func callers(lines []string) string {
	var who []string
	for _, line := range lines {
		if _, rest, ok := strings.Cut(line, " 10.0.0."); ok {
			who = append(who, strings.Fields(rest)[0])
		}
	}
	return strings.Join(who, " ")
}

// TestConsoleCalls: the worst calls first, each told to its end, and how many more there are.
func TestConsoleCalls(t *testing.T) {
	s := calls()
	for _, w := range []int{80, 100} {
		_, page, _ := strings.Cut(render(t, s, ConsoleOptions{Width: w}), "Calls")
		page, _, _ = strings.Cut(page, "\n\n")
		lines := strings.Split(page, "\n")
		if want := "1 without media, 1 through a proxy, 1 over TLS, 22 over UDP"; strings.TrimSpace(lines[0]) != want {
			t.Errorf("width %d: %q, want %q", w, lines[0], want)
		}
		for _, line := range lines[1:] {
			if width(line) > w || strings.Contains(line, "...") {
				t.Errorf("width %d: line %q", w, line)
			}
		}
		if got := callers(lines[1:]); got != "5 3 4 6 24 23 22 21 20 19" {
			t.Errorf("order %s", got)
		}
		if got := strings.TrimSpace(lines[len(lines)-1]); strings.Count(page, "to the end.") != 10 || got != "and 15 more (-v shows all)" {
			t.Errorf("width %d: the last line is %q of\n%s", w, got, page)
		}
	}
	if page := render(t, s, ConsoleOptions{Width: 80, Verbose: true}); strings.Count(page, "10.0.0.") != 25 ||
		strings.Contains(page, "more (-v") {
		t.Error("-v leaves calls out")
	}
	if strings.Contains(render(t, noWebex(), ConsoleOptions{}), "Calls") {
		t.Error("a section of calls without calls")
	}
}
