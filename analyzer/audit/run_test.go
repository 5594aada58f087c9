package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// witness notes what a fold is shown.
type witness struct {
	flows                     int
	sessions, records, closed []string
}

func (w *witness) Add(*observe.Flow) { w.flows++ }
func (w *witness) Merge(o Fold)      { w.flows += o.(*witness).flows }
func (w *witness) Close(s *Scope)    { w.closed = append(w.closed, s.Rule.ID) }
func (w *witness) RecordType() string {
	return (*record.MediaStream)(nil).RecordType()
}

func (w *witness) AddSession(s *observe.Session) {
	ids := s.SessionID + ":"
	for _, f := range s.Flows {
		ids += " " + f.FlowID
		for _, m := range f.Streams {
			ids += "(" + m.StreamID + " of " + m.Flow.FlowID + ")"
		}
	}
	w.sessions = append(w.sessions, ids)
}

func (w *witness) AddRecord(r record.Record, f *observe.Flow) {
	text := r.(*record.MediaStream).StreamID
	if f != nil {
		text += " of " + f.FlowID
	}
	w.records = append(w.records, text)
}

// TestFoldSizes: every flow is shown once, however many there are and however many workers share them.
func TestFoldSizes(t *testing.T) {
	for _, n := range []int{0, 1, foldSize - 1, foldSize, foldSize + 1, 3 * foldSize} {
		for _, workers := range []int{1, 3} {
			set := new(record.Set)
			for i := range n {
				set.Flows = append(set.Flows, &record.Flow{FlowID: fmt.Sprint(i), Webex: true})
			}
			first := (*witness)(nil)
			rule := &Rule{ID: "WXA-MED-001", Judge: Custom(func(*Env) Fold {
				w := new(witness)
				if first == nil {
					first = w
				}
				return w
			})}
			Run(set, Options{Catalogue: NewCatalogue(rule), Workers: workers})
			if first.flows != n || len(first.closed) != 1 {
				t.Errorf("%d flows, %d workers: %d shown, closed %v", n, workers, first.flows, first.closed)
			}
		}
	}
}

// TestShownRecords: calls come with the flows that are there, in the order of time, and records with their flow.
func TestShownRecords(t *testing.T) {
	w := new(witness)
	rule := &Rule{ID: "WXA-MED-001", Judge: Custom(func(*Env) Fold { return w })}
	set := &record.Set{
		Flows: []*record.Flow{{FlowID: "b", Webex: true, StartTime: 1}, {FlowID: "a", Webex: true, StartTime: 2}, {FlowID: "other"}},
		Streams: []*record.MediaStream{{StreamID: "3", FlowID: "b", Webex: true}, {StreamID: "1", FlowID: "a", Webex: true},
			{StreamID: "2", FlowID: "a", Webex: true}, {StreamID: "0", FlowID: "gone"}, {StreamID: "4", FlowID: "other", Webex: true},
			{StreamID: "5", FlowID: "b"}},
		Sessions: []*record.Session{{SessionID: "late", StartTime: 5, FlowIDs: []string{"gone"}},
			{SessionID: "early", FlowIDs: []string{"a", "gone", "b"}}},
	}
	Run(set, Options{Catalogue: NewCatalogue(rule), Workers: 1})
	if got := strings.Join(w.sessions, ", "); got != "early: b(3 of b) a(1 of a)(2 of a), late:" {
		t.Error(got)
	}
	slices.Sort(w.records)
	if got := strings.Join(w.records, ", "); got != "0, 1 of a, 2 of a, 3 of b, 4 of other, 5 of b" {
		t.Error(got)
	}
	if w.flows != 2 {
		t.Errorf("%d flows of Webex", w.flows)
	}
}

// TestShownTo: a fold that reads streams or handshakes sees the flows that have them alone.
func TestShownTo(t *testing.T) {
	set := &record.Set{Flows: []*record.Flow{{FlowID: "plain", Webex: true}, {FlowID: "rtp", Webex: true}, {FlowID: "tls", Webex: true}},
		Streams: []*record.MediaStream{{FlowID: "rtp", Webex: true}}, TLS: []*record.TLSSession{{FlowID: "tls", Webex: true}}}
	f := newFacts(t.Context(), set, Options{Workers: 1})
	b := newBatch()
	for range 2 { // the second time it forgets what was there
		if err := f.add(nil, nil, []int{0, 1, 2}, b); err != nil {
			t.Fatal(err)
		}
	}
	for want, judge := range map[string]Judge{"plain rtp tls": PerFlow{}, "rtp": PerStream{}, "tls": PerTLS{}, "": PerSession{}} {
		var got []string
		for _, u := range b.shownTo(judge.Begin(f.env)) {
			got = append(got, u.FlowID)
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%T: %q, want %q", judge, text, want)
		}
	}
}

// TestRunUntil: a run that nobody waits for has no findings.
func TestRunUntil(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := new(witness)
	o := Options{Catalogue: NewCatalogue(&Rule{ID: "WXA-MED-001", Judge: Custom(func(*Env) Fold { return w })})}
	findings, s, err := RunUntil(ctx, &record.Set{Flows: []*record.Flow{{Webex: true}}}, o)
	if err == nil || findings != nil || s != nil || w.flows != 0 || w.closed != nil {
		t.Errorf("%v, %v, %+v", findings, err, w)
	}
}

// TestWants: which flows the kinds of rules read.
func TestWants(t *testing.T) {
	flows := map[string]*record.Flow{"webex": {Webex: true}, "lookup": {Lookups: []record.Lookup{{}}},
		"third": {Service: record.ThirdParty}, "proxy": {Connect: new(record.ConnectFacts)}, "other": {}}
	for reads, want := range map[Reads]string{0: "webex", ReadWebex: "webex", ReadLookups: "lookup", ReadThird: "proxy third",
		ReadWebex | ReadThird: "proxy third webex", ReadAll: "lookup other proxy third webex"} {
		var got []string
		for name, f := range flows {
			if reads.wants(&observe.Flow{Flow: f}) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%d: %s, want %s", reads, text, want)
		}
	}
}

// TestPer: what is counted, lacking and wrong, from the count on that is enough.
func TestPer(t *testing.T) {
	limit := NewLimit("WXA-MED-001.least", "flows", 2, 2, 2, 1, 9, "ours: so it is", "the least")
	say := func(s string) wording.Text { return wording.New("test."+s, "%s", s) }
	for _, tt := range []struct {
		name   string
		flows  string // of each: w wrong, l lacking, g good, - not spoken of
		enough *Limit
		want   string
	}{
		{"none", "--", nil, "not-observed, no flow in this capture"}, {"good", "gg-", nil, "pass, all well (2 flows judged)"},
		{"in part", "gll", nil, "pass, all well (1 flow judged); 2 not judged: an answer"},
		{"lacking", "ll", nil, "not-assessable, 2 flows seen, none could be judged"}, {"wrong", "wg", nil, "fail, 1 of 2"},
		{"not enough", "wg", limit, "pass, all well (2 flows judged)"}, {"enough", "wgw", limit, "fail, 2 of 3"},
	} {
		set := new(record.Set)
		for i, kind := range tt.flows {
			set.Flows = append(set.Flows, &record.Flow{FlowID: fmt.Sprint(i), Webex: true, App: string(kind)})
		}
		is := func(kind string) func(*Env, *observe.Flow) bool {
			return func(_ *Env, f *observe.Flow) bool { return f.App == kind }
		}
		rule := &Rule{ID: "WXA-MED-001", Judge: PerFlow{Of: wording.Noun{One: "flow", Many: "flows"}, Pass: say("all well"),
			Applies: func(e *Env, f *observe.Flow) bool { return !is("-")(e, f) },
			Lacks: func(e *Env, f *observe.Flow) wording.Text {
				if is("l")(e, f) {
					return say("an answer")
				}
				return wording.Text{}
			},
			Breaks: func(e *Env, f *observe.Flow, _ *Group) bool { return is("w")(e, f) }, Enough: tt.enough,
			Report: func(_ *Scope, g *Group) (Verdict, bool) {
				return Verdict{State: record.Fail, Summary: wording.New("test.of", "%d of %d", g.Count, g.Judged)}, true
			}}}
		findings, _ := Run(set, Options{Catalogue: NewCatalogue(rule), Workers: 1})
		if len(findings) != 1 || fmt.Sprintf("%s, %s", findings[0].State, findings[0].Summary) != tt.want {
			t.Errorf("%s: %s", tt.name, Describe(findings))
		}
	}
}

// TestNetworkFilter: how Wireshark is asked for the packets of networks.
func TestNetworkFilter(t *testing.T) {
	const outer = "(vlan.id == 7 || ieee8021ad.id == 7)"
	for _, tt := range []struct {
		list []record.Network
		want string
	}{
		{[]record.Network{{}}, "!vlan && !ieee8021ad"}, {[]record.Network{{OuterVLAN: 7}}, outer},
		{[]record.Network{{OuterVLAN: 7, InnerVLAN: 8}}, "(" + outer + " && vlan.id == 8)"},
		{[]record.Network{{Tunnel: "vxlan", ID: 5}}, "vxlan.vni == 5"},
		{[]record.Network{{Tunnel: "nvgre", ID: 5}}, "gre.key >= 1280 && gre.key <= 1535"},
		{[]record.Network{{Tunnel: "unknown", ID: 5}}, "!vlan && !ieee8021ad"},
		{[]record.Network{{Tunnel: "gre", ID: 5}, {InnerVLAN: 8}}, "(gre.key == 5 || vlan.id == 8)"},
	} {
		if got := anyNetwork(tt.list); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.list, got, tt.want)
		}
	}
}

// TestTimelines: a client's events are in the order of time; of too many the earliest are kept.
func TestTimelines(t *testing.T) {
	read := func(x *Timelines[int]) (text string) {
		for c, list := range x.All {
			text += fmt.Sprint(c, " ", len(list), " from ", list[0].At, list[0].ID, " to ", list[len(list)-1].At, ";")
		}
		return text
	}
	for n, over := range map[int]bool{maxEvents: false, maxEvents + 1: true, 2*maxEvents + 5: true} {
		x, y := NewTimelines[int](), NewTimelines[int]()
		for i := range n {
			part := &x
			if i%3 == 0 {
				part = &y
			}
			part.Add(client, record.Time(n-i), "a", i)
		}
		x.Merge(&y)
		want := fmt.Sprint("10.0.0.1 ", maxEvents, " from ", record.Time(1), "a to ", record.Time(maxEvents), ";")
		if got := read(&x); got != want || x.Over != over {
			t.Errorf("%d events: %s over %v, want %s", n, got, x.Over, want)
		}
	}
	x := NewTimelines[int]()
	x.Add(client, 5, "b", 0)
	x.Add(client, 5, "a", 0)
	if got := read(&x); got != fmt.Sprint("10.0.0.1 2 from ", record.Time(5), "a to ", record.Time(5), ";") {
		t.Error(got)
	}
}

// TestGroupFlows: a group adds up the bytes and time of its flows, each once, and keeps so many subjects at most.
func TestGroupFlows(t *testing.T) {
	e := newEnv(nil, Options{})
	flow := func(id string, fwd, rev int64) *observe.Flow {
		f := &record.Flow{FlowID: id, BytesFwd: fwd, BytesRev: rev, StartTime: 2e9, EndTime: 5e9}
		return &observe.Flow{Flow: f, From: client}
	}
	a, b := NewGroup(record.Subject{}), NewGroup(record.Subject{})
	a.Flow(e, flow("1", 10, 5), nil)
	a.Flow(e, flow("1", 10, 5), nil)
	b.Flow(e, flow("2", 100, 50), nil)
	b.Flow(e, flow("3", 1, 1), nil)
	a.Merge(b, nil)
	if a.Flows != 3 || a.Bytes != 167 || a.Seconds() != 9 || a.Clients.Len() != 1 {
		t.Errorf("%d flows, %d bytes, %v s, %d clients", a.Flows, a.Bytes, a.Seconds(), a.Clients.Len())
	}
	for n, want := range map[int]int{maxGroups: maxGroups, 3 * maxGroups: maxGroups} {
		gs, kept := NewGroups(nil), 0
		for i := range n {
			gs.At(record.Subject{Key: fmt.Sprintf("%06d", i)})
		}
		for range gs.All {
			kept++
		}
		if kept != want || gs.Over != (n > maxGroups) {
			t.Errorf("%d subjects: %d kept, over %v", n, kept, gs.Over)
		}
	}
}

// TestParts: what windows leave to those that follow names few flows of each part, the same however they were dealt; a
// run in one piece names more.
func TestParts(t *testing.T) {
	cite := &Citation{Kind: "transaction", Keys: []string{"syn"}}
	for _, tt := range []struct {
		windows    bool
		cites, ids int
	}{{false, maxCited, maxPartIDs}, {true, maxWindowPartCited, maxWindowPartIDs}} {
		e := newEnv(nil, Options{})
		e.windows = tt.windows
		a, b, whole := e.NewPart(record.Subject{}), e.NewPart(record.Subject{}), NewGroup(record.Subject{})
		for i := range 150 {
			f := &record.Flow{FlowID: fmt.Sprintf("%03d", i), StartTime: record.Time(1000 - i)}
			[]*Group{a, b}[i%2].Flow(e, &observe.Flow{From: client, Flow: f}, cite)
		}
		a.Merge(b, cite)
		whole.Merge(a, cite)
		ids := whole.flowIDs()
		if len(whole.best) != tt.cites || len(ids) != tt.ids || ids[len(ids)-1] != "149" ||
			whole.best[1].ID != "148" || whole.Flows != 150 {
			t.Errorf("windows %v: cites %d of %d flows, names %d up to %s, the second is %s", tt.windows, len(whole.best),
				whole.Flows, len(ids), ids[len(ids)-1], whole.best[1].ID)
		}
	}
}

// TestNumbersOf: packets of a flow are named where there are such and a filter can hold them; else the whole flow is.
func TestNumbersOf(t *testing.T) {
	many := make([]int64, maxInFilter+1)
	for i := range many {
		many[i] = int64(2*i + 1)
	}
	for _, tt := range []struct {
		name    string
		packets []int64
		last    string // file
		want    string
	}{
		{"some", []int64{7, 0, 3, -1, 8}, "", "frame.number in {3, 7..8}"}, {"none", []int64{0}, "", "whole"},
		{"just enough", many[1:], "", "frame.number in"}, {"too many", many, "", "whole"}, {"two files", []int64{7}, "b", "whole"},
	} {
		f := &observe.Flow{Flow: v4("f"), Whole: []record.Evidence{{Filter: "whole"}}}
		f.LastFile = tt.last
		got := citing("a").Numbers("packets", f, tt.packets, nil)
		if len(got) != 1 || !strings.HasPrefix(got[0].Filter, tt.want) || got[0].Kind != "packets" {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// TestFlowEnds: of a flow whose packet numbers were not kept the filter names its ends, where these are known.
func TestFlowEnds(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*record.Flow)
		file    string
		packets int64
		filter  string
	}{
		{"no numbers", func(*record.Flow) {}, "only", 0, v4Tuple},
		{"the ends", func(f *record.Flow) { f.FirstPacket, f.LastPacket = 3, 9 }, "only", 7,
			"frame.number >= 3 && frame.number <= 9 && " + v4Tuple},
		{"a file of its own", func(f *record.Flow) { f.FirstFile, f.LastFile = "b", "b" }, "b", 0, v4Tuple},
		{"overlapping", func(f *record.Flow) { f.FirstPacket, f.LastPacket, f.Overlap = 3, 9, true }, "only", 0,
			"frame.number >= 3 && frame.number <= 9 && " + v4Tuple},
	} {
		f := v4("f")
		f.PacketsFwd, f.PacketsRev, f.Duplicates = 4, 2, 1
		tt.change(f)
		got := flowEnds(f, "only")
		if len(got) != 1 || got[0].File != tt.file || got[0].Packets != tt.packets || got[0].Filter != tt.filter {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// TestFindingKeepsHosts: a group that goes on after it was reported changes nothing in the finding.
func TestFindingKeepsHosts(t *testing.T) {
	g := NewGroup(record.Subject{Kind: "run", Key: "all"})
	for _, name := range []string{"b", "c", "d"} {
		g.Host(name)
	}
	s := &Scope{Env: newEnv(nil, Options{}), Context: &Context{}, Rule: &Rule{ID: "WXA-MED-001"}}
	s.Report(g, Verdict{State: record.Warn})
	g.Host("a")
	g.Hosts.List()
	if got := s.findings[0].Hosts; !slices.Equal(got, []string{"b", "c", "d"}) {
		t.Errorf("hosts became %v", got)
	}
}
