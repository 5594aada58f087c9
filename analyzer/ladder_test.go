package analyzer_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
)

// climb is one story of the transport ladder and what must be said of it.
type climb struct {
	name     string
	play     func(l *ladder)
	sessions []string // as told by [told]
	rules    string   // of the groups MED and CAL that fail or warn
	says     string   // part of a failing rule's summary
	site     string
	late     time.Duration // the capture begins so much later
}

// told is a session in words: way, stretches, length, media, marks of how it began and ended; then its cause.
func told(s *record.Session) string {
	var list []string
	for _, t := range s.Transports {
		list = append(list, fmt.Sprintf("%s %.0f", t.Transport, t.Seconds))
	}
	out := fmt.Sprintf("%s %s [%s] %s, %s", s.Service, s.Transport, strings.Join(list, ", "), strings.Join(s.Media, "+"), s.Confidence)
	if s.StartedBefore {
		out += ", begun before"
	}
	out += ", " + s.EndedBy
	if s.Devices > 0 {
		out += fmt.Sprintf(", 1 of %d devices", s.Devices)
	}
	for _, r := range []struct {
		name string
		rung *record.TransportAttempt
	}{{"udp", s.UDP}, {"tcp", s.TCP}, {"tls", s.TLS}, {"proxy", s.TLSProxied}} {
		if x := r.rung; x != nil {
			out += fmt.Sprintf("; %s %d/%d", r.name, x.Answered, x.Asked)
			for _, n := range []struct {
				name string
				n    int64
			}{{"reset", x.Reset}, {"icmp", x.ICMPRejected}, {"refused", x.Refused}} {
				if n.n > 0 {
					out += fmt.Sprintf(" %s %d", n.name, n.n)
				}
			}
		}
	}
	if s.FallbackReason != "" {
		out += " | " + s.FallbackReason
	}
	return out
}

// accused are the rules of media and Calling that fail or warn.
func accused(set *record.Set) string {
	var list []string
	for _, f := range set.Findings {
		group := strings.TrimPrefix(f.Rule, "WXA-")
		if (f.State == record.Fail || f.State == record.Warn) && (strings.HasPrefix(group, "MED") ||
			strings.HasPrefix(group, "CAL")) {
			list = append(list, fmt.Sprintf("%s %s %s", group, f.Severity, f.Confidence))
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ", ")
}

func (c *climb) watch(t *testing.T) *record.Set {
	t.Helper()
	l := &ladder{Scenario: pcaptest.New(7, pcaptest.Start), client: pcaptest.ClientA, rtt: 30 * time.Millisecond}
	c.play(l)
	pcap := l.Capture()
	if c.late > 0 {
		pcap = pcap.Filter(func(_ int, f pcaptest.Frame) bool { return f.Time.Sub(pcaptest.Start) > c.late })
	}
	return watch(t, pcap, c.site, "")
}

// TestLadder tells each story and compares the calls, with cause and numbers, and the accusations.
func TestLadder(t *testing.T) {
	for _, c := range slices.Concat(rungs, breaks, notCalls) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set := c.watch(t)
			var got []string
			for _, s := range set.Sessions {
				got = append(got, told(s))
			}
			if d := cmp.Diff(c.sessions, got); d != "" {
				t.Errorf("sessions (-want +got):\n%s", d)
			}
			if got := accused(set); got != c.rules {
				t.Errorf("accused: %q, want %q", got, c.rules)
			}
			if !slices.ContainsFunc(set.Findings, func(f *record.Finding) bool {
				return strings.Contains(f.Summary, c.says)
			}) {
				t.Errorf("nobody says %q", c.says)
			}
		})
	}
}

const min1 = 40 * time.Second // of media: long enough for every rule

// rungs: each transport, direct and through a proxy, with and without tests before it.
var rungs = []climb{
	{name: "UDP 5004 without tests", play: func(l *ladder) { l.callsUDP(nodeA, 5004, 22*time.Second) }, sessions: []string{
		"meetings udp [udp 22] audio+video, confirmed, end-of-capture; udp 8/8",
	}},
	{name: "UDP 5004 after tests of 24 nodes", play: func(l *ladder) { l.signsIn(); l.tests(24); l.callsUDP(nodeA, 5004, 22*time.Second) }, sessions: []string{
		"meetings udp [udp 22] audio+video, confirmed, end-of-capture; udp 104/104; tcp 24/24; tls 24/24",
	}},
	{name: "TLS, and again to the same node without the pattern of media", play: func(l *ladder) {
		l.asksUDP(false, 5004, 7, nodeA)
		l.mediaTLS(nodeA, min1)
		l.inTLS(l.TCP(l.next(), at(nodeA, 443), nodePath).Open(), node12, func(start time.Time) []pcaptest.Event {
			return pcaptest.FileCadence(start, 885_000, 600_000)
		})
	}, sessions: []string{
		"meetings tls [tls 52] , probable, fin; udp 0/7; tls 2/2 | " +
			"UDP 5004: 7 STUN requests, no response; TLS carried 52 s, 1.49 MB",
	}, rules: "MED-001 high confirmed"},
	{name: "UDP 9000, 5004 is silent", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(false, 5004, 4, nodeA, nodeB, nodeC)
		l.asksUDP(true, 9000, 4, nodeA, nodeB)
		l.callsUDP(nodeA, 9000, 22*time.Second)
	}, sessions: []string{
		"meetings udp [udp 22] audio+video, confirmed, end-of-capture; udp 16/28",
	}, rules: "MED-004 high confirmed"},
	{name: "UDP 5004, 9000 is silent", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(true, 5004, 4, nodeA, nodeB)
		l.asksUDP(false, 9000, 4, nodeA, nodeB)
		l.callsUDP(nodeA, 5004, 22*time.Second)
	}, sessions: []string{
		"meetings udp [udp 22] audio+video, confirmed, end-of-capture; udp 16/24",
	}, rules: "MED-005 medium confirmed"},
	{name: "UDP 5004, other prefixes are silent", play: func(l *ladder) {
		l.asksUDP(true, 5004, 4, nodeA)
		l.asksUDP(false, 5004, 4, nodeB, nodeC)
		l.callsUDP(nodeA, 5004, 22*time.Second)
	}, sessions: []string{
		"meetings udp [udp 22] audio+video, confirmed, end-of-capture; udp 12/20",
	}},
	{name: "TCP without tests", play: func(l *ladder) { l.signsIn(); l.mediaTCP(nodeA, min1) }, sessions: []string{
		"meetings tcp [tcp 40] audio, confirmed, end-of-capture; tcp 1/1 | no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts; TCP carried 40 s, 496 kB",
	}, rules: "MED-003 medium confirmed"},
	{name: "TCP, UDP is silent", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(false, 5004, 3, nodeA, nodeB, nodeC)
		l.mediaTCP(nodeA, min1)
	}, sessions: []string{
		"meetings tcp [tcp 40] audio, confirmed, end-of-capture; udp 0/9; tcp 1/1 | UDP 5004: 9 STUN requests, no response; TCP carried 40 s, 496 kB",
	}, rules: "MED-003 medium confirmed, MED-004 high confirmed"},
	{name: "TCP although UDP is answered", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(true, 5004, 3, nodeA, nodeB)
		l.mediaTCP(nodeA, min1)
	}, sessions: []string{
		"meetings tcp [tcp 40] audio, confirmed, end-of-capture; udp 6/6; tcp 1/1 | UDP is answered, so the reason is not visible here; UDP 5004: 6 STUN requests, 6 responses; TCP carried 40 s, 496 kB",
	}, rules: "MED-003 medium confirmed"},
	{name: "TLS without tests", play: func(l *ladder) { l.signsIn(); l.mediaTLS(nodeA, min1) }, sessions: []string{
		"meetings tls [tls 40] , probable, fin; tls 1/1 | no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts; TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed"},
	{name: "TLS, UDP and TCP are silent", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(false, 5004, 3, nodeA, nodeB, nodeC)
		l.asksUDP(false, 9000, 3, nodeA, nodeB)
		l.silentTCP(nodeA, 5004)
		l.mediaTLS(nodeA, min1)
	}, sessions: []string{
		"meetings tls [tls 40] , probable, fin; udp 0/15; tcp 0/1; tls 1/1 | UDP 5004: 9 STUN requests, no response; UDP 9000: 6 STUN requests, no response; TCP 5004: 1 connection attempt, no response; TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed, MED-004 high confirmed"},
	{name: "TLS, UDP is silent, TCP reset by a near box", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(false, 5004, 7, nodeA, nodeB)
		l.resetTCP(nodeA, 5004, 63)
		l.mediaTLS(nodeA, min1)
	}, sessions: []string{
		"meetings tls [tls 40] , probable, fin; udp 0/14; tcp 0/1 reset 1; tls 1/1 | UDP 5004: 14 STUN requests, no response; TCP 5004 reset by TTL 63 (the nodes' own packets have 52); TLS carried 40 s, 566 kB",
	}, says: "carried media over TLS for 40 s (566 kB): none of 14 tests over UDP was answered; no answer to 1 connection over TCP, 1 reset (TTL 63)", rules: "MED-001 high confirmed, MED-004 high confirmed"},
	{name: "TLS, TCP reset at the first data", play: func(l *ladder) {
		l.asksUDP(false, 5004, 7, nodeA, nodeB)
		l.laterReset(nodeA, 5004, 63)
		l.mediaTLS(nodeA, min1)
	}, sessions: []string{
		"meetings tls [tls 40] , probable, fin; udp 0/14; tcp 0/1 reset 1; tls 1/1 | UDP 5004: 14 STUN requests, no response; TCP 5004 reset by TTL 63 (the nodes' own packets have 52); TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed, MED-004 high confirmed"},
	{name: "TLS, UDP administratively prohibited", play: func(l *ladder) {
		l.signsIn()
		l.rejectsUDP(3, nodeA, nodeB)
		l.mediaTLS(nodeA, min1)
	}, sessions: []string{
		"meetings tls [tls 40] , probable, fin; udp 0/6 icmp 6; tls 1/1 | UDP 5004: 6 STUN requests, no response; ICMP rejected UDP: 3/13 from 10.20.0.1; TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed, MED-004 high confirmed"},
	{name: "TLS, only the node's own prefix is silent", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(true, 5004, 3, nodeB, nodeC)
		l.asksUDP(false, 5004, 6, nodeA)
		l.mediaTLS(nodeA, min1)
	}, sessions: []string{
		"meetings tls [tls 40] , probable, fin; udp 6/12; tls 1/1 | UDP 5004: 12 STUN requests, 6 responses (170.72.0.0/16: 0 of 6); TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed"},
	{name: "TLS after tests of 24 nodes", play: func(l *ladder) { l.signsIn(); l.tests(24); l.mediaTLS(nodeA, min1) }, sessions: []string{
		"meetings tls [tls 40] , probable, fin; udp 96/96; tcp 24/24; tls 25/25 | UDP is answered, so the reason is not visible here; UDP 5004: 96 STUN requests, 96 responses; TCP 5004: 24 connection attempts, 24 responses; TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed"},
	{name: "proxy without tests", play: func(l *ladder) {
		l.signsIn()
		l.inTLS(l.tunnel("170.72.1.2:443", false), node12, call(min1))
	}, sessions: []string{
		"meetings tls-proxied [tls-proxied 40] , probable, fin; proxy 1/1 | no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts; TLS through 10.20.0.80:8080 carried 40 s, 566 kB",
	}, rules: "MED-002 high confirmed"},
	{name: "proxy, all else is silent", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(false, 5004, 7, nodeA, nodeB)
		l.resetTCP(nodeA, 5004, 63)
		l.silentTCP(nodeA, 443)
		l.inTLS(l.tunnel("170.72.1.2:443", false), node12, call(min1))
	}, sessions: []string{
		"meetings tls-proxied [tls-proxied 40] , probable, fin; udp 0/14; tcp 0/1 reset 1; tls 0/1; proxy 1/1 | UDP 5004: 14 STUN requests, no response; TCP 5004 reset by TTL 63; TLS 443: 1 connection attempt, no TLS response; TLS through 10.20.0.80:8080 carried 40 s, 566 kB",
	}, says: "none of 14 tests over UDP was answered; no answer to 1 connection over TCP, 1 reset (TTL 63); no answer to 1 connection over TLS", rules: "MED-002 high confirmed, MED-004 high confirmed"},
	{name: "proxy, 407 first on a connection of its own", play: func(l *ladder) {
		l.asksUDP(false, 5004, 7, nodeA, nodeB)
		l.refused("170.72.1.2:443", 407)
		l.inTLS(l.tunnel("170.72.1.2:443", false), node12, call(min1))
	}, sessions: []string{
		"meetings tls-proxied [tls-proxied 40] , probable, fin; udp 0/14; proxy 1/2 refused 1 | UDP 5004: 14 STUN requests, no response; the proxy 10.20.0.80:8080 refused 1 of 2 CONNECT requests (407); TLS through 10.20.0.80:8080 carried 40 s, 566 kB",
	}, rules: "MED-002 high confirmed, MED-004 high confirmed"},
	{name: "proxy, 407 first on the same connection", play: func(l *ladder) {
		l.asksUDP(false, 5004, 7, nodeA, nodeB)
		l.inTLS(l.tunnel("170.72.1.2:443", true), node12, call(min1))
	}, sessions: []string{
		"meetings tls-proxied [tls-proxied 40] , probable, fin; udp 0/14; proxy 1/2 refused 1 | UDP 5004: 14 STUN requests, no response; the proxy 10.20.0.80:8080 refused 1 of 2 CONNECT requests (407); TLS through 10.20.0.80:8080 carried 40 s, 566 kB",
	}, rules: "MED-002 high confirmed, MED-004 high confirmed"},
	{name: "proxy by the node's name, TLS 1.3", play: func(l *ladder) {
		l.inTLS(l.tunnel(pcaptest.NodeName+":443", false), pcaptest.TLS{Version: pcaptest.TLS13}, call(min1))
	}, sessions: []string{
		"meetings tls-proxied [tls-proxied 40] , probable, fin; proxy 1/1 | no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts; TLS through 10.20.0.80:8080 carried 40 s, 536 kB",
	}, rules: "MED-002 high confirmed"},
	{name: "proxy that inspects the tunnel", play: func(l *ladder) {
		l.asksUDP(false, 5004, 7, nodeA, nodeB)
		l.inTLS(l.tunnel(pcaptest.NodeName+":443", false),
			pcaptest.TLS{Chain: pcaptest.InspectedChain(pcaptest.NodeName)}, call(min1))
	}, sessions: []string{
		"meetings tls-proxied [tls-proxied 40] , probable, fin; udp 0/14; proxy 1/1 | UDP 5004: 14 STUN requests, no response; TLS through 10.20.0.80:8080 carried 40 s, 566 kB",
	}, rules: "MED-002 critical confirmed, MED-004 critical confirmed"},
	{name: "proxy that was declared", site: "proxies: [10.20.0.80:8080]", play: func(l *ladder) {
		l.inTLS(l.tunnel("170.72.1.2:443", false), node12, call(min1))
	}, sessions: []string{
		"meetings tls-proxied [tls-proxied 40] , probable, fin; proxy 1/1 | no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts; TLS through 10.20.0.80:8080 carried 40 s, 566 kB",
	}, rules: "MED-002 high confirmed"},
}

// breaks: calls that change on the way, begin before the capture, or share an address.
var breaks = []climb{
	{name: "UDP dies, TLS follows", play: func(l *ladder) {
		l.signsIn()
		l.dyingUDP(52000, nodeA, 30*time.Second)
		l.mediaTLS(nodeA, min1)
	}, sessions: []string{
		"meetings tls [udp 35, tls 40] audio, confirmed, fin; udp 6/11; tls 1/1 | media left UDP after 35 s, 5 s after the last packet from the node; UDP 5004: 11 STUN requests, 6 responses; TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed, MED-006 high probable"},
	{name: "UDP dies, TLS follows, UDP comes back", play: func(l *ladder) {
		l.signsIn()
		l.dyingUDP(52000, nodeA, 30*time.Second)
		l.mediaTLS(nodeA, min1)
		l.callsUDP(nodeB, 5004, 22*time.Second)
	}, sessions: []string{
		"meetings udp [udp 35, tls 40, udp 22] audio+video, confirmed, end-of-capture; udp 14/19; tls 1/1 | media left UDP after 35 s, 5 s after the last packet from the node, and came back 40 s later; UDP 5004: 11 STUN requests, 6 responses; TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed, MED-011 low confirmed"},
	{name: "UDP dies and comes back on the same ports", play: func(l *ladder) {
		l.signsIn()
		l.dyingUDP(52000, nodeA, 30*time.Second)
		l.mediaTLS(nodeA, min1)
		l.dyingUDP(52000, nodeA, 20*time.Second)
	}, sessions: []string{
		"meetings udp [udp 35, tls 40, udp 25] audio, confirmed, end-of-capture; udp 10/20; tls 1/1 | media left UDP after 35 s, 5 s after the last packet from the node, and came back 40 s later; UDP 5004: 20 STUN requests, 10 responses; TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed, MED-011 low confirmed"},
	{name: "TLS, then UDP", play: func(l *ladder) { l.mediaTLS(nodeA, min1); l.callsUDP(nodeA, 5004, 22*time.Second) }, sessions: []string{
		"meetings udp [tls 40, udp 22] audio+video, confirmed, end-of-capture; udp 8/8; tls 1/1 | media moved to UDP after 40 s; no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts; TLS carried 40 s, 566 kB",
	}, rules: "MED-001 high confirmed"},
	{name: "the capture begins amid a call on TLS", late: 12 * time.Second, play: func(l *ladder) { l.signsIn(); l.mediaTLS(nodeA, 60*time.Second) }, sessions: []string{
		"meetings tls [tls 48] , probable, begun before, fin; tls 0/0 | no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts; TLS carried 48 s, 679 kB",
	}, rules: "MED-001 high possible"},
	{name: "the capture begins amid a call on UDP", late: 12 * time.Second, play: func(l *ladder) { l.callsUDP(nodeA, 5004, 42*time.Second) }, sessions: []string{
		"meetings udp [udp 30] audio+video, confirmed, begun before, end-of-capture; udp 10/10",
	}},
	{name: "the capture ends amid a call on TLS", play: func(l *ladder) {
		x := l.TLS(l.TCP(l.next(), at(nodeA, 443), nodePath).Open(), node12)
		pcaptest.Play(x, call(min1)(x.Now()))
	}, sessions: []string{
		"meetings tls [tls 40] , probable, end-of-capture; tls 1/1 | no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts; TLS carried 40 s, 565 kB",
	}, rules: "MED-001 high confirmed"},
	{name: "two calls, 70 s between", play: func(l *ladder) {
		l.signsIn()
		l.callsUDP(nodeA, 5004, 22*time.Second)
		l.Advance(70 * time.Second)
		l.callsUDP(nodeA, 5004, 22*time.Second)
	}, sessions: []string{
		"meetings udp [udp 22] audio+video, confirmed, silence; udp 16/16",
		"meetings udp [udp 22] audio+video, confirmed, end-of-capture; udp 16/16",
	}},
	{name: "two devices behind one address", play: func(l *ladder) {
		l.talks(52000, nodeA, 22*time.Second)
		l.talks(61000, nodeB, 22*time.Second)
	}, sessions: []string{
		"meetings udp [udp 22] audio, confirmed, end-of-capture, 1 of 2 devices; udp 2/2",
		"meetings udp [udp 22] audio, confirmed, end-of-capture, 1 of 2 devices; udp 2/2",
	}},
	{name: "nothing comes back over UDP", play: func(l *ladder) {
		l.signsIn()
		u := l.UDP(l.from(52000), at(nodeA, 5004), nodePath)
		dead := l.WebexBinding()
		dead.Unanswered = true
		pcaptest.Play(u, l.Consents(u, dead, l.Now(), time.Second, 20),
			l.voice(pcaptest.Client, l.Now(), 20*time.Second))
	}, sessions: []string{
		"meetings udp [udp 20] audio, probable, end-of-capture; udp 0/20 | no packet came back over UDP; UDP 5004: 20 STUN requests, no response",
	}},
	{name: "Calling over UDP", play: func(l *ladder) { calling(l, true) }, sessions: []string{
		"calling udp [udp 20] audio, confirmed, end-of-capture; udp 8/8",
	}},
	{name: "Calling without an answer has no fallback", play: func(l *ladder) { calling(l, false) }, sessions: []string{
		"calling none [] , probable, end-of-capture; udp 0/8 | no media was carried: UDP 5004: 8 STUN requests, no response",
	}, rules: "CAL-002 high probable"},
}

// calling is Webex Calling: signalling on 8934, checks, and media where they are answered.
func calling(l *ladder, works bool) {
	edge, name := netip.MustParseAddr("139.177.65.10"), "hs17.hosted-int.bcld.webex.com"
	x := l.TLS(l.TCP(l.next(), at(edge, 8934), nodePath).Open(),
		pcaptest.TLS{SNI: name, Chain: pcaptest.SignallingChain("*.hosted-int.bcld.webex.com")})
	x.Send(820).Recv(560).Send(1400).Recv(380)
	l.AdvanceTo(x.Now())
	for _, a := range []string{"139.177.66.20", "135.84.171.30"} {
		l.asksUDP(works, 5004, 4, netip.MustParseAddr(a))
	}
	if works {
		u := l.UDP(l.from(8500), at(netip.MustParseAddr("139.177.66.20"), 20000), nodePath)
		var events [][]pcaptest.Event
		for side := range pcaptest.Side(2) {
			events = append(events, pcaptest.RTPStream{From: side, Start: l.Now(), Packets: 1000, SSRC: l.Uint32(),
				PT: 0, PayloadSize: pcaptest.Always(160)}.Events())
		}
		pcaptest.Play(u, events...)
		l.AdvanceTo(u.Now())
	}
	x.At(l.Now())
	x.Send(520).Recv(340).Close()
}
