package audit

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

// signals reports whether the flow is signalling or a WebSocket of Webex over TCP.
func signals(f *record.Flow) bool {
	return f.Proto == "tcp" && (f.Function == record.Signalling || f.Function == record.WebSocket)
}

var sig004 = &Rule{
	ID: "WXA-SIG-004", Title: "Path of signalling is poor", Severity: record.Medium,
	Doc: Doc{
		What:       "Webex signalling needs many retransmissions, or its connections take long to open.",
		Why:        "Joining, muting, rosters and call control are late, and media that shares the path suffers as well.",
		Trigger:    "Over the signalling connections of a site: more than max_percent of the packets are retransmissions (at least min_packets packets), or one in twenty handshakes takes max_ms or longer (at least min_handshakes).",
		LookAlikes: "Duplicates that the mirror makes are taken out before. A retransmission that the capture shows once may be a segment that the capture lost: the rule is not assessable where the capture itself loses packets.",
		Verify:     "Wireshark: `tcp.analysis.retransmission`, and `tcp.analysis.initial_rtt > 0.4`.",
	},
	Remediation: "Find the congested or lossy leg: compare the sites, then the access (Wi-Fi), the WAN edge and the provider.",
	Refs:        []string{"RFC 6298", "Control Hub analytics: latency"},
	Needs:       []string{"flow with tcp", "a capture without loss of its own"},
	Limits:      []string{"WXA-SIG-004.max_ms", "WXA-SIG-004.max_percent", "WXA-SIG-004.min_handshakes", "WXA-SIG-004.min_packets"},
	Check:       poorSignalling,
}

func poorSignalling(p *Pass) {
	o := outcome{unit: "signalling connection", pass: "signalling is neither repeated nor late", missing: fmt.Sprintf("at least %.0f packets or %.0f handshakes of a site", p.limit("min_packets"), p.limit("min_handshakes"))}
	list, delays := causes{}, map[*cause][]float64{}
	for _, f := range p.webex {
		if !signals(f) || f.TCP == nil {
			continue
		}
		o.seen++
		c := list.at(p.subject(f.ClientAddr()))
		c.n["flows"]++
		c.n["packets"] += f.PacketsFwd + f.PacketsRev
		c.count += f.TCP.RetransFwd + f.TCP.RetransRev
		slow := f.TCP.HandshakeRTTMs != nil && *f.TCP.HandshakeRTTMs >= p.limit("max_ms")
		if f.TCP.HandshakeRTTMs != nil {
			delays[c] = append(delays[c], *f.TCP.HandshakeRTTMs)
		}
		if f.TCP.RetransFwd+f.TCP.RetransRev > 0 || slow {
			c.flow(f)
		}
	}
	if p.lossGate != "" && o.seen > 0 {
		o.missing = p.lossGate
		p.conclude(o)
		return
	}
	for c := range list.each {
		p.judgeSignalling(c, delays[c], &o)
	}
	p.conclude(o)
}

func (p *Pass) judgeSignalling(c *cause, delays []float64, o *outcome) {
	slices.Sort(delays)
	repeats, late := 0.0, 0.0
	if float64(c.n["packets"]) >= p.limit("min_packets") {
		repeats = percent(c.count, c.n["packets"])
	}
	if float64(len(delays)) >= p.limit("min_handshakes") {
		late = delays[min(len(delays)*19/20, len(delays)-1)]
	}
	if float64(c.n["packets"]) < p.limit("min_packets") && float64(len(delays)) < p.limit("min_handshakes") {
		return
	}
	o.judged += int(c.n["flows"])
	if repeats <= p.limit("max_percent") && late < p.limit("max_ms") {
		return
	}
	c.sure(record.Probable)
	what := fmt.Sprintf("%s of the packets repeated", share(repeats))
	if late >= p.limit("max_ms") {
		what += fmt.Sprintf(", one in twenty handshakes takes %.0f ms", late)
	}
	p.report(c, verdict{state: record.Fail,
		summary:  fmt.Sprintf("signalling of %s in %s: %s", count(len(c.clients), "client"), where(c.subject), what),
		expected: fmt.Sprintf("at most %s repeated, handshakes under %.0f ms", share(p.limit("max_percent")), p.limit("max_ms")), actual: what,
		evidence: p.cite("counter", c.largest(), func(f *record.Flow) map[string]string {
			return map[string]string{"retransmitted_fwd": fmt.Sprint(f.TCP.RetransFwd), "retransmitted_rev": fmt.Sprint(f.TCP.RetransRev)}
		})})
}

var sig006 = &Rule{
	ID: "WXA-SIG-006", Title: "Signalling seems to be filtered by address", Severity: record.Medium,
	Doc: Doc{
		What:       "Of the addresses behind one required name some never answer while others do.",
		Why:        "Webex signalling runs in clouds whose addresses change: a filter by address lets in yesterday's, so that connections fail now and then.",
		Trigger:    "For one name and site: at least min_addresses addresses to which every connection (at least min_tries in all) stays without a SYN-ACK or is reset before one, and at least one other address that answers.",
		LookAlikes: "A single dead address may be one server's fault and stays silent, and so does a name that fails altogether (WXA-SIG-001). IPv6 without any answer is the client's path, not a filter. Only where both directions are visible.",
		Verify:     "Wireshark: `tcp.flags.syn == 1 && tcp.flags.ack == 0` to the addresses of the DNS answer, without `tcp.flags.syn == 1 && tcp.flags.ack == 1` back.",
	},
	Remediation: "Filter Webex signalling by name (proxy, or a firewall that knows names), never by address.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: filtering signalling by IP address is not supported"},
	Needs:       []string{"flow with dns_name or sni", "both directions"},
	Limits:      []string{"WXA-MED-004.settle_seconds", "WXA-SIG-006.min_addresses", "WXA-SIG-006.min_tries"},
	Check:       filteredAddresses,
}

// reach is what became of connections to one address.
type reach struct {
	tries int
	open  bool
	flows []*record.Flow
}

// hostReach is the addresses of one name as a site reaches them.
type hostReach struct {
	subject record.Subject
	name    string
	addrs   map[netip.Addr]*reach
}

func (p *Pass) reachOfNames() []*hostReach {
	m := map[string]*hostReach{}
	settled := p.end - record.Time(p.limit("WXA-MED-004.settle_seconds")*1e9)
	for _, f := range p.webex {
		name := strings.ToLower(nameOf(f))
		if name == "" || !required(f.Service, f.Function) || f.Proto != "tcp" || f.Connect != nil || f.TCP == nil || f.TCP.SYN == 0 || !f.ClientIsSource() || !f.DstIP.Unmap().Is4() {
			continue
		}
		s := p.subject(f.ClientAddr())
		key := s.Kind + " " + s.Key + " " + name
		if m[key] == nil {
			m[key] = &hostReach{s, name, map[netip.Addr]*reach{}}
		}
		a := m[key].addrs[f.DstIP]
		if a == nil {
			a = &reach{}
			m[key].addrs[f.DstIP] = a
		}
		switch {
		case f.TCP.SYNACK:
			a.open = true
		case f.StartTime <= settled && p.sees(f.ClientAddr()):
			a.tries++
			a.flows = append(a.flows, f)
		}
	}
	var list []*hostReach
	for _, key := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[key])
	}
	return list
}

func filteredAddresses(p *Pass) {
	o := outcome{unit: "required name with several addresses", pass: "no sign of a filter by address", missing: "an address of the name that answers"}
	domains := causes{}
	for _, h := range p.reachOfNames() {
		if len(h.addrs) < 2 {
			continue
		}
		o.seen++
		open, shut, tries := 0, []netip.Addr{}, 0
		for _, a := range slices.SortedFunc(maps.Keys(h.addrs), netip.Addr.Compare) {
			switch r := h.addrs[a]; {
			case r.open:
				open++
			case r.tries > 0:
				shut = append(shut, a)
				tries += r.tries
			}
		}
		if open > 0 {
			o.judged++
		}
		if open == 0 || float64(len(shut)) < p.limit("min_addresses") || float64(tries) < p.limit("min_tries") {
			continue
		}
		c := domains.at(record.Subject{Kind: "domain", Key: domain(h.name)})
		c.count += int64(tries)
		c.n["open"] += int64(open)
		c.n["shut"] += int64(len(shut))
		c.host(h.name)
		c.sure(record.Possible)
		for _, a := range shut {
			for _, f := range h.addrs[a].flows {
				c.flow(f)
			}
		}
		if len(c.clients) > 1 {
			c.sure(record.Probable)
		}
	}
	for c := range domains.each {
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s: %d of %d addresses never answered %s of %s, the others do", some(c.hostList()), c.n["shut"], c.n["shut"]+c.n["open"],
				count(c.count, "connection"), count(len(c.clients), "client")),
			expected: "all addresses of the name are reachable", actual: fmt.Sprintf("%d silent, %d open", c.n["shut"], c.n["open"]),
			evidence: p.citeKeys("absence", c.flows, func(f *record.Flow) map[string]string { return map[string]string{"address": f.DstIP.String()} }, "syn", "rst")})
	}
	p.conclude(o)
}

// sequence keeps of flows in order of time those that begin after the one before has ended.
func sequence(flows []*record.Flow) []*record.Flow {
	list := flows[:1:1]
	for _, f := range flows[1:] {
		if f.StartTime >= list[len(list)-1].EndTime {
			list = append(list, f)
		}
	}
	return list
}
