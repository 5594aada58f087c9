package catalogue

import (
	"cmp"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var exp004 = &audit.Rule{
	ID: "WXA-EXP-004", Version: "2", Title: "SIP between Expressway-E and Webex is not encrypted", Severity: record.Low,
	Doc: audit.Doc{
		What: "Expressway-E and Webex exchange SIP that can be read.",
		Why: "Calls, names and numbers travel in clear over the Internet, and nothing proves who the other end is. " +
			"Webex supports SIP over TCP towards an Expressway, and prefers encryption: a recommendation, not a fault.",
		Trigger: "SIP messages parsed in a Webex flow between a declared or learnt Expressway-E and the cloud: a warning.",
		LookAlikes: "SIP in clear between E and strangers on the Internet (scanners above all) and between C and " +
			"Unified CM is not Webex's. Without a role nothing is judged here; see WXA-CAL-004.",
		Verify: "Wireshark: `sip && ip.addr == E`, beside `tls && tcp.port in {5060..5070}`.",
	},
	Remediation: "Set the DNS zone or neighbour zone to Webex to TLS (port 5061; mutual TLS 5062) and switch TCP and UDP " +
		"5060 off on E.",
	Refs:  []string{clearSIP, expresswayPorts},
	Rows:  []string{"ports-expressway", "prefixes", "webex-policy-sip-expressway-transport"},
	Needs: []string{"flow with sip or TLS", "Expressway-E declared or learnt"},
	Judge: audit.PerFlow{
		Of: wording.Noun{One: "signalling flow of Expressway-E with Webex",
			Many: "signalling flows of Expressway-E with Webex"},
		Pass: wording.New("exp004.pass", "SIP is inside TLS"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return edgeWithCloud(e, f) && (f.SIP != nil || f.Function == record.Signalling)
		},
		Lacks: func(_ *audit.Env, f *observe.Flow) (missing wording.Text) {
			if f.SIP == nil && f.Transport != record.TLS {
				missing = wording.New("exp004.missing", "the beginning of the connections")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if f.SIP == nil {
				return false
			}
			clearText(f, g)
			return true
		},
		Confidence: func(_ *audit.Env, f *observe.Flow) record.Confidence {
			if f.RolesLearnt {
				return record.Possible
			}
			return cmp.Or(f.Confidence, record.Possible)
		},
		Subject: func(_ *audit.Env, f *observe.Flow) record.Subject { return ends(f) },
		Cite:    clearCitation,
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{State: record.Warn,
				Summary: wording.New("exp004.warn", "%s of Expressway-E with Webex (%s) can be read (%s)",
					wording.Count(g.Count, "flow", "flows"), subject(g), howOften(g)),
				Expected: wording.New("exp004.expected", "SIP over TLS"),
				Actual:   wording.New("exp004.actual", "%s", howOften(g))}, true
		},
	},
}

// edgeWithCloud reports whether a Webex flow goes between an Expressway-E and the cloud, whoever opened it: the cloud
// is an end in a published range, or the server of a flow that E opened under a name of Webex. Who calls E without
// being either is a client or a stranger.
func edgeWithCloud(e *audit.Env, f *observe.Flow) bool {
	switch {
	case isClient(e, f, site.ExpresswayE):
		return f.ServerRole == "cloud" || f.ServerRole == "" && f.Prefix+f.SNI+f.DNSName != ""
	case isServer(e, f, site.ExpresswayE):
		return f.Prefix != ""
	}
	return false
}
