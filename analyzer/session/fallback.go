package session

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// fallbackReason says why a session did not stay on UDP, in numbers: what was asked over each transport above the one
// that carried media, what came back, and what was carried instead. It says so where the capture does not show the
// reason. Empty for UDP throughout.
func fallbackReason(s *record.Session, t *attemptStats, why []wording.Text) wording.Text {
	if s.Transport == record.None {
		return wording.New("fallback.none", "no media was carried: %s", wording.Join("reasons", "; ", why))
	}
	return wording.Join("reasons", "; ", append(slices.Clone(why), carriedText(s, t)...))
}

// reasons are how UDP ended and the answers that the transports above the last one gave; none for a call on UDP.
func reasons(s *record.Session, t *attemptStats, udpEnd wording.Text) (parts []wording.Text) {
	if !udpEnd.IsZero() {
		parts = append(parts, udpEnd)
	}
	switch {
	case s.Transport == record.None:
	case !slices.ContainsFunc(s.Transports, func(r record.SessionTransport) bool { return r.Transport != record.UDP }):
		if udpEnd.IsZero() {
			return nil
		}
	case len(t.udp) == 0:
		parts = append(parts, wording.New("fallback.untested", "no UDP test of this client is in the capture, "+
			"so the reason is not visible; it shows in a capture that begins before the client starts"))
	case s.Transports[0].Transport != record.UDP && t.udpOpen():
		parts = append(parts, wording.New("fallback.open", "UDP is answered, so the reason is not visible here"))
	}
	parts = append(parts, t.udpText()...)
	for _, r := range []record.Transport{record.TCP, record.TLS} {
		if x := t.attempts[r]; x != nil && x.Asked > 0 && x.Bytes == 0 && beyond(s, r) {
			parts = append(parts, t.tcpText(r)...)
		}
	}
	if x := t.attempts[record.TLSProxied]; x != nil && x.Refused > 0 {
		parts = append(parts, t.refusedText(x))
	}
	return parts
}

// beyond reports whether the session had to go further down than the transport.
func beyond(s *record.Session, r record.Transport) bool {
	order := []record.Transport{record.UDP, record.TCP, record.TLS, record.TLSProxied, record.None}
	return slices.ContainsFunc(s.Transports, func(x record.SessionTransport) bool {
		return slices.Index(order, x.Transport) > slices.Index(order, r)
	}) || s.Transport == record.None
}

// udpOpen reports whether every port and range that was asked over UDP answered most of the time.
func (t *attemptStats) udpOpen() bool {
	for _, prefixes := range t.udp {
		for _, a := range prefixes {
			if a.answered*2 < a.asked {
				return false
			}
		}
	}
	return len(t.udp) > 0
}

// What a client sends to find a way, and what comes back. Of TLS only a packet of the server's own counts as a
// response: whoever answers the SYN may be a firewall.
var (
	requests  = wording.Noun{One: "STUN request", Many: "STUN requests"}
	attempts  = wording.Noun{One: "connection attempt", Many: "connection attempts"}
	responses = wording.Noun{One: "response", Many: "responses"}
	hellos    = wording.Noun{One: "TLS response", Many: "TLS responses"}
)

// text says how often was asked, and what came back: "9 STUN requests, no response".
func (a *asking) text(sent, back wording.Noun) wording.Text {
	if a.answered == 0 {
		return wording.New("asked.silence", "%s, no %s", wording.CountOf(a.asked, sent), back.One)
	}
	return wording.New("asked.answers", "%s, %s", wording.CountOf(a.asked, sent), wording.CountOf(a.answered, back))
}

func (t *attemptStats) icmpText(over string) wording.Text {
	var list []wording.Text
	for _, k := range slices.Sorted(maps.Keys(t.icmp)) {
		list = append(list, t.icmp[k])
	}
	return wording.New("asked.icmp", "ICMP rejected %s: %s", over, wording.List(list))
}

// udpText is one part for each port: how often asked, how often answered, which ranges never.
func (t *attemptStats) udpText() (parts []wording.Text) {
	for _, port := range slices.Sorted(maps.Keys(t.udp)) {
		var sum asking
		var silent []wording.Text
		for _, prefix := range slices.Sorted(maps.Keys(t.udp[port])) {
			a := t.udp[port][prefix]
			sum.asked += a.asked
			sum.answered += a.answered
			if a.answered == 0 {
				silent = append(silent, wording.New("asked.range", "%s: 0 of %d", prefixArg(prefix), a.asked))
			}
		}
		text := wording.New("asked.udp", "UDP %s: %s", strconv.Itoa(port), sum.text(requests, responses))
		if sum.answered > 0 && len(silent) > 0 {
			text = wording.New("asked.ranges", "%s (%s)", text, wording.List(silent))
		}
		parts = append(parts, text)
	}
	if r := t.attempts[record.UDP]; r != nil && r.ICMPRejected > 0 {
		parts = append(parts, t.icmpText("UDP"))
	}
	return parts
}

// tcpText is one part for each port that was asked over TCP or TLS.
func (t *attemptStats) tcpText(over record.Transport) (parts []wording.Text) {
	for _, port := range slices.Sorted(maps.Keys(t.tcp)) {
		a, name, answer := t.tcp[port], "TCP", responses
		if port == https {
			name, answer = "TLS", hellos
		}
		if (over == record.TLS) != (port == https) {
			continue
		}
		text := wording.New("asked.port", "%s %s", name, strconv.Itoa(port))
		if a.reset > 0 {
			text = t.resetText(text, t.attempts[over])
		} else {
			text = wording.New("asked.tcp", "%s: %s", text, a.text(attempts, answer))
		}
		parts = append(parts, text)
	}
	if r := t.attempts[over]; r.ICMPRejected > 0 {
		parts = append(parts, t.icmpText(strings.ToUpper(string(over))))
	}
	return parts
}

// resetText says by whom a connection was reset, as far as the TTL tells.
func (t *attemptStats) resetText(port wording.Text, r *record.TransportAttempt) wording.Text {
	if r.ResetTTL == nil {
		return wording.New("asked.reset", "%s reset", port)
	}
	text := wording.New("asked.reset-by", "%s reset by TTL %d", port, *r.ResetTTL)
	if len(t.nodes) > 0 && !t.nodes[*r.ResetTTL] {
		text = wording.New("asked.reset-else", "%s (the nodes' own packets have %s)", text, wording.List(numbers(t.nodes)))
	}
	return text
}

// refusedText says how often the proxy refused, and with which status.
func (t *attemptStats) refusedText(r *record.TransportAttempt) wording.Text {
	text := wording.New("asked.refused", "the proxy %s refused %d of %s", endpoint(t.proxy), r.Refused,
		wording.Count(r.Asked, "CONNECT request", "CONNECT requests"))
	if len(t.codes) > 0 {
		text = wording.New("asked.status", "%s (%s)", text, wording.List(numbers(t.codes)))
	}
	return text
}

// carriedText says what the transports below UDP carried.
func carriedText(s *record.Session, t *attemptStats) (parts []wording.Text) {
	for _, k := range []record.Transport{record.TCP, record.TLS, record.TLSProxied} {
		if r := t.attempts[k]; r != nil && r.Bytes > 0 {
			parts = append(parts, wording.New("carried", "%s carried %s, %s", transportText(k, s.Proxy),
				wording.Seconds(r.Seconds), wording.Bytes(r.Bytes)))
		}
	}
	return parts
}

// unheard is said of a call over UDP of which only the client's packets were seen.
var unheard = wording.New("udp.unheard", "no packet came back over UDP")

// udpEnd says when media left UDP, and when the node was last heard there, or when it moved to UDP; empty where it did
// neither.
func (x *index) udpEnd(s *record.Session, media []span) (none wording.Text) {
	if len(media) == 0 {
		return none
	}
	if s.Transports[0].Transport != record.UDP {
		if s.Transport == record.UDP {
			return wording.New("udp.late", "media moved to UDP after %s",
				wording.Duration(s.Transports[len(s.Transports)-1].StartTime.Sub(s.StartTime)))
		}
		return none
	}
	if !slices.ContainsFunc(media, func(p span) bool { return p.flow.heard }) {
		return unheard
	}
	if len(s.Transports) < 2 {
		return none
	}
	left := s.Transports[0].EndTime
	parts := []wording.Text{wording.New("udp.left", "media left UDP after %s", wording.Seconds(s.Transports[0].Seconds))}
	if heard := x.heard(media, left); heard != 0 && left.Sub(heard) >= unanswered {
		parts = append(parts, wording.New("udp.silence", "%s after the last packet from the node", wording.Duration(left.Sub(heard))))
	}
	if last := s.Transports[len(s.Transports)-1]; last.Transport == record.UDP {
		parts = append(parts, wording.New("udp.again", "and came back %s later", wording.Duration(last.StartTime.Sub(left))))
	}
	return wording.Join("udp.end", ", ", parts)
}

// unanswered is a silence of the node that is worth telling: STUN answers and audio come far more often.
const unanswered = 3 * time.Second

// heard is when the node was last heard over UDP before a time: by its RTP or its STUN answers.
func (x *index) heard(media []span, until record.Time) (last record.Time) {
	for _, p := range media {
		if p.flow.transport != record.UDP || p.from > until {
			continue
		}
		if p.flow.stun != nil && p.flow.stun.lastAnswer <= until {
			last = max(last, p.flow.stun.lastAnswer)
		}
		for _, m := range x.streams[p.flow.id] {
			for _, r := range x.runs(m) {
				if !m.Upstream && r.from <= until {
					last = max(last, min(r.to, until))
				}
			}
		}
	}
	return last
}
