package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

var vmn002 = &Rule{
	ID: "WXA-VMN-002", Title: "Mesh cascade is degraded", Severity: record.Medium,
	Doc: Doc{
		What:       "A Video Mesh node gets no answer from the cloud over UDP, or cascades over TCP.",
		Why:        "The cascade carries the media of all participants behind the node: over TCP it suffers from every loss, and without it those outside are missing.",
		Trigger:    "At least min_packets UDP packets of a node to published ranges without one back, on any port, while none of its UDP flows to the cloud is answered; or media of a node to the cloud over TCP.",
		LookAlikes: "A single silent address among answered ones is a test. Only declared or learnt nodes are judged.",
		Verify:     "Wireshark: `ip.src == NODE && (udp.dstport == 5004 || udp.dstport in {50000..53000})` against `ip.dst == NODE && udp`; `ip.addr == NODE && tcp.port == 5004`.",
	},
	Remediation: "Open UDP 5004 and 50000-53000 from the nodes to the Webex media subnets.",
	Refs:        []string{"Deployment Guide for Cisco Webex Video Mesh: ports", "Network Requirements for Webex Services, WBX000028782"},
	Needs:       []string{"flow", "mesh nodes declared or learnt", "both directions"},
	Limits:      []string{"WXA-VMN-002.min_packets"},
	Check:       cascadeDegraded,
}

func cascadeDegraded(p *Pass) {
	o := outcome{unit: "flow of a mesh node to the cloud", pass: "cascades run over UDP and are answered", missing: "both directions of the node's traffic"}
	list, answered := causes{}, map[record.Subject]bool{}
	for _, f := range p.webex {
		if f.ClientRole != "mesh-node" || f.ServerRole != "cloud" {
			continue
		}
		o.seen++
		s := record.Subject{Kind: "host", Key: f.ClientAddr().String()}
		switch {
		case f.Proto == "tcp" && f.Function.IsMedia() && p.showsMedia(f):
			o.judged++
			c := list.at(s)
			c.flow(f)
			c.n["tcp"] += f.BytesFwd + f.BytesRev
			c.sure(rolesSure(f))
		case f.Proto != "udp":
		case f.Down().Packets > 0:
			o.judged++
			answered[s] = true
		case p.both[f.ClientAddr()] && !p.oneSided.bad:
			c := list.at(s)
			c.flow(f)
			c.count += f.Up().Packets
			c.sure(rolesSure(f))
		}
	}
	for c := range list.each {
		silent := !answered[c.subject] && float64(c.count) >= p.limit("min_packets")
		var what string
		switch {
		case silent && c.n["tcp"] > 0:
			what = fmt.Sprintf("%s over UDP without answer, %s of media over TCP", count(c.count, "packet"), volume(c.n["tcp"]))
		case silent:
			what = count(c.count, "packet") + " over UDP without answer"
		case c.n["tcp"] > 0:
			what = volume(c.n["tcp"]) + " of media over TCP"
		default:
			continue
		}
		p.report(c, verdict{state: record.Fail, summary: fmt.Sprintf("mesh node %s: %s", c.subject.Key, what),
			expected: "cascades over UDP, answered", actual: what, evidence: p.cite("packet-range", c.largest(), nil)})
	}
	p.conclude(o)
}

// showsMedia reports whether RTP streams or the cadence show media in a flow, however short; isCarried also asks for
// volume and time.
func (p *Pass) showsMedia(f *record.Flow) bool {
	return p.isRTP(f) || f.MediaPattern.Media()
}
