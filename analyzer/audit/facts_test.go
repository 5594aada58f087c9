package audit

import (
	"net/netip"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// TestPair: two streams of one SSRC are one on its way through the cloud, or through a relay, where they run together.
func TestPair(t *testing.T) {
	const ms = record.Time(1e6)
	other, public := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("203.0.113.9")
	for _, tt := range []struct {
		name       string
		from       netip.Addr // of the second stream's client
		up         bool       // it goes up as the first does
		start, end record.Time
		want       string
	}{
		{"to another", other, false, 0, 10_000 * ms, "far"}, {"to itself", client, false, 0, 10_000 * ms, ""},
		{"a second later", other, false, 1000 * ms, 10_000 * ms, "far"}, {"later", other, false, 1000*ms + 1, 10_000 * ms, ""},
		{"most of the time", other, false, 0, 8000 * ms, "far"},
		{"a part of it", other, false, 1000 * ms, 30_000 * ms, "far"},
		{"relayed", public, true, 50 * ms, 10_000 * ms, "near"}, {"relayed late", public, true, 51 * ms, 10_000 * ms, ""},
		{"both inside", other, true, 0, 10_000 * ms, ""},
	} {
		flows := []*record.Flow{{FlowID: "a", SrcIP: client, DstIP: cloud, Client: client},
			{FlowID: "b", SrcIP: tt.from, DstIP: cloud, Client: tt.from}}
		streams := []*record.MediaStream{{FlowID: "a", SSRC: 7, Upstream: true, EndTime: 10_000 * ms},
			{FlowID: "b", SSRC: 7, Upstream: tt.up, StartTime: tt.start, EndTime: tt.end}}
		for i := range flows {
			flows[i].Webex, streams[i].Webex = true, true
		}
		f := newFacts(t.Context(), &record.Set{Flows: flows, Streams: streams}, Options{Workers: 1})
		got := ""
		a, b := f.known["a"].carrier, f.known["b"].carrier
		for _, l := range a.legs {
			if got = "near"; l.far {
				got = "far"
			}
		}
		if got != tt.want || len(a.legs) != len(b.legs) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestEnterprise: only these places lie between the clients and the edge.
func TestEnterprise(t *testing.T) {
	for value, want := range map[string]bool{"access": true, "inside": true, "outside": false, "": false} {
		if (Place{Value: value}).Enterprise() != want {
			t.Errorf("%q: %v", value, !want)
		}
	}
}

// TestAnnounced: SIP in clear announces the address and port of a call's media; what is no address, or no port,
// announces nothing.
func TestAnnounced(t *testing.T) {
	sip := func(id, address string, port int) *record.Flow {
		return &record.Flow{SIP: &record.SIPFacts{CallID: id, Media: []record.SIPMedia{{Address: address, Port: port}}}}
	}
	for _, tt := range []struct {
		name string
		sip  *record.Flow
		want bool
	}{
		{"announced", sip("c", "10.0.0.1", 52000), true}, {"another port", sip("c", "10.0.0.1", 52001), false},
		{"no port", sip("c", "10.0.0.1", 0), false}, {"a name", sip("c", "phone.example", 52000), false},
		{"no call", sip("", "10.0.0.1", 52000), false}, {"no SIP", new(record.Flow), false},
	} {
		media := record.Flow{FlowID: "media", SrcIP: client, DstIP: cloud, Client: client, SrcPort: 52000, DstPort: 5004}
		other := media
		other.FlowID, other.SrcPort = "other", 0
		tt.sip.Webex = true
		f := newFacts(t.Context(), &record.Set{Flows: []*record.Flow{&media, tt.sip, &other},
			Streams: []*record.MediaStream{{FlowID: "media"}, {FlowID: "other"}}}, Options{Workers: 1})
		got := f.known["media"].carrier.callID
		if (got == "c") != tt.want || got != "" && got != "c" || f.known["other"].carrier.callID != "" {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// TestPlaces: the subnets of a finding are those of its clients that have an address.
func TestPlaces(t *testing.T) {
	f := &record.Finding{Severity: record.High, Clients: []string{"10.20.1.15", "room", "10.20.1.16", "10.20.2.1"}}
	complete([]*record.Finding{f}, nil)
	if got := strings.Join(f.ClientSubnets, " "); got != "10.20.1.0/24 10.20.2.0/24" || f.SeverityRank != record.High.Rank() ||
		len(f.Sites) != 0 {
		t.Errorf("%s, %v, rank %d", got, f.Sites, f.SeverityRank)
	}
}

// TestFactsOfAddresses: an address is seen in both directions where one of its flows is, over UDP by such of UDP.
func TestFactsOfAddresses(t *testing.T) {
	other := netip.MustParseAddr("10.0.0.9")
	f := newFacts(t.Context(), &record.Set{
		Flows: []*record.Flow{{FlowID: "1", Webex: true, SrcIP: client, DstIP: cloud, Proto: "tcp", PacketsFwd: 1, PacketsRev: 1, EndTime: 9},
			{FlowID: "2", SrcIP: other, DstIP: cloud, Proto: "udp", PacketsFwd: 1, EndTime: 30}},
		Sessions: []*record.Session{{FlowIDs: []string{"1", "gone", "2"}}},
		Health:   []*record.CaptureHealth{{EndTime: 20, ClockSteps: 1}, {Truncated: 1}},
	}, Options{Workers: 1})
	if !f.both[client] || !f.both[cloud] || f.both[other] || len(f.bothUDP) != 0 {
		t.Errorf("both directions of %v, over UDP of %v", f.both, f.bothUDP)
	}
	_, gone := f.find("gone")
	if n, ok := f.find("2"); f.flows.webex != 1 || n != 1 || !ok || gone || f.end != 30 || !f.clockStep || !f.truncated {
		t.Errorf("%d of Webex, flow %d, end %d, clock steps %v, truncated %v", f.flows.webex, n, f.end, f.clockStep, f.truncated)
	}
}

// TestFactsOfHealth: a clock that never went back, and packets that are whole, are no facts.
func TestFactsOfHealth(t *testing.T) {
	for _, tt := range []struct {
		h               record.CaptureHealth
		step, truncated bool
	}{{record.CaptureHealth{}, false, false}, {record.CaptureHealth{ClockSteps: 1}, true, false},
		{record.CaptureHealth{Truncated: 1}, false, true}} {
		set := &record.Set{Health: []*record.CaptureHealth{&tt.h, new(record.CaptureHealth)}}
		f := newFacts(t.Context(), set, Options{Workers: 1})
		if f.clockStep != tt.step || f.truncated != tt.truncated {
			t.Errorf("%+v: clock step %v, truncated %v", tt.h, f.clockStep, f.truncated)
		}
	}
}

// TestPlace: what the capture contradicts is possible, a weak guess probable, all else confirmed.
func TestPlace(t *testing.T) {
	for _, tt := range []struct {
		run  *record.Run
		want Place
	}{
		{nil, Place{Value: "unknown", Reason: "not stated"}}, {new(record.Run), Place{Value: "unknown", Reason: "not stated"}},
		{&record.Run{Vantage: record.Vantage{Value: "access", Declared: true, Reason: "x"}},
			Place{"access", record.Confirmed, "x"}},
		{&record.Run{Vantage: record.Vantage{Value: "wan", Declared: true, Confidence: record.Possible}},
			Place{"wan", record.Possible, ""}},
		{&record.Run{Vantage: record.Vantage{Value: "wan", Confidence: record.Possible}}, Place{"wan", record.Probable, ""}},
		{&record.Run{Vantage: record.Vantage{Value: "wan", Confidence: record.Probable}}, Place{"wan", record.Confirmed, ""}},
		{&record.Run{Vantage: record.Vantage{Value: "wan", Confidence: record.Confirmed}}, Place{"wan", record.Confirmed, ""}},
	} {
		f := factsOf()
		f.set.Run = tt.run
		if got := f.place(); got != tt.want {
			t.Errorf("%+v, want %+v", got, tt.want)
		}
	}
}
