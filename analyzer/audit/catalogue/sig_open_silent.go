package catalogue

import (
	"strings"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	silentTries = audit.NewLimit("WXA-SIG-010.min_tries", "connections", 5, 3, 2, 1, 1000,
		"ours: one failure is chance",
		"minimum number of connections of a site that open and carry no answer, to names of which none does")
	silentSeconds = audit.NewLimit("WXA-SIG-010.min_seconds", "s", 10, 3, 2, 0.5, 600,
		"ours: a busy service answers within seconds",
		"minimum time that the client waits for an answer")
)

var sig010 = &audit.Rule{
	ID: "WXA-SIG-010", Title: "Connections open but nothing comes back", Severity: record.High,
	Doc: audit.Doc{
		What: "TCP connections to Webex names are opened, the client sends its TLS hello, and no answer ever comes.",
		Why: "A filter that drops by name lets the connection open and swallows the hello; a tunnel whose MTU is " +
			"smaller than the ends believe swallows large packets only. Either way sign-in and calls hang until " +
			"they time out.",
		Trigger: "At least min_tries connections of a site, two or more to each name, were answered with SYN-ACK, " +
			"the client sent data and waited for at least min_seconds, and the server sent no byte, while no " +
			"connection of the site to these names carried an answer. Only where both directions are visible.",
		LookAlikes: "A connection that is opened in reserve and never used carries no data of the client. A reset " +
			"is an answer of a kind: WXA-SIG-001. A slow service answers late, but does. Answers that the capture " +
			"lost show in acknowledgements of bytes never seen.",
		Verify: "Wireshark: `tcp.stream == N`: SYN, SYN-ACK, ACK, the hello, its retransmissions, and nothing more " +
			"from the server. If the hello's larger segment is repeated while a smaller one is acknowledged, it is " +
			"the MTU.",
	},
	Remediation: "Look for a filter by name (application control, DNS or SNI filtering) on the way that drops " +
		"instead of refusing, and exempt the Webex domains from it.",
	Refs: []string{"Network Requirements for Webex Services, WBX000028782: domains and URLs; MTU of at least " +
		"1300 bytes", "RFC 2923 section 2.1"},
	Rows:       []string{"names"},
	Needs:      []string{"flow with tcp and a name", "both directions"},
	Thresholds: []*audit.Limit{silentSeconds, silentTries},
	Under:      []audit.Root{{Rule: "WXA-SIG-008", Same: audit.SameHosts}},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &openSilent{env: e, goals: audit.NewTable(maxGoals, byGoal,
			func(g goal) *outcomes { return &outcomes{failed: e.NewPart(g.where)} },
			func(into, from *outcomes) {
				into.good += from.good
				into.failed.Merge(from.failed, &nameCitation)
			})}
	}),
}

// openSilent remembers which connections to names carried an answer.
type openSilent struct {
	env   *audit.Env
	goals audit.Table[goal, outcomes]
}

// Add implements audit.Fold.
func (r *openSilent) Add(f *observe.Flow) {
	t := f.TCP
	name := nameOf(f)
	if t == nil || t.SYN == 0 || !t.SYNACK || name == "" || !ofWebex(f.Service) || !f.ClientIsSource() ||
		f.Connect != nil {
		return
	}
	switch o := r.goals.At(goal{f.Subject, strings.ToLower(name)}); {
	case f.PayloadBytesRev > 0:
		o.good++
	case unansweredHello(r.env, f):
		o.failed.Count++
		if observe.LargeFirstFlight(f.Flow) {
			o.failed.Sum("large", 1)
		}
		o.failed.Flow(r.env, f, &nameCitation)
	}
}

// unansweredHello reports whether the client of an open connection waited in vain for an answer to what it sent.
func unansweredHello(e *audit.Env, f *observe.Flow) bool {
	wait := e.Value(silentSeconds)
	return f.TCP.SYNACK && f.PayloadBytesFwd > 0 && f.PayloadBytesRev == 0 && f.TCP.ResetBy != "rev" &&
		f.TCP.UnseenRev == 0 &&
		f.Sees && f.Settled(wait) && f.Lasted().Seconds() >= wait
}

// Merge implements audit.Fold.
func (r *openSilent) Merge(o audit.Fold) { r.goals.Merge(&o.(*openSilent).goals) }

// Close implements audit.Fold.
func (r *openSilent) Close(s *audit.Scope) {
	o := audit.Outcome{
		Of:   wording.Noun{One: "name with open connections", Many: "names with open connections"},
		Pass: wording.New("sig010.pass", "the servers answer"),
		Missing: wording.New("sig010.missing", "more connections from their SYN on, with both directions, and some "+
			"seconds after the hello"),
	}
	groups := audit.NewGroups(&nameCitation)
	for to, x := range r.goals.All {
		o.Seen++
		if x.good > 0 {
			o.Judged++
			continue
		}
		if x.failed.Count > 1 {
			g := groups.At(to.where)
			g.Join(x.failed, &nameCitation)
			g.Host(to.name)
		}
	}
	for g := range groups.All {
		if float64(g.Count) >= s.Value(silentTries) {
			s.Report(g, silentVerdict(g))
		}
	}
	s.Conclude(o)
}

func silentVerdict(g *audit.Group) audit.Verdict {
	g.Raise(record.Probable)
	v := audit.Verdict{
		State: record.Fail,
		Summary: wording.New("sig010.fail", "%s of %s in %s to %s opened, and nothing came back",
			wording.Count(g.Count, "connection", "connections"),
			clients(g), subject(g), hosts(g)),
		Expected: wording.New("sig010.expected", "an answer to the hello"),
		Actual:   wording.New("sig010.actual", "SYN-ACK, then no byte of the server"),
	}
	if g.Sums["large"] == g.Count {
		v.Remediation = wording.New("sig010.mtu", "The hellos are larger than one packet: compare the path MTU of "+
			"the tunnel or VPN with the MSS that the ends announce "+
			"(ping with the DF bit set), clamp the MSS at the tunnel or let ICMP \"packet too big\" pass; the MTU "+
			"must be at least 1300 bytes. If small hellos "+
			"are not answered either, a filter by name drops them: exempt the Webex domains.")
	}
	return v
}
