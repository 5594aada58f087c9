package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

const expresswayPorts = "Cisco Expressway IP Port Usage Configuration Guide X15"

// between yields the flows of one protocol ("" for any) that go from one role to the other.
func (p *Pass) between(from, to, proto string) []*record.Flow {
	var list []*record.Flow
	for _, f := range p.flows {
		if f.ClientRole == from && f.ServerRole == to && (proto == "" || f.Proto == proto) {
			list = append(list, f)
		}
	}
	return list
}

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

var exp001 = &Rule{
	ID: "WXA-EXP-001", Title: "Traversal media on wrong ports or unanswered", Severity: record.High,
	Doc: Doc{
		What:       "Media from Expressway-C to Expressway-E goes to other ports than those of the appliance's size, or is not answered.",
		Why:        "The firewall between the two opens only these ports: calls connect and stay silent.",
		Trigger:    "RTP from a C to an E on ports that the pack does not have for the pair; or at least min_packets packets of traversal media to E on planned ports without one back, where other flows of the two show both directions.",
		LookAlikes: "Media between C and Unified CM, and between E and the Internet, has other ports. Without declared or learnt roles nothing is judged. A call that is on hold for its whole time sends nothing.",
		Verify:     "Wireshark: `ip.addr == C && ip.addr == E && udp`, column udp.dstport; planned are 2776/2777 and 36000-36011.",
	},
	Remediation: "Align the traversal media ports with the size of the appliance, and open UDP 2776-2777 and 36000-36011 from C to E.",
	Refs:        []string{expresswayPorts, "BRKCOL-2057 (2022): Expressway ports"},
	Needs:       []string{"flow", "media_stream", "Expressway-C and -E declared or learnt"},
	Limits:      []string{"WXA-EXP-001.min_packets"},
	Check:       traversalMedia,
}

func traversalMedia(p *Pass) {
	o := outcome{unit: "media flow from Expressway-C to Expressway-E", pass: "traversal media uses its ports and is answered", missing: "more packets, or both directions of the traffic between the two"}
	list := causes{}
	for _, f := range p.between("expressway-c", "expressway-e", "udp") {
		if !p.isRTP(f) && !f.Function.IsMedia() {
			continue
		}
		o.seen++
		up, down := f.Up().Packets, f.Down().Packets
		what := ""
		switch {
		case f.PairPlan == "out":
			what = fmt.Sprintf("to port %d", f.Server().Port())
		case down > 0:
		case float64(up) < p.limit("min_packets"), !p.both[f.ClientAddr()] || !p.both[f.Server().Addr()] || p.oneSided.bad:
			continue
		default:
			what = fmt.Sprintf("unanswered on port %d", f.Server().Port())
		}
		o.judged++
		if what == "" {
			continue
		}
		c := list.at(ends(f))
		c.flow(f)
		c.count++
		c.host(what)
		c.sure(rolesSure(f))
	}
	for c := range list.each {
		how := some(c.hostList())
		c.hosts = map[string]bool{}
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s from Expressway-C to Expressway-E (%s): %s", count(c.count, "media flow"), c.subject.Key, how),
			expected: "UDP 2776-2777 or 36000-36011, answered", actual: how, evidence: p.cite("packet-range", c.largest(), nil)})
	}
	p.conclude(o)
}

var exp002 = &Rule{
	ID: "WXA-EXP-002", Title: "Traversal signalling is down", Severity: record.High,
	Doc: Doc{
		What:       "Connections that Expressway-C opens to Expressway-E for SIP, SSH tunnels or XMPP do not open.",
		Why:        "The traversal zone, or mobile and remote access, does not work.",
		Trigger:    "At least min_tries TCP connections from C to one planned port of E are reset, refused or stay silent, and none opens.",
		LookAlikes: "A peer of the E cluster that is down for maintenance looks the same: compare the peers. Without declared or learnt roles nothing is judged.",
		Verify:     "Wireshark: `ip.addr == C && ip.addr == E && tcp.flags.syn == 1`, then `tcp.flags.reset == 1` or nothing.",
	},
	Remediation: "Allow TCP 7001 and up (one port per zone), 2222 and 7400 from C to E on the internal firewall; check that the zone is active on E.",
	Refs:        []string{expresswayPorts, "BRKCOL-2057 (2022): Expressway ports"},
	Needs:       []string{"flow", "Expressway-C and -E declared or learnt", "both directions"},
	Limits:      []string{"WXA-EXP-002.min_tries", "WXA-MED-004.settle_seconds"},
	Check: func(p *Pass) {
		o := outcome{unit: "connection from Expressway-C to Expressway-E", pass: "traversal signalling opens", missing: "both directions of the traffic between the two"}
		var flows []*record.Flow
		for _, f := range p.between("expressway-c", "expressway-e", "tcp") {
			if f.PairPlan != "" {
				flows = append(flows, f)
			}
		}
		at := func(f *record.Flow) record.Subject {
			s := ends(f)
			s.Key += fmt.Sprintf(":%d", f.Server().Port())
			return s
		}
		for _, d := range p.shut(&o, flows, at) {
			if d.flows[0].RolesLearnt {
				d.confidence = record.Possible
			}
			p.report(d.cause, verdict{state: record.Fail,
				summary:  fmt.Sprintf("none of %s from Expressway-C to Expressway-E (%s) opened (%s)", count(d.count, "connection"), d.subject.Key, d.how()),
				expected: "a SYN-ACK from Expressway-E", actual: d.how(), evidence: p.citeKeys("absence", d.flows, tcpFields, "syn", "rst", "icmp-error")})
		}
		p.conclude(o)
	},
}

var exp003 = &Rule{
	ID: "WXA-EXP-003", Title: "Connection from Expressway-E to Expressway-C", Severity: record.Medium,
	Doc: Doc{
		What:       "Expressway-E opens a TCP connection to Expressway-C.",
		Why:        "All traversal connections are opened from the inside: a hole in the internal firewall for E is needed by nobody and open for whoever takes E over.",
		Trigger:    "A SYN from a declared E to a declared C. An answer makes it a failure, a SYN without answer a warning: then the firewall does its work, but somebody on E knocks.",
		LookAlikes: "Connections whose beginning is not in the capture may have been opened by C: they do not count.",
		Verify:     "Wireshark: `ip.src == E && ip.dst == C && tcp.flags.syn == 1 && tcp.flags.ack == 0`.",
	},
	Remediation: "Close the internal firewall for connections from E to C.",
	Refs:        []string{"BRKCOL-2057 (2022): no inbound port on the internal firewall", expresswayPorts},
	Needs:       []string{"flow with tcp", "Expressway-C and -E declared"},
	Check: func(p *Pass) {
		o := outcome{unit: "connection between Expressway-C and Expressway-E", pass: "all connections come from the inside", missing: "the beginning of the connections"}
		list := causes{}
		for _, f := range p.flows {
			inward := f.ClientRole == "expressway-e" && f.ServerRole == "expressway-c"
			outward := f.ClientRole == "expressway-c" && f.ServerRole == "expressway-e"
			if f.Proto != "tcp" || f.RolesLearnt || !inward && !outward {
				continue
			}
			o.seen++
			if f.TCP == nil || f.TCP.SYN == 0 || f.Initiator != "seen" && f.Initiator != "" {
				continue
			}
			o.judged++
			if inward {
				c := list.at(ends(f))
				c.flow(f)
				c.count++
				c.sure(record.Confirmed)
				c.n[fmt.Sprintf("port %d", f.Server().Port())]++
				if f.TCP.SYNACK {
					c.host("open")
				}
			}
		}
		for c := range list.each {
			state, what := record.Warn, "not answered"
			if c.hosts["open"] {
				state, what = record.Fail, "answered"
			}
			c.hosts = map[string]bool{}
			p.report(c, verdict{state: state,
				summary:  fmt.Sprintf("Expressway-E opens %s to Expressway-C (%s, %s), %s", count(c.count, "connection"), c.subject.Key, c.counted(), what),
				expected: "no connection from E to C", actual: c.counted() + ", " + what, evidence: p.citeKeys("transaction", c.flows, tcpFields, "syn", "syn-ack", "rst")})
		}
		p.conclude(o)
	},
}

var exp007 = &Rule{
	ID: "WXA-EXP-007", Title: "Edge Audio ports are blocked", Severity: record.Medium,
	Doc: Doc{
		What:       "Signalling or media of Edge Audio does not get through.",
		Why:        "Call-back and dial-in over the enterprise's own trunks fail, and meetings fall back to the public telephone network.",
		Trigger:    "At least min_tries TCP connections between a declared Edge Audio host and the cloud do not open, none does; or at least min_packets media packets to the cloud get none back, where other flows of the host show both directions.",
		LookAlikes: "Without a declared host nothing is judged: its ports are SIP like any other.",
		Verify:     "Wireshark: `ip.addr == E && (tcp.port in {5061, 5062, 5065} || udp)`.",
	},
	Remediation: "Open TCP 5061 and 5062 inbound, 5061 and 5065 outbound, and UDP 8000-59999 for media between the host and the Webex subnets.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: Edge Audio"},
	Needs:       []string{"flow", "Edge Audio hosts declared in the site file", "both directions"},
	Limits:      []string{"WXA-EXP-001.min_packets", "WXA-EXP-007.min_tries", "WXA-MED-004.settle_seconds"},
	Check:       edgeAudio,
}

func edgeAudio(p *Pass) {
	o := outcome{unit: "flow of Edge Audio", pass: "Edge Audio gets through", missing: "both directions of the host's traffic"}
	var signalling []*record.Flow
	media := causes{}
	for _, f := range p.flows {
		if f.ClientRole != "edge-audio" && f.ServerRole != "edge-audio" || !f.Webex {
			continue
		}
		if f.Proto == "tcp" {
			signalling = append(signalling, f)
			continue
		}
		o.seen++
		switch {
		case f.PacketsFwd > 0 && f.PacketsRev > 0:
			o.judged++
		case float64(f.PacketsFwd) >= p.limit("WXA-EXP-001.min_packets") && p.both[f.SrcIP]:
			o.judged++
			c := media.at(ends(f))
			c.flow(f)
			c.count += f.PacketsFwd
			c.sure(record.Probable)
		}
	}
	for _, d := range p.shut(&o, signalling, func(f *record.Flow) record.Subject { s := ends(f); s.Key += fmt.Sprintf(":%d", f.DstPort); return s }) {
		p.report(d.cause, verdict{state: record.Fail,
			summary:  fmt.Sprintf("none of %s of Edge Audio (%s) opened (%s)", count(d.count, "connection"), d.subject.Key, d.how()),
			expected: "a SYN-ACK", actual: d.how(), evidence: p.citeKeys("absence", d.flows, tcpFields, "syn", "rst", "icmp-error")})
	}
	for c := range media.each {
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s of Edge Audio media (%s), none back", count(c.count, "packet"), c.subject.Key),
			expected: "media in both directions", actual: "0 packets back", evidence: p.cite("absence", c.largest(), nil)})
	}
	p.conclude(o)
}
