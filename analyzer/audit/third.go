package audit

import (
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

var tls010 = &Rule{
	ID: "WXA-TLS-010", Title: "Certificate status services are unreachable", Severity: record.Low,
	Doc: Doc{
		What:       "Clients of Webex cannot reach the hosts that tell whether certificates were revoked (OCSP, CRL).",
		Why:        "A client that cannot ask waits, often five to fifteen seconds for each new connection, or refuses the certificate.",
		Trigger:    "At least min_tries tries of a site for such a name failed and none succeeded: NXDOMAIN, REFUSED or a sinkhole from DNS, reset, ICMP refusal, or no SYN-ACK. Always a warning.",
		LookAlikes: "With OCSP stapling (and TLS 1.3 in most clients) nobody asks: then nothing is seen and nothing is wrong. Where the site opens tunnels through a proxy DNS need not answer, and plain requests to a proxy are not seen here. One client alone is only possible.",
		Verify:     "Wireshark: `dns.qry.name contains \"ocsp\" && dns.flags.rcode > 0`, or `tcp.dstport == 80 && tcp.flags.syn == 1` to the address without an answer.",
	},
	Remediation: "Allow TCP 80 by name to *.digicert.com, *.identrust.com, *.quovadisglobal.com, *.godaddy.com, *.globalsign.com and *.lencr.org.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: certificate revocation", "BRKCOL-2057 (2022)", "RFC 6960"},
	Needs:       []string{"flow with lookups or dns_name"},
	Limits:      []string{"WXA-TLS-010.min_tries"},
	Check: func(p *Pass) {
		o := outcome{unit: "name of a certificate status service", pass: "certificate status services are reachable", missing: "more tries for the names, or both directions of the clients' traffic"}
		p.thirdParties(&o, "an answer of the certificate status service", record.Revocation)
		p.conclude(o)
	},
}

var pol002 = &Rule{
	ID: "WXA-POL-002", Title: "Optional third-party names", Severity: record.Info,
	Doc: Doc{
		What:       "Webex clients ask for names of third parties: telemetry, pictures, polls, guides.",
		Why:        "Webex works without them, with less comfort. Whether they are allowed is policy, and should be decided and not happen.",
		Trigger:    "Names of third parties that the pack knows, in DNS questions and connections of Webex clients. They are a warning where at least min_tries tries of a site failed and none succeeded, else the rule passes and lists those in use.",
		LookAlikes: "Other programs of the same host use the same parties. Delivery networks, cloud storage and push services, which everybody uses, are left out; certificate status services are WXA-TLS-010's.",
		Verify:     "Wireshark: `dns.qry.name == \"NAME\" || tls.handshake.extensions_server_name == \"NAME\"`.",
	},
	Remediation: "Decide by policy: allow the names in use, or block them with a reset and not with silence, so that clients do not wait.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: additional URLs", "BRKCOL-2057 (2022)"},
	Needs:       []string{"flow with lookups, sni or dns_name"},
	Limits:      []string{"WXA-POL-002.min_tries"},
	Check: func(p *Pass) {
		o := outcome{unit: "third-party name", missing: "more tries for the names, or both directions of the clients' traffic"}
		used := p.thirdParties(&o, "a decision: allowed, or refused at once", record.Telemetry, record.Web)
		o.pass = "no optional third-party name is blocked; in use: " + some(used)
		p.conclude(o)
	},
}

// thirdParties reports the names of third parties with one of the functions that a site tried and never reached, and returns the others.
func (p *Pass) thirdParties(o *outcome, expected string, want ...record.Function) (used []string) {
	list, tunnels := p.supporting(want)
	domains, used := p.unreached(o, list, tunnels)
	for c := range domains.each {
		how := c.counted()
		c.sortFlows()
		p.report(c, verdict{state: record.Warn,
			summary: fmt.Sprintf("%s cannot be reached: %s failed for %s, none succeeded (%s)", some(c.hostList()), count(c.count, "try"),
				count(len(c.clients), "client"), how),
			expected: expected, actual: how, evidence: p.each(c.flows, p.citeName)})
	}
	slices.Sort(used)
	return slices.Compact(used)
}

// supporting gathers the tries for names of third parties; tunnels are the sites and subnets where a proxy opened a tunnel.
func (p *Pass) supporting(want []record.Function) (list attempts, tunnels map[record.Subject]bool) {
	list, tunnels = attempts{}, map[record.Subject]bool{}
	p.questions(list, func(s record.Service, f record.Function) bool {
		return s == record.ThirdParty && slices.Contains(want, f)
	})
	for _, f := range p.third {
		if f.Connect != nil && f.Connect.Status/100 == 2 {
			tunnels[p.subject(f.ClientAddr())] = true
		}
		name := strings.ToLower(nameOf(f))
		if f.Service == record.ThirdParty && slices.Contains(want, f.Function) && name != "" && f.Proto == "tcp" {
			p.connection(&list.at(p.subject(f.ClientAddr()), name).conn, f)
		}
	}
	return list, tunnels
}
