package record

// HTTPFacts is what the heads of HTTP/1 messages in clear say (RFC 9112), those at the beginning of the connection.
// Paths and queries are not kept; values of header fields are cut at 128 bytes.
type HTTPFacts struct {
	// heads of HTTP/1 requests read at the beginning of the connection
	Requests int64 `json:"requests" parquet:"206"`
	// the first eight requests: method, host, status and length (Content-Length) of the answer
	Exchanges []HTTPExchange `json:"exchanges,omitempty" parquet:"207"`
	// User-Agent, cut at 128 bytes as all header fields are
	UserAgent string `json:"user_agent,omitempty" parquet:"208,dict"`
	// protocol the client asked for, as websocket
	Upgrade string `json:"upgrade,omitempty" parquet:"209,dict"`
	// Server of the first answer with a status of 400 or more, else of the first answer
	Server string `json:"server,omitempty" parquet:"210,dict"`
	Via    string `json:"via,omitempty" parquet:"211,dict"` // Via of the same answer
	// host that the first redirection leads to
	Location string `json:"location,omitempty" parquet:"212,dict"`
	// fields of answers that only proxies send, as "x-squid-error: ERR_ACCESS_DENIED 0"
	Fields  []string `json:"fields,omitempty" parquet:"213,json"`
	Schemes []string `json:"auth_schemes,omitempty" parquet:"214,json"` // schemes that a 407 offered
}

// HTTPExchange is one of the first eight requests, and its final answer.
type HTTPExchange struct {
	Method string `json:"method,omitempty"` // absent: only the answer was seen
	Host   string `json:"host,omitempty"`   // of the target, else the Host field; with the port where one is named
	Status int    `json:"status,omitempty"` // absent: no answer seen
	Length *int64 `json:"length,omitempty"` // Content-Length of the answer, bytes
}

// NTPFacts of a flow to or from UDP port 123 (RFC 5905).
type NTPFacts struct {
	Requests int64 `json:"requests" parquet:"215"` // requests of an NTP client
	// of these, with an answer that repeats their timestamp
	Answered int64 `json:"answered" parquet:"216"`
	Stray    int64 `json:"stray" parquet:"217"` // answers to no request that was seen
	// answers without usable time: kiss-o'-death, or a clock that is not synchronised
	NoTime  int64  `json:"no_time" parquet:"218"`
	Version int    `json:"version" parquet:"219"`             // protocol version of the first message
	Stratum *int   `json:"stratum,omitempty" parquet:"220"`   // stratum of the latest answer; absent: no answer
	Kiss    string `json:"kiss,omitempty" parquet:"221,dict"` // code of the latest kiss-o'-death: RATE, DENY, RSTR …
}

// DTLSFacts is what the hellos of a DTLS association say in clear (RFC 6347, RFC 9147).
type DTLSFacts struct {
	ClientHello bool `json:"client_hello" parquet:"222"` // whether a ClientHello was seen
	ServerHello bool `json:"server_hello" parquet:"223"` // whether a ServerHello was seen
	// the server's choice, else the highest that the client offers: "1.0", "1.2", "1.3"
	Version string `json:"version,omitempty" parquet:"224,dict"`
	// SRTP protection profiles the client offers (use_srtp), IANA names (RFC 5764)
	SRTPOffered []string `json:"srtp_offered,omitempty" parquet:"225,json"`
	// the one chosen; absent with DTLS 1.3, where the answer is encrypted
	SRTPSelected string `json:"srtp_selected,omitempty" parquet:"226,dict"`
}

// SSHFacts are the software versions of the identification strings (RFC 4253 section 4.2), by direction.
type SSHFacts struct {
	// software version of the identification string, source to destination
	SoftwareFwd string `json:"software_fwd,omitempty" parquet:"227,dict"`
	SoftwareRev string `json:"software_rev,omitempty" parquet:"228,dict"` // the same, back
}

// XMPPFacts is what an XMPP stream shows before it is encrypted (RFC 6120).
type XMPPFacts struct {
	To       string `json:"to,omitempty" parquet:"229,dict"`   // host that an XMPP client asks for
	From     string `json:"from,omitempty" parquet:"230,dict"` // as the server calls itself
	StartTLS string `json:"starttls" parquet:"231,dict"`       // how far STARTTLS came: none, offered, asked, proceed
}

// H323Facts counts H.225.0 messages by the standard's names: RAS ("registrationRequest") or call signalling ("setup").
type H323Facts struct {
	// H.225.0 messages by name, RAS or call signalling, `{"setup":1}`
	Messages map[string]int64 `json:"messages" parquet:"232"`
}
