package catalogue

import (
	"cmp"
	"net/netip"
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var rejectedSessions = audit.NewLimit("WXA-TLS-006.min_sessions", "sessions", 3, 2, 2, 1, 1000,
	"ours: one rejection may be a user's or a restart", "minimum number of handshakes of one client that it ended "+
		"over the certificate")

var tls006 = &audit.Rule{
	ID: "WXA-TLS-006", Title: "Client rejects the certificate", Severity: record.High, Version: "2",
	Doc: audit.Doc{
		What: "Clients end handshakes with Webex because they do not trust the certificate that they got.",
		Why: "Either somebody inspects and the client does not trust him, or the certificate is genuine and the " +
			"client lacks the authority's root or has a wrong clock. Both end in sign-in loops, and need opposite " +
			"remedies.",
		Trigger: "One client ends at least min_sessions handshakes with the alert unknown_ca, bad_certificate, " +
			"certificate_unknown or certificate_expired. The issuer tells the two causes apart.",
		LookAlikes: "Alerts of the server speak of the client's own certificate: not counted. One rejection alone " +
			"may be a user's decision or a restart. Alerts of TLS 1.3 are encrypted and cannot be seen. A block " +
			"page of a DNS filter is rejected as well: WXA-SIG-008 names it.",
		Verify: "Wireshark: `ip.src == CLIENT && tls.alert_message.desc in {42, 45, 46, 48}`, and the issuer of the " +
			"certificate before it.",
	},
	Remediation: "Install the inspecting authority on the clients, or exempt Webex from inspection.",
	Refs: []string{"RFC 5246 section 7.2.2", "Network Requirements for Webex Services, WBX000028782: " +
		"certificate trust"},
	Rows:       []string{"issuers", "names"},
	Needs:      []string{"tls_session with alerts"},
	Thresholds: []*audit.Limit{rejectedSessions},
	Reads:      audit.ReadWebex | audit.ReadLookups,
	Under: []audit.Root{{Rule: "WXA-SIG-008", Same: audit.SameHosts}, {Rule: "WXA-TLS-001",
		Same: audit.SameSubject}, {Rule: "WXA-TLS-002", Same: audit.SameSubject}},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &rejections{env: e, blockPages: audit.NewSet[string](maxRejecting), each: audit.NewTable(maxRejecting,
			func(a, b rejecting) int {
				return cmp.Or(audit.BySubject(a.issuer, b.issuer), a.client.Compare(b.client))
			},
			func(k rejecting) *rejected {
				return &rejected{e.NewPart(k.issuer), audit.NewSet[string](maxServers)}
			},
			func(into, from *rejected) {
				into.Merge(from.Group, &rejectionCitation)
				into.servers.Merge(&from.servers)
			})}
	}),
}

// maxRejecting is of how many clients and issuers together the rejections are kept.
const maxRejecting = 20_000

var rejectionCitation = audit.Citation{Kind: "transaction", Keys: []string{"certificate", "alert"}, Fields: tlsFields}

// rejecting is a client that rejects the certificates of an issuer.
type rejecting struct {
	issuer record.Subject
	client netip.Addr
}

// rejected are handshakes that a client ended, and the addresses of their servers.
type rejected struct {
	*audit.Group
	servers audit.Set[string]
}

type rejections struct {
	env               *audit.Env
	seen, judged, cut int64
	blockPages        audit.Set[string] // addresses of block pages that DNS led to
	each              audit.Table[rejecting, rejected]
}

// Add implements audit.Fold.
func (r *rejections) Add(f *observe.Flow) {
	for i := range f.Lookups {
		if f.Lookups[i].BlockPage != "" {
			for _, a := range f.Lookups[i].Answers {
				r.blockPages.Add(a)
			}
		}
	}
	if f.TLS == nil || !f.Webex {
		return
	}
	t := &observe.TLS{TLSSession: f.TLS, Flow: f}
	r.seen++
	switch {
	case len(t.Alerts) == 0 && t.CertificateCut():
		r.cut++
		return
	case t.TLSVersion == "" && len(t.Alerts) == 0:
		return
	}
	r.judged++
	up, _ := directions(f.Flow)
	if observe.HasAlert(f.TLS, up, certificateAlerts()...) {
		r.reject(f, t)
	}
}

func (r *rejections) reject(f *observe.Flow, t *observe.TLS) {
	g := r.each.At(rejecting{t.IssuerSubject(), f.From})
	g.Count++
	g.Host(t.SNI)
	g.servers.Add(f.Server().Addr().String())
	if genuine(t) {
		g.Sum("genuine", 1)
	}
	if observe.HasAlert(f.TLS, "", "certificate_expired") {
		g.Sum("expired", 1)
	}
	g.Flow(r.env, f, &rejectionCitation)
}

// directions are those of the client's and of the server's packets, as alerts and counters name them.
func directions(f *record.Flow) (up, down string) {
	if f.ClientIsSource() {
		return "fwd", "rev"
	}
	return "rev", "fwd"
}

// Merge implements audit.Fold.
func (r *rejections) Merge(o audit.Fold) {
	other := o.(*rejections)
	r.seen, r.judged, r.cut = r.seen+other.seen, r.judged+other.judged, r.cut+other.cut
	r.each.Merge(&other.each)
	r.blockPages.Merge(&other.blockPages)
}

// Close implements audit.Fold.
func (r *rejections) Close(s *audit.Scope) {
	o := audit.Outcome{Of: tlsSession, Seen: r.seen, Judged: r.judged, Pass: wording.New("tls006.pass",
		"clients accept the certificates"),
		Missing: wording.New("tls.handshake", "the handshake: capture connections from their beginning")}
	if r.cut > 0 {
		o.Missing = wording.New("tls006.cut", "the rest of the handshake, which a snapshot length cut: capture "+
			"whole packets (tcpdump -s 0)")
	}
	issuers, elsewhere := audit.NewGroups(&rejectionCitation), map[record.Subject]bool{}
	for k, g := range r.each.All {
		if float64(g.Count) < s.Value(rejectedSessions) {
			continue
		}
		issuers.At(k.issuer).Join(g.Group, &rejectionCitation)
		if slices.ContainsFunc(g.servers.List(), func(a string) bool { return !r.blockPages.Has(a) }) {
			elsewhere[k.issuer] = true
		}
	}
	for g := range issuers.All {
		g.Raise(record.Confirmed)
		s.Report(g, rejectedVerdict(g, !elsewhere[g.Subject]))
	}
	s.Conclude(o)
}

// certificateAlerts are the alerts by which a client rejects a certificate.
func certificateAlerts() []string {
	return []string{"unknown_ca", "bad_certificate", "certificate_unknown", "certificate_expired"}
}

// genuine reports whether the certificate comes from an authority that signs for Webex, or from one whose
// certificates are in public logs.
func genuine(t *observe.TLS) bool {
	return !observe.Inspected(t.TLSSession) && (t.HasSign(record.SignPublic) || t.HasSign(record.SignLogged))
}

func rejectedVerdict(g *audit.Group, blockPage bool) audit.Verdict {
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("tls006.fail", "%s rejected the certificate of %s in %s (%s)", clients(g), hosts(g),
			wording.Count(g.Count, "handshake", "handshakes"), subject(g)),
		Expected: wording.New("tls006.expected", "handshakes that the client completes"),
		Actual:   wording.New("tls006.actual", "certificate alerts of the client"),
	}
	switch {
	case blockPage:
		v.Summary = wording.New("tls006.blockpage", "%s; it is the block page of a DNS filter", v.Summary)
		v.Remediation = wording.New("tls006.blockpage.remedy", "Exempt the Webex domains from the DNS filter: the "+
			"certificate is that of its block "+
			"page, and trusting it would help nobody.")
	case g.Sums["genuine"] == g.Count && g.Sums["expired"] == g.Count:
		v.Summary = wording.New("tls006.clock",
			"%s; the certificate is genuine, and the clients hold it for expired", v.Summary)
		v.Remediation = wording.New("tls006.clock.remedy", "Set the clock of the clients (NTP), then look at their "+
			"trust store: the certificate itself "+
			"is the one of Webex.")
	case g.Sums["genuine"] == g.Count:
		v.Summary = wording.New("tls006.roots", "%s; the certificate is genuine, the clients lack the root of its "+
			"authority or have a wrong clock",
			v.Summary)
		v.Remediation = wording.New("tls006.roots.remedy", "Update the trust store of the clients (roots of "+
			"IdenTrust, ISRG, DigiCert, GlobalSign, "+
			"Google Trust Services and Amazon), by an update of the system or the device's firmware, and set their "+
			"clock. Nothing inspects these "+
			"connections.")
	case g.Sums["genuine"] > 0:
		v.Remediation = wording.New("tls006.mixed", "Compare the certificates: some are genuine, and need current "+
			"roots and a right clock on the clients.")
	}
	return v
}
