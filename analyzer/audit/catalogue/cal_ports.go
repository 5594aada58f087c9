package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var cal005 = &audit.Rule{
	ID: "WXA-CAL-005", Title: "Phone uses source ports outside the plan", Severity: record.Low,
	Doc: audit.Doc{
		What: "A phone of Webex Calling signals or sends media from other source ports than those of the plan.",
		Why:  "Access lists and QoS classes that go by source port do not match it.",
		Trigger: "A flow from a host that the site file declares as a phone to Webex Calling, to a port of the plan, " +
			"from a source port outside the plan, captured at access or inside.",
		LookAlikes: "Behind an address translation source ports mean nothing. Hosts that are not declared as phones " +
			"may be apps, whose ports are ephemeral without QoS.",
		Verify: "Wireshark: `ip.src == PHONE`, tcp.srcport or udp.srcport as a column.",
	},
	Remediation: "Use the phones' default ports (SIP 5060-5080, media 19560-19661), or extend the plan.",
	Refs: []string{"Port Reference Information for Webex Calling, b2exve",
		"BRKCOL-2057 (2022): Webex Calling ports"},
	Rows:  []string{"ports-calling"},
	Needs: []string{"flow", "phones declared in the site file", "vantage access or inside"},
	Judge: plannedPorts{
		of:     wording.Noun{One: "flow of a declared phone", Many: "flows of a declared phone"},
		plan:   wording.New("cal005.plan", "the phones' ports"),
		speaks: func(_ *audit.Env, f *observe.Flow) bool { return f.ClientRole == "phone" && f.PairPlan != "" },
		out:    func(_ *audit.Env, f *observe.Flow) bool { return f.PairPlan == "out" },
	}.perFlow(),
}

var cal007 = &audit.Rule{
	ID: "WXA-CAL-007", Version: "2", Title: "Local gateway sends media outside its port range", Severity: record.Low,
	Doc: audit.Doc{
		What: "A local gateway sends Calling media from other source ports than its range.",
		Why:  "Firewall rules and QoS classes that go by the range do not match it.",
		Trigger: "Media from a host that the site file declares as a local gateway to Webex Calling, from a source " +
			"port outside the gateway's range, captured at access or inside. The range is the one of the site file " +
			"(rtp_ports), else the pack's for gateways.",
		LookAlikes: "Behind an address translation source ports mean nothing. The range can be changed on the " +
			"gateway: declare the new one under rtp_ports.",
		Verify: "Wireshark: `ip.src == GATEWAY && udp`, udp.srcport as a column.",
	},
	Remediation: "Set the gateway's rtp-port range to 8000-48199, or declare the range in use under rtp_ports in the " +
		"site file and adapt firewall and QoS to it.",
	Refs:  []string{"Port Reference Information for Webex Calling, b2exve"},
	Rows:  []string{"ports-calling"},
	Needs: []string{"flow", "local gateways declared in the site file", "vantage access or inside"},
	Judge: plannedPorts{
		of:   wording.Noun{One: "media flow of a declared gateway", Many: "media flows of a declared gateway"},
		plan: wording.New("cal007.plan", "the gateway's range"),
		speaks: func(e *audit.Env, f *observe.Flow) bool {
			_, _, declared := e.Site.RTPPorts(f.From)
			return isClient(e, f, site.LocalGateway) && f.Function.IsMedia() &&
				(f.PairPlan != "" || declared && f.Proto == "udp")
		},
		out: func(e *audit.Env, f *observe.Flow) bool {
			port := observe.ClientPort(f.Flow)
			if lo, hi, declared := e.Site.RTPPorts(f.From); declared {
				return port < lo || port > hi
			}
			return f.PairPlan == "out"
		},
	}.perFlow(),
}

// plannedPorts accuses hosts of a declared role whose flows to the cloud use other client ports than they ought to.
type plannedPorts struct {
	of     wording.Noun
	plan   wording.Text
	speaks func(*audit.Env, *observe.Flow) bool // of a flow that a declared host opened to the cloud
	out    func(*audit.Env, *observe.Flow) bool // its port is outside
}

func (r plannedPorts) perFlow() audit.PerFlow {
	return audit.PerFlow{
		Of:   r.of,
		Pass: wording.New("ports.pass", "source ports lie in %s", r.plan),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return f.ServerRole == "cloud" && !f.RolesLearnt && r.speaks(e, f)
		},
		Gate: inEnterprise,
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if !r.out(e, f) {
				return false
			}
			g.Hows.Add(fmt.Sprintf("%s %d", f.Proto, observe.ClientPort(f.Flow)), 1)
			return true
		},
		Confidence: unsure[observe.Flow],
		Cite:       audit.Citation{Kind: "packet-range", Largest: true},
		Report: func(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn, Confidence: s.Vantage.Confidence,
				Summary: wording.New("ports.warn", "%s of %s in %s from source ports outside %s (%s)",
					wording.Count(g.Count, "flow", "flows"), wording.Count(g.Clients.Len(), "host", "hosts"),
					subject(g), r.plan, howOften(g)),
				Expected: r.plan,
				Actual:   wording.New("ports.actual", "%s", howOften(g)),
			}, true
		},
	}
}
