package audit

import (
	"fmt"
	"net/netip"

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
		Verify:     "Wireshark: `ip.addr == PREFIX && udp.port == 5004` with the pool's subnet.",
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

var med012 = &Rule{
	ID: "WXA-MED-012", Title: "Relay between two clients of one site", Severity: record.Low,
	Doc: Doc{
		What:       "Media between two clients of the same site goes out to a relay in the cloud and comes back.",
		Why:        "The Internet line carries twice what could have stayed on the local network, and every packet makes the detour.",
		Trigger:    "A client sends through a TURN relay, another client of its site exchanges min_packets or more packets with the relayed address that the TURN server named, in both directions.",
		LookAlikes: "A relay to a media node, to another site or to a partner is what relays are for. An allocation that nothing is sent through is a reserve of ICE. Where both clients use a relay of their own the packets between the relays are in the cloud: that is not seen here and passes.",
		Verify:     "Wireshark: `stun.att.type == 0x0016` (XOR-RELAYED-ADDRESS) in the Allocate success; then filter that address and port for the other client.",
	},
	Remediation: "Let clients of a site reach each other over UDP, so that ICE finds the direct pair.",
	Refs:        []string{"RFC 8656 section 7", "RFC 8445 section 5.1.2"},
	Needs:       []string{"flow with stun: relayed", "the beginning of the TURN flow", "both clients in the capture"},
	Limits:      []string{"WXA-MED-012.min_packets"},
	Check:       localRelay,
}

// relays reports whether the flow carries data through a TURN relay (RFC 8656: channels, Send and Data indications).
func relays(f *record.Flow) bool {
	return f.STUN != nil && (f.STUN.ChannelData > 0 || f.STUN.Types["0x0016"]+f.STUN.Types["0x0017"] > 0)
}

func localRelay(p *Pass) {
	o := outcome{unit: "relayed flow", pass: "no client of the same site is on the other side of the relay", missing: "the relayed address: capture the TURN flow from its beginning",
		absent: "no flow through a TURN relay in this capture"}
	owners := map[netip.AddrPort]*record.Flow{}
	for _, f := range p.webex {
		if !relays(f) {
			continue
		}
		o.seen++
		if len(f.STUN.Relayed) == 0 {
			continue
		}
		o.judged++
		for _, text := range f.STUN.Relayed {
			if a, err := netip.ParseAddrPort(text); err == nil {
				owners[a] = f
			}
		}
	}
	list := causes{}
	for _, f := range p.flows {
		if f.Proto != "udp" || len(owners) == 0 {
			continue
		}
		relay := owners[f.Server()]
		if relay == nil || f.ClientAddr() == relay.ClientAddr() || p.subject(f.ClientAddr()) != p.subject(relay.ClientAddr()) ||
			float64(min(f.PacketsFwd, f.PacketsRev)) < p.limit("min_packets") {
			continue
		}
		c := list.at(p.subject(f.ClientAddr()))
		c.flow(relay)
		c.flow(f)
		c.count++
		c.host(f.Server().String())
		c.sure(record.Confirmed)
	}
	for c := range list.each {
		p.report(c, verdict{state: record.Warn,
			summary:  fmt.Sprintf("%s between clients of %s went through a relay in the cloud (%s), %s", count(c.count, "flow"), where(c.subject), some(c.hostList()), volume(c.bytes)),
			expected: "a direct pair between clients of a site", actual: "a relay in the cloud", evidence: p.cite("packet-range", c.flows, relayFields)})
	}
	p.conclude(o)
}

func relayFields(f *record.Flow) map[string]string {
	if f.STUN == nil || len(f.STUN.Relayed) == 0 {
		return nil
	}
	return map[string]string{"relayed": some(f.STUN.Relayed)}
}
