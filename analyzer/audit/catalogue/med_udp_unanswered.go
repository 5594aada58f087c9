package catalogue

import (
	"net/netip"
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var (
	askedPrefixes = audit.NewLimit("WXA-MED-004.min_prefixes", "prefixes", 2, 2, 2, 1, 1000, "ours: one node or one range may be down",
		"minimum number of media prefixes asked")
	askedRequests = audit.NewLimit("WXA-MED-004.min_requests", "requests", 10, 5, 5, 2, 1000, "ours: one lost packet must not look like a firewall",
		"minimum number of STUN requests, repetitions not counted")
	mediaPort  = audit.NewLimit("WXA-MED-004.port", "port", 5004, 5004, 5004, 1, 65535, netreq, "the UDP port judged")
	secondPort = audit.NewLimit("WXA-MED-005.port", "port", 9000, 9000, 9000, 1, 65535, netreq, "the UDP port judged")
)

var med004 = &audit.Rule{
	ID: "WXA-MED-004", Title: "UDP 5004 unanswered", Severity: record.High,
	Doc: audit.Doc{
		What: "Clients test media nodes over UDP 5004 and never get an answer.",
		Why: "UDP 5004 is the preferred way of media. Without it the client falls back to TCP, then to TLS, perhaps " +
			"through a proxy; Webex Calling has no fallback at all.",
		Trigger: "At least min_requests STUN requests to min_prefixes published media ranges, no answer to any of " +
			"them, from a site or subnet where nobody is answered. Where others of the same site are answered, a " +
			"single client must meet the same numbers alone, and the finding is probable: then look at that host.",
		LookAlikes: "Tests that begin in the last settle_seconds of the capture still wait for their answer. A " +
			"capture that shows one direction only has no answers to show: not assessable. Tests of a range that is " +
			"no longer in use stay unanswered, but not those of two ranges.",
		Verify: "Wireshark: `udp.dstport == 5004 && stun.type == 0x0001` against `udp.srcport == 5004 && stun.type " +
			"== 0x0101`; `icmp.type == 3` shows a refusal.",
	},
	Remediation: "Allow UDP 5004 from the clients to all published Webex media subnets, with return traffic; check " +
		"the host's own firewall where only single clients are concerned.",
	Refs:       []string{"Network Requirements for Webex Services, WBX000028782: media ports", "RFC 8489 section 6.2.1 (retransmission)"},
	Needs:      []string{"flow with stun", "both directions of the clients' traffic", "the start of a client"},
	Thresholds: []*audit.Limit{askedPrefixes, askedRequests, mediaPort, settle},
	Judge:      audit.Custom(func(e *audit.Env) audit.Fold { return newSilence(e, mediaPort) }),
}

var med005 = &audit.Rule{
	ID: "WXA-MED-005", Title: "UDP 9000 unanswered while UDP 5004 works", Severity: record.Medium,
	Doc: audit.Doc{
		What: "Clients get answers on UDP 5004, but never on UDP 9000.",
		Why: "Full-featured meetings prefer UDP 9000. With 5004 alone most calls work, which hides the " +
			"missing firewall rule.",
		Trigger: "The trigger of WXA-MED-004 for UDP 9000, at a site or subnet where UDP 5004 is answered.",
		LookAlikes: "Where 5004 is not answered either the cause is WXA-MED-004's, and this rule stays silent. For " +
			"the rest as there.",
		Verify: "Wireshark: `udp.port == 9000 && stun`, requests without responses, beside `udp.port == 5004 && " +
			"stun` with responses.",
	},
	Remediation: "Allow UDP 9000 from the clients to all published Webex media subnets, with return traffic.",
	Refs:        []string{"Network Requirements for Webex Services, WBX000028782: media ports"},
	Needs:       []string{"flow with stun", "both directions of the clients' traffic", "the start of a client"},
	Thresholds:  []*audit.Limit{askedPrefixes, askedRequests, mediaPort, settle, secondPort},
	Judge:       audit.Custom(func(e *audit.Env) audit.Fold { return newSilence(e, secondPort) }),
}

// silence remembers which clients were answered on a port, and what the others asked.
type silence struct {
	env   *audit.Env
	port  int
	first bool // the port is the first one: no other must be answered before
	asked audit.Table[netip.Addr, asker]
	works audit.Set[string] // keys of the subjects where the first port is answered
}

// asker is one client's tests of the port.
type asker struct {
	subject  record.Subject
	flows    int64
	answered bool
	sees     bool // the capture shows both directions of its traffic
	proof    bool // that the network drops UDP: a refusal, other UDP in both directions, media that did fall back
	silent   *audit.Group
}

var silenceCitation = audit.Citation{Kind: "absence", Keys: []string{"stun-request", "icmp-error"}, Fields: stunFields}

func newSilence(e *audit.Env, port *audit.Limit) audit.Fold {
	return &silence{env: e, port: int(e.Value(port)), first: port == mediaPort,
		asked: audit.NewTable(maxClients, netip.Addr.Compare, func(netip.Addr) *asker { return &asker{} }, (*asker).merge),
		works: audit.NewSet[string](maxClients)}
}

// Add implements audit.Fold.
func (r *silence) Add(f *observe.Flow) {
	if r.first && f.Function.IsMedia() && f.Proto == "tcp" {
		if media, _, _ := sustained(r.env, f); media {
			r.asked.At(f.From).proof = true
		}
	}
	if !observe.Asks(f.Flow) || f.Service == record.Calling || !f.Settled(r.env.Value(settle)) {
		return
	}
	answered := observe.Answered(f.Flow)
	if !r.first && answered && f.DstPort == int(r.env.Value(mediaPort)) {
		r.works.Add(key(f.Subject))
	}
	if f.DstPort != r.port {
		return
	}
	a := r.asked.At(f.From)
	a.subject, a.sees = f.Subject, f.Sees
	a.flows++
	a.answered = a.answered || answered
	a.proof = a.proof || observe.Refused(f.Flow) || f.SeesUDP
	if answered {
		return
	}
	if a.silent == nil {
		a.silent = audit.NewGroup(f.Subject)
	}
	a.silent.Flow(r.env, f, &silenceCitation)
	a.silent.Count += f.STUN.Requests
	a.silent.Host(f.Prefix)
	if observe.Refused(f.Flow) {
		a.silent.Sum("refused", 1)
	}
}

func key(s record.Subject) string { return s.Kind + " " + s.Key }

// Merge implements audit.Fold.
func (r *silence) Merge(o audit.Fold) {
	other := o.(*silence)
	r.asked.Merge(&other.asked)
	r.works.Merge(&other.works)
}

func (a *asker) merge(o *asker) {
	a.flows, a.answered, a.sees, a.proof = a.flows+o.flows, a.answered || o.answered, a.sees || o.sees, a.proof || o.proof
	if o.subject.Kind != "" {
		a.subject = o.subject
	}
	switch {
	case a.silent == nil:
		a.silent = o.silent
	case o.silent != nil:
		a.silent.Merge(o.silent, &silenceCitation)
	}
}

// Close implements audit.Fold.
func (r *silence) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "flow with STUN requests", Many: "flows with STUN requests"},
		Pass: wording.New("silence.pass", "STUN requests are answered"), Missing: answersMissing}
	places := map[record.Subject][]*asker{}
	var order []record.Subject
	for _, a := range r.asked.All {
		if a.flows == 0 {
			continue
		}
		o.Seen += a.flows
		if places[a.subject] == nil {
			order = append(order, a.subject)
		}
		places[a.subject] = append(places[a.subject], a)
	}
	for _, place := range order {
		if !r.first && !r.works.Has(key(place)) {
			o.Missing = wording.New("med005.first", "UDP 5004 is not answered there either, or was not tried (see WXA-MED-004)")
			continue
		}
		if g := r.blocked(s, place, places[place], &o); g != nil {
			s.Report(g, r.verdict(g))
		}
	}
	s.Conclude(o)
}

var answersMissing = wording.New("answers.unseen",
	"answers cannot be seen: take the capture where both directions of the clients' traffic pass, from before the client starts")

// blocked gathers what proves a block: of all clients of a place where none is answered, else only of clients that meet the numbers alone.
// What it could judge, or why not, goes into the outcome.
func (r *silence) blocked(s *audit.Scope, place record.Subject, clients []*asker, o *audit.Outcome) *audit.Group {
	open := false
	for _, a := range clients {
		open = open || a.answered
	}
	parts := [][]*asker{clients}
	if open {
		parts = nil
		for i := range clients {
			parts = append(parts, clients[i:i+1])
		}
	}
	var blocked *audit.Group
	for _, part := range parts {
		if open && part[0].answered {
			o.Judged += part[0].flows
			continue
		}
		g, sees, conf := audit.NewGroup(place), false, record.Probable
		for _, a := range part {
			g.Merge(a.silent, &silenceCitation)
			sees = sees || a.sees
			if a.proof && !open {
				conf = record.Confirmed
			}
		}
		switch {
		case float64(g.Count) < s.Value(askedRequests) || float64(g.Hosts.Len()) < s.Value(askedPrefixes):
			o.Missing = wording.New("silence.few", "too few requests: %s to %s are wanted", wording.Count(int64(s.Value(askedRequests)), "request", "requests"),
				wording.Count(int64(s.Value(askedPrefixes)), "prefix", "prefixes"))
			continue
		case !sees:
			continue
		}
		if blocked == nil {
			blocked = audit.NewGroup(place)
		}
		blocked.Merge(g, &silenceCitation)
		blocked.Raise(conf)
	}
	return blocked
}

func (r *silence) verdict(g *audit.Group) audit.Verdict {
	text := wording.New("silence.fail", "none of %s over UDP %s of %s in %s to %s was answered", stunRequests(g.Count), strconv.Itoa(r.port),
		clients(g), subject(g), wording.Count(g.Hosts.Len(), "media prefix", "media prefixes"))
	if n := g.Sums["refused"]; n > 0 {
		text = wording.New("silence.refused", "%s; %s rejected by ICMP", text, wording.Count(n, "flow", "flows"))
	}
	return audit.Verdict{State: record.Fail, Summary: text, Expected: wording.New("silence.expected", "answers from the media nodes"),
		Actual: wording.New("silence.actual", "0 of %d answered", g.Count)}
}
