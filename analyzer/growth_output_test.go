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
			"TCP SYN of one client, refused": 12, "ICMP errors for flows": 12, // which have a hundred each minute
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
			if want := flowsOf(f.name, large); flows != want || packets != large || int64(set.Summary.Flows) != want {
				t.Errorf("%d flows, %d packets, %d in the summary", flows, packets, set.Summary.Flows)
			}
			if other, _ := outputOf(t, f.make(large), 3); !bytes.Equal(many, other) {
				t.Error("three workers give another result than one")
			}
		})
	}
}

// flowsOf are the flows of so many packets of a flood.
func flowsOf(flood string, packets int64) int64 {
	switch flood {
	case "TCP SYN of one client, refused":
		return packets / 2 // and their resets
	case "ICMP errors for flows":
		return packets/2 + 1 // the errors are a flow
	}
	return packets
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

// refusedTests is a client whose connections to a media node are reset, and whose tests over UDP a router rejects.
func refusedTests() *pcaptest.Capture {
	s := pcaptest.New(1, pcaptest.Start)
	client := host(1)
	for i := range testsOfOne {
		at := pcaptest.Start.Add(time.Duration(i) * time.Millisecond)
		syn := pcaptest.TCP{Src: uint16(10_000 + i), Dst: 5004, Flags: pcaptest.SYN}
		s.Packet(at, pcaptest.IP{Src: client, Dst: webexNode, ID: uint16(i) | 1}.TCP(syn, nil))
		rst := pcaptest.TCP{Src: 5004, Dst: uint16(10_000 + i), Flags: pcaptest.RST | pcaptest.ACK}
		s.Packet(at.Add(100_000), pcaptest.IP{Src: webexNode, Dst: client, ID: uint16(i)}.TCP(rst, nil))
		test := udp(client, webexNode, i, uint16(10_000+i), 5004, bindingRequest(i))
		s.Packet(at.Add(200_000), test)
		s.Packet(at.Add(300_000), pcaptest.IP{Src: host(9), Dst: client, ID: uint16(i)}.ICMPError(3, 13, 0, test))
	}
	return s.Capture()
}

// TestSummedRefusals: what is said of refusals is the same whether each has a record of its own or one stands for many.
func TestSummedRefusals(t *testing.T) {
	_, set := outputOf(t, refusedTests(), 2)
	if len(set.Flows) > 2*101+2 {
		t.Errorf("%d records", len(set.Flows))
	}
	refused := map[string]int64{}
	for _, r := range set.Reachability {
		refused[string(r.Transport)] += r.Reset + r.ICMPRejected
	}
	if want := (map[string]int64{"tcp": testsOfOne, "udp": testsOfOne}); !maps.Equal(refused, want) {
		t.Errorf("rejected: %v, want %v", refused, want)
	}
	for _, f := range set.Findings {
		if f.Rule == "WXA-NAT-003" && (f.Count != testsOfOne || !strings.Contains(f.Summary, "refuses 2,500 flows of 1 client")) {
			t.Errorf("%s: %d: %s", f.Rule, f.Count, f.Summary)
		}
	}
}
