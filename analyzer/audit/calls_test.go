package audit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// leg is what was measured of one direction, with that loss.
func leg(loss float64) record.CallLeg { return record.CallLeg{LossPercent: &loss} }

// TestUnmeasured: why a call cannot be called good, the first reason that holds.
func TestUnmeasured(t *testing.T) {
	both := func(tr record.Transport) record.Session {
		return record.Session{Transport: tr, Up: leg(0), Down: leg(0)}
	}
	for _, tt := range []struct {
		name       string
		c          record.Session
		assessable bool
		want       string
	}{
		{"all", both(record.UDP), true, ""}, {"TCP", both(record.TCP), true, ""},
		{"no media", both(record.None), false, "No media was carried."},
		{"a bad capture", both(record.UDP), false, "The capture itself lacks packets, so loss on the network cannot be told."},
		{"TLS", both(record.TLS), true, "Media is inside TLS, which hides loss and jitter."},
		{"a proxy", both(record.TLSProxied), true, "Media is inside TLS, which hides loss and jitter."},
		{"neither", record.Session{Transport: record.UDP}, true, "No media stream was long enough to measure."},
		{"down alone", record.Session{Transport: record.UDP, Down: leg(0)}, true,
			"No stream from the client was long enough to measure."},
		{"up alone", record.Session{Transport: record.UDP, Up: leg(0)}, true,
			"No stream to the client was long enough to measure."},
	} {
		if got := (&callJudge{assessable: tt.assessable}).unmeasured(&tt.c).String(); got != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// TestCallVerdict: a call is bad by a sure failure of high severity, else has a warning by what is of medium; what is
// waived leaves a warning, and nothing at all is good where it was measured.
func TestCallVerdict(t *testing.T) {
	const good = "No fault was seen in what was measured."
	for _, tt := range []struct {
		name     string
		causes   string // "state severity confidence" of each
		excused  string
		verdict  record.CallVerdict
		why      string
		measured bool
	}{
		{"nothing", "", "", record.CallGood, good, true},
		{"not measured", "", "", record.CallNotJudged, "No media stream was long enough to measure.", false},
		{"high", "fail high confirmed", "", record.CallBad, "", true},
		{"critical, behind a warning", "warn medium confirmed, fail critical probable", "", record.CallBad, "", true},
		{"critical, before a warning", "fail critical probable, warn medium confirmed", "", record.CallBad, "", false},
		{"a guess", "fail high possible", "", record.CallWarn, "", true},
		{"a warning of high", "warn high confirmed", "", record.CallWarn, "", true},
		{"medium", "fail medium confirmed", "", record.CallWarn, "", true},
		{"low", "fail low confirmed", "", record.CallGood, "", true},
		{"waived", "", "Loss; Jitter", record.CallWarn, "Waived: Loss; Jitter.", true},
		{"waived and more", "fail high confirmed", "Loss", record.CallBad, "", true},
	} {
		j := &callJudge{byID: map[string]*record.Finding{}, assessable: true}
		c := &record.Session{Transport: record.UDP}
		if tt.measured {
			c.Up, c.Down = leg(0), leg(0)
		}
		for i, text := range strings.Split(tt.causes, ", ") {
			if w := strings.Fields(text); len(w) == 3 {
				id := fmt.Sprint(i)
				j.byID[id] = &record.Finding{State: record.State(w[0]), Severity: record.Severity(w[1]),
					Confidence: record.Confidence(w[2])}
				c.CauseIDs = append(c.CauseIDs, id)
			}
		}
		var excused []string
		if tt.excused != "" {
			excused = strings.Split(tt.excused, "; ")
		}
		j.verdict(c, excused)
		if c.Verdict != tt.verdict || c.Why != tt.why || c.Messages.Why.String() != tt.why {
			t.Errorf("%s: %s (%s)", tt.name, c.Verdict, c.Why)
		}
	}
}

// TestConcerned: a finding concerns the calls whose flows it lists, once; where it has more flows than it lists, those
// of its clients at its time.
func TestConcerned(t *testing.T) {
	calls := []*record.Session{call("10.0.0.1", 0), call("10.0.0.1", 100), call("10.0.0.2", 0)} // of 40 s
	j := &callJudge{callsOf: map[string][]int{"a": {2, 0}, "b": {0}}}
	many := make([]string, listedFlows)
	for _, tt := range []struct {
		name        string
		flows       []string
		first, last record.Time
		want        string
	}{
		{"its flows", []string{"a", "b", "x"}, afternoon(0), afternoon(200), "[0 2]"},
		{"too many", many, afternoon(0), afternoon(200), "[0 1]"},
		{"one less", many[1:], afternoon(0), afternoon(200), "[]"},
		{"ends as the second begins", many, afternoon(50), afternoon(100), "[1]"},
		{"ends before", many, afternoon(50), afternoon(100) - 1, "[]"},
		{"begins as the first ends", many, afternoon(40), afternoon(50), "[0]"},
		{"begins later", many, afternoon(40) + 1, afternoon(50), "[]"},
	} {
		f := &record.Finding{FlowIDs: tt.flows, Clients: []string{"10.0.0.1"}, FirstSeen: tt.first, LastSeen: tt.last}
		if got := fmt.Sprint(j.concerned(f, calls)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestTop: the way to what a finding follows from ends at what is waived, at what accuses nobody, and in no circle.
func TestTop(t *testing.T) {
	for _, tt := range []struct {
		name   string
		states string // of f, its root and the root's root
		circle bool
		want   string
	}{
		{"all accuse", "fail warn fail", false, "2"}, {"the middle is waived", "fail waived fail", false, "1"},
		{"itself is waived", "waived fail fail", false, "0"}, {"the last is waived", "fail fail waived", false, "2"},
		{"the middle passes", "fail pass fail", false, "0"}, {"a circle", "fail fail fail", true, "0"},
	} {
		j := &callJudge{byID: map[string]*record.Finding{}}
		for i, s := range strings.Fields(tt.states) {
			f := &record.Finding{FindingID: fmt.Sprint(i), State: record.State(s)}
			if i < 2 || tt.circle {
				f.CausedBy = fmt.Sprint((i + 1) % 3)
			}
			j.byID[f.FindingID] = f
		}
		if got := j.top(j.byID["0"]).FindingID; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestMeasureStream: the worst stream of a direction speaks for it, of those of media with packets enough, outside TCP.
func TestMeasureStream(t *testing.T) {
	ms := func(v float64) *float64 { return &v }
	j := &callJudge{minPackets: 100, flows: map[string]*callFlow{"udp": {},
		"tls": {hides: true}}}
	for _, tt := range []struct {
		name    string
		streams []record.MediaStream
		want    string // lost/expected/by the capture, loss and jitter
	}{
		{"the worst", []record.MediaStream{{Kind: "audio", Expected: 100, Lost: 1, JitterMeanMs: ms(9)},
			{Kind: "video", Expected: 200, Lost: 10, JitterMeanMs: ms(3), CaptureLost: 4}}, "11/300/4 5 9"},
		{"the worst first", []record.MediaStream{{Kind: "share", Expected: 200, Lost: 10, JitterMeanMs: ms(3)},
			{Kind: "audio", Expected: 100, Lost: 1, JitterMeanMs: ms(2)}}, "11/300/0 5 3"},
		{"without jitter", []record.MediaStream{{Kind: "audio", Expected: 100}}, "0/100/0 0 -"},
		{"a packet less", []record.MediaStream{{Kind: "audio", Expected: 99, Lost: 9}}, "9/99/0 - -"},
		{"of UDP", []record.MediaStream{{Kind: "audio", FlowID: "udp", Expected: 100, Lost: 9}}, "9/100/0 9 -"},
		{"inside TLS", []record.MediaStream{{Kind: "audio", FlowID: "tls", Expected: 100, Lost: 9}}, "9/100/0 - -"},
		{"left out by the sender, and lost behind", []record.MediaStream{{Kind: "audio", Expected: 120, Lost: 21,
			Ledger: &record.StreamLedger{Unsent: new(int64(20)), LostBehind: new(int64(6)), LostBehindLow: new(int64(4))}}},
			"5/100/0 5 -"},
		{"more left out than is missing", []record.MediaStream{{Kind: "audio", Expected: 120, Lost: 10,
			Ledger: &record.StreamLedger{Unsent: new(int64(20))}}}, "0/100/0 0 -"},
		{"repairs", []record.MediaStream{{Kind: "fec", Expected: 100, Lost: 9}}, "0/0/0 - -"},
	} {
		var l record.CallLeg
		marks, audio := record.DSCP{}, record.DSCP{}
		for _, m := range tt.streams {
			m.DSCP = record.DSCP{46: 2}
			j.measureStream(&l, &m, marks, audio)
		}
		text := func(v *float64) string {
			if v == nil {
				return "-"
			}
			return fmt.Sprint(*v)
		}
		got := fmt.Sprintf("%d/%d/%d %s %s", l.Lost, l.Expected, l.CaptureLost, text(l.LossPercent), text(l.JitterMs))
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		heard := slices.IndexFunc(tt.streams, func(m record.MediaStream) bool { return m.Kind == "audio" }) >= 0
		if marks[46] != int64(2*len(tt.streams)) || (audio[46] == 2) != heard {
			t.Errorf("%s: marks %v, of audio %v", tt.name, marks, audio)
		}
	}
}

// TestJudgeCalls: what is measured of a call, by direction; which findings concern it, and its verdict.
func TestJudgeCalls(t *testing.T) {
	const a, b = "10.20.1.15", "10.20.1.16"
	rtt := func(v float64) *record.STUNFacts { return &record.STUNFacts{RTTMs: &v} }
	one, two := call(a, 0, way40(record.UDP, 40)), call(b, 0, way40(record.UDP, 40))
	one.FlowIDs = []string{"f", "g", "h", "signalling", "gone"}
	one.StreamIDs = []string{"up", "down", "gone"}
	two.FlowIDs = []string{"silent"}
	set := &record.Set{Sessions: []*record.Session{one, two}, Health: []*record.CaptureHealth{{LossAssessable: true}},
		Flows: []*record.Flow{
			{Webex: true, FlowID: "f", Function: record.MediaAudio, STUN: rtt(30), DSCPFwd: record.DSCP{8: 100}},
			{Webex: true, FlowID: "g", Function: record.MediaVideo, STUN: rtt(10), DSCPFwd: record.DSCP{34: 50}, DSCPRev: record.DSCP{0: 50}},
			{Webex: true, FlowID: "h", Function: record.MediaVideo, STUN: rtt(20)},
			{Webex: true, FlowID: "signalling", Function: record.Signalling, STUN: rtt(99), DSCPFwd: record.DSCP{18: 900}},
			{Webex: true, FlowID: "silent", Function: record.MediaAudio, STUN: new(record.STUNFacts)},
		},
		Streams: []*record.MediaStream{
			{StreamID: "up", FlowID: "f", Kind: "audio", Upstream: true, Expected: 100, Lost: 1, DSCP: record.DSCP{46: 100}},
			{StreamID: "down", FlowID: "f", Kind: "audio", Expected: 100, DSCP: record.DSCP{0: 100}},
		}}
	for _, f := range set.Flows {
		f.SrcIP, f.Client = client, client
	}
	findings := []*record.Finding{
		{FindingID: "loss", State: record.Fail, Severity: record.High, Confidence: record.Confirmed, FlowIDs: []string{"f", "g"}},
		{FindingID: "follows", State: record.Warn, Severity: record.Low, CausedBy: "loss", FlowIDs: []string{"f"}},
		{FindingID: "remark", State: record.Warn, Severity: record.Info, FlowIDs: []string{"f"}},
		{FindingID: "capture", Rule: "WXA-CAP-001", State: record.Fail, Severity: record.High, FlowIDs: []string{"f"}},
		{FindingID: "of signalling", State: record.Fail, Severity: record.High, FlowIDs: []string{"signalling"}},
		{FindingID: "passed", State: record.Pass, FlowIDs: []string{"silent"}},
		{FindingID: "waived", State: record.Waived, Title: "Marks", FlowIDs: []string{"silent"}},
	}
	JudgeCalls(set, findings)
	c, d := set.Sessions[0], set.Sessions[1]
	if c == one || c.Verdict != record.CallBad || fmt.Sprint(c.CauseIDs) != "[loss]" {
		t.Errorf("the first: %s by %v", c.Verdict, c.CauseIDs)
	}
	if *c.Up.LossPercent != 1 || *c.Down.LossPercent != 0 || *c.RTTMs != 20 {
		t.Errorf("loss %v and %v %%, round trip %v ms", *c.Up.LossPercent, *c.Down.LossPercent, *c.RTTMs)
	}
	if got := fmt.Sprint(c.Up.Marks, c.Down.Marks, c.Up.Audio, c.Down.Audio); got != "[46 34] [0] [46] [0]" {
		t.Errorf("marks %s", got)
	}
	if d.Verdict != record.CallWarn || d.Why != "Waived: Marks." || d.RTTMs != nil {
		t.Errorf("the second: %s (%s)", d.Verdict, d.Why)
	}
	var ids []string
	for _, f := range findings {
		ids = append(ids, f.FindingID+" "+strings.Join(f.SessionIDs, " "))
	}
	if got := strings.Join(ids, ", "); got != "loss "+a+", follows "+a+", remark "+a+", capture "+a+", of signalling , passed , waived "+b {
		t.Error(got)
	}
}
