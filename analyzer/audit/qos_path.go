package audit

import (
	"fmt"
	"slices"

	"webexaudit/analyzer/record"
)

var qos004 = &Rule{
	ID: "WXA-QOS-004", Title: "Mark changes inside a media stream", Severity: record.Medium,
	Doc: Doc{
		What:       "Packets of one media stream from a client carry different marks.",
		Why:        "Something on the path re-marks part of the packets: a policer that marks down what exceeds its rate, or load sharing over paths of which one does not trust the mark. Packets of one stream then overtake each other.",
		Trigger:    "A stream from client to cloud of at least min_packets in which two or more marks each have at least min_percent of the packets, captured at access or inside.",
		LookAlikes: "Marks that the pack accepts together (AF41 and AF42 of opportunistic video) are no change. Audio and video of one flow are two streams and compared apart. A feed that mirrors both sides of a re-marking switch shows each packet twice: not assessable.",
		Verify:     "Wireshark: `rtp.ssrc == SSRC` with ip.dsfield.dscp as a column; sort by it and look at the times.",
	},
	Remediation: "Find the hop that re-marks: capture before and after it, compare the marks, check policer rates and trust settings.",
	Refs:        []string{"RFC 2475 section 2.3.3", "RFC 2597"},
	Needs:       []string{"media_stream", "vantage access or inside"},
	Limits:      []string{"WXA-CAP-003.max_percent", "WXA-QOS-004.min_packets", "WXA-QOS-004.min_percent"},
	Check:       changingMark,
}

func changingMark(p *Pass) {
	o := outcome{unit: "media stream from a client", pass: "the mark stays the same"}
	list := causes{}
	for _, m := range p.upstream(p.limit("min_packets")) {
		o.seen++
		switch {
		case !p.vantage.enterprise():
			o.missing = p.placeMissing()
			continue
		case percent(m.stream.Duplicated, m.stream.Packets) > p.limit("WXA-CAP-003.max_percent"):
			o.missing = "a feed without duplicate packets: copies of one packet may carry different marks"
			continue
		}
		o.judged++
		several := p.severalMarks(m.stream.DSCP)
		accepted := !slices.ContainsFunc(several, func(d int) bool { return !slices.Contains(m.flow.ExpectedDSCP, d) })
		if len(several) < 2 || accepted {
			continue
		}
		c := list.at(p.subject(m.flow.ClientAddr()))
		c.stream(m, p.vantage.confidence)
		c.hosts[markNames(several, " and ")] = true
	}
	for c := range list.each {
		how := c.hostList()
		c.hosts = map[string]bool{}
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s of %s in %s with changing marks (%s)", count(c.count, "stream"), count(len(c.clients), "client"),
				where(c.subject), some(how)),
			expected: "one mark for each stream", actual: some(how), evidence: p.cite("packet-range", c.largest(), p.changePoints)})
	}
	p.conclude(o)
}

// changePoints are the marks of what the client sent in a flow, and the first packets at which they changed.
func (p *Pass) changePoints(f *record.Flow) map[string]string {
	fields := p.upMarks(f)
	up := "fwd"
	if !f.ClientIsSource() {
		up = "rev"
	}
	var list []string
	for _, c := range f.DSCPChanges {
		if c.Direction == up {
			list = append(list, fmt.Sprintf("%s to %s at packet %d", record.MarkName(c.From), record.MarkName(c.To), c.Packet))
		}
	}
	if len(list) > 0 {
		fields["changes"] = some(list)
	}
	return fields
}

// severalMarks are the marks with more than the least share, in rising order.
func (p *Pass) severalMarks(d record.DSCP) []int {
	var list []int
	for mark, n := range d {
		if percent(n, d.Total()) >= p.limit("min_percent") {
			list = append(list, mark)
		}
	}
	slices.Sort(list)
	return list
}

var qos006 = &Rule{
	ID: "WXA-QOS-006", Title: "Source ports of the QoS plan not in use", Severity: record.Medium,
	Doc: Doc{
		What:       "Webex apps or devices send media from ephemeral source ports instead of the ranges that separate audio from video.",
		Why:        "Switches tell audio from video by these ports. Without them all media gets one class at best. On Windows, and for full-featured meetings everywhere, the organisation must enable the ranges: hence a warning, not a failure.",
		Trigger:    "UDP media of an app or a room device from source ports outside the plan, captured at access or inside. From such ports it is an app's where the client's STUN says so (SOFTWARE, flow attribute): browsers send neither.",
		LookAlikes: "Browsers and Webex Calling have other port plans and are not judged. Behind an address translation source ports mean nothing: not assessable. A single absent mark is WXA-QOS-001's matter.",
		Verify:     "Wireshark: `udp.dstport in {5004, 9000} && !(udp.srcport in {52000..52299})` towards the media subnets.",
	},
	Remediation: "Enable the media port ranges for the organisation in Control Hub, and set a Group Policy for marks on Windows.",
	Refs:        []string{"BRKCOL-2057 (2022): media signatures, notes on organisation feature", "Preferred Architecture for Webex Hybrid Services, CVD 2020"},
	Needs:       []string{"flow", "media_stream", "vantage access or inside"},
	Limits:      []string{"WXA-QOS-001.min_packets"},
	Version:     "2",
	Check:       offPlan,
}

// isNative tells media of an app or a room device. A source port outside the plan does not tell it: then the client's STUN does.
func isNative(f *record.Flow) bool {
	switch f.Device {
	case "app", "room-device":
		return true
	case "":
		return f.Service == record.Meetings && f.ClientRole == "" && f.STUN != nil && (f.STUN.FlowInfo || len(f.STUN.Software) > 0)
	}
	return false
}

func offPlan(p *Pass) {
	o := outcome{unit: "media flow of an app or room device", pass: "media uses the source ports of the plan"}
	list := causes{}
	seen := map[string]bool{}
	for _, m := range p.upstream(p.limit("WXA-QOS-001.min_packets")) {
		f := m.flow
		if !isNative(f) || f.Service == record.Calling || f.Proto != "udp" || seen[f.FlowID] {
			continue
		}
		seen[f.FlowID] = true
		o.seen++
		switch {
		case !p.vantage.enterprise():
			o.missing = p.placeMissing()
			continue
		case f.PortPlan == "":
			o.missing = "a port plan for the flow in the pack"
			continue
		}
		o.judged++
		c := list.at(p.subject(f.ClientAddr()))
		c.n["all"]++
		if f.PortPlan == "out" {
			c.stream(m, p.vantage.confidence)
		}
	}
	for c := range list.each {
		if c.count == 0 {
			continue
		}
		p.report(c, verdict{state: record.Warn,
			summary: fmt.Sprintf("%d of %s of %s in %s used source ports outside the plan", c.count, count(c.n["all"], "media flow"),
				count(len(c.clients), "client"), where(c.subject)),
			expected: "source ports of the plan for app or device", actual: fmt.Sprintf("%d outside; %s of their packets carry no mark", c.count, share(percent(c.n["zero"], c.n["packets"]))),
			evidence: p.cite("packet-range", c.largest(), p.upMarks)})
	}
	p.conclude(o)
}

var qos007 = &Rule{
	ID: "WXA-QOS-007", Title: "Return traffic is unmarked at the Internet edge", Severity: record.Info,
	Doc: Doc{
		What:       "Media from the cloud arrives at the enterprise's edge with DSCP 0 or CS1.",
		Why:        "The Internet does not keep marks: this is normal. But inside the edge nobody gives the packets their class back unless the edge does: hence the remark.",
		Trigger:    "Streams from the cloud with at least min_percent of their packets at DSCP 0 or CS1, captured at wan or dmz.",
		LookAlikes: "Inside the enterprise the same picture says that the edge does not re-mark; this rule does not judge it there.",
		Verify:     "Wireshark: `ip.src == NODE && ip.dsfield.dscp in {0, 8}` against `ip.src == NODE`.",
	},
	Remediation: "Classify inbound media at the edge by source (media subnets, UDP 5004 and 9000) and destination port range.",
	Refs:        []string{"Preferred Architecture for Webex Hybrid Services, CVD 2020: DSCP is not preserved over the Internet"},
	Needs:       []string{"media_stream", "vantage wan or dmz"},
	Limits:      []string{"WXA-QOS-001.min_packets", "WXA-QOS-007.min_percent"},
	Check:       returnMarks,
}

func returnMarks(p *Pass) {
	o := outcome{unit: "media stream from the cloud at the Internet edge", pass: "media from the cloud arrives marked"}
	list := causes{}
	for _, m := range p.streams {
		if m.Upstream || float64(m.Packets) < p.limit("WXA-QOS-001.min_packets") || m.DSCP.Total() == 0 {
			continue
		}
		switch p.vantage.value {
		case "unknown":
			o.seen++
			o.missing = "the place of the capture (declare it with --vantage)"
			continue
		case "wan", "dmz":
		default:
			continue
		}
		o.seen++
		o.judged++
		if bare := 100 * m.DSCP.Share(0, 8); bare >= p.limit("min_percent") { // CS0, CS1
			f := p.flowOf[m.FlowID]
			c := list.at(p.subject(f.ClientAddr()))
			c.stream(marked{m, f}, p.vantage.confidence)
		}
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s from the cloud to %s arrived without a mark", count(c.count, "stream"), where(c.subject)),
			expected: "no mark can be expected from the Internet; re-mark at the edge", actual: "CS0 or CS1",
			evidence: p.cite("packet-range", c.largest(), nil)})
	}
	p.conclude(o)
}
