package reports

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// crowd is a run of many calls: each of half an hour, with audio and video both ways, and connections beside them.
func crowd(calls, flows int) *record.Set {
	const start, second = record.Time(1_790_000_000e9), record.Time(1e9)
	s := &record.Set{Run: &record.Run{Tool: "webexaudit", Version: "1", Files: []record.File{{Path: "crowd.pcapng"}}}}
	s.Health = []*record.CaptureHealth{{File: "crowd.pcapng", Packets: 50e6, StartTime: start, EndTime: start +
		7200*second, LossAssessable: true}}
	limits := []record.Threshold{{Name: "WXA-QUA-001.max_percent", Value: 5, Origin: "published"}, {Name: "WXA-QUA-002.max_ms", Value: 150, Origin: "published"}}
	for i := range calls {
		s.Sessions = append(s.Sessions, crowdCall(s, i, start+record.Time(i%60)*60*second))
	}
	for i := len(s.Flows); i < flows; i++ {
		client := netip.AddrFrom4([4]byte{10, 9, byte(i / 250), byte(i % 250)})
		s.Flows = append(s.Flows, &record.Flow{FlowID: fmt.Sprintf("%016x", 1<<32+i), Proto: "tcp", SrcIP: client,
			DstIP:   netip.MustParseAddr("52.29.8.14"),
			DstPort: 443, StartTime: start, EndTime: start + 60*second, Webex: true, Service: record.Messaging, Function: record.WebSocket,
			Transport: record.TLS, Client: client, SNI: fmt.Sprintf("host-%d.wbx2.com", i%900), DSCPFwd: record.DSCP{0: 10}})
		s.TLS = append(s.TLS, &record.TLSSession{FlowID: fmt.Sprintf("%016x", 1<<32+i), SNI: fmt.Sprintf("host-%d.wbx2.com", i%900),
			TLSVersion: "1.3", Inspection: "none", Webex: true})
	}
	for i := range 120 {
		f := &record.Finding{FindingID: fmt.Sprintf("%016x", i), Rule: fmt.Sprintf("WXA-QUA-%03d", i),
			State: record.Pass, Severity: record.High,
			Title: "A rule of some name", Summary: "nothing was found in the streams that were judged", Thresholds: limits}
		if i < 20 {
			f.State, f.Confidence, f.Remediation = record.Fail, record.Confirmed, "Find the leg: repeat the capture nearer to the sender."
			f.FlowIDs, f.Clients, f.FirstSeen = []string{fmt.Sprintf("%016x", 8*i)},
				[]string{s.Sessions[i].Client.String()}, s.Sessions[i].StartTime
		}
		s.Findings = append(s.Findings, f)
	}
	for i := range 300 {
		s.Reachability = append(s.Reachability, &record.Reachability{Client: fmt.Sprintf("10.%d.0.0/24", i/3),
			Prefix: fmt.Sprintf("170.%d.0.0/16", i%3),
			Port:   5004, Transport: record.UDP, Asked: 9, Answered: int64(9 - i%2), Silent: int64(i % 2), Requests: 9})
	}
	s.Summary = &record.Summary{Verdict: record.Fail, Capture: record.Pass, Rules: 120, Applicable: 120, Assessed: 120,
		Flows: flows, WebexFlows: flows, Clients: calls}
	audit.JudgeCalls(s, s.Findings)
	return s
}

// crowdCall adds the flows, streams and rows of a call; the worst ones lose more.
func crowdCall(s *record.Set, i int, start record.Time) *record.Session {
	const second, length = record.Time(1e9), 1800
	client, node := netip.AddrFrom4([4]byte{10, 8, byte(i / 250), byte(i % 250)}), netip.MustParseAddr("170.72.1.2")
	end := start + length*second
	call := &record.Session{SessionID: fmt.Sprintf("%016x", i), Client: client, Service: record.Meetings,
		Transport: record.UDP,
		Story:     "30 min over UDP, audio and video", StartTime: start, EndTime: end}
	for k, class := range []string{"audio", "video"} {
		id := fmt.Sprintf("%016x", 8*i+k)
		rtt := 20.0 + float64(i%50)
		s.Flows = append(s.Flows, &record.Flow{FlowID: id, Proto: "udp", SrcIP: client, SrcPort: 52000 + 100*k,
			DstIP: node, DstPort: 5004,
			StartTime: start, EndTime: end, Webex: true, Service: record.Meetings, Function: record.Function("media-" + class), Transport: record.UDP,
			Client: client, MediaClass: class, ExpectedDSCP: []int{46},
			STUN: &record.STUNFacts{Requests: 360, Answered: 360, RTTMs: &rtt}})
		call.FlowIDs = append(call.FlowIDs, id)
		for _, up := range []bool{true, false} {
			stream := fmt.Sprintf("%s%v", id, up)
			call.StreamIDs = append(call.StreamIDs, stream)
			s.Streams = append(s.Streams, crowdStream(s, stream, id, class, up, i, start, length))
		}
	}
	for k := 2; k < 8; k++ {
		id := fmt.Sprintf("%016x", 8*i+k)
		function, transport := record.Signalling, record.TLS
		if k > 3 {
			function, transport = record.ReachProbe, record.UDP
		}
		s.Flows = append(s.Flows, &record.Flow{FlowID: id, Proto: "tcp", SrcIP: client, DstIP: node, DstPort: 5004,
			StartTime: start - 5*second,
			EndTime:   end, Webex: true, Service: record.Meetings, Function: function, Transport: transport, Client: client,
			SNI: "mercury-connection-a.wbx2.com", STUN: &record.STUNFacts{Requests: 4, Answered: int64(4 * (i % 2))}})
	}
	return call
}

func crowdStream(s *record.Set, id, flow, class string, up bool, call int, start record.Time,
	length int64) *record.MediaStream {
	const second = record.Time(1e9)
	jitter := 1 + float64(call%9)
	m := &record.MediaStream{StreamID: id, FlowID: flow, Kind: class, Packets: 50 * length, Expected: 50 * length,
		Upstream: up, Webex: true,
		JitterMeanMs: &jitter, BitrateBps: 40000, DSCP: record.DSCP{46: 50 * length}, StartTime: start, EndTime: start +
			record.Time(length)*second}
	row := func(step, at int64) {
		r := &record.MediaInterval{StreamID: id, FlowID: flow, IntervalS: int(step), StartTime: start +
			record.Time(at)*second, Packets: 50 * step,
			Expected: 50 * step, JitterMeanMs: &jitter, BitrateBps: 40000}
		if call < 20 && at%70 == 0 {
			r.Lost = step * int64(20-call)
			m.Lost += r.Lost
		}
		s.Intervals = append(s.Intervals, r)
	}
	for at := int64(0); at < length; at += 10 {
		row(10, at)
	}
	for at := int64(0); at < length && call < 20; at++ {
		row(1, at)
	}
	return m
}

// The limits of a page: 5 MB, and elements that a browser has to lay out.
const (
	mostBytes = 5_000_000
	mostNodes = 12_000
)

// TestHTMLSize: a run of 10,000 flows and 500 calls stays a page that a browser shows at once, and says what it leaves
// out; the same run gives the same bytes.
func TestHTMLSize(t *testing.T) {
	page := renderHTML(t, crowd(500, 10_000))
	doc := parseHTML(t, page)
	nodes, by := 0, map[string]int{}
	var walk func(*html.Node, string)
	walk = func(n *html.Node, section string) {
		if n.Data == "section" {
			section = attribute(n, "id")
		}
		if n.Type == html.ElementNode {
			nodes++
			by[section]++
		}
		if n.Data == "template" {
			return // waits unseen
		}
		for c := range n.ChildNodes() {
			walk(c, section)
		}
	}
	walk(doc, "")
	t.Logf("%d bytes, %d elements: %v", len(page), nodes, by)
	if len(page) > mostBytes || nodes > mostNodes {
		t.Errorf("%d bytes, %d elements; want at most %d and %d", len(page), nodes, mostBytes, mostNodes)
	}
	if again := renderHTML(t, crowd(500, 10_000)); again != page {
		t.Error("the same run gives another page")
	}
	if n := len(rowsOf(find(t, doc, "calltable"))); n != pageRows {
		t.Errorf("%d calls before the others wait, want %d", n, pageRows)
	}
}

// TestHTMLBounds: of more calls and causes than a page holds it says how many it leaves out.
func TestHTMLBounds(t *testing.T) {
	set := &record.Set{Summary: &record.Summary{Verdict: record.Fail, WebexFlows: 1}}
	for i := range htmlCalls + 50 {
		set.Sessions = append(set.Sessions, &record.Session{SessionID: fmt.Sprint(i), Client: netip.MustParseAddr("10.0.0.1"),
			Transport: record.TLS, StartTime: 1, EndTime: 2})
	}
	for i := range htmlCards + 300 {
		set.Findings = append(set.Findings, &record.Finding{FindingID: fmt.Sprint(i), Rule: fmt.Sprint("R", max(i-290, 0)),
			State: record.Fail, Severity: record.High, Title: "title", Remediation: "do"})
	}
	page := renderHTML(t, set)
	text := textOf(find(t, parseHTML(t, page), "calls")) + textOf(find(t, parseHTML(t, page), "causes"))
	for _, want := range []string{"100 of 800 calls shown", "50 further calls left out", "90 further causes left out", "10 more causes"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if len(page) > mostBytes {
		t.Errorf("%d bytes", len(page))
	}
}

// TestHTMLBudget: what does not fit is left out of good calls first, never of the worst, and said.
func TestHTMLBudget(t *testing.T) {
	set := crowd(40, 400)
	calls := view.Of(set).Detail(set).Calls
	whole, left, err := callData(calls, htmlBudget)
	if err != nil || left != nil {
		t.Fatalf("%v, %v", left, err)
	}
	for _, c := range []struct {
		budget, good, bad int // of the 20 good and 20 bad calls, those with their series; -1: any
	}{{len(whole) - 100, 19, 20}, {len(whole) / 2, 0, -1}, {0, 0, 1}} {
		text, left, err := callData(calls, c.budget)
		var list []islandCall
		if err != nil || json.Unmarshal(text, &list) != nil || len(left) != 1 {
			t.Fatalf("%d bytes: %v, %v", c.budget, left, err)
		}
		good, bad := 0, 0
		for i := range list {
			if list[i].Steps != nil && calls[i].Verdict == view.CallGood {
				good++
			} else if list[i].Steps != nil {
				bad++
			}
		}
		said := counted(40-good-bad, "call", "calls")
		if c.bad >= 0 && bad != c.bad || good != c.good || !strings.Contains(left[0], said) {
			t.Errorf("%d of %d bytes: %d good and %d bad calls have series, want %d and %d; %s", c.budget, len(whole), good, bad,
				c.good, c.bad, left[0])
		}
	}
}
