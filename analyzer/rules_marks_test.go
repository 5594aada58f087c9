package analyzer_test

import (
	"net/netip"
	"time"

	"webexaudit/analyzer/pcaptest"
)

// meetingOf is a signed-in client's call, changed.
func meetingOf(change func(c *pcaptest.Call)) func() *pcaptest.Capture {
	return story(func(l *ladder) {
		l.signsIn()
		c := pcaptest.WebexCall(l.client, at(nodeA, 5004))
		change(&c)
		l.Call(c)
	})
}

// markFixtures: DSCP, source ports, ECN and 802.1p.
var markFixtures = []fixture{
	{name: "audio", rule: "WXA-QOS-001", vantage: "inside", capture: pcaptest.UnmarkedAudio, want: []string{"fail high " + lan + " 2"}},
	{name: "at the edge", rule: "WXA-QOS-001", vantage: "wan", capture: pcaptest.UnmarkedAudio, want: []string{"not-assessable high run all 2"}},
	{name: "video", rule: "WXA-QOS-002", vantage: "access", want: []string{"warn medium " + lan + " 1"}, capture: meetingOf(func(c *pcaptest.Call) { c.VideoMark = 0 })},
	{name: "classes exchanged", rule: "WXA-QOS-003", vantage: "inside", capture: pcaptest.WrongMarks, want: []string{"fail medium " + lan + " 3"}},
	{name: "classes exchanged, a switch that marks", rule: "WXA-QOS-003", vantage: "access", site: "switch_classifies: [10.20.1.0/24]\n", capture: pcaptest.WrongMarks,
		want: []string{"not-assessable medium run all 3"}},
	{name: "a policer", rule: "WXA-QOS-004", vantage: "inside", want: []string{"fail medium " + lan + " 1"}, capture: meetingOf(func(c *pcaptest.Call) {
		c.Change = func(r *pcaptest.RTPStream) {
			if r.PT == pcaptest.PTAudioUp {
				r.Mark = func(i int) uint8 { return []uint8{pcaptest.EF, 0}[i/10%2] }
			}
		}
	})},
	{name: "ephemeral", rule: "WXA-QOS-006", vantage: "inside", want: []string{"warn medium " + lan + " 2"}, capture: meetingOf(func(c *pcaptest.Call) {
		c.AudioPort, c.VideoPort, c.AudioMark, c.VideoMark = 55001, 55003, 0, 0
	})},
	{name: "return at the edge", rule: "WXA-QOS-007", vantage: "dmz", want: []string{"warn info " + lan + " 3"}, capture: meetingOf(func(c *pcaptest.Call) { c.AudioBack, c.VideoBack = 0, 8 })},
	{name: "return inside", rule: "WXA-QOS-008", vantage: "inside", want: []string{"warn medium " + lan + " 3"}, capture: meetingOf(func(c *pcaptest.Call) { c.AudioBack, c.VideoBack = 0, 0 })},
	{name: "return inside, guessed", rule: "WXA-QOS-008", want: []string{"not-assessable medium run all 3"}, capture: meetingOf(func(c *pcaptest.Call) { c.AudioBack, c.VideoBack = 0, 0 })},
	{name: "Calling signalling", rule: "WXA-QOS-009", vantage: "inside", site: "phones: [10.20.1.0/24]\n", want: []string{"warn low " + lan + " 1"}, capture: story(func(l *ladder) { l.registers(l.next(), 0) })},
	{name: "Calling signalling, marked", rule: "WXA-QOS-009", vantage: "inside", site: "phones: [10.20.1.0/24]\n", want: []string{"pass low run all 1"}, capture: story(func(l *ladder) { l.registers(l.next(), pcaptest.CS3) })},
	{name: "Calling signalling, a switch that marks", rule: "WXA-QOS-009", vantage: "access", site: "phones: [10.20.1.0/24]\nswitch_classifies: true\n",
		want: []string{"not-assessable low run all 1"}, capture: story(func(l *ladder) { l.registers(l.next(), 0) })},
	{name: "EF on an upload", rule: "WXA-QOS-010", vantage: "inside", want: []string{"fail medium " + lan + " 1"}, capture: story(func(l *ladder) {
		l.callsUDP(nodeA, 5004, 20*time.Second)
		c := l.TCP(l.next(), at(sharedCloud, 443), pcaptest.Path{DSCP: pcaptest.EF, RTT: 30 * time.Millisecond}).Open()
		l.inTLS(c, pcaptest.TLS{Version: pcaptest.TLS13, SNI: "files-prod-us-east-2.webexcontent.com", Chain: pcaptest.SignallingChain("*.webexcontent.com")}, upload)
	})},
	{name: "a full queue", rule: "WXA-QOS-011", want: []string{"warn low " + lan + " 200"}, capture: story(func(l *ladder) {
		l.signsIn()
		ect := l.UDP(l.from(52000), at(nodeA, 5004), pcaptest.Path{ECN: 2, ECNBack: 2, DSCP: pcaptest.EF})
		ce := l.UDP(l.from(52000), at(nodeA, 5004), pcaptest.Path{ECN: 3, ECNBack: 3, DSCP: pcaptest.EF})
		l.STUN(ect, l.WebexBinding())
		start := ect.Now()
		pcaptest.Play(ect, l.voice(pcaptest.Client, start, 20*time.Second),
			l.voice(pcaptest.Server, start, 20*time.Second))
		pcaptest.Play(ce, l.voice(pcaptest.Server, start.Add(5*time.Millisecond), 4*time.Second))
	})},
	{name: "priority 0 for EF", rule: "WXA-QOS-012", site: "pcp: {46: 5, 34: 4}", want: []string{"fail low " + lan + " 2"},
		capture: then(meetingOf(func(*pcaptest.Call) {}), func(c *pcaptest.Capture) *pcaptest.Capture { return c.Wrap(pcaptest.VLAN(30)) })},
	{name: "no table", rule: "WXA-QOS-012", want: []string{"not-assessable low run all 2"},
		capture: then(meetingOf(func(*pcaptest.Call) {}), func(c *pcaptest.Capture) *pcaptest.Capture { return c.Wrap(pcaptest.VLAN(30)) })},
}

// registers is a Calling client's SIP in TLS: a registration and its refreshes.
func (l *ladder) registers(from netip.AddrPort, mark uint8) {
	name := "hs17.hosted-int.bcld.webex.com"
	c := l.TCP(from, netip.MustParseAddrPort("139.177.65.10:8934"),
		pcaptest.Path{DSCP: mark, DSCPBack: mark, RTT: 28 * time.Millisecond}).Open()
	x := l.TLS(c, pcaptest.TLS{Version: pcaptest.TLS12, SNI: name, Chain: pcaptest.SignallingChain("*.hosted-int.bcld.webex.com")})
	for range 30 {
		x.Send(820).Recv(560)
		x.Wait(time.Second)
	}
	x.Close()
	l.AdvanceTo(x.Now())
}
