package dissect

import (
	"net/netip"

	"webexaudit/analyzer/dissect/dnsmsg"
	"webexaudit/analyzer/dissect/quicwire"
	"webexaudit/analyzer/dissect/stun"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/media"
)

// App is what a flow was recognised as.
type App uint8

// The applications. RTP and STUN share flows: RTP wins the name once it is confirmed.
const (
	Unknown App = iota
	TLS
	HTTP
	Connect
	DNS
	STUN
	RTP
	DTLS
	QUIC
	SIP
	Framed // RFC 4571 frames on TCP
	SOCKS
	NTP
	SSH
	XMPP
	H323
	SOCKS4
)

var appNames = [...]string{
	"", "tls", "http", "http-connect", "dns", "stun", "rtp", "dtls", "quic", "sip", "rfc4571",
	"socks5", "ntp", "ssh", "xmpp", "h323", "socks4",
}

func (a App) String() string { return appNames[a] }

// State is what is known of a live flow. The zero value is a new flow's.
type State struct {
	App     App
	DTLS    bool  // a DTLS record was seen
	Refused uint8 // packets that no parser knew, up to maxTries
	alone   uint8 // packets with the form of RTP that went no stream on, in a row

	STUN   *STUNFacts
	Media  *Media
	RTCP   *RTCPFacts
	DNS    *Lookups
	TCP    *TCPState
	QUIC   *QUICFacts
	others *Others // nil where there are none
	Keys   []KeyPacket
}

// Others are the facts of protocols that few flows speak.
type Others struct {
	SIP  *SIPFacts
	NTP  *NTPFacts
	H323 *H323Facts
	DTLS *DTLSFacts
}

// Others are those of the flow.
func (s *State) Others() Others {
	if s.others == nil {
		return Others{}
	}
	return *s.others
}

// other is where the flow's others are, which begin here if need be.
func (s *State) other() *Others {
	if s.others == nil {
		s.others = new(Others)
	}
	return s.others
}

// Uninformative reports whether no parser found anything in the flow.
func (s *State) Uninformative() bool {
	switch {
	case s.App != Unknown, s.DTLS, s.RTCP != nil && s.RTCP.Clear > 0, len(s.Keys) > 0, s.STUN != nil, s.Media != nil,
		s.DNS != nil, s.QUIC != nil, s.others != nil:
		return false
	}
	t := s.TCP
	return t == nil || t.TLS == nil && t.Connect == nil && t.HTTP == nil && t.XMPP == nil && t.SSH == nil && !t.TURN
}

// Blank reports whether nothing is known of a flow but how many of its packets no parser knew.
func (s *State) Blank() (refused uint8, blank bool) {
	return s.Refused, s.Uninformative() && s.RTCP == nil && s.TCP == nil && s.alone == 0
}

// KeyPacket is a packet that a verdict may cite.
type KeyPacket struct {
	Kind   string
	Number int64
	Time   int64
}

const maxKeys = 24

func (s *State) key(kind string, number, time int64) {
	if len(s.Keys) < maxKeys {
		s.Keys = append(s.Keys, KeyPacket{kind, number, time})
	}
}

// RTCPFacts counts a flow's packets of RTCP.
type RTCPFacts struct {
	Clear  int64
	Sealed int64 // SRTCP: the body is not in clear
	// Feedback is the names of application layer feedback in clear (RFC 4585 section 6.4), maxFeedback at most: "REMB",
	// "MSTR".
	Feedback []string
}

// STUNFacts sums a flow's STUN messages up.
type STUNFacts struct {
	Requests int64 // distinct transactions of Binding and Allocate requests
	Answered int64
	Retries  int64
	By       [2]int64 // requests by side
	Types    []STUNType
	Errors   map[int]int64
	Software []string
	Username string
	Mapped   []netip.AddrPort
	Rebound  []Rebinding
	Relayed  []netip.AddrPort // XOR-RELAYED-ADDRESS values of a TURN server
	Lifetime int64            // seconds, the longest that an Allocate or Refresh was granted
	Channels int64            // ChannelData messages
	FlowInfo bool
	Last     int64 // time of the last answer

	// AfterMedia counts the answers behind the latest RTP packet of each side, where it sent any: the path lived on.
	AfterMedia [2]int64

	quiet   [2]int64          // the longest silence of each side since the answer that told its address last
	latest  [2]netip.AddrPort // mapped address of each side
	pending []transaction     // of the latest maxPending requests those without answer, in their order
	asked   uint8             // requests, modulo 256
	rtt     []int64           // round trips, the latest maxRTTs, each at its number modulo maxRTTs
	rtts    int
	trips   media.Thinned[Trip]
}

// STUNType counts the messages of one type.
type STUNType struct {
	Type stun.Type
	N    int64
}

// Media is the RTP streams of a flow by sending side.
type Media struct {
	Streams [2][]*media.Stream // confirmed, in order of their first packet
	Dropped int64              // packets of streams beyond maxStreams
	Echoes  [2]*media.Echoes   // of what each side sent; nil: no packet has a clock
	Asked   [2]Asked           // of each side

	// RTCP of the streams that came between the ports next to theirs, in clear and not
	ClearApart, SealedApart int64

	index     [2]map[uint32]*media.Stream // once there are more than a few
	last      [2]*media.Stream
	candidate [2][]candidate
}

// Lookups are the DNS questions of a flow.
type Lookups struct {
	List    []Lookup
	Dropped int64
}

// Lookup is one DNS question and its answer.
type Lookup struct {
	Name         string
	ID           uint16
	Type         dnsmsg.Type
	RCode        dnsmsg.RCode
	Client       flow.Side
	Answered     bool
	Tries        int   // times that the question was seen
	Asked, Reply int64 // packet numbers; 0: not seen
	Time         int64 // of the question, else of the answer
	ReplyTime    int64
	Addrs        []netip.Addr
}

// QUICFacts is what the Initial packets of a QUIC connection show.
type QUICFacts struct {
	SNI, ALPN, JA4 string

	client flow.Side
	hello  *quicwire.Assembler // nil once the hello is read or given up
	seen   int
}

// Streams yields the sides that sent confirmed RTP streams.
func (s *State) Streams() []flow.Side {
	if s.Media == nil {
		return nil
	}
	return []flow.Side{flow.A, flow.B}
}
