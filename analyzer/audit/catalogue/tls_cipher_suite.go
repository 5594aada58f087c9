package catalogue

import (
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var tls005 = &audit.Rule{
	ID: "WXA-TLS-005", Title: "Weak cipher suite", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A session with Webex was negotiated with a cipher suite that Webex does not offer and that is weak.",
		Why: "Webex servers choose suites with forward secrecy and sound ciphers. A weaker one means that a box in " +
			"between made the choice, or that the client offers nothing better.",
		Trigger: "The chosen suite has no ephemeral key exchange, or RC4, 3DES, DES, RC2, NULL, EXPORT, MD5 or no " +
			"authentication, or CBC with SHA-1.",
		LookAlikes: "ECDHE with CBC and SHA-2 is on Cisco's list, for old browsers. Suites that are strong but not " +
			"on the list (ECDSA, CCM) are silent: servers of partners choose them. What a client merely offers does " +
			"not count.",
		Verify: "Wireshark: `tls.handshake.type == 2`, column tls.handshake.ciphersuite.",
	},
	Remediation: "Correct the proxy's TLS policy, or update the client: TLS 1.3, or ECDHE with AES-GCM or ChaCha20.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: cipher suites",
		"RFC 9325 section 4: recommendations on cipher suites"},
	Rows:  []string{"ciphers", "names", "prefixes"},
	Needs: []string{"tls_session with cipher_suite"},
	Judge: audit.PerTLS{
		Of:   tlsSession,
		Pass: wording.New("tls005.pass", "sound cipher suites"),
		Lacks: func(_ *audit.Env, t *observe.TLS) (missing wording.Text) {
			if t.CipherSuite == "" {
				missing = wording.New("tls005.missing", "the server's hello: capture connections from their "+
					"beginning, in both directions")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, t *observe.TLS, g *audit.Group) bool {
			what := weakness(t.CipherSuite)
			if what == "" || observe.HasAlert(t.TLSSession, "", "handshake_failure", "insufficient_security",
				"protocol_version") {
				return false
			}
			g.Host(t.SNI)
			g.Hows.Add(t.CipherSuite+" ("+what+")", 1)
			return true
		},
		Cite: audit.Citation{Kind: "transaction", Keys: []string{"server-hello"},
			Fields: func(f *observe.Flow) map[string]string {
				return map[string]string{"cipher_suite": f.TLS.CipherSuite}
			}},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Fail,
				Summary: wording.New("tls005.fail", "%s of %s in %s to %s used a weak cipher suite",
					wording.CountOf(g.Count, session),
					clients(g), subject(g), hosts(g)),
				Expected: wording.New("tls005.expected", "ECDHE with AES-GCM, ChaCha20 or CBC with SHA-2, or TLS 1.3"),
				Actual:   wording.New("tls005.actual", "%s", howOften(g)),
			}, true
		},
	},
}

// weakness says what is wrong with a suite, by its IANA name; "" for sound ones and for numbers without a name.
func weakness(suite string) string {
	if !strings.HasPrefix(suite, "TLS_") {
		return ""
	}
	words := strings.Split(suite, "_")
	for _, part := range []string{"RC4", "3DES", "DES", "DES40", "RC2", "NULL", "EXPORT", "MD5", "anon"} {
		if slices.Contains(words, part) {
			return part
		}
	}
	exchange, _, with := strings.Cut(suite, "_WITH_")
	switch {
	case !with:
		return "" // of TLS 1.3
	case !strings.Contains(exchange, "DHE_"):
		return "no forward secrecy"
	case strings.Contains(suite, "_CBC_") && strings.HasSuffix(suite, "_SHA"):
		return "CBC with SHA-1"
	}
	return ""
}
