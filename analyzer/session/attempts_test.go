package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
)

// replies is TCP or TLS of which so many bytes came back from a server with this TTL.
func replies(bytes int64, ttl int) func(*record.Flow) {
	return func(f *record.Flow) {
		f.TCP.SYNACK, f.PayloadBytesRev, f.TTLRev = true, bytes, &ttl
	}
}

func resetBy(ttl int) func(*record.Flow) {
	return func(f *record.Flow) { f.TCP.ResetBy, f.TCP.ResetTTL = "rev", &ttl }
}

func unreachable(n int64) func(*record.Flow) {
	return func(f *record.Flow) {
		f.ICMP = &record.ICMPError{Type: 3, Code: 13, From: addr("10.0.0.1"), Count: n}
	}
}

// TestAskedBefore: what a client asked over each transport in the two minutes before a session and during it, and what
// came back.
func TestAskedBefore(t *testing.T) {
	const c, n = "10.20.0.5", "170.72.1.2"
	tlsSYN := func(f *record.Flow) { tcp(f); f.DstPort = 443 }
	proxied := func(status, tries int, schemes ...string) func(*record.Flow) {
		return func(f *record.Flow) {
			tcp(f)
			connect(n, status, tries)(f)
			f.Connect.Schemes = schemes
		}
	}
	turn := func(f *record.Flow) { f.Function = record.TURN }
	for _, k := range []struct {
		name  string
		flows []*record.Flow
		want  string // transports, then what the texts are made of
	}{
		{"nothing", nil, ""},
		{"UDP", []*record.Flow{flow("1", c, n, 5004, 0, 1, probe, stun(6, 4)), flow("2", c, n, 5004, 1, 2, turn, stun(3, 0)),
			flow("3", c, n, 9000, 1, 2, probe, stun(2, 0), unreachable(2))},
			"udp 11/4 icmp 2; UDP 5004 9/4; UDP 9000 2/0; 3/13 from 10.0.0.1"},
		{"UDP after the step down is no reason", []*record.Flow{flow("1", c, n, 5004, 50, 60, probe, stun(6, 4)), flow("2", c, n, 5004, 51, 60, probe, stun(3, 1))},
			"udp 9/5; UDP 5004 6/4"},
		{"UDP without requests", []*record.Flow{flow("1", c, n, 5004, 0, 1, probe, stun(0, 0)), flow("2", c, n, 5004, 0, 1, probe)}, ""},
		{"two minutes before", []*record.Flow{flow("1", c, n, 5004, -130, -120, probe, stun(1, 1)), flow("2", c, n, 5004, -130, -120.001, probe, stun(1, 1))},
			"udp 1/1; UDP 5004 1/1"},
		{"at the end", []*record.Flow{flow("1", c, n, 5004, 100, 130, probe, stun(1, 1)), flow("2", c, n, 5004, 100.001, 130, probe, stun(1, 1))}, "udp 1/1"},
		{"from the cloud", []*record.Flow{flow("1", c, n, 5004, 0, 1, probe, stun(1, 1), func(f *record.Flow) { f.Client = addr(n) })}, ""},
		{"TCP", []*record.Flow{flow("1", c, n, 5004, 0, 1, probe, tcp), flow("2", c, n, 5004, 0, 1, probe, tcp, replies(0, 50)),
			flow("3", c, n, 5004, 0, 1, probe, tcp, resetBy(60)), flow("4", c, n, 33434, 0, 1, probe, tcp, unreachable(1)),
			flow("5", c, n, 5004, 0, 1, probe, tcp, replies(66, 50), resetBy(60))},
			"tcp 5/2 reset 1 by 60 icmp 1; TCP 5004 4/2 reset 1; TCP 33434 1/0; 3/13 from 10.0.0.1; TTL 50"},
		{"TLS", []*record.Flow{flow("1", c, n, 443, 0, 1, probe, tlsSYN), flow("2", c, n, 443, 0, 1, probe, tlsSYN, replies(0, 50)),
			flow("3", c, n, 443, 0, 1, probe, tlsSYN, replies(99, 51)), flow("4", c, n, 443, 0, 1, probe, tlsSYN, resetBy(62))},
			"tls 4/1 reset 1 by 62; TCP 443 4/1 reset 1; TTL 51"},
		{"no SYN was seen", []*record.Flow{flow("1", c, n, 443, 0, 1, probe, tlsSYN, func(f *record.Flow) { f.TCP.SYN = 0 })}, ""},
		{"TLS on another port", []*record.Flow{flow("1", c, n, 5061, 0, 1, probe, tls)}, "tls 1/0; TCP 5061 1/0"},
		{"signalling is no test", []*record.Flow{flow("1", c, n, 443, 0, 1, tls, signalling), flow("2", c, n, 443, 0, 1, proxied(407, 2), signalling)}, ""},
		{"a proxy that lets pass", []*record.Flow{flow("1", c, "10.0.0.9", 8080, 0, 1, probe, proxied(200, 3))}, "tls-proxied 3/1 refused 2; proxy 10.0.0.9:8080"},
		{"a proxy that wants a password first", []*record.Flow{flow("1", c, "10.0.0.9", 8080, 0, 1, probe, proxied(200, 2, "negotiate"))},
			"tls-proxied 2/1 refused 1; codes 407; proxy 10.0.0.9:8080"},
		{"a proxy that refuses", []*record.Flow{flow("1", c, "10.0.0.9", 8080, 0, 1, probe, proxied(403, 2)), flow("2", c, "10.0.0.9", 8080, 0, 1, probe, proxied(0, 0))},
			"tls-proxied 3/0 refused 2; codes 403; proxy 10.0.0.9:8080"},
		{"a proxy of which only the port tells", []*record.Flow{flow("1", c, "10.0.0.9", 8080, 0, 1, probe, tcp,
			func(f *record.Flow) { f.Transport = record.TLSProxied })}, "tls-proxied 1/0; proxy 10.0.0.9:8080"},
	} {
		if got := told(askedBefore(lineOf(k.flows...), at(0), at(100), at(50))); got != k.want {
			t.Errorf("%s:\ngot  %s\nwant %s", k.name, got, k.want)
		}
	}
}

// told is what was asked in words.
func told(t *attemptStats) string {
	list := slices.Concat(toldOfTransports(t), toldOfPorts(t), slices.Sorted(maps.Keys(t.icmp)))
	for _, s := range []struct {
		name string
		set  map[int]bool
	}{{"TTL", t.nodes}, {"codes", t.codes}} {
		if len(s.set) > 0 {
			list = append(list, s.name+" "+strings.Join(numbers(s.set), " "))
		}
	}
	if t.proxy != "" {
		list = append(list, "proxy "+t.proxy)
	}
	return strings.Join(list, "; ")
}

func toldOfTransports(t *attemptStats) (list []string) {
	for _, name := range []record.Transport{record.UDP, record.TCP, record.TLS, record.TLSProxied} {
		r := t.attempts[name]
		if r == nil {
			continue
		}
		text := fmt.Sprintf("%s %d/%d", name, r.Asked, r.Answered)
		if r.Reset > 0 {
			text += fmt.Sprintf(" reset %d by %d", r.Reset, *r.ResetTTL)
		}
		if r.ICMPRejected > 0 {
			text += fmt.Sprintf(" icmp %d", r.ICMPRejected)
		}
		if r.Refused > 0 {
			text += fmt.Sprintf(" refused %d", r.Refused)
		}
		list = append(list, text)
	}
	return list
}

func toldOfPorts(t *attemptStats) (list []string) {
	for _, port := range slices.Sorted(maps.Keys(t.udp)) {
		for _, a := range t.udp[port] {
			list = append(list, fmt.Sprintf("UDP %d %d/%d", port, a.asked, a.answered))
		}
	}
	for _, port := range slices.Sorted(maps.Keys(t.tcp)) {
		a := t.tcp[port]
		text := fmt.Sprintf("TCP %d %d/%d", port, a.asked, a.answered)
		if a.reset > 0 {
			text += fmt.Sprintf(" reset %d", a.reset)
		}
		list = append(list, text)
	}
	return list
}
