package audit

import (
	"fmt"
	"slices"

	"webexaudit/analyzer/record"
)

const answersMissing = "answers cannot be seen: take the capture where both directions of the clients' traffic pass, from before the client starts"

var med004 = &Rule{
	ID: "WXA-MED-004", Title: "UDP 5004 unanswered", Severity: record.High,
	Doc: Doc{
		What:       "Clients test media nodes over UDP 5004 and never get an answer.",
		Why:        "UDP 5004 is the preferred way of media. Without it the client falls back to TCP, then to TLS, perhaps through a proxy; Webex Calling has no fallback at all.",
		Trigger:    "At least min_requests STUN requests to min_prefixes published media ranges, no answer to any of them, from a site or subnet where nobody is answered. Where others of the same site are answered, a single client must meet the same numbers alone, and the finding is probable: then look at that host.",
		LookAlikes: "Tests that begin in the last settle_seconds of the capture still wait for their answer. A capture that shows one direction only has no answers to show: not assessable. Tests of a range that is no longer in use stay unanswered, but not those of two ranges.",
		Verify:     "Wireshark: `udp.dstport == 5004 && stun.type == 0x0001` against `udp.srcport == 5004 && stun.type == 0x0101`; `icmp.type == 3` shows a refusal.",
	},
	Remediation: "Allow UDP 5004 from the clients to all published Webex media subnets, with return traffic; check the host's own firewall where only single clients are concerned.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media ports", "RFC 8489 section 6.2.1 (retransmission)"},
	Needs:       []string{"flow with stun", "both directions of the clients' traffic", "the start of a client"},
	Limits:      []string{"WXA-MED-004.min_prefixes", "WXA-MED-004.min_requests", "WXA-MED-004.port", "WXA-MED-004.settle_seconds"},
	Check:       func(p *Pass) { p.unanswered(p.asked(int(p.limit("port"))), nil) },
}

var med005 = &Rule{
	ID: "WXA-MED-005", Title: "UDP 9000 unanswered while UDP 5004 works", Severity: record.Medium,
	Doc: Doc{
		What:       "Clients get answers on UDP 5004, but never on UDP 9000.",
		Why:        "Full-featured meetings prefer UDP 9000. With 5004 alone most calls work, which hides the missing firewall rule.",
		Trigger:    "The trigger of WXA-MED-004 for UDP 9000, at a site or subnet where UDP 5004 is answered.",
		LookAlikes: "Where 5004 is not answered either the cause is WXA-MED-004's, and this rule stays silent. For the rest as there.",
		Verify:     "Wireshark: `udp.port == 9000 && stun`, requests without responses, beside `udp.port == 5004 && stun` with responses.",
	},
	Remediation: "Allow UDP 9000 from the clients to all published Webex media subnets, with return traffic.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media ports"},
	Needs:       []string{"flow with stun", "both directions of the clients' traffic", "the start of a client"},
	Limits:      []string{"WXA-MED-004.min_prefixes", "WXA-MED-004.min_requests", "WXA-MED-004.port", "WXA-MED-004.settle_seconds", "WXA-MED-005.port"},
	Check: func(p *Pass) {
		works := map[record.Subject]bool{}
		for _, f := range p.asked(int(p.limit("WXA-MED-004.port"))) {
			if isAnswered(f) {
				works[p.subject(f.ClientAddr())] = true
			}
		}
		p.unanswered(p.asked(int(p.limit("port"))), func(s record.Subject) bool { return works[s] })
	},
}

// asked are the flows with STUN requests over UDP to a port of the published media ranges. Webex Calling has its own rule.
func (p *Pass) asked(port int) []*record.Flow {
	settled := p.end - record.Time(p.value("WXA-MED-004.settle_seconds")*1e9)
	var list []*record.Flow
	for _, f := range p.webex {
		if f.Proto == "udp" && f.STUN != nil && f.STUN.Requests > 0 && f.ClientIsSource() && f.DstPort == port && f.Prefix != "" &&
			f.Service != record.Calling && f.StartTime <= settled {
			list = append(list, f)
		}
	}
	return list
}

// isAnswered: an answer, or any packet back, opens the way.
func isAnswered(f *record.Flow) bool {
	return f.STUN != nil && f.STUN.Answered > 0 || f.Down().Packets > 0
}

// unanswered fails the sites and subnets whose requests stay without answer; precondition may exempt some.
func (p *Pass) unanswered(flows []*record.Flow, precondition func(record.Subject) bool) {
	o := outcome{unit: "flow with STUN requests", pass: "STUN requests are answered", missing: answersMissing}
	groups, open := causes{}, map[record.Subject]bool{}
	for _, f := range flows {
		o.seen++
		s := p.subject(f.ClientAddr())
		open[s] = open[s] || isAnswered(f)
		groups.at(s).flow(f)
	}
	for g := range groups.each {
		if precondition != nil && !precondition(g.subject) {
			o.missing = "UDP 5004 is not answered there either, or was not tried (see WXA-MED-004)"
			continue
		}
		if blocked := p.silent(g, open[g.subject], &o); blocked != nil {
			p.reportSilent(blocked)
		}
	}
	p.conclude(o)
}

// silent gathers the flows of a group that prove a block: of all its clients where none is answered, else only of clients
// that meet the numbers alone. What it could judge, or why not, goes into the outcome.
func (p *Pass) silent(g *cause, open bool, o *outcome) (blocked *cause) {
	parts := causes{}
	for _, f := range g.flows {
		key := g.subject
		if open {
			key = record.Subject{Kind: "client", Key: f.ClientAddr().String()}
		}
		parts.at(key).flow(f)
	}
	for part := range parts.each {
		switch {
		case slices.ContainsFunc(part.flows, isAnswered):
			o.judged += len(part.flows)
			continue
		case !p.enoughAsked(part):
			o.missing = fmt.Sprintf("too few requests: %s to %s are wanted", count(int64(p.limit("WXA-MED-004.min_requests")), "request"),
				count(int64(p.limit("WXA-MED-004.min_prefixes")), "prefix"))
			continue
		case !p.seesAny(part):
			continue
		}
		if blocked == nil {
			blocked = newCause(g.subject)
		}
		for _, f := range part.flows {
			blocked.flow(f)
			blocked.count += f.STUN.Requests
			blocked.host(f.Prefix)
		}
		blocked.sure(p.certainty(part, open))
	}
	return blocked
}

// enoughAsked reports whether requests and prefixes are enough to judge silence.
func (p *Pass) enoughAsked(c *cause) bool {
	var requests int64
	prefixes := map[string]bool{}
	for _, f := range c.flows {
		requests += f.STUN.Requests
		prefixes[f.Prefix] = true
	}
	return float64(requests) >= p.limit("WXA-MED-004.min_requests") && float64(len(prefixes)) >= p.limit("WXA-MED-004.min_prefixes")
}

// seesAny reports whether the capture shows both directions of one of the clients.
func (p *Pass) seesAny(c *cause) bool {
	for a := range c.clients {
		if p.sees(a) {
			return true
		}
	}
	return false
}

// certainty: an ICMP refusal, UDP in both directions elsewhere, or media that did fall back is proof; TCP in both
// directions alone leaves room for a trace that holds one direction of UDP.
func (p *Pass) certainty(c *cause, neighboursAnswered bool) record.Confidence {
	if neighboursAnswered {
		return record.Probable
	}
	for _, f := range c.flows {
		if refused(f) || p.bothUDP[f.ClientAddr()] {
			return record.Confirmed
		}
	}
	for _, f := range p.webex {
		if c.clients[f.ClientAddr()] && f.Function.IsMedia() && f.Proto == "tcp" {
			if media, _, _ := p.sustained(f); media {
				return record.Confirmed
			}
		}
	}
	return record.Probable
}

// refused reports whether an ICMP "destination unreachable" (not "too big") quoted the flow (RFC 792, RFC 4443).
func refused(f *record.Flow) bool {
	if f.ICMP == nil {
		return false
	}
	if f.SrcIP.Unmap().Is4() {
		return f.ICMP.Type == 3 && f.ICMP.Code != 4
	}
	return f.ICMP.Type == 1
}

func (p *Pass) reportSilent(c *cause) {
	rejected := 0
	for _, f := range c.flows {
		if refused(f) {
			rejected++
		}
	}
	text := fmt.Sprintf("none of %s over UDP %d of %s of %s to %s was answered", count(c.count, "STUN request"), c.flows[0].DstPort,
		count(len(c.clients), "client"), where(c.subject), count(len(c.hosts), "media prefix"))
	if rejected > 0 {
		text += fmt.Sprintf("; %s rejected by ICMP", count(rejected, "flow"))
	}
	p.report(c, verdict{state: record.Fail, summary: text, expected: "answers from the media nodes",
		actual: fmt.Sprintf("0 of %d answered", c.count), evidence: p.citeKeys("absence", c.flows, stunFields, "stun-request", "icmp-error")})
}

func stunFields(f *record.Flow) map[string]string {
	return map[string]string{"requests": fmt.Sprint(f.STUN.Requests), "answered": fmt.Sprint(f.STUN.Answered),
		"retries": fmt.Sprint(f.STUN.Retries), "prefix": f.Prefix}
}

var med009 = &Rule{
	ID: "WXA-MED-009", Title: "Some media prefixes are never answered", Severity: record.Medium,
	Doc: Doc{
		What:       "Tests of one published media range stay unanswered for every client that made them, while the same clients get answers from other ranges.",
		Why:        "A firewall that allows only part of the published ranges works until the cloud assigns a node from the rest: then that call falls back or fails. Partial lists are not supported.",
		Trigger:    "A prefix that never answered, with at least min_requests STUN requests over UDP to min_nodes addresses from min_clients clients, all of which got answers from another prefix.",
		LookAlikes: "A single node that is down; a single client with a firewall of its own; ranges that nobody answers (WXA-MED-004). A range whose nodes are all down looks the same: hence probable, unless ICMP says no.",
		Verify:     "Wireshark: `stun.type == 0x0001 && ip.dst == PREFIX` against `stun.type == 0x0101 && ip.src == PREFIX`.",
	},
	Remediation: "Allow all published media subnets, not a selection by region or provider.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: IP subnets for media"},
	Needs:       []string{"flow with stun", "tests of several clients"},
	Limits:      []string{"WXA-MED-004.settle_seconds", "WXA-MED-009.min_clients", "WXA-MED-009.min_nodes", "WXA-MED-009.min_requests"},
	Check:       partlyFiltered,
}

func partlyFiltered(p *Pass) {
	o := outcome{unit: "tested media prefix", pass: "no prefix is left out", missing: "tests of more clients, with answers visible"}
	settled := p.end - record.Time(p.value("WXA-MED-004.settle_seconds")*1e9)
	prefixes, open := causes{}, map[string]map[string]bool{} // client → prefixes that answered it
	answeredPrefix := map[string]bool{}
	for _, f := range p.webex {
		if f.Proto != "udp" || f.STUN == nil || f.STUN.Requests == 0 || !f.ClientIsSource() || f.Prefix == "" || f.StartTime > settled {
			continue
		}
		client := f.ClientAddr().String()
		if isAnswered(f) {
			answeredPrefix[f.Prefix] = true
			if open[client] == nil {
				open[client] = map[string]bool{}
			}
			open[client][f.Prefix] = true
		}
		prefixes.at(record.Subject{Kind: "prefix", Key: f.Prefix}).flow(f)
	}
	for c := range prefixes.each {
		o.seen++
		if answeredPrefix[c.subject.Key] {
			o.judged++
			continue
		}
		silent := newCause(c.subject)
		for _, f := range c.flows {
			if open[f.ClientAddr().String()] != nil {
				silent.flow(f)
				silent.count += f.STUN.Requests
				silent.host(f.DstIP.String())
			}
		}
		p.reportPrefix(silent)
	}
	p.conclude(o)
}

func (p *Pass) reportPrefix(c *cause) {
	if float64(len(c.clients)) < p.limit("min_clients") || float64(len(c.hosts)) < p.limit("min_nodes") ||
		float64(c.count) < p.limit("min_requests") || p.oneSided.bad {
		return
	}
	c.sure(record.Probable)
	for _, f := range c.flows {
		if refused(f) {
			c.sure(record.Confirmed)
		}
	}
	p.report(c, verdict{state: record.Fail,
		summary: fmt.Sprintf("%s never answered %s of %s, which other media prefixes answer", c.subject.Key,
			count(c.count, "STUN request"), count(len(c.clients), "client")),
		expected: "answers from every published media prefix", actual: fmt.Sprintf("0 of %d answered by %s", c.count, count(len(c.hosts), "node")),
		evidence: p.citeKeys("absence", c.flows, stunFields, "stun-request", "icmp-error")})
}
