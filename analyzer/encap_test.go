package analyzer_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/pcaptest/oracle"
	"webexaudit/analyzer/record"
)

// wraps are the encapsulations.
func wraps() map[string][]pcaptest.Wrap {
	outer := mirrorOuter
	return map[string][]pcaptest.Wrap{
		"802.1Q":             {pcaptest.VLAN(30)},
		"QinQ":               {pcaptest.QinQ(100, 30)},
		"MPLS":               {pcaptest.MPLS(1000, 16)},
		"PPPoE":              {pcaptest.PPPoE(7)},
		"GRE":                {pcaptest.GREv0(outer, pcaptest.GRE{})},
		"ERSPAN I":           {pcaptest.ERSPAN(outer, 1, 5)},
		"ERSPAN II":          {pcaptest.ERSPAN(outer, 2, 5)},
		"ERSPAN III":         {pcaptest.ERSPAN(outer, 3, 5)},
		"VXLAN":              {pcaptest.VXLAN(outer, 5000)},
		"Geneve":             {pcaptest.Geneve(outer, 5000, nil)},
		"GTP-U":              {pcaptest.GTPU(outer, 77, true)},
		"IP in IP":           {pcaptest.IPIP(outer)},
		"NVGRE":              {pcaptest.NVGRE(outer, 5000, 9)},
		"L2TPv2":             {pcaptest.L2TPv2(outer, 3, 4, false)},
		"L2TPv2, full":       {pcaptest.L2TPv2(outer, 3, 4, true)},
		"L2TPv3":             {pcaptest.L2TPv3(outer, 9, nil, false)},
		"L2TPv3, cookie":     {pcaptest.L2TPv3(outer, 9, []byte("cookie42"), false)},
		"L2TPv3 over UDP":    {pcaptest.L2TPv3(outer, 9, []byte("cook"), true)},
		"EtherIP":            {pcaptest.EtherIP(outer)},
		"CAPWAP, 802.3":      {pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{})},
		"CAPWAP, 802.11":     {pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Wireless: true, Swapped: true, Down: true})},
		"VXLAN in ERSPAN II": {pcaptest.VXLAN(outer, 5000), pcaptest.ERSPAN(outer, 2, 5)},
	}
}

// TestEncapsulated: a meeting says the same whatever it is wrapped into and whatever the link type is.
func TestEncapsulated(t *testing.T) {
	plain := pcaptest.UnmarkedAudio()
	want := gist(t, plain)
	for name, w := range wraps() {
		t.Run(name, func(t *testing.T) {
			if got := gist(t, plain.Wrap(w...)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	for _, link := range []pcaptest.Link{pcaptest.LinkRaw, pcaptest.LinkNull, pcaptest.LinkLoop, pcaptest.LinkSLL,
		pcaptest.LinkSLL2, pcaptest.LinkPKTAP, pcaptest.LinkRadiotap} {
		t.Run(fmt.Sprintf("link type %d", link), func(t *testing.T) {
			if got := gist(t, plain.As(link)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// gist is what a capture's audit comes to: Webex flows, streams, and findings that fail or warn.
func gist(t *testing.T, c *pcaptest.Capture) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.pcapng")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	set, err := run(t, analyzer.Config{Files: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range set.Flows {
		fmt.Fprintln(&b, f.SrcIP, f.SrcPort, f.DstIP, f.DstPort, f.PacketsFwd, f.PacketsRev, f.Webex, f.Function,
			f.Transport, f.SNI)
	}
	for _, s := range set.Streams {
		fmt.Fprintln(&b, s.SSRC, s.Kind, s.Packets, s.Lost, s.DSCP)
	}
	for _, f := range set.Findings {
		if f.State == record.Fail || f.State == record.Warn {
			fmt.Fprintln(&b, f.Rule, f.State, f.Summary)
		}
	}
	return b.String()
}

// TestEncapsulatedTshark: tshark finds the same innermost conversations with the same numbers of packets in each
// encapsulation.
func TestEncapsulatedTshark(t *testing.T) {
	oracle.Tshark(t)
	plain := pcaptest.UnmarkedAudio().Filter(func(i int, _ pcaptest.Frame) bool { return i < 600 })
	captures := make(map[string]*pcaptest.Capture)
	for name, w := range wraps() {
		if !strings.HasPrefix(name, "L2TPv3") { // tshark must be told the kind of pseudowire and the cookie
			captures[name] = plain.Wrap(w...)
		}
	}
	for _, link := range []pcaptest.Link{pcaptest.LinkRaw, pcaptest.LinkNull, pcaptest.LinkLoop, pcaptest.LinkSLL,
		pcaptest.LinkSLL2, pcaptest.LinkPKTAP, pcaptest.LinkRadiotap} {
		captures[fmt.Sprintf("link type %d", link)] = plain.As(link)
	}
	for name, c := range captures {
		path := filepath.Join(t.TempDir(), "c.pcap")
		if err := c.Save(path); err != nil {
			t.Fatal(err)
		}
		theirs, err := runTshark(path)
		if err != nil {
			t.Fatal(err)
		}
		set, err := run(t, analyzer.Config{Files: []string{path}, Dedup: analyzer.DedupOff})
		if err != nil {
			t.Fatal(err)
		}
		list, agreed := compareFacts(name, ourFacts(set), theirs.facts(set))
		if agreed["conversation"] < 10 {
			t.Errorf("%s: %d conversations agree", name, agreed["conversation"])
		}
		for _, d := range list {
			if d.what == "conversation" {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
}
