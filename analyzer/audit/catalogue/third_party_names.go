package catalogue

import (
	"slices"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	statusTries = audit.NewLimit("WXA-TLS-010.min_tries", "attempts", 5, 3, 2, 1, 1000, "ours: one failure is chance",
		"minimum number of failed attempts of a site for a name, with no success")
	optionalTries = audit.NewLimit("WXA-POL-002.min_tries", "attempts", 5, 3, 2, 1, 1000, "ours: one failure is chance",
		"minimum number of failed attempts of a site for a name, with no success")
)

var tls010 = &audit.Rule{
	ID: "WXA-TLS-010", Title: "Certificate status services are unreachable", Severity: record.Low,
	Doc: audit.Doc{
		What: "Clients of Webex cannot reach the hosts that tell whether certificates were revoked (OCSP, CRL).",
		Why: "A client that cannot ask waits, often five to fifteen seconds for each new connection, or refuses the " +
			"certificate.",
		Trigger: "At least min_tries attempts of a site for such a name failed and none succeeded: NXDOMAIN, " +
			"REFUSED or a sinkhole from DNS, reset, ICMP refusal, or no SYN-ACK. Always a warning.",
		LookAlikes: "With OCSP stapling (and TLS 1.3 in most clients) nobody asks: then nothing is seen and nothing " +
			"is wrong. Where the site opens tunnels through a proxy DNS need not answer, and plain requests to a " +
			"proxy are not seen here. One client alone is only possible.",
		Verify: "Wireshark: `dns.qry.name contains \"ocsp\" && dns.flags.rcode > 0`, or `tcp.dstport == 80 && " +
			"tcp.flags.syn == 1` to the address without an answer.",
	},
	Remediation: "Allow TCP 80 by name to *.digicert.com, *.identrust.com, *.quovadisglobal.com, *.godaddy.com, " +
		"*.globalsign.com and *.lencr.org.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: certificate revocation",
		"BRKCOL-2057 (2022)", "RFC 6960"},
	Rows:       []string{"names"},
	Needs:      []string{"flow with lookups or dns_name"},
	Thresholds: []*audit.Limit{statusTries},
	Reads:      audit.ReadLookups | audit.ReadThird,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return newThirdNames(e, record.Revocation, func(t *thirdNames, s *audit.Scope) {
			o := audit.Outcome{
				Of: wording.Noun{One: "name of a certificate status service",
					Many: "names of certificate status services"},
				Pass:    wording.New("tls010.pass", "certificate status services are reachable"),
				Missing: attemptsMissing,
			}
			t.report(s, &o, statusTries, "tls010.warn", wording.New("tls010.expected",
				"an answer of the certificate status service"))
			s.Conclude(o)
		})
	}),
}

var pol002 = &audit.Rule{
	ID: "WXA-POL-002", Title: "Optional third-party names", Severity: record.Info,
	Doc: audit.Doc{
		What: "Webex clients ask for names of third parties: telemetry, pictures, polls, guides.",
		Why: "Webex works without them, with less comfort. Whether they are allowed is policy, and should be " +
			"decided and not happen.",
		Trigger: "Names of third parties that the pack knows, in DNS questions and connections of Webex clients. " +
			"They are a warning where at least min_tries attempts of a site failed and none succeeded, else the " +
			"rule passes and lists those in use.",
		LookAlikes: "Other programs of the same host use the same parties. Delivery networks, cloud storage and " +
			"push services, which everybody uses, are left out; certificate status services are WXA-TLS-010's.",
		Verify: "Wireshark: `dns.qry.name == \"NAME\" || tls.handshake.extensions_server_name == \"NAME\"`.",
	},
	Remediation: "Decide by policy: allow the names in use, or block them with a reset and not with silence, so " +
		"that clients do not wait.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: additional URLs",
		"BRKCOL-2057 (2022)"},
	Rows:       []string{"names"},
	Needs:      []string{"flow with lookups, sni or dns_name"},
	Thresholds: []*audit.Limit{optionalTries},
	Reads:      audit.ReadLookups | audit.ReadThird,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return newThirdNames(e, record.Telemetry, func(t *thirdNames, s *audit.Scope) {
			o := audit.Outcome{Of: wording.Noun{One: "third-party name", Many: "third-party names"},
				Missing: attemptsMissing}
			used := t.report(s, &o, optionalTries, "pol002.warn", wording.New("pol002.expected",
				"a decision: allowed, or refused at once"))
			o.Pass = wording.New("pol002.pass", "no optional third-party name is blocked; in use: %s", namesOf(used))
			s.Conclude(o)
		}, record.Web)
	}),
}

// thirdNames are the attempts for names of third parties with some functions.
type thirdNames struct {
	attempts
	end func(*thirdNames, *audit.Scope)
}

func newThirdNames(e *audit.Env, function record.Function, end func(*thirdNames, *audit.Scope),
	more ...record.Function) audit.Fold {
	want := func(s record.Service, f record.Function) bool {
		return s == record.ThirdParty && (f == function || slices.Contains(more, f))
	}
	return &thirdNames{end: end, attempts: newAttempts(e, wanted{name: nameOf,
		question:   func(l *record.Lookup) bool { return want(l.Service, l.Function) },
		connection: func(f *observe.Flow) bool { return want(f.Service, f.Function) }})}
}

// Add implements audit.Fold.
func (t *thirdNames) Add(f *observe.Flow) { t.add(f) }

// Merge implements audit.Fold.
func (t *thirdNames) Merge(o audit.Fold) { t.merge(&o.(*thirdNames).attempts) }

// Close implements audit.Fold.
func (t *thirdNames) Close(s *audit.Scope) { t.end(t, s) }

// report warns of the names that a site tried and never reached, and returns the others.
func (t *thirdNames) report(s *audit.Scope, o *audit.Outcome, enough *audit.Limit, id string,
	expected wording.Text) (used []string) {
	domains, used := t.unreached(o, s.Value(enough))
	for g := range domains.All {
		s.Report(g, audit.Verdict{
			State:    record.Warn,
			Summary:  unreachable(id, g),
			Expected: expected,
			Actual:   wording.New("attempts.actual", "%s", howOften(g)),
		})
	}
	slices.Sort(used)
	return slices.Compact(used)
}
