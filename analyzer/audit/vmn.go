package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

var vmn001 = &Rule{
	ID: "WXA-VMN-001", Title: "Clients bypass the Video Mesh", Severity: record.Medium,
	Doc: Doc{
		What:       "Clients of a site exchange meeting media with the cloud although mesh nodes answer other clients of the site.",
		Why:        "The media that the mesh was to keep off the Internet link goes over it.",
		Trigger:    "At least min_clients clients of a site, and more than max_percent of its clients with meeting media, have media with the cloud only, while a mesh node answers clients of the same site.",
		LookAlikes: "A full cluster, or a node 250 ms away, sends clients to the cloud by design: look at the mesh's capacity first. A client that is in the cloud and in the mesh is counted for the mesh.",
		Verify:     "Wireshark: `udp.port == 5004`, then Statistics > Conversations, tab UDP: which clients speak with the nodes, which with published ranges.",
	},
	Remediation: "Check that the clients reach the nodes on UDP 5004, that the cluster has capacity, and that it is chosen for the network in Control Hub.",
	Refs:        []string{"Deployment Guide for Cisco Webex Video Mesh", "Preferred Architecture for Webex Hybrid Services, CVD 2020"},
	Needs:       []string{"flow", "mesh nodes declared or learnt"},
	Limits:      []string{"WXA-VMN-001.max_percent", "WXA-VMN-001.min_clients"},
	Check:       meshBypassed,
}

// meshUse is who of a site's clients has media with the mesh and with the cloud.
type meshUse struct {
	*cause
	mesh, cloud map[string]bool
	learnt      bool
}

func meshBypassed(p *Pass) {
	o := outcome{unit: "client with meeting media", pass: "clients use the mesh", missing: "a mesh node that answers clients of the same site", absent: "no Video Mesh node in this capture"}
	sites, list := map[record.Subject]*meshUse{}, causes{}
	nodes := false
	for _, f := range p.webex {
		meeting := f.Service == record.Meetings || f.Service == record.Mesh || f.Service == record.Government
		nodes = nodes || f.ServerRole == "mesh-node" || f.ClientRole == "mesh-node"
		if !meeting || f.Proto != "udp" || f.ClientRole == "mesh-node" || f.Down().Packets == 0 {
			continue
		}
		s := p.subject(f.ClientAddr())
		u := sites[s]
		if u == nil {
			u = &meshUse{cause: list.at(s), mesh: map[string]bool{}, cloud: map[string]bool{}}
			sites[s] = u
		}
		client := f.ClientAddr().String()
		switch {
		case f.ServerRole == "mesh-node":
			u.mesh[client] = true
			u.learnt = u.learnt || f.RolesLearnt
		case f.Function.IsMedia() && f.Prefix != "":
			u.cloud[client] = true
			u.flow(f)
		}
	}
	for c := range list.each {
		if u := sites[c.subject]; nodes {
			p.judgeMesh(u, &o)
		}
	}
	p.conclude(o)
}

func (p *Pass) judgeMesh(u *meshUse, o *outcome) {
	all := len(u.mesh)
	var past int
	for client := range u.cloud {
		if !u.mesh[client] {
			past++
			all++
		}
	}
	o.seen += all
	if len(u.mesh) == 0 {
		return
	}
	o.judged += all
	if float64(past) < p.limit("min_clients") || percent(past, all) <= p.limit("max_percent") {
		return
	}
	u.sure(record.Probable)
	if u.learnt {
		u.confidence = record.Possible
	}
	u.count = int64(past)
	p.report(u.cause, verdict{state: record.Fail,
		summary: fmt.Sprintf("%d of %s in %s have media with the cloud only (%s, %s), although the mesh answers there", past,
			count(all, "client"), where(u.subject), minutes(u.seconds), volume(u.bytes)),
		expected: "media with the mesh nodes of the site", actual: fmt.Sprintf("%d clients past the mesh", past),
		evidence: p.cite("packet-range", u.largest(), nil)})
}

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

// showsMedia reports whether RTP streams or the cadence show media in a flow, however short; isCarried also asks for volume and time.
func (p *Pass) showsMedia(f *record.Flow) bool {
	return p.isRTP(f) || f.MediaPattern.Media()
}
