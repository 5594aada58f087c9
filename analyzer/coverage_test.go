package analyzer_test

import (
	"slices"
	"testing"

	"webexaudit/analyzer/pcaptest"
)

// TestCoverage plays every kind of flow of a Webex deployment beside its look-alike: the same ports and packets between
// other hosts. Each is judged with and without a site file, from its beginning and from the middle.
func TestCoverage(t *testing.T) {
	for _, x := range slices.Concat(coverageMeetings, coverageCalling, coverageExpressway, coverageOther) {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			proto, e := ofFlow(t, x.flow)
			s := pcaptest.New(uint64(len(x.name)), pcaptest.Start)
			x.play(s, e)
			for _, b := range x.beside {
				_, other := ofFlow(t, b.flow)
				b.play(s, other)
			}
			x.play(s, e.twin())
			for _, v := range x.variants(s.Capture()) {
				if v.want == gone {
					continue
				}
				set := watch(t, v.capture, v.site, x.policy)
				f := pick(set, proto, e)
				if f == nil {
					t.Errorf("%s: the flow is missing", v.name)
					continue
				}
				if got := seen(f); got != v.want {
					t.Errorf("%s:\n got %q\nwant %q\n     %s %v", v.name, got, v.want, f.Reason, f.SignatureIDs)
				}
				if f.Service != "" && (f.Reason == "" || len(f.SignatureIDs) == 0) {
					t.Errorf("%s: a verdict without reason or signature: %q %v", v.name, f.Reason, f.SignatureIDs)
				}
				if g := pick(set, proto, e.twin()); g == nil || g.Webex || g.Service != "" {
					t.Errorf("%s: the look-alike is taken for %q: %+v", v.name, seen(g), g.Reason)
				}
			}
		})
	}
}

// gone: the flow is over before the sixth second.
const gone = "gone"

type variant struct {
	name, site, want string
	capture          *pcaptest.Capture
}

func (x coverageCase) variants(c *pcaptest.Capture) []variant {
	w, cut := x.want.all(), late(c)
	return []variant{
		{"plain", "", w[0], c}, {"declared", declarations, w[1], c}, {"late", "", w[2], cut}, {"late, declared", declarations, w[3], cut},
	}
}

// signals are Webex flows of a client that tell what it does.
func sipCalling(client string) beside {
	return beside{"tcp " + client + ":50900 139.177.65.21:8934", tls("")}
}
func locus(client string) beside {
	return beside{"tcp " + client + ":50901 52.29.8.15:443", tls("locus-a.wbx2.com")}
}

const (
	audioIn = ", audio, plan in, dscp 46"
	videoIn = ", video, plan in, dscp 34 36"
)

// coverageMeetings: media of meetings on all transports, retired ports and ranges, Video Mesh.
var coverageMeetings = []coverageCase{
	// App, room device and browser: by source port, then payload type, then size and cadence; DTLS.
	{name: "app audio 5004", flow: "udp 10.20.1.15:52010 170.72.1.2:5004", play: rtp("audio"), want: wants{"meetings media-audio udp confirmed, app" + audioIn}},
	{name: "app video 5004", flow: "udp 10.20.1.15:52110 170.72.1.2:5004", play: rtp("video"), want: wants{"meetings media-video udp confirmed, app" + videoIn}},
	{name: "app share 5004", flow: "udp 10.20.1.15:52198 170.72.1.2:5004", play: rtp("share"), want: wants{"meetings media-share udp confirmed, app, share, plan in, dscp 34 36"}},
	{name: "device audio 5004", flow: "udp 10.20.1.15:52060 170.72.1.2:5004", play: rtp("audio"), want: wants{"meetings media-audio udp confirmed, room-device" + audioIn}},
	{name: "device video 5004", flow: "udp 10.20.1.15:52210 170.72.1.2:5004", play: rtp("video"), want: wants{"meetings media-video udp confirmed, room-device" + videoIn}},
	{name: "native audio, ephemeral", flow: "udp 10.20.1.15:50010 170.72.1.2:5004", play: rtp("audio"), want: wants{"meetings media-audio udp confirmed, app, audio, plan out"}},
	{name: "native video, ephemeral", flow: "udp 10.20.1.15:50010 170.72.1.2:5004", play: rtp("video"), want: wants{"meetings media-video udp confirmed, app, video, plan out"}},
	{name: "native share, ephemeral", flow: "udp 10.20.1.15:50010 170.72.1.2:5004", play: rtp("share"), want: wants{"meetings media-share udp confirmed, app, share, plan out"}},
	{name: "audio by size", flow: "udp 10.20.1.15:50010 64.68.105.103:5004", play: rtp("opaque audio"), want: wants{"meetings media-audio udp confirmed, audio, plan out"}},
	{name: "video by size", flow: "udp 10.20.1.15:50010 64.68.105.103:5004", play: rtp("opaque video"), want: wants{"meetings media-video udp confirmed, video, plan out"}},
	{name: "browser", flow: "udp 10.20.1.15:50010 170.72.1.2:5004", play: rtp("browser"),
		want: wants{"meetings media-mixed udp confirmed, browser, mixed"}},
	{name: "native audio and video", flow: "udp 10.20.1.15:50010 170.72.1.2:5004", play: rtp("all"), want: wants{"meetings media-mixed udp confirmed, mixed, plan out"}},
	{name: "app audio 9000", flow: "udp 10.20.1.15:52010 64.68.105.103:9000", play: rtp("audio"), want: wants{"meetings media-audio udp confirmed, app" + audioIn}},
	{name: "app video 9000", flow: "udp 10.20.1.15:52110 64.68.105.103:9000", play: rtp("video"), want: wants{"meetings media-video udp confirmed, app" + videoIn}},
	{name: "reachability 5004", flow: "udp 10.20.1.15:50010 64.68.105.103:5004", play: binding, want: wants{"meetings reachability udp confirmed"}},
	{name: "silent range, unknown protocol", flow: "udp 10.20.1.15:50010 64.68.105.103:5004", play: bytesUDP, want: wants{"meetings reachability udp probable"}},

	// TCP 5004, TLS 443 without SNI, TURN of browsers, the proxy.
	{name: "app audio TCP 5004", flow: "tcp 10.20.1.15:52032 64.68.105.103:5004", play: framed, want: wants{"meetings media-audio tcp confirmed, app, audio, dscp 46"}},
	{name: "native TCP 5004", flow: "tcp 10.20.1.15:50010 64.68.105.103:5004", play: framed, want: wants{"meetings media-audio tcp confirmed, audio"}},
	{name: "reachability TCP 5004", flow: "tcp 10.20.1.15:50010 64.68.105.103:5004", play: framedProbe, want: wants{"meetings reachability tcp confirmed", "meetings reachability tcp confirmed", gone, gone}},
	{name: "TURN TCP 5004", flow: "tcp 10.20.1.15:50010 64.68.105.103:5004", play: turnTCP, want: wants{"meetings turn tcp confirmed", "meetings turn tcp confirmed", gone, gone}},
	{name: "TLS media without SNI", flow: "tcp 10.20.1.15:50010 64.68.105.103:443", play: tlsMedia, want: wants{"meetings media-mixed tls probable, mixed"}},
	{name: "TLS test without SNI", flow: "tcp 10.20.1.15:50010 64.68.105.103:443", play: tlsShort, want: wants{"meetings reachability tls probable", "meetings reachability tls probable", gone, gone}},
	{name: "TURN in TLS", flow: "tcp 10.20.1.15:50010 64.68.105.103:443", play: tls("external-media2.public.wsinm-a-5.prod.infra.webex.com"),
		want: wants{"meetings turn tls confirmed", "meetings turn tls confirmed", "meetings other tls probable", "meetings other tls probable"}},
	{name: "TLS media through a proxy", flow: "tcp 10.20.1.15:50010 10.20.0.80:8080", play: through("64.68.105.103:443"), want: wants{"meetings media-mixed tls-proxied probable, mixed", "meetings media-mixed tls-proxied probable, mixed", "", ""}},

	// Retired ports and withdrawn ranges by the date of the pack.
	{name: "UDP 33434 now", flow: "udp 10.20.1.15:50010 64.68.105.103:33434", play: rtp("audio"), want: wants{"meetings media-audio udp confirmed, app, audio, plan out, retired"}},
	{name: "UDP 33434 in 2022", policy: "webex-2022-06", flow: "udp 10.20.1.15:50010 64.68.105.103:33434", play: rtp("audio"), want: wants{"meetings media-audio udp confirmed, app, audio, plan out"}},
	{name: "TCP 9000 now", flow: "tcp 10.20.1.15:50010 64.68.105.103:9000", play: framed, want: wants{"meetings media-audio tcp confirmed, audio, retired"}},
	{name: "TLS 444 now", flow: "tcp 10.30.0.7:50010 64.68.105.103:444", play: tlsShort, want: wants{"mesh signalling tls probable, retired", "mesh signalling tls confirmed, mesh-node, retired", gone, gone}},
	{name: "withdrawn range now, native", flow: "udp 10.20.1.15:52010 66.114.161.9:5004", play: rtp("audio"), want: wants{"meetings media-audio udp probable, app, audio, plan in, retired"}},
	{name: "withdrawn range now, no sign", flow: "udp 10.20.1.15:52010 66.114.161.9:5004", play: rtp("quiet sip"), want: wants{""}},
	{name: "withdrawn range in 2023", policy: "webex-2023-12", flow: "udp 10.20.1.15:52010 66.114.161.9:5004", play: rtp("quiet sip"), want: wants{"meetings media-audio udp confirmed, app" + audioIn}},
	{name: "range of 2023 in 2022", policy: "webex-2022-06", flow: "udp 10.20.1.15:52010 144.196.1.1:5004", play: rtp("quiet sip"), want: wants{""}},

	// VIMT, government by the longest prefix, IPv6.
	{name: "VIMT", flow: "udp 10.20.1.15:52010 20.50.235.9:5004", play: rtp("audio"), want: wants{"meetings media-audio udp confirmed, app" + audioIn}},
	{name: "VIMT 9000", flow: "udp 10.20.1.15:50010 20.50.235.9:9000", play: rtp("quiet opaque audio"), want: wants{"meetings media-audio udp confirmed, audio, plan out"}},
	{name: "government", flow: "udp 10.20.1.15:52010 170.133.157.1:5004", play: rtp("audio"), want: wants{"government media-audio udp confirmed, app" + audioIn}},
	{name: "government TLS", flow: "tcp 10.20.1.15:50010 170.133.157.1:443", play: tls("acme.webex.com"), want: wants{"government signalling tls confirmed", "government signalling tls confirmed", "government other tls probable", "government other tls probable"}},
	{name: "IPv6", flow: "udp [2001:db8:20::5]:52010 [2607:fcf0:1::5]:5004", play: rtp("audio"), want: wants{"meetings media-audio udp confirmed, app" + audioIn}},
	{name: "IPv6 government", flow: "udp [2001:db8:20::5]:52110 [2607:fcf0:20a7::5]:5004", play: rtp("video"), want: wants{"government media-video udp confirmed, app" + videoIn}},

	// Video Mesh: the client's side and the cascades.
	{name: "mesh client audio", flow: "udp 10.20.1.15:52010 10.30.0.7:5004", play: rtp("audio"), want: wants{"mesh media-audio udp possible, app" + audioIn, "mesh media-audio udp confirmed, app" + audioIn}},
	{name: "mesh client, ephemeral video", flow: "udp 10.20.1.15:50010 10.30.0.7:5004", play: rtp("video"), want: wants{"mesh media-video udp possible, app, video, plan out", "mesh media-video udp confirmed, app, video, plan out"}},
	{name: "mesh client without STUN", flow: "udp 10.20.1.15:50010 10.30.0.7:5004", play: rtp("quiet audio"), want: wants{"", "mesh media-audio udp confirmed, app, audio, plan out"}},
	{name: "mesh client without STUN, beside", flow: "udp 10.20.1.15:50010 10.30.0.7:5004", play: rtp("quiet audio"), beside: []beside{locus(app)},
		want: wants{"mesh media-audio udp possible, audio", "mesh media-audio udp confirmed, app, audio, plan out", "", "mesh media-audio udp confirmed, app, audio, plan out"}},
	{name: "mesh client TCP", flow: "tcp 10.20.1.15:52032 10.30.0.7:5004", play: framed, want: wants{"", "mesh media-audio tcp confirmed, app, audio, dscp 46"}},
	{name: "mesh test", flow: "udp 10.20.1.15:50010 10.30.0.7:5004", play: binding, want: wants{"mesh reachability udp possible", "mesh reachability udp confirmed"}},
	{name: "mesh management", flow: "tcp 10.30.0.8:50010 10.30.0.7:5000", play: bytesTCP, want: wants{"", "mesh signalling tcp probable"}},
	{name: "mesh cascade audio", flow: "udp 10.30.0.7:53000 64.68.105.103:5004", play: rtp("quiet opaque audio"),
		want: wants{"meetings media-audio udp confirmed, audio, plan out", "mesh media-audio udp confirmed, mesh-node, audio, plan in, dscp 46"}},
	{name: "mesh cascade video", flow: "udp 10.30.0.7:63010 64.68.105.103:5004", play: rtp("quiet opaque video"),
		want: wants{"meetings media-video udp confirmed, video, plan out", "mesh media-video udp confirmed, mesh-node, video, plan in, dscp 34 36"}},
	{name: "mesh cascade, QoS off", flow: "udp 10.30.0.7:34010 64.68.105.103:5004", play: rtp("quiet all"),
		want: wants{"meetings media-mixed udp confirmed, mixed, plan out", "mesh media-mixed udp confirmed, mesh-node, mixed, plan in, dscp 34"}},
	{name: "mesh cascade 50000", flow: "udp 10.30.0.7:53000 64.68.105.103:51000", play: rtp("quiet opaque audio"),
		want: wants{"mesh media-audio udp probable, audio", "mesh media-audio udp confirmed, mesh-node, audio, plan in, dscp 46"}},
	{name: "mesh cascade, node learnt", flow: "udp 10.30.0.7:53000 170.72.1.2:51000", play: rtp("quiet opaque audio"), beside: []beside{{"udp 10.20.1.15:52010 10.30.0.7:5004", rtp("audio")}},
		want: wants{"mesh media-audio udp probable, mesh-node, audio, plan in, dscp 46", "mesh media-audio udp confirmed, mesh-node, audio, plan in, dscp 46"}},
}
