package catalogue

import (
	"cmp"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	reuseTimes = audit.NewLimit("WXA-NAT-006.min_times", "times", 3, 2, 1, 1, 1e6,
		"ours: once may be a client that moved to another port", "how often a port must have changed hands")
	reuseWithin = audit.NewLimit("WXA-NAT-006.within_seconds", "s", 60, 120, 120, 1, 3600,
		"published: RFC 4787 section 4.3: a UDP binding must last at least two minutes",
		"silence within which a port must not be given away")
)

var nat006 = &audit.Rule{
	ID: "WXA-NAT-006", Title: "A translator's pool gives ports away too soon", Severity: record.Medium,
	Doc: audit.Doc{
		What: "A port of the declared pool goes to another client shortly after the one before used it, towards the same " +
			"server.",
		Why: "The pool is short of ports, or bindings live too short: who was on mute or on hold loses his port to " +
			"somebody else, and media goes to the wrong client or nowhere.",
		Trigger: "STUN answers of one server tell two clients' sockets the same address and port, of a pool that the site " +
			"file declares (shared_addresses), and between the last packet of the first flow and the first of the second lie less " +
			"than within_seconds; min_times or more.",
		LookAlikes: "One socket that opens a new flow keeps its port. The same port towards different servers is how " +
			"translations that depend on the destination work (WXA-NAT-002). Pools that are not declared are not judged.",
		Verify: "Wireshark: `stun.type == 0x0101 && stun.att.port == PORT`, with ip.dst as a column.",
	},
	Remediation: "Add addresses to the pool (one for each few thousand clients), and let UDP bindings live for two " +
		"minutes or more.",
	Refs:       []string{"RFC 4787 section 4.3, REQ-5", "RFC 6888 section 3"},
	Rows:       []string{"prefixes", "stun"},
	Needs:      []string{"flow with stun", "shared_addresses of the site file"},
	Thresholds: []*audit.Limit{reuseTimes, reuseWithin},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		order := func(a, b binding) int { return cmp.Or(a.as.Compare(b.as), a.server.Compare(b.server)) }
		return &poolPorts{env: e, of: audit.NewTable(maxBindings, order, newHolders, mergeHolders)}
	}),
}

const (
	maxBindings = 50_000
	maxHolders  = 64
)

// poolPorts remembers who had a port of the pool, and when.
type poolPorts struct {
	env *audit.Env
	of  audit.Table[binding, audit.Set[holder]]
}

// binding is a port of the pool towards one server.
type binding struct{ as, server netip.AddrPort }

// holder is a client's socket that had it.
type holder struct {
	socket  netip.AddrPort
	subject record.Subject
	ref     audit.Ref
}

func newHolders(binding) *audit.Set[holder] {
	s := audit.NewSetFunc(maxHolders, func(a, b holder) int {
		return cmp.Or(cmp.Compare(a.ref.Start, b.ref.Start), cmp.Compare(a.ref.ID, b.ref.ID))
	})
	return &s
}

func mergeHolders(into, from *audit.Set[holder]) { into.Merge(from) }

// Add implements audit.Fold.
func (p *poolPorts) Add(f *observe.Flow) {
	if told, ok := mappedAs(f); !ok || len(f.STUN.Mapped) != 1 || !p.env.Site.IsShared(told) || told == f.From {
		return
	}
	as := netip.MustParseAddrPort(f.STUN.Mapped[0])
	p.of.At(binding{as, f.Server()}).Add(holder{netip.AddrPortFrom(f.SrcIP, uint16(f.SrcPort)), f.Subject,
		p.env.Ref(f, &mappingCitation)})
}

// Merge implements audit.Fold.
func (p *poolPorts) Merge(o audit.Fold) { p.of.Merge(&o.(*poolPorts).of) }

// Close implements audit.Fold.
func (p *poolPorts) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "binding of the declared pool", Many: "bindings of the declared pool"},
		Pass:    wording.New("nat006.pass", "no port went to another client within %s", wording.Seconds(s.Value(reuseWithin))),
		Missing: wording.New("nat006.missing", "two clients behind the pool that ask the same server"),
		Absent: wording.New("nat006.absent", "no client that is seen under an address of a declared pool (shared_addresses "+
			"in the site file)")}
	groups := audit.NewGroups(&mappingCitation)
	asked := map[netip.AddrPort]netip.Addr{} // a client that asked the server, and is not the only one
	several := map[netip.AddrPort]bool{}
	for b, h := range p.of.All {
		for _, one := range h.List() {
			first, ok := asked[b.server]
			several[b.server] = several[b.server] || ok && first != one.socket.Addr()
			asked[b.server] = one.socket.Addr()
		}
	}
	for b, h := range p.of.All {
		o.Seen++
		if several[b.server] {
			o.Judged++
		}
		p.handed(&groups, b, h.List())
	}
	for g := range groups.All {
		if float64(g.Count) < s.Value(reuseTimes) {
			continue
		}
		s.Report(g, audit.Verdict{
			State: record.Warn, Confidence: record.Probable,
			Summary: wording.New("nat006.warn", "%s of the pool went from one of %s in %s to another within %s (soonest: %s)",
				wording.Count(g.Count, "port", "ports"), clients(g), subject(g), wording.Seconds(s.Value(reuseWithin)), g.Worst["soon"].Of),
			Expected: wording.New("nat006.expected", "a port stays with a client for %s after its last packet", wording.Seconds(s.Value(reuseWithin))),
			Actual:   wording.New("nat006.actual", "%s", g.Worst["soon"].Of),
		})
	}
	s.Conclude(o)
}

// handed books where a port went from one client to another too soon.
func (p *poolPorts) handed(groups *audit.Groups, b binding, list []holder) {
	for i := 1; i < len(list); i++ {
		one, next := list[i-1], list[i]
		gap := next.ref.Start.Sub(one.ref.End).Seconds()
		if one.socket.Addr() == next.socket.Addr() || gap >= p.env.Value(reuseWithin) {
			continue
		}
		g := groups.At(next.subject)
		g.Count++
		g.Add(one.ref, &mappingCitation)
		g.Add(next.ref, &mappingCitation)
		g.Extreme("soon", -gap, wording.New("nat006.soon", "%s after %s", b.as, wording.Seconds(max(gap, 0))))
	}
}
