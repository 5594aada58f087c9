package audit

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

var sig002 = &Rule{
	ID: "WXA-SIG-002", Title: "Name service slow or failing", Severity: record.Medium,
	Doc: Doc{
		What:       "A resolver answers questions for Webex names late, with an error of its own, or not at all.",
		Why:        "Every sign-in, join and reconnect begins with names: a slow resolver delays all of them, a failing one makes them fail now and then.",
		Trigger:    "Of at least min_questions questions of a resolver's clients for Webex names, more than max_failed_percent got SERVFAIL or no answer, or the slowest max_slow_percent of the answers took max_ms or longer.",
		LookAlikes: "NXDOMAIN and REFUSED are answers: WXA-SIG-001 judges them. Questions in the last seconds of the capture, and of clients of whom only one direction is visible, do not count as unanswered. Answers to names that the resolver has to look up elsewhere are slower than those in its cache: hence the share.",
		Verify:     "Wireshark: `dns.time > 0.5`; `dns.flags.response == 0 && !dns.response_in` for questions without an answer; `dns.flags.rcode == 2`.",
	},
	Remediation: "Look at the resolver's load and its way to its forwarders; give clients a resolver nearby.",
	Refs:        []string{"RFC 1035 section 4.1.1", "RFC 8767"},
	Needs:       []string{"flow with lookups", "both directions"},
	Limits:      []string{"WXA-MED-004.settle_seconds", "WXA-SIG-002.max_failed_percent", "WXA-SIG-002.max_ms", "WXA-SIG-002.max_slow_percent", "WXA-SIG-002.min_questions"},
	Check:       slowNames,
}

// resolver gathers the questions that one server was asked.
type resolver struct {
	*cause
	delays                []float64
	asked, failed, silent int
}

func (p *Pass) resolvers() map[string]*resolver {
	m := map[string]*resolver{}
	byAddr := map[netip.Addr]*resolver{}
	settled := p.end - record.Time(p.limit("WXA-MED-004.settle_seconds")*1e9)
	for _, f := range p.lookups {
		addr := f.Server().Addr()
		r := byAddr[addr]
		if r == nil {
			key := addr.String()
			r = &resolver{cause: newCause(record.Subject{Kind: "resolver", Key: key})}
			m[key], byAddr[addr] = r, r
		}
		for i := range f.Lookups {
			p.question(r, f, &f.Lookups[i], settled)
		}
	}
	return m
}

func (p *Pass) question(r *resolver, f *record.Flow, l *record.Lookup, settled record.Time) {
	bad := false
	switch {
	case l.Packet == 0 || l.Service == record.ThirdParty: // the question was not captured, or is not for Webex
		return
	case l.RCode == "" && (l.Time > settled || !p.sees(f.ClientAddr())):
		return
	case l.RCode == "":
		r.silent++
		bad = true
	case strings.EqualFold(l.RCode, "SERVFAIL"):
		r.failed++
		bad = true
	case l.DelayMs != nil:
		r.delays = append(r.delays, *l.DelayMs)
		bad = *l.DelayMs >= p.limit("max_ms")
	}
	r.asked++
	r.clients[f.ClientAddr()] = true
	r.span(l.Time, l.Time)
	if bad {
		r.flow(f)
		r.count++
		r.host(l.Name)
	}
}

// slowest is the delay that max_slow_percent of the answers reach.
func (p *Pass) slowest(delays []float64) float64 {
	if len(delays) == 0 {
		return 0
	}
	slices.Sort(delays)
	i := int(float64(len(delays)) * (1 - p.limit("max_slow_percent")/100))
	return delays[min(i, len(delays)-1)]
}

func slowNames(p *Pass) {
	o := outcome{unit: "question for a Webex name", pass: "names are answered in time", missing: fmt.Sprintf("at least %s to one resolver, with both directions", count(int(p.limit("min_questions")), "question"))}
	list := p.resolvers()
	for _, key := range slices.Sorted(maps.Keys(list)) {
		r := list[key]
		o.seen += r.asked
		if float64(r.asked) < p.limit("min_questions") {
			continue
		}
		o.judged += r.asked
		pct, slow := percent(r.failed+r.silent, r.asked), p.slowest(r.delays)
		if pct <= p.limit("max_failed_percent") && slow < p.limit("max_ms") {
			continue
		}
		r.sure(record.Confirmed)
		what := fmt.Sprintf("%d without answer, %d SERVFAIL; %s of the answers take %.0f ms or longer", r.silent, r.failed, share(p.limit("max_slow_percent")), slow)
		p.report(r.cause, verdict{state: record.Fail,
			summary:  fmt.Sprintf("resolver %s: of %s of %s for Webex names %s", key, count(r.asked, "question"), count(len(r.clients), "client"), what),
			expected: fmt.Sprintf("at most %s without result, and less than %.0f ms", share(p.limit("max_failed_percent")), p.limit("max_ms")), actual: what,
			evidence: p.each(r.flows, p.citeName)})
	}
	p.conclude(o)
}

var sig005 = &Rule{
	ID: "WXA-SIG-005", Title: "Retired name still in use", Severity: record.Low,
	Doc: Doc{
		What:       "A client connects to a name that Webex has given up.",
		Why:        "It is a sign of an old client or of a bookmark, or of an allow list that keeps holes open for nobody.",
		Trigger:    "A connection whose name (SNI, CONNECT or DNS answer) is retired in the pack that judges. A warning.",
		LookAlikes: "Retired ports and address ranges are WXA-MED-007's and WXA-DAT-002's. A question to DNS alone is no use.",
		Verify:     "Wireshark: `tls.handshake.extensions_server_name == \"NAME\"`.",
	},
	Remediation: "Update the client; take the name out of the allow list when nobody uses it any more.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: revision history"},
	Needs:       []string{"flow with sni, dns_name or connect"},
	Check: func(p *Pass) {
		o := outcome{unit: "Webex connection with a name", pass: "no retired name is in use"}
		list := causes{}
		for _, f := range p.webex {
			name := nameOf(f)
			if name == "" || f.Function.IsMedia() {
				continue
			}
			o.seen++
			o.judged++
			if f.Retired == "" {
				continue
			}
			c := list.at(record.Subject{Kind: "domain", Key: domain(name)})
			c.flow(f)
			c.count++
			c.host(name)
			c.sure(record.Confirmed)
			c.n[f.Retired]++
		}
		for c := range list.each {
			why := some(slices.Sorted(maps.Keys(c.n)))
			p.report(c, verdict{state: record.Warn,
				summary:  fmt.Sprintf("%s of %s to %s: %s", count(c.count, "connection"), count(len(c.clients), "client"), some(c.hostList()), why),
				expected: "names of the current list", actual: some(c.hostList()),
				evidence: p.citeKeys("transaction", c.flows, nil, "client-hello", "connect", "syn")})
		}
		p.conclude(o)
	},
}
