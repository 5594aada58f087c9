package catalogue

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	farAnswers = audit.NewLimit("WXA-SIG-012.min_answers", "answers", 5, 3, 3, 1, 1000,
		"ours: the quickest of three comes from its cache", "minimum number of answers by which the distance of a resolver is told")
	farFactorFront = audit.NewLimit("WXA-SIG-012.min_factor", "times", 5, 3, 2, 1, 1000, "ours",
		"by how much the way to its answer must exceed that to another answer for the same name")
	farFront = audit.NewLimit("WXA-SIG-012.min_front_ms", "ms", 150, 100, 80, 1, 10_000,
		"published: ITU-T G.114: 150 ms one way; two thirds of it", "minimum round trip to the address that it answered")
	farResolver = audit.NewLimit("WXA-SIG-012.min_resolver_ms", "ms", 80, 50, 30, 1, 10_000,
		"ours: a resolver on the same continent answers from its cache sooner", "minimum time of the quickest answer of a resolver that is called far")
)

var sig012 = &audit.Rule{
	ID: "WXA-SIG-012", Title: "A far resolver leads to a far front of Webex", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A resolver far away answers names of Webex with addresses near to itself, while another answer for the same name " +
			"leads to a near one.",
		Why: "Webex answers by where the resolver is. Who asks the resolver of a headquarters on another continent signs in, joins " +
			"and fetches content over there: slow, though every link is fine.",
		Trigger: "The quickest of min_answers or more answers of a resolver took min_resolver_ms or more; an address that only such resolvers " +
			"gave for a name has a TCP round trip of min_front_ms or more, and min_factor times that to an address that a nearer resolver gave " +
			"the same site or subnet for the same name.",
		LookAlikes: "A resolver nearby that itself asks a far one cannot be told from here: silent. A far front without a nearer answer " +
			"beside it may be the nearest that there is: not assessable. A resolver that is slow but leads to the same fronts is no detour.",
		Verify: "Wireshark: `dns.qry.name == \"NAME\" && dns.a`, columns ip.src, dns.time and dns.a; then `tcp.analysis.initial_rtt` of the " +
			"connections to both addresses.",
	},
	Remediation: "Let each site ask a resolver nearby (local breakout for DNS), or one that passes on the client's subnet (RFC 7871).",
	Refs:        []string{"RFC 7871 (client subnet in DNS queries)", "ITU-T G.114"},
	Rows:        []string{"names"},
	Needs:       []string{"flow with lookups", "flow with tcp round trips"},
	Thresholds:  []*audit.Limit{farAnswers, farFactorFront, farFront, farResolver},
	Reads:       audit.ReadWebex | audit.ReadLookups,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &fronts{env: e, resolvers: audit.NewTable(maxGoals, netip.Addr.Compare,
			func(netip.Addr) *audit.Samples { return &audit.Samples{} }, (*audit.Samples).Merge),
			names: audit.NewTable(maxGoals, byGoal, func(goal) *frontsOf {
				return &frontsOf{of: audit.NewTable(maxFronts, netip.Addr.Compare, func(netip.Addr) *front {
					return &front{by: audit.NewSetFunc(8, netip.Addr.Compare)}
				}, (*front).merge)}
			}, func(into, from *frontsOf) { into.of.Merge(&from.of) })}
	}),
}

const maxFronts = 64

var frontCitation = audit.Citation{Kind: "transaction", Keys: []string{"syn", "syn-ack"}, Fields: func(f *observe.Flow) map[string]string {
	return map[string]string{"round_trip_ms": fmt.Sprintf("%.1f", *f.TCP.FarRTTMs)}
}}

// fronts remembers how far resolvers are, and what they answered.
type fronts struct {
	env       *audit.Env
	resolvers audit.Table[netip.Addr, audit.Samples] // ms
	names     audit.Table[goal, frontsOf]
}

type frontsOf struct {
	of audit.Table[netip.Addr, front]
}

// front is an address that stands behind a name.
type front struct {
	by    audit.Set[netip.Addr] // the resolvers that gave it
	ms    float64               // the shortest round trip to it; 0: not measured
	group *audit.Group          // of the connections to it
}

func (f *front) merge(o *front) {
	f.by.Merge(&o.by)
	if f.ms == 0 || o.ms > 0 && o.ms < f.ms {
		f.ms = o.ms
	}
	switch {
	case f.group == nil:
		f.group = o.group
	case o.group != nil:
		f.group.Merge(o.group, &frontCitation)
	}
}

func (r *fronts) at(f *observe.Flow, name string, a netip.Addr) *front {
	return r.names.At(goal{f.Subject, strings.TrimSuffix(strings.ToLower(name), ".")}).of.At(a.Unmap())
}

// Add implements audit.Fold.
func (r *fronts) Add(f *observe.Flow) {
	resolver := f.Server().Addr().Unmap()
	for i := range f.Lookups {
		l := &f.Lookups[i]
		if l.DelayMs == nil || !ofWebex(l.Service) || !hostQuestion(l) || l.AnswerKind != "" {
			continue
		}
		r.resolvers.At(resolver).Add(*l.DelayMs)
		for _, text := range l.Answers {
			if a, err := netip.ParseAddr(text); err == nil {
				r.at(f, l.Name, a).by.Add(resolver)
			}
		}
	}
	name := nameOf(f)
	if f.TCP == nil || f.Connect != nil || name == "" || f.TCP.FarRTTMs == nil {
		return
	}
	x := r.at(f, name, f.Server().Addr())
	if x.ms == 0 || *f.TCP.FarRTTMs < x.ms {
		x.ms = *f.TCP.FarRTTMs
	}
	if x.group == nil {
		x.group = r.env.NewPart(f.Subject)
	}
	x.group.Flow(r.env, f, &frontCitation)
}

// Merge implements audit.Fold.
func (r *fronts) Merge(other audit.Fold) {
	o := other.(*fronts)
	r.resolvers.Merge(&o.resolvers)
	r.names.Merge(&o.names)
}

// distance is how far a resolver is, in ms; 0 where too few answers tell.
func (r *fronts) distance(resolver netip.Addr) float64 {
	if s := r.resolvers.Find(resolver); s != nil && float64(s.Len()) >= r.env.Value(farAnswers) {
		return s.At(0)
	}
	return 0
}

// far reports whether only resolvers far away gave the address.
func (r *fronts) far(x *front) bool {
	return x.by.Len() > 0 && !slices.ContainsFunc(x.by.List(), func(a netip.Addr) bool {
		return r.distance(a) < r.env.Value(farResolver)
	})
}

// nearest is the shortest round trip to an address that a nearer resolver gave; 0: none was measured.
func (r *fronts) nearest(n *frontsOf) (ms float64) {
	for _, x := range n.of.All {
		near := slices.ContainsFunc(x.by.List(), func(a netip.Addr) bool {
			d := r.distance(a)
			return d > 0 && d < r.env.Value(farResolver)
		})
		if near && x.ms > 0 && (ms == 0 || x.ms < ms) {
			ms = x.ms
		}
	}
	return ms
}

// Close implements audit.Fold.
func (r *fronts) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "address that a far resolver gave for a Webex name", Many: "addresses that far resolvers gave for Webex names"},
		Pass: wording.New("sig012.pass", "the answers of far resolvers lead to fronts as near as others"),
		Missing: wording.New("sig012.missing", "a connection to it, and one to an address that a nearer resolver gave for "+
			"the same name"),
		Absent: wording.New("sig012.absent", "no resolver in this capture is far away (its quickest answer %s or more)", milliseconds(s.Value(farResolver)))}
	groups := audit.NewGroups(&frontCitation)
	for to, n := range r.names.All {
		near := r.nearest(n)
		for _, x := range n.of.All {
			if !r.far(x) {
				continue
			}
			o.Seen++
			if x.ms == 0 || near == 0 {
				continue
			}
			o.Judged++
			if x.ms < s.Value(farFront) || x.ms < near*s.Value(farFactorFront) {
				continue
			}
			resolver := x.by.List()[0]
			g := groups.At(record.Subject{Kind: "resolver", Key: resolver.String()})
			g.Count++
			g.Join(x.group, &frontCitation)
			g.Host(to.name)
			g.Extreme("far", x.ms, wording.New("sig012.far", "%s instead of %s for %s", milliseconds(x.ms), milliseconds(near), wording.Name(to.name)))
		}
	}
	for g := range groups.All {
		worst := g.Worst["far"]
		s.Report(g, audit.Verdict{
			State: record.Warn, Confidence: record.Probable,
			Summary: wording.New("sig012.warn", "%s, %s away, leads %s to far addresses of %s (%s)", subject(g),
				milliseconds(r.distance(netip.MustParseAddr(g.Subject.Key))), clients(g), hosts(g), worst.Of),
			Expected: wording.New("sig012.expected", "the near front that another resolver gives"),
			Actual:   wording.New("sig012.actual", "%s", worst.Of),
		})
	}
	s.Conclude(o)
}
