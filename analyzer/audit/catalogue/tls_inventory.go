package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var tls011 = &audit.Rule{
	ID: "WXA-TLS-011", Title: "Unknown public authority signs Webex names", Severity: record.Info, Version: "2",
	Doc: audit.Doc{
		What: "A certificate for a Webex name comes from an authority whose certificates are in public logs, but " +
			"which the pack does not know.",
		Why: "Webex has probably changed its authority and the pack is old. Clients and devices without current " +
			"roots may refuse the new one.",
		Trigger: "The leaf bears timestamps of public logs, its issuer is outside the set expected for name and " +
			"date and no corporate CA of the site file, and inspection is not probable. A remark.",
		LookAlikes: "A private issuer, or one of an interception product, is a matter of WXA-TLS-001 to 003. " +
			"Sub-authorities change their names often: organisations are compared, not names. Whether the issuer's " +
			"name is true is not verified.",
		Verify: "Wireshark: `tls.handshake.type == 11` and look at the issuer of the first certificate.",
	},
	Remediation: "Renew the signature pack; update the roots of devices that refuse the certificate.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: certificate authorities",
		"RFC 6962: certificate transparency"},
	Rows:  []string{"issuers", "names"},
	Needs: []string{"tls_session with inspection_signs", "server certificates"},
	Judge: audit.PerTLS{
		Of:      tlsSession,
		Pass:    wording.New("tls011.pass", "no certificate is from an unknown public authority"),
		Applies: func(_ *audit.Env, t *observe.TLS) bool { return t.TLSVersion != "" },
		Lacks:   func(_ *audit.Env, t *observe.TLS) wording.Text { return lacksCertificate(t) },
		Breaks: func(e *audit.Env, t *observe.TLS, g *audit.Group) bool {
			if !t.HasSign(record.SignForeign) || !t.HasSign(record.SignLogged) || t.HasSign(record.SignCorporate) ||
				observe.Inspected(t.TLSSession) || e.Site.IsCorporateCA(t.CertIssuer) {
				return false
			}
			g.Host(t.SNI)
			return true
		},
		Subject: issuerOf,
		Cite:    audit.Citation{Kind: "certificate", Keys: []string{"certificate"}, Fields: tlsFields},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("tls011.warn", "%s, a public authority that the pack lacks, signed the "+
					"certificates of %s in %s of %s",
					subject(g), hosts(g), wording.CountOf(g.Count, session), clients(g)),
				Expected: wording.New("tls011.expected", "an authority of the pack's list"),
				Actual:   wording.New("tls011.actual", "%s", wording.DN(g.Subject.Key)),
			}, true
		},
	},
}

var tls012 = &audit.Rule{
	ID: "WXA-TLS-012", Title: "Inventory of TLS fingerprints", Severity: record.Info,
	Doc: audit.Doc{
		What: "The fingerprints of Webex clients (JA4) and servers (JA3S) of this capture.",
		Why: "A fingerprint that a site never had before is a new program, or a box on the way. One capture cannot " +
			"tell: the rule accuses nobody and passes with the numbers, for comparison with an earlier run.",
		Trigger: "Handshakes of Webex sessions. What is new is for you to see: compare the members ja4 and ja3s of " +
			"the tls_session records of two runs.",
		LookAlikes: "Every update of an app or a browser changes fingerprints, and so does every new server farm.",
		Verify:     "Wireshark: `tls.handshake.type in {1, 2}`, columns tls.handshake.ja4 and tls.handshake.ja3s.",
	},
	Remediation: "None needed; review what is new.",
	Refs:        []string{"JA4 (FoxIO, 2023)", "JA3 and JA3S (Salesforce, 2017)"},
	Rows:        []string{"names", "prefixes"},
	Needs:       []string{"tls_session with ja4 and ja3s"},
	Judge: audit.Custom(func(*audit.Env) audit.Fold {
		return &seenFingerprints{clients: audit.NewSet[string](maxFingerprints),
			servers: audit.NewSet[string](maxFingerprints)}
	}),
}

const maxFingerprints = 10_000

type seenFingerprints struct {
	seen, judged     int64
	clients, servers audit.Set[string]
}

// Add implements audit.Fold.
func (p *seenFingerprints) Add(f *observe.Flow) {
	if f.TLS == nil {
		return
	}
	p.seen++
	if f.TLS.JA4 == "" || f.TLS.JA3S == "" {
		return
	}
	p.judged++
	p.clients.Add(f.TLS.JA4)
	p.servers.Add(f.TLS.JA3S)
}

// Merge implements audit.Fold.
func (p *seenFingerprints) Merge(o audit.Fold) {
	other := o.(*seenFingerprints)
	p.seen, p.judged = p.seen+other.seen, p.judged+other.judged
	p.clients.Merge(&other.clients)
	p.servers.Merge(&other.servers)
}

// Close implements audit.Fold.
func (p *seenFingerprints) Close(s *audit.Scope) {
	s.Conclude(audit.Outcome{
		Of: tlsSession, Seen: p.seen, Judged: p.judged,
		Pass: wording.New("tls012.pass", "%s of clients: %s; %s of servers: %s",
			wording.Count(p.clients.Len(), "fingerprint", "fingerprints"), wording.List(p.clients.List()),
			wording.Count(p.servers.Len(), "fingerprint", "fingerprints"), wording.List(p.servers.List())),
		Missing: wording.New("tls012.missing", "the hellos: capture connections from their beginning"),
	})
}
