package audit

import (
	"fmt"
	"net/netip"

	"webexaudit/analyzer/record"
)

const expresswayPorts = "Cisco Expressway IP Port Usage Configuration Guide X15"

// ends is the subject of a finding about two machines.
func ends(f *record.Flow) record.Subject {
	client := f.SrcIP
	if !f.ClientIsSource() {
		client = f.DstIP
	}
	return record.Subject{Kind: "pair", Key: client.String() + " to " + f.Server().Addr().String()}
}

// rolesSure is how far a finding may go that rests on who the machines are.
func rolesSure(f *record.Flow) record.Confidence {
	if f.RolesLearnt {
		return record.Possible
	}
	return record.Confirmed
}

// isRTP reports whether the flow carries RTP streams, Webex or not.
func (p *Pass) isRTP(f *record.Flow) bool { return p.rtp[f.FlowID] }

var exp005 = &Rule{
	ID: "WXA-EXP-005", Title: "TURN allocation fails at Expressway-E", Severity: record.Medium,
	Doc: Doc{
		What:       "Clients ask Expressway-E's TURN server for a relay and get none, or one outside the relay range.",
		Why:        "Media that depends on the relay finds no way: calls of remote clients stay silent.",
		Trigger:    "At least min_requests Allocate requests to one E without any answer; or Allocate requests refused with an error that asks for no further try, and no allocation in the same flow; or a relayed address with a port outside first_relay_port to last_relay_port.",
		LookAlikes: "401 (log-in needed) and 438 (stale nonce) are how TURN begins: a flow with nothing else is a test or a client without password. 300 sends to another server. A request in the last settle_seconds still waits. Other TURN servers than a declared or learnt E are not judged. Where only one direction is visible silence proves nothing.",
		Verify:     "Wireshark: `stun.type == 0x0003 && ip.dst == E` against `stun.type in {0x0103, 0x0113} && ip.src == E`, with the error code in the details; the port of XOR-RELAYED-ADDRESS.",
	},
	Remediation: "Open UDP 3478 (3478-3483 on large appliances) and the relay range 24000-29999 to E; check TURN licence, credentials and relay range on E.",
	Refs:        []string{expresswayPorts, "RFC 8656 sections 7.2 and 19", "BRKCOL-2057 (2022): Expressway ports (prints 24000-24999)"},
	Needs:       []string{"flow with stun", "Expressway-E declared or learnt", "both directions"},
	Limits:      []string{"WXA-EXP-005.first_relay_port", "WXA-EXP-005.last_relay_port", "WXA-EXP-005.min_requests", "WXA-MED-004.settle_seconds"},
	Check:       turnFails,
}

// STUN message types of TURN (RFC 8656 section 17).
const (
	allocateRequest = "0x0003"
	allocateSuccess = "0x0103"
)

// turnGoesOn are error codes after which a client tries again: 300 Try Alternate, 401 Unauthenticated, 438 Stale Nonce.
var turnGoesOn = map[int]bool{300: true, 401: true, 438: true}

func turnFails(p *Pass) {
	o := outcome{unit: "flow with TURN requests to Expressway-E", pass: "relays are allocated within the range", missing: "answers beyond the request to log in, and both directions of E's or the clients' traffic"}
	list, silent, open := causes{}, causes{}, map[record.Subject]bool{}
	settled := p.end - record.Time(p.limit("WXA-MED-004.settle_seconds")*1e9)
	for _, f := range p.flows {
		if f.ServerRole != "expressway-e" || f.STUN == nil || f.STUN.Types[allocateRequest] == 0 {
			continue
		}
		o.seen++
		s := record.Subject{Kind: "host", Key: f.Server().String()}
		open[s] = open[s] || f.Down().Packets > 0
		bad := p.badAllocation(f)
		switch {
		case len(bad) > 0:
			o.judged++
			c := list.at(s)
			c.flow(f)
			c.count++
			c.sure(rolesSure(f))
			for _, b := range bad {
				c.n[b]++
			}
		case f.STUN.Types[allocateSuccess] > 0:
			o.judged++
		case f.Down().Packets == 0 && f.StartTime <= settled && (p.sees(f.ClientAddr()) || p.sees(f.Server().Addr())):
			c := silent.at(s)
			c.flow(f)
			c.count += f.STUN.Requests
			c.sure(rolesSure(f).Lower()) // confirmed for nobody: silence may have other causes
		}
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("TURN of Expressway-E %s for %s: %s", c.subject.Key, count(len(c.clients), "client"), c.counted()),
			expected: fmt.Sprintf("a relay on ports %.0f-%.0f", p.limit("first_relay_port"), p.limit("last_relay_port")), actual: c.counted(),
			evidence: p.citeKeys("transaction", c.flows, turnFields, "stun-request", "stun-answer")})
	}
	for c := range silent.each {
		if open[c.subject] || float64(c.count) < p.limit("min_requests") {
			continue
		}
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("none of %s of %s to Expressway-E %s was answered", count(c.count, "TURN request"), count(len(c.clients), "client"), c.subject.Key),
			expected: "an answer from the TURN server", actual: fmt.Sprintf("0 of %d", c.count),
			evidence: p.citeKeys("absence", c.flows, turnFields, "stun-request", "icmp-error")})
	}
	p.conclude(o)
}

// badAllocation names the errors that ended an allocation, and relays outside the range.
func (p *Pass) badAllocation(f *record.Flow) (bad []string) {
	for _, a := range f.STUN.Relayed {
		if at, err := netip.ParseAddrPort(a); err == nil && (float64(at.Port()) < p.limit("first_relay_port") ||
			float64(at.Port()) > p.limit("last_relay_port")) {
			bad = append(bad, fmt.Sprintf("relay on port %d", at.Port()))
		}
	}
	if f.STUN.Types[allocateSuccess] > 0 {
		return bad
	}
	for code := range f.STUN.Errors {
		if !turnGoesOn[code] {
			bad = append(bad, fmt.Sprintf("error %d", code))
		}
	}
	return bad
}

func turnFields(f *record.Flow) map[string]string {
	m := stunFields(f)
	delete(m, "prefix")
	for code, n := range f.STUN.Errors {
		m[fmt.Sprintf("error_%d", code)] = fmt.Sprint(n)
	}
	return m
}
