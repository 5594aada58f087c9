package audit

import "sync"

// Where published thresholds come from.
const (
	analytics = "published: Control Hub analytics, calling quality: poor from 5 % loss, 400 ms latency or 150 ms jitter (2025)"
	netreq    = "published: Network Requirements for Webex Services, WBX000028782 (2026-03-16)"
)

// legacyLimits is the table of the thresholds of rules that are not folds yet, in the order of their names. Columns: name, unit, values of the profiles quick,
// standard and strict, the range that --set may give, the origin of the standard value, and what it means.
func legacyLimits() []Limit {
	const big = 1e12
	return []Limit{
		{"WXA-CAL-001.min_tries", "connections", 5, 3, 2, 1, 1000, "ours: one lost SYN is chance", "least connections of a site that did not open, with none that did"},
		{"WXA-CAL-002.min_requests", "requests", 10, 5, 5, 2, 1000, "ours: one lost packet must not look like a firewall", "least unanswered STUN requests of a site before its Calling media counts as blocked"},
		{"WXA-CAL-003.min_messages", "messages", 3, 2, 1, 1, 1e6, "ours: one may be a slip of its sender", "least messages with a wrong Content-Length"},
		{"WXA-CAL-006.min_opened", "connections", 6, 4, 3, 2, 1000, "ours: a restart opens two or three", "least connections of a client, one after the other"},
		{"WXA-CAL-006.within_seconds", "s", 120, 300, 600, 1, 86_400, "ours: phones refresh every one or two minutes; NATs are to keep connections for 30", "mean life of the connections"},
		{"WXA-EDG-001.min_flows", "flows", 10, 3, 1, 1, 1e6, "ours: a few are left over when a link comes back", "least flows to prefixes of the private link in another VLAN"},
		{"WXA-EXP-001.min_packets", "packets", 250, 50, 50, 1, 1e6, "ours: one second of audio", "least media packets without one back"},
		{"WXA-EXP-002.min_tries", "connections", 5, 3, 2, 1, 1000, "ours: one lost SYN is chance", "least connections to one port that did not open, with none that did"},
		{"WXA-EXP-005.first_relay_port", "port", 24_000, 24_000, 24_000, 1024, 65535, "published: Cisco Expressway IP Port Usage Configuration Guide X15", "first port of Expressway-E's TURN relays"},
		{"WXA-EXP-005.last_relay_port", "port", 29_999, 29_999, 29_999, 1024, 65535, "published: Cisco Expressway IP Port Usage Configuration Guide X15", "last port of Expressway-E's TURN relays"},
		{"WXA-EXP-005.min_requests", "requests", 10, 5, 3, 2, 1000, "ours: one lost packet must not look like a firewall", "least TURN requests to one Expressway-E without answer"},
		{"WXA-EXP-007.min_tries", "connections", 5, 3, 2, 1, 1000, "ours: one lost SYN is chance", "least connections to one port that did not open, with none that did"},
		{"WXA-MED-001.min_bytes", "bytes", 200_000, 50_000, 50_000, 10_000, big, "ours: none of 415 measured probes exceeded 10 kB", "least payload from the server"},
		{"WXA-MED-001.min_seconds", "s", 60, 30, 30, 5, 86_400, "ours: 90 % of 415 measured probes were under 49 s and under 10 kB", "least duration"},
		{"WXA-MED-001.min_windows", "windows of 10 s", 4, 2, 2, 1, 1e6, "ours: signalling bursts are shorter", "least windows with the cadence of media"},
		{"WXA-MED-004.port", "port", 5004, 5004, 5004, 1, 65535, netreq, "the UDP port judged"},
		{"WXA-MED-004.settle_seconds", "s", 5, 2, 2, 0, 600, "ours: an answer needs time to arrive", "flows that begin in the last seconds of the capture are left out"},
		{"WXA-MED-005.port", "port", 9000, 9000, 9000, 1, 65535, netreq, "the UDP port judged"},
		{"WXA-QUA-001.max_percent", "%", 5, 5, 3, 0.1, 100, analytics, "lost packets of a media stream from which it is poor"},
		{"WXA-QUA-002.max_ms", "ms", 150, 150, 60, 1, 10_000, analytics, "mean jitter (RFC 3550) of a media stream from which it is poor"},
		{"WXA-QUA-003.max_ms", "ms", 400, 400, 300, 1, 10_000, analytics, "round trip from the capture point from which it is poor"},
		{"WXA-QUA-003.min_answers", "answers", 5, 3, 3, 1, 1000, "ours: a single slow answer is no path", "least STUN answers, or TCP handshakes, of a client behind the figure"},
		{"WXA-QUA-004.jitter_bad_ms", "ms", 60, 60, 30, 1, 10_000, "ours: between the design value and the poor mark", "mean jitter from which the state is fail"},
		{"WXA-QUA-004.jitter_ms", "ms", 40, 30, 20, 1, 10_000, "published: Cisco UC design practice: 30 ms", "mean jitter of audio from which it is in the band"},
		{"WXA-QUA-004.loss_bad_percent", "%", 3, 3, 1, 0.01, 100, "ours: between the design value and the poor mark", "network loss from which the state is fail"},
		{"WXA-QUA-004.loss_percent", "%", 2, 1, 0.5, 0.01, 100, "published: Cisco UC design practice: 1 %", "network loss from which a stream is in the band"},
		{"WXA-QUA-004.rtt_bad_ms", "ms", 300, 300, 200, 1, 10_000, "published: ITU-T G.114: 150 ms one way", "round trip from which the state is fail"},
		{"WXA-QUA-004.rtt_ms", "ms", 250, 200, 150, 1, 10_000, "ours: half of the poor mark", "round trip from which a flow is in the band"},
		{"WXA-QUA-005.max_per_minute", "bursts", 4, 2, 1, 0, 1000, "ours", "bursts of loss a minute"},
		{"WXA-QUA-005.min_burst", "packets", 5, 5, 3, 2, 10, "ours: a tenth of a second of audio", "least consecutive lost packets of a burst"},
		{"WXA-QUA-006.min_ms", "ms", 2000, 1000, 1000, 200, 60_000, "ours", "least time without a packet"},
		{"WXA-QUA-007.min_kbps", "kb/s", 256, 128, 128, 0, 1e6, "published: Preferred Architecture for Webex Hybrid Services, CVD 2020: below 128 kb/s video has 180 lines", "least bit rate of a video stream that is judged"},
		{"WXA-QUA-007.within_fps", "frames/s", 5, 7, 10, 1, 60, "ours: Microsoft's Call Quality Dashboard calls video below 7 frames a second poor", "frame rate below which video is low"},
		{"WXA-QUA-009.min_packets", "packets", 100, 100, 100, 2, 1e6, "ours: one lost packet is 1 % of a hundred", "least packets of a media stream that is classified"},
		{"WXA-QUA-009.min_seconds", "s", 20, 20, 20, 1, 3600, "ours: the boundary of short calls in Unified CM call quality grades", "least duration of a media stream that is classified"},
		{"WXA-QUA-010.within_r", "R", 60, 70, 80, 0, 100, "published: ITU-T G.109: below 70 many users are dissatisfied", "rating below which speech is low"},
		{"WXA-QUA-011.max_per_minute", "time-outs", 3, 1, 0.5, 0, 1000, "ours", "retransmissions by time-out a minute"},
		{"WXA-QUA-011.min_ms", "ms", 500, 300, 200, 1, 60_000, "ours: no jitter buffer bridges it", "longest stall from which the connection is held up"},
		{"WXA-QUA-012.max_percent", "%", 5, 1, 0.5, 0, 100, "ours", "share of packets that come after a later one"},
		{"WXA-QUA-013.max_percent", "%", 5, 5, 3, 0.1, 100, "ours: the mark of WXA-QUA-001, for ten seconds", "lost packets of ten seconds from which a client suffers"},
		{"WXA-QUA-013.min_clients", "clients", 5, 3, 3, 2, 1e6, "ours: two may coincide", "least clients that suffer in the same ten seconds"},
		{"WXA-QUA-013.min_percent", "%", 75, 50, 34, 1, 100, "ours: in a crowd a few coincide by chance", "least share of the clients with media in that direction"},
		{"WXA-SIG-007.max_per_hour", "connections", 20, 6, 4, 0, 3600, "ours: one every ten minutes", "WebSockets that a client may open in an hour"},
		{"WXA-SIG-007.min_opened", "connections", 6, 4, 4, 2, 1000, "ours: a restart or two are normal", "least WebSockets of a client, one after the other"},
		{"WXA-SIG-007.min_seconds", "s", 900, 300, 300, 10, 86_400, "ours: a rate needs some time", "least time of the client in the capture"},
		{"WXA-VMN-001.max_percent", "%", 50, 20, 10, 0, 100, "ours: some overflow is by design", "share of a site's clients that have media with the cloud only"},
		{"WXA-VMN-001.min_clients", "clients", 5, 2, 1, 1, 1e6, "ours: one client may have been sent away", "least such clients"},
		{"WXA-VMN-002.min_packets", "packets", 50, 20, 10, 1, 1e6, "ours: a test sends fewer", "least UDP packets of a node without one back"},
	}
}

// values are these thresholds in force by their names: rules ask for them flow by flow.
func (p *Policy) values() map[string]float64 {
	m := make(map[string]float64, len(limitByName()))
	for name, l := range limitByName() {
		m[name], _ = p.value(l)
	}
	return m
}

func findLimit(name string) *Limit {
	l, ok := limitByName()[name]
	if !ok {
		panic("audit: no threshold " + name)
	}
	return l
}

// limitByName indexes the table once: every finding names its thresholds.
var limitByName = sync.OnceValue(func() map[string]*Limit {
	m := make(map[string]*Limit)
	for _, l := range legacyLimits() {
		m[l.Name] = &l
	}
	for _, l := range contextLimits() {
		m[l.Name] = l
	}
	return m
})
