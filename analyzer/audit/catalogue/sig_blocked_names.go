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
	ID: "WXA-SIG-001", Title: "Required name is blocked", Severity: record.High, Version: "2",
	Doc: audit.Doc{
		What: "A name that Webex needs cannot be reached: DNS denies it, connections are reset or stay silent, or " +
			"the proxy refuses it.",
		Why: "Sign-in, calls, messages or files fail, often only some of them, so that nobody thinks of a filter.",
		Trigger: "At least min_tries attempts of a site or subnet for a required name failed and none succeeded: " +
			"NXDOMAIN, REFUSED or the address 0.0.0.0 from DNS; RST before any answer of the server, or no SYN-ACK; " +
			"403 or 451 from the proxy. Silence counts only where both directions are visible. One client alone " +
			"that is denied one name is only possible: it may be a typing error. Names of files, logs and " +
			"telemetry alone are a warning of low severity. Of the required names only those whose " +
			"connections carried an answer are said to be reachable.",
		LookAlikes: "Behind a proxy clients cannot resolve outside names and do not need to: a successful CONNECT " +
			"anywhere at the site silences DNS. One address or IPv6 alone that stays silent while the name works by " +
			"another. Questions for services (SRV, NAPTR: names that begin with an underscore) may well be " +
			"denied. Names of third parties, updates and web pages are not required. 407 asks for a " +
			"password. Answers that lead to a wrong place are WXA-SIG-008's, hosts of devices " +
			"WXA-SIG-009's, connections that open and stay silent WXA-SIG-010's.",
		Verify: "Wireshark: `dns.qry.name == \"NAME\" && dns.flags.rcode > 0`; " +
			"`tls.handshake.extensions_server_name == \"NAME\"` followed by `tcp.flags.reset == 1`; " +
			"`http.response.code in {403, 451}` after the CONNECT.",
	},
	Remediation: "Allow the Webex domains by name (*.webex.com, *.wbx2.com, *.ciscospark.com, *.webexapis.com, " +
		"*.webexcontent.com) at resolver, firewall and proxy.",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: domains and URLs"},
	Rows:       []string{"names"},
	Needs:      []string{"flow with lookups, sni, dns_name or connect"},
	Thresholds: []*audit.Limit{blockedTries},
	Reads:      audit.ReadWebex | audit.ReadLookups,
	Under:      []audit.Root{{Rule: "WXA-SIG-008", Same: audit.SameHosts}},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &blockedNames{
			newAttempts(e, wantedNames(required)),
			newAttempts(e, wantedNames(auxiliary))}
	}),
}

// required reports whether Webex cannot do without names of that kind.
func required(s record.Service, f record.Function) bool {
	return ofWebex(s) && (f == record.Signalling || f == record.WebSocket)
}

// auxiliary reports whether names of that kind are part of Webex, but calls and messages do without them.
func auxiliary(s record.Service, f record.Function) bool {
	return ofWebex(s) && (f == record.FileTransfer || f == record.Telemetry)
}

func ofWebex(s record.Service) bool {
	return s != "" && s != record.ThirdParty && s != record.OtherService
}

// wantedNames are the names of Webex of a kind.
func wantedNames(kind func(record.Service, record.Function) bool) wanted {
	return wanted{name: nameOf,
		question:   func(l *record.Lookup) bool { return kind(l.Service, l.Function) },
		connection: func(f *observe.Flow) bool { return f.Webex && kind(f.Service, f.Function) && f.ClientIsSource() }}
}

type blockedNames struct{ required, auxiliary attempts }

// Add implements audit.Fold.
func (b *blockedNames) Add(f *observe.Flow) {
	b.required.add(f)
	b.auxiliary.add(f)
}

// Merge implements audit.Fold.
func (b *blockedNames) Merge(o audit.Fold) {
	b.required.merge(&o.(*blockedNames).required)
	b.auxiliary.merge(&o.(*blockedNames).auxiliary)
}

// Close implements audit.Fold.
func (b *blockedNames) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "required name", Many: "required names"},
		Pass: wording.New("sig001.pass", "required names are reachable"),
		Missing: wording.New("sig001.missing", "connections to these names that carry an answer, with both "+
			"directions visible"),
	}
	domains, _ := b.required.unreached(&o, s.Value(blockedTries))
	blocked := map[record.Subject]bool{}
	for g := range domains.All {
		blocked[g.Subject] = true
		s.Report(g, blockedVerdict(g, record.Fail, ""))
	}
	others, _ := b.auxiliary.unreached(&audit.Outcome{}, s.Value(blockedTries))
	for g := range others.All {
		if !blocked[g.Subject] {
			s.Report(g, blockedVerdict(g, record.Warn, record.Low))
		}
	}
	s.Conclude(o)
}

func blockedVerdict(g *audit.Group, state record.State, severity record.Severity) audit.Verdict {
	v := audit.Verdict{
		State: state, Severity: severity,
		Summary:  unreachable("sig001.fail", g),
		Expected: wording.New("sig001.expected", "an address from DNS and an answer of the server"),
		Actual:   wording.New("sig001.actual", "%s", howOften(g)),
	}
	if severity == record.Low {
		v.Summary = wording.New("sig001.auxiliary", "%s; calls and text messages do without them", v.Summary)
	}
	return v
}
