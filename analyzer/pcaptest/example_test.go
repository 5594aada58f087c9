package pcaptest_test

import (
	"fmt"
	"net/netip"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// A client in VLAN 30 whose audio loses one packet in ten upstream, behind a VXLAN tunnel.
func Example() {
	s := pcaptest.New(42, pcaptest.Start)
	client, node := netip.MustParseAddrPort("10.20.7.7:52000"), netip.MustParseAddrPort("170.72.1.2:5004")

	s.DNS(client.Addr(), pcaptest.Resolver, pcaptest.DNS{Name: "locus-a.wbx2.com", Code: 3}, pcaptest.Path{})
	s.Advance(time.Second)

	u := s.UDP(client, node, pcaptest.Path{DSCP: pcaptest.EF, RTT: 30 * time.Millisecond, VLAN: []uint16{30}})
	s.STUN(u, s.WebexBinding())
	audio := pcaptest.RTPStream{
		From: pcaptest.Client, Start: u.Now(), Packets: 500, SSRC: 0x1234, PT: pcaptest.PTAudioUp,
		PayloadSize: pcaptest.Sizes(1, 60, 90), Loss: pcaptest.EveryNth(10),
	}
	pcaptest.Play(u, audio.Events())

	tunnel := pcaptest.Outer{Src: netip.MustParseAddr("10.99.0.1"), Dst: netip.MustParseAddr("10.99.0.2")}
	c := s.Capture().Wrap(pcaptest.VXLAN(tunnel, 5000))
	fmt.Println(len(c.Frames), "frames;", audio.Count())
	// Output: 454 frames; {500 50 0 0}
}
