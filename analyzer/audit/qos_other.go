package audit

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// qos005 is part of the catalogue for the sake of whoever looks for it: one run reads one place.
var qos005 = &Rule{
	ID: "WXA-QOS-005", Title: "Mark changes between two points", Severity: record.Medium,
	Doc: Doc{
		What:       "The same packets carry another mark at one point of the path than at another.",
		Why:        "The hop between the two points does not trust the mark, or polices it.",
		Trigger:    "None: one run sees one place. Audit a capture of each place on its own and compare the marks of the streams by their SSRC (media_streams, dscp), or look for WXA-QOS-001 and 003 at the second place only.",
		LookAlikes: "Marks may be changed on purpose at the edge of a trust domain.",
		Verify:     "Wireshark: `rtp.ssrc == SSRC` in both captures, with `ip.dsfield.dscp` and `rtp.seq` as columns.",
	},
	Remediation: "Find the hop that re-marks, and make it trust or classify the media.",
	Refs:        []string{"RFC 2475 section 2.3.3"},
	Needs:       []string{"captures of two places"},
	Check: func(p *Pass) {
		p.conclude(outcome{unit: "second capture point", absent: "one run sees one capture point; the rule needs two"})
	},
}

var qos008 = &Rule{
	ID: "WXA-QOS-008", Title: "Return traffic is not re-marked inside", Severity: record.Medium,
	Doc: Doc{
		What:       "Media from the cloud travels inside the enterprise with DSCP 0 or CS1.",
		Why:        "The Internet does not keep marks. Where the edge does not classify what comes in, the way to the client queues it with downloads: people do not hear well although they are heard.",
		Trigger:    "Streams from the cloud with at least min_percent of their packets at DSCP 0 or CS1, where the operator declares the vantage as inside. A warning: whether return traffic is classified is the enterprise's choice.",
		LookAlikes: "At the Internet edge the same picture is normal (WXA-QOS-007). A guessed vantage is not enough: the capture could lie before the point that re-marks.",
		Verify:     "Wireshark: `ip.src == NODE && ip.dsfield.dscp in {0, 8}` against `ip.src == NODE`.",
	},
	Remediation: "Classify at the edge what comes from UDP 5004 and 9000 of the media subnets to source ports of the plan: 52000-52099 to EF, 52100-52299 to AF41.",
	Refs:        []string{"Preferred Architecture for Webex Hybrid Services, CVD 2020, chapter Bandwidth Management"},
	Needs:       []string{"media_stream", "vantage inside, declared"},
	Limits:      []string{"WXA-QOS-001.min_packets", "WXA-QOS-007.min_percent"},
	Check:       unmarkedInside,
}

func unmarkedInside(p *Pass) {
	o := outcome{unit: "media stream to a client", pass: "media from the cloud is marked again inside",
		missing: "a capture behind the point that re-marks, declared with --vantage inside"}
	list := causes{}
	declared := p.set.Run != nil && p.set.Run.Vantage.Declared && p.vantage.value == "inside" && p.vantage.confidence != record.Possible
	for _, m := range p.streams {
		if m.Upstream || float64(m.Packets) < p.limit("WXA-QOS-001.min_packets") || m.DSCP.Total() == 0 {
			continue
		}
		o.seen++
		if !declared {
			continue
		}
		o.judged++
		if 100*m.DSCP.Share(0, 8) >= p.limit("WXA-QOS-007.min_percent") {
			f := p.flowOf[m.FlowID]
			c := list.at(p.subject(f.ClientAddr()))
			c.stream(marked{m, f}, p.vantage.confidence)
		}
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s from the cloud to %s in %s without a mark", count(c.count, "stream"), count(len(c.clients), "client"), where(c.subject)),
			expected: "EF or AF41, given at the edge", actual: "CS0 or CS1",
			evidence: p.cite("packet-range", c.largest(), func(f *record.Flow) map[string]string {
				return map[string]string{"marks_to_client": marks(f.Down().DSCP)}
			})})
	}
	p.conclude(o)
}

var qos009 = &Rule{
	ID: "WXA-QOS-009", Title: "Calling signalling is not marked as such", Severity: record.Low,
	Doc: Doc{
		What:       "SIP of Webex Calling leaves the client with another mark than the pack expects (CS3, or AF31 of older phones).",
		Why:        "On a full link signalling without a class is late: calls ring late, or registrations drop.",
		Trigger:    "A Calling signalling flow with at least min_packets from the client, of which at least min_percent carry none of the expected marks, captured at access or inside. A warning: the mark is a recommendation.",
		LookAlikes: "Signalling over the Internet edge may have lost its mark: not judged there. AF31 is the factory setting of phones and accepted.",
		Verify:     "Wireshark: `tcp.dstport in {5062, 8934}` with ip.dsfield.dscp as a column.",
	},
	Remediation: "Classify TCP 8934 and 5062 towards the Calling subnets as CS3, and set the phones' SIP mark.",
	Refs:        []string{"ThousandEyes: Monitoring Webex Calling", "BRKCOL-2057 (2022): Webex Calling ports"},
	Needs:       []string{"flow", "vantage access or inside"},
	Limits:      []string{"WXA-QOS-009.min_packets", "WXA-QOS-009.min_percent"},
	Check:       unmarkedSignalling,
}

func unmarkedSignalling(p *Pass) {
	o := outcome{unit: "Calling signalling flow", pass: "Calling signalling carries its mark"}
	list := causes{}
	for _, f := range p.webex {
		up := f.Up()
		if f.Service != record.Calling || f.Function != record.Signalling || len(f.ExpectedDSCP) == 0 || float64(up.Packets) < p.limit("min_packets") {
			continue
		}
		o.seen++
		if !p.vantage.enterprise() {
			o.missing = p.placeMissing()
			continue
		}
		o.judged++
		if 100*(1-up.DSCP.Share(f.ExpectedDSCP...)) >= p.limit("min_percent") {
			c := list.at(p.subject(f.ClientAddr()))
			c.flow(f)
			c.count++
			c.sure(p.vantage.confidence)
			c.host(marks(up.DSCP))
		}
	}
	for c := range list.each {
		how := c.hostList()
		c.hosts = map[string]bool{}
		p.report(c, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s of %s in %s left as %s", count(c.count, "Calling signalling flow"), count(len(c.clients), "client"), where(c.subject), some(how)),
			expected: "DSCP " + markNames(c.flows[0].ExpectedDSCP, " or "), actual: some(how),
			evidence: p.cite("packet-range", c.flows, func(f *record.Flow) map[string]string {
				return map[string]string{"marks_from_client": marks(f.Up().DSCP)}
			})})
	}
	p.conclude(o)
}

var qos010 = &Rule{
	ID: "WXA-QOS-010", Title: "Priority mark on traffic that is no media", Severity: record.Medium,
	Doc: Doc{
		What:       "Webex clients send EF on TCP connections that carry no media.",
		Why:        "The priority queue is small and policed: bulk data in it makes audio late or drops it.",
		Trigger:    "Of the bytes that Webex clients send with EF, more than max_percent (and at least min_bytes) are on TCP connections without media, captured at access or inside.",
		LookAlikes: "Other vendors' calls use EF by right: UDP is never counted. Webex media in TCP or TLS may carry EF. SIP signalling with EF is rare and small: below min_bytes.",
		Verify:     "Wireshark: `ip.dsfield.dscp == 46 && tcp`, Statistics > Conversations by bytes.",
	},
	Remediation: "Tighten the classification: EF for the audio source ports only, everything else back to default.",
	Refs:        []string{"RFC 3246", "RFC 4594 section 4.1"},
	Needs:       []string{"flow", "vantage access or inside"},
	Limits:      []string{"WXA-QOS-010.max_percent", "WXA-QOS-010.min_bytes"},
	Check:       priorityAbused,
}

// expedited is about how many bytes a client sent with EF in a flow: its packets' share of the bytes.
func expedited(s record.Side) int64 { return int64(float64(s.Bytes) * s.DSCP.Share(46)) }

func priorityAbused(p *Pass) {
	o := outcome{unit: "Webex client with EF", pass: "EF stays with media"}
	clients := map[netip.Addr]bool{}
	for _, f := range p.webex {
		clients[f.ClientAddr()] = true
	}
	list, abused, all := causes{}, map[*cause]int64{}, map[*cause]int64{}
	for _, f := range p.flows {
		side, from := record.Side{Bytes: f.BytesFwd, DSCP: f.DSCPFwd}, f.SrcIP
		if f.Webex {
			side, from = f.Up(), f.ClientAddr()
		}
		bytes := expedited(side)
		if bytes == 0 || !clients[from] {
			continue
		}
		c := list.at(p.subject(from))
		c.clients[from] = true
		all[c] += bytes
		if f.Proto == "tcp" && !f.Function.IsMedia() && !f.MediaPattern.Media() {
			abused[c] += bytes
			c.flow(f)
			c.count++
		}
	}
	for c := range list.each {
		o.seen += len(c.clients)
		if !p.vantage.enterprise() {
			o.missing = p.placeMissing()
			continue
		}
		o.judged += len(c.clients)
		pct := percent(abused[c], all[c])
		if pct <= p.limit("max_percent") || float64(abused[c]) < p.limit("min_bytes") {
			continue
		}
		c.sure(p.vantage.confidence)
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s of the EF bytes of Webex clients in %s are no media: %s on %s", share(pct), where(c.subject), volume(abused[c]), count(c.count, "TCP connection")),
			expected: "at most " + share(p.limit("max_percent")), actual: share(pct),
			evidence: p.cite("packet-range", c.largest(), func(f *record.Flow) map[string]string {
				return map[string]string{"marks": marks(f.DSCPFwd), "server": f.Server().String()}
			})})
	}
	p.conclude(o)
}

var qos011 = &Rule{
	ID: "WXA-QOS-011", Title: "Network signals congestion", Severity: record.Low,
	Doc: Doc{
		What:       "Routers mark packets of Webex flows as having experienced congestion.",
		Why:        "ECN says before packets are lost that a queue is long: loss and delay come next.",
		Trigger:    "Of the packets whose sender knows ECN, more than max_percent are marked Congestion Experienced, with at least min_packets such packets in a site's Webex flows.",
		LookAlikes: "Packets without ECN say nothing: without any the rule is not observed. L4S (ECT(1)) marks earlier and more often: a warning only.",
		Verify:     "Wireshark: `ip.dsfield.ecn == 3` against `ip.dsfield.ecn > 0`.",
	},
	Remediation: "Look for the full queue on the path: capacity, shaping, Wi-Fi.",
	Refs:        []string{"RFC 3168 section 5", "RFC 9331"},
	Needs:       []string{"flow"},
	Limits:      []string{"WXA-QOS-011.max_percent", "WXA-QOS-011.min_packets"},
	Check:       congestion,
}

func congestion(p *Pass) {
	o := outcome{unit: "Webex flow with ECN", pass: "no congestion is signalled", missing: "enough packets whose sender knows ECN"}
	list := causes{}
	for _, f := range p.webex {
		if f.ECNECT == 0 {
			continue
		}
		o.seen++
		c := list.at(p.subject(f.ClientAddr()))
		c.n["flows"]++
		c.n["ect"] += f.ECNECT
		if f.ECNCE > 0 {
			c.flow(f)
			c.count += f.ECNCE
		}
	}
	for c := range list.each {
		if float64(c.n["ect"]) < p.limit("min_packets") {
			continue
		}
		o.judged += int(c.n["flows"])
		if pct := percent(c.count, c.n["ect"]); pct > p.limit("max_percent") {
			c.sure(record.Confirmed)
			p.report(c, verdict{state: record.Warn,
				summary:  fmt.Sprintf("%s of the packets with ECN of %s in %s are marked Congestion Experienced", share(pct), count(len(c.flows), "flow"), where(c.subject)),
				expected: "at most " + share(p.limit("max_percent")), actual: fmt.Sprintf("%d of %d", c.count, c.n["ect"]),
				evidence: p.cite("counter", c.largest(), func(f *record.Flow) map[string]string {
					return map[string]string{"ect": fmt.Sprint(f.ECNECT), "ce": fmt.Sprint(f.ECNCE)}
				})})
		}
	}
	p.conclude(o)
}

var qos012 = &Rule{
	ID: "WXA-QOS-012", Title: "802.1p priority and DSCP disagree", Severity: record.Low,
	Doc: Doc{
		What:       "Tagged frames of Webex media carry another 802.1p priority than the site's table has for their DSCP.",
		Why:        "Switches that queue by 802.1p then treat audio as something else than routers do.",
		Trigger:    "A Webex media flow with at least min_packets tagged packets from the client whose main DSCP is in the site file's table pcp, and whose main priority is another one than there; main means at least min_percent.",
		LookAlikes: "Without a table every mapping may be intended: not assessable. Frames without a tag have no priority. A mirror port may write tags of its own: check that the priorities are those of the link.",
		Verify:     "Wireshark: `vlan && ip.src == CLIENT`, with vlan.priority and ip.dsfield.dscp as columns.",
	},
	Remediation: "Correct the DSCP-to-CoS map of the switch.",
	Refs:        []string{"IEEE 802.1Q clause 6.9.3", "RFC 8325 section 4.3 (802.11)"},
	Needs:       []string{"flow", "site table pcp"},
	Limits:      []string{"WXA-QOS-012.min_packets", "WXA-QOS-012.min_percent"},
	Check:       prioritiesDisagree,
}

// main is the value that at least min_percent of the packets carry.
func (p *Pass) main(d record.DSCP) (value int, ok bool) {
	for _, v := range slices.Sorted(maps.Keys(d)) {
		if percent(d[v], d.Total()) >= p.limit("min_percent") {
			return v, true
		}
	}
	return 0, false
}

func prioritiesDisagree(p *Pass) {
	o := outcome{unit: "tagged media flow", pass: "802.1p priorities fit the marks", missing: "the site's map from DSCP to 802.1p (key pcp of the site file)"}
	list := causes{}
	for _, f := range p.webex {
		pcp := f.PCPFwd
		if !f.ClientIsSource() {
			pcp = f.PCPRev
		}
		if !f.Function.IsMedia() || float64(pcp.Total()) < p.limit("min_packets") {
			continue
		}
		o.seen++
		mark, one := p.main(f.Up().DSCP)
		priority, sure := p.main(pcp)
		want, listed := p.site.Priority(mark)
		if !one || !sure || !listed {
			continue
		}
		o.judged++
		if priority != want {
			c := list.at(p.subject(f.ClientAddr()))
			c.flow(f)
			c.count++
			c.sure(record.Confirmed)
			c.host(fmt.Sprintf("%s with priority %d instead of %d", record.MarkName(mark), priority, want))
		}
	}
	for c := range list.each {
		how := c.hostList()
		c.hosts = map[string]bool{}
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s of %s in %s: %s", count(c.count, "media flow"), count(len(c.clients), "client"), where(c.subject), some(how)),
			expected: "the priorities of the site's table", actual: some(how),
			evidence: p.cite("packet-range", c.largest(), func(f *record.Flow) map[string]string {
				return map[string]string{"dscp": marks(f.Up().DSCP)}
			})})
	}
	p.conclude(o)
}
