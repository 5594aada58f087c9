package record

import "net/netip"

// SIPFacts of a flow with SIP in clear (RFC 3261). Lists are bounded; what found no place is counted.
type SIPFacts struct {
	Messages int64            `json:"messages" parquet:"120"`           // SIP messages in clear
	Requests map[string]int64 `json:"requests,omitempty" parquet:"121"` // requests by method
	Answers  map[int]int64    `json:"answers,omitempty" parquet:"122"`  // answers by status code
	CallID   string           `json:"call_id,omitempty" parquet:"123"`  // Call-ID of the first message that has one
	Agents   []string         `json:"agents,omitempty" parquet:"124"`   // User-Agent and Server, four at most
	// host names in request URIs, To and From, eight at most
	Domains []string `json:"domains,omitempty" parquet:"233,json"`
	// session timers of the flow's calls, 16 at most (RFC 4028): call_id, expires_s, refresher, refreshes, agreed,
	// last_refresh, ended, ended_by
	Timers []SIPTimer `json:"timers,omitempty" parquet:"234"`
	// messages that were not captured to their end
	Cut int64 `json:"cut" parquet:"125"`
	// messages whose body is shorter than Content-Length
	Short int64 `json:"short" parquet:"126"`
	// messages whose body is longer; over TCP of descriptions and empty bodies only
	Long int64 `json:"long" parquet:"127"`
	// literal addresses in messages that were compared with the packet's, by place: via, contact, sdp, received
	Compared map[string]int64 `json:"compared,omitempty" parquet:"128"`
	// those that differ: where, address, packet_ip, rport, count, packet
	Addresses []SIPAddress `json:"addresses,omitempty" parquet:"129"`
	// media that SDP announced: direction, address, port, kind, profile, payload_types, crypto, fingerprint, packet
	// (RFC 8866)
	Media []SIPMedia `json:"media,omitempty" parquet:"130"`

	// differing addresses that found no place in the list
	AddressesDropped int64 `json:"addresses_dropped" parquet:"131"`
	MediaDropped     int64 `json:"media_dropped" parquet:"132"` // media that found no place in the list
}

// SIPAddress is a literal address in SIP messages that differs from the packet's. It is no fault by itself: behind
// address translation the Via of a user agent differs, and the registrar answers with what it saw (RFC 3581).
type SIPAddress struct {
	// Where it stands. via: topmost Via of a request. contact, sdp (c= line): of a request with one Via, which comes
	// from a user agent. received: parameter of the Via of an answer with one Via, what the server saw as the client's
	// address.
	Where   string     `json:"where"`
	Address netip.Addr `json:"address"`
	Packet  netip.Addr `json:"packet_ip"` // source of the packet; of received its destination
	RPort   bool       `json:"rport"`     // the Via has the parameter rport (RFC 3581)
	Count   int64      `json:"count"`
	First   int64      `json:"packet"` // number of the first packet
}

// SIPMedia is a medium that one side announced: it is to be sent to this address and port.
type SIPMedia struct {
	Direction   string    `json:"direction"` // fwd or rev: who announced it
	Address     string    `json:"address,omitempty"`
	Port        int       `json:"port"`
	Kind        string    `json:"kind"`    // audio, video, application, image …
	Profile     string    `json:"profile"` // RTP/AVP, RTP/SAVP, UDP/TLS/RTP/SAVPF …
	Types       []SIPType `json:"payload_types,omitempty"`
	Crypto      bool      `json:"crypto"`      // a=crypto: keys in the description (RFC 4568)
	Fingerprint bool      `json:"fingerprint"` // a=fingerprint: keys by DTLS (RFC 5763)
	Packet      int64     `json:"packet"`      // number of the packet that announced it first
}

// SIPType is an RTP payload type of announced media.
type SIPType struct {
	Type      int    `json:"type"`
	Codec     string `json:"codec,omitempty"`
	ClockRate int    `json:"clock_rate,omitempty"` // Hz; absent: not known, or announced in two ways
}

// SIPTimer is the session timer that the two ends of a call agreed on (RFC 4028). Unless one of them refreshes it by a
// new INVITE or UPDATE the call ends, shortly before it runs out.
type SIPTimer struct {
	CallID      string `json:"call_id"`
	ExpiresS    int    `json:"expires_s"`           // interval, seconds
	Refresher   string `json:"refresher,omitempty"` // fwd or rev: who has to refresh; absent: not said
	Refreshes   int64  `json:"refreshes"`           // those that were accepted
	Agreed      Time   `json:"agreed"`              // when the answer came that set it
	LastRefresh Time   `json:"last_refresh,omitzero"`
	Ended       Time   `json:"ended,omitzero"`     // of the BYE; absent: none seen
	EndedBy     string `json:"ended_by,omitempty"` // fwd or rev: who sent it
}
