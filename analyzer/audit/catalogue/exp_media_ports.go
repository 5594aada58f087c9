package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var exp006 = &audit.Rule{
	ID: "WXA-EXP-006", Title: "Media between Expressway-E and the cloud outside its ranges", Severity: record.Medium,
	Doc: audit.Doc{
		What:       "Expressway-E exchanges media with Webex on other ports than those of the plan.",
		Why:        "Firewalls open the planned ranges only: media of business-to-business and SIP calls is one-way or missing.",
		Trigger:    "RTP between a declared E and an address in a published range, on ports that the pack does not have for the pair.",
		LookAlikes: "Media of remote clients to E is no media with the cloud. Behind an address translation E's port is another one: capture at E.",
		Verify:     "Wireshark: `ip.addr == E && ip.addr == NODE && udp`, columns udp.srcport and udp.dstport; planned are 36000-59999 on E and 49152-59999 in the cloud.",
	},
	Remediation: "Set E's media port range to 36000-59999 and open it towards the Webex media subnets, both ways.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: SIP and Expressway", "Cisco Expressway IP Port Usage Configuration Guide X15"},
	Rows:        []string{"ports-expressway", "prefixes"},
	Needs:       []string{"flow", "media_stream", "Expressway-E declared"},
	Reads:       audit.ReadAll,
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "media flow of Expressway-E with the cloud", Many: "media flows of Expressway-E with the cloud"},
		Pass: wording.New("exp006.pass", "ports lie in the ranges"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return isClient(e, f, site.ExpresswayE) && f.ServerRole == "cloud" && f.Proto == "udp" && f.SeesFlow && !f.RolesLearnt
		},
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if f.PairPlan != "out" {
				return false
			}
			g.Hows.Add(fmt.Sprintf("%d to %d", observe.ClientPort(f.Flow), f.Server().Port()), 1)
			return true
		},
		Subject: func(_ *audit.Env, f *observe.Flow) record.Subject {
			return record.Subject{Kind: "host", Key: f.From.String()}
		},
		Cite: audit.Citation{Kind: "packet-range", Largest: true},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Fail,
				Summary: wording.New("exp006.fail", "%s of Expressway-E %s with the cloud outside the ranges (%s)",
					wording.Count(g.Count, "media flow", "media flows"), wording.Name(g.Subject.Key), howOften(g)),
				Expected: wording.New("exp006.expected", "36000-59999 on E, 49152-59999 in the cloud"),
				Actual:   wording.New("exp006.actual", "%s", howOften(g)),
			}, true
		},
	},
}
