package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

const (
	vantageMissing = "a capture at the client's switch or inside the enterprise's edge (declare it with --vantage access or inside)"
	marksVerify    = "Wireshark: `ip.src == CLIENT && ip.dst == NODE && udp`, with ip.dsfield.dscp as a column; beside it `ip.src == CLIENT && ip.dst == NODE && ip.dsfield.dscp == 0`: the packets displayed give the share."
)

var qos001 = &Rule{
	ID: "WXA-QOS-001", Title: "Audio towards the cloud is unmarked", Severity: record.High,
	Doc: Doc{
		What:       "Audio that a client sends from the source ports of the QoS plan carries no mark (DSCP 0).",
		Why:        "Without a mark audio queues with everybody's downloads as soon as a link is full, first of all on Wi-Fi and at the WAN edge.",
		Trigger:    "An audio stream from client to cloud, from the planned source ports, with at least min_percent of its packets at DSCP 0, captured at access or inside. Only packets of the client count: marks from the Internet mean nothing.",
		LookAlikes: "Windows without the QoS feature: source ports outside the plan and no mark; that is its default and WXA-QOS-006's matter. Browsers set no marks. At vantage access a switch behind the capture may classify by port: then declare it, or capture inside.",
		Verify:     marksVerify,
	},
	Remediation: "Let the client mark (macOS, mobile, RoomOS do; Windows needs a Group Policy), and trust or classify at the access switch: source ports 52000-52099 to EF.",
	Refs:        []string{"BRKCOL-2057 (2022): media signatures", "Preferred Architecture for Webex Hybrid Services, CVD 2020, chapter Bandwidth Management", "RFC 4594"},
	Needs:       []string{"media_stream", "vantage access or inside"},
	Limits:      []string{"WXA-QOS-001.min_packets", "WXA-QOS-001.min_percent"},
	Check:       func(p *Pass) { p.unmarked("audio") },
}

var qos002 = &Rule{
	ID: "WXA-QOS-002", Title: "Video towards the cloud is unmarked", Severity: record.Medium,
	Doc: Doc{
		What:       "Video or share that a client sends from the source ports of the QoS plan carries no mark (DSCP 0).",
		Why:        "Without a mark video queues with everybody's downloads as soon as a link is full.",
		Trigger:    "As WXA-QOS-001, for video streams.",
		LookAlikes: "As for WXA-QOS-001.",
		Verify:     marksVerify,
	},
	Remediation: "Let the client mark, and trust or classify at the access switch: source ports 52100-52299 to AF41.",
	Refs:        []string{"BRKCOL-2057 (2022): media signatures", "Preferred Architecture for Webex Hybrid Services, CVD 2020, chapter Bandwidth Management", "RFC 4594"},
	Needs:       []string{"media_stream", "vantage access or inside"},
	Limits:      []string{"WXA-QOS-001.min_packets", "WXA-QOS-002.min_percent"},
	Check:       func(p *Pass) { p.unmarked("video") },
}

var qos003 = &Rule{
	ID: "WXA-QOS-003", Title: "Wrong mark for the class of media", Severity: record.Medium,
	Doc: Doc{
		What:       "Audio or video leaves the client with a mark, but not one that the plan has for its class.",
		Why:        "Audio in the video class waits behind video; video in the priority class starves audio, or is dropped by its policer.",
		Trigger:    "A stream from client to cloud, audio or video by source port or payload type, with at least min_percent of its packets marked neither as expected nor 0, captured at access or inside.",
		LookAlikes: "Unmarked streams are WXA-QOS-001 and 002. AF42 for video is accepted where the pack says so. A Video Mesh node with QoS off sends all media as AF41 by design: its class is mixed and not judged.",
		Verify:     marksVerify,
	},
	Remediation: "Correct the policy map or the client's policy: EF for audio, AF41 for video and share.",
	Refs:        []string{"BRKCOL-2057 (2022): media signatures", "Preferred Architecture for Webex Hybrid Services, CVD 2020"},
	Needs:       []string{"media_stream", "vantage access or inside"},
	Limits:      []string{"WXA-QOS-001.min_packets", "WXA-QOS-003.min_percent"},
	Check:       wrongMark,
}

// marked is a stream from client to cloud whose mark may be judged.
type marked struct {
	stream *record.MediaStream
	flow   *record.Flow
}

// upstream yields the clients' streams with enough packets. Browsers leave their marks to the system: not judged.
func (p *Pass) upstream(least float64) []marked {
	var list []marked
	for _, m := range p.streams {
		f := p.flowOf[m.FlowID]
		if m.Upstream && float64(m.Packets) >= least && m.DSCP.Total() > 0 && f.Device != "browser" {
			list = append(list, marked{m, f})
		}
	}
	return list
}

// isClass reports whether the stream belongs to the class by its flow, and its payload does not say otherwise.
func (m marked) isClass(class string) bool {
	other := map[string]string{"audio": "video", "video": "audio"}[class]
	flow := m.flow.MediaClass
	if flow == "share" { // travels and is marked as video
		flow = "video"
	}
	return flow == class && m.stream.Kind != other && !(class == "audio" && m.stream.Kind == "share")
}

// placeMissing is why marks cannot be judged at this place.
func (p *Pass) placeMissing() string {
	return fmt.Sprintf("the place of the capture is %s (%s): %s", p.vantage.value, p.vantage.reason, vantageMissing)
}

func (p *Pass) unmarked(class string) {
	o := outcome{unit: class + " stream from a client", pass: class + " streams carry a mark", absent: "no " + class + " stream of enough packets from a client in this capture"}
	list := causes{}
	for _, m := range p.upstream(p.limit("WXA-QOS-001.min_packets")) {
		if !m.isClass(class) {
			continue
		}
		o.seen++
		if !p.vantage.enterprise() {
			o.missing = p.placeMissing()
			continue
		}
		bare := percent(m.stream.DSCP[0], m.stream.DSCP.Total()) >= p.limit("min_percent")
		if bare && m.flow.PortPlan != "in" {
			o.missing = "they come from ports outside the plan: see WXA-QOS-006"
			continue
		}
		o.judged++
		c := list.at(p.subject(m.flow.ClientAddr()))
		c.n["all"]++
		if bare {
			c.stream(m, p.vantage.confidence)
		}
	}
	for c := range list.each {
		if c.count == 0 {
			continue
		}
		expected := c.flows[0].ExpectedDSCP
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%d of %s of %s in %s left without a mark (DSCP 0)", c.count, count(c.n["all"], class+" stream"),
				count(len(c.clients), "client"), where(c.subject)),
			expected: "DSCP " + markNames(expected, " or "), actual: "DSCP 0 on " + share(percent(c.n["zero"], c.n["packets"])) + " of the packets",
			evidence: p.cite("packet-range", c.largest(), p.upMarks)})
	}
	p.conclude(o)
}

// stream adds a stream that is marked wrongly.
func (c *cause) stream(m marked, conf record.Confidence) {
	c.flow(m.flow)
	c.count++
	c.n["zero"] += m.stream.DSCP[0]
	c.n["packets"] += m.stream.DSCP.Total()
	c.sure(conf)
}

// upMarks shows the marks of what the client sent in a flow.
func (p *Pass) upMarks(f *record.Flow) map[string]string {
	sum := record.DSCP{}
	for _, m := range p.streamsOf[f.FlowID] {
		if m.Upstream {
			for k, v := range m.DSCP {
				sum[k] += v
			}
		}
	}
	fields := map[string]string{"marks_from_client": marks(sum), "source_port": fmt.Sprint(f.SrcPort)}
	if !f.ClientIsSource() {
		fields["source_port"] = fmt.Sprint(f.DstPort)
	}
	return fields
}

func wrongMark(p *Pass) {
	o := outcome{unit: "audio or video stream from a client", pass: "marks fit the class"}
	list := causes{}
	for _, m := range p.upstream(p.limit("WXA-QOS-001.min_packets")) {
		if !m.isClass("audio") && !m.isClass("video") {
			continue
		}
		o.seen++
		switch {
		case !p.vantage.enterprise():
			o.missing = p.placeMissing()
			continue
		case len(m.flow.ExpectedDSCP) == 0:
			o.missing = "a mark that the pack expects for this flow"
			continue
		}
		o.judged++
		good := append([]int{0}, m.flow.ExpectedDSCP...)
		if 100*(1-m.stream.DSCP.Share(good...)) >= p.limit("min_percent") {
			c := list.at(p.subject(m.flow.ClientAddr()))
			c.stream(m, p.vantage.confidence)
			c.hosts[fmt.Sprintf("%s as %s instead of %s", m.flow.MediaClass, marks(m.stream.DSCP), markNames(m.flow.ExpectedDSCP, " or "))] = true
		}
	}
	for c := range list.each {
		how := c.hostList()
		c.hosts = map[string]bool{}
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s of %s in %s with the wrong mark: %s", count(c.count, "stream"),
				count(len(c.clients), "client"), where(c.subject), some(how)),
			expected: "EF for audio, AF41 for video, as the pack has it for the port", actual: some(how),
			evidence: p.cite("packet-range", c.largest(), p.upMarks)})
	}
	p.conclude(o)
}
