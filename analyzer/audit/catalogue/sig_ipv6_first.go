package catalogue

import (
	"cmp"
	"net/netip"
	"strings"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	raceTries = audit.NewLimit("WXA-SIG-011.min_connections", "connections", 6, 3, 3, 1, 1000,
		"ours: two may be chance", "minimum number of connections of a client that IPv6 left without an answer")
	raceDelay = audit.NewLimit("WXA-SIG-011.min_ms", "ms", 200, 200, 100, 10, 10_000,
		"published: RFC 8305 section 8: the next address is tried 250 ms later; ours: 200, for clients that wait less",
		"minimum time from the connection attempt over IPv6 to the one over IPv4")
	raceWithin = audit.NewLimit("WXA-SIG-011.within_seconds", "s", 10, 30, 30, 1, 300,
		"ours: clients without RFC 8305 wait for TCP to give up, which takes 21 s in Windows",
		"time in which the connection over IPv4 follows")
)

var sig011 = &audit.Rule{
	ID: "WXA-SIG-011", Title: "IPv6 is tried first and costs time", Severity: record.Low,
	Plain: "IPv6 was tried first at each connection, in vain (%s)",
	Doc: audit.Doc{
		What: "A client tries Webex over IPv6 first, gets no answer, and then connects over IPv4, every time.",
		Why: "Each connection is late by a quarter of a second up to many seconds: signing in, opening a space and " +
			"joining a call feel slow, and nothing fails.",
		Trigger: "All TCP connections of an IPv6 address to names of Webex stayed without any answer, " +
			"min_connections or more of them, and each was followed, min_ms to within_seconds later, by a connection " +
			"to the same name over IPv4 that opened, always from one and the same IPv4 address.",
		LookAlikes: "A refusal (RST, ICMP) costs no time. A client that tries both at once loses none either. IPv6 " +
			"that is answered at times is no case of every time, and a server that answers late is answered. " +
			"Translators (NAT64) are reached over IPv6 and answer. Where the answers over IPv6 take another way past " +
			"the capture, the client sends more than SYNs: such connections are not counted.",
		Verify: "Wireshark: `ipv6 && tcp.flags.syn == 1 && tcp.flags.ack == 0` towards the addresses of the name, " +
			"with no answer; `ip && tcp.flags.syn == 1` to the same name soon after.",
	},
	Remediation: "Give clients IPv6 that leads to the Internet (route, firewall), or do not announce it to them " +
		"(router advertisements, DHCPv6), or let the firewall refuse with RST instead of dropping.",
	Refs: []string{"RFC 8305 sections 5 and 8 (Happy Eyeballs: connection attempt delay of 250 ms)",
		"Network Requirements for Webex Services, WBX000028782: IPv6"},
	Rows:       []string{"names"},
	Needs:      []string{"flow with tcp", "DNS answers that name the addresses"},
	Thresholds: []*audit.Limit{raceTries, raceDelay, raceWithin},
	Under:      []audit.Root{{Rule: "WXA-MED-013"}},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &race{env: e, tries: audit.NewTimelines[sixTry](),
			answered: audit.NewSetFunc(maxClients, netip.Addr.Compare),
			opened:   audit.NewTable(maxNamesRaced, strings.Compare, newOpened, mergeOpened)}
	}),
}

const (
	maxNamesRaced = 1000
	maxOpened     = 4096
)

// race remembers what IPv6 clients tried in vain, and which connections over IPv4 opened.
type race struct {
	env      *audit.Env
	tries    audit.Timelines[sixTry]
	answered audit.Set[netip.Addr] // IPv6 clients with a connection that was answered or refused
	opened   audit.Table[string, audit.Set[openedAt]]
}

// sixTry is a connection over IPv6 that got no answer.
type sixTry struct {
	name    string
	subject record.Subject
	ref     audit.Ref
}

// openedAt is a connection over IPv4 that opened.
type openedAt struct {
	at     record.Time
	client netip.Addr
}

func newOpened(string) *audit.Set[openedAt] {
	s := audit.NewSetFunc(maxOpened, func(a, b openedAt) int {
		return cmp.Or(cmp.Compare(a.at, b.at), a.client.Compare(b.client))
	})
	return &s
}

func mergeOpened(into, from *audit.Set[openedAt]) { into.Merge(from) }

// Add implements audit.Fold.
func (r *race) Add(f *observe.Flow) {
	name := strings.ToLower(observe.NameOf(f.Flow))
	if f.Proto != "tcp" || f.TCP == nil || f.TCP.SYN == 0 || name == "" || f.Connect != nil || !f.ClientIsSource() {
		return
	}
	switch {
	case f.DstIP.Unmap().Is4():
		if f.TCP.SYNACK {
			r.opened.At(name).Add(openedAt{f.StartTime, f.From})
		}
	case f.PacketsRev > 0 || observe.Refused(f.Flow) || f.PacketsFwd > f.TCP.SYN:
		r.answered.Add(f.From)
	case f.Settled(r.env.Value(settle)):
		r.tries.Add(f.From, f.StartTime, f.FlowID, sixTry{name, f.Subject, r.env.Ref(f, &openingCitation)})
	}
}

// Merge implements audit.Fold.
func (r *race) Merge(o audit.Fold) {
	other := o.(*race)
	r.tries.Merge(&other.tries)
	r.answered.Merge(&other.answered)
	r.opened.Merge(&other.opened)
}

// Close implements audit.Fold.
func (r *race) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of: wording.Noun{One: "client that reaches for Webex over IPv6",
			Many: "clients that reach for Webex over IPv6"},
		Seen:    int64(r.answered.Len()),
		Judged:  int64(r.answered.Len()),
		Pass:    wording.New("sig011.pass", "nobody waits for IPv6 with each connection"),
		Missing: wording.New("sig011.missing", "more connections over IPv6, and those over IPv4 that follow them"),
	}
	groups := audit.NewGroups(&openingCitation)
	for client, events := range r.tries.All {
		if r.answered.Has(client) {
			continue
		}
		o.Seen++
		delays := r.follow(events)
		if float64(len(events)) < s.Value(raceTries) || len(delays) < len(events) {
			continue
		}
		o.Judged++
		g := groups.At(events[0].What.subject)
		g.Raise(record.Probable)
		for i, e := range events {
			g.Count++
			g.Add(e.What.ref, &openingCitation)
			g.Host(e.What.name)
			g.Sum("ms", delays[i].Milliseconds())
			g.Extreme("worst", delays[i].Seconds(), wording.New("sig011.name", "%s", wording.Name(e.What.name)))
		}
	}
	for g := range groups.All {
		s.Report(g, r.verdict(g))
	}
	s.Conclude(o)
}

// follow finds the IPv4 client whose connections followed most of the attempts, and how long after each; where two
// followed as many, the one with the smaller address.
func (r *race) follow(events []audit.Event[sixTry]) (best []time.Duration) {
	delays := map[netip.Addr][]time.Duration{}
	for i, e := range events {
		opened := r.opened.Find(e.What.name)
		if opened == nil {
			return nil
		}
		for _, x := range opened.List() {
			after := x.at.Sub(e.At)
			if len(delays[x.client]) == i && after.Seconds() <= r.env.Value(raceWithin) &&
				float64(after.Milliseconds()) >= r.env.Value(raceDelay) {
				delays[x.client] = append(delays[x.client], after)
			}
		}
	}
	var who netip.Addr
	for client, list := range delays {
		if len(list) > len(best) || len(list) == len(best) && client.Less(who) {
			who, best = client, list
		}
	}
	return best
}

func (r *race) verdict(g *audit.Group) audit.Verdict {
	worst := g.Worst["worst"]
	return audit.Verdict{
		State: record.Warn,
		Summary: wording.New("sig011.warn", "%s in %s: none of %s over IPv6 was answered, and each was opened over IPv4 "+
			"instead, %s later on average (at most %s, %s)", clients(g), subject(g), wording.CountOf(g.Count, connectionNoun),
			milliseconds(float64(g.Sums["ms"])/float64(g.Count)), wording.Seconds(worst.Value), worst.Of),
		Expected: wording.New("sig011.expected", "an answer over IPv6, or none tried"),
		Actual:   wording.New("sig011.actual", "0 of %d answered over IPv6", g.Count),
	}
}
