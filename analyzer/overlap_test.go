package analyzer_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// analyze saves a capture and audits it.
func analyze(t *testing.T, c *pcaptest.Capture, config analyzer.Config) *record.Set {
	t.Helper()
	path := filepath.Join(t.TempDir(), "capture.pcapng")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	config.Files = []string{path}
	set, err := run(t, config)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

var mirrorOuter = pcaptest.Outer{Src: netip.MustParseAddr("192.0.2.1"), Dst: netip.MustParseAddr("192.0.2.2")}

// byDirection wraps the frames to the cloud and those from it differently: private addresses are the clients'.
func byDirection(up, down pcaptest.Wrap) pcaptest.Wrap {
	return func(f pcaptest.Frame) pcaptest.Frame {
		if f.Data[5] == 1 && f.Data[0] == 2 && f.Data[2] == 0 { // to the router, who speaks for all public addresses
			return up(f)
		}
		return down(f)
	}
}

// TestOverlap: two companies with the same addresses and ports, told apart by what separates their networks. Every TCP
// connection and every UDP flow with media in both directions is there twice, and nothing of either call is lost.
func TestOverlap(t *testing.T) {
	one, two := pcaptest.HealthyMeeting(), pcaptest.UnmarkedAudio().Shift(1300*time.Microsecond)
	key := func(k uint32) pcaptest.Wrap { return pcaptest.GREv0(mirrorOuter, pcaptest.GRE{Key: &k}) }
	for name, wraps := range map[string][2]pcaptest.Wrap{
		"two VNIs":              {pcaptest.VXLAN(mirrorOuter, 5001), pcaptest.VXLAN(mirrorOuter, 5002)},
		"two VLANs":             {pcaptest.VLAN(10), pcaptest.VLAN(20)},
		"a VLAN and none":       {pcaptest.VLAN(10), pcaptest.VLAN()},
		"two GRE keys":          {key(1), key(2)},
		"two labels":            {pcaptest.MPLS(16), pcaptest.MPLS(17)},
		"Geneve and QinQ":       {pcaptest.Geneve(mirrorOuter, 7, nil), pcaptest.QinQ(100, 30)},
		"a VNI, VLANs by sides": {pcaptest.VXLAN(mirrorOuter, 5001), byDirection(pcaptest.VLAN(10), pcaptest.VLAN(20))},
	} {
		t.Run(name, func(t *testing.T) {
			both := pcaptest.Merge(one.Wrap(wraps[0]), two.Wrap(wraps[1]))
			set := analyze(t, both, analyzer.Config{})
			want := tcpFlows(analyze(t, one, analyzer.Config{}))
			want = append(want, tcpFlows(analyze(t, two, analyzer.Config{}))...)
			slices.Sort(want)
			if got := tcpFlows(set); !slices.Equal(got, want) {
				t.Errorf("TCP:\ngot\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			media := 0
			for _, f := range set.Flows {
				if f.Proto == "udp" && f.PacketsFwd > 1000 && f.PacketsRev > 1000 {
					media++
				}
			}
			if split := !strings.Contains(name, "by sides"); split && media != 2 || !split && media == 0 {
				t.Errorf("%d media flows", media)
			}
			for _, s := range set.Streams {
				if s.Lost != 0 {
					t.Errorf("stream %08x lost %d of %d", s.SSRC, s.Lost, s.Expected)
				}
			}
			if n := set.Health[0].Duplicates; n != 0 {
				t.Errorf("%d duplicates", n)
			}
		})
	}
}

// tcpFlows lists the TCP flows with their packets and what they said; a pause or a copy would change them.
func tcpFlows(set *record.Set) (list []string) {
	for _, f := range set.Flows {
		if f.Proto == "tcp" {
			list = append(list, fmt.Sprint(f.SrcIP, " ", f.SrcPort, " ", f.DstIP, " ", f.DstPort, " ", f.PacketsFwd,
				"/", f.PacketsRev, " ", f.BytesFwd, "/", f.BytesRev,
				" ", f.SNI, " ", f.EndReason, " unseen ", f.TCP.UnseenFwd+f.TCP.UnseenRev, " again ", f.TCP.RetransFwd+f.TCP.RetransRev))
		}
	}
	slices.Sort(list)
	return list
}

// TestOneFlowInTwoNetworks: a connection stays one flow where each direction has a network of its own, where the
// network changes, and where a mirror shows all of it twice; the copies are counted by networks.
func TestOneFlowInTwoNetworks(t *testing.T) {
	plain := pcaptest.UnmarkedAudio()
	want := gist(t, plain)
	vlan := func(ids ...uint16) pcaptest.Wrap { return pcaptest.VLAN(ids...) }
	vni := func(n uint32) pcaptest.Wrap { return pcaptest.VXLAN(mirrorOuter, n) }
	middle := plain.Frames[len(plain.Frames)/2].Time
	moved := func(f pcaptest.Frame) pcaptest.Frame {
		if f.Time.Before(middle) {
			return vlan(10)(f)
		}
		return vlan(20)(f)
	}
	flip := 0
	flapping := func(f pcaptest.Frame) pcaptest.Frame { // both directions, by turns of 2,000 packets
		flip++
		return vlan(uint16(10 + flip/2000%2))(f)
	}
	half, later := int64(len(plain.Frames)), 300*time.Microsecond
	for _, tt := range []struct {
		name  string
		c     *pcaptest.Capture
		pairs map[string]int64
	}{
		{"a VLAN for each direction", plain.Wrap(byDirection(vlan(10), vlan(20))), nil},
		{"a VNI for each direction", plain.Wrap(byDirection(vni(10), vni(20))), nil},
		{"a failover to another VLAN", plain.Wrap(moved), nil},
		{"a path that flaps", plain.Wrap(flapping), nil},
		{"a mirror of two VLANs", pcaptest.Merge(plain.Wrap(vlan(10)), plain.Wrap(vlan(20)).Shift(later)), map[string]int64{"vlan 10 → vlan 20": half}},
		{"a mirror of two VNIs", pcaptest.Merge(plain.Wrap(vni(10)), plain.Wrap(vni(20)).Shift(later)), map[string]int64{"vxlan vni 10 → vxlan vni 20": half}},
		{"a mirror of a trunk and a port", pcaptest.Merge(plain.Wrap(vlan(10)), plain.Shift(later)), map[string]int64{"vlan 10 → untagged": half}},
		{"three times", pcaptest.Merge(plain.Wrap(vlan(10)), plain.Wrap(vlan(20)).Shift(later), plain.Wrap(vlan(30)).Shift(2*later)),
			map[string]int64{"vlan 10 → vlan 20": half, "vlan 10 → vlan 30": half}},
		{"a router on a stick", pcaptest.Merge(plain.Wrap(byDirection(vlan(10), vlan(20))), plain.Wrap(byDirection(vlan(20), vlan(10))).Shift(later)), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := copies.ReplaceAllString(gist(t, tt.c), ""); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			set := analyze(t, tt.c, analyzer.Config{})
			if got := set.Health[0].DuplicatePairs; tt.pairs != nil && fmt.Sprint(got) != fmt.Sprint(tt.pairs) {
				t.Errorf("pairs %v, want %v", got, tt.pairs)
			}
			for _, f := range set.Flows {
				if f.Overlap {
					t.Errorf("overlaps: %+v", f)
				}
			}
		})
	}
}

// copies is the finding about a mirror that shows packets twice, which is right.
var copies = regexp.MustCompile(`(?m)^WXA-CAP-003 .*\n`)

// TestLateCopies: copies later than the window are no other network's packets either, as long as a flow's last few
// packets tell.
func TestLateCopies(t *testing.T) {
	plain := pcaptest.UnmarkedAudio()
	late := pcaptest.Merge(plain.Wrap(pcaptest.VLAN(10)), plain.Wrap(pcaptest.VLAN(20)).Shift(12*time.Millisecond))
	set, want := analyze(t, late, analyzer.Config{}), analyze(t, plain, analyzer.Config{})
	if len(set.Flows) != len(want.Flows) || len(set.Streams) != len(want.Streams) {
		t.Errorf("%d flows and %d streams, want %d and %d", len(set.Flows), len(set.Streams), len(want.Flows), len(want.Streams))
	}
	for i, s := range set.Streams {
		if s.Lost != want.Streams[i].Lost {
			t.Errorf("stream %08x lost %d", s.SSRC, s.Lost)
		}
	}
}
