package session

import (
	"slices"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

const (
	// before is how long before a session the client's tests of the media nodes are still taken as its reason.
	before = 2 * time.Minute
	// https is where a connection is meant for TLS even if nobody answers (IANA service name https).
	https = 443
)

// attemptStats counts what a client asked of the media nodes and what came back.
type attemptStats struct {
	attempts map[record.Transport]*record.TransportAttempt
	udp      map[int]map[string]*asking // by port and prefix
	tcp      map[int]*asking            // by port
	icmp     map[string]wording.Text    // "3/13 from 10.0.0.1", by itself
	codes    map[int]bool               // HTTP status codes of refused CONNECTs
	nodes    map[int]bool               // TTLs of what the media nodes send
	proxy    string
}

// asking is what was asked of a port, and answered.
type asking struct{ asked, answered, reset int64 }

// askedBefore counts the tests from two minutes before the session to its end. What was asked over UDP after the last
// step down from it is no reason of that.
func askedBefore(beside timeline, start, end, down record.Time) *attemptStats {
	t := &attemptStats{map[record.Transport]*record.TransportAttempt{}, map[int]map[string]*asking{}, map[int]*asking{},
		map[string]wording.Text{}, map[int]bool{}, map[int]bool{}, ""}
	for f := range beside.during(start-record.Time(before), end) {
		if !f.fromClient {
			continue
		}
		switch r := f.meant; {
		case r == record.UDP && f.stun != nil && f.stun.asked > 0:
			t.stun(f, f.start <= down)
		case r == record.TLSProxied && toMedia(f.function):
			t.connect(f)
		case (r == record.TCP || r == record.TLS) && f.shake != nil && f.shake.syn > 0 && toMedia(f.function):
			t.syn(f, r)
		}
	}
	return t
}

// toMedia reports whether such a flow goes to a media node, for media or for a test of the way.
func toMedia(f record.Function) bool {
	return f.IsMedia() || f == record.ReachProbe || f == record.TURN
}

// attemptedTransport is the transport that a flow is on or was meant for.
func attemptedTransport(f *record.Flow) record.Transport {
	switch {
	case f.Proto == "udp":
		return record.UDP
	case f.Connect != nil || f.Transport == record.TLSProxied || f.Transport == record.HTTPConnect:
		return record.TLSProxied
	case f.Transport == record.TLS || f.DstPort == https:
		return record.TLS
	}
	return record.TCP
}

func (t *attemptStats) attempt(r record.Transport) *record.TransportAttempt {
	if t.attempts[r] == nil {
		t.attempts[r] = &record.TransportAttempt{}
	}
	return t.attempts[r]
}

func (t *attemptStats) stun(f *trace, reason bool) {
	r := t.attempt(record.UDP)
	r.Asked += f.stun.asked
	r.Answered += f.stun.answered
	t.rejected(r, f)
	t.ttl(f)
	if !reason {
		return
	}
	if t.udp[f.port] == nil {
		t.udp[f.port] = map[string]*asking{}
	}
	a := t.udp[f.port][f.stun.prefix]
	if a == nil {
		a = &asking{}
		t.udp[f.port][f.stun.prefix] = a
	}
	a.asked += f.stun.asked
	a.answered += f.stun.answered
}

// steppedDown is when the last stretch off UDP began, or the session's end where there is none.
func steppedDown(s *record.Session) record.Time {
	for _, t := range slices.Backward(s.Transports) {
		if t.Transport != record.UDP {
			return t.StartTime
		}
	}
	return s.EndTime
}

func (t *attemptStats) syn(f *trace, over record.Transport) {
	r, a := t.attempt(over), t.tcp[f.port]
	if a == nil {
		a = &asking{}
		t.tcp[f.port] = a
	}
	r.Asked += f.flows
	a.asked += f.flows
	t.rejected(r, f)
	switch {
	case f.shake.reset && !f.spoken:
		r.Reset += f.flows
		a.reset += f.flows
		r.ResetTTL = f.shake.resetTTL
	case over == record.TCP && f.shake.synack, over == record.TLS && f.spoken:
		r.Answered++
		a.answered++
		t.ttl(f)
	}
}

func (t *attemptStats) connect(f *trace) {
	r := t.attempt(record.TLSProxied)
	t.proxy = f.server.String()
	c := f.connect
	if c == nil {
		r.Asked++
		return
	}
	asked := int64(max(c.tries, 1))
	r.Asked += asked
	if f.transport == record.TLSProxied {
		r.Answered++
		r.Refused += asked - 1 // what came before the tunnel: 407, as a rule
	} else if c.status != 0 {
		r.Refused += asked
		t.codes[c.status] = true
	}
	if c.schemes {
		t.codes[407] = true
	}
	t.rejected(r, f)
}

// rejected counts ICMP errors that turned the flow down.
func (t *attemptStats) rejected(r *record.TransportAttempt, f *trace) {
	if e := f.icmp; e != nil {
		r.ICMPRejected += e.Count
		text := wording.New("icmp", "%d/%d from %s", e.Type, e.Code, e.From)
		t.icmp[text.String()] = text
	}
}

// ttl notes the TTL of a node's packets, to compare with that of resets.
func (t *attemptStats) ttl(f *trace) {
	if v := f.replyTTL; v != nil {
		t.nodes[*v] = true
	}
}

// carried adds what the transports carried.
func (t *attemptStats) carried(list []record.SessionTransport) {
	for _, s := range list {
		r := t.attempt(s.Transport)
		r.Seconds += s.Seconds
		r.Bytes += s.Bytes
	}
}

// prefixOf is the published range of the server, else the subnet around it.
func prefixOf(f *record.Flow) string {
	if f.Prefix != "" {
		return f.Prefix
	}
	if p := record.Subnet(f.Server().Addr()); p.IsValid() {
		return p.String()
	}
	return "unknown"
}
