package catalogue

import (
	"cmp"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var deviceTries = audit.NewLimit("WXA-SIG-009.min_tries", "attempts", 5, 3, 2, 1, 1000, "ours: one failure is chance",
	"minimum number of failed attempts of a site for a host, with no success")

var sig009 = &audit.Rule{
	ID: "WXA-SIG-009", Title: "Devices do not reach activation, configuration or firmware", Severity: record.High,
	Doc: audit.Doc{
		What: "Phones or other devices cannot reach the hosts that activate them, or from which they take " +
			"configuration and firmware.",
		Why: "A phone that is registered goes on working; after a restart, a reset or a change in Control Hub it " +
			"does not come back, or never comes up at all.",
		Trigger: "At least min_tries attempts of a site for such a host failed and none succeeded: NXDOMAIN, " +
			"REFUSED or the address 0.0.0.0 from DNS; RST before any answer, ICMP refusal, or no SYN-ACK on TCP 80, " +
			"443, 6970 or 8443; 403 or 451 from the proxy. Silence counts only where both directions are visible.",
		LookAlikes: "A host that answers on another of its ports is reached. Where a proxy opens tunnels, DNS need " +
			"not answer. A device that asks for nothing while it is captured proves nothing.",
		Verify: "Wireshark: `ip.src == PHONE && tcp.dstport in {80, 443, 6970, 8443} && tcp.flags.syn == 1` without " +
			"a SYN-ACK; `dns.qry.name contains \"cisco.com\" && dns.flags.rcode > 0`.",
	},
	Remediation: "Allow TCP 80, 443, 6970 and 8443 from phones and devices to the Webex Calling subnets, and the " +
		"names activate.cisco.com, webapps.cisco.com, cisco.sipflash.com and activation.webex.com, at resolver, " +
		"firewall and proxy.",
	Refs: []string{"Port Reference Information for Webex Calling, b2exve: device configuration and firmware management",
		"Cisco IP Phone 6800, 7800, 8800 with Multiplatform Firmware, administration guides"},
	Rows:       []string{"names", "ports-calling"},
	Needs:      []string{"flow of devices to configuration hosts, or lookups of their names"},
	Thresholds: []*audit.Limit{deviceTries},
	Reads:      audit.ReadWebex | audit.ReadLookups,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &deviceHosts{newAttempts(e, wanted{
			question: func(l *record.Lookup) bool { return provisions(l.Service, l.Function) },
			connection: func(f *observe.Flow) bool {
				return f.Webex && provisions(f.Service,
					f.Function) && f.ClientIsSource()
			},
			name: func(f *observe.Flow) string { return cmp.Or(nameOf(f), f.Server().Addr().String()) },
		})}
	}),
}

// provisions reports whether hosts of that kind activate and provision devices.
func provisions(s record.Service, f record.Function) bool {
	return s == record.Calling && f == record.Update
}

type deviceHosts struct{ attempts }

// Add implements audit.Fold.
func (d *deviceHosts) Add(f *observe.Flow) { d.add(f) }

// Merge implements audit.Fold.
func (d *deviceHosts) Merge(o audit.Fold) { d.merge(&o.(*deviceHosts).attempts) }

// Close implements audit.Fold.
func (d *deviceHosts) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "host that provisions devices", Many: "hosts that provision devices"},
		Pass: wording.New("sig009.pass", "devices reach them"),
		Missing: wording.New("sig009.missing", "connections to these hosts that carry an answer, with both "+
			"directions visible"),
	}
	domains, _ := d.unreached(&o, s.Value(deviceTries))
	for g := range domains.All {
		s.Report(g, audit.Verdict{
			State:    record.Fail,
			Summary:  unreachable("sig009.fail", g),
			Expected: wording.New("sig009.expected", "an answer of the host"),
			Actual:   wording.New("sig009.actual", "%s", howOften(g)),
		})
	}
	s.Conclude(o)
}
