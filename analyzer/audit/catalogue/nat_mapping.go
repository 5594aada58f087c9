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

var (
	mappingSockets = audit.NewLimit("WXA-NAT-002.min_sockets", "sockets", 5, 3, 2, 1, 1e6,
		"ours: one socket may have been rebound between two requests", "sockets that confirm the finding")
	mappingWindow = audit.NewLimit("WXA-NAT-002.within_seconds", "s", 10, 30, 60, 1, 3600,
		"ours: checks refresh a binding well within this time", "time within which two servers must have been asked")
)

var nat002 = &audit.Rule{
	ID: "WXA-NAT-002", Title: "Address translation depends on the destination", Severity: record.Info, Version: "2",
	Doc: audit.Doc{
		What: "One socket of a client shows different mapped addresses to different servers.",
		Why: "Such a translation (symmetric NAT) lets no direct path between two clients come about: their media " +
			"takes a relay. Calls to the cloud work.",
		Trigger: "Answered STUN requests from one address and port to two or more servers within within_seconds of " +
			"each other, with different mapped addresses. A single socket is probable, min_sockets confirm it.",
		LookAlikes: "The app asks several nodes from one socket on purpose to learn just this. A mapped address that " +
			"changes within one flow is WXA-NAT-001's or 004's.",
		Verify: "Wireshark: `stun.type == 0x0101 && ip.dst == CLIENT` to one client port; compare the " +
			"XOR-MAPPED-ADDRESS of different servers.",
	},
	Remediation: "Expect relayed media for direct calls. Where direct paths matter use endpoint-independent mapping " +
		"on the NAT.",
	Refs:       []string{"RFC 4787 section 4.1, REQ-1", "RFC 5780"},
	Rows:       []string{"prefixes", "stun"},
	Needs:      []string{"flow with stun"},
	Thresholds: []*audit.Limit{mappingSockets, mappingWindow},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &mappings{env: e, sockets: audit.NewTable(maxClients, netip.AddrPort.Compare,
			func(netip.AddrPort) *mapping { return &mapping{} }, (*mapping).merge)}
	}),
}

// mappings remembers what each UDP socket was told of its mapped address, and by whom.
type mappings struct {
	env     *audit.Env
	sockets audit.Table[netip.AddrPort, mapping]
}

// mapping is the answers to one socket, the earliest servers of it.
type mapping struct {
	group   *audit.Group
	answers []mapped
}

type mapped struct {
	start  record.Time
	id     string
	server netip.AddrPort
	as     string
}

// maxAnswers is of how many servers a socket remembers what they answered.
const maxAnswers = 64

var mappingCitation = audit.Citation{Kind: "transaction", Keys: []string{"stun-answer"}, Fields: func(f *observe.Flow) map[string]string {
	return map[string]string{"server": f.Server().String(), "mapped": strings.Join(f.STUN.Mapped, " ")}
}}

// Add implements audit.Fold.
func (r *mappings) Add(f *observe.Flow) {
	if f.Proto != "udp" || f.STUN == nil || len(f.STUN.Mapped) == 0 || !f.ClientIsSource() {
		return
	}
	m := r.sockets.At(netip.AddrPortFrom(f.SrcIP, uint16(f.SrcPort)))
	if m.group == nil {
		m.group = r.env.NewPart(f.Subject)
	}
	m.group.Flow(r.env, f, &mappingCitation)
	m.put(mapped{f.StartTime, f.FlowID, f.Server(), f.STUN.Mapped[0]})
}

func (m *mapping) put(list ...mapped) {
	m.answers = append(m.answers, list...)
	slices.SortFunc(m.answers, func(a, b mapped) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.id, b.id))
	})
	m.answers = m.answers[:min(len(m.answers), maxAnswers)]
}

// Merge implements audit.Fold.
func (r *mappings) Merge(o audit.Fold) {
	r.sockets.Merge(&o.(*mappings).sockets)
}

func (m *mapping) merge(o *mapping) {
	m.group.Merge(o.group, &mappingCitation)
	m.put(o.answers...)
}

// Close implements audit.Fold.
func (r *mappings) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "UDP socket with STUN answers", Many: "UDP sockets with STUN answers"},
		Pass:    wording.New("nat002.pass", "one mapped address for all servers"),
		Missing: wording.New("nat002.missing", "answers of at least two servers to one socket"), Absent: mappedAbsent}
	groups := audit.NewGroups(&mappingCitation)
	window := time.Duration(s.Value(mappingWindow) * float64(time.Second))
	for _, m := range r.sockets.All {
		o.Seen++
		several, differs := m.compare(window)
		if !several {
			continue
		}
		o.Judged++
		if differs {
			g := groups.At(m.group.Subject)
			g.Count++
			g.Merge(m.group, &mappingCitation)
		}
	}
	for g := range groups.All {
		g.Raise(record.Probable)
		if float64(g.Count) >= s.Value(mappingSockets) {
			g.Raise(record.Confirmed)
		}
		s.Report(g, mappingVerdict(g))
	}
	s.Conclude(o)
}

// compare reports whether several servers answered within the time, and whether they told different addresses.
func (m *mapping) compare(window time.Duration) (several, differs bool) {
	first := m.answers[0]
	for _, a := range m.answers[1:] {
		if a.server == first.server || a.start.Sub(first.start) > window {
			continue
		}
		several = true
		differs = differs || a.as != first.as
	}
	return several, differs
}

func mappingVerdict(g *audit.Group) audit.Verdict {
	return audit.Verdict{
		State: record.Warn,
		Summary: wording.New("nat002.warn", "%s of %s in %s shown under different mapped addresses to different servers",
			wording.Count(g.Count, "UDP socket", "UDP sockets"), clients(g), subject(g)),
		Expected: wording.New("nat002.expected", "the same mapped address for every destination"),
		Actual:   wording.New("nat002.actual", "one for each destination"),
	}
}
