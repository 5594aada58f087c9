package analyzer_test

import (
	"net/netip"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// looksUp asks the resolver n times.
func (l *ladder) looksUp(n int, d pcaptest.DNS) {
	for range n {
		l.DNS(l.client, pcaptest.Resolver, d, pcaptest.Path{RTT: 2 * time.Millisecond})
		l.Advance(time.Second)
	}
}

// talksTLS opens a session with a name and says something; the clock moves to its end.
func (l *ladder) talksTLS(c *pcaptest.TCPFlow, name string, every time.Duration, n int) {
	x := l.TLS(c, pcaptest.TLS{Version: pcaptest.TLS13, SNI: name, Chain: pcaptest.SignallingChain(name)})
	for range n {
		x.Send(400).Recv(900)
		x.Wait(every)
	}
	x.Close()
	l.AdvanceTo(x.Now())
}

// triesIPv6 asks for addresses, knocks over IPv6 and, after a while, connects over IPv4.
func (l *ladder) triesIPv6(name string, wait time.Duration) {
	six := netip.MustParseAddr("2600:1f18:1::9")
	l.looksUp(1, pcaptest.DNS{Name: name, Addrs: []netip.Addr{six, sharedCloud}})
	l.TCP(at(netip.MustParseAddr("2001:db8:20::15"), l.Port()), at(six, 443), nodePath).Unanswered(2)
	l.Advance(wait)
	l.talksTLS(l.TCP(l.next(), at(sharedCloud, 443), nodePath).Open(), name, time.Second, 3)
	l.Advance(3 * time.Second)
}

// overseas asks two resolvers for one name, one of them far away, and connects to what each answers.
func overseas(front time.Duration) func() *pcaptest.Capture {
	return story(func(l *ladder) {
		name, there := "locus-a.wbx2.com", netip.MustParseAddr("18.184.33.7")
		for range 3 {
			l.DNS(l.client, netip.MustParseAddrPort("10.99.0.53:53"), pcaptest.DNS{Name: name, Addrs: []netip.Addr{there}},
				pcaptest.Path{RTT: 90 * time.Millisecond})
			l.Advance(time.Second)
		}
		l.talksTLS(l.TCP(l.next(), at(there, 443), pcaptest.Path{RTT: front}).Open(), name, time.Second, 3)
		l.looksUp(3, pcaptest.DNS{Name: name, Addrs: []netip.Addr{sharedCloud}})
		near := l.TCP(l.next(), at(sharedCloud, 443), pcaptest.Path{RTT: 12 * time.Millisecond})
		l.talksTLS(near.Open(), name, time.Second, 3)
	})
}

// signallingFixtures: names, resolvers, and the connections of signalling.
var signallingFixtures = []fixture{
	{name: "sinkhole", rule: "WXA-SIG-001", want: []string{"fail high domain wbx2.com 3"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.looksUp(3, pcaptest.DNS{Name: "locus-a.wbx2.com", Addrs: []netip.Addr{netip.IPv4Unspecified()}})
	})},
	{name: "resets", rule: "WXA-SIG-001", want: []string{"fail high domain wbx2.com 3"}, capture: story(func(l *ladder) {
		l.Webex(l.client, 0)
		for range 3 {
			c := l.TCP(l.next(), at(sharedCloud, 443), nodePath).Open()
			l.TLS(c, pcaptest.TLS{Version: pcaptest.TLS13, SNI: "locus-a.wbx2.com", ServerReset: true})
			l.Advance(time.Second)
		}
	})},
	{name: "403 of the proxy", rule: "WXA-SIG-001", want: []string{"fail high domain wbx2.com 3"}, capture: story(func(l *ladder) {
		for range 3 {
			l.refused("locus-a.wbx2.com:443", 403)
		}
	})},
	{name: "SERVFAIL and silence", rule: "WXA-SIG-002", want: []string{"fail medium resolver 10.20.0.53 10"}, capture: story(func(l *ladder) {
		addrs := []netip.Addr{sharedCloud}
		l.looksUp(15, pcaptest.DNS{Name: "idbroker.webex.com", Addrs: addrs})
		l.looksUp(6, pcaptest.DNS{Name: "locus-a.wbx2.com", Code: 2})
		l.looksUp(4, pcaptest.DNS{Name: "conv-a.wbx2.com", Unanswered: true})
	})},
	{name: "slow answers", rule: "WXA-SIG-002", want: []string{"fail medium resolver 10.20.0.53 4"}, capture: story(func(l *ladder) {
		addrs := []netip.Addr{sharedCloud}
		l.looksUp(20, pcaptest.DNS{Name: "idbroker.webex.com", Addrs: addrs})
		l.looksUp(4, pcaptest.DNS{Name: "conv-a.wbx2.com", Addrs: addrs, Delay: 900 * time.Millisecond})
	})},
	{name: "repeated segments", rule: "WXA-SIG-004", want: []string{"fail medium " + lan + " 40"}, capture: story(func(l *ladder) {
		x := l.TLS(l.TCP(l.next(), at(sharedCloud, 443), nodePath).Open(), pcaptest.TLS{Version: pcaptest.TLS13, SNI: "locus-a.wbx2.com"})
		for i := range 200 {
			if i%5 == 2 {
				x.Put(pcaptest.Client, make([]byte, 400), pcaptest.Retransmit(0, 250*time.Millisecond))
			} else {
				x.Send(400)
			}
			x.Wait(400 * time.Millisecond)
			x.Recv(700)
			x.Wait(400 * time.Millisecond)
		}
	})},
	{name: "late handshakes", rule: "WXA-SIG-004", want: []string{"fail medium " + lan + " 0"}, capture: story(func(l *ladder) {
		for i := range 24 {
			path := pcaptest.Path{RTT: 40 * time.Millisecond}
			if i%6 == 0 {
				path.RTT = 650 * time.Millisecond
			}
			l.talksTLS(l.TCP(l.next(), at(sharedCloud, 443), path).Open(), "locus-a.wbx2.com", time.Second, 1)
		}
	})},
	{name: "a name of before 2019", rule: "WXA-SIG-005", want: []string{"warn low domain ciscosparkcontent.com 1"}, capture: story(func(l *ladder) {
		l.named("a.ciscosparkcontent.com", sharedCloud, download)
	})},
	{name: "two of three addresses", rule: "WXA-SIG-006", want: []string{"fail medium domain wbx2.com 4"}, capture: story(func(l *ladder) {
		open, shut := sharedCloud, []netip.Addr{netip.MustParseAddr("18.184.33.7"), netip.MustParseAddr("18.184.33.8")}
		l.looksUp(1, pcaptest.DNS{Name: "locus-a.wbx2.com", Addrs: append([]netip.Addr{open}, shut...)})
		for _, a := range []netip.Addr{shut[0], shut[1], shut[0], shut[1]} {
			l.silentTCP(a, 443)
		}
		l.talksTLS(l.TCP(l.next(), at(open, 443), nodePath).Open(), "locus-a.wbx2.com", time.Second, 5)
	})},
	{name: "a WebSocket a minute", rule: "WXA-SIG-007", want: []string{"fail medium " + lan + " 10"}, capture: story(func(l *ladder) {
		for range 10 {
			l.talksTLS(l.TCP(l.next(), at(sharedCloud, 443), nodePath).Open(), "mercury-connection-a.wbx2.com", 15*time.Second, 4)
		}
	})},
	{name: "a block page", rule: "WXA-SIG-008", want: []string{"fail high domain wbx2.com 3"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.looksUp(3, pcaptest.DNS{Name: "locus-a.wbx2.com", Addrs: []netip.Addr{netip.MustParseAddr("146.112.61.106")}})
	})},
	{name: "an address that works", rule: "WXA-SIG-008", want: []string{"pass high run all 1"}, capture: story(func(l *ladder) {
		agent := netip.MustParseAddr("10.255.0.12")
		l.looksUp(3, pcaptest.DNS{Name: "locus-a.wbx2.com", Addrs: []netip.Addr{agent}})
		l.talksTLS(l.TCP(l.next(), at(agent, 443), nodePath).Open(), "locus-a.wbx2.com", time.Second, 3)
	})},
	{name: "activation denied", rule: "WXA-SIG-009", want: []string{"fail high domain cisco.com 4"}, capture: story(func(l *ladder) {
		l.signsIn()
		l.looksUp(4, pcaptest.DNS{Name: "activate.cisco.com", Code: 3})
	})},
	{name: "hellos without answer", rule: "WXA-SIG-010", want: []string{"fail high " + lan + " 3"}, capture: story(func(l *ladder) {
		l.signsIn()
		for range 3 {
			x := l.TLS(l.TCP(l.next(), at(sharedCloud, 443), nodePath).Open(),
				pcaptest.TLS{Version: pcaptest.TLS13, SNI: "locus-a.wbx2.com", NoAnswer: true})
			x.Wait(8 * time.Second)
			x.Close()
			l.AdvanceTo(x.Now())
		}
		l.Advance(10 * time.Second)
	})},
	{name: "IPv6 in vain, IPv4 after 250 ms", rule: "WXA-SIG-011", want: []string{"warn low subnet 2001:db8:20::/64 4"}, capture: story(func(l *ladder) {
		for _, name := range []string{"idbroker.webex.com", "u2c.wbx2.com", "locus-a.wbx2.com", "conv-a.wbx2.com"} {
			l.triesIPv6(name, 250*time.Millisecond)
		}
	})},
	{name: "a resolver overseas", rule: "WXA-SIG-012", want: []string{"warn medium resolver 10.99.0.53 1"}, capture: overseas(140 * time.Millisecond)},
	{name: "a resolver overseas, a front nearby", rule: "WXA-SIG-012", want: []string{"pass medium run all 1"}, capture: overseas(15 * time.Millisecond)},
	{name: "IPv6 and IPv4 at once", rule: "WXA-SIG-011", want: []string{"not-assessable low run all 1"}, capture: story(func(l *ladder) {
		for _, name := range []string{"idbroker.webex.com", "u2c.wbx2.com", "locus-a.wbx2.com", "conv-a.wbx2.com"} {
			l.triesIPv6(name, time.Millisecond)
		}
	})},
	{name: "a WebSocket of an hour", rule: "WXA-SIG-007", want: []string{"pass medium run all 1"}, capture: story(func(l *ladder) {
		l.talksTLS(l.TCP(l.next(), at(sharedCloud, 443), nodePath).Open(), "mercury-connection-a.wbx2.com", 15*time.Second, 240)
	})},
}

const proxy = "proxy 10.20.0.80:8080"

// proxyFixtures: what a proxy does to Webex.
var proxyFixtures = []fixture{
	{name: "a test of a node", rule: "WXA-PRX-001", want: []string{"warn medium " + proxy + " 1"}, capture: story(func(l *ladder) {
		l.inTLS(l.tunnel(at(nodeA, 443).String(), false), node12, call(2*time.Second))
	})},
	{name: "407 for ever", rule: "WXA-PRX-002", want: []string{"fail high " + proxy + " 4"}, capture: story(func(l *ladder) {
		for range 4 {
			l.refused("idbroker.webex.com:443", 407)
		}
	})},
	{name: "407 once", rule: "WXA-PRX-002", want: []string{"pass high run all 1"}, capture: story(func(l *ladder) {
		l.refused("idbroker.webex.com:443", 407)
		l.talksTLS(l.tunnel("idbroker.webex.com:443", true), "idbroker.webex.com", time.Second, 3)
	})},
	{name: "cut after 60 s", rule: "WXA-PRX-003", want: []string{"fail medium " + proxy + " 4"}, capture: story(func(l *ladder) {
		for range 4 {
			c := l.tunnel("mercury-connection-a.wbx2.com:443", false)
			x := l.TLS(c, pcaptest.TLS{Version: pcaptest.TLS13, SNI: "mercury-connection-a.wbx2.com"})
			for range 4 {
				x.Send(40).Recv(40)
				x.Wait(15 * time.Second)
			}
			c.Close(pcaptest.Server)
			l.AdvanceTo(c.Now().Add(time.Second))
		}
	})},
	{name: "slow tunnels", rule: "WXA-PRX-004", want: []string{"fail medium " + proxy + " 6"}, capture: story(func(l *ladder) {
		for range 6 {
			c := l.TCP(l.next(), pcaptest.Proxy, pcaptest.Path{RTT: 5 * time.Millisecond}).Open()
			l.talksTLS(c.Connect(pcaptest.Connect{Target: "idbroker.webex.com:443", Think: 300 * time.Millisecond}), "idbroker.webex.com", time.Second, 2)
		}
	})},
	{name: "a proxy far away", rule: "WXA-PRX-004", want: []string{"pass medium run all 6"}, capture: story(func(l *ladder) {
		for range 6 {
			c := l.TCP(l.next(), pcaptest.Proxy, pcaptest.Path{RTT: 300 * time.Millisecond}).Open()
			l.talksTLS(c.Connect(pcaptest.Connect{Target: "idbroker.webex.com:443"}), "idbroker.webex.com", time.Second, 2)
		}
	})},
	{name: "two ways", rule: "WXA-PRX-005", want: []string{"warn info " + lan + " 4"}, capture: crowdOf(4, func(i int, l *ladder) {
		if i < 2 {
			l.signsIn()
			return
		}
		l.talksTLS(l.tunnel("idbroker.webex.com:443", false), "idbroker.webex.com", time.Second, 3)
	})},
	{name: "a phone", rule: "WXA-PRX-007", site: "phones: [10.20.1.15]", want: []string{"fail medium " + proxy + " 1"}, capture: story(func(l *ladder) {
		l.talksTLS(l.tunnel("hs17.hosted-int.bcld.webex.com:8934", false), "hs17.hosted-int.bcld.webex.com", time.Second, 3)
	})},
	{name: "HTTP of a phone", rule: "WXA-PRX-007", site: "phones: [10.20.1.15]", want: []string{"pass medium run all 1"}, capture: story(func(l *ladder) {
		l.talksTLS(l.tunnel("activation.webex.com:443", false), "activation.webex.com", time.Second, 3)
	})},
}
