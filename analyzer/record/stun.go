package record

// STUNFacts of a flow (RFC 8489).
type STUNFacts struct {
	// transactions of Binding or Allocate requests
	Requests int64 `json:"requests" parquet:"68"`
	// of these, answered with success or error
	Answered int64 `json:"answered" parquet:"69"`
	// repeated requests of the same transaction
	Retries  int64            `json:"retries" parquet:"70"`
	Errors   map[int]int64    `json:"errors,omitempty" parquet:"71"`   // responses by error code
	Types    map[string]int64 `json:"types" parquet:"72,dict"`         // messages by type, `{"0x0001":4}`
	Software []string         `json:"software,omitempty" parquet:"73"` // SOFTWARE attributes
	Username string           `json:"username,omitempty" parquet:"74"` // the first USERNAME
	// distinct (XOR-)MAPPED-ADDRESS values, address:port
	Mapped []string `json:"mapped,omitempty" parquet:"75"`
	// the first eight changes of the mapped address: from, to, packet, file, time, idle_ms (how long the client had
	// sent nothing)
	Rebound []Rebinding `json:"rebound,omitempty" parquet:"105,after=109"`
	// whether attribute 0xC003 (CISCO-WEBEX-FLOW-INFO) was seen
	FlowInfo bool `json:"flow_info" parquet:"76"`
	// ms from request to answer at the capture point, median
	RTTMs      *float64 `json:"rtt_median_ms,omitempty" parquet:"77"`
	LastAnswer Time     `json:"last_answer,omitzero" parquet:"78"` // time of the last answer
	// round trips by the time of the request, of flows with 8 answers or more, at most 256 spread over the flow: time,
	// ms at the capture point
	RTTs []RoundTrip `json:"rtts,omitempty" parquet:"256"`

	// relayed addresses that a TURN server gave, address:port
	Relayed []string `json:"relayed,omitempty" parquet:"203,json"`
	// the longest lifetime granted to a TURN allocation, seconds
	LifetimeS int64 `json:"lifetime_s,omitempty" parquet:"204"`
	// ChannelData messages (RFC 8656); RTP in them is in the flow's media streams
	ChannelData int64 `json:"channel_data" parquet:"205"`

	// answers, of either end, behind the latest RTP packet of this direction; absent: no RTP
	AnswersAfterFwd *int64 `json:"answers_after_media_fwd,omitempty" parquet:"236"`
	// answers, of either end, behind the latest RTP packet of this direction; absent: no RTP
	AnswersAfterRev *int64 `json:"answers_after_media_rev,omitempty" parquet:"237"`
}

// RoundTrip is how long an answer took.
type RoundTrip struct {
	Time Time    `json:"time"` // of the request
	Ms   float64 `json:"ms"`
}

// Rebinding is a change of the address that a NAT gives the flow.
type Rebinding struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Packet int64  `json:"packet"` // the answer that told
	File   int    `json:"file,omitempty"`
	Time   Time   `json:"time"`
	// the longest time that the asking end sent nothing, between the answer that told the former address and the
	// request
	IdleMs float64 `json:"idle_ms"`
}
