package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

const inspectionVerify = "Wireshark: `tls.handshake.type == 11` (TLS 1.2) and look at the issuer of the first " +
	"certificate: x509sat.printableString or x509sat.uTF8String; compare with a session past the proxy. With TLS " +
	"1.3 look into the certificate on a client."

var tls001 = &audit.Rule{
	ID: "WXA-TLS-001", Title: "TLS inspection where it is not supported", Severity: record.High,
	Plain: "a device on the way opens the encryption towards Webex (TLS inspection)",
	Doc: audit.Doc{
		What: "A proxy or firewall opens TLS connections that Webex does not allow to be inspected: meeting media " +
			"services and hybrid connectors.",
		Why: "These clients do not accept the proxy's certificate, or the content is no HTTP: meetings and " +
			"synchronisation fail in ways that nobody connects with the proxy.",
		Trigger: "Inspection is probable or confirmed by the signs of the session (issuer, chain, hello " +
			"fingerprints), for a name or address whose policy in the pack is unsupported.",
		LookAlikes: "Certificates of public authorities never count, also unusual ones; a session with a single " +
			"weak sign stays possible and silent. TLS 1.3 and resumed sessions show no certificate: then a pass " +
			"says less. Where a snapshot length cut all certificates the rule is not assessable.",
		Verify: inspectionVerify,
	},
	Remediation: "Exempt these names and the media subnets from TLS inspection.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: TLS inspection",
		"BRKCOL-2057 (2022): TLS inspection"},
	Rows:  []string{"issuers", "names", "prefixes", "webex-policy-tls-inspection-unsupported"},
	Needs: []string{"tls_session with inspection", "whole handshakes"},
	Under: []audit.Root{{Rule: "WXA-SIG-008", Same: audit.SameHosts}},
	Judge: inspection("tls001", "unsupported", record.Fail),
}

var tls002 = &audit.Rule{
	ID: "WXA-TLS-002", Title: "Webex signalling is inspected", Severity: record.Medium,
	Plain: "a device on the way opens the encryption of Webex signalling (TLS inspection)",
	Doc: audit.Doc{
		What: "A proxy or firewall opens TLS connections of Webex signalling.",
		Why: "It works where the client trusts the proxy's authority, but messages, files and media are encrypted " +
			"inside: inspection finds nothing, costs the proxy capacity and adds delay. Hence a warning.",
		Trigger: "Inspection is probable or confirmed by the signs of the session, for a name whose policy in the " +
			"pack is discouraged.",
		LookAlikes: "As for WXA-TLS-001. Names of third parties have no policy and are not judged.",
		Verify:     inspectionVerify,
	},
	Remediation: "Bypass TLS inspection for the Webex domains.",
	Refs: []string{"BRKCOL-2057 (2022): the recommendation is to bypass TLS inspection",
		"Network Requirements for Webex Services, WBX000028782"},
	Rows:  []string{"issuers", "names", "webex-policy-tls-inspection"},
	Needs: []string{"tls_session with inspection", "whole handshakes"},
	Under: []audit.Root{{Rule: "WXA-SIG-008", Same: audit.SameHosts}},
	Judge: inspection("tls002", "discouraged", record.Warn),
}

var tls003 = &audit.Rule{
	ID: "WXA-TLS-003", Title: "TLS inspection is possible", Severity: record.Low, Version: "2",
	Doc: audit.Doc{
		What: "Sessions with Webex bear signs of inspection, but no certificate proves it.",
		Why: "TLS 1.3 hides the certificate. An inspecting proxy shows by its own hellos, by the size of what it " +
			"sends and by its nearness; a few seconds on one client settle it.",
		Trigger: "The signs of a session make inspection possible, neither more nor less, for a name or address " +
			"with an inspection policy. A warning.",
		LookAlikes: "Another server farm behind the same name has other hellos and certificates; a busy server or a " +
			"TCP accelerator answers the hello late; an unlisted public authority is no proxy. None of them makes " +
			"more than possible.",
		Verify: "On a client, open the name in a browser and look at the issuer of the certificate. Wireshark: " +
			"`tls.handshake.type == 2`, compare tls.handshake.ja3s of the same name among clients.",
	},
	Remediation: "Look at the certificate on a client. Where a proxy issued it, exempt Webex from inspection.",
	Refs: []string{"RFC 8446 section 4.4.2: certificates are encrypted",
		"Network Requirements for Webex Services, WBX000028782: TLS inspection"},
	Rows:  []string{"issuers", "names"},
	Needs: []string{"tls_session with inspection", "whole handshakes; other clients and servers to compare with"},
	Judge: audit.PerTLS{
		Of:     tlsSession,
		Pass:   wording.New("tls003.pass", "no session bears unexplained signs"),
		Absent: wording.New("tls003.absent", "no TLS session with an inspection policy in this capture"),
		Applies: func(_ *audit.Env, t *observe.TLS) bool {
			return t.Flow.Inspection != "" && t.TLSVersion != ""
		},
		Lacks: func(_ *audit.Env, t *observe.TLS) (missing wording.Text) {
			if !possiblyInspected(t) && !observe.Inspected(t.TLSSession) {
				missing = lacksCertificate(t)
			}
			return missing
		},
		Breaks: func(_ *audit.Env, t *observe.TLS, g *audit.Group) bool {
			if possiblyInspected(t) {
				addSigns(g, t)
			}
			return possiblyInspected(t)
		},
		Confidence: inspectionConfidence,
		Subject:    issuerOf,
		Cite: audit.Citation{Kind: "transaction", Keys: []string{"client-hello", "server-hello",
			"certificate"}, Fields: tlsFields},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("tls003.warn", "%s of %s to %s may be inspected (%s)", wording.CountOf(g.Count,
					session), clients(g), hosts(g),
					subject(g)),
				Expected: wording.New("tls003.expected", "handshakes like those of other clients"),
				Actual:   g.Worst[signs].Of,
			}, true
		},
	},
}

// possiblyInspected reports whether the signs make inspection possible. That the pack does not know an authority
// whose certificates are in public logs is no sign.
func possiblyInspected(t *observe.TLS) bool {
	return t.Inspection == string(record.Possible) && !(t.HasSign(record.SignForeign) &&
		t.HasSign(record.SignLogged) && !otherSigns(t))
}

// otherSigns reports whether something beside the issuer's name tells of inspection.
func otherSigns(t *observe.TLS) bool {
	return slices.ContainsFunc(t.InspectionSigns,
		func(s record.InspectionSign) bool { return s.Weight > 0 && s.Name != record.SignForeign })
}

// inspection judges the sessions whose names have an inspection policy.
func inspection(id, policy string, state record.State) audit.PerTLS {
	return audit.PerTLS{
		Of:     tlsSession,
		Pass:   wording.New(id+".pass", "no session is probably inspected"),
		Absent: wording.New("inspection.absent", "no TLS session with this inspection policy in this capture"),
		Applies: func(_ *audit.Env, t *observe.TLS) bool {
			return t.Flow.Inspection == policy && t.TLSVersion != ""
		},
		Lacks: func(_ *audit.Env, t *observe.TLS) (missing wording.Text) {
			if !observe.Inspected(t.TLSSession) {
				missing = lacksCertificate(t)
			}
			return missing
		},
		Breaks: func(_ *audit.Env, t *observe.TLS, g *audit.Group) bool {
			if observe.Inspected(t.TLSSession) {
				addSigns(g, t)
			}
			return observe.Inspected(t.TLSSession)
		},
		Confidence: inspectionConfidence,
		Subject:    issuerOf,
		Cite: audit.Citation{Kind: "certificate", Keys: []string{"client-hello", "server-hello",
			"certificate"}, Fields: tlsFields},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: state,
				Summary: wording.New(id+"."+string(state), "%s of %s to %s inspected (%s)", wording.CountOf(g.Count,
					session), clients(g),
					hosts(g), subject(g)),
				Expected: wording.New("inspection.expected", "the certificate of Webex, from a public authority"),
				Actual:   g.Worst[signs].Of,
			}, true
		},
	}
}

func inspectionConfidence(_ *audit.Env, t *observe.TLS) record.Confidence {
	return record.Confidence(t.Inspection)
}

func issuerOf(_ *audit.Env, t *observe.TLS) record.Subject { return t.IssuerSubject() }

// lacksCertificate says why a session shows no certificate; the zero Text where it shows one.
func lacksCertificate(t *observe.TLS) (missing wording.Text) {
	switch {
	case t.CertIssuer != "":
	case t.CertificateCut():
		missing = wording.New("certificate.cut",
			"server certificates: cut off by a snapshot length; capture whole packets (tcpdump -s 0)")
	default:
		missing = certificateHidden
	}
	return missing
}

var certificateHidden = wording.New("certificate.hidden",
	"server certificates: hidden by TLS 1.3 or resumption; confirm on a client, or capture a TLS 1.2 handshake")

// signs is the measure that keeps the session with the heaviest signs of inspection.
const signs = "signs"

func addSigns(g *audit.Group, t *observe.TLS) {
	g.Host(t.SNI)
	list := slices.Clone(t.InspectionSigns)
	slices.SortStableFunc(list, func(a, b record.InspectionSign) int { return b.Weight - a.Weight })
	weight := 0
	var words []wording.Text
	for _, s := range list {
		weight += s.Weight
		value := wording.Word(s.Value)
		if strings.Contains(s.Value, "=") {
			value = wording.DN(s.Value)
		}
		words = append(words, wording.New("inspection.sign", "%s: %s (%s)", s.Name, value, fmt.Sprintf("%+d",
			s.Weight)))
	}
	text := wording.New("inspection.signs", "inspection signs of the session")
	if len(words) > 0 {
		text = words[0]
		for _, w := range words[1:] {
			text = wording.New("inspection.more", "%s; %s", text, w)
		}
	}
	g.Extreme(signs, float64(weight), text)
}
