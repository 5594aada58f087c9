package catalogue

import (
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/analyzer/wording"
)

var med015 = &audit.Rule{
	ID: "WXA-MED-015", Title: "Media takes the way through the VPN", Severity: record.Medium,
	Plain: "media took the way through the VPN (%s)",
	Doc: audit.Doc{
		What: "Clients in the VPN's address pool send their media through the enterprise to the cloud.",
		Why: "Media makes a detour through the concentrator and its Internet line: delay, loss and load there, where " +
			"the client's own line goes straight to the cloud.",
		Trigger: "Media between a published range and an address that the site file has in vpn_pools, seen at this " +
			"capture point: so it left the client in the tunnel, and the enterprise by its own exit. State warn.",
		LookAlikes: "Signalling in the tunnel is harmless and is not judged. Media to a mesh node or another client " +
			"inside belongs into the tunnel. A policy that forbids split tunnels is a reason, not an error: waive " +
			"the finding. Tunnels whose inside the capture shows (GRE, VXLAN and kin) are WAN or mirror and prove no " +
			"VPN.",
		Verify: "Wireshark: `ip.addr == PREFIX && udp.port == 5004` with the pool's subnet.",
	},
	Remediation: "Leave the published Webex media subnets out of the tunnel (split tunnel by address).",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media subnets"},
	Rows:        []string{"prefixes", "stun"},
	Needs:       []string{"flow", "vpn_pools in the site file"},
	Thresholds:  []*audit.Limit{mediaBytes, mediaSeconds, mediaWindows},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "media flow with the cloud", Many: "media flows with the cloud"},
		Pass: wording.New("med015.pass", "no media with the cloud comes from the VPN's addresses"),
		Applies: func(e *audit.Env, f *observe.Flow) bool {
			return f.Function.IsMedia() && f.Prefix != "" && carried(e, f)
		},
		Lacks: func(e *audit.Env, _ *observe.Flow) (missing wording.Text) {
			if !e.Site.Declares(site.VPNPool) {
				missing = wording.New("med015.missing", "vpn_pools in the site file")
			}
			return missing
		},
		Breaks: func(e *audit.Env, f *observe.Flow, g *audit.Group) bool {
			if e.Site.Role(f.From) != site.VPNPool {
				return false
			}
			g.Host(f.Prefix)
			return true
		},
		Cite: audit.Citation{Kind: "packet-range", Largest: true},
		Report: func(_ *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
			return audit.Verdict{
				State: record.Warn,
				Summary: wording.New("med015.warn", "%s of %s of the VPN pool in %s went through the enterprise to the cloud, %s (%s)",
					wording.CountOf(g.Count, mediaFlow), clients(g), subject(g), wording.Bytes(g.Bytes), wording.Seconds(g.Seconds())),
				Expected: wording.New("med015.expected", "media that goes straight from the client to the cloud"),
				Actual:   wording.New("med015.actual", "%s through the VPN", wording.CountOf(g.Count, mediaFlow)),
			}, true
		},
	},
}
