package catalogue

import (
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

var callingRequests = audit.NewLimit("WXA-CAL-002.min_requests", "requests", 10, 5, 5, 2, 1000, "ours: one lost packet must not look like a firewall",
	"minimum number of unanswered STUN requests of a site before its Calling media counts as blocked")

var cal002 = &audit.Rule{
	ID: "WXA-CAL-002", Version: "2", Title: "Webex Calling media is blocked", Severity: record.High,
	Plain: "nothing answered on the media ports of Webex Calling (%s)",
	Doc: audit.Doc{
		What: "Clients signal with Webex Calling, but their media gets no answer over UDP.",
		Why:  "Webex Calling has no fallback to TCP or TLS: where UDP is blocked the call is silent and drops.",
		Trigger: "Calling signalling that works in both directions, and at least min_requests STUN requests over UDP of the same clients " +
			"to published Calling ranges without any answer at the whole site or subnet. Some ranges serve Meetings and Calling: " +
			"what a client asks there belongs to Calling where it holds signalling of Calling and none of Meetings or messaging.",
		LookAlikes: "Checks of private candidates of the other party stay unanswered by design: only published ranges count. A single " +
			"client without answers beside others with answers: silent. Requests in the last seconds of the capture and captures with " +
			"one direction: not judged. RTP without STUN that gets nothing back is WXA-MED-010.",
		Verify: "Wireshark: `stun.type == 0x0001` from the client to the Calling ranges, without `stun.type == 0x0101` back, after TLS to " +
			"port 8934 or 5062.",
	},
	Remediation: "Allow UDP 5004, 9000, 8500-8699 and 19560-65535 from the clients to the Webex Calling subnets, with return traffic.",
	Refs:        []string{"Port Reference Information for Webex Calling, b2exve", "BRKCOL-2057 (2022): with Webex Calling no fallback to TCP"},
	Rows:        []string{"ports-calling", "prefixes", "stun", "webex-policy-calling-media-fallback"},
	Needs:       []string{"flow with stun", "signalling of the same clients", "both directions"},
	Thresholds:  []*audit.Limit{callingRequests, settle},
	Judge: audit.Custom(func(e *audit.Env) audit.Fold {
		return &callingMedia{e, audit.NewTable(maxClients, netip.Addr.Compare, func(netip.Addr) *caller {
			return &caller{}
		}, (*caller).merge)}
	}),
}

// callingMedia remembers what came back to each client.
type callingMedia struct {
	env *audit.Env
	of  audit.Table[netip.Addr, caller]
}

// caller is a client with its signalling, and its tests and media by the service that the ranges are booked to.
type caller struct {
	subject       record.Subject
	signals       bool // Calling signalling works in both directions
	meets         bool // it also holds signalling of Meetings or messaging
	sees, proof   bool // the capture shows both directions of its traffic; that the network drops UDP
	calling, rest traffic
}

// traffic is what a client sends to one kind of ranges.
type traffic struct {
	flows, answered int64
	silent          *audit.Group // Count of requests
}

func (a *traffic) merge(o *traffic) {
	a.flows, a.answered = a.flows+o.flows, a.answered+o.answered
	switch {
	case a.silent == nil:
		a.silent = o.silent
	case o.silent != nil:
		a.silent.Merge(o.silent, &silenceCitation)
	}
}

func (c *caller) merge(o *caller) {
	c.signals, c.meets, c.sees, c.proof = c.signals || o.signals, c.meets || o.meets, c.sees || o.sees, c.proof ||
		o.proof
	if o.subject.Kind != "" {
		c.subject = o.subject
	}
	c.calling.merge(&o.calling)
	c.rest.merge(&o.rest)
}

// ofCalling is the client's traffic that counts as Calling's: all of it where it signals with nothing else.
func (c *caller) ofCalling() []*traffic {
	if c.signals && !c.meets {
		return []*traffic{&c.calling, &c.rest}
	}
	return []*traffic{&c.calling}
}

// Add implements audit.Fold.
func (r *callingMedia) Add(f *observe.Flow) {
	if f.PayloadBytesFwd > 0 && f.PayloadBytesRev > 0 {
		r.signalling(f)
	}
	checks := f.STUN != nil && f.STUN.Requests > 0
	if f.Proto != "udp" || f.Prefix == "" || !f.ClientIsSource() || !f.Function.IsMedia() && !checks {
		return
	}
	r.media(f, checks)
}

// signalling notes which service the client signals with.
func (r *callingMedia) signalling(f *observe.Flow) {
	switch {
	case f.Service == record.Calling && f.Function == record.Signalling:
		r.of.At(f.From).signals = true
	case (f.Service == record.Meetings || f.Service == record.Messaging) && observe.Signals(f.Flow):
		r.of.At(f.From).meets = true
	}
}

// media notes media or a check of the way to it, and whether it was answered.
func (r *callingMedia) media(f *observe.Flow, checks bool) {
	c := r.of.At(f.From)
	c.subject, c.sees = f.Subject, f.Sees
	a := &c.calling
	if f.Service != record.Calling {
		a = &c.rest
	}
	a.flows += f.Count()
	if f.Down().Packets > 0 {
		a.answered++
		return
	}
	if !checks || !f.Settled(r.env.Value(settle)) {
		return
	}
	if a.silent == nil {
		a.silent = r.env.NewPart(f.Subject)
	}
	a.silent.Flow(r.env, f, &silenceCitation)
	a.silent.Count += f.STUN.Requests
	a.silent.Host(f.Prefix)
	c.proof = c.proof || observe.Refused(f.Flow) || f.SeesUDP
}

// Merge implements audit.Fold.
func (r *callingMedia) Merge(o audit.Fold) { r.of.Merge(&o.(*callingMedia).of) }

// Close implements audit.Fold.
func (r *callingMedia) Close(s *audit.Scope) {
	o := audit.Outcome{Of: wording.Noun{One: "Calling media flow", Many: "Calling media flows"},
		Pass:    wording.New("cal002.pass", "Calling media is answered"),
		Missing: wording.New("cal002.missing", "working signalling of the same client, enough STUN requests, and both directions of its traffic")}
	groups := audit.NewGroups(&silenceCitation)
	open, sees := map[record.Subject]bool{}, map[record.Subject]bool{}
	for _, c := range r.of.All {
		for _, a := range c.ofCalling() {
			o.Seen += a.flows
			o.Judged += a.answered
			open[c.subject] = open[c.subject] || a.answered > 0
			if !c.signals || a.silent == nil {
				continue
			}
			sees[c.subject] = sees[c.subject] || c.sees
			g := groups.At(c.subject)
			g.Merge(a.silent, &silenceCitation)
			g.Raise(record.Probable)
			if c.proof {
				g.Raise(record.Confirmed)
			}
		}
	}
	for g := range groups.All {
		if !open[g.Subject] && sees[g.Subject] && float64(g.Count) >= s.Value(callingRequests) {
			s.Report(g, callingBlocked(g))
		}
	}
	s.Conclude(o)
}

func callingBlocked(g *audit.Group) audit.Verdict {
	return audit.Verdict{State: record.Fail,
		Summary: wording.New("cal002.fail", "none of %s (STUN requests) for media of %s of %s was answered, although signalling with Webex Calling works",
			stunRequests(g.Count), clients(g), subject(g)),
		Expected: wording.New("cal002.expected", "answers from the Calling media nodes"),
		Actual:   wording.New("cal002.actual", "0 of %s answered", stunRequests(g.Count))}
}
