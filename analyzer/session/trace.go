package session

import (
	"net/netip"
	"strings"

	"webexaudit/analyzer/record"
)

// trace is what is kept of a flow, whose record is lent, while the sessions of its client are made.
type trace struct {
	id         string
	server     netip.AddrPort
	start, end record.Time
	began      record.Time // itself, where this is a part of it; 0: it is whole
	service    record.Service
	function   record.Function
	transport  record.Transport
	meant      record.Transport // the flow is on it, or was to be
	confidence record.Confidence
	region     string
	mediaClass string
	endReason  string
	proto      string
	port       int   // of the destination
	flows      int64 // that the record stands for
	bytes      int64 // of both directions
	payload    int64
	fromClient bool // the client began it
	answered   bool // payload went both ways
	heard      bool // the client received a packet
	spoken     bool // with payload
	initialTTL int  // from which the client's packets probably started; 0 where nothing of it was seen
	replyTTL   *int // of the first packet that the client received

	shake   *handshake
	stun    *checks
	connect *tunnel
	icmp    *record.ICMPError // that turned the flow down
	pattern *record.MediaPattern
}

// handshake is what a TCP connection began with.
type handshake struct {
	syn      int64
	synack   bool
	reset    bool // by the other side
	resetTTL *int
}

// checks are the STUN of a flow.
type checks struct {
	asked, answered int64
	prefix          string      // the range that they went to
	first           record.Time // request; 0: not known
	lastAnswer      record.Time
}

// tunnel is what was asked of a proxy.
type tunnel struct {
	tries, status int
	schemes       bool // it wants a password
}

// matters reports whether sessions are made of the flow: of media, tests of the way to it, and signalling.
func matters(f *record.Flow) bool {
	return f.Webex && (toMedia(f.Function) || f.Function == record.Signalling || f.STUN != nil && f.STUN.Requests > 0)
}

// mayCall reports whether the flow may carry media, or try to: of a client without such there is no session.
func mayCall(f *record.Flow) bool {
	return f.Function.IsMedia() || f.Service == record.Calling && f.Function == record.ReachProbe
}

func traceOf(f *record.Flow) *trace {
	down := f.Down()
	t := &trace{
		id: strings.Clone(f.FlowID), server: f.Server(), start: f.StartTime, end: f.EndTime, began: f.FlowStart,
		service: f.Service, function: f.Function, transport: f.Transport, meant: attemptedTransport(f),
		confidence: f.Confidence, region: f.Region, mediaClass: f.MediaClass, endReason: f.EndReason,
		proto: f.Proto, port: f.DstPort, flows: f.Count(),
		bytes: f.BytesFwd + f.BytesRev, payload: f.PayloadBytesFwd + f.PayloadBytesRev,
		fromClient: f.ClientIsSource(), answered: f.PayloadBytesFwd > 0 && f.PayloadBytesRev > 0,
		heard: down.Packets > 0, spoken: down.PayloadBytes > 0,
		initialTTL: record.InitialTTL(f.Up().TTL), replyTTL: copyOf(down.TTL), pattern: copyOf(f.MediaPattern),
	}
	if x := f.TCP; x != nil {
		t.shake = &handshake{x.SYN, x.SYNACK, x.ResetBy == "rev", copyOf(x.ResetTTL)}
	}
	if x := f.STUN; x != nil {
		t.stun = &checks{x.Requests, x.Answered, prefixOf(f), f.KeyTime("stun-request"), x.LastAnswer}
	}
	if x := f.Connect; x != nil {
		t.connect = &tunnel{x.Tries, x.Status, len(x.Schemes) > 0}
	}
	if rejected(f) {
		t.icmp = copyOf(f.ICMP)
	}
	return t
}

// copyOf is the value once more; nil of nil.
func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}
