package catalogue

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var refusedTries = audit.NewLimit("WXA-PRX-002.min_tries", "requests", 5, 3, 3, 2, 1000,
	"ours: one 407 is how authentication begins",
	"minimum number of CONNECT requests of a client that ended with 407")

var prx002 = &audit.Rule{
	ID: "WXA-PRX-002", Title: "Proxy authentication fails", Severity: record.High, Version: "3",
	Doc: audit.Doc{
		What: "A proxy keeps asking a Webex client for a password (407) and never lets it through.",
		Why: "The client can neither sign in nor signal. Products know different schemes: native apps know no " +
			"Negotiate (Kerberos), room devices no NTLM.",
		Trigger: "At least min_tries CONNECT requests of one client to one proxy for Webex names ended with 407, " +
			"and none succeeded in the capture. Where another proxy lets the client through within the same minute, " +
			"the PAC file fails over: a warning of low severity.",
		LookAlikes: "One 407 before a success is how authentication works. A 407 that some programs ignore while " +
			"Webex passes does not count.",
		Verify: "Wireshark: `http.response.code == 407`, with the offered schemes in `http.proxy_authenticate`.",
	},
	Remediation: "Offer a scheme that the product knows (basic, digest, NTLM for apps; basic or digest for " +
		"devices), or let Webex domains pass without authentication.",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: proxy authentication by product"},
	Rows:       []string{"names"},
	Needs:      []string{"flow with connect"},
	Thresholds: []*audit.Limit{refusedTries},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &authentication{env: e, each: audit.NewTable(maxViaProxy, byClientAndProxy,
			func(k viaProxy) *admitted {
				return &admitted{refused: e.NewPart(record.Subject{Kind: "proxy", Key: k.proxy.String()}),
					minutes: audit.NewSet[int64](maxMinutes)}
			},
			func(into, from *admitted) {
				into.passed = into.passed || from.passed
				into.refused.Merge(from.refused, &connectCitation)
				into.minutes.Merge(&from.minutes)
			})}
	}),
}

// maxViaProxy is of how many clients and proxies together the answers are kept.
const maxViaProxy = 20_000

// maxMinutes is of how many minutes it is kept that a proxy let a client through, or refused it.
const maxMinutes = 1440

// viaProxy is a client and a proxy that it uses.
type viaProxy struct {
	client netip.Addr
	proxy  netip.AddrPort
}

func byClientAndProxy(a, b viaProxy) int {
	return cmp.Or(a.client.Compare(b.client), a.proxy.Compare(b.proxy))
}

// admitted is how a proxy treats a client.
type admitted struct {
	passed  bool
	refused *audit.Group // with 407; Hows: the offered schemes
	minutes audit.Set[int64]
}

// minuteOf is the minute of a time since 1970.
func minuteOf(t record.Time) int64 { return int64(t) / int64(time.Minute) }

type authentication struct {
	env  *audit.Env
	each audit.Table[viaProxy, admitted]
}

// Add implements audit.Fold.
func (a *authentication) Add(f *observe.Flow) {
	if f.Connect == nil || f.Connect.Status == 0 {
		return
	}
	x := a.each.At(viaProxy{f.From, f.Server()})
	if tunnelled(f.Flow) {
		x.passed = true
		x.minutes.Add(minuteOf(f.StartTime))
	}
	if f.Connect.Status != 407 {
		return
	}
	x.refused.Count += int64(max(f.Connect.Tries, 1))
	x.refused.Flow(a.env, f, &connectCitation)
	for _, s := range f.Connect.Schemes {
		x.refused.Hows.Add(strings.ToLower(s), 1)
	}
}

// Merge implements audit.Fold.
func (a *authentication) Merge(o audit.Fold) { a.each.Merge(&o.(*authentication).each) }

// Close implements audit.Fold.
func (a *authentication) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "client with a proxy", Many: "clients with a proxy"},
		Pass: wording.New("prx002.pass", "the proxy lets Webex through"),
		Missing: wording.New("prx002.missing", "a CONNECT that succeeded, or more that were refused with 407: capture "+
			"for longer"),
	}
	passed := a.passes()
	barred, passing := audit.NewGroups(&connectCitation), audit.NewGroups(&connectCitation)
	for k, x := range a.each.All {
		o.Seen++
		if x.passed || float64(x.refused.Count) >= s.Value(refusedTries) {
			o.Judged++
		}
		switch {
		case x.passed || float64(x.refused.Count) < s.Value(refusedTries):
		case passesNear(passed[k.client], x.refused):
			passing.At(x.refused.Subject).Join(x.refused, &connectCitation)
		default:
			barred.At(x.refused.Subject).Join(x.refused, &connectCitation)
		}
	}
	reported := map[record.Subject]bool{}
	for g := range barred.All {
		reported[g.Subject] = true
		s.Report(g, refusedVerdict(g, false))
	}
	for g := range passing.All {
		if !reported[g.Subject] {
			s.Report(g, refusedVerdict(g, true))
		}
	}
	s.Conclude(o)
}

// passes are the minutes in which some proxy let each client through.
func (a *authentication) passes() map[netip.Addr][]int64 {
	m := map[netip.Addr][]int64{}
	for k, x := range a.each.All {
		if x.passed {
			m[k.client] = append(m[k.client], x.minutes.List()...)
		}
	}
	return m
}

// passesNear reports whether one of the minutes lies within, or beside, the time of the refusals.
func passesNear(minutes []int64, refused *audit.Group) bool {
	return slices.ContainsFunc(minutes,
		func(m int64) bool { return minuteOf(refused.First)-1 <= m && m <= minuteOf(refused.Last)+1 })
}

func refusedVerdict(g *audit.Group, failover bool) audit.Verdict {
	g.Raise(record.Confirmed)
	schemes := g.Hows.Keys()
	offered := wording.List(schemes)
	if len(schemes) == 0 {
		offered = wording.Word("nothing")
	}
	what := wording.New("prx002.actual", "%d × 407; offered: %s", g.Count, offered)
	if slices.Equal(schemes, []string{"negotiate"}) {
		what = wording.New("prx002.negotiate", "%s, which native apps and devices do not know", what)
	}
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("prx002.fail", "%s rejected %s with 407 Proxy Authentication Required (%s)",
			subject(g), clients(g), what),
		Expected: wording.New("prx002.expected", "a scheme that the product knows, and success at the second attempt"),
		Actual:   what,
	}
	if failover {
		v.State, v.Severity = record.Warn, record.Low
		v.Summary = wording.New("prx002.failover", "%s; another proxy lets them through", v.Summary)
	}
	return v
}
