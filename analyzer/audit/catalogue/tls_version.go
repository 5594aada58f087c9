package catalogue

import (
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var tls004 = &audit.Rule{
	ID: "WXA-TLS-004", Title: "TLS older than 1.2", Severity: record.High,
	Doc: audit.Doc{
		What: "A connection to Webex was negotiated with TLS 1.1 or older.",
		Why: "Webex refuses versions before 1.2, so whoever accepted it stands in between; or the client is years " +
			"out of date. The older versions are broken.",
		Trigger: "The version that the server chose is below 1.2, for a Webex session that was not refused.",
		LookAlikes: "The record layer says 1.0 in most first messages, and TLS 1.3 says 1.2 in its hello: only the " +
			"negotiated version counts. A server that answers an old client with the alert protocol_version does " +
			"right.",
		Verify: "Wireshark: `tls.handshake.type == 2 && tls.handshake.version < 0x0303 && " +
			"!tls.handshake.extensions.supported_version`.",
	},
	Remediation: "Update the client, or the proxy that terminates TLS.",
	Refs:        []string{"RFC 8996", "Network Requirements for Webex Services, WBX000028782: TLS 1.2 and 1.3"},
	Rows:        []string{"names", "prefixes", "webex-policy-tls-min-version"},
	Needs:       []string{"tls_session", "the handshake"},
	Judge: audit.PerTLS{
		Of:   tlsSession,
		Pass: wording.New("tls004.pass", "TLS 1.2 or newer"),
		Lacks: func(_ *audit.Env, t *observe.TLS) (missing wording.Text) {
			if t.TLSVersion == "" {
				missing = wording.New("tls.handshake", "the handshake: capture connections from their beginning")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, t *observe.TLS, g *audit.Group) bool {
			refused := observe.HasAlert(t.TLSSession, "", "protocol_version", "handshake_failure")
			if refused || !slices.Contains(before12(), t.TLSVersion) {
				return false
			}
			g.Host(t.SNI)
			g.Hows.Add(t.TLSVersion, 1)
			return true
		},
		Cite: audit.Citation{Kind: "transaction", Keys: []string{"client-hello", "server-hello"}, Fields: tlsFields},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Fail,
				Summary: wording.New("tls004.fail", "%s of %s in %s to %s negotiated a version below 1.2",
					wording.CountOf(g.Count, session), clients(g), subject(g), hosts(g)),
				Expected: wording.New("tls004.expected", "TLS 1.2 or 1.3"),
				Actual:   wording.New("tls004.actual", "version %s", wording.List(oldVersions(g))),
			}, true
		},
	},
}

// before12 are the old versions as tls_session writes them; unknown ones are not old.
func before12() []string { return []string{"SSL 2.0", "SSL 3.0", "1.0", "1.1"} }

// oldVersions of a group, the oldest first.
func oldVersions(g *audit.Group) []string {
	return slices.DeleteFunc(before12(), func(v string) bool { return g.Hows.Count(v) == 0 })
}

// tlsFields are what a reader should see of a flow's handshake.
func tlsFields(f *observe.Flow) map[string]string {
	t := f.TLS
	if t == nil {
		return nil
	}
	m := map[string]string{"sni": t.SNI, "cert_issuer": t.CertIssuer, "cert_subject": t.CertSubject,
		"tls_version": t.TLSVersion, "inspection": t.Inspection}
	for k, v := range m {
		if v == "" {
			delete(m, k)
		}
	}
	return m
}
