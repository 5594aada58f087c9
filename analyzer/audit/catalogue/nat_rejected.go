package catalogue

import (
	"fmt"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var nat003 = &audit.Rule{
	ID: "WXA-NAT-003", Title: "A router or firewall rejects Webex flows", Severity: record.Medium, Version: "2",
	Doc: audit.Doc{
		What: "ICMP errors say that packets of Webex flows were not delivered.",
		Why:  "A rejected port makes the client fall back or fail; unlike silence the error names who refuses.",
		Trigger: "An ICMP destination-unreachable (administratively prohibited, or host, network or port " +
			"unreachable) that quotes a packet of a Webex client to the cloud. Where the sender lies in a published " +
			"Webex range, or is the destination itself, it is Webex's own answer (a node that is down, a port that " +
			"is closed): a remark.",
		LookAlikes: "Errors that the client sends itself (it has closed its socket), fragmentation-needed " +
			"(WXA-MED-014), time exceeded, and a port unreachable of a media node at the end of a call that worked " +
			"are no rejections and stay silent. So do flows without STUN, RTP or a connection attempt: traceroute " +
			"collects such errors on purpose.",
		Verify: "Wireshark: `icmp.type == 3 || icmpv6.type == 1`; the quoted packet stands inside, the sender is who " +
			"refuses.",
	},
	Remediation: "Change the rule on the device that sends the error, or its route where it says unreachable.",
	Under:       []audit.Root{{Rule: "WXA-MED-004", Same: audit.SameFlows}, {Rule: "WXA-MED-009", Same: audit.SameFlows}},
	Refs:        []string{"RFC 792", "RFC 1812 section 5.2.7.1", "RFC 4443 section 3.1"},
	Rows:        []string{"names", "prefixes"},
	Needs:       []string{"flow with icmp_error"},
	Judge: audit.PerFlow{
		Of:   wording.Noun{One: "Webex flow", Many: "Webex flows"},
		Pass: wording.New("nat003.pass", "no ICMP error refuses one"),
		Breaks: func(_ *audit.Env, f *observe.Flow, g *audit.Group) bool {
			what := rejection(f.Flow)
			if what == "" || !attempted(f) {
				return false
			}
			switch {
			case f.ICMP.From == f.Server().Addr():
				g.Sum("itself", f.Count())
			case f.ICMP.Prefix != "":
				g.Sum("webex", f.Count())
			}
			g.Hows.Add(fmt.Sprintf("%s %d: %s", f.Proto, f.Server().Port(), what), f.Count())
			g.Count += f.ICMP.Count - f.Count() // which Per counts
			return true
		},
		Subject: func(_ *audit.Env, f *observe.Flow) record.Subject {
			if f.ICMP == nil {
				return f.Subject
			}
			kind := "router"
			if f.ICMP.From == f.Server().Addr() {
				kind = "server"
			}
			return record.Subject{Kind: kind, Key: f.ICMP.From.String()}
		},
		Cite: audit.Citation{Kind: "packet-range", Keys: []string{"icmp-error"}, Fields: func(f *observe.Flow) map[string]string {
			return map[string]string{"icmp": fmt.Sprintf("type %d code %d", f.ICMP.Type, f.ICMP.Code), "from": f.ICMP.From.String()}
		}},
		Report: unreachableVerdict,
	},
}

func unreachableVerdict(s *audit.Scope, g *audit.Group) (audit.Verdict, bool) {
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("nat003.fail", "%s refuses %s of %s (%s)", subject(g), wording.Count(g.Flows, "flow", "flows"), clients(g),
			wording.List(g.Hows.Keys())),
		Expected: wording.New("nat003.expected", "Webex ports open"),
		Actual:   wording.New("nat003.actual", "%s", wording.Count(g.Count, "ICMP error", "ICMP errors")),
	}
	switch {
	case g.Sums["itself"] > 0:
		v.State, v.Severity = record.Warn, record.Info
		v.Summary = wording.New("nat003.itself", "%s itself closed %s of %s (%s)", subject(g), wording.Count(g.Flows, "flow", "flows"), clients(g),
			wording.List(g.Hows.Keys()))
		v.Remediation = wording.New("nat003.itself.remedy", "None: the packets arrived, and the node did not want them any more or does not serve this port.")
	case g.Sums["webex"] > 0:
		v.State, v.Severity = record.Warn, record.Info
		v.Summary = wording.New("nat003.webex", "%s, a router of Webex's own ranges, could not deliver %s of %s (%s)", subject(g),
			wording.Count(g.Flows, "flow", "flows"), clients(g), wording.List(g.Hows.Keys()))
		v.Remediation = wording.New("nat003.webex.remedy", "None at the site: the node is down or has moved, and the client asks others.")
	}
	return v, true
}

// attempted reports whether the flow is more than a packet sent to find a route: something known, media or the opening
// of a connection.
func attempted(f *observe.Flow) bool {
	return f.App != "" || f.STUN != nil || f.Function.IsMedia() || observe.ShowsMedia(f) ||
		f.TCP != nil && f.TCP.SYN > 0 || f.Down().Packets > 0
}

// Destination-unreachable codes that mean a refusal (RFC 792, RFC 1812 section 5.2.7.1; RFC 4443 section 3.1).
var (
	unreachable4 = map[int]string{0: "network unreachable", 1: "host unreachable", 2: "protocol unreachable", 3: "port unreachable",
		9: "network administratively prohibited", 10: "host administratively prohibited", 13: "communication administratively prohibited"}
	unreachable6 = map[int]string{0: "no route", 1: "administratively prohibited", 3: "address unreachable", 4: "port unreachable",
		5: "source address failed policy", 6: "reject route"}
)

// rejection names an ICMP error that means a refusal, or "".
func rejection(f *record.Flow) string {
	e := f.ICMP
	if e == nil || e.From == f.ClientAddr() {
		return ""
	}
	names, kind, port := unreachable4, 3, 3
	if e.From.Unmap().Is6() {
		names, kind, port = unreachable6, 1, 4
	}
	if e.Type != kind || e.From == f.Server().Addr() && e.Code == port && f.Down().Packets > 0 {
		return ""
	}
	return names[e.Code]
}
