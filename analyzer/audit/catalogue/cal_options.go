package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var pingsFrom = audit.NewLimit("WXA-CAL-011.min_requests", "requests", 8, 5, 5, 2, 1000,
	"ours: peers give up after a handful", "minimum number of OPTIONS requests that nobody answers")

var cal011 = &audit.Rule{
	ID: "WXA-CAL-011", Title: "A SIP peer answers no OPTIONS", Severity: record.Medium,
	Plain: "OPTIONS requests were not answered (%s)",
	Doc: audit.Doc{
		What: "One end of a SIP trunk or zone with Webex asks by OPTIONS whether the other is there, again and again, and gets no " +
			"answer of any kind.",
		Why: "Gateways and Expressways take a peer that answers no OPTIONS out of service: calls take another way, to the survivability " +
			"gateway, or fail, although the network below looks open.",
		Trigger: "A flow of Webex with SIP in clear has min_requests or more OPTIONS requests and not one byte of payload the other way, and the capture " +
			"shows both directions of its client's traffic.",
		LookAlikes: "Any answer, also 404, 405 or 503, shows that the peer is there. A connection that does not open is WXA-EXP-008's or " +
			"WXA-CAL-001's. OPTIONS inside TLS, as Webex Calling's trunks send them, cannot be seen.",
		Verify: "Wireshark: `sip.Method == \"OPTIONS\" && ip.addr == PEER`, beside `sip.Status-Code && ip.addr == PEER`.",
	},
	Remediation: "Look whether the requests arrive at the peer (capture there), whether it knows their sender (zone, trunk, SIP " +
		"URI), and whether its answers may take the same way back.",
	Refs:       []string{"RFC 3261 section 11 (querying for capabilities)", "RFC 6223 (SIP keep-alive)"},
	Rows:       []string{"names", "ports-expressway", "prefixes"},
	Needs:      []string{"flow with sip in clear", "both directions"},
	Thresholds: []*audit.Limit{pingsFrom},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "flow with OPTIONS in clear", Many: "flows with OPTIONS in clear"},
		Pass: wording.New("cal011.pass", "OPTIONS are answered"),
		Applies: func(_ *audit.Env, f *observe.Flow) bool {
			return f.SIP != nil && f.SIP.Requests["OPTIONS"] > 0
		},
		Lacks: func(e *audit.Env, f *observe.Flow) (missing wording.Text) {
			switch {
			case len(f.SIP.Answers) > 0:
			case !f.Sees:
				missing = answersMissing
			case min(f.PayloadBytesFwd, f.PayloadBytesRev) > 0:
				missing = wording.New("cal011.unread", "what the other side sent: it could not be read")
			case float64(f.SIP.Requests["OPTIONS"]) < e.Value(pingsFrom):
				missing = wording.New("cal011.missing", "more OPTIONS: capture for some minutes")
			}
			return missing
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if len(f.SIP.Answers) > 0 {
				return false
			}
			g.Sum("requests", f.SIP.Requests["OPTIONS"])
			g.Host(f.Server().String())
			return true
		},
		Subject:    func(_ *audit.Env, f *observe.Flow) record.Subject { return ends(f) },
		Confidence: func(*audit.Env, *observe.Flow) record.Confidence { return record.Probable },
		Cite: audit.Citation{Kind: "packet-range", Fields: func(f *observe.Flow) map[string]string {
			return map[string]string{"options": fmt.Sprint(f.SIP.Requests["OPTIONS"]), "answers": "0"}
		}},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			n := wording.Count(g.Sums["requests"], "OPTIONS request", "OPTIONS requests")
			return audit.Verdict{
				State:    record.Fail,
				Summary:  wording.New("cal011.fail", "of %s (%s) none was answered", n, subject(g)),
				Expected: wording.New("cal011.expected", "an answer to each, whatever its status"),
				Actual:   wording.New("cal011.actual", "%s, no answer", n),
			}, true
		},
	},
}
