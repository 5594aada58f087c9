package audit

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"webexaudit/analyzer/record"
)

var tls007 = &Rule{
	ID: "WXA-TLS-007", Title: "Certificate on the own edge expires soon or has expired", Severity: record.Medium,
	Doc: Doc{
		What:       "A certificate that the organisation runs itself is at its end: of an Expressway-E or -C, of a mesh node, or of an inspecting proxy.",
		Why:        "From that day on every connection through it fails at once. Public certificates live for 200 days at most since March 2026, so renewal has to be automatic.",
		Trigger:    "When the session began the leaf had less than within_days to live, or had expired. A warning before the end, a failure after it.",
		LookAlikes: "Certificates that were made for less than twice within_days, as proxies make them, count only once they have expired. Certificates of Webex itself are not the organisation's.",
		Verify:     "Wireshark: `tls.handshake.type == 11`, field x509af.notAfter of the first certificate.",
	},
	Remediation: "Renew the certificate, and let renewal run by itself.",
	Refs:        []string{"Cisco field notice FN74345 rev 1.2 (2026-03-25): certificate lifetimes", "RFC 5280 section 4.1.2.5"},
	Needs:       []string{"tls_session with cert_not_after", "Expressways and mesh nodes declared in the site file, or learnt"},
	Limits:      []string{"WXA-TLS-007.within_days"},
	Check:       expiring,
}

// ownLeaf names the machine of the organisation that showed the session's certificate, or "".
func (p *Pass) ownLeaf(f *record.Flow, t *record.TLSSession) string {
	role := f.ServerRole
	if declared := string(p.site.Role(f.Server().Addr())); declared != "" {
		role = declared
	}
	switch {
	case slices.Contains([]string{"expressway-e", "expressway-c", "mesh-node"}, role):
		return role
	case inspected(t):
		return "proxy"
	}
	return ""
}

func expiring(p *Pass) {
	o := outcome{unit: "TLS session with an own server", pass: "their certificates are valid for long enough", missing: certMissing}
	list := causes{}
	soonest := map[*cause]record.Time{}
	for _, t := range p.tls {
		f := p.flowOf[t.FlowID]
		owner := p.ownLeaf(f, t)
		if owner == "" || t.TLSVersion == "" {
			continue
		}
		o.seen++
		if t.CertNotAfter.IsZero() {
			continue
		}
		o.judged++
		left := t.CertNotAfter.Sub(f.StartTime).Hours() / 24
		short := t.CertValidityDays != nil && float64(*t.CertValidityDays) < 2*p.limit("within_days")
		if left >= p.limit("within_days") || short && left >= 0 {
			continue
		}
		s := record.Subject{Kind: owner, Key: f.Server().String()}
		if owner == "proxy" {
			s = p.issuerSubject(t)
		}
		c := list.at(s)
		c.flow(f)
		c.count++
		c.host(t.SNI)
		c.sure(record.Confirmed)
		if at, ok := soonest[c]; !ok || t.CertNotAfter < at {
			soonest[c] = t.CertNotAfter
		}
	}
	for c := range list.each {
		p.reportExpiring(c, soonest[c])
	}
	p.conclude(o)
}

func (p *Pass) reportExpiring(c *cause, end record.Time) {
	day := time.Unix(0, int64(end)).UTC().Format(time.DateOnly)
	state, what := record.Warn, "expires on "+day
	if end < c.last {
		state, what = record.Fail, "expired on "+day
	}
	p.report(c, verdict{state: state,
		summary:  fmt.Sprintf("a certificate of %s %s (%s)", where(c.subject), what, count(c.count, "session")),
		expected: fmt.Sprintf("at least %.0f days to the end", p.limit("within_days")), actual: what,
		evidence: p.citeKeys("certificate", c.flows, func(f *record.Flow) map[string]string {
			t := p.tlsOf[f.FlowID]
			return map[string]string{"cert_subject": t.CertSubject, "cert_not_after": t.CertNotAfter.String()}
		}, "certificate")})
}

var tls008 = &Rule{
	ID: "WXA-TLS-008", Title: "Client certificate lacks the use client authentication", Severity: record.Medium,
	Doc: Doc{
		What:       "A machine presented a certificate as a client (mutual TLS) that was issued for servers only.",
		Why:        "Public authorities stop issuing certificates for both uses. The other side refuses such a client: trunks, traversal zones and hybrid services fail after the next renewal.",
		Trigger:    "A client's certificate was seen whole, has extended key usages, and neither clientAuth nor anyExtendedKeyUsage is among them.",
		LookAlikes: "A certificate without extended key usages may be used for anything. TLS 1.3 encrypts client certificates: nothing is said there. A server's own certificate may well be for servers only.",
		Verify:     "Wireshark: `tls.handshake.type == 11 && ip.src == CLIENT`, field x509ce.KeyPurposeId.",
	},
	Remediation: "Use a certificate with both uses from an authority that still issues them, or one of a private CA that both sides trust.",
	Refs:        []string{"Cisco field notice FN74345 rev 1.2 (2026-03-25)", "RFC 5280 section 4.2.1.12"},
	Needs:       []string{"tls_session with a client certificate (TLS 1.2 or older)"},
	Check:       clientUse,
}

func clientUse(p *Pass) {
	o := outcome{unit: "TLS session with a request for a client certificate", pass: "client certificates may be used by clients",
		missing: "whole client certificates: none was sent, or it was cut (tcpdump -s 0)", absent: "no client certificate in this capture (TLS 1.3 hides them)"}
	list := causes{}
	for _, t := range p.tls {
		if !t.ClientCertRequested && t.ClientCertSubject == "" {
			continue
		}
		o.seen++
		if t.ClientCertSHA256 == "" {
			continue
		}
		o.judged++
		uses := t.ClientCertEKUs
		if len(uses) == 0 || slices.Contains(uses, "clientAuth") || slices.Contains(uses, "anyExtendedKeyUsage") {
			continue
		}
		f := p.flowOf[t.FlowID]
		c := list.at(record.Subject{Kind: "certificate", Key: t.ClientCertSubject})
		c.flow(f)
		c.count++
		c.host(t.SNI)
		c.n[some(uses)]++
		c.sure(record.Confirmed)
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("the client certificate %s of %s is not for clients (%s)", c.subject.Key, count(len(c.clients), "machine"),
				count(c.count, "session")),
			expected: "extended key usage clientAuth", actual: some(slices.Sorted(maps.Keys(c.n))),
			evidence: p.citeKeys("certificate", c.flows, func(f *record.Flow) map[string]string {
				t := p.tlsOf[f.FlowID]
				return map[string]string{"client_cert_subject": t.ClientCertSubject, "client_cert_issuer": t.ClientCertIssuer}
			}, "certificate")})
	}
	p.conclude(o)
}
