package session

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

// before is how long before a session the client's tests of the media nodes are still taken as its reason.
const before = 2 * time.Minute

// tally counts what a client asked of the media nodes and what came back.
type tally struct {
	udpRequests, udpAnswered int64 // STUN transactions
	tcpAsked, tcpAnswered    int64 // connections
	prefixes                 map[string]bool
	ports                    map[int]bool
}

// askedBefore counts the client's tests from two minutes before the session to its end.
func (x *index) askedBefore(client netip.Addr, start, end record.Time) tally {
	t := tally{prefixes: map[string]bool{}, ports: map[int]bool{}}
	for _, f := range x.flows[client] {
		if f.StartTime > end || f.EndTime < start-record.Time(before) || !f.ClientIsSource() {
			continue
		}
		switch {
		case f.Proto == "udp" && f.STUN != nil && f.STUN.Requests > 0:
			t.udpRequests += f.STUN.Requests
			t.udpAnswered += f.STUN.Answered
			t.prefixes[prefixOf(f)] = true
			t.ports[f.DstPort] = true
		case f.Transport == record.TCP && f.TCP != nil && f.TCP.SYN > 0 && toMedia(f):
			t.tcpAsked++
			if f.TCP.SYNACK {
				t.tcpAnswered++
			}
		}
	}
	return t
}

// toMedia reports whether the flow goes to a media node, for media or for a test of the way.
func toMedia(f *record.Flow) bool {
	return f.Function.IsMedia() || f.Function == record.ReachProbe || f.Function == record.TURN
}

// prefixOf is the published range of the server, else the subnet around it.
func prefixOf(f *record.Flow) string {
	if f.Prefix != "" {
		return f.Prefix
	}
	if p := site.Subnet(f.Server().Addr()); p.IsValid() {
		return p.String()
	}
	return "unknown"
}

// cause says why a session did not stay on UDP, in numbers, or that the capture does not show it. Empty for UDP.
func cause(s *record.Session, t tally) string {
	if s.Transport == record.None {
		return "no media was carried: " + t.udp()
	}
	i := slices.IndexFunc(s.Transports, func(r record.SessionTransport) bool { return r.Transport != record.UDP })
	if i < 0 {
		return ""
	}
	var b strings.Builder
	switch {
	case i > 0:
		fmt.Fprintf(&b, "media began on UDP and moved to %s after %.0f s; ", s.Transports[i].Transport,
			s.Transports[i].StartTime.Sub(s.StartTime).Seconds())
		b.WriteString(t.udp())
	case t.udpRequests == 0:
		b.WriteString("no UDP test of this client is in the capture, so the reason is not visible; it shows in a capture that begins before the client starts")
	case t.udpAnswered == 0:
		b.WriteString("UDP gets no answer: " + t.udp())
	default:
		b.WriteString("UDP is answered, so the reason is not visible here: " + t.udp())
	}
	if t.tcpAsked > 0 && s.Transports[i].Transport != record.TCP {
		fmt.Fprintf(&b, "; %d of %d TCP connections to media nodes were answered", t.tcpAnswered, t.tcpAsked)
	}
	return b.String()
}

func (t tally) udp() string {
	if t.udpRequests == 0 {
		return "no STUN request over UDP seen"
	}
	var ports []string
	for _, p := range slices.Sorted(maps.Keys(t.ports)) {
		ports = append(ports, strconv.Itoa(p))
	}
	return fmt.Sprintf("%d of %d STUN requests answered (UDP port %s, prefixes: %d)", t.udpAnswered, t.udpRequests,
		strings.Join(ports, ", "), len(t.prefixes))
}
