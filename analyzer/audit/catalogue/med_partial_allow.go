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
	partialClients = audit.NewLimit("WXA-MED-009.min_clients", "clients", 5, 3, 3, 1, 1e6, "ours: one host's own firewall is not the network's",
		"minimum number of clients that the prefix never answered")
	partialNodes = audit.NewLimit("WXA-MED-009.min_nodes", "addresses", 3, 2, 2, 1, 1e6, "ours: one node may be down",
		"minimum number of addresses asked in the silent prefix")
	partialRequests = audit.NewLimit("WXA-MED-009.min_requests", "requests", 10, 5, 5, 2, 1e6, "ours: one lost packet must not look like a filter",
		"minimum number of STUN requests to the silent prefix")
)

var med009 = &audit.Rule{
	ID: "WXA-MED-009", Title: "Some media ranges are never answered", Severity: record.Medium, Version: "2",
	Plain: "a media range of Webex never answered (%s)",
	Doc: audit.Doc{
		What: "Tests of one published media range stay unanswered for every client that made them, while the same " +
			"clients get answers from other ranges.",
		Why: "A firewall that allows only part of the published ranges works until the cloud assigns a node from the " +
			"rest: then that call falls back or fails. Partial lists are not supported.",
		Trigger: "A prefix that never answered, with at least min_requests STUN requests over UDP to min_nodes " +
			"addresses, from clients that got answers from another prefix. From min_clients on it is probable, and " +
			"confirmed where ICMP says no. Fewer clients are a warning that is only possible, or probable where " +
			"media of one of them went over TCP or TLS to that very prefix.",
		LookAlikes: "A single node that is down; ranges that nobody answers (WXA-MED-004). A range whose nodes are " +
			"all down looks the same, and so does a single client with a firewall of its own for some destinations: " +
			"hence probable or possible.",
		Verify: "Wireshark: `stun.type == 0x0001 && ip.dst == PREFIX` against `stun.type == 0x0101 && ip.src == " +
			"PREFIX`.",
	},
	Remediation: "Allow all published media subnets, not a selection by region or provider.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: IP subnets for media"},
	Rows:        []string{"ports-meetings", "prefixes", "stun"},
	Needs:       []string{"flow with stun", "tests of several clients"},
	Thresholds:  []*audit.Limit{settle, partialClients, partialNodes, partialRequests},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &partly{env: e, answered: audit.NewSet[string](maxClients),
			open: audit.NewSetFunc(maxClients, netip.Addr.Compare),
			fell: audit.NewSetFunc(maxClients, tested.compare),
			silent: audit.NewTable(maxClients, tested.compare,
				func(t tested) *audit.Group { return e.NewPart(record.Subject{Kind: "prefix", Key: t.prefix}) },
				func(into, from *audit.Group) { into.Merge(from, &silenceCitation) })}
	}),
}

// tested is a prefix and a client that tested it.
type tested struct {
	prefix string
	client netip.Addr
}

func (t tested) compare(o tested) int {
	return cmp.Or(cmp.Compare(t.prefix, o.prefix), t.client.Compare(o.client))
}

// partly remembers which prefixes answered anybody, which clients got an answer at all, and the tests without one.
type partly struct {
	env      *audit.Env
	answered audit.Set[string]     // prefixes
	fell     audit.Set[tested]     // media over TCP or TLS
	open     audit.Set[netip.Addr] // clients
	silent   audit.Table[tested, audit.Group]
}

// Add implements audit.Fold.
func (r *partly) Add(f *observe.Flow) {
	if f.Proto == "tcp" && f.Prefix != "" && (f.Function.IsMedia() || f.Function == record.TURN) && sustained(r.env, f) {
		r.fell.Add(tested{f.Prefix, f.From})
	}
	if !observe.Asks(f.Flow) || !f.Settled(r.env.Value(settle)) {
		return
	}
	if observe.Answered(f.Flow) {
		r.answered.Add(f.Prefix)
		r.open.Add(f.From)
		return
	}
	g := r.silent.At(tested{f.Prefix, f.From})
	g.Flow(r.env, f, &silenceCitation)
	g.Count += f.STUN.Requests
	g.Host(f.DstIP.String())
	if observe.Refused(f.Flow) {
		g.Sum("refused", f.Count())
	}
}

// Merge implements audit.Fold.
func (r *partly) Merge(o audit.Fold) {
	other := o.(*partly)
	r.answered.Merge(&other.answered)
	r.open.Merge(&other.open)
	r.fell.Merge(&other.fell)
	r.silent.Merge(&other.silent)
}

// Close implements audit.Fold.
func (r *partly) Close(s *audit.Scope) {
	n := int64(r.answered.Len())
	o := audit.Outcome{Of: wording.Noun{One: "tested media range", Many: "tested media ranges"}, Seen: n, Judged: n,
		Pass: wording.New("med009.pass", "the tested media ranges answer"), Missing: wording.New("med009.missing", "more tests of the silent media ranges, by clients that get answers from others")}
	groups := audit.NewGroups(&silenceCitation)
	for t, g := range r.silent.All {
		if r.answered.Has(t.prefix) {
			continue
		}
		all := groups.At(g.Subject)
		if r.open.Has(t.client) {
			all.Merge(g, &silenceCitation)
			if r.fell.Has(t) {
				all.Sum("fell", 1)
			}
		}
	}
	for g := range groups.All {
		o.Seen++
		if float64(g.Hosts.Len()) >= s.Value(partialNodes) && float64(g.Count) >= s.Value(partialRequests) &&
			!s.Sides.Bad {
			s.Report(g, partialVerdict(s, g))
		}
	}
	s.Conclude(o)
}

func partialVerdict(s *audit.Scope, g *audit.Group) audit.Verdict {
	v := audit.Verdict{
		State: record.Fail, Confidence: record.Probable,
		Summary: wording.New("med009.fail", "%s never answered %s of %s, which other media ranges answer",
			wording.Subject("subnet", g.Subject.Key), stunRequests(g.Count), clients(g)),
		Expected: wording.New("med009.expected", "answers from every published media range"),
		Actual:   wording.New("med009.actual", "0 of %s answered by %s", stunRequests(g.Count), wording.Count(g.Hosts.Len(), "node", "nodes")),
	}
	switch few := float64(g.Clients.Len()) < s.Value(partialClients); {
	case few && g.Sums["fell"] == 0:
		v.State, v.Confidence = record.Warn, record.Possible
		v.Remediation = wording.New("med009.few", "Compare the firewall's list with all published media subnets. Where it is complete, see whether "+
			"other clients are answered there: a host's own firewall, or nodes that are down, look the same.")
	case few:
		v.Summary = wording.New("med009.fell", "%s; their media to it went over TCP or TLS", v.Summary)
	case g.Sums["refused"] > 0:
		v.Confidence = record.Confirmed
	}
	return v
}
