package analyzer_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// likeReal is a generated call with all that is known of the real one: ports of no plan, no marks, two talkers, a
// shared screen as the client's video.
func likeReal(t *testing.T) string {
	t.Helper()
	s := pcaptest.New(3, time.Date(2023, 6, 21, 14, 11, 59, 0, time.UTC))
	c := pcaptest.WebexNativeCall(pcaptest.Native2023, netip.MustParseAddr("192.168.0.103"),
		netip.MustParseAddrPort("170.72.31.207:9000"))
	c.Ports, c.Audio, c.Video = [4]uint16{62961, 62965, 62966, 62960}, 0, 0
	c.Content, c.Midway, c.Talkers, c.Lasting = true, true, 2, 51*time.Second
	s.NativeCall(c)
	path := filepath.Join(t.TempDir(), "native.pcapng")
	if err := s.Capture().Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNativeHealthy: of a healthy call in either shape nothing is said to be wrong, and each stream is what it is.
func TestNativeHealthy(t *testing.T) {
	for g, want := range map[pcaptest.Generation][]string{
		pcaptest.Native2020: {"up 98 audio", "up 127 fec", "down 101 audio", "down 111 fec", "up 108 video", "down 117 video"},
		pcaptest.Native2023: {"up 101 audio", "down 101 audio", "up 97 video", "down 117 video"},
	} {
		x := fixture{capture: func() *pcaptest.Capture { return pcaptest.NativeMeeting(g) }}
		set := x.audit(t)
		for _, f := range set.Findings {
			if accuses(f) {
				t.Errorf("shape %d: %s %s", g, f.Rule, finding(f))
			}
		}
		got := map[string]int{}
		for _, m := range set.Streams {
			got[streamName(m)]++
			if m.Lost != 0 || m.Duplicated != 0 || m.Reordered != 0 {
				t.Errorf("shape %d: %s: %d lost, %d duplicates, %d reordered", g, streamName(m), m.Lost, m.Duplicated, m.Reordered)
			}
		}
		for _, name := range want {
			if got[name] != 1 || len(got) != len(want) {
				t.Errorf("shape %d: streams %v, want %v", g, got, want)
			}
		}
	}
}

func streamName(m *record.MediaStream) string {
	way := "down"
	if m.Upstream {
		way = "up"
	}
	return fmt.Sprintf("%s %d %s", way, m.PayloadType, m.Kind)
}

// TestNativeTruth: loss before the capture point and behind it, and the round trip, are found as they were put in.
func TestNativeTruth(t *testing.T) {
	s := pcaptest.New(5, pcaptest.Start)
	c := pcaptest.WebexNativeCall(pcaptest.Native2023, pcaptest.ClientA, netip.AddrPortFrom(pcaptest.NodeA, 5004))
	c.RTT = 87 * time.Millisecond
	lost := map[uint32]int64{} // by SSRC; nothing shows the loss of the last packet
	c.Change = func(r *pcaptest.RTPStream) {
		if r.From == pcaptest.Server {
			r.Loss = pcaptest.EveryNth(20)
			lost[uint32(r.SSRC)] = int64((r.Packets - 1) / 20)
		} else {
			r.LossBehind = pcaptest.EveryNth(25)
			lost[uint32(r.SSRC)] = int64((r.Packets - 1) / 25)
		}
	}
	s.NativeCall(c)
	path := filepath.Join(t.TempDir(), "call.pcapng")
	if err := s.Capture().Save(path); err != nil {
		t.Fatal(err)
	}
	set, err := run(t, analyzer.Config{Files: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range set.Streams {
		checkTruth(t, m, lost[uint32(m.SSRC)])
	}
	if len(set.Streams) != 4 {
		t.Errorf("%d streams", len(set.Streams))
	}
}

// checkTruth: the client is beside the capture point, so that it lacks what is missing there and answers within half a
// millisecond; of what the node lacks only its reports tell. The last report is older than the last packets.
func checkTruth(t *testing.T, m *record.MediaStream, lost int64) {
	t.Helper()
	seen, trip := lost, .5
	if m.Upstream {
		seen, trip = 0, 87
	}
	if m.Lost != seen {
		t.Errorf("%s: %d lost, want %d", streamName(m), m.Lost, seen)
	}
	x := m.RTCP
	if x == nil || x.RTTMs == nil {
		t.Fatalf("%s: reports %+v", streamName(m), x)
	}
	if x.Lost > lost || x.Lost < lost*9/10 || lost == 0 {
		t.Errorf("%s: %d lost by reports, want %d", streamName(m), x.Lost, lost)
	}
	if *x.RTTMs < trip-.1 || *x.RTTMs > trip+.1 {
		t.Errorf("%s: round trip %v ms, want %v", streamName(m), *x.RTTMs, trip)
	}
}
