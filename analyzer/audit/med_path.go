package audit

import (
	"fmt"
	"net/netip"

	"webexaudit/analyzer/record"
)

// unpublished reports whether the flow goes to a public address that the pack has in no published range. Hosts of the enterprise and those
// with a role (mesh nodes, Expressways, gateways) are no such addresses.
func (p *Pass) unpublished(f *record.Flow) bool {
	server := f.Server().Addr()
	internal, _ := p.site.IsInternal(server)
	return f.Prefix == "" && f.Connect == nil && !internal && f.ServerRole == "" && f.Service != record.Mesh && f.Service != record.Expressway && f.Service != record.EdgeAudio
}

// unlisted adds a flow to the cause of its server's subnet.
func (p *Pass) unlisted(list causes, f *record.Flow) *cause {
	server := f.Server().Addr()
	c := list.at(record.Subject{Kind: "prefix", Key: p.site.Subject(server)})
	c.flow(f)
	c.count++
	c.host(server.String())
	c.sure(f.Confidence)
	if f.Retired != "" {
		c.n[f.Retired]++
	}
	return c
}

var med008 = &Rule{
	ID: "WXA-MED-008", Title: "Webex media with an unpublished address", Severity: record.Medium,
	Doc: Doc{
		What:       "Media with a sign of Webex goes to an address that the pack has in no published range.",
		Why:        "Firewall rules and QoS classes by address do not know it. The pack may be old, the address may be a partner's, or somebody pretends to be Webex.",
		Trigger:    "A UDP or TCP flow that carried media and is Webex by a sign of its own (STUN, certificate, name, payload types beside Webex signalling), to a public address outside all published ranges.",
		LookAlikes: "Port and shape alone (RTP on 5004 or 9000) make no flow Webex. Direct media between two clients, mesh nodes and Expressways stays inside. A withdrawn range is named in the finding.",
		Verify:     "Wireshark: `ip.addr == NODE && (stun || tls.handshake.type == 11)` shows the STUN SOFTWARE or the certificate; look the address up in the current list.",
	},
	Remediation: "Renew the policy pack; if the address is in the current list, allow it, else find out whose it is.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media subnets"},
	Needs:       []string{"flow", "media_stream"},
	Check: func(p *Pass) {
		o := outcome{unit: "media flow of Webex", pass: "media goes to published addresses"}
		list := causes{}
		for _, f := range p.webex {
			if !f.Function.IsMedia() || f.Down().Packets+f.Up().Packets == 0 || !p.showsMedia(f) {
				continue
			}
			o.seen++
			o.judged++
			if p.unpublished(f) {
				p.unlisted(list, f)
			}
		}
		for c := range list.each {
			what := count(c.count, "media flow") + " to " + some(c.hostList())
			if len(c.n) > 0 {
				what += ", " + c.counted()
			}
			p.report(c, verdict{state: record.Warn,
				summary:  fmt.Sprintf("%s of %s outside the published ranges", what, count(len(c.clients), "client")),
				expected: "addresses of the published media subnets", actual: some(c.hostList()),
				evidence: p.cite("packet-range", c.largest(), func(f *record.Flow) map[string]string { return map[string]string{"reason": f.Reason} })})
		}
		p.conclude(o)
	},
}

var med013 = &Rule{
	ID: "WXA-MED-013", Title: "IPv6 path to media nodes fails", Severity: record.Medium,
	Doc: Doc{
		What:       "Clients test media nodes over IPv6 and get no answer, while IPv4 works.",
		Why:        "A client that prefers IPv6 loses time at every join before it goes over to IPv4, and features that were tried over IPv6 first fail.",
		Trigger:    "At least min_requests STUN requests of a site to published IPv6 media ranges without any answer, where IPv4 media nodes answer clients of the site.",
		LookAlikes: "Where IPv4 is silent as well the cause is WXA-MED-004's. Where only one direction is visible nothing is judged.",
		Verify:     "Wireshark: `ipv6 && stun.type == 0x0001` against `ipv6 && stun.type == 0x0101`.",
	},
	Remediation: "Route and allow IPv6 to the Webex media ranges, or switch IPv6 off consistently for these clients.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: IPv6 ranges (2025-01-06)"},
	Needs:       []string{"flow with stun", "both directions"},
	Limits:      []string{"WXA-MED-004.settle_seconds", "WXA-MED-013.min_requests"},
	Check:       ipv6Fails,
}

func ipv6Fails(p *Pass) {
	o := outcome{unit: "IPv6 media test", pass: "IPv6 tests are answered", missing: "more requests, with IPv4 tests of the same clients and both directions"}
	settled := p.end - record.Time(p.limit("WXA-MED-004.settle_seconds")*1e9)
	v4, v6 := map[record.Subject]bool{}, map[record.Subject]bool{}
	list := causes{}
	for _, f := range p.webex {
		if f.Proto != "udp" || f.STUN == nil || f.STUN.Requests == 0 || f.Prefix == "" || f.StartTime > settled {
			continue
		}
		s := p.dualStack(f.ClientAddr())
		if f.Server().Addr().Unmap().Is4() {
			v4[s] = v4[s] || isAnswered(f)
			continue
		}
		o.seen++
		if isAnswered(f) {
			o.judged++
			v6[s] = true
			continue
		}
		c := list.at(s)
		c.flow(f)
		c.count += f.STUN.Requests
		c.host(f.Prefix)
	}
	for c := range list.each {
		if v6[c.subject] || !v4[c.subject] || float64(c.count) < p.limit("min_requests") {
			continue
		}
		c.sure(record.Probable)
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("none of %s over IPv6 of %s in %s was answered, while IPv4 works", count(c.count, "STUN request"), count(len(c.clients), "client"), where(c.subject)),
			expected: "answers over IPv6 as over IPv4", actual: fmt.Sprintf("0 of %d", c.count), evidence: p.citeKeys("absence", c.flows, stunFields, "stun-request", "icmp-error")})
	}
	p.conclude(o)
}

// dualStack groups clients by declared site. Without one the IPv4 and the IPv6 subnets of a client have nothing in common: then all
// clients are one group.
func (p *Pass) dualStack(client netip.Addr) record.Subject {
	if name := p.site.SiteName(client); name != "" {
		return record.Subject{Kind: "site", Key: name}
	}
	return record.Subject{Kind: "run", Key: "all"}
}

var med014 = &Rule{
	ID: "WXA-MED-014", Title: "Path MTU is small or media is fragmented", Severity: record.Medium,
	Doc: Doc{
		What:       "The path to Webex carries packets of less than within_mtu bytes only, or media packets travel in fragments.",
		Why:        "Fragments are dropped by many firewalls and double the loss; below 1300 bytes video does not fit any more.",
		Trigger:    "TCP handshakes of a site with Webex whose MSS leaves less than within_mtu bytes; or more than max_percent of the packets of media flows in IP fragments; or ICMP fragmentation-needed (packet-too-big) for media.",
		LookAlikes: "A single client with a small MSS is on a tunnel of its own (VPN): the finding names the clients. TCP that clamps the MSS to 1300 or more is well. Probes of a client that sends large packets on purpose are no media.",
		Verify:     "Wireshark: `tcp.options.mss_val < 1260 && tcp.flags.syn == 1`; `ip.flags.mf == 1 || ip.frag_offset > 0`; `icmp.type == 3 && icmp.code == 4 || icmpv6.type == 2`.",
	},
	Remediation: "Raise the MTU of tunnels and WAN links to 1500, at least 1300; do not drop ICMP fragmentation-needed.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: MTU", "RFC 4459", "RFC 8900"},
	Needs:       []string{"flow"},
	Limits:      []string{"WXA-MED-014.max_percent", "WXA-MED-014.min_packets", "WXA-MED-014.within_mtu"},
	Check:       smallMTU,
}

// mtu is the largest packet that the MSS of a handshake allows, the smaller of both ends; 0: not seen.
func mtu(f *record.Flow) int {
	if f.TCP == nil {
		return 0
	}
	mss := f.TCP.MSSFwd
	if mss == 0 || f.TCP.MSSRev != 0 && f.TCP.MSSRev < mss {
		mss = f.TCP.MSSRev
	}
	switch {
	case mss == 0:
		return 0
	case f.SrcIP.Unmap().Is4():
		return mss + 40
	}
	return mss + 60
}

func smallMTU(p *Pass) {
	o := outcome{unit: "Webex flow with a handshake or media", pass: "packets of full size pass"}
	list := causes{}
	for _, f := range p.webex {
		media := f.Function.IsMedia() && f.Proto == "udp" && float64(f.PacketsFwd+f.PacketsRev) >= p.limit("min_packets")
		size := mtu(f)
		tooBig := f.ICMP != nil && (f.ICMP.Type == 3 && f.ICMP.Code == 4 && f.SrcIP.Unmap().Is4() || f.ICMP.Type == 2 && f.SrcIP.Unmap().Is6())
		if size == 0 && !media && !tooBig {
			continue
		}
		o.seen++
		o.judged++
		what := ""
		switch {
		case tooBig:
			what = "ICMP: packet too big"
		case size > 0 && float64(size) < p.limit("within_mtu"):
			what = fmt.Sprintf("MTU of %d bytes", size)
		case media && percent(f.Fragments, f.PacketsFwd+f.PacketsRev) > p.limit("max_percent"):
			what = "fragmented media"
		}
		if what != "" {
			c := list.at(p.subject(f.ClientAddr()))
			c.flow(f)
			c.count++
			c.n[what]++
			c.sure(record.Confirmed)
		}
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s of %s in %s: %s", count(c.count, "flow"), count(len(c.clients), "client"), where(c.subject), c.counted()),
			expected: fmt.Sprintf("an MTU of %.0f bytes at least (1500 is recommended), no fragments", p.limit("within_mtu")), actual: c.counted(),
			evidence: p.citeKeys("packet-range", c.flows, func(f *record.Flow) map[string]string {
				return map[string]string{"mtu": fmt.Sprint(mtu(f)), "fragmented": fmt.Sprint(f.Fragments)}
			}, "syn", "syn-ack", "icmp-error")})
	}
	p.conclude(o)
}
