package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
)

var prx001 = &Rule{
	ID: "WXA-PRX-001", Title: "Media nodes are reached through the proxy", Severity: record.Medium,
	Doc: Doc{
		What:       "The proxy opens CONNECT tunnels to media nodes.",
		Why:        "Whatever the client would send there (media as a last resort) loads the proxy and suffers from it. A direct way, or an exception in the PAC file, keeps media off the proxy. A warning: a mere test through the proxy hurts nobody yet.",
		Trigger:    "A CONNECT to a media node or media address that the proxy answered with 2xx.",
		LookAlikes: "CONNECT to signalling is what the proxy is for. A CONNECT that the proxy refuses keeps media off it. Media that actually flows through the proxy is WXA-MED-002 as well.",
		Verify:     "Wireshark: `http.request.method == \"CONNECT\"` and look for addresses of the media subnets or names of media nodes.",
	},
	Remediation: "Let the media subnets and media node names bypass the proxy (PAC file, GPO), and allow UDP 5004 and 9000.",
	Refs:        []string{"BRKCOL-2057 (2022): avoid the proxy for media", "Network Requirements for Webex Services, WBX000028782: proxy"},
	Needs:       []string{"flow with connect", "a capture on the client's side of the proxy"},
	Check: func(p *Pass) {
		o := outcome{unit: "CONNECT request of Webex", pass: "none leads to a media node", missing: "the proxy's replies"}
		list := causes{}
		for _, f := range p.webex {
			if f.Connect == nil {
				continue
			}
			o.seen++
			if f.Connect.Status == 0 {
				continue
			}
			o.judged++
			media := f.Function.IsMedia() || f.Function == record.ReachProbe || f.Function == record.TURN
			if !media || f.Connect.Status < 200 || f.Connect.Status > 299 {
				continue
			}
			c := list.at(record.Subject{Kind: "proxy", Key: f.Server().String()})
			c.flow(f)
			c.count++
			c.host(f.Connect.Host)
			c.sure(record.Confirmed)
		}
		for c := range list.each {
			p.report(c, verdict{state: record.Warn,
				summary: fmt.Sprintf("%s opened %s to media nodes for %s (%s)", where(c.subject), count(c.count, "tunnel"),
					count(len(c.clients), "client"), some(c.hostList())),
				expected: "media nodes are reached directly", actual: count(c.count, "CONNECT request") + " answered 2xx",
				evidence: p.citeKeys("transaction", c.flows, connected, "connect", "connect-reply")})
		}
		p.conclude(o)
	},
}
