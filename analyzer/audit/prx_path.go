package audit

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

var prx002 = &Rule{
	ID: "WXA-PRX-002", Title: "Proxy authentication fails", Severity: record.High,
	Doc: Doc{
		What:       "A proxy keeps asking a Webex client for a password (407) and never lets it through.",
		Why:        "The client can neither sign in nor signal. Products know different schemes: native apps know no Negotiate (Kerberos), room devices no NTLM.",
		Trigger:    "At least min_tries CONNECT requests of one client to one proxy for Webex names ended with 407, and none succeeded in the capture.",
		LookAlikes: "One 407 before a success is how authentication works. A 407 that some programs ignore while Webex passes does not count.",
		Verify:     "Wireshark: `http.response.code == 407`, with the offered schemes in `http.proxy_authenticate`.",
	},
	Remediation: "Offer a scheme that the product knows (basic, digest, NTLM for apps; basic or digest for devices), or let Webex domains pass without authentication.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: proxy authentication by product"},
	Needs:       []string{"flow with connect"},
	Limits:      []string{"WXA-PRX-002.min_tries"},
	Check:       unauthenticated,
}

// viaProxy groups the CONNECT requests of a client to a proxy.
type viaProxy struct {
	client netip.Addr
	proxy  netip.AddrPort
}

func (p *Pass) connects() map[viaProxy][]*record.Flow {
	m := map[viaProxy][]*record.Flow{}
	for _, f := range p.webex {
		if f.Connect != nil && f.Connect.Status != 0 {
			k := viaProxy{f.ClientAddr(), f.Server()}
			m[k] = append(m[k], f)
		}
	}
	return m
}

func unauthenticated(p *Pass) {
	o := outcome{unit: "client with a proxy", pass: "the proxy lets Webex through"}
	list := causes{}
	for k, flows := range p.connects() {
		o.seen++
		o.judged++
		var tries int64
		passed := false
		for _, f := range flows {
			passed = passed || f.Connect.Status/100 == 2
			if f.Connect.Status == 407 {
				tries += int64(max(f.Connect.Tries, 1))
			}
		}
		if passed || float64(tries) < p.limit("min_tries") {
			continue
		}
		c := list.at(record.Subject{Kind: "proxy", Key: k.proxy.String()})
		c.count += tries
		c.sure(record.Confirmed)
		for _, f := range flows {
			if f.Connect.Status != 407 {
				continue
			}
			c.flow(f)
			for _, s := range f.Connect.Schemes {
				c.host(strings.ToLower(s))
			}
		}
	}
	for c := range list.each {
		c.sortFlows()
		schemes := c.hostList()
		c.hosts = map[string]bool{}
		what := fmt.Sprintf("%d times 407, offered: %s", c.count, some(append(schemes, "nothing")[:max(len(schemes), 1)]))
		if slices.Equal(schemes, []string{"negotiate"}) {
			what += " (which native apps and devices do not know)"
		}
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s refuses %s for lack of a password: %s", where(c.subject), count(len(c.clients), "client"), what),
			expected: "a scheme that the product knows, and success at the second try", actual: what,
			evidence: p.citeKeys("transaction", c.flows, connected, "connect", "connect-reply")})
	}
	p.conclude(o)
}

var prx003 = &Rule{
	ID: "WXA-PRX-003", Title: "Proxy cuts long-lived WebSockets", Severity: record.Medium,
	Doc: Doc{
		What:       "WebSockets through a proxy all end at the same age.",
		Why:        "The proxy closes long connections by a timer. Until the client is back it hears of no call and no message.",
		Trigger:    "At least min_flows WebSockets through one proxy that began and ended in the capture, none younger than min_seconds, with ages within 5 s of their median.",
		LookAlikes: "Connections that end together (network change, sleep) have different ages. The end of the capture is no end of a connection.",
		Verify:     "Wireshark: `ip.addr == PROXY && (tcp.flags.fin == 1 || tcp.flags.reset == 1)` shows who ends the connections; Statistics > Conversations, tab TCP, column Duration.",
	},
	Remediation: "Raise the proxy's limit for long-lived and idle tunnels to Webex names.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: WebSockets through proxies"},
	Needs:       []string{"flow with connect", "WebSockets that begin and end in the capture"},
	Limits:      []string{"WXA-PRX-003.min_flows", "WXA-PRX-003.min_seconds", "WXA-PRX-003.within_seconds"},
	Check:       cutWebSockets,
}

// age is how long a flow that began and ended in the capture lasted, else 0.
func age(f *record.Flow) float64 {
	if f.TCP == nil || f.TCP.SYN == 0 || f.EndReason != "fin" && f.EndReason != "rst" {
		return 0
	}
	return f.EndTime.Sub(f.StartTime).Seconds()
}

func cutWebSockets(p *Pass) {
	o := outcome{unit: "WebSocket through a proxy", pass: "WebSockets end at different ages, or last", missing: "WebSockets that begin and end in the capture: capture for longer"}
	list := causes{}
	for _, f := range p.webex {
		if f.Function != record.WebSocket || f.Connect == nil || f.Connect.Status/100 != 2 {
			continue
		}
		o.seen++
		if age(f) > 0 {
			o.judged++
			list.at(record.Subject{Kind: "proxy", Key: f.Server().String()}).flow(f)
		}
	}
	for c := range list.each {
		var ages []float64
		for _, f := range c.flows {
			ages = append(ages, age(f))
		}
		slices.Sort(ages)
		median := ages[(len(ages)-1)/2]
		apart := func(a float64) bool { return math.Abs(a-median) > p.limit("within_seconds") }
		if float64(len(ages)) < p.limit("min_flows") || ages[0] < p.limit("min_seconds") || slices.ContainsFunc(ages, apart) {
			continue
		}
		c.sure(record.Probable)
		c.count = int64(len(ages))
		p.report(c, verdict{state: record.Fail,
			summary:  fmt.Sprintf("%s ended all %s of %s at the age of %s", where(c.subject), count(c.count, "WebSocket"), count(len(c.clients), "client"), minutes(median)),
			expected: "connections that last as long as the client needs them", actual: fmt.Sprintf("ages from %.0f s to %.0f s", ages[0], ages[len(ages)-1]),
			evidence: p.citeKeys("transaction", c.flows, func(f *record.Flow) map[string]string {
				return map[string]string{"age_s": fmt.Sprintf("%.1f", age(f)), "ended_by": f.EndReason}
			}, "connect", "rst")})
	}
	p.conclude(o)
}

var prx004 = &Rule{
	ID: "WXA-PRX-004", Title: "Proxy adds delay", Severity: record.Medium,
	Doc: Doc{
		What:       "A proxy takes long to open tunnels to Webex.",
		Why:        "Each connection of a sign-in or join waits for it: joining takes many seconds more.",
		Trigger:    "The median time from CONNECT to a 2xx answer is max_ms or more, over at least min_tunnels tunnels of one proxy.",
		LookAlikes: "The time holds the proxy's own name look-up and its connection to a distant server: half the world away 200 ms are physics. A CONNECT that is answered 407 first is measured from the one that succeeded.",
		Verify:     "Wireshark: `http.request.method == \"CONNECT\"` and the time to `http.response.code == 200`.",
	},
	Remediation: "Scale the proxy, look at its resolver, or let Webex domains pass it.",
	Refs:        []string{"RFC 9110 section 9.3.6"},
	Needs:       []string{"flow with connect", "a capture on the client's side of the proxy"},
	Limits:      []string{"WXA-PRX-004.max_ms", "WXA-PRX-004.min_tunnels"},
	Check: func(p *Pass) {
		o := outcome{unit: "tunnel through a proxy", pass: "tunnels open in time", missing: fmt.Sprintf("at least %.0f tunnels of one proxy", p.limit("min_tunnels"))}
		list, delays := causes{}, map[*cause][]float64{}
		for _, f := range p.webex {
			if f.Connect == nil || f.Connect.Status/100 != 2 || f.Connect.DelayMs == nil {
				continue
			}
			o.seen++
			c := list.at(record.Subject{Kind: "proxy", Key: f.Server().String()})
			c.flow(f)
			delays[c] = append(delays[c], *f.Connect.DelayMs)
		}
		for c := range list.each {
			d := delays[c]
			if float64(len(d)) < p.limit("min_tunnels") {
				continue
			}
			o.judged += len(d)
			slices.Sort(d)
			median := d[(len(d)-1)/2]
			if median < p.limit("max_ms") {
				continue
			}
			c.count = int64(len(d))
			c.sure(record.Probable)
			p.report(c, verdict{state: record.Fail,
				summary:  fmt.Sprintf("%s needs %.0f ms (median) to open a tunnel to Webex, over %s of %s", where(c.subject), median, count(c.count, "tunnel"), count(len(c.clients), "client")),
				expected: fmt.Sprintf("less than %.0f ms", p.limit("max_ms")), actual: fmt.Sprintf("%.0f ms, at most %.0f ms", median, d[len(d)-1]),
				evidence: p.citeKeys("transaction", c.flows, connected, "connect", "connect-reply")})
		}
		p.conclude(o)
	},
}

var prx005 = &Rule{
	ID: "WXA-PRX-005", Title: "Some clients of a site use the proxy, others do not", Severity: record.Low,
	Doc: Doc{
		What:       "In one site some clients reach the same Webex service through a proxy and others directly.",
		Why:        "The two groups have different troubles, and a change at proxy or firewall helps only one of them.",
		Trigger:    "At least min_clients clients of a site signal through a proxy only, and as many directly only. A warning.",
		LookAlikes: "One client that does both tries the direct way first, or has two programs: it counts for neither. Room devices may be meant to go directly.",
		Verify:     "Wireshark: `http.request.method == \"CONNECT\"` against `tcp.dstport == 443 && tls.handshake.extensions_server_name`, by source address.",
	},
	Remediation: "Align PAC file and group policy for the whole site.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: proxy"},
	Needs:       []string{"flow"},
	Limits:      []string{"WXA-PRX-005.min_clients"},
	Check:       mixedClients,
}

func mixedClients(p *Pass) {
	o := outcome{unit: "site with signalling", pass: "all clients of a site go the same way", missing: fmt.Sprintf("at least %.0f clients each way", p.limit("min_clients"))}
	list := causes{}
	ways := map[netip.Addr]map[bool]bool{}
	for _, f := range p.webex {
		if !observe.Signals(f) || f.PayloadBytesRev == 0 || f.Transport != record.TLS && f.Transport != record.TLSProxied {
			continue
		}
		c := list.at(p.subject(f.ClientAddr()))
		c.flow(f)
		if ways[f.ClientAddr()] == nil {
			ways[f.ClientAddr()] = map[bool]bool{}
		}
		ways[f.ClientAddr()][f.Transport == record.TLSProxied] = true
	}
	for c := range list.each {
		o.seen++
		var direct, proxied int64
		for a := range c.clients {
			switch {
			case len(ways[a]) > 1:
			case ways[a][true]:
				proxied++
			default:
				direct++
			}
		}
		o.judged++
		if float64(min(direct, proxied)) < p.limit("min_clients") {
			continue
		}
		c.count = int64(len(c.clients))
		c.sure(record.Confirmed)
		what := fmt.Sprintf("%d through a proxy, %d directly", proxied, direct)
		p.report(c, verdict{state: record.Warn, summary: fmt.Sprintf("clients in %s signal in two ways: %s", where(c.subject), what),
			expected: "one way for all clients of a site", actual: what,
			evidence: p.citeKeys("transaction", oneOfEach(c.flows), connected, "connect", "client-hello")})
	}
	p.conclude(o)
}

// oneOfEach is the first flow through a proxy and the first direct one.
func oneOfEach(flows []*record.Flow) []*record.Flow {
	first := map[bool]*record.Flow{}
	for _, f := range flows {
		if via := f.Transport == record.TLSProxied; first[via] == nil {
			first[via] = f
		}
	}
	return slices.SortedFunc(maps.Values(first), func(a, b *record.Flow) int { return strings.Compare(a.FlowID, b.FlowID) })
}

var prx007 = &Rule{
	ID: "WXA-PRX-007", Title: "Webex Calling media or device through a proxy", Severity: record.Medium,
	Doc: Doc{
		What:       "A phone, or media of Webex Calling, goes through an HTTP proxy.",
		Why:        "Webex Calling knows a proxy for the signalling of the app only. Phones and media through it do not work, or only by accident.",
		Trigger:    "A CONNECT of a phone to a Webex name, or a CONNECT to media of Webex Calling.",
		LookAlikes: "The app's own signalling through the proxy is supported. Meetings' media through a proxy is WXA-MED-002's.",
		Verify:     "Wireshark: `http.request.method == \"CONNECT\" && ip.src == PHONE`.",
	},
	Remediation: "Let phones and Calling media bypass the proxy.",
	Refs:        []string{"BRKCOL-2057 (2022): proxy support of Webex Calling"},
	Needs:       []string{"flow with connect", "what the machines are: the site file's phones, or port plans"},
	Check: func(p *Pass) {
		o := outcome{unit: "CONNECT request of Webex Calling or a phone", pass: "only signalling of the app goes through the proxy"}
		list := causes{}
		for _, f := range p.webex {
			phone := f.Device == "phone" || string(p.site.Role(f.ClientAddr())) == "phone"
			if f.Connect == nil || f.Service != record.Calling && !phone {
				continue
			}
			o.seen++
			o.judged++
			if !phone && !f.Function.IsMedia() {
				continue
			}
			c := list.at(record.Subject{Kind: "proxy", Key: f.Server().String()})
			c.flow(f)
			c.count++
			c.host(f.Connect.Host)
			c.sure(record.Confirmed)
		}
		for c := range list.each {
			p.report(c, verdict{state: record.Fail,
				summary:  fmt.Sprintf("%s through %s to %s, by %s", count(c.count, "CONNECT request"), where(c.subject), some(c.hostList()), count(len(c.clients), "phone or media client")),
				expected: "phones and Calling media go directly", actual: count(c.count, "CONNECT request"),
				evidence: p.citeKeys("transaction", c.flows, connected, "connect", "connect-reply")})
		}
		p.conclude(o)
	},
}
