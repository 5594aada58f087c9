package record

import "net/netip"

// MediaStream is one RTP stream: an SSRC in one direction of a flow (RFC 3550).
type MediaStream struct {
	StreamID    string     `json:"stream_id" parquet:"5"`      // 16 hex digits
	FlowID      string     `json:"flow_id" parquet:"6"`        // the flow that carries it
	Direction   string     `json:"direction" parquet:"7,dict"` // fwd or rev, of that flow
	SrcIP       netip.Addr `json:"src_ip" parquet:"8,dict"`    // sender of the stream
	SrcPort     int        `json:"src_port" parquet:"9"`       // its UDP port
	DstIP       netip.Addr `json:"dst_ip" parquet:"10,dict"`   // its receiver
	DstPort     int        `json:"dst_port" parquet:"11"`      // its UDP port
	SSRC        uint32     `json:"ssrc" parquet:"12"`          // 0 to 4294967295
	PayloadType int        `json:"payload_type" parquet:"13"`  // the one most packets have
	// audio, video, share, fec, rtx, telephone-event, unknown
	Kind      string `json:"kind" parquet:"14,dict"`
	ClockRate int    `json:"clock_rate,omitempty" parquet:"15"` // Hz
	// known (from the pack, from SDP, or a static payload type) or estimated (from the time stamps)
	ClockSource string `json:"clock_source,omitempty" parquet:"16,dict"`
	// RTP profile, where SDP in clear announced the stream: RTP/AVP, RTP/SAVP …
	Profile string `json:"profile,omitempty" parquet:"54,dict,after=35"`

	Packets  int64 `json:"packets" parquet:"17"`  // without second copies
	Bytes    int64 `json:"bytes" parquet:"18"`    // by IP total length
	Expected int64 `json:"expected" parquet:"19"` // packets by sequence numbers
	// expected and never captured, judged as lost by the network; `lost + capture_lost = expected - packets`
	Lost int64 `json:"lost" parquet:"20"`
	// of the missing, those judged as lost by the capture; all of them inside TCP, which itself loses nothing
	CaptureLost int64 `json:"capture_lost" parquet:"21"`
	// lower bound of `lost`, as far as the capture's own loss is known
	LostLow    *int64 `json:"lost_low,omitempty" parquet:"36"`
	LostHigh   *int64 `json:"lost_high,omitempty" parquet:"37"` // upper bound
	Duplicated int64  `json:"duplicated" parquet:"22"`          // second copies
	// packets that came after a later one
	Reordered int64 `json:"reordered" parquet:"23"`
	// of the reordered, those that came more than 60 ms after a later packet: too late to be played
	Late int64 `json:"late" parquet:"38"`
	// new sequence numberings under the same SSRC
	Restarts int64 `json:"restarts" parquet:"39"`
	// mean interarrival jitter (RFC 3550), ms; absent without clock rate, and of rtx, whose time stamps are those of
	// what it repeats
	JitterMeanMs *float64 `json:"jitter_mean_ms,omitempty" parquet:"24"`
	JitterMaxMs  *float64 `json:"jitter_max_ms,omitempty" parquet:"25"` // its maximum
	// longest time between two packets, ms
	MaxGapMs   float64 `json:"max_gap_ms" parquet:"26"`
	BitrateBps float64 `json:"bitrate_bps" parquet:"27"` // mean bit rate, IP bytes
	// frames (RTP time stamps) per second; this and the next three are absent but for video and share of at least 2 s
	FrameRate *float64 `json:"frame_rate,omitempty" parquet:"40"`
	// mean difference between the spacing of frames and that of their RTP times
	FrameJitter *float64 `json:"frame_jitter_ms,omitempty" parquet:"41"`
	// estimate: times between two frames of at least max(3δ, δ + 150 ms), δ the mean (freezeCount of W3C
	// webrtc-stats), where packets are missing or the frame is 150 ms behind its RTP time
	Freezes  *int64   `json:"freezes,omitempty" parquet:"42"`
	FrozenMs *float64 `json:"frozen_ms,omitempty" parquet:"43"` // their sum
	// FEC and RTX packets for each packet of the flow's other streams in this direction; absent: none, or the stream
	// is one of them
	RepairShare *float64 `json:"repair_share,omitempty" parquet:"44"`
	// R of ITU-T G.107; absent unless the codec's impairment is published (G.711, G.729) and the round trip is known
	RFactor     *float64 `json:"r_factor,omitempty" parquet:"45"`
	MOSEstimate *float64 `json:"mos_estimate,omitempty" parquet:"46"` // MOS from it, 1 to 4.5
	MOSInputs   string   `json:"mos_inputs,omitempty" parquet:"47"`   // what it was computed from
	RTCP        *RTCP    `json:"rtcp,omitempty"`                      // absent without reports in clear
	// where its packets were lost; absent for streams that are not Webex's and inside TCP
	Ledger *StreamLedger `json:"ledger,omitempty"`
	// seconds without a row of their own in media_intervals
	Omitted int64 `json:"intervals_omitted" parquet:"53"`
	// losses by length: bursts of 1, 2 … 9 and 10 or more packets, whoever lost them; absent: none
	LossBursts  []int64 `json:"loss_bursts,omitempty" parquet:"28"`
	DSCP        DSCP    `json:"dscp" parquet:"29,dict"`                  // packets by DSCP value
	StartTime   Time    `json:"start_time" parquet:"30"`                 // of the first packet
	EndTime     Time    `json:"end_time" parquet:"31"`                   // of the last packet
	FirstPacket int64   `json:"first_packet" parquet:"32" pack:"packet"` // number of the first packet
	LastPacket  int64   `json:"last_packet" parquet:"33" pack:"packet"`  // number of the last packet
	// from the Webex client towards the cloud
	Upstream bool `json:"upstream" parquet:"34"`
	Webex    bool `json:"webex" parquet:"35"` // whether its flow is Webex
	// the /24 (IPv4) or /64 (IPv6) around the Webex client
	ClientSubnet string `json:"client_subnet,omitempty" parquet:"55,dict"`
	// the name that the site file gives its place
	Site string `json:"site,omitempty" parquet:"56,dict"`
}

// RecordType implements Record.
func (*MediaStream) RecordType() string { return "media_stream" }

// RTCP sums up the report blocks (RFC 3550 section 6.4.1) that a receiver sent about a stream in clear.
type RTCP struct {
	Reports int64 `json:"reports" parquet:"48"` // report blocks about the stream, sent in clear
	// cumulative number of packets lost of the last report
	Lost       int64   `json:"lost" parquet:"49"`
	WorstShare float64 `json:"worst_share" parquet:"50"` // the highest fraction lost of a report, 0 to 1
	// the highest jitter of a report; absent without clock rate
	JitterMs *float64 `json:"jitter_ms,omitempty" parquet:"51"`
	// median round trip from the capture point to the receiver and back
	RTTMs *float64 `json:"rtt_ms,omitempty" parquet:"52"`
}

// MediaInterval is one second (or ten) of a media stream. Rows of one second are made for Webex streams, for two hours
// of each; rows of ten for all. Packets, expected, lost and capture_lost are booked by sequence number, a lost packet
// where a later one revealed the gap; all else by the time of arrival. Sums over the rows of one length are those of
// the stream.
type MediaInterval struct {
	StreamID  string `json:"stream_id" parquet:"5,dict"` // the stream
	FlowID    string `json:"flow_id" parquet:"6,dict"`   // the flow that carries it
	IntervalS int    `json:"interval_s" parquet:"7"`     // 1 or 10 s
	StartTime Time   `json:"start_time" parquet:"8"`     // of the interval
	Packets   int64  `json:"packets" parquet:"9"`        // as in media_streams, within the interval
	Expected  int64  `json:"expected" parquet:"10"`      // packets by sequence numbers
	// expected and never captured, judged as lost by the network
	Lost int64 `json:"lost" parquet:"11"`
	// judged as lost by the capture; losses without a known place are spread over what is missing
	CaptureLost int64 `json:"capture_lost" parquet:"12"`
	Duplicated  int64 `json:"duplicated" parquet:"13"` // second copies
	Reordered   int64 `json:"reordered" parquet:"14"`  // packets that came after a later one
	// mean interarrival jitter, ms, exact to 0.03 % as are the next two; absent where the clock rate was not clear at
	// the time
	JitterMeanMs *float64 `json:"jitter_mean_ms,omitempty" parquet:"15"`
	JitterMaxMs  *float64 `json:"jitter_max_ms,omitempty" parquet:"16"` // its maximum, ms
	MaxGapMs     float64  `json:"max_gap_ms" parquet:"17"`              // longest time between two packets, ms
	BitrateBps   float64  `json:"bitrate_bps" parquet:"18"`             // bits per second, IP bytes
	// of video in ten seconds: lines of the picture that the bit rate allows by the ladder of the pack
	VideoLines int `json:"video_lines,omitempty" parquet:"19"`
	// DSCP of all packets that came in the interval; absent where they bore several, which the stream counts, or none
	// came
	DSCP *int `json:"dscp,omitempty" parquet:"20"`
	// of lost, numbers that the sender itself left out, by the counter in its header extension; absent without one
	Unsent *int64 `json:"unsent,omitempty" parquet:"21"`
	// sequence numbers that believed reports of the receiver cover, booked where the last of them passed
	Reported *int64 `json:"reported,omitempty" parquet:"22"`
	// of these, lost between capture point and receiver; absent without a report
	LostBehind *int64 `json:"lost_behind,omitempty" parquet:"23"`
	// mean round trip from the capture point to the receiver and back, of the packets of the interval whose clock was
	// returned (MARI)
	RTTMs *float64 `json:"rtt_ms,omitempty" parquet:"24"`
	// mean of the rates that the receiver reported with these clocks, bits per second: of all streams of the flow in
	// this direction
	ReceivedBps *float64 `json:"received_bps,omitempty" parquet:"25"`
	// mean of what passed in the seconds that end with these clocks, bits per second, UDP payload: of all streams of
	// the flow in this direction that have such clocks
	PassedBps *float64 `json:"passed_bps,omitempty" parquet:"26"`
}

// RecordType implements Record.
func (*MediaInterval) RecordType() string { return "media_interval" }

// TLSSession is what a flow's TLS handshake showed.
type TLSSession struct {
	FlowID      string `json:"flow_id" parquet:"5"`      // the flow
	CommunityID string `json:"community_id" parquet:"6"` // of the flow
	// server name of the ClientHello
	SNI        string `json:"sni,omitempty" parquet:"8,dict"`
	TLSVersion string `json:"tls_version,omitempty" parquet:"9,dict"` // version the server chose
	// IANA name, or 0x and four hex digits
	CipherSuite string `json:"cipher_suite,omitempty" parquet:"10,dict"`
	ALPN        string `json:"alpn,omitempty" parquet:"11,dict"` // application protocol
	// absent where it cannot be told
	Resumed *bool `json:"resumed,omitempty" parquet:"12"`
	// the hello has encrypted_client_hello: the SNI may be an outer name
	ECH           bool     `json:"ech,omitempty" parquet:"13"`
	JA3           string   `json:"ja3,omitempty" parquet:"14,dict"`          // of the client
	JA3S          string   `json:"ja3s,omitempty" parquet:"15,dict"`         // of the server
	JA4           string   `json:"ja4,omitempty" parquet:"16,dict"`          // of the client
	CertSubject   string   `json:"cert_subject,omitempty" parquet:"17,dict"` // of the leaf (RFC 4514)
	CertIssuer    string   `json:"cert_issuer,omitempty" parquet:"18,dict"`  // of the leaf (RFC 4514)
	CertSANs      []string `json:"cert_sans,omitempty" parquet:"19"`         // its alternative names
	CertNotBefore Time     `json:"cert_not_before,omitzero" parquet:"20"`    // begin of its validity
	CertNotAfter  Time     `json:"cert_not_after,omitzero" parquet:"21"`     // end of its validity
	CertSHA256    string   `json:"cert_sha256,omitempty" parquet:"22,dict"`  // of the leaf's DER
	// the capture has only part of the leaf; subject and issuer were still read
	CertPartial bool `json:"cert_partial,omitempty" parquet:"23"`
	// issuers of the certificates above the leaf
	ChainIssuers []string `json:"chain_issuers,omitempty" parquet:"24"`
	// side, level and name: `fwd fatal unknown_ca`
	Alerts []string `json:"alerts,omitempty" parquet:"25"`
	// whether the client's hello is not whole in the capture: what it seems to lack, an SNI too, was not seen
	ClientCut bool `json:"client_hello_cut,omitempty" parquet:"63"`
	// whether the server's hello is not whole in the capture: version and suite are absent where they were cut off
	ServerCut bool `json:"server_hello_cut,omitempty" parquet:"64"`

	TLSOffer
	TLSFlights
	CertDetails

	// signs of TLS inspection: none, possible, probable, confirmed
	Inspection string `json:"inspection" parquet:"26,dict"`
	// each sign: name, value, weight
	InspectionSigns []InspectionSign `json:"inspection_signs,omitempty" parquet:"27"`
	Webex           bool             `json:"webex" parquet:"28"` // whether the flow is Webex
}

// TLSOffer is what the hellos say beyond the choice of version and suite. Lists have at most 32 entries, without
// GREASE; names are those of IANA, or 0x and four hex digits.
type TLSOffer struct {
	// supported_versions of the ClientHello; lists of hellos have at most 32 entries, without GREASE
	VersionsOffered []string `json:"versions_offered,omitempty" parquet:"29"`
	// supported_groups, IANA names, or 0x and four hex digits
	GroupsOffered []string `json:"groups_offered,omitempty" parquet:"30"`
	// groups for which the client sent a key
	KeyShares []string `json:"key_shares,omitempty" parquet:"31"`
	// group of the server's key share, TLS 1.3
	Group string `json:"group,omitempty" parquet:"32,dict"`
	// application protocols that the client offered
	ALPNOffered []string `json:"alpn_offered,omitempty" parquet:"33"`
	// the client offered to resume a session of TLS 1.3
	PSKOffered bool `json:"psk_offered,omitempty" parquet:"34"`
	EarlyData  bool `json:"early_data,omitempty" parquet:"35"` // the client offered early data
	// bytes in protected records of the client before the server's hello
	EarlyDataBytes int64 `json:"early_data_bytes" parquet:"36"`
	HelloRetry     bool  `json:"hello_retry,omitempty" parquet:"37"` // a HelloRetryRequest came first
}

// TLSFlights are times and sizes of the handshake, only where both hellos were seen. In TLS 1.3 the sizes are those of
// protected records without their headers: the server's from its hello to the client's first one, which hold the
// certificates, and the client's from there to the server's next. Up to TLS 1.2 they are those of the handshake
// messages in clear.
type TLSFlights struct {
	// ms from the end of the ClientHello to the server's answer
	ServerDelayMs *float64 `json:"server_delay_ms,omitempty" parquet:"38"`
	// TLS 1.3: protected records of the server from its hello to the client's first one; before: its handshake
	// messages in clear after the hello
	ServerFlightBytes int64 `json:"server_flight_bytes,omitempty" parquet:"39"`
	// how many records or messages that is
	ServerFlightCount   int   `json:"server_flight_count,omitempty" parquet:"40"`
	ServerFlightRecords []int `json:"server_flight_records,omitempty" parquet:"41"` // bytes of the first 8
	// what the client sent from there to the server's next record; before TLS 1.3 its handshake messages in clear
	ClientFlightBytes int64 `json:"client_flight_bytes,omitempty" parquet:"42"`
	// how many records or messages that is
	ClientFlightCount   int   `json:"client_flight_count,omitempty" parquet:"43"`
	ClientFlightRecords []int `json:"client_flight_records,omitempty" parquet:"44"` // bytes of the first 8
	// something is missing in the capture: the sizes are no evidence
	FlightsCut bool `json:"flights_cut,omitempty" parquet:"45"`
}

// CertDetails is what the server's leaf says beyond names and dates, and the certificate of the client. Nothing was
// verified.
type CertDetails struct {
	// serial number of the leaf, hex digits
	CertSerial string `json:"cert_serial,omitempty" parquet:"46,dict"`
	// SHA256-RSA, ECDSA-SHA384 …
	CertSignatureAlgorithm string `json:"cert_signature_algorithm,omitempty" parquet:"47,dict"`
	// RSA, ECDSA, Ed25519 …
	CertKeyType string `json:"cert_key_type,omitempty" parquet:"48,dict"`
	CertKeyBits int    `json:"cert_key_bits,omitempty" parquet:"49"` // size of the key
	// whole days from begin to end of its validity
	CertValidityDays *int `json:"cert_validity_days,omitempty" parquet:"50"`
	// extended key usages: serverAuth, clientAuth …, or object identifiers
	CertEKUs []string `json:"cert_ekus,omitempty" parquet:"51"`
	// subject and issuer are equal; whether it signed itself was not verified
	CertSelfIssued bool `json:"cert_self_issued,omitempty" parquet:"52"`
	// has a list of signed certificate timestamps; this and the next three are absent where the extensions were not
	// read to their end
	CertSCT *bool `json:"cert_sct,omitempty" parquet:"53"`
	// names an OCSP responder
	CertOCSP *bool `json:"cert_ocsp,omitempty" parquet:"54"`
	// names a revocation list
	CertCRL *bool `json:"cert_crl,omitempty" parquet:"55"`
	// names where the issuer's certificate is found
	CertCAIssuers *bool `json:"cert_ca_issuers,omitempty" parquet:"56"`
	// of the DER of the certificates above the leaf, as far as whole
	ChainSHA256 []string `json:"chain_sha256,omitempty" parquet:"57"`

	// the server asked for a certificate; in TLS 1.3 that is encrypted
	ClientCertRequested bool `json:"client_cert_requested,omitempty" parquet:"58"`
	// of the client's leaf
	ClientCertSubject string `json:"client_cert_subject,omitempty" parquet:"59,dict"`
	// of the client's leaf
	ClientCertIssuer string `json:"client_cert_issuer,omitempty" parquet:"60,dict"`
	// of the client's leaf's DER
	ClientCertSHA256 string `json:"client_cert_sha256,omitempty" parquet:"61,dict"`
	// extended key usages of the client's leaf
	ClientCertEKUs []string `json:"client_cert_ekus,omitempty" parquet:"62"`
}

// RecordType implements Record.
func (*TLSSession) RecordType() string { return "tls_session" }

// InspectionSign is one piece of the evidence for or against TLS inspection.
type InspectionSign struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Weight int    `json:"weight"`
}

// Reachability is one cell of the matrix client subnet × destination prefix × port × transport.
type Reachability struct {
	Client string `json:"client" parquet:"5,dict"` // subnet (/24, /64), or name of the site
	// published range, else the subnet around the server, else the name that a proxy was asked for
	Prefix string `json:"prefix" parquet:"6,dict"`
	// destination port; through a proxy that of the CONNECT
	Port int `json:"port" parquet:"7"`
	// udp, tcp, tls; tls-proxied; http-connect where no proxy opened a tunnel
	Transport Transport `json:"transport" parquet:"8,dict"`
	// flows: UDP with a STUN request, TCP with a SYN, CONNECT for a media node
	Asked int64 `json:"asked" parquet:"9"`
	// flows with an answer (STUN response, SYN-ACK, CONNECT with status 2xx)
	Answered int64 `json:"answered" parquet:"10"`
	Reset    int64 `json:"reset" parquet:"11"` // flows that got a RST instead
	// flows that got an ICMP "unreachable" instead
	ICMPRejected int64 `json:"icmp_rejected" parquet:"12"`
	// flows whose CONNECT got another status than 2xx; absent in files of older versions
	Refused int64 `json:"refused" parquet:"20"`
	Silent  int64 `json:"silent" parquet:"13"` // flows that got nothing
	// ms at the capture point, median; absent without an answer
	RTTMedianMs *float64 `json:"rtt_median_ms,omitempty" parquet:"14"`
	// single requests: STUN transactions and their repetitions, or SYNs
	Requests  int64    `json:"requests" parquet:"15"`
	Clients   []string `json:"clients" parquet:"16"`         // addresses of the clients
	FlowIDs   []string `json:"flow_ids" parquet:"17"`        // the flows
	FirstSeen Time     `json:"first_seen" parquet:"18,null"` // start of the first flow
	LastSeen  Time     `json:"last_seen" parquet:"19,null"`  // end of the last flow
}

// RecordType implements Record.
func (*Reachability) RecordType() string { return "reachability" }
