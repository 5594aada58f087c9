package audit

// Thresholds of what the run as a whole says; the rules that report it (WXA-CAP-001, 002 and 004) declare them.
var (
	SensorDrops     = NewLimit("WXA-CAP-001.max_percent", "%", 1, 0.1, 0.01, 0, 100, "ours: a tenth of the loss that a listener notices", "share of packets that kernel and interface dropped")
	MirrorGaps      = NewLimit("WXA-CAP-002.max_gap_percent", "%", 1, 0.1, 0.01, 0, 100, "ours: a tenth of the loss that a listener notices", "share of mirrored packets missing by the tunnel's sequence numbers")
	UnseenTCP       = NewLimit("WXA-CAP-002.max_unseen_percent", "%", 2, 0.5, 0.1, 0, 100, "ours: above the noise of flows joined mid-way", "share of TCP bytes that the receiver acknowledged but the capture lacks")
	UnseenFrom      = NewLimit("WXA-CAP-002.min_tcp_bytes", "bytes", 100_000, 100_000, 20_000, 0, Unbounded, "ours: one segment must not decide", "least TCP payload before unseen bytes are judged")
	OneSided        = NewLimit("WXA-CAP-004.max_percent", "%", 40, 20, 10, 0, 100, "ours: a few late packets of closed connections are normal", "share of flows, among those that must have had answers, with one direction missing")
	OneSidedFlows   = NewLimit("WXA-CAP-004.min_flows", "flows", 3, 3, 3, 1, 1e6, "ours: a single odd flow is no pattern", "least one-sided flows")
	OneSidedMedia   = NewLimit("WXA-CAP-004.min_media_packets", "packets", 100, 50, 50, 1, 1e6, "ours: about one second of audio", "least media packets in one direction before silence in the other is proof")
	OneSidedPackets = NewLimit("WXA-CAP-004.min_packets", "packets", 5, 5, 5, 2, 1e6, "ours: late resets and FINs are shorter", "least packets of a TCP flow that is judged")
)
