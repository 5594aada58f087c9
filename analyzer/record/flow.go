package record

import "net/netip"

// Flow is one bidirectional flow. Forward is from the source (the initiator) to the destination (RFC 5103).
type Flow struct {
	FlowID      string     `json:"flow_id"` // 16 hex digits; the same for the same packets, however they are split into files
	CommunityID string     `json:"community_id"`
	Proto       string     `json:"proto"` // tcp, udp, icmp, ipv6-icmp, sctp … or the protocol number
	SrcIP       netip.Addr `json:"src_ip"`
	SrcPort     int        `json:"src_port"` // for ICMP the type
	DstIP       netip.Addr `json:"dst_ip"`
	DstPort     int        `json:"dst_port"`  // for ICMP the code
	Initiator   string     `json:"initiator"` // "seen", or "guessed: " and why

	PacketsFwd      int64 `json:"packets_fwd"`
	PacketsRev      int64 `json:"packets_rev"`
	BytesFwd        int64 `json:"bytes_fwd"` // IP total length
	BytesRev        int64 `json:"bytes_rev"`
	PayloadBytesFwd int64 `json:"payload_bytes_fwd"`
	PayloadBytesRev int64 `json:"payload_bytes_rev"`
	Duplicates      int64 `json:"duplicates"`

	StartTime   Time   `json:"start_time"`
	EndTime     Time   `json:"end_time"`
	EndReason   string `json:"end_reason"`   // fin, rst, idle, active, evicted, end-of-capture
	FirstPacket int64  `json:"first_packet"` // Wireshark's number, from 1 within FirstFile
	LastPacket  int64  `json:"last_packet"`
	FirstFile   string `json:"first_file,omitempty"` // only where the run has several files
	LastFile    string `json:"last_file,omitempty"`

	Webex        bool       `json:"webex"`
	Service      Service    `json:"service,omitempty"`
	Function     Function   `json:"function,omitempty"`
	Transport    Transport  `json:"transport,omitempty"`
	Confidence   Confidence `json:"confidence,omitempty"`
	Reason       string     `json:"reason,omitempty"`
	SignatureIDs []string   `json:"signature_ids,omitempty"`
	Client       netip.Addr `json:"client,omitzero"` // the Webex client's side, where the flow is Webex

	App        string   `json:"app,omitempty"` // what the bytes were recognised as: tls, http, http-connect, socks5, dns, stun, rtp, dtls, quic, sip, rfc4571, ntp, ssh, xmpp, h323
	SNI        string   `json:"sni,omitempty"`
	DNSName    string   `json:"dns_name,omitempty"` // the name that a DNS answer gave for the destination
	ALPN       string   `json:"alpn,omitempty"`     // chosen by the server, else first offered
	JA3        string   `json:"ja3,omitempty"`
	JA4        string   `json:"ja4,omitempty"`
	TLSVersion string   `json:"tls_version,omitempty"` // chosen by the server: "1.0" … "1.3"
	DSCPFwd    DSCP     `json:"dscp_fwd,omitempty"`
	DSCPRev    DSCP     `json:"dscp_rev,omitempty"`
	PCPFwd     DSCP     `json:"pcp_fwd,omitempty"` // 802.1p priorities of tagged packets (IEEE 802.1Q)
	PCPRev     DSCP     `json:"pcp_rev,omitempty"`
	ECNECT     int64    `json:"ecn_ect,omitempty"`    // packets whose sender knows ECN, marked or not (RFC 3168)
	ECNCE      int64    `json:"ecn_ce,omitempty"`     // of these, marked Congestion Experienced
	Fragments  int64    `json:"fragmented,omitempty"` // packets that came as IP fragments
	TTLFwd     *int     `json:"ttl_fwd,omitempty"`    // of the first packet
	TTLRev     *int     `json:"ttl_rev,omitempty"`
	VLAN       []int    `json:"vlan,omitempty"` // outermost first
	Tunnels    []string `json:"tunnels,omitempty"`
	Network    string   `json:"network,omitempty"` // tags and tunnel identifier of the first packet: "vlan 7 vxlan vni 5000"; of flows in tunnels that have one, and where Overlap
	Overlap    bool     `json:"overlap,omitempty"` // another flow with this 5-tuple lives in another VLAN or VNI

	// What the pack says of this flow; set by classify, read by the rules.
	Prefix       string `json:"prefix,omitempty"`            // the published range that holds the server's address
	Region       string `json:"region,omitempty"`            // of that range, where the pack names one
	MediaClass   string `json:"media_class,omitempty"`       // audio, video or mixed, by source port range or payload type
	ExpectedDSCP []int  `json:"expected_dscp,omitempty"`     // marks the pack accepts from client to cloud
	Device       string `json:"device,omitempty"`            // app, room-device, phone, browser, mesh-node, local-gateway, expressway
	PortPlan     string `json:"port_plan,omitempty"`         // of media flows: "in" or "out" of the pack's source port ranges
	ClientRole   string `json:"client_role,omitempty"`       // of the end that opens: what it was declared or learnt to be
	ServerRole   string `json:"server_role,omitempty"`       // of the other end; cloud: an address in a published range
	RolesLearnt  bool   `json:"roles_learnt,omitempty"`      // a role was learnt from the traffic, not declared
	PairPlan     string `json:"pair_plan,omitempty"`         // "in" or "out" of the ports that the pack has between the two roles
	Retired      string `json:"retired,omitempty"`           // why the port or name is retired, with date
	Inspection   string `json:"inspection_policy,omitempty"` // of TLS flows: unsupported or discouraged

	TCP          *TCPFacts     `json:"tcp,omitempty"`
	STUN         *STUNFacts    `json:"stun,omitempty"`
	Connect      *ConnectFacts `json:"connect,omitempty"`
	SIP          *SIPFacts     `json:"sip,omitempty"`
	HTTP         *HTTPFacts    `json:"http,omitempty"`
	NTP          *NTPFacts     `json:"ntp,omitempty"`
	DTLS         *DTLSFacts    `json:"dtls,omitempty"`
	SSH          *SSHFacts     `json:"ssh,omitempty"`
	XMPP         *XMPPFacts    `json:"xmpp,omitempty"`
	H323         *H323Facts    `json:"h323,omitempty"`
	MediaPattern *MediaPattern `json:"media_pattern,omitempty"`
	ICMP         *ICMPError    `json:"icmp_error,omitempty"` // an ICMP error that quoted this flow
	Lookups      []Lookup      `json:"lookups,omitempty"`    // of DNS flows: questions for names the pack knows

	DSCPChanges []DSCPChange `json:"dscp_changes,omitempty"` // the first eight
	KeyPackets  []KeyPacket  `json:"key_packets,omitempty"`
	Packets     PacketSet    `json:"-"` // all packets of the flow; empty above 1,000 ranges
	Networks    []Network    `json:"-"` // where Overlap: all of them
}

// RecordType implements Record.
func (*Flow) RecordType() string { return "flow" }

// TCPFacts of a TCP flow. Absent members were not seen.
type TCPFacts struct {
	SYN            int64    `json:"syn"` // SYNs of the initiator, retransmissions included
	SYNACK         bool     `json:"syn_ack"`
	HandshakeRTTMs *float64 `json:"handshake_rtt_ms,omitempty"`  // SYN to SYN-ACK as seen here
	FarRTTMs       *float64 `json:"far_rtt_ms,omitempty"`        // the same, only where the SYN was sent once: the way from here to the destination and back
	NearRTTMs      *float64 `json:"near_rtt_ms,omitempty"`       // SYN-ACK, sent once, to its ACK: the way from here to the source and back
	RTTMedianFwdMs *float64 `json:"rtt_median_fwd_ms,omitempty"` // data of the source to its acknowledgement, the way to the destination and back
	RTTMedianRevMs *float64 `json:"rtt_median_rev_ms,omitempty"`
	RetransFwd     int64    `json:"retransmitted_fwd"` // segments whose bytes had been seen before
	RetransRev     int64    `json:"retransmitted_rev"`
	RTOFwd         int64    `json:"rto_fwd"` // sent again after a time-out, be the first copy captured or lost on the way here (RFC 6298)
	RTORev         int64    `json:"rto_rev"`
	FastFwd        int64    `json:"fast_retransmitted_fwd"` // sent again after duplicate acknowledgements (RFC 5681), likewise
	FastRev        int64    `json:"fast_retransmitted_rev"`
	SpuriousFwd    int64    `json:"spurious_fwd"` // of the retransmitted ones, those that the receiver had acknowledged: no loss
	SpuriousRev    int64    `json:"spurious_rev"`
	StallMaxMs     float64  `json:"stall_max_ms"`   // longest time from a segment's first sight to its retransmission by time-out
	GapMaxFwdMs    float64  `json:"gap_max_fwd_ms"` // longest time without new data while data was not acknowledged
	GapMaxRevMs    float64  `json:"gap_max_rev_ms"`
	KeepAlives     int64    `json:"keep_alives"` // keep-alive and window probes
	OutOfOrder     int64    `json:"out_of_order"`
	UnseenFwd      int64    `json:"unseen_bytes_fwd"` // acknowledged by the receiver, never captured
	UnseenRev      int64    `json:"unseen_bytes_rev"`
	Holes          *Holes   `json:"holes,omitempty"` // of these bytes
	ZeroWindow     int64    `json:"zero_window"`     // packets
	ZeroEpisodes   int64    `json:"zero_window_episodes"`
	ZeroWindowMs   float64  `json:"zero_window_ms"`      // their length together, both directions
	ResetBy        string   `json:"reset_by,omitempty"`  // fwd or rev: the direction of the first RST
	ResetTTL       *int     `json:"reset_ttl,omitempty"` // its TTL, to compare with the flow's own
	MSSFwd         int      `json:"mss_fwd,omitempty"`
	MSSRev         int      `json:"mss_rev,omitempty"`
	WindowScaleFwd *int     `json:"window_scale_fwd,omitempty"` // shift count of the SYN's option (RFC 7323)
	WindowScaleRev *int     `json:"window_scale_rev,omitempty"`
	OptionsFwd     []string `json:"options_fwd,omitempty"` // of the SYN: mss, window-scale, sack, timestamps, and the kind of the first other one
	OptionsRev     []string `json:"options_rev,omitempty"`
}

// Holes are runs of bytes that their receiver acknowledged and the capture does not have, in directions that were captured at all.
type Holes struct {
	Count    int64  `json:"count"`
	Segments int64  `json:"segments"`          // about as many packets: each hole by the mean size of the direction's segments
	Times    []Time `json:"times"`             // when the first 16 were noticed
	Dropped  int64  `json:"dropped,omitempty"` // given up because too many were open; counted nowhere else
}

// STUNFacts of a flow (RFC 8489).
type STUNFacts struct {
	Requests   int64            `json:"requests"`         // distinct transactions of Binding or Allocate requests
	Answered   int64            `json:"answered"`         // of these, with a success or error response
	Retries    int64            `json:"retries"`          // repeated requests of the same transaction
	Errors     map[int]int64    `json:"errors,omitempty"` // responses by ERROR-CODE
	Types      map[string]int64 `json:"types"`            // messages by type, four hex digits with 0x
	Software   []string         `json:"software,omitempty"`
	Username   string           `json:"username,omitempty"` // the first one seen
	Mapped     []string         `json:"mapped,omitempty"`   // distinct (XOR-)MAPPED-ADDRESS values, address:port
	Rebound    []Rebinding      `json:"rebound,omitempty"`  // changes of the mapped address, the first eight
	FlowInfo   bool             `json:"flow_info"`          // attribute 0xC003 CISCO-WEBEX-FLOW-INFO seen
	RTTMs      *float64         `json:"rtt_median_ms,omitempty"`
	LastAnswer Time             `json:"last_answer,omitzero"`

	Relayed     []string `json:"relayed,omitempty"`    // distinct XOR-RELAYED-ADDRESS values of a TURN server, address:port
	LifetimeS   int64    `json:"lifetime_s,omitempty"` // the longest lifetime granted to an allocation, seconds
	ChannelData int64    `json:"channel_data"`         // ChannelData messages (RFC 8656); RTP in them is in the flow's media streams
}

// Rebinding is a change of the address that a NAT gives the flow.
type Rebinding struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Packet int64   `json:"packet"` // the answer that told
	File   int     `json:"file,omitempty"`
	Time   Time    `json:"time"`
	IdleMs float64 `json:"idle_ms"` // how long the client had sent nothing before the request
}

// ConnectFacts of an HTTP CONNECT (RFC 9110 section 9.3.6) or of a SOCKS5 CONNECT (RFC 1928).
type ConnectFacts struct {
	Protocol string `json:"protocol"` // http or socks5
	Host     string `json:"host"`     // empty where a SOCKS5 proxy accepted no method of authentication
	Port     int    `json:"port"`
	// Status is that of the latest answer; of SOCKS5 the HTTP status that says the same: 200 for reply 0, 403 for 2 (ruleset), 504 for 6, 501 for
	// 7 and 8, 502 for the others, 407 for failed authentication.
	Status  int      `json:"status,omitempty"`
	Reply   *int     `json:"socks_reply,omitempty"`  // SOCKS5 reply code
	Schemes []string `json:"auth_schemes,omitempty"` // Proxy-Authenticate schemes of a 407
	Tries   int      `json:"tries"`
	DelayMs *float64 `json:"delay_ms,omitempty"` // CONNECT to the final status
}

// Cadence measures whether a TCP or TLS flow carries real-time media: in windows of 10 seconds, messages (TLS application
// data records, or TCP segments with payload where there is no TLS) per second and direction, their sizes and gaps.
type MediaPattern struct {
	Windows    int     `json:"windows"`    // full windows observed
	MediaBoth  int     `json:"media_both"` // with the media pattern in both directions
	MediaOne   int     `json:"media_one"`  // with the media pattern in one direction only
	RateFwd    float64 `json:"rate_fwd"`   // messages per second over the flow
	RateRev    float64 `json:"rate_rev"`
	MedianFwd  int     `json:"median_size_fwd"` // bytes
	MedianRev  int     `json:"median_size_rev"`
	Gap20msFwd float64 `json:"gap_20ms_fwd"` // share of gaps between 10 and 60 ms
	Gap20msRev float64 `json:"gap_20ms_rev"`
}

// Media reports whether a window had the media pattern, in one direction at least; nil had none.
func (r *MediaPattern) Media() bool { return r != nil && r.MediaBoth+r.MediaOne > 0 }

// ICMPError is the first ICMP error that quoted the flow.
type ICMPError struct {
	Type  int        `json:"type"`
	Code  int        `json:"code"`
	From  netip.Addr `json:"from"`
	Count int64      `json:"count"`
}

// Lookup is one DNS question and what became of it.
type Lookup struct {
	Name    string   `json:"name"`
	QType   string   `json:"qtype"`
	RCode   string   `json:"rcode,omitempty"` // absent: no answer seen
	Answers []string `json:"answers,omitempty"`
	Packet  int64    `json:"packet"`
	Reply   int64    `json:"reply,omitempty"`
	File    int      `json:"file,omitempty"` // index into Run.Files
	Time    Time     `json:"time,omitzero"`  // of the question, or of the answer where the question was not seen
	Tries   int      `json:"tries,omitempty"`
	DelayMs *float64 `json:"delay_ms,omitempty"` // from the first question to the answer

	Service  Service  `json:"service,omitempty"` // of the name, as the pack has it
	Function Function `json:"function,omitempty"`
}

// DSCPChange is a packet whose mark differs from that of the packet before it in its direction.
type DSCPChange struct {
	Direction string `json:"direction"` // fwd or rev
	From      int    `json:"from"`
	To        int    `json:"to"`
	Packet    int64  `json:"packet"`
	File      int    `json:"file,omitempty"` // index into Run.Files
	Time      Time   `json:"time"`
}

// KeyPacket is a packet that a verdict may cite.
type KeyPacket struct {
	Kind   string `json:"kind"` // syn, syn-ack, client-hello, server-hello, certificate, alert, connect, connect-reply, stun-request, stun-answer, sip-request, sip-answer, sip-length, rst, icmp-error, http-request, http-response, ntp-request, ntp-answer, dtls-client-hello, dtls-server-hello, ras-request, ras-answer, h225-setup, h225-connect, h225-release-complete
	Packet int64  `json:"packet"`
	File   int    `json:"file,omitempty"` // index into Run.Files
	Time   Time   `json:"time"`
}

// Network says where a packet was seen: VLAN identifiers (0: none) and the identifier of the innermost tunnel that has one.
type Network struct {
	OuterVLAN, InnerVLAN int
	Tunnel               string // a name as in Flow.Tunnels, or ""
	ID                   uint32
}
