package record

// HTTPFacts is what the heads of HTTP/1 messages in clear say (RFC 9112), those at the beginning of the connection. Paths and queries are not
// kept; values of header fields are cut at 128 bytes.
type HTTPFacts struct {
	Requests  int64          `json:"requests"` // heads read
	Exchanges []HTTPExchange `json:"exchanges,omitempty"`
	UserAgent string         `json:"user_agent,omitempty"`
	Upgrade   string         `json:"upgrade,omitempty"`      // asked for, as "websocket"
	Server    string         `json:"server,omitempty"`       // of the first answer with a status of 400 or more, else of the first answer
	Via       string         `json:"via,omitempty"`          // of the same answer
	Location  string         `json:"location,omitempty"`     // host that the first redirection leads to
	Fields    []string       `json:"fields,omitempty"`       // fields of answers that only proxies send, as "x-squid-error: ERR_ACCESS_DENIED 0"
	Schemes   []string       `json:"auth_schemes,omitempty"` // Proxy-Authenticate schemes of a 407
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
	Requests int64  `json:"requests"`          // of a client (mode 3)
	Answered int64  `json:"answered"`          // of these, with an answer that repeats their timestamp
	Stray    int64  `json:"stray"`             // answers to no request that was seen
	NoTime   int64  `json:"no_time"`           // answers without usable time: kiss-o'-death, or a clock that is not synchronised
	Version  int    `json:"version"`           // of the first message
	Stratum  *int   `json:"stratum,omitempty"` // of the latest answer
	Kiss     string `json:"kiss,omitempty"`    // code of the latest kiss-o'-death: RATE, DENY, RSTR …
}

// DTLSFacts is what the hellos of a DTLS association say in clear (RFC 6347, RFC 9147).
type DTLSFacts struct {
	ClientHello  bool     `json:"client_hello"`
	ServerHello  bool     `json:"server_hello"`
	Version      string   `json:"version,omitempty"`       // the server's choice, else the highest that the client offers: "1.0", "1.2", "1.3"
	SRTPOffered  []string `json:"srtp_offered,omitempty"`  // protection profiles of use_srtp, IANA names (RFC 5764)
	SRTPSelected string   `json:"srtp_selected,omitempty"` // absent with DTLS 1.3, where the answer is encrypted
}

// SSHFacts are the software versions of the identification strings (RFC 4253 section 4.2), by direction.
type SSHFacts struct {
	SoftwareFwd string `json:"software_fwd,omitempty"`
	SoftwareRev string `json:"software_rev,omitempty"`
}

// XMPPFacts is what an XMPP stream shows before it is encrypted (RFC 6120).
type XMPPFacts struct {
	To       string `json:"to,omitempty"`   // host that the client asks for
	From     string `json:"from,omitempty"` // as the server calls itself
	StartTLS string `json:"starttls"`       // how far it came: none, offered, asked, proceed
}

// H323Facts counts H.225.0 messages by the standard's names: RAS ("registrationRequest") or call signalling ("setup").
type H323Facts struct {
	Messages map[string]int64 `json:"messages"`
}
