package audit

import (
	"fmt"
	"time"

	"webexaudit/analyzer/record"
)

var med007 = &Rule{
	ID: "WXA-MED-007", Title: "Retired media port in use", Severity: record.Low,
	Doc: Doc{
		What:       "A client still uses a media or cascade port that Webex has given up.",
		Why:        "It points at an outdated client or Video Mesh node, or at a firewall rule that keeps a port open for nothing.",
		Trigger:    "A Webex media, test, TURN or mesh flow on a port that the pack lists as retired, recognised by address, name or STUN.",
		LookAlikes: "The port number alone is no sign of Webex: traceroute uses UDP 33434, many programs TCP 9000. Retired names are no matter of this rule.",
		Verify:     "Wireshark: `udp.port == 33434 || tcp.port in {444, 9000, 33434}`, limited to the published Webex subnets.",
	},
	Remediation: "Update the client or node, then remove the firewall rule.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: revision history of January 2022 and August 2023"},
	Needs:       []string{"flow"},
	Check: func(p *Pass) {
		o := outcome{unit: "media flow", pass: "no retired port is in use"}
		list := causes{}
		for _, f := range p.webex {
			media := f.Function.IsMedia() || f.Function == record.ReachProbe || f.Function == record.TURN
			if !media && f.Service != record.Mesh {
				continue
			}
			o.seen++
			o.judged++
			known := f.Prefix != "" || f.SNI != "" || f.DNSName != "" || f.STUN != nil && (f.STUN.FlowInfo || len(f.STUN.Software) > 0)
			if f.Retired != "" && known {
				c := list.at(p.subject(f.ClientAddr()))
				c.flow(f)
				c.count++
				c.hosts[fmt.Sprintf("%s %d: %s", f.Proto, f.Server().Port(), f.Retired)] = true
				c.sure(record.Confirmed)
			}
		}
		for c := range list.each {
			why := c.hostList()
			c.hosts = map[string]bool{}
			p.report(c, verdict{state: record.Warn,
				summary: fmt.Sprintf("%s of %s used a retired port in %s (%s)", count(len(c.clients), "client"), where(c.subject),
					count(len(c.flows), "flow"), some(why)),
				expected: "the current media ports", actual: some(why), evidence: p.cite("packet-range", c.flows, nil)})
		}
		p.conclude(o)
	},
}

var med010 = &Rule{
	ID: "WXA-MED-010", Title: "One-way media", Severity: record.High,
	Doc: Doc{
		What:       "A client sends media and gets nothing back, not even an answer to its keepalives.",
		Why:        "Users hear nothing while they are heard, until the call drops. The return path is blocked or lost its address translation.",
		Trigger:    "UDP media from the client at min_rate or more, and no packet to the client: for min_seconds where the flow uses no STUN (Webex Calling to a gateway), or for tail_seconds after the last media and the last STUN answer while its STUN requests stay unanswered.",
		LookAlikes: "A muted or lonely conference sends no media either, but answers the STUN keepalives: silent. A capture that lacks one direction: not assessable. A client that only listens is not judged.",
		Verify:     "Wireshark: Telephony > RTP > RTP Streams shows one direction only; `ip.dst == CLIENT && ip.src == NODE && udp` shows any packet towards the client, STUN and RTCP included.",
	},
	Remediation: "Look for the return path: address translation timer for UDP, asymmetric routing, a firewall that allows one direction only.",
	Refs:        []string{"RFC 7675 section 5.1 (consent freshness)"},
	Needs:       []string{"flow", "media_stream", "media_interval", "both directions of the client's traffic"},
	Limits:      []string{"WXA-MED-010.min_rate", "WXA-MED-010.min_seconds", "WXA-MED-010.tail_seconds"},
	Check:       oneWay,
}

func oneWay(p *Pass) {
	o := outcome{unit: "media flow from a client", pass: "media and keepalives come back", missing: answersMissing}
	list := causes{}
	for _, f := range p.webex {
		up, ok := p.sent(f)
		if !ok {
			continue
		}
		o.seen++
		if !p.sees(f.ClientAddr()) {
			continue
		}
		quiet, conf := p.quiet(f, up)
		if quiet == 0 && f.Down().Packets == 0 {
			o.missing = "proof that the silence is the network's: a longer capture, with both directions of UDP"
			continue
		}
		o.judged++
		if quiet == 0 {
			continue
		}
		c := list.at(p.subject(f.ClientAddr()))
		c.flow(f)
		c.count++
		c.host(f.Server().String())
		c.n["quiet"] = max(c.n["quiet"], int64(quiet.Seconds()))
		c.sure(conf)
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s of %s sent media in %s and got nothing back, for up to %s", count(len(c.clients), "client"),
				where(c.subject), count(len(c.flows), "flow"), minutes(float64(c.n["quiet"]))),
			expected: "media or keepalive answers in both directions", actual: fmt.Sprintf("no packet to the client for up to %d s", c.n["quiet"]),
			evidence: p.cite("packet-range", c.largest(), func(f *record.Flow) map[string]string {
				return map[string]string{"packets_from_client": fmt.Sprint(f.Up().Packets), "packets_to_client": fmt.Sprint(f.Down().Packets)}
			})})
	}
	p.conclude(o)
}

// upload is what a client sent in one media flow.
type upload struct {
	first, last record.Time
	packets     int64
}

// sent sums the client's media streams of a UDP flow; not ok below the least rate.
func (p *Pass) sent(f *record.Flow) (u upload, ok bool) {
	if !f.Function.IsMedia() || f.Proto != "udp" {
		return u, false
	}
	for _, m := range p.streamsOf[f.FlowID] {
		if !m.Upstream {
			continue
		}
		if u.packets == 0 || m.StartTime < u.first {
			u.first = m.StartTime
		}
		u.last = max(u.last, m.EndTime)
		u.packets += m.Packets
	}
	seconds := u.last.Sub(u.first).Seconds()
	return u, u.packets > 0 && seconds >= p.limit("min_seconds") && float64(u.packets) >= p.limit("min_rate")*seconds
}

// quiet is how long the client sent while nothing came back; 0 where that is no proof of a broken way.
func (p *Pass) quiet(f *record.Flow, up upload) (time.Duration, record.Confidence) {
	checks := f.STUN != nil && f.STUN.Requests > 0
	if f.Down().Packets == 0 {
		least := p.limit("tail_seconds")
		if f.Service == record.Calling && !checks {
			least = p.limit("min_seconds") // no ICE: nothing else could come back
		}
		all := up.last.Sub(up.first)
		if checks || all.Seconds() < least {
			return 0, ""
		}
		if p.bothUDP[f.ClientAddr()] {
			return all, record.Confirmed
		}
		return all, record.Probable
	}
	if !checks || f.STUN.Answered < 2 || f.STUN.Requests <= f.STUN.Answered || f.STUN.LastAnswer.IsZero() {
		return 0, ""
	}
	last := f.STUN.LastAnswer
	for _, m := range p.streamsOf[f.FlowID] {
		if !m.Upstream {
			last = max(last, m.EndTime)
		}
	}
	tail := up.last.Sub(last)
	if tail.Seconds() < p.limit("tail_seconds") || p.rateAfter(f, last, up) < p.limit("min_rate") {
		return 0, ""
	}
	return tail, record.Probable
}

// rateAfter is the client's packet rate from a time on, by the intervals where there are any, else the rate of the streams
// that go on to the end.
func (p *Pass) rateAfter(f *record.Flow, from record.Time, up upload) float64 {
	var packets, series int64
	var average float64
	for _, m := range p.streamsOf[f.FlowID] {
		if !m.Upstream {
			continue
		}
		rows := p.seconds(m.StreamID)
		if len(rows) == 0 {
			rows = p.rows(m.StreamID, 10)
		}
		for _, i := range rows {
			series++
			if i.StartTime >= from {
				packets += i.Packets
			}
		}
		if d := m.EndTime.Sub(m.StartTime).Seconds(); d > 0 && m.EndTime == up.last {
			average += float64(m.Packets) / d
		}
	}
	if series == 0 {
		return average
	}
	return float64(packets) / up.last.Sub(from).Seconds()
}

var med016 = &Rule{
	ID: "WXA-MED-016", Title: "Reachability tests seen", Severity: record.Info,
	Doc: Doc{
		What:       "Clients tested media nodes over UDP, TCP or TLS.",
		Why:        "The tests explain dozens of short flows to media nodes, on TLS as well: they are no calls and no fallback. The rule accuses nobody: it passes with their number.",
		Trigger:    "Flows classified as reachability tests.",
		LookAlikes: "A test that was not answered may be a matter of WXA-MED-004, WXA-MED-005 or WXA-MED-009.",
		Verify:     "Wireshark: `stun.type == 0x0001 && udp.dstport == 5004`: many conversations to the media subnets that begin within seconds of each other and end with a few packets.",
	},
	Remediation: "None needed.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: node discovery"},
	Needs:       []string{"flow"},
	Check: func(p *Pass) {
		n := map[record.Transport]int{}
		clients := map[string]bool{}
		o := outcome{unit: "reachability test"}
		for _, f := range p.webex {
			if f.Function == record.ReachProbe {
				o.seen++
				o.judged++
				n[f.Transport]++
				clients[f.ClientAddr().String()] = true
			}
		}
		proxied := n[record.TLSProxied] + n[record.HTTPConnect]
		o.pass = fmt.Sprintf("%s tested media nodes: %d flows over UDP, %d over TCP, %d over TLS, %d through a proxy; these are no calls",
			count(len(clients), "client"), n[record.UDP], n[record.TCP], n[record.TLS], proxied)
		p.conclude(o)
	},
}
