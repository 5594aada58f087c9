package catalogue

import (
	"cmp"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var rejectedSessions = audit.NewLimit("WXA-TLS-006.min_sessions", "sessions", 3, 2, 2, 1, 1000,
	"ours: one rejection may be a user's or a restart", "minimum number of handshakes of one client that it ended "+
		"over the certificate")

var tls006 = &audit.Rule{
	ID: "WXA-TLS-006", Title: "Client rejects the certificate", Severity: record.High,
	Doc: audit.Doc{
		What: "Clients end handshakes with Webex because they do not trust the certificate that they got.",
		Why: "The usual reason is an inspecting proxy whose authority is not installed on the client: sign-in " +
			"loops, no meetings.",
		Trigger: "One client ends at least min_sessions handshakes with the alert unknown_ca, bad_certificate or " +
			"certificate_unknown.",
		LookAlikes: "Alerts of the server speak of the client's own certificate: not counted. One rejection alone " +
			"may be a user's decision or a restart. Alerts of TLS 1.3 are encrypted and cannot be seen.",
		Verify: "Wireshark: `ip.src == CLIENT && tls.alert_message.desc in {42, 46, 48}`.",
	},
	Remediation: "Install the inspecting authority on the clients, or exempt Webex from inspection.",
	Refs: []string{"RFC 5246 section 7.2.2", "Network Requirements for Webex Services, WBX000028782: " +
		"certificate trust"},
	Needs:      []string{"tls_session with alerts"},
	Thresholds: []*audit.Limit{rejectedSessions},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &rejections{env: e, each: audit.NewTable(maxRejecting,
			func(a, b rejecting) int {
				return cmp.Or(audit.BySubject(a.issuer, b.issuer), a.client.Compare(b.client))
			},
			func(k rejecting) *audit.Group { return audit.NewGroup(k.issuer) },
			func(into, from *audit.Group) { into.Merge(from, &rejectionCitation) })}
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

type rejections struct {
	env               *audit.Env
	seen, judged, cut int64
	each              audit.Table[rejecting, audit.Group]
}

// Add implements audit.Fold.
func (r *rejections) Add(f *observe.Flow) {
	if f.TLS == nil {
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
	if observe.HasAlert(f.TLS, up, "unknown_ca", "bad_certificate", "certificate_unknown") {
		g := r.each.At(rejecting{t.IssuerSubject(), f.From})
		g.Count++
		g.Host(t.SNI)
		g.Flow(r.env, f, &rejectionCitation)
	}
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
	issuers := audit.NewGroups(&rejectionCitation)
	for k, g := range r.each.All {
		if float64(g.Count) >= s.Value(rejectedSessions) {
			issuers.At(k.issuer).Join(g, &rejectionCitation)
		}
	}
	for g := range issuers.All {
		g.Raise(record.Confirmed)
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("tls006.fail", "%s rejected the certificate of %s in %s (%s)", clients(g), hosts(g),
				wording.Count(g.Count, "handshake", "handshakes"), subject(g)),
			Expected: wording.New("tls006.expected", "handshakes that the client completes"),
			Actual:   wording.New("tls006.actual", "certificate alerts of the client"),
		})
	}
	s.Conclude(o)
}
