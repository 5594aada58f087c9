package catalogue

import (
	"net/netip"
	"strconv"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// silence remembers which clients were answered on a port, and what the others asked.
type silence struct {
	env   *audit.Env
	port  int
	first bool // the port is the first one: no other must be answered before
	asked audit.Table[netip.Addr, asker]
	works audit.Set[string] // keys of the subjects where the first port is answered
	ipv4  audit.Set[string] // keys of the sites where media nodes are tested over IPv4
}

// asker is one client's tests of the port.
type asker struct {
	subject  record.Subject
	flows    int64
	ipv6     bool // its tests go over IPv6
	answered bool
	sees     bool // the capture shows both directions of its traffic
	proof    bool // that the network drops UDP: a refusal, other UDP in both directions
	fell     bool // its media went over TCP or TLS
	mesh     bool // a Video Mesh node answers it
	silent   *audit.Group
}

var silenceCitation = audit.Citation{Kind: "absence", Keys: []string{"stun-request", "icmp-error"}, Fields: stunFields}

func newSilence(e *audit.Env, port *audit.Limit) audit.Fold {
	return &silence{env: e, port: int(e.Value(port)), first: port == mediaPort,
		asked: audit.NewTable(maxClients, netip.Addr.Compare, func(netip.Addr) *asker { return &asker{} }, (*asker).merge),
		works: audit.NewSet[string](maxClients), ipv4: audit.NewSet[string](maxClients)}
}

// Add implements audit.Fold.
func (r *silence) Add(f *observe.Flow) {
	if f.Proto == "tcp" && (f.Function.IsMedia() || f.Function == record.TURN) && sustained(r.env, f) {
		r.asked.At(f.From).fell = true
	}
	if meshAnswers(f) {
		r.asked.At(f.From).mesh = true
	}
	if !observe.Asks(f.Flow) || f.Service == record.Calling || !f.Settled(r.env.Value(settle)) {
		return
	}
	if !observe.OverIPv6(f.Flow) {
		r.ipv4.Add(key(dualStack(r.env, f.From)))
	}
	answered := observe.Answered(f.Flow)
	if !r.first && answered && f.DstPort == int(r.env.Value(mediaPort)) {
		r.works.Add(key(f.Subject))
	}
	if f.DstPort == r.port {
		r.test(r.asked.At(f.From), f, answered)
	}
}

// meshAnswers reports whether a client and a Video Mesh node, which is no client of the cloud here, exchange packets
// over UDP.
func meshAnswers(f *observe.Flow) bool {
	return f.Proto == "udp" && f.Down().Packets > 0 && f.Prefix == "" && f.ClientRole != "mesh-node" &&
		(f.Service == record.Mesh || f.ServerRole == "mesh-node")
}

func (r *silence) test(a *asker, f *observe.Flow, answered bool) {
	a.subject, a.sees, a.ipv6 = f.Subject, f.Sees, observe.OverIPv6(f.Flow)
	a.flows += f.Count()
	a.answered = a.answered || answered
	a.proof = a.proof || observe.Refused(f.Flow) || f.SeesUDP
	if answered {
		return
	}
	if a.silent == nil {
		a.silent = r.env.NewPart(f.Subject)
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
	r.ipv4.Merge(&other.ipv4)
}

func (a *asker) merge(o *asker) {
	a.flows += o.flows
	a.ipv6, a.answered, a.sees = a.ipv6 || o.ipv6, a.answered || o.answered, a.sees || o.sees
	a.proof, a.fell, a.mesh = a.proof || o.proof, a.fell || o.fell, a.mesh || o.mesh
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

// place is a site or subnet with its clients.
type place struct {
	subject  record.Subject
	answered int64
	silent   []*asker
	byDesign []*asker // silent as well, but a Video Mesh node carries their media
}

// Close implements audit.Fold.
func (r *silence) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "flow with STUN requests", Many: "flows with STUN requests"},
		Pass: wording.New("silence.pass", "STUN requests are answered"), Missing: answersMissing}
	for _, p := range r.places(&o) {
		if !r.first && !r.works.Has(key(p.subject)) {
			o.Missing = wording.New("med005.first",
				"UDP 5004 is not answered there either, or was not tried (see WXA-MED-004)")
			continue
		}
		if g := r.blocked(s, p, &o); g != nil {
			s.Report(g, r.verdict(g, p))
		} else if g := r.gather(p, p.byDesign, false); r.enough(s, g) {
			s.Report(g, r.remark(g))
		}
	}
	s.Conclude(o)
}

var answersMissing = wording.New("answers.unseen",
	"answers cannot be seen: take the capture where both directions of the clients' traffic pass, "+
		"from before the client starts")

// places sorts the clients, and counts the tests of those that were answered as judged.
func (r *silence) places(o *audit.Outcome) (list []*place) {
	at := map[record.Subject]*place{}
	for client, a := range r.asked.All {
		if a.flows == 0 || a.ipv6 && r.ipv4.Has(key(dualStack(r.env, client))) {
			continue
		}
		o.Seen += a.flows
		p := at[a.subject]
		if p == nil {
			p = &place{subject: a.subject}
			at[a.subject] = p
			list = append(list, p)
		}
		switch {
		case a.answered:
			p.answered++
			o.Judged += a.flows
		case a.mesh && !a.fell:
			p.byDesign = append(p.byDesign, a)
		default:
			p.silent = append(p.silent, a)
		}
	}
	return list
}

// blocked gathers what proves a block: of all clients of a place where none is answered, else only of clients that meet
// the numbers alone. What it could not judge, and why not, goes into the outcome.
func (r *silence) blocked(s *audit.Scope, p *place, o *audit.Outcome) (all *audit.Group) {
	parts := [][]*asker{p.silent}
	if p.answered > 0 {
		parts = nil
		for i := range p.silent {
			parts = append(parts, p.silent[i:i+1])
		}
	}
	for _, part := range parts {
		g := r.gather(p, part, p.answered == 0)
		switch {
		case len(part) == 0:
			continue
		case !r.enough(s, g):
			o.Missing = wording.New("silence.few", "too few requests: %s to %s are wanted",
				wording.Count(int64(s.Value(askedRequests)), "request", "requests"),
				wording.Count(int64(s.Value(askedPrefixes)), "prefix", "prefixes"))
			continue
		case g.Confidence == "":
			continue
		}
		if all == nil {
			all = audit.NewGroup(p.subject)
		}
		all.Merge(g, &silenceCitation)
	}
	return all
}

// gather joins clients. They prove nothing where the capture does not show both directions of one of them at least; a
// refusal, UDP in both directions elsewhere, or media that did fall back is proof that the network drops it, while TCP
// in both directions alone leaves room for a trace that holds one direction of UDP.
func (r *silence) gather(p *place, clients []*asker, nobodyAnswered bool) *audit.Group {
	g := audit.NewGroup(p.subject)
	sees, proof := false, false
	for _, a := range clients {
		g.Merge(a.silent, &silenceCitation)
		sees, proof = sees || a.sees, proof || a.proof || a.fell
	}
	switch {
	case sees && proof && nobodyAnswered:
		g.Raise(record.Confirmed)
	case sees:
		g.Raise(record.Probable)
	}
	return g
}

func (r *silence) enough(s *audit.Scope, g *audit.Group) bool {
	return float64(g.Count) >= s.Value(askedRequests) && float64(g.Hosts.Len()) >= s.Value(askedPrefixes)
}

func (r *silence) unanswered(g *audit.Group) wording.Text {
	return wording.New("silence.fail", "none of %s (STUN requests) over UDP %s of %s in %s to %s was answered", stunRequests(g.Count),
		strconv.Itoa(r.port), clients(g), subject(g), wording.Count(g.Hosts.Len(), "media range", "media ranges"))
}

func (r *silence) verdict(g *audit.Group, p *place) audit.Verdict {
	v := audit.Verdict{State: record.Fail, Summary: r.unanswered(g),
		Expected: wording.New("silence.expected", "answers from the media nodes"),
		Actual:   wording.New("silence.actual", "0 of %s answered", stunRequests(g.Count))}
	if n := g.Sums["refused"]; n > 0 {
		v.Summary = wording.New("silence.refused", "%s; %s rejected by ICMP", v.Summary, wording.Count(n, "flow", "flows"))
	}
	if p.answered > 0 {
		v.Summary = wording.New("silence.others", "%s, while %s there got answers", v.Summary,
			wording.Count(p.answered, "other client", "other clients"))
	}
	if !r.first {
		v.Summary = wording.New("med005.impact", "%s; calls over UDP 5004 are not affected", v.Summary)
	}
	if int64(g.Clients.Len()) <= p.answered {
		if r.first {
			v.Severity = record.Medium
		}
		v.Remediation = wording.New("silence.host", "The site lets UDP %s through. Look at these hosts: their own firewall, VPN client or security "+
			"software, and the port or wireless profile that they are in.", strconv.Itoa(r.port))
	}
	return v
}

// remark is on clients whose media a Video Mesh node carries: their own tests of the cloud are silent by design.
func (r *silence) remark(g *audit.Group) audit.Verdict {
	return audit.Verdict{State: record.Warn, Severity: record.Info,
		Summary: wording.New("silence.mesh", "%s; a Video Mesh node answers them, so that their media need not leave the site",
			r.unanswered(g)),
		Expected: wording.New("silence.mesh.expected", "answers, unless only the Video Mesh nodes may send UDP to the Internet"),
		Actual:   wording.New("silence.actual", "0 of %s answered", stunRequests(g.Count)),
		Remediation: wording.New("silence.mesh.remedy", "None where it is meant so. When the mesh is full or down these clients fall back to TCP or TLS: "+
			"then allow them UDP %s as well.", strconv.Itoa(r.port))}
}
