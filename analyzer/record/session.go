package record

import (
	"encoding/json"
	"net/netip"

	"webexaudit/analyzer/wording"
)

// Session is one client's call or meeting.
type Session struct {
	SessionID string     `json:"session_id" parquet:"5"`       // 16 hex digits
	Client    netip.Addr `json:"client" parquet:"6,dict,null"` // address of the client
	// the /24 (IPv4) or /64 (IPv6) around it
	ClientSubnet string `json:"client_subnet,omitempty" parquet:"57,dict"`
	// the name that the site file gives its place
	Site    string  `json:"site,omitempty" parquet:"58,dict"`
	Service Service `json:"service" parquet:"7,dict"` // as in flows
	// finally used: udp, tcp, tls, tls-proxied; none: no media was carried
	Transport Transport `json:"transport" parquet:"8,dict"`
	// each stretch on one transport that carried media: transport, start_time, end_time, seconds, bytes
	Transports []SessionTransport `json:"transports,omitempty" parquet:"9"`
	// why media does not travel over UDP, or not at all
	FallbackReason string `json:"fallback_reason,omitempty" parquet:"10,dict"`
	Story          string `json:"story" parquet:"15,null"` // what happened, in one sentence
	// that this is a call: confirmed, probable, possible
	Confidence    Confidence `json:"confidence" parquet:"16,dict,null"`
	Reason        string     `json:"reason" parquet:"17,dict,null"`    // why so sure
	StartedBefore bool       `json:"started_before" parquet:"18,null"` // the call began before the capture
	EndedBy       string     `json:"ended_by" parquet:"19,dict,null"`  // fin, rst, silence, end-of-capture
	// media node, or the proxy before it, address:port
	Node string `json:"node,omitempty" parquet:"11,dict"`
	// of the media node, where the pack names one
	Region string `json:"region,omitempty" parquet:"20,dict"`
	// proxy that carried the media or was asked to, address:port
	Proxy string `json:"proxy,omitempty" parquet:"21,dict"`
	// devices that share the client's address, where evident
	Devices int `json:"devices,omitempty" parquet:"22"`
	// audio, video, share: what is known to have been carried
	Media []string `json:"media,omitempty" parquet:"23"`
	// absent where the transport was neither asked nor used
	UDP *TransportAttempt `json:"udp,omitempty" parquet:"+24"`
	// absent where the transport was neither asked nor used
	TCP *TransportAttempt `json:"tcp,omitempty" parquet:"+32"`
	// absent where the transport was neither asked nor used
	TLS *TransportAttempt `json:"tls,omitempty" parquet:"+40"`
	// absent where the transport was neither asked nor used
	TLSProxied *TransportAttempt `json:"tls_proxied,omitempty" parquet:"+48"`
	StartTime  Time              `json:"start_time" parquet:"12"` // begin of the first media flow
	EndTime    Time              `json:"end_time" parquet:"13"`   // end of the last media flow
	// media flows, and the signalling flows beside them
	FlowIDs   []string `json:"flow_ids" parquet:"14"`
	StreamIDs []string `json:"stream_ids,omitempty" parquet:"24"` // the RTP streams
	// what findings and measurements say of its media: bad, warn, good, not-judged
	Verdict CallVerdict `json:"verdict,omitempty" parquet:"59,dict"`
	// of a verdict without a cause: why
	Why string `json:"why,omitempty" parquet:"60,dict"`
	// findings that concern its media and follow from no other, by rank
	CauseIDs []string `json:"cause_ids,omitempty" parquet:"61"`
	// median of the round trips of STUN on its media flows, ms; absent without one
	RTTMs *float64 `json:"rtt_ms,omitempty" parquet:"62"`
	Up    CallLeg  `json:"up" parquet:"+63"`   // from the client
	Down  CallLeg  `json:"down" parquet:"+70"` // to the client
	// the ledger's sum over the call between the client and the capture point; of media inside TCP round trips alone;
	// absent without media
	ClientSide *Stretch `json:"client_side,omitempty" parquet:"+77"`
	// the same between the capture point and the cloud
	CloudSide *Stretch `json:"cloud_side,omitempty" parquet:"+87"`
	// packets that were lost before the sender at the other end had them; absent where no counter tells
	Unsent *int64 `json:"unsent,omitempty" parquet:"98"`
	// feedback that contradicts the packets, and was not believed
	FeedbackRefused int64 `json:"feedback_refused,omitempty" parquet:"99"`
	// where the end of a window (--window) cuts its media: the same for all parts of the call, the flow_id of the
	// oldest media flow that goes on; absent: the call is whole
	CallID string `json:"call_id,omitempty" parquet:"101"`
	// the sentences above as data: message id, format and arguments of story, fallback_reason, reason and why
	Messages CallMessages `json:"messages,omitzero" parquet:"100"`
}

// CallMessages are the sentences of a session as data, as [Messages] are those of a finding.
type CallMessages struct {
	Story          wording.Text `json:"story,omitzero"`
	FallbackReason wording.Text `json:"fallback_reason,omitzero"`
	Reason         wording.Text `json:"reason,omitzero"`
	Why            wording.Text `json:"why,omitzero"`
}

// IsZero reports whether there is none.
func (m CallMessages) IsZero() bool {
	return m.Story.IsZero() && m.FallbackReason.IsZero() && m.Reason.IsZero() && m.Why.IsZero()
}

// MarshalJSON implements json.Marshaler.
func (m CallMessages) MarshalJSON() ([]byte, error) {
	type plain CallMessages
	return json.Marshal(plain(m))
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *CallMessages) UnmarshalJSON(b []byte) error {
	type plain CallMessages
	return json.Unmarshal(b, (*plain)(m))
}

// Say sets a sentence and its data.
func Say(text *string, data *wording.Text, t wording.Text) { *text, *data = t.String(), t }

// CallLeg is one direction of a call.
type CallLeg struct {
	// of the stream that lost most on its way, among those of packets enough; absent: not measured, as inside TLS
	LossPercent *float64 `json:"loss_percent,omitempty" parquet:"1"`
	// of the stream with the highest mean, ms; absent: not measured
	JitterMs *float64 `json:"jitter_ms,omitempty" parquet:"2"`
	// packets of its streams of audio, video and share that the network lost: missing here, less what the sender never
	// sent, and behind the capture point at least, where the receiver tells
	Lost int64 `json:"lost" parquet:"3,null"`
	// packets sent of these, by their sequence numbers less those that the sender left out
	Expected    int64 `json:"expected" parquet:"4,null"`
	CaptureLost int64 `json:"capture_lost" parquet:"5,null"` // lost by the capture
	// DSCP values of at least 5 % of its packets, the most frequent first
	Marks []int `json:"marks,omitempty" parquet:"6"`
	// the same of audio alone; empty where it cannot be told from the rest
	Audio []int `json:"audio_marks,omitempty" parquet:"7"`
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

// TransportAttempt is what a client asked of the media nodes over one transport, from two minutes before its call to
// the end, and what that transport carried. Questions are STUN requests over UDP, connections over TCP and TLS, CONNECT
// requests to a proxy.
type TransportAttempt struct {
	// requests of this transport: STUN over UDP, connections over TCP and TLS, CONNECT to a proxy
	Asked int64 `json:"asked" parquet:"1"`
	// of these, with an answer: STUN responses, SYN-ACKs, bytes from a TLS server, CONNECTs with status 2xx
	Answered int64 `json:"answered" parquet:"2"`
	// connections that ended by RST without a byte from the server
	Reset        int64   `json:"reset" parquet:"3"`
	ResetTTL     *int    `json:"reset_ttl,omitempty" parquet:"4"` // TTL of the last such RST
	ICMPRejected int64   `json:"icmp_rejected" parquet:"5"`       // ICMP "unreachable" messages
	Refused      int64   `json:"refused" parquet:"6"`             // CONNECT requests with another status than 2xx
	Seconds      float64 `json:"seconds" parquet:"7"`             // with media
	Bytes        int64   `json:"bytes" parquet:"8"`               // of media flows, IP
}
