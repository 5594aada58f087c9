package audit

import (
	"fmt"
	"slices"
	"strings"

	"webexaudit/analyzer/record"
)

var tls005 = &Rule{
	ID: "WXA-TLS-005", Title: "Weak cipher suite", Severity: record.Medium,
	Doc: Doc{
		What:       "A session with Webex was negotiated with a cipher suite that Webex does not offer and that is weak.",
		Why:        "Webex servers choose suites with forward secrecy and sound ciphers. A weaker one means that a box in between made the choice, or that the client offers nothing better.",
		Trigger:    "The chosen suite has no ephemeral key exchange, or RC4, 3DES, DES, RC2, NULL, EXPORT, MD5 or no authentication, or CBC with SHA-1.",
		LookAlikes: "ECDHE with CBC and SHA-2 is on Cisco's list, for old browsers. Suites that are strong but not on the list (ECDSA, CCM) are silent: servers of partners choose them. What a client merely offers does not count.",
		Verify:     "Wireshark: `tls.handshake.type == 2`, column tls.handshake.ciphersuite.",
	},
	Remediation: "Correct the proxy's TLS policy, or update the client: TLS 1.3, or ECDHE with AES-GCM or ChaCha20.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: cipher suites", "RFC 9325 section 4: recommendations on cipher suites"},
	Needs:       []string{"tls_session with cipher_suite"},
	Check:       weakSuites,
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

func weakSuites(p *Pass) {
	o := outcome{unit: "TLS session", pass: "sound cipher suites", missing: "the server's hello: capture connections from their beginning, in both directions"}
	list := causes{}
	for _, t := range p.tls {
		o.seen++
		if t.CipherSuite == "" {
			continue
		}
		o.judged++
		f := p.flowOf[t.FlowID]
		what := weakness(t.CipherSuite)
		if what == "" || hasAlert(t, "", "handshake_failure", "insufficient_security", "protocol_version") {
			continue
		}
		c := list.at(p.subject(f.ClientAddr()))
		c.flow(f)
		c.count++
		c.host(t.SNI)
		c.n[t.CipherSuite+" ("+what+")"]++
		c.sure(record.Confirmed)
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Fail,
			summary: fmt.Sprintf("%s of %s in %s to %s use a weak cipher suite", count(c.count, "session"), count(len(c.clients), "client"),
				where(c.subject), some(c.names())),
			expected: "ECDHE with AES-GCM, ChaCha20 or CBC with SHA-2, or TLS 1.3", actual: c.counted(),
			evidence: p.citeKeys("transaction", c.flows, func(f *record.Flow) map[string]string {
				return map[string]string{"cipher_suite": p.tlsOf[f.FlowID].CipherSuite}
			}, "server-hello")})
	}
	p.conclude(o)
}
