package catalogue

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// maxClients is for how many clients a rule remembers what each did.
const maxClients = 10_000

// people is what each client of the media rules did.
type people struct {
	audit.Table[netip.Addr, person]
}

// person is what one client tried on the way to media nodes, when its media went over UDP, and its flows of which that
// decides.
type person struct {
	tried
	overUDP  []span
	doubtful []carrier
}

type span struct{ start, end record.Time }

func newPeople() people {
	return people{audit.NewTable(maxClients, netip.Addr.Compare, func(netip.Addr) *person {
		return &person{}
	}, (*person).merge)}
}

func (p *people) add(e *audit.Env, f *observe.Flow) {
	if f.Proto == "udp" && len(f.Streams) > 0 && f.Down().Packets > 0 {
		one := p.At(f.From)
		one.overUDP = append(one.overUDP, span{f.StartTime, f.EndTime})
		one.tidy()
	}
	if asked := f.Proto == "udp" && f.STUN != nil && f.ClientIsSource() && f.Prefix != ""; asked {
		a := &p.At(f.From).udp
		a.asked += f.STUN.Requests
		a.answered += f.STUN.Answered
	}
	p.connection(f)
}

// connection notes a connection to a media node.
func (p *people) connection(f *observe.Flow) {
	node := f.Function.IsMedia() || f.Function == record.ReachProbe
	if f.TCP == nil || f.TCP.SYN == 0 || f.Connect != nil || !node || !f.ClientIsSource() {
		return
	}
	if overTLS := f.Transport == record.TLS || f.DstPort == https; overTLS {
		p.At(f.From).tls.add(f, true)
	} else {
		p.At(f.From).tcp.add(f, false)
	}
}

// maxSpans is of how many flows of a client, of each kind, a rule remembers when they were.
const maxSpans = 1024

// tidy joins spans that touch, and keeps the earliest of everything.
func (p *person) tidy() {
	if len(p.overUDP) < 2*maxSpans && len(p.doubtful) < 2*maxSpans {
		return
	}
	p.overUDP = joined(p.overUDP)
	p.overUDP = p.overUDP[:min(len(p.overUDP), maxSpans)]
	slices.SortFunc(p.doubtful, func(a, b carrier) int {
		return cmp.Or(cmp.Compare(a.ref.Start, b.ref.Start), cmp.Compare(a.ref.ID, b.ref.ID))
	})
	p.doubtful = p.doubtful[:min(len(p.doubtful), maxSpans)]
}

// joined sorts spans and joins those that touch.
func joined(list []span) (out []span) {
	slices.SortFunc(list, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	for _, s := range list {
		if n := len(out); n > 0 && s.start <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func (p *person) merge(o *person) {
	p.tried.merge(&o.tried)
	p.overUDP = append(p.overUDP, o.overUDP...)
	p.doubtful = append(p.doubtful, o.doubtful...)
	p.tidy()
}

// takeover is how long after a short flow the client's media may begin over UDP for the flow to be its prelude.
const takeover = 10 * time.Second

// usesUDP reports whether the client's media went over UDP at the time of the flow; of a short one also soon before or
// after.
func (p *person) usesUDP(c *carrier) bool {
	var margin time.Duration
	if c.short {
		margin = takeover
	}
	return slices.ContainsFunc(p.overUDP, func(s span) bool {
		return s.start.Sub(c.ref.End) < margin && c.ref.Start.Sub(s.end) < margin
	})
}

// of is what the clients of a group tried together.
func (p *people) of(g *audit.Group) (sum tried) {
	for _, client := range g.Clients.List() {
		if one := p.Find(client); one != nil {
			sum.merge(&one.tried)
		}
	}
	return sum
}

// tried is what clients tried on the way to media nodes: STUN requests over UDP, connections over TCP and TLS.
type tried struct{ udp, tcp, tls tries }

type tries struct {
	asked, answered, reset int64
	ttls                   map[int]bool // of the resets
}

func (t *tried) merge(o *tried) {
	t.udp.merge(&o.udp)
	t.tcp.merge(&o.tcp)
	t.tls.merge(&o.tls)
}

func (t *tries) merge(o *tries) {
	t.asked, t.answered, t.reset = t.asked+o.asked, t.answered+o.answered, t.reset+o.reset
	for ttl := range o.ttls {
		t.resetTTL(ttl)
	}
}

func (t *tries) resetTTL(ttl int) {
	if t.ttls == nil {
		t.ttls = map[int]bool{}
	}
	t.ttls[ttl] = true
}

// https is where a connection is meant for TLS even if nobody answers (IANA service name https).
const https = 443

func (t *tries) add(f *observe.Flow, overTLS bool) {
	t.asked += f.Count()
	switch silent := f.Down().PayloadBytes == 0; {
	case f.TCP.ResetBy == "rev" && silent:
		t.reset += f.Count()
		if f.TCP.ResetTTL != nil {
			t.resetTTL(*f.TCP.ResetTTL)
		}
	case f.TCP.SYNACK && !(overTLS && silent):
		t.answered++
	}
}

// text says in numbers what became of the tests over UDP, and of those over TCP and TLS where these failed.
func (t *tried) text() wording.Text {
	text := wording.New("tried.some", "%d of %s over UDP were answered", t.udp.answered, stunRequests(t.udp.asked))
	switch {
	case t.udp.asked == 0:
		text = wording.New("tried.untried", "no test over UDP is in the capture")
	case t.udp.answered == 0:
		text = wording.New("tried.none", "none of %s over UDP was answered", stunRequests(t.udp.asked))
	}
	return wording.New("tried", "%s%s%s", text, t.tcp.failed("TCP"), t.tls.failed("TLS"))
}

// remedy follows from what was answered: nobody is told to open what is open.
func (t *tried) remedy() wording.Text {
	switch {
	case t.udp.asked == 0:
		return wording.New("tried.remedy.untried", "Find out whether the clients may send UDP 5004 and UDP 9000 to all published Webex media subnets; a capture that "+
			"begins before the client starts shows its tests.")
	case t.udp.answered > 0:
		return wording.New("tried.remedy.some", "UDP is answered, at least in part, and media left it all the same: compare the firewall's rules with all published "+
			"Webex media subnets, and look for a device that drops UDP while it is in use (DPI, DoS protection, session time-out).")
	}
	return wording.New("tried.remedy.none", openUDP)
}

// failed says how a transport failed; nothing where it did not.
func (t *tries) failed(name string) wording.Text {
	if t.answered > 0 || t.asked == 0 {
		return wording.Text{}
	}
	none := wording.New("tried.failed", "; no answer to %s over %s", wording.Count(t.asked, "connection", "connections"), name)
	if t.reset == 0 {
		return none
	}
	var ttls []wording.Text
	for _, ttl := range slices.Sorted(maps.Keys(t.ttls)) {
		ttls = append(ttls, wording.New("tried.ttl", "TTL %d", ttl))
	}
	return wording.New("tried.reset", "%s, %d reset (%s)", none, t.reset, wording.List(ttls))
}

func stunRequests(n int64) wording.Arg { return wording.Count(n, "test", "tests") }
