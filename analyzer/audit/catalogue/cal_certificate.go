package catalogue

import (
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var refusedHandshakes = audit.NewLimit("WXA-CAL-008.min_refused", "handshakes", 2, 1, 1, 1, 1000,
	"ours: an end that refuses a certificate names it, and does so every time",
	"minimum number of handshakes of a trunk or edge that the far side refused")

var cal008 = &audit.Rule{
	ID: "WXA-CAL-008", Title: "The far side refuses the certificate of a trunk or edge", Severity: record.High,
	Doc: audit.Doc{
		What: "Webex ends the TLS handshake with a gateway, session border controller or Expressway over its " +
			"certificate, or will soon.",
		Why: "Without mutual TLS the trunk is down: no calls in or out. Public authorities end certificates for " +
			"clients, and their lifetimes shrink, so that it happens at the next renewal.",
		Trigger: "In a TLS session of a Webex flow on the port of registrations (WXA-CAL-001.port), on first_port to " +
			"last_port of WXA-EXP-008, or from the cloud to a declared gateway or Expressway-E: after the enterprise's " +
			"end was asked for its certificate or showed it, the far side sends one of the fatal alerts 42-46, 48 and " +
			"49 (bad, unsupported, revoked, expired or unknown certificate, unknown authority, access denied), in at " +
			"least min_refused handshakes: a failure, and a warning where a later connection was accepted. A " +
			"certificate that is not refused is a warning of medium severity where it is shown to Webex as a client's " +
			"and lacks the use clientAuth, or is shown as a server's and ends within WXA-TLS-007.within_days or does " +
			"not bear the name that Webex asked for.",
		LookAlikes: "Phones and apps register without a certificate of their own: silent. An alert before any " +
			"certificate, handshake_failure (40) and illegal_parameter (47) may mean anything. The client that rejects " +
			"Webex's certificate is WXA-TLS-006's. TLS 1.3 encrypts certificates and alerts: not judged. The record " +
			"has no dates and names of a client's certificate.",
		Verify: "Wireshark: `ip.addr == HOST && (tls.handshake.type == 11 || tls.alert_message.level == 2)`.",
	},
	Remediation: "Renew the certificate of the trunk or edge from an authority that Webex trusts, with its whole chain, " +
		"the use client authentication and the name that Control Hub has for it. One of a private CA works only where " +
		"Control Hub holds the root of that CA.",
	Refs: []string{"Cisco field notices FN74362 (Expressway) and FN74350 (CUBE): end of public certificates for client " +
		"authentication (newest copies: March 2027)",
		"CA/Browser Forum ballot SC-081v3: lifetimes of 200 days from 2026-03-15, 100 from 2027-03-15, 47 from 2029-03-15",
		"RFC 5246 section 7.2.2"},
	Rows:       []string{"ports-calling", "ports-expressway", "prefixes"},
	Needs:      []string{"tls_session with certificates and alerts (TLS 1.2)"},
	Thresholds: []*audit.Limit{callingPort, refusedHandshakes, edgeFirstPort, edgeLastPort, expiryDays},
	Under:      []audit.Root{{Rule: "WXA-TLS-001", Same: audit.SameFlows}, {Rule: "WXA-TLS-002", Same: audit.SameFlows}},
	Judge: audit.PerTLS{
		Of: wording.Noun{One: "TLS session with a certificate of a trunk or edge",
			Many: "TLS sessions with a certificate of a trunk or edge"},
		Pass:    wording.New("cal008.pass", "the far side refused no certificate"),
		Applies: showsCertificate,
		Lacks: func(_ *audit.Env, t *observe.TLS) (missing wording.Text) {
			switch {
			case refusedBy(t) != "":
			case t.TLSVersion == "":
				missing = wording.New("cal008.handshake", "the handshake: capture connections from their beginning")
			case t.TLSVersion == "1.3":
				missing = wording.New("cal008.hidden", "certificates and alerts, which TLS 1.3 encrypts: see the log of "+
					"the trunk or edge")
			}
			if other := farAlert(t); other != "" && refusedBy(t) == "" {
				missing = wording.New("cal008.other", "why the far side ended the handshake: the alert %s may mean anything",
					other)
			}
			return missing
		},
		Breaks:     faultyCertificate,
		Confidence: unsure[observe.TLS],
		Subject: func(_ *audit.Env, t *observe.TLS) record.Subject {
			return edgeDirection(t.Flow)
		},
		Cite: audit.Citation{Kind: "certificate", Keys: []string{"certificate", "alert"},
			Fields: func(f *observe.Flow) map[string]string {
				m := map[string]string{"cert_subject": ownCertificate(f)}
				if len(f.TLS.Alerts) > 0 {
					m["alerts"] = strings.Join(f.TLS.Alerts, ", ")
				}
				return m
			}},
		Report: certificateVerdict,
	},
}

// showsCertificate reports whether the enterprise's end of a trunk or edge has to show a certificate in the session: it
// is the server, or was asked for one. What is asked for in TLS 1.3 is known of declared machines only.
func showsCertificate(e *audit.Env, t *observe.TLS) bool {
	f := t.Flow
	port := float64(f.DstPort)
	planned := port == e.Value(callingPort) || port >= e.Value(edgeFirstPort) && port <= e.Value(edgeLastPort)
	if f.Connect != nil {
		return false
	}
	declared := false
	for _, role := range []site.Role{site.LocalGateway, site.ExpresswayE, site.EdgeAudio} {
		declared = declared || isClient(e, f, role) || isServer(e, f, role)
	}
	if fromCloud(f) {
		return planned || declared && f.Function == record.Signalling
	}
	asked := t.ClientCertRequested || t.ClientCertSubject != ""
	return planned && (asked || declared && t.TLSVersion == "1.3")
}

// fromCloud reports whether the cloud opened the flow.
func fromCloud(f *observe.Flow) bool { return !f.ClientIsSource() || f.ClientRole == "cloud" }

// ownCertificate is the subject of the certificate that the enterprise's end showed, or "".
func ownCertificate(f *observe.Flow) string {
	if fromCloud(f) {
		return f.TLS.CertSubject
	}
	return f.TLS.ClientCertSubject
}

// refusals are the alerts that speak of the other end's certificate (RFC 5246 section 7.2.2).
var refusals = []string{"bad_certificate", "unsupported_certificate", "certificate_revoked", "certificate_expired",
	"certificate_unknown", "unknown_ca", "access_denied"}

// refusedBy is the fatal alert by which the far side refused the certificate of the enterprise's end, or "".
func refusedBy(t *observe.TLS) string {
	if alert := farAlert(t); slices.Contains(refusals, alert) {
		return alert
	}
	return ""
}

// farAlert is the fatal alert of the far side, or "".
func farAlert(t *observe.TLS) string {
	_, theirs := directions(t.Flow.Flow)
	for _, a := range t.Alerts {
		if words := strings.Fields(a); len(words) == 3 && words[0] == theirs && words[1] == "fatal" { // rev fatal unknown_ca
			return words[2]
		}
	}
	return ""
}

// What is remembered of the sessions of a trunk, as sums and extremes.
const (
	refusedCount = "refused"
	refusedShown = "refused and shown" // and the certificate is in the capture
	refusedBox   = "refused by a box"  // the session is inspected: the alert may be the box's
	refusedLast  = "last refused"
	acceptedLast = "last accepted"
)

func faultyCertificate(e *audit.Env, t *observe.TLS, g *audit.Group) bool {
	g.Host(webexEnd(t.Flow))
	alert := refusedBy(t)
	faults := certificateFaults(e, t)
	at := float64(t.Flow.StartTime)
	if alert == "" {
		g.Extreme(acceptedLast, at, wording.Text{})
	} else {
		g.Hows.Add("alert "+alert, 1)
		g.Sum(refusedCount, 1)
		g.Extreme(refusedLast, at, wording.Text{})
		if ownCertificate(t.Flow) != "" {
			g.Sum(refusedShown, 1)
		}
		if observe.Inspected(t.TLSSession) {
			g.Sum(refusedBox, 1)
		}
	}
	for _, f := range faults {
		g.Hows.Add(f, 1)
	}
	return alert != "" || len(faults) > 0
}

// certificateFaults are what the far side may refuse the certificate for, now or soon, as far as it was seen.
func certificateFaults(e *audit.Env, t *observe.TLS) (faults []string) {
	if !fromCloud(t.Flow) {
		uses := t.ClientCertEKUs
		if len(uses) > 0 && !slices.Contains(uses, "clientAuth") && !slices.Contains(uses, "anyExtendedKeyUsage") {
			faults = append(faults, "certificate without the use clientAuth")
		}
		return faults
	}
	if !t.CertNotAfter.IsZero() {
		left := t.CertNotAfter.Sub(t.Flow.StartTime).Hours() / 24
		short := t.CertValidityDays != nil && float64(*t.CertValidityDays) < 2*e.Value(expiryDays)
		if left < 0 || left < e.Value(expiryDays) && !short {
			faults = append(faults, "certificate that ends on "+t.CertNotAfter.Time().UTC().Format(time.DateOnly))
		}
	}
	if t.SNI != "" && len(t.CertSANs) > 0 && !bears(t.CertSANs, t.SNI) {
		faults = append(faults, "certificate without the name "+t.SNI)
	}
	return faults
}

// bears reports whether one of the alternative names is the name, or a wildcard for its first label (RFC 6125 section
// 6.4.3).
func bears(names []string, name string) bool {
	_, parent, _ := strings.Cut(name, ".")
	return slices.ContainsFunc(names, func(n string) bool {
		return strings.EqualFold(n, name) || parent != "" && strings.EqualFold(n, "*."+parent)
	})
}

func certificateVerdict(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
	v := audit.Verdict{State: record.Warn, Severity: record.Medium, Confidence: record.Probable,
		Summary: wording.New("cal008.soon", "the certificate of a trunk or edge (%s) may be refused: %s", subject(g),
			howOften(g)),
		Expected: wording.New("cal008.expected", "a certificate that the far side accepts"),
		Actual:   wording.New("cal008.actual", "%s", howOften(g))}
	refused := g.Sums[refusedCount]
	if float64(refused) < s.Value(refusedHandshakes) {
		return v, g.Hows.Total() > refused
	}
	v.Summary = wording.New("cal008.fail", "the far side refused the certificate of a trunk or edge in %s (%s: %s)",
		wording.Count(refused, "handshake", "handshakes"), subject(g), howOften(g))
	switch {
	case g.Sums[refusedBox] == refused:
		v.Confidence = record.Possible
	case g.Sums[refusedShown] > 0:
		v.Confidence = record.Confirmed
	}
	if last, ok := g.Worst[acceptedLast]; ok && last.Value > g.Worst[refusedLast].Value {
		v.Summary = wording.New("cal008.later", "%s; a later connection was accepted", v.Summary)
		return v, true
	}
	v.State, v.Severity = record.Fail, record.High
	return v, true
}
