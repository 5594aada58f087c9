package audit

import (
	"fmt"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
)

var med015 = &Rule{
	ID: "WXA-MED-015", Title: "Media takes the way through the VPN", Severity: record.Medium,
	Doc: Doc{
		What:       "Clients in the VPN's address pool send their media through the enterprise to the cloud.",
		Why:        "Media makes a detour through the concentrator and its Internet line: delay, loss and load there, where the client's own line goes straight to the cloud.",
		Trigger:    "Media between a published range and an address that the site file has in vpn_pools, seen at this capture point: so it left the client in the tunnel, and the enterprise by its own exit. State warn.",
		LookAlikes: "Signalling in the tunnel is harmless and is not judged. Media to a mesh node or another client inside belongs into the tunnel. A policy that forbids split tunnels is a reason, not an error: waive the finding. Tunnels whose inside the capture shows (GRE, VXLAN and kin) are WAN or mirror and prove no VPN.",
		Verify:     "Wireshark: filter the pool's subnet and udp.port == 5004.",
	},
	Remediation: "Leave the published Webex media subnets out of the tunnel (split tunnel by address).",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media subnets"},
	Needs:       []string{"flow", "vpn_pools in the site file"},
	Check:       hairpin,
}

func hairpin(p *Pass) {
	o := outcome{unit: "media flow with the cloud", pass: "no media with the cloud comes from the VPN's addresses", missing: "vpn_pools in the site file"}
	list := causes{}
	declared := p.site.Declares(site.VPNPool)
	for _, f := range p.webex {
		if !f.Function.IsMedia() || f.Prefix == "" || !p.isCarried(f) {
			continue
		}
		o.seen++
		if !declared {
			continue
		}
		o.judged++
		if p.site.Role(f.ClientAddr()) != site.VPNPool {
			continue
		}
		c := list.at(p.subject(f.ClientAddr()))
		c.flow(f)
		c.count++
		c.host(f.Prefix)
		c.sure(record.Confirmed)
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Warn,
			summary: fmt.Sprintf("%s of %s of the VPN pool in %s went through the enterprise to the cloud, %s (%s)", count(c.count, "media flow"),
				count(len(c.clients), "client"), where(c.subject), volume(c.bytes), minutes(c.seconds)),
			expected: "media that goes straight from the client to the cloud", actual: count(c.count, "media flow") + " through the VPN",
			evidence: p.cite("packet-range", c.largest(), nil)})
	}
	p.conclude(o)
}
