package catalogue

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// maxGoals is of how many names of sites and subnets together the attempts are kept.
const maxGoals = 20_000

// goal is what a site or subnet wants to reach.
type goal struct {
	where record.Subject
	name  string
}

func byGoal(a, b goal) int {
	return cmp.Or(audit.BySubject(a.where, b.where), strings.Compare(a.name, b.name))
}

// outcomes of the attempts for a goal: by name resolution, or by connection.
type outcomes struct {
	good   int64
	failed *audit.Group // Count of attempts, Hows: NXDOMAIN, reset, silence, 403 …
}

func (o *outcomes) fail(e *audit.Env, f *observe.Flow, way string) {
	o.failed.Count++
	o.failed.Hows.Add(way, 1)
	o.failed.Flow(e, f, &nameCitation)
}

// attempt gathers the attempts of one site or subnet for one name.
type attempt struct{ dns, conn outcomes }

// attempts remember which names were asked for and connected to. Questions and Connections say which ones count.
type attempts struct {
	env         *audit.Env
	questions   func(*record.Lookup) bool
	connections func(*observe.Flow) bool
	goals       audit.Table[goal, attempt]
	tunnels     audit.Set[string] // sites and subnets where a proxy opened a tunnel
}

func newAttempts(e *audit.Env, questions func(*record.Lookup) bool, connections func(*observe.Flow) bool) attempts {
	return attempts{env: e, questions: questions, connections: connections, tunnels: audit.NewSet[string](maxGoals),
		goals: audit.NewTable(maxGoals, byGoal,
			func(g goal) *attempt {
				return &attempt{outcomes{failed: audit.NewGroup(g.where)}, outcomes{failed: audit.NewGroup(g.where)}}
			},
			func(into, from *attempt) {
				into.dns.good, into.conn.good = into.dns.good+from.dns.good, into.conn.good+from.conn.good
				into.dns.failed.Merge(from.dns.failed, &nameCitation)
				into.conn.failed.Merge(from.conn.failed, &nameCitation)
			})}
}

func (a *attempts) at(f *observe.Flow, name string) *attempt {
	return a.goals.At(goal{f.Subject, strings.TrimSuffix(strings.ToLower(name), ".")})
}

func (a *attempts) add(f *observe.Flow) {
	for i := range f.Lookups {
		if l := &f.Lookups[i]; a.questions(l) {
			a.lookup(&a.at(f, l.Name).dns, f, l)
		}
	}
	if f.Connect != nil && f.Connect.Status/100 == 2 {
		a.tunnels.Add(f.Subject.Kind + " " + f.Subject.Key)
	}
	if name := observe.NameOf(f.Flow); name != "" && f.Proto == "tcp" && a.connections(f) {
		a.connection(&a.at(f, name).conn, f)
	}
}

func (a *attempts) merge(o *attempts) {
	a.goals.Merge(&o.goals)
	a.tunnels.Merge(&o.tunnels)
}

// lookup judges one DNS question. Failure of the resolver itself (SERVFAIL) and "no such record" are no block.
func (a *attempts) lookup(o *outcomes, f *observe.Flow, l *record.Lookup) {
	switch code := strings.ToUpper(l.RCode); {
	case code == "NXDOMAIN" || code == "REFUSED":
		o.fail(a.env, f, code)
	case slices.ContainsFunc(l.Answers, sinkhole):
		o.fail(a.env, f, "sinkhole address")
	case len(l.Answers) > 0:
		o.good++
	}
}

// sinkhole: an answer that leads nowhere. Private addresses are none: names of on-premises systems have them.
func sinkhole(answer string) bool {
	a, err := netip.ParseAddr(answer)
	return err == nil && (a.IsUnspecified() || a.IsLoopback())
}

// connection judges one TCP flow to a name.
func (a *attempts) connection(o *outcomes, f *observe.Flow) {
	switch {
	case f.Connect != nil && (f.Connect.Status == 403 || f.Connect.Status == 451):
		o.fail(a.env, f, fmt.Sprintf("%d from the proxy", f.Connect.Status))
	case f.Connect != nil && f.Connect.Status/100 != 2:
	case f.PayloadBytesRev > 0:
		o.good++
	case f.TCP == nil || f.TCP.SYN == 0:
	case f.TCP.ResetBy == "rev":
		o.fail(a.env, f, "reset")
	case observe.Refused(f.Flow):
		o.fail(a.env, f, "refused by ICMP")
	case !f.TCP.SYNACK && f.PacketsRev == 0 && f.Sees:
		o.fail(a.env, f, "no SYN-ACK")
	}
}

// unreached counts the attempts for the outcome and gathers those that failed at least so often, by domain;
// reached are the names that answered.
func (a *attempts) unreached(o *audit.Outcome, enough float64) (domains audit.Groups, reached []string) {
	domains = audit.NewGroups(&nameCitation)
	for to, t := range a.goals.All {
		o.Seen++
		if t.dns.good+t.conn.good > 0 {
			o.Judged++
			reached = append(reached, to.name)
		}
		if t.conn.good > 0 {
			continue
		}
		if t.dns.good == 0 && !a.tunnels.Has(to.where.Kind+" "+to.where.Key) {
			addUnreached(&domains, to.name, t.dns, enough)
		}
		addUnreached(&domains, to.name, t.conn, enough)
	}
	return domains, reached
}

// addUnreached adds a name that failed often enough to the group of its domain.
func addUnreached(domains *audit.Groups, name string, o outcomes, enough float64) {
	if float64(o.failed.Count) < enough || o.good > 0 {
		return
	}
	g := domains.At(record.Subject{Kind: "domain", Key: domain(name)})
	g.Join(o.failed, &nameCitation)
	g.Host(name)
	ways := &o.failed.Hows
	switch {
	case ways.Count("403 from the proxy")+ways.Count("451 from the proxy")+ways.Count("sinkhole address") > 0:
		g.Raise(record.Confirmed)
	case o.failed.Clients.Len() > 1 || g.Hosts.Len() > 1:
		g.Raise(record.Probable)
	default:
		g.Raise(record.Possible)
	}
}

// domain is the registrable part of a Webex name: the last two labels, or three under a two-letter country (com.au).
func domain(name string) string {
	labels := strings.Split(name, ".")
	n := 2
	if len(labels) > 2 && len(labels[len(labels)-1]) == 2 && len(labels[len(labels)-2]) <= 3 {
		n = 3
	}
	return strings.Join(labels[max(len(labels)-n, 0):], ".")
}

// unreachable is the sentence about names that no attempt reached.
func unreachable(id string, g *audit.Group) wording.Text {
	return wording.New(id, "%s could not be reached: %s of %s failed, none succeeded (%s)", hosts(g),
		wording.Count(g.Count, "attempt", "attempts"), clients(g), howOften(g))
}

// nameCitation points at questions and replies of DNS flows, else at the key packets of a connection.
var nameCitation = audit.Citation{Kind: "transaction", Items: func(e *audit.Env, f *observe.Flow) []record.Evidence {
	fields := map[string]string{}
	if len(f.Lookups) == 0 {
		fields["name"] = observe.NameOf(f.Flow)
		keys := e.KeyPackets("transaction", f, fields, "syn", "rst", "client-hello", "connect", "connect-reply",
			"icmp-error")
		if len(keys) > 0 {
			return keys
		}
		return e.Packets("transaction", f, fields)
	}
	var numbers []int64
	for _, l := range f.Lookups {
		numbers = append(numbers, l.Packet, l.Reply)
		fields[l.Name] = strings.TrimSpace(l.RCode + " " + strings.Join(l.Answers, " "))
	}
	return e.Numbers("transaction", f, numbers, fields)
}}
