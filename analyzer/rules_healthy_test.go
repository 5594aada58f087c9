package analyzer_test

import (
	"net/netip"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// healthyFixtures are deployments without fault: nothing fails, nothing warns.
var healthyFixtures = []fixture{
	{name: "healthy, direct", passes: 40, vantage: "inside", site: healthySite, capture: crowdOf(3, func(_ int, l *ladder) {
		l.signsIn()
		l.tests(3)
		l.calls()
		l.callsUDP(nodeA, 5004, 30*time.Second)
		l.uploads(l.TCP(l.next(), at(sharedCloud, 443), nodePath).Open())
	})},
	{name: "healthy, signalling by the proxy", passes: 40, vantage: "inside", site: healthySite, capture: crowdOf(3, func(i int, l *ladder) {
		for _, name := range []string{"idbroker.webex.com", "locus-a.wbx2.com"} {
			l.talksTLS(l.tunnel(name+":443", true), name, time.Second, 3)
		}
		l.talksTLS(l.tunnel("mercury-connection-a.wbx2.com:443", true), "mercury-connection-a.wbx2.com", 15*time.Second, 8+5*i)
		l.asksUDP(true, 5004, 3, nodeA, nodeB, nodeC)
		l.callsUDP(nodeA, 5004, 30*time.Second)
		l.uploads(l.tunnel("files-prod-us-east-2.webexcontent.com:443", true))
	})},
	{name: "healthy meeting", capture: pcaptest.HealthyMeeting},
	{name: "no Webex", capture: pcaptest.NoWebex},
	{name: "a game", capture: pcaptest.GameOn9000},
}

const healthySite = "{internal: [10.0.0.0/8], proxies: [\"10.20.0.80:8080\"], sites: [{name: hq, prefixes: [10.20.0.0/16]}]}"

// uploads sends a file of a space.
func (l *ladder) uploads(c *pcaptest.TCPFlow) {
	name := "files-prod-us-east-2.webexcontent.com"
	l.inTLS(c, pcaptest.TLS{Version: pcaptest.TLS13, SNI: name, Chain: pcaptest.SignallingChain(name)}, upload)
}

// calls registers with Webex Calling and has a call, both marked.
func (l *ladder) calls() {
	l.registers(l.next(), pcaptest.CS3)
	u := l.UDP(l.from(8500), at(netip.MustParseAddr("139.177.66.20"), 20000),
		pcaptest.Path{DSCP: pcaptest.EF, DSCPBack: pcaptest.EF, RTT: 30 * time.Millisecond})
	var events [][]pcaptest.Event
	for side := range pcaptest.Side(2) {
		events = append(events, pcaptest.RTPStream{From: side, Start: l.Now(), Packets: 1200, SSRC: l.Uint32(),
			ClockRate: 8000, PayloadSize: pcaptest.Always(160)}.Events())
	}
	pcaptest.Play(u, events...)
	l.AdvanceTo(u.Now())
}
