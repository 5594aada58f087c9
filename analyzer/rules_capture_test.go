package analyzer_test

import (
	"net/netip"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// doubled shows each third packet twice, as a mirror of both sides of a switch does.
func doubled(c *pcaptest.Capture) *pcaptest.Capture {
	for i, f := range c.Frames {
		if i%3 == 0 {
			f.Time = f.Time.Add(3 * time.Microsecond)
			c.Frames = append(c.Frames, f)
		}
	}
	return c.Sort()
}

// paused leaves out what was captured from one time to another after the start.
func paused(from, to time.Duration) func(c *pcaptest.Capture) *pcaptest.Capture {
	return func(c *pcaptest.Capture) *pcaptest.Capture {
		return c.Filter(func(_ int, f pcaptest.Frame) bool {
			at := f.Time.Sub(pcaptest.Start)
			return at < from || at >= to
		})
	}
}

// inESP carries all frames in a tunnel of ESP in UDP (RFC 3948).
func inESP(c *pcaptest.Capture) *pcaptest.Capture {
	for i := range c.Frames {
		inner := append([]byte{0xc0, 0xff, 0xee, 1, 0, 0, byte(i >> 8), byte(i)}, c.Frames[i].Data[14:]...)
		for k := range inner[8:] {
			inner[8+k] ^= byte(37 * (k + i))
		}
		outer := pcaptest.IP{Src: pcaptest.ClientA, Dst: netip.MustParseAddr("198.51.100.9")}
		c.Frames[i].Data = pcaptest.Ethernet(outer.UDP(4500, 4500, inner))
		c.Frames[i].WireLen = len(c.Frames[i].Data)
	}
	return c
}

// talksAndDownloads is a call beside which a file comes.
func talksAndDownloads(l *ladder) {
	l.signsIn()
	l.talks(52000, nodeA, 12*time.Second)
	l.named("files-prod-us-east-2.webexcontent.com", sharedCloud, download)
}

// captureFixtures: what is wrong with the capture itself, and the age of the pack.
var captureFixtures = []fixture{
	{name: "drops of the interface", rule: "WXA-CAP-001", want: []string{"fail high capture capture 500"},
		capture: then(pcaptest.HealthyMeeting, func(c *pcaptest.Capture) *pcaptest.Capture { c.Dropped = 500; return c })},
	{name: "no statistics", rule: "WXA-CAP-001", capture: pcaptest.HealthyMeeting, want: []string{"not-assessable high run all 1"}},
	{name: "gaps of a mirror", rule: "WXA-CAP-002", want: []string{"fail high capture capture 99"},
		capture: then(pcaptest.HealthyMeeting, func(c *pcaptest.Capture) *pcaptest.Capture { return thin(mirrored(c), 1, 0.03, nil) })},
	{name: "bytes that only the receiver saw", rule: "WXA-CAP-002", want: []string{"fail high capture capture 219118"}, capture: then(story(func(l *ladder) {
		l.named("files-prod-us-east-2.webexcontent.com", sharedCloud, download)
	}), func(c *pcaptest.Capture) *pcaptest.Capture { return thin(c, 1, 0.03, nil) })},
	{name: "copies", rule: "WXA-CAP-003", want: []string{"fail medium capture capture 1142"}, capture: then(pcaptest.HealthyMeeting, doubled)},
	{name: "one direction", rule: "WXA-CAP-004", want: []string{"fail high capture capture 8"}, capture: then(pcaptest.HealthyMeeting, func(c *pcaptest.Capture) *pcaptest.Capture {
		return c.Filter(func(_ int, f pcaptest.Frame) bool { return f.Data[26] == 10 }) // from the client
	})},
	{name: "cut in the headers", rule: "WXA-CAP-005", want: []string{"fail medium capture capture 117"},
		capture: then(pcaptest.HealthyMeeting, func(c *pcaptest.Capture) *pcaptest.Capture { return c.Wrap(pcaptest.Snap(44)) })},
	{name: "names cut off", rule: "WXA-CAP-005", want: []string{"warn medium capture capture 2"},
		capture: then(pcaptest.HealthyMeeting, func(c *pcaptest.Capture) *pcaptest.Capture { return c.Wrap(pcaptest.Snap(90)) })},
	{name: "begun too late", rule: "WXA-CAP-006", want: []string{"warn info run all 1"}, capture: then(pcaptest.TCPFallback, func(c *pcaptest.Capture) *pcaptest.Capture {
		return c.Filter(func(_ int, f pcaptest.Frame) bool { return f.Time.Sub(pcaptest.Start) > 15*time.Second })
	})},
	{name: "declared in the wrong place", rule: "WXA-CAP-009", vantage: "wan", capture: pcaptest.HealthyMeeting, want: []string{"warn low run all 1"}},
	{name: "both sides of a translation", rule: "WXA-CAP-009", want: []string{"warn low run all 1"}, capture: story(func(l *ladder) {
		l.callsUDP(nodeA, 5004, 10*time.Second)
		outside := &ladder{Scenario: l.Scenario, client: netip.MustParseAddr("198.51.100.7")}
		outside.callsUDP(nodeA, 5004, 10*time.Second)
	})},
	{name: "a pause of 3 s", rule: "WXA-CAP-011", want: []string{"fail high capture capture 1"},
		capture: then(story(talksAndDownloads), paused(6*time.Second, 9*time.Second))},
	{name: "no pause", rule: "WXA-CAP-011", want: []string{"pass medium run all 1"}, capture: story(talksAndDownloads)},
	{name: "on hold", rule: "WXA-CAP-011", want: []string{"pass medium run all 1"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.callsUDP(nodeA, 5004, 10*time.Second)
		l.Advance(time.Minute)
		l.callsUDP(nodeA, 5004, 10*time.Second)
	})},
	{name: "all in a VPN tunnel", rule: "WXA-CAP-012", want: []string{"fail info capture capture 631387"},
		capture: then(pcaptest.HealthyMeeting, inESP)},
	{name: "no tunnel", rule: "WXA-CAP-012", want: []string{"pass info run all 1"}, capture: pcaptest.HealthyMeeting},
	{name: "twenty years after the release", rule: "WXA-DAT-001", want: []string{"warn low run all 1"},
		capture: then(pcaptest.HealthyMeeting, func(c *pcaptest.Capture) *pcaptest.Capture {
			for i := range c.Frames {
				c.Frames[i].Time = c.Frames[i].Time.AddDate(20, 6, 0)
			}
			return c
		})},
	{name: "pack of 2025, chosen", rule: "WXA-DAT-001", policy: "webex-2025-07", capture: pcaptest.HealthyMeeting, want: []string{"pass low run all 1"}},
	{name: "newest pack", rule: "WXA-DAT-001", capture: pcaptest.HealthyMeeting, want: []string{"pass low run all 1"}},
}

// mapped is a binding whose answer tells of another address.
func (l *ladder) mapped(to string) pcaptest.Binding {
	b := l.WebexBinding()
	b.Mapped = netip.MustParseAddrPort(to)
	return b
}

// rebound asks a node, stays silent and asks again, with another mapped address.
func (l *ladder) rebound(src uint16, silent time.Duration, from, to string) {
	u := l.UDP(l.from(src), at(nodeA, 5004), nodePath)
	l.STUN(u, l.mapped(from))
	u.Wait(silent)
	l.STUN(u, l.mapped(to))
}

// atTheEdge is a call outside of the edge, of whom a node sees that address.
func atTheEdge(mapped string) func() *pcaptest.Capture {
	return func() *pcaptest.Capture {
		l := newLadder(7, "192.0.2.77")
		l.STUN(l.UDP(l.from(52000), at(nodeA, 5004), nodePath), l.mapped(mapped))
		return l.Capture()
	}
}

// handedOn is two ports of a pool that go from one client to another after some time.
func handedOn(after time.Duration) func() *pcaptest.Capture {
	return story(func(l *ladder) {
		neighbour := &ladder{Scenario: l.Scenario, client: netip.MustParseAddr("10.20.1.16")}
		for _, one := range []*ladder{l, neighbour} {
			one.STUN(l.UDP(one.from(52000), at(nodeA, 5004), nodePath), l.mapped("203.0.113.3:40000"))
			one.STUN(l.UDP(one.from(52001), at(nodeA, 5004), nodePath), l.mapped("203.0.113.3:40001"))
			l.Advance(after)
		}
	})
}

// natFixtures: what address translations and refusing routers do.
var natFixtures = []fixture{
	{name: "a binding of 45 s", rule: "WXA-NAT-001", want: []string{"fail high " + lan + " 2"}, capture: story(func(l *ladder) {
		l.rebound(52000, 45*time.Second, "198.51.100.7:40000", "198.51.100.7:40001")
		l.rebound(52001, 50*time.Second, "198.51.100.7:40100", "198.51.100.7:40101")
	})},
	{name: "no silence before", rule: "WXA-NAT-001", want: []string{"pass high run all 1"}, capture: story(func(l *ladder) {
		l.rebound(52000, 2*time.Second, "198.51.100.7:40000", "198.51.100.7:40001")
	})},
	{name: "one mapping for each server", rule: "WXA-NAT-002", want: []string{"warn info " + lan + " 1"}, capture: story(func(l *ladder) {
		l.STUN(l.UDP(l.from(52000), at(nodeA, 5004), nodePath), l.mapped("198.51.100.7:40000"))
		l.STUN(l.UDP(l.from(52000), at(nodeB, 5004), nodePath), l.mapped("198.51.100.7:40009"))
	})},
	{name: "prohibited", rule: "WXA-NAT-003", want: []string{"fail medium router 10.20.0.1 6"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.rejectsUDP(3, nodeA, nodeB)
	})},
	{name: "prohibited, TCP", rule: "WXA-NAT-003", want: []string{"fail medium router 10.20.0.1 1"}, capture: story(func(l *ladder) {
		l.TCP(l.next(), at(nodeA, 5004), nodePath).Unanswered(1).ICMP(firewall, 3, 13)
	})},
	{name: "a second translation", rule: "WXA-NAT-005", vantage: "wan", want: []string{"warn low subnet 192.0.2.0/24 1"}, capture: atTheEdge("203.0.113.9:40000")},
	{name: "no second translation", rule: "WXA-NAT-005", vantage: "wan", want: []string{"pass low run all 1"}, capture: atTheEdge("192.0.2.77:52000")},
	{name: "ports that change hands", rule: "WXA-NAT-006", site: "shared_addresses: [203.0.113.0/28]", want: []string{"warn medium " + lan + " 2"},
		capture: handedOn(40 * time.Second)},
	{name: "ports that are free again", rule: "WXA-NAT-006", site: "shared_addresses: [203.0.113.0/28]", want: []string{"pass medium run all 2"},
		capture: handedOn(130 * time.Second)},
	{name: "another uplink", rule: "WXA-NAT-004", want: []string{"warn low " + lan + " 1"}, capture: story(func(l *ladder) {
		l.rebound(52000, 5*time.Second, "198.51.100.7:40000", "192.0.2.99:40000")
	})},
}
