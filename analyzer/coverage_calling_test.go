package analyzer_test

import "webexaudit/analyzer/pcaptest"

// coverageCalling: every row of Webex Calling.
var coverageCalling = []coverageCase{
	// Signalling.
	{name: "SIP of a phone", flow: "tcp 10.40.0.21:5060 139.177.65.20:8934", play: tls(""), want: wants{"calling signalling tls probable, phone, dscp 24 26", "calling signalling tls confirmed, phone, dscp 24 26"}},
	{name: "SIP of the app", flow: "tcp 10.20.1.15:50010 139.177.65.20:8934", play: tls(""), want: wants{"calling signalling tls probable, dscp 24 26"}},
	{name: "SIP of the app by name", flow: "tcp 10.20.1.15:50010 52.29.8.14:8934", play: tls("hs17.hosted-int.bcld.webex.com"),
		want: wants{"calling signalling tls confirmed, dscp 24 26", "calling signalling tls confirmed, dscp 24 26", "", ""}},
	{name: "SIP of the app, shared range", flow: "tcp 10.20.1.15:50010 170.72.1.2:8934", play: tls(""), want: wants{"calling signalling tls probable, dscp 24 26"}},
	{name: "SIP of a registered trunk", flow: "tcp 10.50.0.2:20010 139.177.65.20:8934", play: tls(""),
		want: wants{"calling signalling tls probable, dscp 24 26", "calling signalling tls confirmed, local-gateway, dscp 24 26"}},
	{name: "SIP of a certificate trunk", flow: "tcp 10.50.0.2:20010 139.177.65.20:5062", play: tls(""),
		want: wants{"calling signalling tls probable, dscp 24 26", "calling signalling tls confirmed, local-gateway, dscp 24 26"}},
	{name: "SIP of a certificate trunk, shared range", flow: "tcp 10.50.0.2:20010 170.72.1.2:5062", play: tls(""),
		want: wants{"calling signalling tls probable, dscp 24 26", "calling signalling tls confirmed, local-gateway, dscp 24 26"}},
	{name: "cloud to a certificate trunk", flow: "tcp 139.177.65.20:40010 10.50.0.2:5061", play: tls(""),
		want: wants{"calling signalling tls probable", "calling signalling tls probable, local-gateway, dscp 24 26", "calling other tls probable", "calling signalling tls probable, local-gateway, dscp 24 26"}},
	{name: "SIP blocked", flow: "tcp 10.20.1.15:50010 139.177.65.20:8934", play: knock,
		want: wants{"calling signalling tcp probable, dscp 24 26", "calling signalling tcp probable, dscp 24 26", gone, gone}},

	// Media by source range; STUN on 5004 and 9000; no sign but the range.
	{name: "media of a phone", flow: "udp 10.40.0.21:19570 139.177.65.20:20000", play: rtp("sip"), want: wants{"calling media-audio udp confirmed, phone" + audioIn}},
	{name: "media of a phone, last port", flow: "udp 10.40.0.21:19661 139.177.65.20:65535", play: rtp("sip"), want: wants{"calling media-audio udp confirmed, phone" + audioIn}},
	{name: "media of a phone, 5004", flow: "udp 10.40.0.21:19570 139.177.65.20:5004", play: rtp("opaque audio"), want: wants{"calling media-audio udp confirmed, phone" + audioIn}},
	{name: "media of a phone, 9000, shared", flow: "udp 10.40.0.21:19570 170.72.1.2:9000", play: rtp("opaque audio"), want: wants{"calling media-audio udp confirmed, phone" + audioIn}},
	{name: "media of the app, audio", flow: "udp 10.20.1.15:8510 139.177.65.20:20000", play: rtp("sip"), want: wants{"calling media-audio udp confirmed, app" + audioIn}},
	{name: "media of the app, video", flow: "udp 10.20.1.15:8610 139.177.65.20:20000", play: rtp("opaque video"), want: wants{"calling media-video udp confirmed, app" + videoIn}},
	{name: "media of the app, shared 5004", flow: "udp 10.20.1.15:8510 170.72.1.2:5004", play: rtp("opaque audio"), want: wants{"calling media-audio udp confirmed, app" + audioIn}},
	{name: "media of the app, to 8600", flow: "udp 10.20.1.15:8510 139.177.65.20:8600", play: rtp("opaque audio"), want: wants{"calling media-audio udp confirmed, app" + audioIn}},
	{name: "media of a device", flow: "udp 10.20.1.15:52060 139.177.65.20:5004", play: rtp("opaque audio"), want: wants{"calling media-audio udp confirmed, room-device" + audioIn}},
	{name: "media of a device, video", flow: "udp 10.20.1.15:52210 139.177.65.20:30000", play: rtp("opaque video"), want: wants{"calling media-video udp confirmed, room-device" + videoIn}},
	{name: "media of a gateway", flow: "udp 10.50.0.2:16400 139.177.65.20:20000", play: rtp("sip"),
		want: wants{"calling media-audio udp confirmed, audio, plan in", "calling media-audio udp confirmed, local-gateway" + audioIn}},
	{name: "media of a gateway, last port", flow: "udp 10.50.0.2:48199 139.177.65.20:5004", play: rtp("opaque audio"),
		want: wants{"calling media-audio udp confirmed, audio, plan in", "calling media-audio udp confirmed, local-gateway" + audioIn}},
	{name: "media, ephemeral", flow: "udp 10.20.1.15:50010 139.177.65.20:20000", play: rtp("sip"), want: wants{"calling media-audio udp confirmed, audio, plan out"}},
	{name: "media, ephemeral video", flow: "udp 10.20.1.15:50010 139.177.65.20:20000", play: rtp("opaque video"), want: wants{"calling media-video udp confirmed, video, plan out"}},
	{name: "STUN 5004", flow: "udp 10.20.1.15:50010 139.177.65.20:5004", play: binding, want: wants{"calling reachability udp confirmed"}},
	{name: "STUN 9000", flow: "udp 10.20.1.15:50010 139.177.65.20:9000", play: binding, want: wants{"calling reachability udp confirmed"}},

	// Ports and ranges that Calling and meetings share: the client's signalling decides.
	{name: "shared, Calling signalling", flow: "udp 10.20.1.15:50010 170.72.1.2:5004", play: rtp("opaque audio"), beside: []beside{sipCalling(app)},
		want: wants{"calling media-audio udp probable, audio, plan out"}},
	{name: "shared 9000, Calling signalling", flow: "udp 10.20.1.15:50010 170.72.1.2:9000", play: rtp("opaque audio"), beside: []beside{sipCalling(app)},
		want: wants{"calling media-audio udp probable, audio, plan out"}},
	{name: "shared device, Calling signalling", flow: "udp 10.20.1.15:52060 170.72.1.2:5004", play: rtp("opaque audio"), beside: []beside{sipCalling(app)},
		want: wants{"calling media-audio udp probable, room-device" + audioIn}},
	{name: "shared, both signal", flow: "udp 10.20.1.15:50010 170.72.1.2:5004", play: rtp("opaque audio"), beside: []beside{sipCalling(app), locus(app)},
		want: wants{"meetings media-audio udp confirmed, audio, plan out", "meetings media-audio udp confirmed, audio, plan out",
			"calling media-audio udp probable, audio, plan out", "calling media-audio udp probable, audio, plan out"}},
	{name: "shared, another client signals", flow: "udp 10.20.1.15:50010 170.72.1.2:5004", play: rtp("opaque audio"), beside: []beside{sipCalling(phone)},
		want: wants{"meetings media-audio udp confirmed, audio, plan out"}},
	{name: "meetings only, Calling signalling", flow: "udp 10.20.1.15:50010 64.68.105.103:5004", play: rtp("opaque audio"), beside: []beside{sipCalling(app)},
		want: wants{"meetings media-audio udp confirmed, audio, plan out"}},

	// Direct media inside.
	{name: "direct media, Calling signalling", flow: "udp 10.20.1.15:8510 10.40.0.21:19570", play: rtp("sip"), beside: []beside{sipCalling(app)},
		want: wants{"calling media-audio udp possible, audio"}},
	{name: "direct media, no signalling", flow: "udp 10.20.1.15:8510 10.40.0.21:19570", play: rtp("sip"), want: wants{""}},

	// Configuration, time, the network test.
	{name: "configuration 6970", flow: "tcp 10.40.0.21:50010 72.163.24.9:6970", play: bytesTCP, want: wants{"calling update tcp possible", "calling update tcp probable, phone"}},
	{name: "configuration 8443", flow: "tcp 10.40.0.21:50010 72.163.24.9:8443", play: tls(""), want: wants{"calling signalling tls possible", "calling update tls probable, phone"}},
	{name: "configuration 80", flow: "tcp 10.40.0.21:50010 72.163.24.9:80", play: http, want: wants{"", "calling update tcp probable, phone", gone, gone}},
	{name: "range of configuration, another name", flow: "tcp 10.20.1.15:50010 72.163.24.9:443", play: tls("software.cisco.com"), want: wants{""}},
	{name: "range of configuration, another port", flow: "tcp 10.20.1.15:50010 72.163.24.9:22", play: bytesTCP, want: wants{""}},
	{name: "time of Calling", flow: "udp 10.40.0.21:51494 139.177.65.20:123", play: bytesUDP, want: wants{"calling time udp probable", "calling time udp probable, phone"}},
	{name: "time of Calling by name", flow: "udp 10.40.0.21:51494 52.29.8.14:123", play: resolved("ntp-jp.bcld.webex.com", bytesUDP),
		want: wants{"calling time udp probable", "calling time udp probable, phone", "", ""}},
	{name: "network test", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: tls("cscan.webex.com"), want: wants{"calling reachability tls confirmed", "calling reachability tls confirmed", "", ""}},
}

// coverageExpressway: SIP to the cloud, Edge Audio, the traversal zone, mobile and remote access, TURN, hybrid
// connectors.
var coverageExpressway = []coverageCase{
	{name: "SIP to the cloud 5061", flow: "tcp 192.0.2.10:30010 64.68.105.103:5061", play: tls(""), want: wants{"meetings signalling tls probable", "expressway signalling tls confirmed, expressway"}},
	{name: "SIP to the cloud 5060", flow: "tcp 192.0.2.10:30010 64.68.105.103:5060", play: sipClear, want: wants{"meetings signalling tcp probable", "expressway signalling tcp confirmed, expressway", gone, gone}},
	{name: "SIP to the cloud 5070", flow: "tcp 192.0.2.10:30010 64.68.105.103:5070", play: tls(""), want: wants{"expressway signalling tls probable", "expressway signalling tls confirmed, expressway"}},
	{name: "SIP to the cloud by certificate", flow: "tcp 192.0.2.10:30010 52.29.8.14:5062", play: tlsCert("callservice.ciscospark.com"),
		want: wants{"expressway signalling tls confirmed", "expressway signalling tls confirmed, expressway", gone, gone}},
	{name: "SIP to the cloud by name", flow: "tcp 192.0.2.10:30010 52.29.8.14:5062", play: tls("l2sip-cfa-01.wbx2.com"),
		want: wants{"expressway signalling tls confirmed", "expressway signalling tls confirmed, expressway", "", ""}},
	{name: "SIP from the cloud", flow: "tcp 64.68.105.103:40010 192.0.2.10:5062", play: tls(""),
		want: wants{"meetings signalling tls probable", "expressway signalling tls probable, expressway", "meetings other tls probable", "expressway signalling tls probable, expressway"}},
	{name: "media to the cloud", flow: "udp 192.0.2.10:40010 64.68.105.103:55000", play: rtp("quiet sip"),
		want: wants{"expressway media-audio udp probable, audio", "expressway media-audio udp confirmed, expressway, audio"}},
	{name: "media from the cloud", flow: "udp 64.68.105.103:55000 192.0.2.10:40010", play: rtp("quiet sip"),
		want: wants{"expressway media-audio udp probable, audio", "expressway media-audio udp confirmed, expressway, audio"}},
	{name: "Edge Audio SIP out", flow: "tcp 192.0.2.40:30010 23.89.1.2:5065", play: tls(""), want: wants{"expressway signalling tls probable", "edge-audio signalling tls confirmed"}},
	{name: "Edge Audio SIP in", flow: "tcp 23.89.1.2:30010 192.0.2.40:5061", play: tls(""), want: wants{"meetings signalling tls probable", "edge-audio signalling tls probable", "meetings other tls probable", "edge-audio signalling tls probable"}},
	{name: "Edge Audio media out", flow: "udp 192.0.2.40:16400 23.89.1.2:9500", play: rtp("quiet sip"), want: wants{"meetings media-audio udp probable, audio, plan out", "edge-audio media-audio udp confirmed, audio, dscp 46"}},
	{name: "Edge Audio media in", flow: "udp 23.89.1.2:9500 192.0.2.40:16400", play: rtp("quiet sip"), want: wants{"meetings media-audio udp probable, audio, plan out", "edge-audio media-audio udp confirmed, audio"}},

	{name: "traversal SIP", flow: "tcp 10.9.0.5:25010 192.0.2.10:7001", play: tls(""), want: wants{"", "expressway signalling tls confirmed, expressway"}},
	{name: "traversal SIP, second zone", flow: "tcp 10.9.0.5:25010 192.0.2.10:7002", play: tls(""), want: wants{"", "expressway signalling tls confirmed, expressway"}},
	{name: "traversal SIP, down", flow: "tcp 10.9.0.5:25010 192.0.2.10:7001", play: knock, want: wants{"", "expressway signalling tcp probable, expressway", gone, gone}},
	{name: "traversal SSH", flow: "tcp 10.9.0.5:30010 192.0.2.10:2222", play: bytesTCP, want: wants{"", "expressway signalling tcp probable, expressway"}},
	{name: "traversal XMPP", flow: "tcp 10.9.0.5:30010 192.0.2.10:7400", play: bytesTCP, want: wants{"", "expressway signalling tcp probable, expressway"}},
	{name: "traversal RTP 2776", flow: "udp 10.9.0.5:40010 192.0.2.10:2776", play: rtp("quiet sip"), want: wants{"", "expressway media-audio udp confirmed, expressway, audio"}},
	{name: "traversal RTCP 2777", flow: "udp 10.9.0.5:40011 192.0.2.10:2777", play: reports, want: wants{"", "expressway media-mixed udp confirmed, expressway, mixed"}},
	{name: "traversal RTP 36000", flow: "udp 10.9.0.5:40010 192.0.2.10:36000", play: rtp("quiet sip"), want: wants{"", "expressway media-audio udp confirmed, expressway, audio"}},
	{name: "traversal RTP 36010", flow: "udp 10.9.0.5:40010 192.0.2.10:36010", play: rtp("quiet sip"), want: wants{"", "expressway media-audio udp confirmed, expressway, audio"}},
	{name: "TURN control inside", flow: "udp 10.9.0.5:40010 192.0.2.10:3478", play: turn, want: wants{"", "expressway turn udp confirmed, expressway"}},
	{name: "from E to C", flow: "tcp 192.0.2.10:30010 10.9.0.5:7001", play: tls(""), want: wants{"", "expressway other tls probable, expressway", "", ""}},
	{name: "C to another host on 7001", flow: "tcp 10.9.0.5:25010 192.0.2.99:7001", play: tls(""), want: wants{""}},
	{name: "stranger to E on 7001", flow: "tcp 198.51.100.77:25010 192.0.2.10:7001", play: tls(""), want: wants{""}},
	{name: "traversal SIP, learnt", flow: "tcp 10.8.0.5:25010 192.0.2.20:7001", play: tls(""), want: wants{"expressway signalling tls possible, expressway"},
		beside: []beside{{"tcp 10.8.0.5:30010 192.0.2.20:2222", bytesTCP}, {"tcp 192.0.2.20:30011 64.68.105.103:5070", tls("")}}},
	{name: "traversal SIP, no Webex about", flow: "tcp 10.8.0.5:25010 192.0.2.20:7001", play: tls(""), want: wants{""}, beside: []beside{{"tcp 10.8.0.5:30010 192.0.2.20:2222", bytesTCP}}},
	{name: "SSH on 2222, Webex about", flow: "tcp 10.8.0.5:30010 192.0.2.20:2222", play: bytesTCP, want: wants{""}, beside: []beside{{"tcp 192.0.2.20:30011 64.68.105.103:5070", tls("")}}},

	{name: "remote access SIP", flow: "tcp 198.51.100.77:50010 192.0.2.10:5061", play: tls(""), want: wants{"", "expressway signalling tls confirmed"}},
	{name: "remote access HTTPS", flow: "tcp 198.51.100.77:50010 192.0.2.10:8443", play: tls(""), want: wants{"", "expressway signalling tls confirmed"}},
	{name: "remote access XMPP", flow: "tcp 198.51.100.77:50010 192.0.2.10:5222", play: bytesTCP, want: wants{"", "expressway signalling tcp probable"}},
	{name: "remote access media", flow: "udp 198.51.100.77:50010 192.0.2.10:36500", play: rtp("quiet sip"), want: wants{"", "expressway media-audio udp confirmed, audio"}},
	{name: "remote TURN", flow: "udp 198.51.100.77:50010 192.0.2.10:3478", play: turn, want: wants{"", "expressway turn udp confirmed"}},
	{name: "remote relay", flow: "udp 198.51.100.77:50010 192.0.2.10:24010", play: rtp("quiet sip"), want: wants{"", "expressway media-audio udp confirmed, audio"}},
	{name: "knock at the edge", flow: "tcp 198.51.100.77:50010 192.0.2.10:8443", play: knock, want: wants{"", "", gone, gone}},
	{name: "stranger at the edge, UDP", flow: "udp 198.51.100.77:50010 192.0.2.10:36500", play: bytesUDP, want: wants{""}},
	{name: "web page of the edge", flow: "tcp 198.51.100.77:50010 192.0.2.10:443", play: tls(""), want: wants{""}},

	{name: "connector on Expressway-C", flow: "tcp 10.9.0.5:50010 52.29.8.14:443", play: tls("conv-a.wbx2.com"),
		want: wants{"messaging signalling tls confirmed", "hybrid-connector signalling tls confirmed, expressway", "", ""}},
	{name: "directory connector", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: tls("a.cloudconnector.webex.com"), want: wants{"hybrid-connector signalling tls confirmed", "hybrid-connector signalling tls confirmed", "", ""}},
	{name: "identity of Expressway-E", flow: "tcp 192.0.2.10:30010 52.29.8.14:443", play: tls("idbroker.webex.com"),
		want: wants{"identity signalling tls confirmed", "expressway signalling tls confirmed, expressway", "", ""}},
	{name: "push service of Expressway-E", flow: "tcp 192.0.2.10:30010 52.29.8.14:443", play: tls("fos-a.wbx2.com"),
		want: wants{"expressway signalling tls confirmed", "expressway signalling tls confirmed, expressway", "", ""}},
	{name: "C to Unified CM", flow: "tcp 10.9.0.5:30010 10.9.1.9:5061", play: tls(""), want: wants{"", "expressway signalling tls confirmed, expressway"}},
	{name: "C to a web server inside", flow: "tcp 10.9.0.5:30010 10.9.1.9:443", play: tls(""), want: wants{""}},
}

// coverageOther: names, supporting services, and what can be learnt without a name.
var coverageOther = []coverageCase{
	{name: "Contact Center", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: tls("desktop.wxcc-us1.cisco.com"), want: wants{"contact-center signalling tls confirmed", "contact-center signalling tls confirmed", "", ""}},
	{name: "WebSocket", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: tls("mercury-connection-a.wbx2.com"), want: wants{"messaging websocket tls confirmed", "messaging websocket tls confirmed", "", ""}},
	{name: "files", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: tls("files-prod-us-east-2.webexcontent.com"), want: wants{"content file-transfer tls confirmed", "content file-transfer tls confirmed", "", ""}},
	{name: "QUIC", flow: "udp 10.20.1.15:50010 52.29.8.14:443", play: quicTo("acme.webex.com"), want: wants{"meetings signalling quic confirmed", "meetings signalling quic confirmed", "", ""}},
	{name: "refused by the proxy", flow: "tcp 10.20.1.15:50010 10.20.0.80:8080", play: refused("acme.webex.com:443"), want: wants{"meetings signalling http-connect confirmed", "meetings signalling http-connect confirmed", gone, gone}},
	{name: "web pages", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: tls("help.webex.com"), want: wants{"other web tls confirmed", "other web tls confirmed", "", ""}},
	{name: "signalling in a media range", flow: "tcp 10.20.1.15:50010 170.72.1.2:443", play: tls("acme.webex.com"), want: wants{"meetings signalling tls confirmed", "meetings signalling tls confirmed", "meetings other tls probable", "meetings other tls probable"}},
	{name: "media node by certificate", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: tlsCert("linus24.wamsm-a-4.prod.infra.webex.com"), want: wants{"meetings reachability tls confirmed", "meetings reachability tls confirmed", gone, gone}},
	{name: "name by DNS", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: resolved("locus-a.wbx2.com", tls("")), want: wants{"meetings signalling tls probable", "meetings signalling tls probable", "", ""}},
	{name: "name by DNS, another SNI", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: resolved("files-api-a.wbx2.com", tls("www.example.net")), want: wants{""}},
	{name: "weak name alone", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: tls("software.cisco.com"), want: wants{""}},
	{name: "weak name beside Webex", flow: "tcp 10.20.1.15:50010 52.29.8.14:443", play: tls("software.cisco.com"), beside: []beside{locus(app)}, want: wants{"other web tls possible", "other web tls possible", "", ""}},
	{name: "same server, no name", flow: "tcp 10.20.1.15:50010 52.29.8.15:443", play: tls(""), beside: []beside{locus(app)}, want: wants{"meetings signalling tls possible", "meetings signalling tls possible", "", ""}},
	{name: "same server, also another name", flow: "tcp 10.20.1.15:50010 52.29.8.15:443", play: tls(""), want: wants{""},
		beside: []beside{locus(app), {"tcp 10.20.1.15:50902 52.29.8.15:443", tls("www.example.net")}}},
	{name: "native media to another address", flow: "udp 10.20.1.15:50010 18.184.33.9:5004", play: rtp("quiet audio"), beside: []beside{locus(app)}, want: wants{"meetings media-audio udp possible, audio", "meetings media-audio udp possible, audio", "", ""}},
	{name: "native media, nothing else", flow: "udp 10.20.1.15:50010 18.184.33.9:5004", play: rtp("quiet audio"), want: wants{""}},

	// Supporting services: never Webex, and named only beside Webex.
	{name: "OCSP beside Webex", flow: "tcp 10.20.1.15:50010 93.184.216.34:80", play: resolved("ocsp.digicert.com", http), beside: []beside{locus(app)},
		want: wants{"- third-party revocation tcp", "- third-party revocation tcp", gone, gone}},
	{name: "OCSP alone", flow: "tcp 10.20.1.15:50010 93.184.216.34:80", play: resolved("ocsp.digicert.com", http), want: wants{"", "", gone, gone}},
	{name: "third party beside Webex", flow: "tcp 10.20.1.15:50010 93.184.216.34:443", play: tls("media.giphy.com"), beside: []beside{locus(app)}, want: wants{"- third-party web tls", "- third-party web tls", "", ""}},
	{name: "NTP beside Webex", flow: "udp 10.20.1.15:50010 93.184.216.34:123", play: bytesUDP, beside: []beside{locus(app)}, want: wants{"- other time udp", "- other time udp", "", ""}},
	{name: "NTP alone", flow: "udp 10.20.1.15:50010 93.184.216.34:123", play: bytesUDP, want: wants{""}},
	{name: "DNS beside Webex", flow: "udp 10.20.1.15:50010 10.20.0.54:53", play: question("www.example.net"), beside: []beside{locus(app)}, want: wants{"- other name udp", "- other name udp", gone, gone}},
	{name: "DNS for Webex", flow: "udp 10.20.1.15:50010 10.20.0.54:53", play: question("idbroker.webex.com"), want: wants{"- other name udp", "- other name udp", gone, gone}},
	{name: "DNS alone", flow: "udp 10.20.1.15:50010 10.20.0.54:53", play: question("www.example.net"), want: wants{"", "", gone, gone}},
}

// sipClear plays SIP without TLS.
func sipClear(s *pcaptest.Scenario, e ends) {
	c := s.TCP(e.client, e.server, pcaptest.Path{}).Open()
	c.Send(pcaptest.SIP{Start: "OPTIONS sip:a.example.org SIP/2.0", Headers: []string{"Call-ID: 1"}}.Bytes())
	c.Recv(pcaptest.SIP{Start: "SIP/2.0 200 OK", Headers: []string{"Call-ID: 1"}}.Bytes())
	c.Close()
}
