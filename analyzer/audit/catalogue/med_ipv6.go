package catalogue

import (
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var ipv6Requests = audit.NewLimit("WXA-MED-013.min_requests", "requests", 10, 5, 5, 2, 1e6, "ours: one lost packet must not look like a filter",
	"minimum number of STUN requests over IPv6 without any answer")

var med013 = &audit.Rule{
	ID: "WXA-MED-013", Title: "IPv6 path to media nodes fails", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Clients test media nodes over IPv6 and get no answer, while IPv4 works.",
		Why: "A client that prefers IPv6 loses time at every join before it goes over to IPv4, and features that " +
			"were tried over IPv6 first fail.",
		Trigger: "At least min_requests STUN requests of a site to published IPv6 media ranges without any answer, " +
			"where IPv4 media nodes answer clients of the site.",
		LookAlikes: "Where IPv4 is silent as well the cause is WXA-MED-004's. Where only one direction is visible " +
			"nothing is judged.",
		Verify: "Wireshark: `ipv6 && stun.type == 0x0001` against `ipv6 && stun.type == 0x0101`.",
	},
	Remediation: "Route and allow IPv6 to the Webex media ranges, or switch IPv6 off consistently for these clients.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: IPv6 ranges (2025-01-06)"},
	Rows:        []string{"prefixes", "stun"},
	Needs:       []string{"flow with stun", "both directions"},
	Thresholds:  []*audit.Limit{settle, ipv6Requests},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &bothFamilies{env: e, groups: audit.NewGroups(&silenceCitation)}
	}),
}

// bothFamilies remembers, for each site, what was answered over IPv4 and IPv6, and what was not over IPv6.
type bothFamilies struct {
	env          *audit.Env
	seen, judged int64
	groups       audit.Groups
}

// Add implements audit.Fold.
func (r *bothFamilies) Add(f *observe.Flow) {
	if f.Proto != "udp" || f.STUN == nil || f.STUN.Requests == 0 || f.Prefix == "" || !f.Settled(r.env.Value(settle)) {
		return
	}
	answered := observe.Answered(f.Flow)
	ipv4 := !observe.OverIPv6(f.Flow)
	if !ipv4 {
		r.seen += f.Count()
	}
	g := r.groups.At(dualStack(r.env, f.From))
	switch {
	case ipv4 && answered:
		g.Sum("ipv4", 1)
	case ipv4:
	case answered:
		r.judged++
		g.Sum("ipv6", 1)
	default:
		g.Flow(r.env, f, &silenceCitation)
		g.Count += f.STUN.Requests
		g.Host(f.Prefix)
	}
}

// Merge implements audit.Fold.
func (r *bothFamilies) Merge(o audit.Fold) {
	other := o.(*bothFamilies)
	r.seen, r.judged = r.seen+other.seen, r.judged+other.judged
	r.groups.Merge(&other.groups)
}

// Close implements audit.Fold.
func (r *bothFamilies) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "IPv6 media test", Many: "IPv6 media tests"}, Seen: r.seen, Judged: r.judged,
		Pass:    wording.New("med013.pass", "IPv6 tests are answered"),
		Missing: wording.New("med013.missing", "more requests, with IPv4 tests of the same clients and both directions")}
	for g := range r.groups.All {
		if g.Sums["ipv6"] > 0 || g.Sums["ipv4"] == 0 || float64(g.Count) < s.Value(ipv6Requests) {
			continue
		}
		g.Raise(record.Probable)
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("med013.fail", "none of %s over IPv6 of %s in %s was answered, while IPv4 works",
				stunRequests(g.Count), clients(g), subject(g)),
			Expected: wording.New("med013.expected", "answers over IPv6 as over IPv4"),
			Actual:   wording.New("med013.actual", "0 of %d", g.Count),
		})
	}
	s.Conclude(o)
}

// dualStack groups clients by declared site. Without one the IPv4 and the IPv6 subnets of a client have nothing in
// common: then all clients are one group.
func dualStack(e *audit.Env, client netip.Addr) record.Subject {
	if name := e.Site.SiteName(client); name != "" {
		return record.Subject{Kind: "site", Key: name}
	}
	return record.Subject{Kind: "run", Key: "all"}
}
