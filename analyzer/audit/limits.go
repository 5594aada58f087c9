package audit

// Where published thresholds come from.
const (
	analytics = "published: Control Hub analytics, calling quality: poor from 5 % loss, 400 ms latency or 150 ms jitter (2025)"
	netreq    = "published: Network Requirements for Webex Services, WBX000028782 (2026-03-16)"
)

// Limits is the table of all thresholds in the order of their names. Columns: name, unit, values of the profiles quick,
// standard and strict, the range that --set may give, the origin of the standard value, and what it means.
func Limits() []Limit {
	const big = 1e12
	return []Limit{
		{"WXA-CAL-002.min_requests", "requests", 10, 5, 5, 2, 1000, "ours: one lost packet must not look like a firewall", "least unanswered STUN requests of a site before its Calling media counts as blocked"},
		{"WXA-CAP-001.max_percent", "%", 1, 0.1, 0.01, 0, 100, "ours: a tenth of the loss that a listener notices", "share of packets that kernel and interface dropped"},
		{"WXA-CAP-002.max_gap_percent", "%", 1, 0.1, 0.01, 0, 100, "ours: a tenth of the loss that a listener notices", "share of mirrored packets missing by the tunnel's sequence numbers"},
		{"WXA-CAP-002.max_unseen_percent", "%", 2, 0.5, 0.1, 0, 100, "ours: above the noise of flows joined mid-way", "share of TCP bytes that the receiver acknowledged but the capture lacks"},
		{"WXA-CAP-002.min_tcp_bytes", "bytes", 100_000, 100_000, 20_000, 0, big, "ours: one segment must not decide", "least TCP payload before unseen bytes are judged"},
		{"WXA-CAP-003.max_percent", "%", 5, 1, 0.1, 0, 100, "ours: link-layer repeats stay far below", "share of duplicate packets"},
		{"WXA-CAP-004.max_percent", "%", 40, 20, 10, 0, 100, "ours: a few late packets of closed connections are normal", "share of flows, among those that must have had answers, with one direction missing"},
		{"WXA-CAP-004.min_flows", "flows", 3, 3, 3, 1, 1e6, "ours: a single odd flow is no pattern", "least one-sided flows"},
		{"WXA-CAP-004.min_media_packets", "packets", 100, 50, 50, 1, 1e6, "ours: about one second of audio", "least media packets in one direction before silence in the other is proof"},
		{"WXA-CAP-004.min_packets", "packets", 5, 5, 5, 2, 1e6, "ours: late resets and FINs are shorter", "least packets of a TCP flow that is judged"},
		{"WXA-CAP-005.max_percent", "%", 1, 0.1, 0, 0, 100, "ours", "share of packets cut inside a header that the analysis needs"},
		{"WXA-CAP-005.max_unread_percent", "%", 50, 20, 0, 0, 100, "ours: a few may be damaged by loss or joined late", "share of Webex TLS connections whose handshake cannot be read in a capture with cut packets"},
		{"WXA-CAP-006.max_percent", "%", 50, 20, 5, 0, 100, "ours: a day-long WebSocket or two is normal", "share of Webex flows whose beginning is not in the capture"},
		{"WXA-DAT-001.max_days", "days", 365, 90, 30, 1, 3650, "ours: changes are normally announced about 30 days ahead", "age of the policy pack at the end of the capture"},
		{"WXA-MED-001.min_bytes", "bytes", 200_000, 50_000, 50_000, 10_000, big, "ours: none of 415 measured probes exceeded 10 kB", "least payload from the server"},
		{"WXA-MED-001.min_seconds", "s", 60, 30, 30, 5, 86_400, "ours: 90 % of 415 measured probes were under 49 s and under 10 kB", "least duration"},
		{"WXA-MED-001.min_windows", "windows of 10 s", 4, 2, 2, 1, 1e6, "ours: signalling bursts are shorter", "least windows with the rhythm of media"},
		{"WXA-MED-002.devices_since", "date", 20231206, 20231206, 20231206, 19700101, 99991231, "published: WBX000028782, revision of 2023-12-06", "date from which room devices may send TLS media through a proxy"},
		{"WXA-MED-004.min_prefixes", "prefixes", 2, 2, 2, 1, 1000, "ours: one node or one range may be down", "least media prefixes asked"},
		{"WXA-MED-004.min_requests", "requests", 10, 5, 5, 2, 1000, "ours: one lost packet must not look like a firewall", "least STUN requests, repetitions not counted"},
		{"WXA-MED-004.port", "port", 5004, 5004, 5004, 1, 65535, netreq, "the UDP port judged"},
		{"WXA-MED-004.settle_seconds", "s", 5, 2, 2, 0, 600, "ours: an answer needs time to arrive", "flows that begin in the last seconds of the capture are left out"},
		{"WXA-MED-005.port", "port", 9000, 9000, 9000, 1, 65535, netreq, "the UDP port judged"},
		{"WXA-MED-009.min_clients", "clients", 5, 3, 3, 1, 1e6, "ours: one host's own firewall is not the network's", "least clients that the prefix never answered"},
		{"WXA-MED-009.min_nodes", "addresses", 3, 2, 2, 1, 1e6, "ours: one node may be down", "least addresses asked in the silent prefix"},
		{"WXA-MED-009.min_requests", "requests", 10, 5, 5, 2, 1e6, "ours: one lost packet must not look like a filter", "least STUN requests to the silent prefix"},
		{"WXA-MED-010.min_rate", "packets/s", 20, 10, 10, 1, 1000, "ours: audio sends 50 a second; comfort noise and keepalives stay below", "least packet rate of the client's media"},
		{"WXA-MED-010.min_seconds", "s", 10, 5, 5, 1, 3600, "ours", "least time without any packet to the client, where no STUN is in use"},
		{"WXA-MED-010.tail_seconds", "s", 60, 30, 30, 5, 3600, "published: RFC 7675 section 5.1, consent expires after 30 s", "least time without any packet to the client, where STUN is in use"},
		{"WXA-NAT-001.min_idle_seconds", "s", 10, 5, 2, 0, 3600, "ours: consent checks come every 5 s; a change without silence has another cause", "least silence of the client before the change"},
		{"WXA-NAT-001.within_seconds", "s", 60, 120, 300, 1, 86_400, "published: RFC 4787 section 4.3: a UDP binding must last at least two minutes", "longest silence that a binding must survive"},
		{"WXA-NAT-002.min_sockets", "sockets", 5, 3, 2, 1, 1e6, "ours: one socket may have been rebound between two requests", "sockets that confirm the finding"},
		{"WXA-NAT-002.within_seconds", "s", 10, 30, 60, 1, 3600, "ours: checks refresh a binding well within this time", "time within which two servers must have been asked"},
		{"WXA-QOS-001.min_packets", "packets", 250, 50, 50, 1, 1e6, "ours: one second of audio", "least packets of a media stream whose mark is judged"},
		{"WXA-QOS-001.min_percent", "%", 99, 95, 50, 1, 100, "ours", "share of packets without a mark in an unmarked audio stream"},
		{"WXA-QOS-002.min_percent", "%", 99, 95, 50, 1, 100, "ours", "share of packets without a mark in an unmarked video stream"},
		{"WXA-QOS-003.min_percent", "%", 90, 50, 20, 1, 100, "ours: the mark of most packets is the mark of the stream", "share of packets with a mark, but not one for the class"},
		{"WXA-QOS-004.min_packets", "packets", 500, 100, 100, 2, 1e6, "ours", "least packets of a media stream whose marks are compared"},
		{"WXA-QOS-004.min_percent", "%", 20, 5, 1, 0.1, 50, "ours", "least share of a mark that counts as one of several"},
		{"WXA-QOS-007.min_percent", "%", 99, 95, 95, 1, 100, "ours", "share of packets from the cloud marked CS0 or CS1"},
		{"WXA-QOS-009.min_packets", "packets", 50, 20, 5, 1, 1e6, "ours: a handshake alone is no pattern", "least packets of a signalling flow from the client"},
		{"WXA-QOS-009.min_percent", "%", 99, 95, 50, 1, 100, "ours", "share of packets with none of the expected marks"},
		{"WXA-QOS-010.max_percent", "%", 5, 1, 0, 0, 100, "ours", "share of EF bytes on TCP connections without media"},
		{"WXA-QOS-010.min_bytes", "bytes", 1_000_000, 100_000, 10_000, 0, big, "ours: below it no queue notices", "least EF bytes on such connections of a site"},
		{"WXA-QOS-011.max_percent", "%", 1, 0.1, 0, 0, 100, "ours", "share of packets with ECN that are marked Congestion Experienced"},
		{"WXA-QOS-011.min_packets", "packets", 10_000, 1000, 100, 1, big, "ours: one mark must not decide", "least packets with ECN of a site"},
		{"WXA-QOS-012.min_packets", "packets", 250, 50, 20, 1, 1e6, "ours: one second of audio", "least tagged packets of a flow from the client"},
		{"WXA-QOS-012.min_percent", "%", 95, 90, 80, 51, 100, "ours", "share of packets with one DSCP, and with one priority, so that they can be compared"},
		{"WXA-QUA-001.max_percent", "%", 5, 5, 3, 0.1, 100, analytics, "lost packets of a media stream from which it is poor"},
		{"WXA-QUA-002.max_ms", "ms", 150, 150, 60, 1, 10_000, analytics, "mean jitter (RFC 3550) of a media stream from which it is poor"},
		{"WXA-QUA-003.max_ms", "ms", 400, 400, 300, 1, 10_000, analytics, "round trip from the capture point from which it is poor"},
		{"WXA-QUA-003.min_answers", "answers", 5, 3, 3, 1, 1000, "ours: a single slow answer is no path", "least STUN answers, or TCP handshakes, of a client behind the figure"},
		{"WXA-QUA-009.min_packets", "packets", 100, 100, 100, 2, 1e6, "ours: one lost packet is 1 % of a hundred", "least packets of a media stream that is classified"},
		{"WXA-QUA-009.min_seconds", "s", 20, 20, 20, 1, 3600, "ours: the boundary of short calls in Unified CM call quality grades", "least duration of a media stream that is classified"},
		{"WXA-SIG-001.min_tries", "tries", 5, 3, 2, 1, 1000, "ours: one failure is chance", "least failed tries of a site for a name, with no success"},
		{"WXA-TLS-006.min_sessions", "sessions", 3, 2, 2, 1, 1000, "ours: one rejection may be a user's or a restart", "least handshakes of one client that it ended over the certificate"},
	}
}
