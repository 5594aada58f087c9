package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var blockedTries = audit.NewLimit("WXA-SIG-001.min_tries", "attempts", 5, 3, 2, 1, 1000, "ours: one failure is chance",
	"minimum number of failed attempts of a site for a name, with no success")

var sig001 = &audit.Rule{
	ID: "WXA-SIG-001", Title: "Required name is blocked", Severity: record.High,
	Doc: audit.Doc{
		What: "A name that Webex needs cannot be reached: DNS denies it or sends it into a sinkhole, connections " +
			"are reset or stay silent, or the proxy refuses it.",
		Why: "Sign-in, calls, messages or files fail, often only some of them, so that nobody thinks of a filter.",
		Trigger: "At least min_tries attempts of a site or subnet for a required name failed and none succeeded: " +
			"NXDOMAIN, REFUSED or a sinkhole address from DNS; RST before any answer of the server, or no SYN-ACK; " +
			"403 or 451 from the proxy. Silence counts only where both directions are visible. One client alone " +
			"that is denied one name is only possible: it may be a typing error.",
		LookAlikes: "Behind a proxy clients cannot resolve outside names and do not need to: a successful CONNECT " +
			"anywhere at the site silences DNS. One address or IPv6 alone that stays silent while the name works by " +
			"another. Names of third parties, telemetry, updates and web pages are not required. 407 asks for a " +
			"password.",
		Verify: "Wireshark: `dns.qry.name == \"NAME\" && dns.flags.rcode > 0`; " +
			"`tls.handshake.extensions_server_name == \"NAME\"` followed by `tcp.flags.reset == 1`; " +
			"`http.response.code in {403, 451}` after the CONNECT.",
	},
	Remediation: "Allow the Webex domains by name (*.webex.com, *.wbx2.com, *.ciscospark.com, *.webexapis.com, " +
		"*.webexcontent.com) at resolver, firewall and proxy.",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: domains and URLs"},
	Needs:      []string{"flow with lookups, sni, dns_name or connect"},
	Thresholds: []*audit.Limit{blockedTries},
	Reads:      audit.ReadWebex | audit.ReadLookups,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &blockedNames{newAttempts(e,
			func(l *record.Lookup) bool { return required(l.Service, l.Function) },
			func(f *observe.Flow) bool { return f.Webex && required(f.Service, f.Function) && f.ClientIsSource() })}
	}),
}

// required reports whether Webex cannot do without names of that kind.
func required(s record.Service, f record.Function) bool {
	switch s {
	case "", record.ThirdParty, record.OtherService:
		return false
	}
	return f == record.Signalling || f == record.WebSocket || f == record.FileTransfer
}

type blockedNames struct{ attempts }

// Add implements audit.Fold.
func (b *blockedNames) Add(f *observe.Flow) { b.add(f) }

// Merge implements audit.Fold.
func (b *blockedNames) Merge(o audit.Fold) { b.merge(&o.(*blockedNames).attempts) }

// Close implements audit.Fold.
func (b *blockedNames) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:      wording.Noun{One: "required name", Many: "required names"},
		Pass:    wording.New("sig001.pass", "required names are reachable"),
		Missing: attemptsMissing,
	}
	domains, _ := b.unreached(&o, s.Value(blockedTries))
	for g := range domains.All {
		s.Report(g, audit.Verdict{
			State:    record.Fail,
			Summary:  unreachable("sig001.fail", g),
			Expected: wording.New("sig001.expected", "an address from DNS and an answer of the server"),
			Actual:   wording.New("sig001.actual", "%s", howOften(g)),
		})
	}
	s.Conclude(o)
}

var attemptsMissing = wording.New("attempts.missing", "more attempts for the names, or both directions of the "+
	"clients' traffic")
