package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

var cal005 = &Rule{
	ID: "WXA-CAL-005", Title: "Phone uses source ports outside the plan", Severity: record.Low,
	Doc: Doc{
		What:       "A phone of Webex Calling signals or sends media from other source ports than those of the plan.",
		Why:        "Access lists and QoS classes that go by source port do not match it.",
		Trigger:    "A flow from a host that the site file declares as a phone to Webex Calling, to a port of the plan, from a source port outside the plan, captured at access or inside.",
		LookAlikes: "Behind an address translation source ports mean nothing. Hosts that are not declared as phones may be apps, whose ports are ephemeral without QoS.",
		Verify:     "Wireshark: `ip.src == PHONE`, tcp.srcport or udp.srcport as a column.",
	},
	Remediation: "Use the phones' default ports (SIP 5060-5080, media 19560-19661), or extend the plan.",
	Refs:        []string{"Port Reference Information for Webex Calling, b2exve", "BRKCOL-2057 (2022): Webex Calling ports"},
	Needs:       []string{"flow", "phones declared in the site file", "vantage access or inside"},
	Check:       func(p *Pass) { p.outsidePlan("phone", "flow of a declared phone", "the phones' ports") },
}

var cal007 = &Rule{
	ID: "WXA-CAL-007", Title: "Local gateway sends media outside its port range", Severity: record.Low,
	Doc: Doc{
		What:       "A local gateway sends Calling media from other source ports than its range.",
		Why:        "Firewall rules and QoS classes that go by the range do not match it.",
		Trigger:    "Media from a host that the site file declares as a local gateway to Webex Calling, from a source port outside the pack's range for gateways, captured at access or inside.",
		LookAlikes: "Behind an address translation source ports mean nothing. The range can be changed on the gateway: then change the rule with it.",
		Verify:     "Wireshark: `ip.src == GATEWAY && udp`, udp.srcport as a column.",
	},
	Remediation: "Set the gateway's rtp-port range to 8000-48199, or adapt firewall and QoS to the range in use.",
	Refs:        []string{"Port Reference Information for Webex Calling, b2exve"},
	Needs:       []string{"flow", "local gateways declared in the site file", "vantage access or inside"},
	Check: func(p *Pass) {
		p.outsidePlan("local-gateway", "media flow of a declared gateway", "the gateway's range")
	},
}

// outsidePlan accuses hosts of a declared role whose flows to the cloud use other client ports than the pack has for
// the pair.
func (p *Pass) outsidePlan(role, unit, plan string) {
	o := outcome{unit: unit, pass: "source ports lie in " + plan}
	list := causes{}
	for _, f := range p.webex {
		if f.ClientRole != role || f.ServerRole != "cloud" || f.RolesLearnt || f.PairPlan == "" ||
			role == "local-gateway" && !f.Function.IsMedia() {
			continue
		}
		o.seen++
		if !p.vantage.enterprise() {
			o.missing = p.placeMissing()
			continue
		}
		o.judged++
		if f.PairPlan == "out" {
			c := list.at(p.subject(f.ClientAddr()))
			c.flow(f)
			c.count++
			c.sure(p.vantage.confidence)
			c.n[fmt.Sprintf("%s %d", f.Proto, clientPort(f))]++
		}
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s of %s in %s from source ports outside %s (%s)", count(c.count, "flow"), count(len(c.clients), "host"), where(c.subject), plan, c.counted()),
			expected: plan, actual: c.counted(), evidence: p.cite("packet-range", c.largest(), nil)})
	}
	p.conclude(o)
}

func clientPort(f *record.Flow) int {
	if f.ClientIsSource() {
		return f.SrcPort
	}
	return f.DstPort
}
