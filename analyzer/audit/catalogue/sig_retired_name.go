package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var sig005 = &audit.Rule{
	ID: "WXA-SIG-005", Title: "Retired name still in use", Severity: record.Low,
	Doc: audit.Doc{
		What:    "A client connects to a name that Webex has given up.",
		Why:     "It is a sign of an old client or of a bookmark, or of an allow list that keeps holes open for nobody.",
		Trigger: "A connection whose name (SNI, CONNECT or DNS answer) is retired in the pack that judges. A warning.",
		LookAlikes: "Retired ports and address ranges are WXA-MED-007's and WXA-DAT-002's. A question to DNS alone " +
			"is no use.",
		Verify: "Wireshark: `tls.handshake.extensions_server_name == \"NAME\"`.",
	},
	Remediation: "Update the client; take the name out of the allow list when nobody uses it any more.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: revision history"},
	Rows:        []string{"names"},
	Needs:       []string{"flow with sni, dns_name or connect"},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "Webex connection with a name", Many: "Webex connections with a name"},
		Pass: wording.New("sig005.pass", "no retired name is in use"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return observe.NameOf(f.Flow) != "" &&
				!f.Function.IsMedia()
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if f.Retired == "" {
				return false
			}
			g.Host(observe.NameOf(f.Flow))
			g.Hows.Add(f.Retired, 1)
			return true
		},
		Subject: func(_ *audit.Env, f *observe.Flow) record.Subject {
			return record.Subject{Kind: "domain", Key: domain(observe.NameOf(f.Flow))}
		},
		Cite: audit.Citation{Kind: "transaction", Keys: []string{"client-hello", "connect", "syn"}},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("sig005.warn", "%s of %s to %s: %s", wording.Count(g.Count, "connection",
					"connections"), clients(g), hosts(g),
					wording.List(g.Hows.Keys())),
				Expected: wording.New("sig005.expected", "names of the current list"),
				Actual:   wording.New("sig005.actual", "%s", hosts(g)),
			}, true
		},
	},
}
