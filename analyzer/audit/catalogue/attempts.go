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
	o.failed.Count += f.Count()
	o.failed.Hows.Add(way, f.Count())
	o.failed.Flow(e, f, &nameCitation)
}

// attempt gathers the attempts of one site or subnet for one name.
type attempt struct{ dns, conn outcomes }

// attempts remember which names were asked for and connected to.
type attempts struct {
	wanted
	env     *audit.Env
	goals   audit.Table[goal, attempt]
	tunnels audit.Set[string] // sites and subnets where a proxy opened a tunnel
}

// wanted says which questions and connections count, and by what name.
type wanted struct {
	question   func(*record.Lookup) bool
	connection func(*observe.Flow) bool
	name       func(*observe.Flow) string // of a connection; "" leaves it out
}

func newAttempts(e *audit.Env, w wanted) attempts {
	return attempts{wanted: w, env: e, tunnels: audit.NewSet[string](maxGoals),
		goals: audit.NewTable(maxGoals, byGoal,
			func(g goal) *attempt {
				return &attempt{outcomes{failed: e.NewPart(g.where)}, outcomes{failed: e.NewPart(g.where)}}
			},
			func(into, from *attempt) {
				into.dns.good, into.conn.good = into.dns.good+from.dns.good, into.conn.good+from.conn.good
				into.dns.failed.Merge(from.dns.failed, &nameCitation)
				into.conn.failed.Merge(from.conn.failed, &nameCitation)
			})}
}

// nameOf is the name of a connection.
func nameOf(f *observe.Flow) string { return observe.NameOf(f.Flow) }

func (a *attempts) at(f *observe.Flow, name string) *attempt {
	return a.goals.At(goal{f.Subject, strings.TrimSuffix(strings.ToLower(name), ".")})
}

func (a *attempts) add(f *observe.Flow) {
	for i := range f.Lookups {
		if l := &f.Lookups[i]; hostQuestion(l) && a.question(l) {
			a.lookup(&a.at(f, l.Name).dns, f, l)
		}
	}
	if tunnelled(f.Flow) {
		a.tunnels.Add(f.Subject.Kind + " " + f.Subject.Key)
	}
	if f.Proto != "tcp" || !a.connection(f) {
		return
	}
	if name := a.name(f); name != "" {
		a.connect(&a.at(f, name).conn, f)
	}
}

// hostQuestion reports whether the question is for the addresses of a host. Names of services (SRV, RFC 2782) begin
// with an underscore: a domain need not offer the service.
func hostQuestion(l *record.Lookup) bool {
	return (l.QType == "A" || l.QType == "AAAA") && !strings.HasPrefix(l.Name, "_")
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
	case slices.ContainsFunc(l.Answers, unspecified),
		l.Service == record.ThirdParty && slices.ContainsFunc(l.Answers, loopback):
		o.fail(a.env, f, "sinkhole address")
	case len(l.Answers) > 0:
		o.good++
	}
}

// unspecified: an answer that stands for none (0.0.0.0, ::).
func unspecified(answer string) bool {
	a, err := netip.ParseAddr(answer)
	return err == nil && a.IsUnspecified()
}

func loopback(answer string) bool {
	a, err := netip.ParseAddr(answer)
	return err == nil && a.IsLoopback()
}

// connect judges one TCP flow to a name.
func (a *attempts) connect(o *outcomes, f *observe.Flow) {
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

// unreached counts the attempts for the outcome and gathers those that failed at least so often, by domain; reached
// are the names that were resolved or answered.
func (a *attempts) unreached(o *audit.Outcome, enough float64) (domains audit.Groups, reached []string) {
	domains = audit.NewGroups(&nameCitation)
	for to, t := range a.goals.All {
		o.Seen++
		if t.dns.good+t.conn.good > 0 {
			reached = append(reached, to.name)
		}
		if t.conn.good > 0 {
			o.Judged++
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

// domain is the registrable part of a Webex name: the last two labels, or three under a two-letter country
// (com.au). An address stays whole.
func domain(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return name
	}
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
		fields["name"] = cmp.Or(nameOf(f), f.Server().Addr().String())
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

var attemptsMissing = wording.New("attempts.missing", "connections to the names that carry an answer, with both "+
	"directions visible")
