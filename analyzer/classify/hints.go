package classify

import (
	"net/netip"

	"webexaudit/analyzer/record"
)

// Hints are what a verdict needs to know of a flow beside its records. They are values of their own: nothing of the
// live flow is left in them, so that a flow can be set aside and be judged later. Most flows have none.
type Hints struct {
	DTLS      bool  // a DTLS record was seen
	DNS       bool  // a DNS message was read
	RTCP      int64 // packets of RTCP, in clear or not
	TLS       Handshake
	Rate      [2]float64 // forward and back, as the record's media pattern has them, but not rounded
	Paced     [2]float64
	Feedback  []string    // names of RTCP feedback in clear
	Streams   []Stream    // confirmed, of one side behind those of the other
	Lookups   []Lookup    // questions for names
	Announced []Announced // by place in the list of media of the record's SIPFacts
}

// Handshake is what the TLS session's record does not tell of it.
type Handshake struct {
	Client, Server bool // whose hello was seen
	Reverse        bool // the client of TLS is the flow's destination
	Told           bool // earlier parts of the flow told as much: the session is no record of its own
	ALPN           bool // the record's ALPN is what the server chose, not only what the client offered
	Leaf           bool // there is a certificate of the server; all below is of it
	SCT            bool // it bears timestamps of public logs
	Revocable      bool // it names an OCSP responder or a revocation list
	Whole          bool // it was read to its end, and is formed as it should be
	Version        uint16
	Name           string // common name of its subject, where the client's hello has no name
}

// Stream is an RTP stream.
type Stream struct {
	Reverse bool  // the flow's destination sends it
	Type    uint8 // payload type that most packets have
	Packets int64
	Bytes   int64 // by IP total length
	Lasted  int64 // ns from the first packet to the last
}

// Lookup is one DNS question and its answer.
type Lookup struct {
	Name         string
	Type, RCode  string // as in records
	Reverse      bool   // the flow's destination asked
	File         int    // index of the input that holds the question, else of that which holds the answer
	Asked, Reply int64  // packet numbers within their inputs; 0: not seen
	Time         record.Time
	ReplyTime    record.Time
	Tries        int
	Addrs        []netip.Addr
}

// Announced is what the record of a medium that SDP announced does not tell of it.
type Announced struct {
	Addr        netip.Addr // invalid where the description has none, or a name
	First, Last record.Time
	Varies      uint32 // a bit for each payload type in the record's list on whose clock two descriptions disagree
}

// Names that records have for what a flow was recognised as.
const (
	appSTUN   = "stun"
	appRTP    = "rtp"
	appFramed = "rfc4571"
	appSIP    = "sip"
	appTLS    = "tls"
	appNTP    = "ntp"
)
