package catalogue

import (
	"cmp"
	"slices"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var expiryDays = audit.NewLimit("WXA-TLS-007.within_days", "days", 14, 30, 60, 1, 3650,
	"ours: renewal tools begin 30 days before the end",
	"time to the end of a certificate from which it is reported")

var tls007 = &audit.Rule{
	ID: "WXA-TLS-007", Title: "Certificate on the own edge expires soon or has expired", Severity: record.Medium,
	Version: "2",
	Doc: audit.Doc{
		What: "A certificate that the organisation runs itself is at its end: of an Expressway-E or -C, of a mesh " +
			"node, of a local gateway (CUBE), or of an inspecting proxy.",
		Why: "From that day on every connection through it fails at once. Public certificates live for 200 days at " +
			"most since 2026-03-15, for 100 from 2027-03-15 on, so renewal has to be automatic.",
		Trigger: "When the session began the leaf had less than within_days to live, or had expired. A warning " +
			"before the end, a failure after it.",
		LookAlikes: "Certificates that were made for less than twice within_days, as proxies make them, count only " +
			"once they have expired. Certificates of Webex itself are not the organisation's.",
		Verify: "Wireshark: `tls.handshake.type == 11`, field x509af.notAfter of the first certificate.",
	},
	Remediation: "Renew the certificate, and let renewal run by itself.",
	Refs: []string{"CA/Browser Forum ballot SC-081v3: lifetimes of 200 days from 2026-03-15, 100 from 2027-03-15, " +
		"47 from 2029-03-15",
		"RFC 5280 section 4.1.2.5"},
	Rows: []string{"names", "prefixes", "webex-policy-public-certificate-max-days"},
	Needs: []string{"tls_session with cert_not_after", "Expressways and mesh nodes declared in the site file, or " +
		"learnt"},
	Thresholds: []*audit.Limit{expiryDays},
	Under:      []audit.Root{{Rule: "WXA-CAL-008", Same: audit.SameFlows}},
	Judge: audit.PerTLS{
		Of:      wording.Noun{One: "TLS session with an own server", Many: "TLS sessions with own servers"},
		Pass:    wording.New("tls007.pass", "their certificates are valid for long enough"),
		Applies: func(e *audit.Env, t *observe.TLS) bool { return t.TLSVersion != "" && certificateOwner(e, t) != "" },
		Lacks: func(_ *audit.Env, t *observe.TLS) (missing wording.Text) {
			if t.CertNotAfter.IsZero() {
				missing = certificateHidden
			}
			return missing
		},
		Breaks: func(e *audit.Env, t *observe.TLS, g *audit.Group) bool {
			left := t.CertNotAfter.Sub(t.Flow.StartTime).Hours() / 24
			short := t.CertValidityDays != nil && float64(*t.CertValidityDays) < 2*e.Value(expiryDays)
			if left >= e.Value(expiryDays) || short && left >= 0 {
				return false
			}
			g.Host(t.SNI)
			g.Extreme("soonest", -float64(t.CertNotAfter), wording.Text{})
			return true
		},
		Subject: func(e *audit.Env, t *observe.TLS) record.Subject {
			if owner := certificateOwner(e, t); owner != "proxy" {
				return record.Subject{Kind: owner, Key: t.Flow.Server().String()}
			}
			return t.IssuerSubject()
		},
		Cite: audit.Citation{Kind: "certificate", Keys: []string{"certificate"},
			Fields: func(f *observe.Flow) map[string]string {
				return map[string]string{"cert_subject": f.TLS.CertSubject,
					"cert_not_after": f.TLS.CertNotAfter.String()}
			}},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			end := record.Time(-g.Worst["soonest"].Value)
			day := time.Unix(0, int64(end)).UTC().Format(time.DateOnly)
			state, what := record.Warn, wording.New("tls007.soon", "expires on %s", day)
			if end < g.Last {
				state, what = record.Fail, wording.New("tls007.late", "expired on %s", day)
			}
			return audit.Verdict{
				State: state,
				Summary: wording.New("tls007.summary", "a certificate of %s %s (%s)", subject(g), what,
					wording.CountOf(g.Count, session)),
				Expected: wording.New("tls007.expected", "at least %s to the end",
					wording.Count(int64(s.Value(expiryDays)), "day", "days")),
				Actual: what,
			}, true
		},
	},
}

// certificateOwner names the machine of the organisation that showed the session's certificate, or "".
func certificateOwner(e *audit.Env, t *observe.TLS) string {
	role := cmp.Or(string(e.Site.Role(t.Flow.Server().Addr())), t.Flow.ServerRole)
	switch {
	case slices.Contains([]string{"expressway-e", "expressway-c", "mesh-node", "local-gateway"}, role):
		return role
	case observe.Inspected(t.TLSSession):
		return "proxy"
	}
	return ""
}

var tls008 = &audit.Rule{
	ID: "WXA-TLS-008", Title: "Client certificate lacks the use client authentication", Severity: record.Medium,
	Version: "2",
	Doc: audit.Doc{
		What: "A machine presented a certificate as a client (mutual TLS) that was issued for servers only.",
		Why: "Public authorities stop issuing certificates for both uses. The other side refuses such a client: " +
			"trunks, traversal zones and hybrid services fail after the next renewal.",
		Trigger: "A client's certificate was seen whole, has extended key usages, and neither clientAuth nor " +
			"anyExtendedKeyUsage is among them.",
		LookAlikes: "A certificate without extended key usages may be used for anything. TLS 1.3 encrypts client " +
			"certificates: nothing is said there. A server's own certificate may well be for servers only.",
		Verify: "Wireshark: `tls.handshake.type == 11 && ip.src == CLIENT`, field x509ce.KeyPurposeId.",
	},
	Remediation: "Use a certificate with both uses from an authority that still issues them. One of a private CA " +
		"works towards Webex only where Control Hub holds the root of that CA (hybrid services, certificate-based " +
		"trunks).",
	Refs: []string{"Cisco field notices FN74362 (Expressway) and FN74350 (CUBE): end of public certificates for " +
		"client authentication", "RFC 5280 section 4.2.1.12"},
	Rows:  []string{"names", "prefixes"},
	Needs: []string{"tls_session with a client certificate (TLS 1.2 or older)"},
	Under: []audit.Root{{Rule: "WXA-CAL-008", Same: audit.SameFlows}},
	Judge: audit.PerTLS{
		Of: wording.Noun{One: "TLS session with a request for a client certificate",
			Many: "TLS sessions with a request for a client certificate"},
		Pass:    wording.New("tls008.pass", "client certificates may be used by clients"),
		Absent:  wording.New("tls008.absent", "no client certificate in this capture (TLS 1.3 hides them)"),
		Applies: func(_ *audit.Env, t *observe.TLS) bool { return t.ClientCertRequested || t.ClientCertSubject != "" },
		Lacks: func(_ *audit.Env, t *observe.TLS) (missing wording.Text) {
			if t.ClientCertSHA256 == "" {
				missing = wording.New("tls008.missing", "whole client certificates: none was sent, or it was cut "+
					"(tcpdump -s 0)")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, t *observe.TLS, g *audit.Group) bool {
			uses := t.ClientCertEKUs
			if len(uses) == 0 || slices.Contains(uses, "clientAuth") || slices.Contains(uses, "anyExtendedKeyUsage") {
				return false
			}
			g.Host(t.SNI)
			for _, use := range uses {
				g.Hows.Add(use, 1)
			}
			return true
		},
		Subject: func(_ *audit.Env, t *observe.TLS) record.Subject {
			return record.Subject{Kind: "certificate", Key: t.ClientCertSubject}
		},
		Cite: audit.Citation{Kind: "certificate", Keys: []string{"certificate"},
			Fields: func(f *observe.Flow) map[string]string {
				return map[string]string{"client_cert_subject": f.TLS.ClientCertSubject,
					"client_cert_issuer": f.TLS.ClientCertIssuer}
			}},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Fail,
				Summary: wording.New("tls008.fail", "the client certificate %s of %s is not for clients (%s)",
					wording.DN(g.Subject.Key),
					wording.Count(g.Clients.Len(), "machine", "machines"), wording.CountOf(g.Count, session)),
				Expected: wording.New("tls008.expected", "extended key usage clientAuth"),
				Actual:   wording.New("tls008.actual", "%s", wording.List(g.Hows.Keys())),
			}, true
		},
	},
}
