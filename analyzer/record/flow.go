package record

import "net/netip"

// Flow is one bidirectional flow. Forward is from the source (the initiator) to the destination (RFC 5103).
type Flow struct {
	// 16 hex digits, the key other tables use; the same however the packets are split into files
	FlowID      string `json:"flow_id" parquet:"5"`
	CommunityID string `json:"community_id" parquet:"6"` // Community ID version 1, seed 0
	// tcp, udp, icmp, ipv6-icmp, sctp … or the protocol number
	Proto   string     `json:"proto" parquet:"7,dict"`
	SrcIP   netip.Addr `json:"src_ip" parquet:"8,dict"`  // source: the side that began the flow
	SrcPort int        `json:"src_port" parquet:"9"`     // for ICMP the type
	DstIP   netip.Addr `json:"dst_ip" parquet:"10,dict"` // destination
	DstPort int        `json:"dst_port" parquet:"11"`    // for ICMP the code
	// `seen`, or `guessed: ` and why the source is taken for the initiator
	Initiator string `json:"initiator" parquet:"12,dict"`

	// flows that the record stands for, absent: one. Where more than 100 in a minute go from one address to a port of
	// another without an answer or refused alike, or more than 1,000 from addresses of which nothing else is seen, one
	// record stands for the rest: counts and marks are sums, times span them all, all else is of the first
	Flows   int64 `json:"flows,omitempty" parquet:"260"`
	Sources int64 `json:"sources,omitempty" parquet:"261"` // addresses that these came from, where they are several

	// packets from source to destination, copies not counted
	PacketsFwd      int64 `json:"packets_fwd" parquet:"13"`
	PacketsRev      int64 `json:"packets_rev" parquet:"14"`       // packets back
	BytesFwd        int64 `json:"bytes_fwd" parquet:"15"`         // bytes by IP total length
	BytesRev        int64 `json:"bytes_rev" parquet:"16"`         // bytes by IP total length
	PayloadBytesFwd int64 `json:"payload_bytes_fwd" parquet:"17"` // bytes of TCP or UDP payload
	PayloadBytesRev int64 `json:"payload_bytes_rev" parquet:"18"` // bytes of TCP or UDP payload
	Duplicates      int64 `json:"duplicates" parquet:"19"`        // copies of this flow's packets

	StartTime Time `json:"start_time" parquet:"20"` // of the first packet
	EndTime   Time `json:"end_time" parquet:"21"`   // of the last packet
	// fin, rst, idle, active (cut by a time limit), reused (the ports began anew), evicted, end-of-capture,
	// window (the flow goes on)
	EndReason string `json:"end_reason" parquet:"22,dict"`
	// which part of the flow this is, from 1, where the ends of windows (--window) cut it; start_time, end_time,
	// counters and what was seen are those of the part
	Part int `json:"part,omitempty" parquet:"262"`
	// of such a flow: time of its first packet of all
	FlowStart Time `json:"flow_start,omitzero" parquet:"263"`
	// Wireshark's number of the first packet, from 1 within its file
	FirstPacket int64 `json:"first_packet" parquet:"23" pack:"packet"`
	LastPacket  int64 `json:"last_packet" parquet:"24" pack:"packet"` // number of the last packet
	// file of the first packet, where the run has several
	FirstFile string `json:"first_file,omitempty" parquet:"25,dict"`
	// file of the last packet, where the run has several
	LastFile string `json:"last_file,omitempty" parquet:"26,dict"`

	Webex bool `json:"webex" parquet:"27"` // whether the flow is Webex
	// meetings, calling, messaging, identity, content, mesh, edge-audio, edge-connect, hybrid-connector, expressway,
	// contact-center, government, third-party, other
	Service Service `json:"service,omitempty" parquet:"28,dict"`
	// media-audio, media-video, media-share, media-mixed, signalling, websocket, reachability, turn, telemetry,
	// update, revocation, name, time, file-transfer, web, other
	Function Function `json:"function,omitempty" parquet:"29,dict"`
	// udp, tcp, tls, tls-proxied (TLS inside a CONNECT tunnel), http-connect (a CONNECT that failed), quic
	Transport Transport `json:"transport,omitempty" parquet:"30,dict"`
	// of the classification: confirmed, probable, possible
	Confidence Confidence `json:"confidence,omitempty" parquet:"31,dict"`
	Reason     string     `json:"reason,omitempty" parquet:"32,dict"` // the classification in words
	// signatures that matched; `webexaudit explain ID` shows one
	SignatureIDs []string `json:"signature_ids,omitempty" parquet:"33"`
	// address of the Webex client's side, where the flow is Webex
	Client netip.Addr `json:"client,omitzero" parquet:"34,dict"`
	// the /24 (IPv4) or /64 (IPv6) around it
	ClientSubnet string `json:"client_subnet,omitempty" parquet:"258,dict"`
	// the name that the site file gives its place
	Site string `json:"site,omitempty" parquet:"259,dict"`

	// what the bytes were recognised as, whatever the port: tls, http, http-connect, socks4, socks5, dns, stun, rtp,
	// dtls, quic, sip, rfc4571, ntp, ssh, xmpp, h323; absent: nothing that is known
	App string `json:"app,omitempty" parquet:"200,dict"`
	SNI string `json:"sni,omitempty" parquet:"35,dict"` // server name of the TLS or QUIC hello
	// name that a DNS answer in the capture gave for the destination
	DNSName string `json:"dns_name,omitempty" parquet:"36,dict"`
	// application protocol the server chose, else the first one offered
	ALPN string `json:"alpn,omitempty" parquet:"37,dict"`
	JA3  string `json:"ja3,omitempty" parquet:"38,dict"` // JA3 of the client
	JA4  string `json:"ja4,omitempty" parquet:"39,dict"` // JA4 of the client
	// version the server chose: 1.0, 1.1, 1.2, 1.3
	TLSVersion string `json:"tls_version,omitempty" parquet:"40,dict"`
	// packets by DSCP value, `{"0":3,"46":1100}`
	DSCPFwd DSCP `json:"dscp_fwd,omitempty" parquet:"41,dict"`
	DSCPRev DSCP `json:"dscp_rev,omitempty" parquet:"42,dict"` // packets by DSCP value
	// packets by 802.1p priority, of packets with a VLAN or priority tag (IEEE 802.1Q)
	PCPFwd DSCP `json:"pcp_fwd,omitempty" parquet:"100,dict"`
	PCPRev DSCP `json:"pcp_rev,omitempty" parquet:"101,dict"` // packets by 802.1p priority
	// packets whose sender knows ECN, marked or not (RFC 3168)
	ECNECT int64 `json:"ecn_ect,omitempty" parquet:"102,zero"`
	// packets marked Congestion Experienced
	ECNCE     int64 `json:"ecn_ce,omitempty" parquet:"43,zero"`
	Fragments int64 `json:"fragmented,omitempty" parquet:"103,zero"` // packets that came as IP fragments
	TTLFwd    *int  `json:"ttl_fwd,omitempty" parquet:"44"`          // TTL or hop limit of the first packet
	// TTL or hop limit of the first packet back
	TTLRev *int  `json:"ttl_rev,omitempty" parquet:"45"`
	VLAN   []int `json:"vlan,omitempty" parquet:"46"` // VLAN identifiers, outermost first
	// MAC address that the first packet goes to, where the client sent it: that of the next router; only of flows that
	// the site file sends over a private link (edge_connect)
	NextHop string `json:"next_hop,omitempty" parquet:"254,dict"`
	// name of the interface that captured this packet, where the capture has one; only of such flows
	Interface string `json:"interface,omitempty" parquet:"255,dict"`
	// encapsulations that were taken off, outermost first: mpls, pppoe, gre, erspan, vxlan, geneve, gtp-u, ip-in-ip …
	Tunnels []string `json:"tunnels,omitempty" parquet:"47"`
	// VLAN tags and identifier of the innermost tunnel, of the first packet: `vlan 7 vxlan vni 5000`; absent without
	// an identifier, unless `overlap`
	Network string `json:"network,omitempty" parquet:"140,dict"`
	// another flow with the same 5-tuple lives in another VLAN or VNI
	Overlap bool `json:"overlap,omitempty" parquet:"141"`

	// What the pack says of this flow; set by classify, read by the rules.

	// published range that holds the server's address
	Prefix string `json:"prefix,omitempty" parquet:"48,dict"`
	// of `prefix`, where the pack names one
	Region string `json:"region,omitempty" parquet:"110,dict"`
	// autonomous system of the server's address, where that is in no published range and the pack knows whose it is:
	// `AS8075 Microsoft`
	ServerAS string `json:"server_as,omitempty" parquet:"257,dict"`
	// audio, video, share or mixed, by source port or payload type
	MediaClass string `json:"media_class,omitempty" parquet:"49,dict"`
	// marks that the pack accepts from client to cloud
	ExpectedDSCP []int `json:"expected_dscp,omitempty" parquet:"50"`
	// app, room-device, phone, browser, mesh-node, local-gateway, expressway …
	Device string `json:"device,omitempty" parquet:"51,dict"`
	// of media: `in` or `out` of the pack's source port ranges
	PortPlan string `json:"port_plan,omitempty" parquet:"52,dict"`
	// what the end that opens was declared or learnt to be: expressway-c, expressway-e, mesh-node, local-gateway,
	// edge-audio, phone, room-device, vpn-pool
	ClientRole string `json:"client_role,omitempty" parquet:"106,dict"`
	// of the other end; `cloud` for an address in a published range, `dedicated-instance` by a name of one
	ServerRole string `json:"server_role,omitempty" parquet:"107,dict"`
	// a role was learnt from the traffic, not declared
	RolesLearnt bool `json:"roles_learnt,omitempty" parquet:"108"`
	// `in` or `out` of the ports that the pack has for flows between the two roles
	PairPlan string `json:"pair_plan,omitempty" parquet:"109,dict"`
	// IPv4 address of the server where a translator (NAT64, RFC 6052) is on the way; `prefix` and `region` are of it
	NAT64 netip.Addr `json:"nat64,omitzero" parquet:"252,dict"`
	// the DNS filter whose block page the server is
	BlockPage string `json:"block_page,omitempty" parquet:"253,dict"`
	Retired   string `json:"retired,omitempty" parquet:"53,dict"` // why the port or name is retired
	// of TLS: `unsupported` or `discouraged` to inspect
	Inspection string `json:"inspection_policy,omitempty" parquet:"54,dict"`

	TCP  *TCPFacts  `json:"tcp,omitempty"`  // absent where the flow is not TCP
	STUN *STUNFacts `json:"stun,omitempty"` // absent where the flow has no STUN
	// absent without an HTTP or SOCKS CONNECT
	Connect      *ConnectFacts `json:"connect,omitempty"`
	SIP          *SIPFacts     `json:"sip,omitempty"`           // absent without SIP in clear
	HTTP         *HTTPFacts    `json:"http,omitempty"`          // absent without HTTP/1 in clear
	NTP          *NTPFacts     `json:"ntp,omitempty"`           // absent where the flow is not NTP
	DTLS         *DTLSFacts    `json:"dtls,omitempty"`          // absent without a hello
	SSH          *SSHFacts     `json:"ssh,omitempty"`           // absent where the flow is not SSH
	XMPP         *XMPPFacts    `json:"xmpp,omitempty"`          // absent where the flow is not XMPP
	H323         *H323Facts    `json:"h323,omitempty"`          // absent where the flow is not H.323
	MediaPattern *MediaPattern `json:"media_pattern,omitempty"` // absent where it was not measured
	// of TCP and TLS flows with that pattern: what their messages carried in each window of 10 s that had any, 4,000 at
	// most: time (begin of the window), bps_fwd, bps_rev
	RateSeries []FlowRate `json:"rate_series,omitempty" parquet:"264"`
	// absent without one
	ICMP *ICMPError `json:"icmp_error,omitempty"`
	// of DNS flows, questions for names the pack knows: name, qtype, rcode, answers, packet, reply, service, function
	Lookups []Lookup `json:"lookups,omitempty" parquet:"98"`

	// the first eight packets whose DSCP differs from that of the packet before in their direction: direction, from,
	// to, packet, file, time
	DSCPChanges []DSCPChange `json:"dscp_changes,omitempty" parquet:"104"`
	// packets that a finding may cite: kind, packet, file (index into the run's files, absent for 0), time
	KeyPackets []KeyPacket `json:"key_packets,omitempty" parquet:"99"`
	// all packets of the flow; empty above 1,000 ranges
	Packets  PacketSet `json:"-" pack:"bytes" why:"evidence cites them"`
	Networks []Network `json:"-" why:"evidence tells them apart"` // where Overlap: all of them
}

// RecordType implements Record.
func (*Flow) RecordType() string { return "flow" }

// ConnectFacts of an HTTP CONNECT (RFC 9110 section 9.3.6) or of a SOCKS CONNECT (RFC 1928; SOCKS4 and 4a).
type ConnectFacts struct {
	Protocol string `json:"protocol" parquet:"201,dict"` // http, socks4 or socks5
	// host of the CONNECT; empty where a SOCKS5 proxy accepted no method of authentication
	Host string `json:"host" parquet:"79,dict"`
	Port int    `json:"port" parquet:"80"` // port of the CONNECT
	// of the latest answer; of SOCKS5 the HTTP status that says the same: 200 for reply 0, 403 for 2 (ruleset), 504 for
	// 6, 501 for 7 and 8, 502 for the others, 407 for failed authentication; of SOCKS4 200 for 90, 502 for 91, 403 for
	// 92 and 93 (identd); absent: none seen
	Status int `json:"status,omitempty" parquet:"81"`
	// reply code of RFC 1928, of SOCKS4 90 to 93; absent: none, or HTTP
	Reply   *int     `json:"socks_reply,omitempty" parquet:"202"`
	Schemes []string `json:"auth_schemes,omitempty" parquet:"82"` // schemes that a 407 offered
	Tries   int      `json:"tries" parquet:"83"`                  // CONNECT requests
	DelayMs *float64 `json:"delay_ms,omitempty" parquet:"84"`     // ms from CONNECT to the final status
}

// MediaPattern measures whether a TCP or TLS flow carries real-time media: in windows of 10 seconds, messages (TLS
// application data records, or TCP segments with payload where there is no TLS) per second and direction, their sizes
// and gaps.
type MediaPattern struct {
	// windows of 10 s measured for the cadence of media, TCP and TLS flows
	Windows    int     `json:"windows" parquet:"85"`
	MediaBoth  int     `json:"media_both" parquet:"86"`      // of these, with the cadence of media in both directions
	MediaOne   int     `json:"media_one" parquet:"87"`       // with the media pattern in one direction only
	RateFwd    float64 `json:"rate_fwd" parquet:"88"`        // messages per second over the flow
	RateRev    float64 `json:"rate_rev" parquet:"89"`        // messages per second
	MedianFwd  int     `json:"median_size_fwd" parquet:"90"` // median message, bytes
	MedianRev  int     `json:"median_size_rev" parquet:"91"` // median message, bytes
	Gap20msFwd float64 `json:"gap_20ms_fwd" parquet:"92"`    // share (0 to 1) of gaps between 10 and 60 ms
	Gap20msRev float64 `json:"gap_20ms_rev" parquet:"93"`    // share (0 to 1) of gaps between 10 and 60 ms
}

// Media reports whether a window had the media pattern, in one direction at least; nil had none.
func (r *MediaPattern) Media() bool { return r != nil && r.MediaBoth+r.MediaOne > 0 }

// FlowRate is what a flow carried in a window: payload of its messages in bits per second.
type FlowRate struct {
	Time   Time    `json:"time"`
	BpsFwd float64 `json:"bps_fwd"`
	BpsRev float64 `json:"bps_rev"`
}

// ICMPError is the first ICMP error that quoted the flow.
type ICMPError struct {
	Type  int        `json:"type" parquet:"94"`      // first ICMP error that quoted the flow
	Code  int        `json:"code" parquet:"95"`      // its code
	From  netip.Addr `json:"from" parquet:"96,dict"` // its sender
	Count int64      `json:"count" parquet:"97"`     // how many there were
	// the published range that holds its sender
	Prefix string `json:"prefix,omitempty" parquet:"251,dict"`
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

	// of an answer that no public server has: block-page, loopback, unspecified, private
	AnswerKind string `json:"answer_kind,omitempty"`
	BlockPage  string `json:"block_page,omitempty"` // the filter to whose block page an answer leads
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

// Network says where a packet was seen: VLAN identifiers (0: none) and the identifier of the innermost tunnel that has
// one.
type Network struct {
	OuterVLAN, InnerVLAN int
	Tunnel               string // a name as in Flow.Tunnels, or ""
	ID                   uint32
}
