package reports

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

// severalCalls is a run of so many calls of one length; the first runs over TLS for want of UDP, the second
// lost audio, the third is good, all others carried nothing.
func severalCalls(n int) *record.Set {
	s := noWebex()
	s.Summary.WebexFlows = n
	at := s.Health[0].StartTime
	rtt, jitter := 21.2, 3.4
	for i := range n {
		client := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
		x := &record.Session{SessionID: fmt.Sprint(i), Client: client, Transport: record.None, StartTime: at,
			EndTime: at + 29e9, FlowIDs: []string{fmt.Sprint("f", i)}, Story: "the whole story."}
		f := &record.Flow{FlowID: x.FlowIDs[0], SrcIP: client, Client: client, Webex: true, Transport: record.UDP,
			Function: record.MediaAudio, DSCPFwd: record.DSCP{46: 9}, DSCPRev: record.DSCP{0: 9},
			STUN: &record.STUNFacts{RTTMs: &rtt}}
		stream := func(up bool, lost int64) {
			id := fmt.Sprint("s", i, up)
			x.StreamIDs = append(x.StreamIDs, id)
			marks := record.DSCP{0: 1000}
			if up {
				marks = record.DSCP{46: 1000}
			}
			s.Streams = append(s.Streams, &record.MediaStream{StreamID: id, FlowID: f.FlowID, Kind: "audio", Upstream: up,
				Expected: 1000, Lost: lost, JitterMeanMs: &jitter, DSCP: marks})
		}
		switch i {
		case 0:
			x.Transport, f.Transport, f.STUN = record.TLSProxied, record.TLSProxied, nil
		case 1, 2:
			x.Transport, x.Node = record.UDP, "170.72.1.2:5004"
			stream(true, 0)
			stream(false, int64(2-i)*81)
		}
		s.Flows, s.Sessions = append(s.Flows, f), append(s.Sessions, x)
	}
	for i, title := range []string{"UDP 5004 unanswered", "Packet loss is poor"} {
		s.Findings = append(s.Findings, &record.Finding{FindingID: title, Rule: fmt.Sprintf("WXA-MED-00%d", i),
			State: record.Fail, Severity: record.High, Confidence: record.Confirmed, Title: title,
			FlowIDs: []string{fmt.Sprint("f", i)}})
	}
	audit.JudgeCalls(s, s.Findings)
	return s
}

func callBlock(page string) string {
	_, page, _ = strings.Cut(page, "Calls  ")
	page, _, _ = strings.Cut(page, "\n\n")
	return "Calls  " + page + "\n"
}

// TestConsoleCalls: a line for each call, worst first, with its numbers; on a wide screen what went wrong stands beside
// it, on a narrow one below, and on a very narrow one the numbers too.
func TestConsoleCalls(t *testing.T) {
	for columns, want := range map[int]string{
		120: `Calls     2 bad, 1 not judged (?), 1 good (4 in all)
      start     client     len  over       loss ↑/↓  jit ↑/↓     trip  mark  what went wrong
BAD   22:13:20  10.0.0.0  29 s  TLS/proxy         -         -      -  EF/0  cause 1: UDP 5004 unanswered
BAD   22:13:20  10.0.0.1  29 s  UDP 5004    0/8.1 %  3.4/3.4 ms  21 ms  EF/0  cause 2: Packet loss is poor
?     22:13:20  10.0.0.3  29 s  no media         -         -  21 ms  EF/0  No media was carried.
GOOD  22:13:20  10.0.0.2  29 s  UDP 5004      0/0 %  3.4/3.4 ms  21 ms  EF/0
`,
		80: `BAD   22:13:20  10.0.0.1  29 s  UDP 5004    0/8.1 %  3.4/3.4 ms  21 ms  EF/0
      cause 2: Packet loss is poor
`,
		60: `      start     client     len  over
BAD   22:13:20  10.0.0.0  29 s  TLS/proxy
      mark ↑/↓ EF/0
      cause 1: UDP 5004 unanswered
BAD   22:13:20  10.0.0.1  29 s  UDP 5004
      loss ↑/↓ 0/8.1 %, jitter ↑/↓ 3.4/3.4 ms, trip 21 ms,
      mark ↑/↓ EF/0
      cause 2: Packet loss is poor
`,
	} {
		got := callBlock(render(t, severalCalls(4), ConsoleOptions{Width: columns}))
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") && !strings.Contains(got, want) {
			t.Errorf("width %d: got\n%swant\n%s", columns, got, want)
		}
	}
	if page := render(t, severalCalls(4), ConsoleOptions{Verbose: true}); strings.Count(page, "the whole story.") != 4 {
		t.Errorf("-v does not tell the calls:\n%s", page)
	}
	if strings.Contains(render(t, noWebex(), ConsoleOptions{}), "Calls") {
		t.Error("a section of calls without calls")
	}
}

// TestConsoleManyCalls: the worst that fit, and how many are not shown.
func TestConsoleManyCalls(t *testing.T) {
	s := severalCalls(200)
	page := render(t, s, ConsoleOptions{Width: 80, Rows: 24})
	block := callBlock(page)
	if n := strings.Count(page, "\n"); n > 23 || !strings.Contains(block, "BAD   22:13:20  10.0.0.0 ") ||
		!strings.Contains(block, "more are not shown: -v, --client ADDRESS, or -o") {
		t.Errorf("%d lines:\n%s", n, page)
	}
	if n := strings.Count(callBlock(render(t, s, ConsoleOptions{Verbose: true})), "22:13:20"); n != 200 {
		t.Errorf("-v shows %d calls", n)
	}
}

// TestConsoleIPv6: a long address has a line of its own where it does not fit.
func TestConsoleIPv6(t *testing.T) {
	s := severalCalls(3)
	s.Sessions[1].Client = netip.MustParseAddr("2001:db8:1234:5678:9abc:def0:1234:5678")
	for columns := narrowest; columns <= 140; columns += 5 {
		page := render(t, s, ConsoleOptions{Width: columns})
		checkPage(t, fmt.Sprint(columns), page, ConsoleOptions{Width: columns})
		if !strings.Contains(page, "2001:db8:1234:5678:9abc:def0:1234:5678") || !strings.Contains(page, "0/8.1 %") {
			t.Errorf("width %d:\n%s", columns, page)
		}
	}
}

// TestConsoleUnknownLoss: where the capture lacks packets loss is not known.
func TestConsoleUnknownLoss(t *testing.T) {
	s := severalCalls(3)
	s.Health[0].LossAssessable = false
	if got := callBlock(render(t, s, ConsoleOptions{Width: 80})); strings.Contains(got, "8.1") || strings.Count(got, "  ?  ") < 2 {
		t.Errorf("got\n%s", got)
	}
}

// told is a call whose receivers told where packets were lost.
func told() *record.Session {
	n := func(v int64) *int64 { return &v }
	f := func(v float64) *float64 { return &v }
	return &record.Session{Unsent: n(0),
		ClientSide: &record.Stretch{Packets: n(2000), Lost: n(0), LostLow: n(0), LostHigh: n(0), LossPercent: f(0), RTTMedianMs: f(.52)},
		CloudSide:  &record.Stretch{Packets: n(2000), Lost: n(42), LostLow: n(42), LostHigh: n(42), LossPercent: f(2.1), RTTMedianMs: f(41.3)},
	}
}

// TestLedgerText: one line says where a call lost packets, and nothing where no receiver told.
func TestLedgerText(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*record.Session)
		want   string
	}{
		{"told", func(*record.Session) {}, "client 0 %, 0.5 ms · here · cloud 2.1 %, 41 ms"},
		{"wide bounds", func(s *record.Session) { *s.CloudSide.LostLow = 10 },
			"client 0 %, 0.5 ms · here · cloud 0.5 % to 2.1 %, 41 ms"},
		{"cloud silent", func(s *record.Session) {
			s.CloudSide = &record.Stretch{LossPercent: s.CloudSide.LossPercent, Unknown: "RTCP"}
		},
			"client 0 %, 0.5 ms · here · cloud unknown"},
		{"far sender", func(s *record.Session) { *s.Unsent = 7 },
			"client 0 %, 0.5 ms · here · cloud 2.1 %, 41 ms · 7 packets never sent on"},
		{"encrypted", func(s *record.Session) { s.ClientSide.Unknown, s.CloudSide.Unknown = "RTCP", "RTCP" }, ""},
		{"no stream", func(s *record.Session) { s.ClientSide, s.CloudSide = nil, nil }, ""},
	} {
		s := told()
		c.change(s)
		if got := ledgerText(s); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestConsoleLedger: the line stands below that of the call; why it is not known is for who asks for more.
func TestConsoleLedger(t *testing.T) {
	s := severalCalls(4)
	x := told()
	s.Sessions[1].ClientSide, s.Sessions[1].CloudSide, s.Sessions[1].FeedbackRefused = x.ClientSide, x.CloudSide, 3
	s.Sessions[2].ClientSide = &record.Stretch{Unknown: "RTCP is encrypted"}
	s.Sessions[2].CloudSide = s.Sessions[2].ClientSide
	line := "      client 0 %, 0.5 ms · here · cloud 2.1 %, 41 ms; 3 messages of feedback not believed:\n      the packets contradict\n"
	page := callBlock(render(t, s, ConsoleOptions{Width: 90}))
	if !strings.Contains(page, line) || strings.Count(page, "here") != 1 || strings.Contains(page, "encrypted") {
		t.Errorf("want once %q in\n%s", line, page)
	}
	page = render(t, s, ConsoleOptions{Width: 120, Verbose: true})
	if want := "Where packets were lost is not known throughout: RTCP is encrypted"; !strings.Contains(page, want) {
		t.Errorf("want %q in\n%s", want, page)
	}
}
