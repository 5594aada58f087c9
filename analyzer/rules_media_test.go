package analyzer_test

import (
	"net/netip"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// mediaFixtures: media over another transport, port, address or packet size than it should have.
var mediaFixtures = []fixture{
	{name: "TLS to a node", rule: "WXA-MED-001", capture: pcaptest.TLSFallback, want: []string{"fail high " + lan + " 1"}},
	{name: "TLS of two clients", rule: "WXA-MED-001", want: []string{"fail high site hq 2"},
		site: "sites: [{name: hq, prefixes: [10.20.0.0/16]}]",
		capture: crowdOf(2, func(_ int, l *ladder) {
			l.asksUDP(false, 5004, 3, nodeA, nodeB)
			l.mediaTLS(nodeA, 32*time.Second)
		})},
	{name: "tests and signalling", rule: "WXA-MED-001", capture: pcaptest.ProbesOnly, want: []string{"not-observed high run all 0"}},

	{name: "through a proxy", rule: "WXA-MED-002", capture: pcaptest.TLSViaProxy, want: []string{"fail high proxy 10.20.0.80:8080 1"}},
	{name: "TCP to a node", rule: "WXA-MED-003", capture: pcaptest.TCPFallback, want: []string{"fail medium " + lan + " 1"}},

	{name: "UDP to 33434", rule: "WXA-MED-007", want: []string{"warn low " + lan + " 2"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.callsUDP(nodeA, 33434, 20*time.Second)
	})},
	{name: "traceroute to 33434", rule: "WXA-MED-007", want: []string{"pass low run all 2"}, capture: story(func(l *ladder) {
		l.callsUDP(nodeA, 5004, 20*time.Second)
		l.gameUDP(at(foreign, 33434), 0, 5*time.Second)
	})},

	{name: "an address of nobody", rule: "WXA-MED-008", want: []string{"warn low prefix 203.0.113.0/24 2"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.callsUDP(foreign, 5004, 20*time.Second)
	})},
	{name: "a game on 5004", rule: "WXA-MED-008", capture: pcaptest.GameOn9000, want: []string{"not-observed low run all 0"}},

	{name: "nothing comes back", rule: "WXA-MED-010", want: []string{"fail high " + lan + " 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.oneWay(52000, nodeA, 10*time.Second, 40*time.Second)
	})},
	{name: "Calling without STUN", rule: "WXA-MED-010", want: []string{"fail high " + lan + " 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		node := netip.MustParseAddr("139.177.66.20")
		u := l.UDP(l.from(8500), at(node, 20000), nodePath)
		pcaptest.Play(u, pcaptest.RTPStream{Start: l.Now(), Packets: 1100, SSRC: 9, PT: 0,
			PayloadSize: pcaptest.Always(160)}.Events())
	})},
	{name: "the other end sends all the while", rule: "WXA-MED-010", want: []string{"fail high " + lan + " 1"}, capture: twoEnds(15, 0, 15, 15)},
	{name: "the other end is mute", rule: "WXA-MED-010", want: []string{"not-assessable high run all 1"}, capture: twoEnds(40, 0, 0, 40)},
	{name: "neither end hears the other any more", rule: "WXA-MED-010", want: []string{"fail high " + lan + " 1"}, capture: twoEnds(40, 10, 40, 10)},
	{name: "both ends hear each other", rule: "WXA-MED-010", want: []string{"pass high run all 2"}, capture: twoEnds(40, 40, 40, 40)},
	{name: "lost inside of the translation", rule: "WXA-MED-010", want: []string{"fail high " + lan + " 1"}, capture: translated(true)},
	{name: "lost beyond the translation", rule: "WXA-MED-010", want: []string{"fail high " + lan + " 1"}, capture: translated(false)},
	{name: "a lonely conference", rule: "WXA-MED-010", capture: pcaptest.OneWayAudio, want: []string{"pass high run all 2"}},

	{name: "IPv6 in vain", rule: "WXA-MED-013", want: []string{"fail medium run all 6"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.asksUDP(true, 5004, 3, nodeA, nodeB)
		six := &ladder{Scenario: l.Scenario, client: netip.MustParseAddr("2001:db8:20::15")}
		six.asksUDP(false, 5004, 3, netip.MustParseAddr("2607:fcf0:1::1"), netip.MustParseAddr("2402:2500:3::1"))
		l.asksUDP(true, 5004, 3, nodeC)
	})},

	{name: "small MSS", rule: "WXA-MED-014", want: []string{"warn low " + lan + " 1"}, capture: story(func(l *ladder) {
		c := l.TCP(l.next(), at(sharedCloud, 443), pcaptest.Path{MSS: 1160}).Open()
		l.inTLS(c, pcaptest.TLS{Version: pcaptest.TLS13, SNI: "locus-a.wbx2.com", Chain: pcaptest.SignallingChain("*.wbx2.com")}, chatter)
		l.signsIn()
	})},
	{name: "fragments", rule: "WXA-MED-014", want: []string{"fail medium " + lan + " 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		u := l.UDP(l.from(52100), at(nodeA, 5004), pcaptest.Path{MTU: 1000})
		l.STUN(u, l.WebexBinding())
		video := pcaptest.RTPStream{Start: u.Now(), Packets: 300, SSRC: 5, PT: pcaptest.PTVideoUp,
			PayloadSize: pcaptest.Always(1180)}
		pcaptest.Play(u, video.Events(), l.voice(pcaptest.Server, u.Now(), 6*time.Second))
	})},
	{name: "packet too big", rule: "WXA-MED-014", want: []string{"fail medium " + lan + " 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		u := l.UDP(l.from(52100), at(nodeA, 5004), nodePath)
		l.STUN(u, l.WebexBinding())
		u.Send(make([]byte, 1400)).ICMP(pcaptest.Client, firewall, 3, 4)
		pcaptest.Play(u, l.voice(pcaptest.Client, u.Now(), 6*time.Second),
			l.voice(pcaptest.Server, u.Now(), 6*time.Second))
	})},

	{name: "nothing is heard", rule: "WXA-MED-017", want: []string{"warn low " + lan + " 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		u := l.UDP(l.from(52000), at(nodeA, 5004), nodePath)
		b := l.WebexBinding()
		l.STUN(u, b)
		start := l.Now().Add(100 * time.Millisecond)
		pcaptest.Play(u, l.voice(pcaptest.Client, start, 40*time.Second),
			l.voice(pcaptest.Server, start, 8*time.Second),
			l.Consents(u, b, start.Add(5*time.Second), 5*time.Second, 7))
		l.AdvanceTo(u.Now())
	})},
	{name: "both are heard", rule: "WXA-MED-017", want: []string{"pass low run all 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.callsUDP(nodeA, 5004, 25*time.Second)
	})},

	{name: "set up three times anew", rule: "WXA-MED-019", want: []string{"warn medium " + lan + " 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		for i := range uint16(4) {
			l.talks(52000+2*i, nodeA, 20*time.Second)
			l.Advance(24 * time.Second)
		}
	})},
	{name: "one path", rule: "WXA-MED-019", want: []string{"pass medium run all 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.talks(52000, nodeA, 40*time.Second)
	})},

	{name: "tests", rule: "WXA-MED-016", capture: pcaptest.ProbesOnly, want: []string{"pass info run all 72"}},
}

// oneWay is audio of which nothing comes back after some seconds: neither media nor answers to the checks.
func (l *ladder) oneWay(src uint16, node netip.Addr, good, dead time.Duration) {
	u := l.UDP(l.from(src), at(node, 5004), nodePath)
	b := l.WebexBinding()
	l.STUN(u, b)
	start := l.Now().Add(100 * time.Millisecond)
	lost := b
	lost.Unanswered = true
	pcaptest.Play(u, l.voice(pcaptest.Client, start, good+dead), l.voice(pcaptest.Server, start, good),
		l.Consents(u, b, start.Add(2*time.Second), 2*time.Second, int(good/(2*time.Second))-1),
		l.Consents(u, lost, start.Add(good), time.Second, int(dead/time.Second)))
	l.AdvanceTo(u.Now())
}

// callingNode is where the two ends of a call of Webex Calling send their media.
var callingNode = netip.MustParseAddr("139.177.66.20")

// g711 is audio of so many seconds.
func g711(from pcaptest.Side, ssrc uint32, start time.Time, seconds int) []pcaptest.Event {
	return pcaptest.RTPStream{From: from, Start: start, Packets: 50 * seconds, SSRC: ssrc, PT: 0,
		PayloadSize: pcaptest.Always(160)}.Events()
}

// twoEnds is a call between two clients of one site over the cloud: for how many seconds each sends, and hears the
// other.
func twoEnds(sends, hears, otherSends, otherHears int) func() *pcaptest.Capture {
	return story(func(l *ladder) {
		l.signsIn()
		a, b, start := uint32(0x51a3c07d), uint32(0x9e44d1b2), l.Now()
		one := l.UDP(l.from(8500), at(callingNode, 20000), nodePath)
		other := l.UDP(at(netip.MustParseAddr("10.20.1.16"), 8502), at(callingNode, 20002), nodePath)
		later := start.Add(40 * time.Millisecond)
		pcaptest.Play(one, g711(pcaptest.Client, a, start, sends), g711(pcaptest.Server, b, later, hears))
		pcaptest.Play(other, g711(pcaptest.Client, b, start, otherSends), g711(pcaptest.Server, a, later, otherHears))
	})
}

// translated is a call seen on both sides of an address translation; what comes back passes it at most.
func translated(back bool) func() *pcaptest.Capture {
	return story(func(l *ladder) {
		l.signsIn()
		outside := &ladder{Scenario: l.Scenario, client: netip.MustParseAddr("198.51.100.7")}
		outside.signsIn() // both directions are seen out there, too
		start := l.Now()
		inner := l.UDP(l.from(8500), at(callingNode, 20000), nodePath)
		outer := l.UDP(at(netip.MustParseAddr("198.51.100.7"), 40000), at(callingNode, 20000), nodePath)
		pcaptest.Play(inner, g711(pcaptest.Client, 0x51a3c07d, start, 30))
		lines := [][]pcaptest.Event{g711(pcaptest.Client, 0x51a3c07d, start.Add(2*time.Millisecond), 30)}
		if back {
			lines = append(lines, g711(pcaptest.Server, 0x9e44d1b2, start.Add(40*time.Millisecond), 30))
		}
		pcaptest.Play(outer, lines...)
	})
}

// mediaUDPFixtures: tests over UDP that nobody answers.
var mediaUDPFixtures = []fixture{
	{name: "silence", rule: "WXA-MED-004", want: []string{"fail high " + lan + " 9"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.asksUDP(false, 5004, 3, nodeA, nodeB, nodeC)
	})},
	{name: "refusal", rule: "WXA-MED-004", want: []string{"fail high " + lan + " 6"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.rejectsUDP(3, nodeA, nodeB)
	})},
	{name: "one client of three", rule: "WXA-MED-004", want: []string{"fail medium " + lan + " 9"}, capture: crowdOf(3, func(i int, l *ladder) {
		l.signsIn()
		l.asksUDP(i != 1, 5004, 3, nodeA, nodeB, nodeC)
	})},
	{name: "one prefix", rule: "WXA-MED-004", want: []string{"not-assessable high run all 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.asksUDP(false, 5004, 6, nodeA)
	})},
	{name: "only 9000", rule: "WXA-MED-005", want: []string{"fail medium " + lan + " 9"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.asksUDP(true, 5004, 3, nodeA, nodeB, nodeC)
		l.asksUDP(false, 9000, 3, nodeA, nodeB, nodeC)
	})},
	{name: "IPv6 beside IPv4", rule: "WXA-MED-004", want: []string{"pass high run all 3"}, capture: story(func(l *ladder) {
		l.signsIn()
		six := &ladder{Scenario: l.Scenario, client: netip.MustParseAddr("2001:db8:20::15")}
		six.asksUDP(false, 5004, 3, netip.MustParseAddr("2607:fcf0:1::1"), netip.MustParseAddr("2402:2500:3::1"))
		l.asksUDP(true, 5004, 3, nodeA, nodeB, nodeC)
	})},
	{name: "a range left out, one client", rule: "WXA-MED-009", want: []string{"warn medium prefix 170.133.128.0/18 6"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.asksUDP(true, 5004, 2, nodeA, nodeB)
		l.asksUDP(false, 5004, 3, nodeC, nodeC.Next())
	})},
	{name: "a range left out", rule: "WXA-MED-009", want: []string{"fail medium prefix 170.133.128.0/18 18"}, capture: crowdOf(3, func(i int, l *ladder) {
		l.signsIn()
		l.asksUDP(true, 5004, 2, nodeA, nodeB)
		l.asksUDP(false, 5004, 3, nodeC, nodeC.Next())
	})},
	{name: "a node that is down", rule: "WXA-MED-009", want: []string{"pass medium run all 3"}, capture: crowdOf(3, func(i int, l *ladder) {
		l.asksUDP(true, 5004, 2, nodeA, nodeB, nodeC)
		l.asksUDP(false, 5004, 4, nodeC.Next())
	})},
}
