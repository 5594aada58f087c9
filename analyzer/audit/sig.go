package audit

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

var sig001 = &Rule{
	ID: "WXA-SIG-001", Title: "Required name is blocked", Severity: record.High,
	Doc: Doc{
		What:       "A name that Webex needs cannot be reached: DNS denies it or sends it into a sinkhole, connections are reset or stay silent, or the proxy refuses it.",
		Why:        "Sign-in, calls, messages or files fail, often only some of them, so that nobody thinks of a filter.",
		Trigger:    "At least min_tries tries of a site or subnet for a required name failed and none succeeded: NXDOMAIN, REFUSED or a sinkhole address from DNS; RST before any answer of the server, or no SYN-ACK; 403 or 451 from the proxy. Silence counts only where both directions are visible. One client alone that is denied one name is only possible: it may be a typing error.",
		LookAlikes: "Behind a proxy clients cannot resolve outside names and do not need to: a successful CONNECT anywhere at the site silences DNS. One address or IPv6 alone that stays silent while the name works by another. Names of third parties, telemetry, updates and web pages are not required. 407 asks for a password.",
		Verify:     "Wireshark: `dns.qry.name == \"NAME\" && dns.flags.rcode > 0`; `tls.handshake.extensions_server_name == \"NAME\"` followed by `tcp.flags.reset == 1`; `http.response.code in {403, 451}` after the CONNECT.",
	},
	Remediation: "Allow the Webex domains by name (*.webex.com, *.wbx2.com, *.ciscospark.com, *.webexapis.com, *.webexcontent.com) at resolver, firewall and proxy.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: domains and URLs"},
	Needs:       []string{"flow with lookups, sni, dns_name or connect"},
	Limits:      []string{"WXA-SIG-001.min_tries"},
	Check:       blockedNames,
}

// required reports whether Webex cannot do without names of that kind.
func required(s record.Service, f record.Function) bool {
	switch s {
	case "", record.ThirdParty, record.OtherService:
		return false
	}
	return f == record.Signalling || f == record.WebSocket || f == record.FileTransfer
}

// attempt gathers the tries of one site or subnet for one name.
type attempt struct {
	where     record.Subject
	name      string
	dns, conn tries
}

// tries of one kind: by name resolution, or by connection.
type tries struct {
	bad, good int64
	clients   map[netip.Addr]bool
	ways      map[string]int64 // NXDOMAIN, reset, silence, 403 …
	flows     []*record.Flow
}

func (t *tries) fail(f *record.Flow, client netip.Addr, way string) {
	if t.ways == nil {
		t.ways, t.clients = map[string]int64{}, map[netip.Addr]bool{}
	}
	t.bad++
	t.ways[way]++
	t.clients[client] = true
	t.flows = append(t.flows, f)
}

type attempts map[goal]*attempt

// goal is what a site or subnet wants to reach.
type goal struct {
	where record.Subject
	name  string
}

func (a attempts) at(s record.Subject, name string) *attempt {
	k := goal{s, strings.TrimSuffix(strings.ToLower(name), ".")}
	t := a[k]
	if t == nil {
		t = &attempt{where: s, name: k.name}
		a[k] = t
	}
	return t
}

// each yields the attempts by site or subnet and name.
func (a attempts) each(yield func(*attempt) bool) {
	byText := make(map[string]*attempt, len(a))
	for k, t := range a {
		byText[k.where.Kind+" "+k.where.Key+" "+k.name] = t
	}
	for _, text := range slices.Sorted(maps.Keys(byText)) {
		if !yield(byText[text]) {
			return
		}
	}
}

func blockedNames(p *Pass) {
	o := outcome{unit: "required name", pass: "required names are reachable", missing: "more tries for the names, or both directions of the clients' traffic"}
	list, tunnels := p.attempts()
	domains, _ := p.unreached(&o, list, tunnels)
	for c := range domains.each {
		p.reportBlocked(c)
	}
	p.conclude(o)
}

// attempts reads the flows; tunnels are the sites and subnets where a proxy opened a tunnel to Webex.
func (p *Pass) attempts() (list attempts, tunnels map[record.Subject]bool) {
	list, tunnels = attempts{}, map[record.Subject]bool{}
	p.questions(list, required)
	for _, f := range p.webex {
		if f.Connect != nil && f.Connect.Status/100 == 2 {
			tunnels[p.subject(f.ClientAddr())] = true
		}
		if name := nameOf(f); name != "" && f.Proto == "tcp" && required(f.Service, f.Function) && f.ClientIsSource() {
			p.connection(&list.at(p.subject(f.ClientAddr()), name).conn, f)
		}
	}
	return list, tunnels
}

// questions adds the DNS questions for names of the wanted kind.
func (p *Pass) questions(list attempts, want func(record.Service, record.Function) bool) {
	for _, f := range p.lookups {
		for i := range f.Lookups {
			if l := &f.Lookups[i]; want(l.Service, l.Function) {
				p.lookup(&list.at(p.subject(f.ClientAddr()), l.Name).dns, f, l)
			}
		}
	}
}

// nameOf is the name that the flow asked for: in TLS, of the proxy, or of DNS before it.
func nameOf(f *record.Flow) string {
	if f.SNI == "" && f.Connect != nil {
		return f.Connect.Host
	}
	return cmp.Or(f.SNI, f.DNSName)
}

// lookup judges one DNS question. Failure of the resolver itself (SERVFAIL) and "no such record" are no block.
func (p *Pass) lookup(t *tries, f *record.Flow, l *record.Lookup) {
	switch code := strings.ToUpper(l.RCode); {
	case code == "NXDOMAIN" || code == "REFUSED":
		t.fail(f, f.ClientAddr(), code)
	case slices.ContainsFunc(l.Answers, sinkhole):
		t.fail(f, f.ClientAddr(), "sinkhole address")
	case len(l.Answers) > 0:
		t.good++
	}
}

// sinkhole: an answer that leads nowhere. Private addresses are none: names of on-premises systems have them.
func sinkhole(answer string) bool {
	a, err := netip.ParseAddr(answer)
	return err == nil && (a.IsUnspecified() || a.IsLoopback())
}

// connection judges one TCP flow to a name.
func (p *Pass) connection(t *tries, f *record.Flow) {
	client := f.ClientAddr()
	switch {
	case f.Connect != nil && (f.Connect.Status == 403 || f.Connect.Status == 451):
		t.fail(f, client, fmt.Sprintf("%d from the proxy", f.Connect.Status))
	case f.Connect != nil && f.Connect.Status/100 != 2:
	case f.PayloadBytesRev > 0:
		t.good++
	case f.TCP == nil || f.TCP.SYN == 0:
	case f.TCP.ResetBy == "rev":
		t.fail(f, client, "reset")
	case refused(f):
		t.fail(f, client, "refused by ICMP")
	case !f.TCP.SYNACK && f.PacketsRev == 0 && p.sees(client):
		t.fail(f, client, "silence")
	}
}

// unreached counts the attempts for the outcome and gathers those that failed often enough, by domain; reached are the names that answered.
func (p *Pass) unreached(o *outcome, list attempts, tunnels map[record.Subject]bool) (domains causes, reached []string) {
	domains = causes{}
	for a := range list.each {
		o.seen++
		if a.dns.good+a.conn.good > 0 {
			o.judged++
			reached = append(reached, a.name)
		}
		if a.conn.good > 0 {
			continue
		}
		if a.dns.good == 0 && !tunnels[a.where] {
			p.addBlocked(domains, a, &a.dns)
		}
		p.addBlocked(domains, a, &a.conn)
	}
	return domains, reached
}

// addBlocked adds a name that failed often enough to the cause of its domain.
func (p *Pass) addBlocked(domains causes, a *attempt, t *tries) {
	if float64(t.bad) < p.limit("min_tries") || t.good > 0 {
		return
	}
	c := domains.at(record.Subject{Kind: "domain", Key: domain(a.name)})
	for _, f := range t.flows {
		c.flow(f)
	}
	c.count += t.bad
	c.host(a.name)
	for way, n := range t.ways {
		c.n[way] += n
	}
	switch {
	case t.ways["403 from the proxy"]+t.ways["451 from the proxy"]+t.ways["sinkhole address"] > 0:
		c.sure(record.Confirmed)
	case len(t.clients) > 1 || len(c.hosts) > 1:
		c.sure(record.Probable)
	default:
		c.sure(record.Possible)
	}
}

// domain is the registrable part of a Webex name: the last two labels, or three under a two-letter country (com.au).
func domain(name string) string {
	labels := strings.Split(name, ".")
	n := 2
	if len(labels) > 2 && len(labels[len(labels)-1]) == 2 && len(labels[len(labels)-2]) <= 3 {
		n = 3
	}
	return strings.Join(labels[max(len(labels)-n, 0):], ".")
}

func (p *Pass) reportBlocked(c *cause) {
	var ways []string
	for _, w := range slices.Sorted(maps.Keys(c.n)) {
		ways = append(ways, fmt.Sprintf("%d × %s", c.n[w], w))
	}
	c.sortFlows()
	p.report(c, verdict{state: record.Fail,
		summary: fmt.Sprintf("%s cannot be reached: %s failed for %s, none succeeded (%s)", some(c.hostList()), count(c.count, "try"),
			count(len(c.clients), "client"), strings.Join(ways, ", ")),
		expected: "an address from DNS and an answer of the server", actual: strings.Join(ways, ", "),
		evidence: p.each(c.flows, p.citeName)})
}

// citeName points at questions and replies of DNS flows, else at the key packets of a connection.
func (p *Pass) citeName(f *record.Flow) []record.Evidence {
	if len(f.Lookups) == 0 {
		fields := func(*record.Flow) map[string]string { return map[string]string{"name": nameOf(f)} }
		return p.citeKeys("transaction", []*record.Flow{f}, fields, "syn", "rst", "client-hello", "connect", "connect-reply", "icmp-error")
	}
	var numbers []record.PacketRange
	fields := map[string]string{}
	for _, l := range f.Lookups {
		for _, n := range []int64{l.Packet, l.Reply} {
			if n > 0 {
				numbers = append(numbers, record.PacketRange{First: n, Last: n})
			}
		}
		fields[l.Name] = strings.TrimSpace(l.RCode + " " + some(l.Answers))
	}
	if merged := merge(numbers); f.FirstFile == f.LastFile && len(merged) > 0 && len(merged) <= maxInFilter {
		e := ranged(merged)
		e.Kind, e.Filter, e.Fields, e.CommunityID, e.Time = "transaction", numbersFilter(merged), fields, f.CommunityID, f.StartTime
		if e.File = f.FirstFile; e.File == "" {
			e.File = p.env.fileName(0)
		}
		return []record.Evidence{e}
	}
	return p.cite("transaction", []*record.Flow{f}, func(*record.Flow) map[string]string { return fields })
}
