package record

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
