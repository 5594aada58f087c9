package audit

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// mappedAbsent: answers to STUN requests tell under what address the Internet sees a client.
const mappedAbsent = "no answered STUN request over UDP in this capture"

var nat001 = &Rule{
	ID: "WXA-NAT-001", Title: "UDP binding expires early", Severity: record.High,
	Doc: Doc{
		What:       "After a short silence a client's UDP flow comes out of the address translation with another port.",
		Why:        "Packets from the cloud still go to the old port and are dropped there: audio stays away after mute, hold or a lull until the client sends again.",
		Trigger:    "The mapped address that STUN answers tell of one flow keeps its IP address but changes its port, and the client had sent nothing for at least min_idle_seconds and at most within_seconds before. One change is possible, two are probable, more in two or more flows confirmed.",
		LookAlikes: "A new port without a silence is a restart of the translation or another path and stays silent here; a new IP address is WXA-NAT-004's. Several servers that see several ports are WXA-NAT-002's. A client that opens a new socket begins a new flow.",
		Verify:     "Wireshark: `stun.type == 0x0101 && stun.att.port-xord` in the flow: the XOR-MAPPED-ADDRESS in the details; look how long the client was silent before the request.",
	},
	Remediation: "Raise the UDP time-out of the firewall or NAT for Webex media to at least two minutes (RFC 4787 recommends five).",
	Refs:        []string{"RFC 4787 section 4.3, REQ-5", "RFC 8445 section 11 (keepalives)"},
	Needs:       []string{"flow with stun"},
	Limits:      []string{"WXA-NAT-001.min_idle_seconds", "WXA-NAT-001.within_seconds"},
	Check:       bindingExpires,
}

var nat002 = &Rule{
	ID: "WXA-NAT-002", Title: "Address translation depends on the destination", Severity: record.Low,
	Doc: Doc{
		What:       "One socket of a client shows different mapped addresses to different servers.",
		Why:        "Such a translation (symmetric NAT) lets no direct path between two clients come about: their media takes a relay. Calls to the cloud work.",
		Trigger:    "Answered STUN requests from one address and port to two or more servers within within_seconds of each other, with different mapped addresses. A single socket is probable, min_sockets confirm it.",
		LookAlikes: "The app asks several nodes from one socket on purpose to learn just this. A mapped address that changes within one flow is WXA-NAT-001's or 004's.",
		Verify:     "Wireshark: `stun.type == 0x0101 && ip.dst == CLIENT` to one client port; compare the XOR-MAPPED-ADDRESS of different servers.",
	},
	Remediation: "Expect relayed media for direct calls. Where direct paths matter use endpoint-independent mapping on the NAT.",
	Refs:        []string{"RFC 4787 section 4.1, REQ-1", "RFC 5780"},
	Needs:       []string{"flow with stun"},
	Limits:      []string{"WXA-NAT-002.min_sockets", "WXA-NAT-002.within_seconds"},
	Check:       mappingDepends,
}

var nat003 = &Rule{
	ID: "WXA-NAT-003", Title: "A router or firewall rejects Webex flows", Severity: record.Medium,
	Doc: Doc{
		What:       "ICMP errors say that packets of Webex flows were not delivered.",
		Why:        "A rejected port makes the client fall back or fail; unlike silence the error names who refuses.",
		Trigger:    "An ICMP destination-unreachable (administratively prohibited, or host, network or port unreachable) that quotes a packet of a Webex client to the cloud.",
		LookAlikes: "Errors that the client sends itself (it has closed its socket), fragmentation-needed (WXA-MED-014), time exceeded, and a port unreachable of a media node at the end of a call that worked are no rejections and stay silent.",
		Verify:     "Wireshark: `icmp.type == 3 || icmpv6.type == 1`; the quoted packet stands inside, the sender is who refuses.",
	},
	Remediation: "Change the rule on the device that sends the error.",
	Refs:        []string{"RFC 792", "RFC 1812 section 5.2.7.1", "RFC 4443 section 3.1"},
	Needs:       []string{"flow with icmp_error"},
	Check:       rejected,
}

var nat004 = &Rule{
	ID: "WXA-NAT-004", Title: "Egress address changes during a session", Severity: record.Low,
	Doc: Doc{
		What:       "In the middle of a UDP flow the cloud sees the client under another public IP address.",
		Why:        "The path through the enterprise's edge was moved (SD-WAN, load sharing, fail-over): media is interrupted until new checks pass, and servers may end the session.",
		Trigger:    "The mapped IP address that STUN answers tell of one flow changes.",
		LookAlikes: "A new port at the same address is WXA-NAT-001's. A client that changes its own network has new flows.",
		Verify:     "Wireshark: `stun.type == 0x0101` in the flow; compare the XOR-MAPPED-ADDRESS over time.",
	},
	Remediation: "Make the edge keep a flow on its uplink (stickiness), or find why the uplink failed at this time.",
	Refs:        []string{"RFC 4787 section 4.1, REQ-2"},
	Needs:       []string{"flow with stun"},
	Check:       egressChanges,
}

// rebindings hands the changes of mapped addresses to judge, which says whether one belongs to the rule.
func (p *Pass) rebindings(o outcome, judge func(from, to netip.AddrPort, b record.Rebinding) bool, v func(c *cause) verdict) {
	list := causes{}
	proofs := map[*cause][]record.Evidence{}
	for _, f := range p.webex {
		if f.Proto != "udp" || f.STUN == nil || len(f.STUN.Mapped) == 0 {
			continue
		}
		o.seen++
		o.judged++
		for _, b := range f.STUN.Rebound {
			from, err1 := netip.ParseAddrPort(b.From)
			to, err2 := netip.ParseAddrPort(b.To)
			if err1 != nil || err2 != nil || !judge(from, to, b) {
				continue
			}
			c := list.at(p.subject(f.ClientAddr()))
			c.flow(f)
			c.count++
			c.host(b.From + " to " + b.To)
			if idle := int64(b.IdleMs); c.n["idle"] == 0 || idle < c.n["idle"] {
				c.n["idle"] = idle
			}
			proofs[c] = append(proofs[c], p.at("transaction", f, b.File, b.Time, []int64{b.Packet},
				map[string]string{"mapped_before": b.From, "mapped_after": b.To, "idle_ms": fmt.Sprint(int64(b.IdleMs))}))
		}
	}
	for c := range list.each {
		switch {
		case c.count > 2 && len(c.flows) > 1:
			c.sure(record.Confirmed)
		case c.count > 1:
			c.sure(record.Probable)
		default:
			c.sure(record.Possible)
		}
		v := v(c)
		v.actual = some(c.hostList())
		c.hosts = map[string]bool{}
		v.evidence = proofs[c][:min(len(proofs[c]), maxEvidence)]
		p.report(c, v)
	}
	o.absent = mappedAbsent
	p.conclude(o)
}

func bindingExpires(p *Pass) {
	least, most := p.limit("min_idle_seconds")*1e3, p.limit("within_seconds")*1e3
	p.rebindings(outcome{unit: "UDP flow with STUN", pass: "no binding changed its port after a silence"},
		func(from, to netip.AddrPort, b record.Rebinding) bool {
			return from.Addr() == to.Addr() && b.IdleMs >= least && b.IdleMs <= most
		},
		func(c *cause) verdict {
			return verdict{state: record.Fail,
				summary: fmt.Sprintf("the port of %s of %s in %s changed after silences from %s on", count(len(c.flows), "UDP flow"), count(len(c.clients), "client"),
					where(c.subject), minutes(float64(c.n["idle"])/1e3)),
				expected: "a binding that lasts through " + minutes(most/1e3) + " of silence"}
		})
}

func egressChanges(p *Pass) {
	p.rebindings(outcome{unit: "UDP flow with STUN", pass: "the egress address stays the same"},
		func(from, to netip.AddrPort, _ record.Rebinding) bool { return from.Addr() != to.Addr() },
		func(c *cause) verdict {
			return verdict{state: record.Warn,
				summary:  fmt.Sprintf("the public address of %s of %s in %s changed in mid-flow", count(len(c.flows), "UDP flow"), count(len(c.clients), "client"), where(c.subject)),
				expected: "one egress address for the life of a flow"}
		})
}

// socket is a client's address and port, and its flows with a mapped address.
type socket struct {
	at    netip.AddrPort
	flows []*record.Flow
}

// sockets are the clients' UDP sockets that had answers, in order of their first flow.
func (p *Pass) sockets() []*socket {
	index := map[netip.AddrPort]*socket{}
	var list []*socket
	for _, f := range p.webex {
		if f.Proto != "udp" || f.STUN == nil || len(f.STUN.Mapped) == 0 || !f.ClientIsSource() {
			continue
		}
		at := netip.AddrPortFrom(f.SrcIP, uint16(f.SrcPort))
		if index[at] == nil {
			index[at] = &socket{at: at}
			list = append(list, index[at])
		}
		index[at].flows = append(index[at].flows, f)
	}
	return list
}

func mappingDepends(p *Pass) {
	o := outcome{unit: "UDP socket with STUN answers", pass: "one mapped address for all servers", missing: "answers of at least two servers to one socket", absent: mappedAbsent}
	list := causes{}
	window := record.Time(p.limit("within_seconds") * 1e9)
	for _, s := range p.sockets() {
		o.seen++
		differs, several := false, false
		for _, f := range s.flows[1:] {
			first := s.flows[0]
			if f.Server() == first.Server() || f.StartTime > first.StartTime+window {
				continue
			}
			several = true
			differs = differs || f.STUN.Mapped[0] != first.STUN.Mapped[0]
		}
		if !several {
			continue
		}
		o.judged++
		if differs {
			c := list.at(p.subject(s.at.Addr()))
			c.count++
			for _, f := range s.flows {
				c.flow(f)
			}
		}
	}
	for c := range list.each {
		c.sure(record.Probable)
		if float64(c.count) >= p.limit("min_sockets") {
			c.sure(record.Confirmed)
		}
		p.report(c, verdict{state: record.Warn,
			summary: fmt.Sprintf("%s of %s in %s shown under different mapped addresses to different servers", count(c.count, "UDP socket"),
				count(len(c.clients), "client"), where(c.subject)),
			expected: "the same mapped address for every destination", actual: "one for each destination",
			evidence: p.citeKeys("transaction", c.flows, func(f *record.Flow) map[string]string {
				return map[string]string{"server": f.Server().String(), "mapped": strings.Join(f.STUN.Mapped, " ")}
			}, "stun-answer")})
	}
	p.conclude(o)
}

// rejection names an ICMP error that means a refusal, or "".
func rejection(f *record.Flow) string {
	e := f.ICMP
	if e == nil || e.From == f.ClientAddr() {
		return ""
	}
	v4 := map[int]string{0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
		9: "network administratively prohibited", 10: "host administratively prohibited", 13: "communication administratively prohibited"}
	v6 := map[int]string{0: "no route", 1: "administratively prohibited", 3: "address unreachable", 4: "port unreachable", 5: "source address failed policy", 6: "reject route"}
	names, typ, port := v4, 3, 3
	if e.From.Unmap().Is6() {
		names, typ, port = v6, 1, 4
	}
	if e.Type != typ || e.From == f.Server().Addr() && e.Code == port && f.Down().Packets > 0 {
		return ""
	}
	return names[e.Code]
}

func rejected(p *Pass) {
	o := outcome{unit: "Webex flow", pass: "no ICMP error refuses one"}
	list := causes{}
	for _, f := range p.webex {
		o.seen++
		o.judged++
		what := rejection(f)
		if what == "" {
			continue
		}
		c := list.at(record.Subject{Kind: "router", Key: f.ICMP.From.String()})
		c.flow(f)
		c.count += f.ICMP.Count
		c.sure(record.Confirmed)
		c.host(what)
	}
	for c := range list.each {
		what := c.hostList()
		ports := map[string]bool{}
		for _, f := range c.flows {
			ports[fmt.Sprintf("%s %d", f.Proto, f.Server().Port())] = true
		}
		c.hosts = map[string]bool{}
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s refuses %s of %s (%s): %s", where(c.subject), count(len(c.flows), "flow"), count(len(c.clients), "client"),
				some(slices.Sorted(maps.Keys(ports))), some(what)),
			expected: "Webex ports open", actual: count(c.count, "ICMP error"),
			evidence: p.citeKeys("packet-range", c.flows, func(f *record.Flow) map[string]string {
				return map[string]string{"icmp": fmt.Sprintf("type %d code %d", f.ICMP.Type, f.ICMP.Code), "from": f.ICMP.From.String()}
			}, "icmp-error")})
	}
	p.conclude(o)
}
