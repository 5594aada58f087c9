package record

import "net/netip"

// MediaStream is one RTP stream: an SSRC in one direction of a flow (RFC 3550).
type MediaStream struct {
	StreamID    string     `json:"stream_id"`
	FlowID      string     `json:"flow_id"`
	Direction   string     `json:"direction"` // fwd or rev
	SrcIP       netip.Addr `json:"src_ip"`
	SrcPort     int        `json:"src_port"`
	DstIP       netip.Addr `json:"dst_ip"`
	DstPort     int        `json:"dst_port"`
	SSRC        uint32     `json:"ssrc"`
	PayloadType int        `json:"payload_type"`
	Kind        string     `json:"kind"` // audio, video, share, fec, rtx, unknown
	ClockRate   int        `json:"clock_rate,omitempty"`
	ClockSource string     `json:"clock_source,omitempty"` // known or estimated
	Profile     string     `json:"profile,omitempty"`      // of RTP, as SDP in clear announced it: RTP/AVP, RTP/SAVP …

	Packets      int64    `json:"packets"`
	Bytes        int64    `json:"bytes"` // IP total length
	Expected     int64    `json:"expected"`
	Lost         int64    `json:"lost"`               // judged as network loss; lost + capture_lost = expected - packets
	CaptureLost  int64    `json:"capture_lost"`       // judged as lost by the capture
	LostLow      *int64   `json:"lost_low,omitempty"` // bounds of lost, as far as the capture's own loss is known
	LostHigh     *int64   `json:"lost_high,omitempty"`
	Duplicated   int64    `json:"duplicated"`
	Reordered    int64    `json:"reordered"`
	Late         int64    `json:"late"`     // of these, more than 60 ms after a later packet
	Restarts     int64    `json:"restarts"` // new numberings under the same SSRC
	JitterMeanMs *float64 `json:"jitter_mean_ms,omitempty"`
	JitterMaxMs  *float64 `json:"jitter_max_ms,omitempty"`
	MaxGapMs     float64  `json:"max_gap_ms"`
	BitrateBps   float64  `json:"bitrate_bps"`
	FrameRate    *float64 `json:"frame_rate,omitempty"`      // of video and share: frames (RTP timestamps) per second
	FrameJitter  *float64 `json:"frame_jitter_ms,omitempty"` // mean difference between the spacing of frames and that of their RTP times
	Freezes      *int64   `json:"freezes,omitempty"`         // estimate: webrtc-stats freezeCount with frames complete at the capture point
	FrozenMs     *float64 `json:"frozen_ms,omitempty"`
	RepairShare  *float64 `json:"repair_share,omitempty"` // FEC and RTX packets for each packet of the flow's other streams in this direction
	RFactor      *float64 `json:"r_factor,omitempty"`     // ITU-T G.107, where codec and delay are known
	MOSEstimate  *float64 `json:"mos_estimate,omitempty"` // from it, 1 to 4.5
	MOSInputs    string   `json:"mos_inputs,omitempty"`   // what it was computed from
	RTCP         *RTCP    `json:"rtcp,omitempty"`         // what the receiver reported in clear
	Omitted      int64    `json:"intervals_omitted"`      // seconds without a row of their own: beyond the first two hours
	LossBursts   []int64  `json:"loss_bursts,omitempty"`  // bursts of 1, 2 … 9 and 10 or more packets
	DSCP         DSCP     `json:"dscp"`
	StartTime    Time     `json:"start_time"`
	EndTime      Time     `json:"end_time"`
	FirstPacket  int64    `json:"first_packet"`
	LastPacket   int64    `json:"last_packet"`
	Upstream     bool     `json:"upstream"` // from the Webex client towards the cloud
	Webex        bool     `json:"webex"`
}

// RecordType implements Record.
func (*MediaStream) RecordType() string { return "media_stream" }

// RTCP sums up the report blocks (RFC 3550 section 6.4.1) that a receiver sent about a stream in clear.
type RTCP struct {
	Reports    int64    `json:"reports"`
	Lost       int64    `json:"lost"`                // cumulative number of packets lost, of the last report
	WorstShare float64  `json:"worst_share"`         // the highest fraction lost of a report, 0 to 1
	JitterMs   *float64 `json:"jitter_ms,omitempty"` // the highest, where the clock rate is known
	RTTMs      *float64 `json:"rtt_ms,omitempty"`    // median from the capture point to the receiver and back
}

// MediaInterval is one second (or ten) of a media stream. Rows of one second are made for Webex streams, for two hours of each; rows
// of ten for all. Packets, expected, lost and capture_lost are booked by sequence number, a lost packet where a later one revealed
// the gap; all else by the time of arrival. Sums over the rows of one length are those of the stream.
type MediaInterval struct {
	StreamID     string   `json:"stream_id"`
	FlowID       string   `json:"flow_id"`
	IntervalS    int      `json:"interval_s"`
	StartTime    Time     `json:"start_time"`
	Packets      int64    `json:"packets"`
	Expected     int64    `json:"expected"`
	Lost         int64    `json:"lost"`
	CaptureLost  int64    `json:"capture_lost"`
	Duplicated   int64    `json:"duplicated"`
	Reordered    int64    `json:"reordered"`
	JitterMeanMs *float64 `json:"jitter_mean_ms,omitempty"`
	JitterMaxMs  *float64 `json:"jitter_max_ms,omitempty"`
	MaxGapMs     float64  `json:"max_gap_ms"`
	BitrateBps   float64  `json:"bitrate_bps"`
}

// RecordType implements Record.
func (*MediaInterval) RecordType() string { return "media_interval" }

// TLSSession is what a flow's TLS handshake showed.
type TLSSession struct {
	FlowID        string   `json:"flow_id"`
	CommunityID   string   `json:"community_id"`
	SNI           string   `json:"sni,omitempty"`
	TLSVersion    string   `json:"tls_version,omitempty"`
	CipherSuite   string   `json:"cipher_suite,omitempty"` // IANA name, or 0x and four hex digits
	ALPN          string   `json:"alpn,omitempty"`
	Resumed       *bool    `json:"resumed,omitempty"` // absent where it cannot be told
	ECH           bool     `json:"ech,omitempty"`     // the hello carries encrypted_client_hello: the SNI may be an outer name
	JA3           string   `json:"ja3,omitempty"`
	JA3S          string   `json:"ja3s,omitempty"`
	JA4           string   `json:"ja4,omitempty"`
	CertSubject   string   `json:"cert_subject,omitempty"` // RFC 4514
	CertIssuer    string   `json:"cert_issuer,omitempty"`
	CertSANs      []string `json:"cert_sans,omitempty"`
	CertNotBefore Time     `json:"cert_not_before,omitzero"`
	CertNotAfter  Time     `json:"cert_not_after,omitzero"`
	CertSHA256    string   `json:"cert_sha256,omitempty"`
	CertPartial   bool     `json:"cert_partial,omitempty"`  // the certificate is cut off; subject and issuer were still read
	ChainIssuers  []string `json:"chain_issuers,omitempty"` // issuers of the certificates above the leaf
	Alerts        []string `json:"alerts,omitempty"`        // "fwd fatal unknown_ca"

	TLSOffer
	TLSFlights
	CertDetails

	Inspection      string           `json:"inspection"` // none, possible, probable, confirmed
	InspectionSigns []InspectionSign `json:"inspection_signs,omitempty"`
	Webex           bool             `json:"webex"`
}

// TLSOffer is what the hellos say beyond the choice of version and suite. Lists have at most 32 entries, without GREASE; names are those
// of IANA, or 0x and four hex digits.
type TLSOffer struct {
	VersionsOffered []string `json:"versions_offered,omitempty"` // supported_versions
	GroupsOffered   []string `json:"groups_offered,omitempty"`   // supported_groups
	KeyShares       []string `json:"key_shares,omitempty"`       // groups for which the client sent a key
	Group           string   `json:"group,omitempty"`            // of the server's key share, TLS 1.3
	ALPNOffered     []string `json:"alpn_offered,omitempty"`
	PSKOffered      bool     `json:"psk_offered,omitempty"` // resumption in TLS 1.3
	EarlyData       bool     `json:"early_data,omitempty"`  // offered
	EarlyDataBytes  int64    `json:"early_data_bytes"`      // in protected records of the client before the server's hello
	HelloRetry      bool     `json:"hello_retry,omitempty"` // a HelloRetryRequest came first
}

// TLSFlights are times and sizes of the handshake, only where both hellos were seen. In TLS 1.3 the sizes are those of protected records
// without their headers: the server's from its hello to the client's first one, which hold the certificates, and the client's from there to
// the server's next. Up to TLS 1.2 they are those of the handshake messages in clear.
type TLSFlights struct {
	ServerDelayMs       *float64 `json:"server_delay_ms,omitempty"` // end of ClientHello to ServerHello or HelloRetryRequest
	ServerFlightBytes   int64    `json:"server_flight_bytes,omitempty"`
	ServerFlightCount   int      `json:"server_flight_count,omitempty"`   // records or messages
	ServerFlightRecords []int    `json:"server_flight_records,omitempty"` // bytes of the first 8
	ClientFlightBytes   int64    `json:"client_flight_bytes,omitempty"`
	ClientFlightCount   int      `json:"client_flight_count,omitempty"`
	ClientFlightRecords []int    `json:"client_flight_records,omitempty"`
	FlightsCut          bool     `json:"flights_cut,omitempty"` // something is missing in the capture: the sizes are no evidence
}

// CertDetails is what the server's leaf says beyond names and dates, and the certificate of the client. Nothing was verified.
type CertDetails struct {
	CertSerial             string   `json:"cert_serial,omitempty"`              // hex digits
	CertSignatureAlgorithm string   `json:"cert_signature_algorithm,omitempty"` // SHA256-RSA, ECDSA-SHA384 …
	CertKeyType            string   `json:"cert_key_type,omitempty"`            // RSA, ECDSA, Ed25519 …
	CertKeyBits            int      `json:"cert_key_bits,omitempty"`
	CertValidityDays       *int     `json:"cert_validity_days,omitempty"` // whole days from not before to not after
	CertEKUs               []string `json:"cert_ekus,omitempty"`          // serverAuth, clientAuth …, or object identifiers
	CertSelfIssued         bool     `json:"cert_self_issued,omitempty"`   // subject and issuer are equal
	CertSCT                *bool    `json:"cert_sct,omitempty"`           // has a list of signed certificate timestamps; this and the next three are absent where the extensions were not read to their end
	CertOCSP               *bool    `json:"cert_ocsp,omitempty"`          // names an OCSP responder
	CertCRL                *bool    `json:"cert_crl,omitempty"`           // names a revocation list
	CertCAIssuers          *bool    `json:"cert_ca_issuers,omitempty"`    // names where the issuer's certificate is found
	ChainSHA256            []string `json:"chain_sha256,omitempty"`       // of the certificates above the leaf, as far as whole

	ClientCertRequested bool     `json:"client_cert_requested,omitempty"` // up to TLS 1.2: in 1.3 that is encrypted
	ClientCertSubject   string   `json:"client_cert_subject,omitempty"`
	ClientCertIssuer    string   `json:"client_cert_issuer,omitempty"`
	ClientCertSHA256    string   `json:"client_cert_sha256,omitempty"`
	ClientCertEKUs      []string `json:"client_cert_ekus,omitempty"`
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
	Client       string    `json:"client"` // subnet (or site name)
	Prefix       string    `json:"prefix"` // published range, subnet, or the name that a proxy was asked for
	Port         int       `json:"port"`
	Transport    Transport `json:"transport"` // udp, tcp, tls; tls-proxied, or http-connect where the proxy never opened
	Asked        int64     `json:"asked"`     // flows (UDP: with a STUN request; TCP: with a SYN; proxied: with a CONNECT)
	Answered     int64     `json:"answered"`
	Reset        int64     `json:"reset"`
	ICMPRejected int64     `json:"icmp_rejected"`
	Refused      int64     `json:"refused"` // by the proxy: CONNECT without a status 2xx
	Silent       int64     `json:"silent"`
	RTTMedianMs  *float64  `json:"rtt_median_ms,omitempty"`
	Requests     int64     `json:"requests"` // single requests: STUN transactions and their repetitions, or SYNs
	Clients      []string  `json:"clients"`
	FlowIDs      []string  `json:"flow_ids"`
	FirstSeen    Time      `json:"first_seen"`
	LastSeen     Time      `json:"last_seen"`
}

// RecordType implements Record.
func (*Reachability) RecordType() string { return "reachability" }

// Session is one client's call or meeting.
type Session struct {
	SessionID      string             `json:"session_id"`
	Client         netip.Addr         `json:"client"`
	Service        Service            `json:"service"`
	Transport      Transport          `json:"transport"` // finally used: udp, tcp, tls, tls-proxied, none
	Transports     []SessionTransport `json:"transports,omitempty"`
	FallbackReason string             `json:"fallback_reason,omitempty"` // why the transport stepped down, in numbers
	Story          string             `json:"story"`                     // what happened, in one sentence for people
	Confidence     Confidence         `json:"confidence"`                // that this is a call
	Reason         string             `json:"reason"`                    // why so sure
	StartedBefore  bool               `json:"started_before"`            // the call began before the capture
	EndedBy        string             `json:"ended_by"`                  // fin, rst, silence, end-of-capture
	Node           string             `json:"node,omitempty"`            // media node, or the proxy before it, address:port
	Region         string             `json:"region,omitempty"`
	Proxy          string             `json:"proxy,omitempty"`   // that carried media, or was asked to, address:port
	Devices        int                `json:"devices,omitempty"` // that share the client's address, where it is evident
	Media          []string           `json:"media,omitempty"`   // audio, video, share: what is known to have been carried
	UDP            *TransportAttempt  `json:"udp,omitempty"`     // absent: neither asked nor used
	TCP            *TransportAttempt  `json:"tcp,omitempty"`
	TLS            *TransportAttempt  `json:"tls,omitempty"`
	TLSProxied     *TransportAttempt  `json:"tls_proxied,omitempty"`
	StartTime      Time               `json:"start_time"`
	EndTime        Time               `json:"end_time"`
	FlowIDs        []string           `json:"flow_ids"`
	StreamIDs      []string           `json:"stream_ids,omitempty"`
}

// RecordType implements Record.
func (*Session) RecordType() string { return "session" }

// SessionTransport is one stretch of a session on one transport.
type SessionTransport struct {
	Transport Transport `json:"transport"`
	StartTime Time      `json:"start_time"`
	EndTime   Time      `json:"end_time"`
	Seconds   float64   `json:"seconds"` // with media; pauses are left out
	Bytes     int64     `json:"bytes"`   // IP; of a flow that paused by share of time
}

// TransportAttempt is what a client asked of the media nodes over one transport, from two minutes before its call to the end, and what
// that transport carried. Questions are STUN requests over UDP, connections over TCP and TLS, CONNECT requests to a proxy.
type TransportAttempt struct {
	Asked        int64   `json:"asked"`
	Answered     int64   `json:"answered"` // STUN responses, SYN-ACKs, bytes from a TLS server, CONNECTs with status 2xx
	Reset        int64   `json:"reset"`    // connections that ended by RST without a byte from the server
	ResetTTL     *int    `json:"reset_ttl,omitempty"`
	ICMPRejected int64   `json:"icmp_rejected"` // ICMP "unreachable" messages
	Refused      int64   `json:"refused"`       // CONNECT requests with another status
	Seconds      float64 `json:"seconds"`       // with media
	Bytes        int64   `json:"bytes"`         // of media flows, IP
}
