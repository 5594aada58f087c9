package analyzer_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// TestGrowthOfOutput: beyond its beginning a flood that nobody answers adds next to nothing to the output, no flow of
// it is lost to the counts, and the number of workers changes nothing.
func TestGrowthOfOutput(t *testing.T) {
	const small, large = 12_000, 24_000
	if testing.Short() {
		t.Skip("24,000 flows of several kinds by one worker and by three take long under the race detector")
	}
	for _, f := range growthFloods {
		bounded := map[string]int{ // bytes of output that the large flood may add for each packet more
			"UDP flows of one packet": 1, "TCP SYN from many": 1, "STUN requests of many flows": 1, "clients with a test each": 1,
		}
		limit, ok := bounded[f.name]
		if !ok {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			few, _ := outputOf(t, f.make(small), 1)
			many, set := outputOf(t, f.make(large), 1)
			t.Logf("%d packets: %d bytes; %d packets: %d bytes", small, len(few), large, len(many))
			if more := len(many) - len(few); more > limit*(large-small) {
				t.Errorf("%d packets more add %d bytes", large-small, more)
			}
			var flows, packets int64
			for _, r := range set.Flows {
				flows, packets = flows+r.Count(), packets+r.PacketsFwd+r.PacketsRev
			}
			if flows != large || packets != large || set.Summary.Flows != large {
				t.Errorf("%d flows, %d packets, %d in the summary", flows, packets, set.Summary.Flows)
			}
			if other, _ := outputOf(t, f.make(large), 3); !bytes.Equal(many, other) {
				t.Error("three workers give another result than one")
			}
		})
	}
}

// outputOf is the JSON Lines of an audit.
func outputOf(t *testing.T, c *pcaptest.Capture, workers int) ([]byte, *record.Set) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "flood.pcap")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	set, err := run(t, analyzer.Config{Files: []string{path}, Workers: workers, Hash: capture.NoHash})
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.ReplaceAll(string(lines(t, set)), path, "flood.pcap")), set
}

const testsOfOne, forged = 2500, 3000

// unansweredTests is a client whose tests of two media nodes, over UDP and to one of them over TCP, are not answered,
// beside tests from forged addresses. Its question to a resolver is.
func unansweredTests() *pcaptest.Capture {
	s := pcaptest.New(1, pcaptest.Start)
	at := func(ms int) time.Time { return pcaptest.Start.Add(time.Duration(ms) * time.Millisecond) }
	client := host(1)
	s.DNS(client, netip.MustParseAddrPort("10.0.0.53:53"),
		pcaptest.DNS{Name: "example.com", Addrs: []netip.Addr{host(9)}}, pcaptest.Path{})
	for i := range testsOfOne {
		for _, node := range []string{"170.72.1.2", "23.89.1.2"} {
			s.Packet(at(100+i), udp(client, netip.MustParseAddr(node), i, uint16(10_000+i), 5004, bindingRequest(i)))
		}
		syn := pcaptest.TCP{Src: uint16(10_000 + i), Dst: 5004, Flags: pcaptest.SYN}
		s.Packet(at(100+i), pcaptest.IP{Src: client, Dst: webexNode, ID: uint16(i) | 1}.TCP(syn, nil))
	}
	for i := range forged {
		src := netip.AddrFrom4([4]byte{11, 7, byte(i >> 8), byte(i)})
		s.Packet(at(200), udp(src, webexNode, i, 40_000, 5004, bindingRequest(i)))
	}
	s.Packet(at(60_000), udp(client, host(9), 1, 7, 7, nil))
	return s.Capture()
}

// TestSummedFlowsAreJudged: rules and the matrix count each flow that a record stands for, and what forged addresses
// sent accuses nobody.
func TestSummedFlowsAreJudged(t *testing.T) {
	_, set := outputOf(t, unansweredTests(), 2)
	if len(set.Flows) > 3*100+1000+20 {
		t.Errorf("%d records", len(set.Flows))
	}
	asked := map[string]int64{}
	for _, r := range set.Reachability {
		if r.Client == "10.0.0.0/24" {
			asked[fmt.Sprint(r.Prefix, " ", r.Transport)] += r.Silent
		}
	}
	want := map[string]int64{"170.72.0.0/16 udp": testsOfOne, "23.89.0.0/16 udp": testsOfOne,
		"170.72.0.0/16 tcp": testsOfOne}
	if !maps.Equal(asked, want) {
		t.Errorf("silent flows: %v, want %v", asked, want)
	}
	var accused []string
	for _, f := range set.Findings {
		if f.Rule == "WXA-MED-004" {
			accused = append(accused, f.Subject.Key+": "+f.Summary)
		}
	}
	if len(accused) != 1 || !strings.HasPrefix(accused[0], "10.0.0.0/24: none of 5,000 tests") {
		t.Errorf("%q", accused)
	}
	for _, r := range set.Flows {
		if r.Sources > 0 && (r.Webex || r.Sources != r.Flows || r.Flows != forged-1000) {
			t.Errorf("strangers: webex %v, %d flows from %d addresses", r.Webex, r.Flows, r.Sources)
		}
	}
}
