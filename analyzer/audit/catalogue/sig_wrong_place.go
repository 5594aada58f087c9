package catalogue

import (
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var misledAnswers = audit.NewLimit("WXA-SIG-008.min_answers", "answers", 5, 2, 2, 1, 1000,
	"ours: one answer may come from a test",
	"minimum number of answers of DNS for a name that lead to a wrong place, with none that leads elsewhere")

var sig008 = &audit.Rule{
	ID: "WXA-SIG-008", Version: "2", Title: "DNS leads Webex names to a wrong place", Severity: record.High,
	Doc: audit.Doc{
		What: "DNS answers for names of the Webex cloud lead to the block page of a filter, to a private address, " +
			"or to the client itself.",
		Why: "The clients connect to somebody else: certificates are refused, sign-in fails, and everything looks " +
			"like TLS inspection or a broken client.",
		Trigger: "At least min_answers answers of a site for a name of the cloud hold only addresses of known block " +
			"pages (those that Cisco publishes, and block_pages of the site file), loopback addresses, or private IPv4 addresses (RFC 1918, link-local), and none holds another. " +
			"For private addresses there must be no connection to the name that works. Block pages and loopback " +
			"are proof; a private address to which connections fail is probable, one that nobody was seen " +
			"to use is possible.",
		LookAlikes: "Agents of zero-trust services answer with addresses of their own (198.18.0.0/15, " +
			"100.64.0.0/10, private ones) and carry the connections: what works is no fault. Names of Webex Calling " +
			"may have private addresses by design (Dedicated Instance). NAT64 (RFC 6052) and addresses of IPv6 " +
			"are left out. Behind a proxy clients need no answer that is true: where it opens tunnels, " +
			"names that nobody connects to directly are silent.",
		Verify: "Wireshark: `dns.qry.name == \"NAME\" && dns.a`, column dns.a; then `ip.addr == ANSWER`: who " +
			"answers there, with which certificate?",
	},
	Remediation: "Exempt the Webex domains from the DNS filter, and take local zones for them out of the resolvers. " +
		"No certificate needs to be installed for this.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: domains and URLs", "RFC 1918", "RFC 6598",
		"Cisco Umbrella documentation: block page IP addresses"},
	Rows:       []string{"names", "networks"},
	Needs:      []string{"flow with lookups"},
	Thresholds: []*audit.Limit{misledAnswers},
	Reads:      audit.ReadWebex | audit.ReadLookups,
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &misledNames{env: e, tunnels: audit.NewSet[string](maxGoals), goals: audit.NewTable(maxGoals, byGoal,
			func(g goal) *misled { return &misled{answers: e.NewPart(g.where)} },
			func(into, from *misled) {
				into.right, into.direct = into.right+from.right, into.direct+from.direct
				into.works, into.fails = into.works+from.works, into.fails+from.fails
				into.answers.Merge(from.answers, &nameCitation)
			})}
	}),
}

// misled is where DNS leads a site that asks for a name.
type misled struct {
	right        int64        // answers that lead to the cloud
	direct       int64        // connections to the name without a proxy
	works, fails int64        // of these, at private addresses
	answers      *audit.Group // that lead elsewhere; Hows: where
}

type misledNames struct {
	env     *audit.Env
	goals   audit.Table[goal, misled]
	tunnels audit.Set[string]
}

// Places that are none of the cloud.
const (
	atLoopback = "loopback address"
	atPrivate  = "private address"
	atOwnPage  = "block page of your filter"
)

// inCloud reports whether names of that kind always stand for machines of the cloud.
func inCloud(s record.Service) bool {
	return s == record.Meetings || s == record.Messaging || s == record.Identity || s == record.Content ||
		s == record.ContactCenter
}

// wrongPlace says where an answer leads that holds no address of the cloud, or "".
func (m *misledNames) wrongPlace(l *record.Lookup) (place string) {
	if l.BlockPage != "" {
		return "block page of " + l.BlockPage
	}
	for _, text := range l.Answers {
		a, err := netip.ParseAddr(text)
		switch {
		case err != nil:
		case m.env.Site.IsBlockPage(a):
			place = atOwnPage
		case a.IsLoopback():
			place = atLoopback
		case a.Is4() && (a.IsPrivate() || a.IsLinkLocalUnicast()):
			place = atPrivate
		default:
			return ""
		}
	}
	return place
}

// Add implements audit.Fold.
func (m *misledNames) Add(f *observe.Flow) {
	for i := range f.Lookups {
		l := &f.Lookups[i]
		if !hostQuestion(l) || !ofWebex(l.Service) || len(l.Answers) == 0 || slices.ContainsFunc(l.Answers,
			unspecified) {
			continue
		}
		switch place := m.wrongPlace(l); {
		case place == "":
			m.at(f, l.Name).right++
		case place != atPrivate || inCloud(l.Service):
			g := m.at(f, l.Name).answers
			g.Count++
			g.Hows.Add(place+m.strange(f), 1)
			g.Flow(m.env, f, &nameCitation)
		}
	}
	if tunnelled(f.Flow) {
		m.tunnels.Add(f.Subject.Kind + " " + f.Subject.Key)
	}
	m.connection(f)
}

// connection notes a connection to a name, and whether it works where the name leads to a private address.
func (m *misledNames) connection(f *observe.Flow) {
	a := f.Server().Addr()
	name := nameOf(f)
	if f.TCP == nil || f.Connect != nil || name == "" {
		return
	}
	x := m.at(f, name)
	x.direct++
	switch {
	case !a.Is4() || !a.IsPrivate() && !a.IsLinkLocalUnicast():
	case answeredAsWebex(f):
		x.works++
	default:
		x.fails++
	}
}

// strange tells a resolver that is none of those that clients are meant to ask.
func (m *misledNames) strange(f *observe.Flow) string {
	list, server := m.env.Site.Resolvers(), f.Server().Addr()
	if len(list) == 0 || slices.Contains(list, server.Unmap().WithZone("")) {
		return ""
	}
	return " by " + server.String() + ", none of your resolvers"
}

func (m *misledNames) at(f *observe.Flow, name string) *misled {
	return m.goals.At(goal{f.Subject, strings.TrimSuffix(strings.ToLower(name), ".")})
}

// answeredAsWebex reports whether the server answered, and neither its certificate nor the client says that it is
// not the one asked for.
func answeredAsWebex(f *observe.Flow) bool {
	if f.PayloadBytesRev == 0 {
		return false
	}
	if f.TLS == nil {
		return true
	}
	up, _ := directions(f.Flow)
	return !observe.Inspected(f.TLS) && !observe.HasAlert(f.TLS, up, "unknown_ca", "bad_certificate",
		"certificate_unknown")
}

// Merge implements audit.Fold.
func (m *misledNames) Merge(o audit.Fold) {
	m.goals.Merge(&o.(*misledNames).goals)
	m.tunnels.Merge(&o.(*misledNames).tunnels)
}

// Close implements audit.Fold.
func (m *misledNames) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:      wording.Noun{One: "name of Webex that was resolved", Many: "names of Webex that were resolved"},
		Pass:    wording.New("sig008.pass", "no answer leads to a block page, a private address or the client itself"),
		Missing: wording.New("sig008.missing", "more answers for these names, and connections to them"),
	}
	domains := audit.NewGroups(&nameCitation)
	for to, x := range m.goals.All {
		if x.right+x.answers.Count == 0 {
			continue
		}
		o.Seen++
		private := int64(0)
		for _, how := range x.answers.Hows.Keys() {
			if strings.HasPrefix(how, atPrivate) {
				private += x.answers.Hows.Count(how)
			}
		}
		switch {
		case x.right > 0, private > 0 && x.works > 0:
			o.Judged++
			continue
		case float64(x.answers.Count) < s.Value(misledAnswers),
			x.direct == 0 && m.tunnels.Has(to.where.Kind+" "+to.where.Key):
			continue
		}
		g := domains.At(record.Subject{Kind: "domain", Key: domain(to.name)})
		g.Join(x.answers, &nameCitation)
		g.Host(to.name)
		switch {
		case private < x.answers.Count:
			g.Raise(record.Confirmed)
		case x.fails > 0:
			g.Raise(record.Probable)
		default:
			g.Raise(record.Possible)
		}
	}
	for g := range domains.All {
		s.Report(g, audit.Verdict{
			State: record.Fail,
			Summary: wording.New("sig008.fail", "%s for %s of %s lead to a wrong place (%s)",
				wording.Count(g.Count, "DNS answer", "DNS answers"), hosts(g), clients(g), howOften(g)),
			Expected: wording.New("sig008.expected", "addresses of the Webex cloud"),
			Actual:   wording.New("sig008.actual", "%s", howOften(g)),
		})
	}
	s.Conclude(o)
}
