package analyzer_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// sipRecords analyses a capture and returns the flows with SIP.
func sipRecords(t *testing.T, c *pcaptest.Capture) (list []*record.Flow, set *record.Set) {
	t.Helper()
	set = watch(t, c, "", "")
	for _, f := range set.Flows {
		if f.SIP != nil {
			list = append(list, f)
		}
	}
	return list, set
}

// TestSIPRecords: a call over UDP and one over TCP give the same record, and their RTP the clock rate that only SDP
// tells.
func TestSIPRecords(t *testing.T) {
	list, set := sipRecords(t, pcaptest.SIPCalls())
	if len(list) != 2 {
		t.Fatalf("%d flows with SIP", len(list))
	}
	for i, client := range []netip.Addr{pcaptest.ClientA, pcaptest.ClientB} {
		f := list[i]
		got := fmt.Sprint(f.Proto, f.SIP.Messages, f.SIP.Requests, f.SIP.Answers, f.SIP.CallID, f.SIP.Agents,
			f.SIP.Compared, f.SIP.Short+f.SIP.Long+f.SIP.Cut, len(f.SIP.Addresses))
		want := []string{"udp", "tcp"}[i] + "7 map[ACK:1 BYE:1 INVITE:1] map[100:1 180:1 200:2]pcaptest-1[pcaptest-ua pcaptest-server] map[contact:3 sdp:1 via:3] 0 0"
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		m := f.SIP.Media[0]
		if got, want := fmt.Sprintf("%s %s:%d %s %s %v", m.Direction, m.Address, m.Port, m.Kind, m.Profile, m.Types),
			fmt.Sprintf("fwd %v:%d audio RTP/AVP [{110 G7221 16000}]", client, 16500+100*i); len(f.SIP.Media) != 2 || got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if len(set.Streams) != 4 {
		t.Fatalf("%d streams", len(set.Streams))
	}
	for _, s := range set.Streams {
		if s.ClockRate != 16000 || s.ClockSource != "known" || s.Kind != "audio" || s.Profile != "RTP/AVP" ||
			s.JitterMaxMs == nil || *s.JitterMaxMs > 0.01 {
			t.Errorf("%s: %s, %d Hz %s, %s", s.StreamID, s.Kind, s.ClockRate, s.ClockSource, s.Profile)
		}
	}
}

// TestRetransmissionsApart: streams that send packets again are counted as such, and bear no jitter.
func TestRetransmissionsApart(t *testing.T) {
	s := pcaptest.New(21, pcaptest.Start)
	c := pcaptest.NewSIPCall(pcaptest.ClientA, pcaptest.ClientB)
	c.Rtpmap = "110 rtx/90000"
	s.SIPCall(c)
	_, set := sipRecords(t, s.Capture())
	if len(set.Streams) != 2 || len(set.Intervals) == 0 {
		t.Fatalf("%d streams, %d intervals", len(set.Streams), len(set.Intervals))
	}
	for _, m := range set.Streams {
		if m.Kind != "rtx" || m.ClockRate != 90000 || m.JitterMeanMs != nil || m.JitterMaxMs != nil || m.Packets != 98 {
			t.Errorf("%s: %s, %d Hz, jitter %v", m.StreamID, m.Kind, m.ClockRate, m.JitterMeanMs)
		}
	}
	for _, r := range set.Intervals {
		if r.JitterMeanMs != nil || r.JitterMaxMs != nil {
			t.Errorf("%s: jitter %v", r.StartTime, *r.JitterMeanMs)
		}
	}
}

// TestSIPMangled: what a gateway rewrote in part shows as it is.
func TestSIPMangled(t *testing.T) {
	list, _ := sipRecords(t, pcaptest.SIPMangled())
	if len(list) != 1 {
		t.Fatalf("%d flows with SIP", len(list))
	}
	f := list[0]
	var got []string
	for _, a := range f.SIP.Addresses {
		got = append(got, fmt.Sprintf("%s %v for %v %v x%d from %d", a.Where, a.Address, a.Packet, a.RPort, a.Count, a.First))
	}
	if want := []string{"via 10.20.1.15 for 198.51.100.7 true x3 from 1", "contact 10.20.1.15 for 198.51.100.7 true x3 from 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if f.SIP.Long != 2 || f.SIP.Short != 0 || f.SIP.Compared["sdp"] != 1 || f.Webex {
		t.Errorf("%+v", f.SIP)
	}
	keys := ""
	for _, k := range f.KeyPackets {
		keys += fmt.Sprintf(" %s %d", k.Kind, k.Packet)
	}
	if want := " sip-request 1 sip-length 1 sip-answer 2 sip-answer 3 sip-answer 4 sip-length 4 sip-request 5 sip-request 202"; keys != want {
		t.Errorf("got %s, want %s", keys, want)
	}
}

// TestSIPWorkers: announcements reach streams of flows that other workers own; their number changes nothing.
func TestSIPWorkers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.pcap")
	if err := pcaptest.SIPCalls().Save(path); err != nil {
		t.Fatal(err)
	}
	sameOf(t, path, []int{1, 2, 5}, func(int, *record.Set) {})
}

// sameOf audits a capture with each number of workers, shows what comes out, and compares it with that of the first.
func sameOf(t *testing.T, path string, workers []int, show func(workers int, set *record.Set)) {
	t.Helper()
	var first []byte
	for _, n := range workers {
		set, err := run(t, analyzer.Config{Files: []string{path}, Workers: n})
		if err != nil {
			t.Fatal(err)
		}
		b := lines(t, set)
		if first == nil {
			first = b
		} else if string(b) != string(first) {
			t.Errorf("%d workers:\n%s", n, firstDifference(b, first))
		}
		show(n, set)
	}
}
