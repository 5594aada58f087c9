package audit

import (
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

const (
	certMissing   = "server certificates: all sessions are TLS 1.3 or resumed; confirm on a client, or capture a TLS 1.2 handshake"
	inspectVerify = "Wireshark: `tls.handshake.type == 11` (TLS 1.2) and look at the issuer of the first certificate: x509sat.printableString or x509sat.uTF8String; compare with a session past the proxy. With TLS 1.3 look into the certificate on a client."
)

var tls001 = &Rule{
	ID: "WXA-TLS-001", Title: "TLS inspection where it is not supported", Severity: record.High,
	Doc: Doc{
		What:       "A proxy or firewall opens TLS connections that Webex does not allow to be inspected: meeting media services and hybrid connectors.",
		Why:        "These clients do not accept the proxy's certificate, or the content is no HTTP: meetings and synchronisation fail in ways that nobody connects with the proxy.",
		Trigger:    "Inspection is probable or confirmed by the signs of the session (issuer, chain, hello fingerprints), for a name or address whose policy in the pack is unsupported.",
		LookAlikes: "Certificates of public authorities never count, also unusual ones; a session with a single weak sign stays possible and silent. TLS 1.3 and resumed sessions show no certificate: then a pass says less. Where a snapshot length cut all certificates the rule is not assessable.",
		Verify:     inspectVerify,
	},
	Remediation: "Exempt these names and the media subnets from TLS inspection.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: TLS inspection", "BRKCOL-2057 (2022): TLS inspection"},
	Needs:       []string{"tls_session with inspection", "whole handshakes"},
	Check:       func(p *Pass) { p.inspection("unsupported", record.Fail) },
}

var tls002 = &Rule{
	ID: "WXA-TLS-002", Title: "Webex signalling is inspected", Severity: record.Medium,
	Doc: Doc{
		What:       "A proxy or firewall opens TLS connections of Webex signalling.",
		Why:        "It works where the client trusts the proxy's authority, but messages, files and media are encrypted inside: inspection finds nothing, costs the proxy capacity and adds delay. Hence a warning.",
		Trigger:    "Inspection is probable or confirmed by the signs of the session, for a name whose policy in the pack is discouraged.",
		LookAlikes: "As for WXA-TLS-001. Names of third parties have no policy and are not judged.",
		Verify:     inspectVerify,
	},
	Remediation: "Bypass TLS inspection for the Webex domains.",
	Refs:        []string{"BRKCOL-2057 (2022): the recommendation is to bypass TLS inspection", "Network Requirements for Webex Services, WBX000028782"},
	Needs:       []string{"tls_session with inspection", "whole handshakes"},
	Check:       func(p *Pass) { p.inspection("discouraged", record.Warn) },
}

// inspected reports whether the session's inspection is at least probable.
func inspected(t *record.TLSSession) bool {
	return record.Confidence(t.Inspection).Rank() >= record.Probable.Rank()
}

// issuerSubject groups sessions by the authority that signed them, else by the client's site or subnet.
func (p *Pass) issuerSubject(t *record.TLSSession) record.Subject {
	if t.CertIssuer != "" {
		return record.Subject{Kind: "issuer", Key: t.CertIssuer}
	}
	return p.subject(p.flowOf[t.FlowID].ClientAddr())
}

func (p *Pass) inspection(policy string, state record.State) {
	o := outcome{unit: "TLS session", pass: "no session is probably inspected", missing: certMissing, absent: "no TLS session with this inspection policy in this capture"}
	list := causes{}
	bare, cut, readable := 0, 0, 0
	for _, t := range p.tls {
		f := p.flowOf[t.FlowID]
		if f.Inspection != policy || t.TLSVersion == "" {
			continue
		}
		o.seen++
		if t.CertIssuer != "" {
			readable++
		} else if p.certificateCut(t) {
			cut++
		}
		switch {
		case inspected(t):
			c := list.at(p.issuerSubject(t))
			c.flow(f)
			c.count++
			c.host(t.SNI)
			c.sure(record.Confidence(t.Inspection))
		case t.CertIssuer == "" && t.Inspection != string(record.Possible):
			bare++
		}
	}
	if o.judged = o.seen - bare; readable == 0 && cut > 0 {
		o.judged = 0
	}
	o.missing = certificateMissing(o.seen-readable, cut)
	if bare > 0 && o.judged > 0 && cut == 0 {
		o.missing = "no certificate is visible (TLS 1.3 or resumed), and no other sign"
	}
	for c := range list.each {
		p.report(c, verdict{state: state,
			summary: fmt.Sprintf("%s of %s to %s inspected (%s)", count(c.count, "session"), count(len(c.clients), "client"),
				some(c.names()), where(c.subject)),
			expected: "the certificate of Webex, from a public authority", actual: p.signs(c),
			evidence: p.citeKeys("certificate", c.flows, p.signFields, "client-hello", "server-hello", "certificate")})
	}
	p.conclude(o)
}

// names of the hosts, or a word for sessions without SNI.
func (c *cause) names() []string {
	if len(c.hosts) == 0 {
		return []string{"hosts without SNI"}
	}
	return c.hostList()
}

// signs lists the signs of the first session of a cause, the heaviest first.
func (p *Pass) signs(c *cause) string {
	for _, f := range c.flows {
		if t := p.tlsOf[f.FlowID]; t != nil && len(t.InspectionSigns) > 0 {
			list := slices.Clone(t.InspectionSigns)
			slices.SortStableFunc(list, func(a, b record.InspectionSign) int { return b.Weight - a.Weight })
			var words []string
			for _, s := range list {
				words = append(words, fmt.Sprintf("%s: %s (%+d)", s.Name, s.Value, s.Weight))
			}
			return strings.Join(words, "; ")
		}
	}
	return "inspection signs of the session"
}

func (p *Pass) signFields(f *record.Flow) map[string]string {
	t := p.tlsOf[f.FlowID]
	if t == nil {
		return nil
	}
	m := map[string]string{"sni": t.SNI, "cert_issuer": t.CertIssuer, "cert_subject": t.CertSubject, "tls_version": t.TLSVersion, "inspection": t.Inspection}
	for k, v := range m {
		if v == "" {
			delete(m, k)
		}
	}
	return m
}

// hasAlert reports whether an alert with one of the names was sent, in the direction ("fwd", "rev") or, with "", in any.
func hasAlert(t *record.TLSSession, direction string, names ...string) bool {
	return slices.ContainsFunc(t.Alerts, func(a string) bool {
		words := strings.Fields(a) // "fwd fatal unknown_ca"
		return len(words) == 3 && (direction == "" || words[0] == direction) && slices.Contains(names, words[2])
	})
}

var tls006 = &Rule{
	ID: "WXA-TLS-006", Title: "Client rejects the certificate", Severity: record.High,
	Doc: Doc{
		What:       "Clients end handshakes with Webex because they do not trust the certificate that they got.",
		Why:        "The usual reason is an inspecting proxy whose authority is not installed on the client: sign-in loops, no meetings.",
		Trigger:    "One client ends at least min_sessions handshakes with the alert unknown_ca, bad_certificate or certificate_unknown.",
		LookAlikes: "Alerts of the server speak of the client's own certificate: not counted. One rejection alone may be a user's decision or a restart. Alerts of TLS 1.3 are encrypted and cannot be seen.",
		Verify:     "Wireshark: `ip.src == CLIENT && tls.alert_message.desc in {42, 46, 48}`.",
	},
	Remediation: "Install the inspecting authority on the clients, or exempt Webex from inspection.",
	Refs:        []string{"RFC 5246 section 7.2.2", "Network Requirements for Webex Services, WBX000028782: certificate trust"},
	Needs:       []string{"tls_session with alerts"},
	Limits:      []string{"WXA-TLS-006.min_sessions"},
	Check:       rejectedCertificate,
}

func rejectedCertificate(p *Pass) {
	o := outcome{unit: "TLS session", pass: "clients accept the certificates", missing: "the handshake: capture connections from their beginning"}
	type client struct{ subject, addr string }
	perClient := map[client][]*record.TLSSession{}
	for _, t := range p.tls {
		f := p.flowOf[t.FlowID]
		o.seen++
		if len(t.Alerts) == 0 && p.certificateCut(t) {
			o.missing = "the rest of the handshake, which a snapshot length cut: capture whole packets (tcpdump -s 0)"
			continue
		}
		if t.TLSVersion == "" && len(t.Alerts) == 0 {
			continue
		}
		o.judged++
		direction := "rev"
		if f.ClientIsSource() {
			direction = "fwd"
		}
		if hasAlert(t, direction, "unknown_ca", "bad_certificate", "certificate_unknown") {
			k := client{p.issuerSubject(t).Key, f.ClientAddr().String()}
			perClient[k] = append(perClient[k], t)
		}
	}
	list := causes{}
	for _, sessions := range perClient {
		if float64(len(sessions)) < p.limit("min_sessions") {
			continue
		}
		for _, t := range sessions {
			c := list.at(p.issuerSubject(t))
			c.flow(p.flowOf[t.FlowID])
			c.count++
			c.host(t.SNI)
			c.sure(record.Confirmed)
		}
	}
	for c := range list.each {
		p.reportRejected(c)
	}
	p.conclude(o)
}

func (p *Pass) reportRejected(c *cause) {
	c.sortFlows()
	p.report(c, verdict{state: record.Fail,
		summary: fmt.Sprintf("%s rejected the certificate of %s in %s (%s)", count(len(c.clients), "client"), some(c.names()),
			count(c.count, "handshake"), where(c.subject)),
		expected: "handshakes that the client completes", actual: "certificate alerts of the client",
		evidence: p.citeKeys("transaction", c.flows, p.signFields, "certificate", "alert")})
}
