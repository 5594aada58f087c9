package view

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/record"
)

const (
	t0  = record.Time(1_790_000_000e9)
	sec = record.Time(1e9)
)

var (
	alice = netip.MustParseAddr("10.1.1.5")
	node  = netip.MustParseAddr("170.72.1.2")
)

// oneCall is a run with a call of a minute over UDP: audio both ways, signalling beside it, a test before it.
func oneCall() *record.Set {
	flow := func(id string, f record.Function, way record.Transport, port int) *record.Flow {
		return &record.Flow{FlowID: id, SrcIP: alice, DstIP: node, DstPort: port, Client: alice, Webex: true,
			Service: record.Meetings, Function: f, Transport: way, StartTime: t0, EndTime: t0 + 60*sec}
	}
	media := flow("media", record.MediaAudio, record.UDP, 5004)
	media.MediaClass, media.ExpectedDSCP = "audio", []int{46}
	rtt := 25.0
	media.STUN = &record.STUNFacts{Requests: 4, Answered: 4, RTTMs: &rtt}
	media.KeyPackets = []record.KeyPacket{{Kind: "stun-request", Time: t0 + sec}, {Kind: "stun-answer", Time: t0 + sec + 25e6},
		{Kind: "stun-request", Time: t0 + 2*sec}}
	test := flow("test", record.ReachProbe, record.UDP, 5004)
	test.StartTime, test.EndTime = t0-10*sec, t0-9*sec
	test.STUN = &record.STUNFacts{Requests: 3}
	far := flow("far", record.ReachProbe, record.UDP, 9000)
	far.StartTime, far.EndTime = t0-100*sec, t0-99*sec
	s := &record.Set{Flows: []*record.Flow{media, flow("signalling", record.Signalling, record.TLS, 443), test, far},
		Sessions: []*record.Session{{SessionID: "s", Client: alice, Service: record.Meetings, Transport: record.UDP, StartTime: t0,
			EndTime: t0 + 60*sec, FlowIDs: []string{"media", "signalling"}, StreamIDs: []string{"up", "down"}}},
		Summary: &record.Summary{Verdict: record.Pass, WebexFlows: 4, Flows: 4},
		Health: []*record.CaptureHealth{{Packets: 9, StartTime: t0 - 20*sec, EndTime: t0 + 300*sec,
			LossAssessable: true}}}
	for _, id := range []string{"up", "down"} {
		jitter := 2.5
		s.Streams = append(s.Streams, &record.MediaStream{StreamID: id, FlowID: "media", Kind: "audio", Expected: 3000, Packets: 3000,
			Upstream: id == "up", Webex: true, JitterMeanMs: &jitter, DSCP: record.DSCP{46: 2900, 0: 100},
			StartTime: t0, EndTime: t0 + 60*sec})
	}
	return s
}

// row adds rows of a stream: seconds from the beginning, packets that were expected, lost, lost by the capture.
func rows(s *record.Set, stream string, values ...[4]int64) {
	for _, v := range values {
		jitter := 12.34
		s.Intervals = append(s.Intervals, &record.MediaInterval{StreamID: stream, FlowID: "media", IntervalS: 1,
			StartTime: t0 + record.Time(v[0])*sec,
			Packets:   v[1] - v[2] - v[3], Expected: v[1], Lost: v[2], CaptureLost: v[3], JitterMeanMs: &jitter,
			BitrateBps: 40000})
	}
}

func detailOf(s *record.Set) *Detail {
	audit.JudgeCalls(s, s.Findings)
	return Of(s).Detail(s)
}

func finding(rule string, state record.State, severity record.Severity, sure record.Confidence,
	flows ...string) *record.Finding {
	return &record.Finding{FindingID: rule, Rule: rule, State: state, Severity: severity, Confidence: sure,
		Title:   "title of " + rule,
		Summary: "found", FlowIDs: flows, Clients: []string{alice.String()}, FirstSeen: t0 - 60*sec, LastSeen: t0 + 30*sec}
}

// TestCallVerdicts: what findings and measurements make of a call.
func TestCallVerdicts(t *testing.T) {
	const fail, warn, high, medium, low = record.Fail, record.Warn, record.High, record.Medium, record.Low
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for _, c := range []struct {
		name   string
		change func(*record.Set)
		found  *record.Finding
		want   string
	}{
		{"measured, nothing found", nil, nil, "GOOD [] No fault was seen in what was measured."},
		{"high", nil, finding("WXA-QUA-001", fail, high, record.Confirmed, "media"), "BAD [1] "},
		{"high, only possible", nil, finding("WXA-QUA-001", fail, high, record.Possible, "media"), "WARN [1] "},
		{"high, a recommendation", nil, finding("WXA-QOS-001", warn, high, record.Confirmed, "media"), "WARN [1] "},
		{"medium", nil, finding("WXA-QOS-001", fail, medium, record.Confirmed, "media"), "WARN [1] "},
		{"low", nil, finding("WXA-QOS-009", fail, low, record.Confirmed, "media"), "GOOD [1] "},
		{"of the signalling beside it", nil, finding("WXA-TLS-001", fail, high, record.Confirmed, "signalling"), "GOOD [] No fault was seen in what was measured."},
		{"of another call", nil, finding("WXA-QUA-001", fail, high, record.Confirmed, "x"), "GOOD [] No fault was seen in what was measured."},
		{"of more flows than are listed", nil, finding("WXA-QUA-001", fail, high, record.Confirmed, many...), "BAD [1] "},
		{"waived", nil, finding("WXA-QUA-001", record.Waived, high, record.Confirmed, "media"), "WARN [] Waived: title of WXA-QUA-001."},
		{"the capture lacks packets", func(s *record.Set) { s.Health[0].LossAssessable = false }, nil,
			"NOT JUDGED [] The capture itself lacks packets, so loss on the network cannot be told."},
		{"one direction", func(s *record.Set) { s.Streams = s.Streams[:1] }, nil, "NOT JUDGED [] No stream to the client was long enough to measure."},
		{"short streams", func(s *record.Set) { s.Streams[0].Expected, s.Streams[1].Expected = 99, 99 }, nil,
			"NOT JUDGED [] No media stream was long enough to measure."},
		{"in TLS", func(s *record.Set) { s.Streams, s.Sessions[0].Transport = nil, record.TLS }, nil,
			"NOT JUDGED [] Media is inside TLS, which hides loss and jitter."},
		{"without media", func(s *record.Set) { s.Streams, s.Sessions[0].Transport = nil, record.None }, nil, "NOT JUDGED [] No media was carried."},
		{"without media, its signalling blocked", func(s *record.Set) { s.Streams, s.Sessions[0].Transport = nil, record.None },
			finding("WXA-CAL-001", fail, high, record.Confirmed, "signalling"), "BAD [1] "},
	} {
		s := oneCall()
		if c.change != nil {
			c.change(s)
		}
		if c.found != nil {
			s.Findings = []*record.Finding{c.found}
		}
		call := detailOf(s).Calls[0]
		if got := fmt.Sprintf("%s %v %s", call.Verdict, call.Causes, call.Why); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestCallCauseFollows: a call belongs to the root of what concerns its media.
func TestCallCauseFollows(t *testing.T) {
	s := oneCall()
	root, follows := finding("WXA-MED-004", record.Fail, record.High, record.Confirmed, "test"),
		finding("WXA-MED-001", record.Fail, record.High, record.Confirmed, "media")
	follows.CausedBy = root.FindingID
	s.Findings = []*record.Finding{root, follows}
	if c := detailOf(s).Calls[0]; c.Verdict != CallBad || len(c.Causes) != 1 {
		t.Errorf("%s %v", c.Verdict, c.Causes)
	}
}

// TestCallFigures: loss and jitter are those of the worst stream that is long enough.
func TestCallFigures(t *testing.T) {
	s := oneCall()
	s.Streams[1].Lost = 240
	short, repair := *s.Streams[1], *s.Streams[1]
	short.StreamID, short.Expected, short.Lost, short.DSCP = "short", 50, 25, nil
	repair.StreamID, repair.Kind, repair.Lost = "fec", "fec", 3000
	s.Streams = append(s.Streams, &short, &repair)
	s.Sessions[0].StreamIDs = append(s.Sessions[0].StreamIDs, "short", "fec")
	c := detailOf(s).Calls[0]
	if *c.Up.LossPercent != 0 || *c.Down.LossPercent != 8 || *c.Down.JitterMs != 2.5 || *c.RTTMs != 25 {
		t.Errorf("%v %v %v %v", *c.Up.LossPercent, *c.Down.LossPercent, *c.Down.JitterMs, *c.RTTMs)
	}
	if c.Down.Lost != 265 || c.Down.Expected != 3050 || !slices.Equal(c.Up.Marks, []int{46}) {
		t.Errorf("%+v, marks %v", c.Down, c.Up.Marks)
	}
	s.Flows[0].Transport = record.TCP // loses nothing itself
	if c := detailOf(s).Calls[0]; c.Down.LossPercent != nil {
		t.Errorf("loss inside TCP is %v", *c.Down.LossPercent)
	}
}

// TestTimeline: what is on the axis of a call, and what is clipped.
func TestTimeline(t *testing.T) {
	s := oneCall()
	s.Findings = []*record.Finding{finding("WXA-QUA-001", record.Fail, record.High, record.Confirmed, "media")}
	s.Health[0].Pauses = []record.Pause{{Start: t0 + 5*sec, Seconds: 2}}
	l := detailOf(s).Calls[0].Line
	if l.From != t0-20*sec || l.To != t0+70*sec {
		t.Errorf("from %v to %v", l.From.Sub(t0), l.To.Sub(t0))
	}
	var tests []string
	for _, r := range l.Tests {
		tests = append(tests, fmt.Sprintf("%s %d of %d %s", r.Way, r.Answered, r.Asked, r.Marks[0].State))
	}
	if got := strings.Join(tests, "; "); got != "UDP 5004 0 of 3 silent" {
		t.Errorf("tests: %s", got)
	}
	if len(l.Media) != 2 || len(l.Signalling) != 1 || len(l.RTT) != 1 || l.RTT[0].Value != 25 || len(l.Gaps) != 1 {
		t.Errorf("%+v", l)
	}
	if len(l.Flags) != 1 || l.Flags[0].At != l.From {
		t.Errorf("a cause from before the axis is not at its beginning: %+v", l.Flags)
	}
	if l.Media[0].Label != "audio · UDP 5004 · 0 kbit/s" || l.Strips[0].Label != "audio EF (46)" {
		t.Errorf("%q, %q", l.Media[0].Label, l.Strips[0].Label)
	}
}

// TestSeries: steps of a second, those without a value, those that the capture spoils.
func TestSeries(t *testing.T) {
	s := oneCall()
	rows(s, "down", [4]int64{0, 50, 0, 0}, [4]int64{1, 50, 4, 0}, [4]int64{3, 9, 9, 0}, [4]int64{4, 50, 0, 5})
	steps := detailOf(s).Calls[0].Steps
	if steps.StepS != 1 || len(steps.Down.Loss) != 61 {
		t.Fatalf("%d steps of %d s", len(steps.Down.Loss), steps.StepS)
	}
	if got, want := steps.Down.Loss[:5], []uint16{0, 80, Unknown, Unknown, 0}; !slices.Equal(got, want) {
		t.Errorf("loss %v, want %v", got, want)
	}
	if got, want := steps.Down.Flags[:5], []uint8{0, 0, 0, FlagFew, FlagGap}; !slices.Equal(got, want) {
		t.Errorf("flags %v, want %v", got, want)
	}
	if steps.Down.Jitter[1] != 123 || steps.Down.Rate[1] != 40 || steps.Up.Rate[1] != Unknown {
		t.Errorf("jitter %d, rate %d, up %d", steps.Down.Jitter[1], steps.Down.Rate[1], steps.Up.Rate[1])
	}
	s.Health[0].LossAssessable = false
	if got := detailOf(s).Calls[0].Steps.Down.Loss[1]; got != Unknown {
		t.Errorf("loss of a capture that lacks packets is %d", got)
	}
	if got := Spark([]uint16{1, 5, Unknown, Unknown, 3}, 3); !slices.Equal(got, []int{5, -1, 3}) {
		t.Errorf("spark %v", got)
	}
}

// TestQuality: which rows are counted where, and which are left out.
func TestQuality(t *testing.T) {
	s := oneCall()
	s.Findings = []*record.Finding{{Rule: "WXA-QUA-001", State: record.Pass, Thresholds: []record.Threshold{{Name: "WXA-QUA-001.max_percent", Value: 5}}}}
	rows(s, "down", [4]int64{0, 50, 0, 0}, [4]int64{1, 50, 3, 0}, [4]int64{2, 1000, 50, 0}, [4]int64{3, 9, 9, 0},
		[4]int64{4, 50, 0, 5})
	rows(s, "up", [4]int64{0, 50, 50, 0})
	q := detailOf(s).Quality
	if loss := q[0]; !slices.Equal(loss.Down, []int{1, 0, 0, 0, 0, 2, 0, 0}) ||
		!slices.Equal(loss.Up, []int{0, 0, 0, 0, 0, 0, 0, 1}) ||
		loss.Few != 1 || loss.Gap != 1 || loss.PoorCount() != 3 || loss.Total() != 4 {
		t.Errorf("%+v, poor %d", loss, loss.PoorCount())
	}
	if jitter := q[1]; jitter.Total() != 5 || jitter.Down[2] != 4 || jitter.Poor != nil {
		t.Errorf("%+v", jitter)
	}
	if rtt := q[2]; rtt.Total() != 1 || rtt.Up[1] != 1 {
		t.Errorf("%+v", rtt)
	}
}

// TestReachMatrix: columns in the order of the ladder, rows with silence first, CONNECTs of both outcomes in one cell.
func TestReachMatrix(t *testing.T) {
	s := oneCall()
	s.Reachability = []*record.Reachability{
		{Client: "10.2.0.0/24", Prefix: "170.72.0.0/16", Port: 5004, Transport: record.UDP, Asked: 2, Answered: 2},
		{Client: "10.10.0.0/24", Prefix: "170.72.0.0/16", Port: 443, Transport: record.TLSProxied, Asked: 1, Answered: 1},
		{Client: "10.10.0.0/24", Prefix: "170.72.0.0/16", Port: 443, Transport: record.HTTPConnect, Asked: 2, Refused: 2},
		{Client: "10.10.0.0/24", Prefix: "62.109.192.0/18", Port: 19560, Transport: record.UDP, Asked: 1, Answered: 1},
	}
	m := detailOf(s).Reach
	var text []string
	for _, w := range m.Ways {
		text = append(text, w.String())
	}
	for _, r := range m.Rows {
		line := r.Client + " " + r.Prefix
		for _, c := range r.Cells {
			if c == nil {
				line += " -"
			} else {
				line += fmt.Sprintf(" %d/%d", c.Answered, c.Asked)
			}
		}
		text = append(text, line)
	}
	want := "UDP 5004; UDP 9000; UDP 19560; TCP 5004; TLS 443; TLS via proxy 443; 10.10.0.0/24 170.72.0.0/16 - - - - - 1/3; " +
		"10.2.0.0/24 170.72.0.0/16 2/2 - - - - -; 10.10.0.0/24 62.109.192.0/18 - - 1/1 - - -"
	if got := strings.Join(text, "; "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestMarkMatrix: streams by kind and direction, signalling beside them, expected marks only from the client.
func TestMarkMatrix(t *testing.T) {
	s := oneCall()
	s.Flows[1].DSCPFwd, s.Flows[1].DSCPRev = record.DSCP{24: 10}, record.DSCP{0: 12}
	s.Findings = []*record.Finding{finding("WXA-QOS-001", record.Fail, record.Medium, record.Confirmed, "media")}
	m := detailOf(s).Marks
	var text []string
	for _, r := range m.Rows {
		text = append(text, fmt.Sprintf("%s %v %d %v %v", r.Class, r.Up, r.Total(), r.Expected, r.Wrong))
	}
	want := "audio true 3000 [46] true; audio false 3000 [] false; other signalling true 10 [] false; other signalling false 12 [] false"
	if got := strings.Join(text, "; "); got != want || !slices.Equal(m.Marks, []int{0, 24, 46}) {
		t.Errorf("%s, marks %v\nwant %s", got, m.Marks, want)
	}
}

// TestInventory: handshakes that showed the same are one row; a hidden certificate is no sign; proxies by answer.
func TestInventory(t *testing.T) {
	s := oneCall()
	tls := func(flow, inspection, issuer string, webex bool) *record.TLSSession {
		return &record.TLSSession{FlowID: flow, SNI: "a.webex.com", Inspection: inspection, CertIssuer: issuer, Webex: webex}
	}
	s.TLS = []*record.TLSSession{tls("signalling", "none", "", true), tls("media", "none", "", true), tls("test", "none", "CN=R11", true),
		tls("far", "confirmed", "CN=Box", false), tls("none", "none", "", false)}
	s.Flows[1].Connect, s.Flows[0].Connect = &record.ConnectFacts{Status: 407, Schemes: []string{"NTLM"}},
		&record.ConnectFacts{Status: 200}
	d := detailOf(s)
	var text []string
	for _, g := range d.TLS {
		text = append(text, fmt.Sprintf("%s %s %d", g.Inspection, g.Issuer, g.Connections))
	}
	if got, want := strings.Join(text, "; "), "confirmed CN=Box 1; none CN=R11 1; hidden  2"; got != want || d.TLSOther != 1 {
		t.Errorf("%s, want %s; %d others", got, want, d.TLSOther)
	}
	if p := d.Proxies; len(p) != 2 || p[0].Statuses[407] != 1 || p[0].Opened != 0 || p[1].MediaFlows != 1 ||
		p[1].Opened != 1 {
		t.Errorf("%+v", p)
	}
}

// TestAnswer: a cause that is only possible does not come first where there is another.
func TestAnswer(t *testing.T) {
	s := oneCall()
	s.Findings = []*record.Finding{finding("WXA-MED-010", record.Fail, record.High, record.Possible, "media"),
		finding("WXA-QOS-001", record.Fail, record.Medium, record.Confirmed, "media")}
	v := Of(s)
	a := v.Detail(s).Answer(v)
	if a.Cause != 2 || a.Text != "Found." || len(a.Also) != 1 || a.Also[0] != (Point{"Possibly found.", 1, true}) {
		t.Errorf("%+v", a)
	}
	s.Summary.Answer, s.Summary.Instruction = "What happened.", "Do it."
	v = Of(s)
	if a := v.Detail(s).Answer(v); a.Cause != 1 || a.Text != "What happened." || a.Do != "Do it." || a.Also[0].Cause != 2 {
		t.Errorf("in the words of the run: %+v", a)
	}
	s.Findings, s.Summary.Answer = nil, ""
	v = Of(s)
	if a := v.Detail(s).Answer(v); a.Text != "No fault was found in what this capture can show." || a.Cause != 0 {
		t.Errorf("%+v", a)
	}
}

// TestSides: what streams of both directions lost between the client and the capture point, and between it and the
// cloud; nothing where no receiver told.
func TestSides(t *testing.T) {
	s := oneCall()
	rows(s, "up", [4]int64{0, 50, 1, 0}, [4]int64{1, 50, 0, 0}, [4]int64{2, 50, 0, 0})
	rows(s, "down", [4]int64{0, 50, 6, 0}, [4]int64{1, 50, 0, 0}, [4]int64{2, 50, 0, 0})
	if steps := detailOf(s).Calls[0].Steps; steps.ClientSide != nil || steps.CloudSide != nil {
		t.Errorf("nobody told, yet %v, %v", steps.ClientSide, steps.CloudSide)
	}
	n := func(v int64) *int64 { return &v }
	for i, r := range s.Intervals {
		switch r.Reported = n(50); {
		case i == 2: // of up
			r.Reported = nil
		case i < 2:
			r.LostBehind = n(5)
		default:
			r.LostBehind = n(0)
		}
	}
	s.Intervals[3].Unsent = n(2) // of its six
	steps := detailOf(s).Calls[0].Steps
	if got, want := steps.ClientSide[:4], []uint16{10, 0, 0, Unknown}; !slices.Equal(got, want) {
		t.Errorf("client's side %v, want %v", got, want)
	}
	if got, want := steps.CloudSide[:4], []uint16{92, 50, Unknown, Unknown}; !slices.Equal(got, want) {
		t.Errorf("cloud's side %v, want %v", got, want)
	}
}
