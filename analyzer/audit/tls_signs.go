package audit

import (
	"fmt"
	"maps"
	"slices"

	"webexaudit/analyzer/record"
)

var tls003 = &Rule{
	ID: "WXA-TLS-003", Title: "TLS inspection is possible", Severity: record.Low,
	Doc: Doc{
		What:       "Sessions with Webex bear signs of inspection, but no certificate proves it.",
		Why:        "TLS 1.3 hides the certificate. An inspecting proxy shows by its own hellos, by the size of what it sends and by its nearness; a few seconds on one client settle it.",
		Trigger:    "The signs of a session make inspection possible, neither more nor less, for a name or address with an inspection policy. A warning.",
		LookAlikes: "Another server farm behind the same name has other hellos and certificates; a busy server or a TCP accelerator answers the hello late; an unlisted public authority is no proxy. None of them makes more than possible.",
		Verify:     "On a client, open the name in a browser and look at the issuer of the certificate. Wireshark: `tls.handshake.type == 2`, compare tls.handshake.ja3s of the same name among clients.",
	},
	Remediation: "Look at the certificate on a client. Where a proxy issued it, exempt Webex from inspection.",
	Refs:        []string{"RFC 8446 section 4.4.2: certificates are encrypted", "Network Requirements for Webex Services, WBX000028782: TLS inspection"},
	Needs:       []string{"tls_session with inspection", "whole handshakes; other clients and servers to compare with"},
	Check:       possiblyInspected,
}

func possiblyInspected(p *Pass) {
	o := outcome{unit: "TLS session", pass: "no session bears unexplained signs", missing: certMissing, absent: "no TLS session with an inspection policy in this capture"}
	list := causes{}
	cut, bare := 0, 0
	for _, t := range p.tls {
		f := p.flowOf[t.FlowID]
		if f.Inspection == "" || t.TLSVersion == "" {
			continue
		}
		o.seen++
		possible := t.Inspection == string(record.Possible)
		switch {
		case possible || t.CertIssuer != "" || inspected(t):
			o.judged++
		case p.certificateCut(t):
			cut++
			bare++
		default:
			bare++
		}
		if possible {
			c := list.at(p.issuerSubject(t))
			c.flow(f)
			c.count++
			c.host(t.SNI)
			c.sure(record.Possible)
		}
	}
	o.missing = certificateMissing(bare, cut)
	for c := range list.each {
		p.report(c, verdict{state: record.Warn,
			summary: fmt.Sprintf("%s of %s to %s may be inspected (%s)", count(c.count, "session"), count(len(c.clients), "client"),
				some(c.names()), where(c.subject)),
			expected: "handshakes like those of other clients", actual: p.signs(c),
			evidence: p.citeKeys("transaction", c.flows, p.signFields, "client-hello", "server-hello", "certificate")})
	}
	p.conclude(o)
}

var tls011 = &Rule{
	ID: "WXA-TLS-011", Title: "Foreign issuer for a Webex name", Severity: record.Low,
	Doc: Doc{
		What:       "A certificate for a Webex name comes from an authority that is neither in the pack's list of public ones nor declared in the site file.",
		Why:        "Either somebody inspects, or Webex has changed its authority and the pack is old, or somebody impersonates it.",
		Trigger:    "The leaf's issuer is outside the set expected for name and date, and no corporate CA of the site file. A warning.",
		LookAlikes: "Sub-authorities change their names often: organisations are compared, not names. A declared corporate CA is a matter of WXA-TLS-001 and WXA-TLS-002. Whether the issuer's name is true is not verified.",
		Verify:     "Wireshark: `tls.handshake.type == 11` and look at the issuer of the first certificate.",
	},
	Remediation: "Find out whose the issuer is: name your own CA in the site file (corporate_cas), renew the pack, or investigate.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: certificate authorities", "RFC 6962: certificate transparency"},
	Needs:       []string{"tls_session with inspection_signs", "server certificates"},
	Check:       foreignIssuer,
}

func foreignIssuer(p *Pass) {
	o := outcome{unit: "TLS session", pass: "all certificates are from expected or declared authorities", missing: certMissing}
	list := causes{}
	cut := 0
	for _, t := range p.tls {
		f := p.flowOf[t.FlowID]
		if t.TLSVersion == "" {
			continue
		}
		o.seen++
		if t.CertIssuer == "" {
			if p.certificateCut(t) {
				cut++
			}
			continue
		}
		o.judged++
		if !t.HasSign(record.SignForeign) || t.HasSign(record.SignCorporate) || p.site.IsCorporateCA(t.CertIssuer) {
			continue
		}
		c := list.at(p.issuerSubject(t))
		c.flow(f)
		c.count++
		c.host(t.SNI)
		c.sure(record.Confirmed)
		if t.HasSign(record.SignLogged) {
			c.n["logged"]++
		}
	}
	o.missing = certificateMissing(o.seen-o.judged, cut)
	for c := range list.each {
		actual := c.subject.Key
		if c.n["logged"] > 0 {
			actual += ", with timestamps of public logs: a public authority that the pack may lack"
		}
		p.report(c, verdict{state: record.Warn,
			summary: fmt.Sprintf("%s signed the certificates of %s in %s of %s", where(c.subject), some(c.names()), count(c.count, "session"),
				count(len(c.clients), "client")),
			expected: "an authority of the pack's list, or a declared one", actual: actual,
			evidence: p.citeKeys("certificate", c.flows, p.signFields, "certificate")})
	}
	p.conclude(o)
}

var tls012 = &Rule{
	ID: "WXA-TLS-012", Title: "Inventory of TLS fingerprints", Severity: record.Info,
	Doc: Doc{
		What:       "The fingerprints of Webex clients (JA4) and servers (JA3S) of this capture.",
		Why:        "A fingerprint that a site never had before is a new program, or a box on the way. One capture cannot tell: the rule accuses nobody and passes with the numbers, for comparison with an earlier run.",
		Trigger:    "Handshakes of Webex sessions. What is new is for you to see: compare the members ja4 and ja3s of the tls_session records of two runs.",
		LookAlikes: "Every update of an app or a browser changes fingerprints, and so does every new server farm.",
		Verify:     "Wireshark: `tls.handshake.type in {1, 2}`, columns tls.handshake.ja4 and tls.handshake.ja3s.",
	},
	Remediation: "None needed; review what is new.",
	Refs:        []string{"JA4 (FoxIO, 2023)", "JA3 and JA3S (Salesforce, 2017)"},
	Needs:       []string{"tls_session with ja4 and ja3s"},
	Check: func(p *Pass) {
		o := outcome{unit: "TLS session", missing: "the hellos: capture connections from their beginning"}
		clients, servers := map[string]bool{}, map[string]bool{}
		for _, t := range p.tls {
			o.seen++
			if t.JA4 == "" || t.JA3S == "" {
				continue
			}
			o.judged++
			clients[t.JA4], servers[t.JA3S] = true, true
		}
		o.pass = fmt.Sprintf("%s of clients: %s; %s of servers: %s", count(len(clients), "fingerprint"), some(slices.Sorted(maps.Keys(clients))),
			count(len(servers), "fingerprint"), some(slices.Sorted(maps.Keys(servers))))
		p.conclude(o)
	},
}
