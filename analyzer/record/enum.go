package record

// State is the outcome of a rule for one subject.
type State string

// The result states. Warn is a failure against a recommendation that does not bind.
const (
	Pass          State = "pass"
	Fail          State = "fail"
	Warn          State = "warn"
	NotObserved   State = "not-observed"   // no traffic that the rule speaks of
	NotAssessable State = "not-assessable" // such traffic, but an ingredient is missing: Finding.Missing names it
	Waived        State = "waived"
	NotEnough     State = "not-enough" // of a run only: nothing is wrong, but too little could be judged to call it right
)

// CallVerdict is what is said of a call. Bad: a cause of severity high or critical concerns its media. Warn: one of
// medium severity, one that is only possible, or one that is waived. Good: none does, and loss was measured in both
// directions. Not-judged: all others.
type CallVerdict string

// The verdicts on a call, worst first.
const (
	CallBad       CallVerdict = "bad"
	CallWarn      CallVerdict = "warn"
	CallNotJudged CallVerdict = "not-judged"
	CallGood      CallVerdict = "good"
)

// Severity of a failing rule.
type Severity string

// Critical: calls cannot work or content is exposed. High: users hear or see it, or Cisco declares the setting
// unsupported. Medium: against a recommendation with a likely effect. Low: hygiene.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Rank orders severities: 0 (unknown), 1 (info) … 5 (critical).
func (s Severity) Rank() int {
	switch s {
	case Info:
		return 1
	case Low:
		return 2
	case Medium:
		return 3
	case High:
		return 4
	case Critical:
		return 5
	}
	return 0
}

// Confidence of a verdict.
type Confidence string

// Confirmed: direct protocol evidence. Probable: two independent indirect signs. Possible: one.
const (
	Confirmed Confidence = "confirmed"
	Probable  Confidence = "probable"
	Possible  Confidence = "possible"
)

// Rank orders confidences: 0 (unknown), 1 (possible), 2 (probable), 3 (confirmed).
func (c Confidence) Rank() int {
	switch c {
	case Possible:
		return 1
	case Probable:
		return 2
	case Confirmed:
		return 3
	}
	return 0
}

// Lower is one step less confident; possible stays possible.
func (c Confidence) Lower() Confidence {
	if c == Confirmed {
		return Probable
	}
	return Possible
}

// Service is what part of Webex a flow belongs to. Values are those of the signature packs.
type Service string

// Function is what a flow does for its service.
type Function string

// Transport is how a flow travels.
type Transport string

// The services.
const (
	Meetings      Service = "meetings"
	Calling       Service = "calling"
	Messaging     Service = "messaging"
	Identity      Service = "identity"
	Content       Service = "content"
	Mesh          Service = "mesh"
	EdgeAudio     Service = "edge-audio"
	EdgeConnect   Service = "edge-connect"
	Hybrid        Service = "hybrid-connector"
	Expressway    Service = "expressway"
	ContactCenter Service = "contact-center"
	Government    Service = "government"
	ThirdParty    Service = "third-party"
	OtherService  Service = "other"
)

// The functions.
const (
	MediaAudio    Function = "media-audio"
	MediaVideo    Function = "media-video"
	MediaShare    Function = "media-share"
	MediaMixed    Function = "media-mixed"
	Signalling    Function = "signalling"
	WebSocket     Function = "websocket"
	ReachProbe    Function = "reachability"
	TURN          Function = "turn"
	Telemetry     Function = "telemetry"
	Update        Function = "update"
	Revocation    Function = "revocation"
	Name          Function = "name"
	TimeService   Function = "time"
	FileTransfer  Function = "file-transfer"
	Web           Function = "web"
	OtherFunction Function = "other"
)

// IsMedia reports whether the function is one of the media functions.
func (f Function) IsMedia() bool {
	return f == MediaAudio || f == MediaVideo || f == MediaShare || f == MediaMixed
}

// The transports. TLSProxied is TLS inside a CONNECT tunnel, HTTPConnect a CONNECT that failed; None is a session
// that carried no media.
const (
	UDP         Transport = "udp"
	TCP         Transport = "tcp"
	TLS         Transport = "tls"
	TLSProxied  Transport = "tls-proxied"
	HTTPConnect Transport = "http-connect"
	QUIC        Transport = "quic"
	None        Transport = "none"
)
