package audit

import (
	"fmt"
	"net/netip"

	"webexaudit/analyzer/record"
)

var cal002 = &Rule{
	ID: "WXA-CAL-002", Title: "Webex Calling media is blocked", Severity: record.High,
	Doc: Doc{
		What:       "Clients signal with Webex Calling, but their media gets no answer over UDP.",
		Why:        "Webex Calling has no fallback to TCP or TLS: where UDP is blocked the call is silent and drops.",
		Trigger:    "Calling signalling that works in both directions, and at least min_requests STUN requests over UDP of the same clients to published Calling ranges without any answer at the whole site or subnet.",
		LookAlikes: "Checks of private candidates of the other party stay unanswered by design: only published ranges count. A single client without answers beside others with answers: silent. Requests in the last seconds of the capture and captures with one direction: not judged. RTP without STUN that gets nothing back is WXA-MED-010.",
		Verify:     "Wireshark: `stun.type == 0x0001` from the client to the Calling ranges, without `stun.type == 0x0101` back, after TLS to port 8934 or 5062.",
	},
	Remediation: "Allow UDP 5004, 9000, 8500-8699 and 19560-65535 from the clients to the Webex Calling subnets, with return traffic.",
	Refs:        []string{"Port Reference Information for Webex Calling, b2exve", "BRKCOL-2057 (2022): with Webex Calling no fallback to TCP"},
	Needs:       []string{"flow with stun", "signalling of the same clients", "both directions"},
	Limits:      []string{"WXA-CAL-002.min_requests", "WXA-MED-004.settle_seconds"},
	Check:       callingBlocked,
}

func callingBlocked(p *Pass) {
	o := outcome{unit: "Calling media flow", pass: "Calling media is answered", missing: "working signalling of the same client, enough STUN requests, and both directions of its traffic"}
	groups, open := causes{}, map[record.Subject]bool{}
	signals := p.callingSignals()
	settled := p.end - record.Time(p.limit("WXA-MED-004.settle_seconds")*1e9)
	for _, f := range p.webex {
		checks := f.STUN != nil && f.STUN.Requests > 0
		if f.Service != record.Calling || f.Proto != "udp" || f.Prefix == "" || !f.ClientIsSource() || !f.Function.IsMedia() && !checks {
			continue
		}
		o.seen++
		s := p.subject(f.ClientAddr())
		switch {
		case f.Down().Packets > 0:
			o.judged++
			open[s] = true
		case checks && f.StartTime <= settled && signals[f.ClientAddr()]:
			c := groups.at(s)
			c.flow(f)
			c.count += f.STUN.Requests
			c.hosts[f.Prefix] = true
		}
	}
	for c := range groups.each {
		if !open[c.subject] && float64(c.count) >= p.limit("min_requests") && p.seesAny(c) {
			p.reportCalling(c)
		}
	}
	p.conclude(o)
}

// callingSignals are the clients whose Calling signalling works in both directions.
func (p *Pass) callingSignals() map[netip.Addr]bool {
	works := map[netip.Addr]bool{}
	for _, f := range p.webex {
		if f.Service == record.Calling && f.Function == record.Signalling && f.PayloadBytesFwd > 0 && f.PayloadBytesRev > 0 {
			works[f.ClientAddr()] = true
		}
	}
	return works
}

func (p *Pass) reportCalling(c *cause) {
	c.sure(record.Probable)
	for _, f := range c.flows {
		if refused(f) || p.bothUDP[f.ClientAddr()] {
			c.sure(record.Confirmed)
		}
	}
	p.report(c, verdict{state: record.Fail,
		summary: fmt.Sprintf("none of %s for media of %s of %s was answered, although signalling with Webex Calling works",
			count(c.count, "STUN request"), count(len(c.clients), "client"), where(c.subject)),
		expected: "answers from the Calling media nodes", actual: fmt.Sprintf("0 of %d answered", c.count),
		evidence: p.citeKeys("absence", c.flows, stunFields, "stun-request", "icmp-error")})
}
