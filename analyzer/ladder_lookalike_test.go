package analyzer_test

import (
	"time"

	"webexaudit/analyzer/pcaptest"
)

// notCalls: what resembles media or a fallback and is neither. No session, and no accusation of MED-001 to 005 unless
// UDP is silent.
var notCalls = []climb{
	{name: "tests alone", play: func(l *ladder) { l.signsIn(); l.tests(24) }},
	{name: "tests alone, TCP and TLS work and UDP does not", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(false, 5004, 3, nodeA, nodeB, nodeC)
		for range 4 {
			x := l.TLS(l.TCP(l.next(), at(nodeB, 443), nodePath).Open(), node12)
			x.Send(100).Recv(66).Close()
		}
	}, rules: "MED-004 high confirmed"},
	{name: "407 that is never satisfied", play: func(l *ladder) {
		l.signsIn()
		l.asksUDP(false, 5004, 7, nodeA, nodeB)
		for range 3 {
			l.refused("170.72.1.2:443", 407)
		}
	}, rules: "MED-004 high confirmed"},
	{name: "tests through the proxy", play: func(l *ladder) {
		l.signsIn()
		for range 5 {
			x := l.TLS(l.tunnel("170.72.1.2:443", false), node12)
			x.Send(100).Recv(66).Close()
		}
	}},
	{name: "tests of TLS that linger", play: func(l *ladder) {
		l.signsIn()
		for range 2 {
			l.inTLS(l.TCP(l.next(), at(nodeA, 443), nodePath).Open(), node12, func(start time.Time) []pcaptest.Event {
				return pcaptest.WebSocketCadence(start, 90*time.Second, 30*time.Millisecond)
			})
		}
	}},
	{name: "a browser's TURN over TLS", play: func(l *ladder) {
		l.signsIn()
		l.inTLS(l.TCP(l.next(), at(nodeA, 443), nodePath).Open(), pcaptest.TLS{Version: pcaptest.TLS13, SNI: turnName,
			ALPN: []string{"stun.turn"}}, call(min1))
	}, rules: "MED-001 high possible"}, // no media over UDP meanwhile: it may be a fallback
	{name: "a browser's TURN over TLS through a proxy", play: func(l *ladder) {
		l.signsIn()
		l.inTLS(l.tunnel(turnName+":443", false), pcaptest.TLS{Version: pcaptest.TLS13, SNI: turnName}, call(min1))
	}, rules: "MED-002 high possible"},
	{name: "a browser's TURN over TCP", play: func(l *ladder) {
		l.signsIn()
		c := l.TCP(l.next(), at(nodeA, 5004), nodePath).Open()
		l.TURN(c, "webexturnreachuser", at(nodeA, 24010))
		for range 1500 {
			c.Send(pcaptest.ChannelData(0x4000, make([]byte, 90))).Recv(pcaptest.ChannelData(0x4000, make([]byte, 90)))
		}
	}, rules: "MED-003 medium possible"},
	{name: "a file goes up", play: func(l *ladder) {
		l.signsIn()
		l.named("files-prod-us-east-2.webexcontent.com", foreign, upload)
	}},
	{name: "a file comes down", play: func(l *ladder) {
		l.signsIn()
		l.named("files-prod-us-east-2.webexcontent.com", foreign, download)
	}},
	{name: "a file comes down through the proxy", play: func(l *ladder) {
		l.signsIn()
		l.inTLS(l.tunnel("files-prod-us-east-2.webexcontent.com:443", false), pcaptest.TLS{Version: pcaptest.TLS13}, download)
	}},
	{name: "bulk from a media node", play: func(l *ladder) {
		l.signsIn()
		l.inTLS(l.TCP(l.next(), at(nodeA, 443), nodePath).Open(), node12, download)
	}},
	{name: "a WebSocket for ten minutes", play: func(l *ladder) {
		l.named("mercury-connection-a.wbx2.com", sharedCloud, func(start time.Time) []pcaptest.Event {
			return pcaptest.WebSocketCadence(start, 10*time.Minute, 20*time.Millisecond)
		})
	}},
	{name: "a WebSocket that chatters", play: func(l *ladder) { l.named("mercury-connection-a.wbx2.com", sharedCloud, chatter) }},
	{name: "a WebSocket that chatters, of a media range", play: func(l *ladder) { l.named("mercury-connection-a.wbx2.com", nodeA, chatter) }},
	{name: "a WebSocket that chatters, through the proxy", play: func(l *ladder) {
		l.inTLS(l.tunnel("mercury-connection-a.wbx2.com:443", false), pcaptest.TLS{Version: pcaptest.TLS13}, chatter)
	}},
	{name: "a nameless WebSocket of a media range", play: func(l *ladder) {
		l.inTLS(l.TCP(l.next(), at(nodeA, 443), nodePath).Open(), pcaptest.TLS{Version: pcaptest.TLS13}, chatter)
	}},
	{name: "a game on UDP 5004 beside Webex", play: func(l *ladder) { l.signsIn(); l.gameUDP(at(foreign, 5004), 0, min1) }},
	{name: "another meeting on UDP 9000 beside Webex", play: func(l *ladder) { l.signsIn(); l.gameUDP(at(foreign, 9000), 96, min1) }},
	{name: "another meeting at a shared cloud address", play: func(l *ladder) { l.signsIn(); l.gameUDP(at(sharedCloud, 8801), 96, min1) }},
	{name: "another meeting over TLS beside Webex", play: func(l *ladder) { l.signsIn(); l.named("mmr.zoom.us", foreign, call(min1)) }},
	{name: "another meeting over nameless TLS at a shared cloud address", play: func(l *ladder) {
		l.signsIn()
		l.inTLS(l.TCP(l.next(), at(sharedCloud, 443), nodePath).Open(), pcaptest.TLS{Version: pcaptest.TLS13},
			call(min1))
	}},
	{name: "another meeting through the proxy", play: func(l *ladder) {
		l.signsIn()
		l.inTLS(l.tunnel("mmr.zoom.us:443", false), pcaptest.TLS{Version: pcaptest.TLS13}, call(min1))
	}},
	{name: "another meeting through a proxy that speaks TLS itself", site: "proxies: [10.20.0.80:8080]", play: func(l *ladder) {
		l.asksUDP(false, 5004, 7, nodeA, nodeB)
		l.inTLS(l.TCP(l.next(), pcaptest.Proxy, nodePath).Open(),
			pcaptest.TLS{Version: pcaptest.TLS13, SNI: "proxy.example.org"}, call(min1))
	}, rules: "MED-004 high probable"},
	{name: "a film beside Webex", play: func(l *ladder) { l.signsIn(); l.named("video.example.org", foreign, streaming) }},
	{name: "a film from a content host of Webex", play: func(l *ladder) {
		l.signsIn()
		l.named("files-prod-us-east-2.webexcontent.com", foreign, streaming)
	}},
	{name: "a VPN over TLS beside Webex", play: func(l *ladder) { l.signsIn(); l.named("vpn.example.org", foreign, office) }},
	{name: "a nameless VPN over TLS beside Webex", play: func(l *ladder) {
		l.signsIn()
		l.inTLS(l.TCP(l.next(), at(foreign, 443), nodePath).Open(), pcaptest.TLS{Version: pcaptest.TLS13}, office)
	}},
}

const turnName = "external-media24.public.wamsm-a-4.prod.infra.webex.com"
