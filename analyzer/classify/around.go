package classify

import (
	"maps"
	"net/netip"
	"strings"

	"webexaudit/analyzer/record"
)

// Around is what flows show of their hosts, and of the minutes in which they show it: the second look sees each flow
// beside it. It holds no flow. Flows are gathered in the order of their beginnings, or ranges of them each in an Around
// of its own, which are joined in that order.
type Around struct {
	nodes     []learntAt
	zones     []*pair
	zone      map[[2]netip.Addr]*pair
	near      *neighbours
	announced map[netip.AddrPort][]announcement
	media     map[node]spans
}

// learntAt is a role that a flow shows a host in.
type learntAt struct {
	addr netip.Addr
	learnt
}

// NewAround makes one without flows.
func NewAround() *Around {
	return &Around{zone: map[[2]netip.Addr]*pair{}, near: newNeighbours(),
		announced: map[netip.AddrPort][]announcement{}, media: map[node]spans{}}
}

// Gather adds what a flow shows, which Flow has looked at.
func (c *Classifier) Gather(a *Around, f *Flow) {
	c.gatherNode(a, f)
	c.gatherZone(a, f)
	a.near.gather(f)
	a.announce(f)
	if f.carriesCall() {
		k := nodeOf(f)
		a.media[k] = a.media[k].add(span{f.Rec.StartTime, f.Rec.EndTime}, callGap)
	}
}

// Join adds what is gathered of the flows behind those of a. It is not used again.
func (a *Around) Join(b *Around) {
	a.nodes = append(a.nodes, b.nodes...)
	for _, p := range b.zones {
		a.addZone(p)
	}
	a.near.join(b.near)
	for k, list := range b.announced {
		a.announced[k] = append(a.announced[k], list...)
	}
	joinSpans(a.media, b.media, callGap)
}

// joinSpans adds spans behind others of the same key.
func joinSpans[K comparable](to, from map[K]spans, gap record.Time) {
	for k, list := range from {
		all := to[k]
		for _, s := range list {
			all = all.add(s, gap)
		}
		to[k] = all
	}
}

// Learn finds out which hosts act as mesh nodes and Expressways. What the operator declared stays as it is. Where it
// reports that there are any, all flows must be looked at and gathered once more by a Classifier that knows, before
// Context.
func (c *Classifier) Learn(a *Around) (again bool) {
	c.learnt = c.Before.roles()
	for _, n := range a.nodes {
		c.note(n.addr, n.role, n.why)
	}
	c.learnExpressways(a)
	return len(c.learnt) > 0
}

// Context begins the second look, of which all flows were gathered.
func (c *Classifier) Context(a *Around) {
	n := c.Before.neighbours()
	maps.DeleteFunc(a.near.foreign, func(k connection, _ bool) bool { // asked of servers alone
		return a.near.servers[k] == nil && n.servers[k] == nil
	})
	n.join(a.near)
	c.near, c.announced, c.calls = n, a.announced, a.media
}

// neighbours is what the flows that are Webex by their own signs show of their clients and servers.
type neighbours struct {
	webex   map[netip.Addr]spans   // when a client had Webex flows that are at least probable
	signals map[signaller]spans    // when it signalled with a service
	servers map[connection]*server // servers that it named
	foreign map[connection]bool    // servers that it also asked for names that are not Webex
	names   map[string]*named      // of the servers, by host: each once
}

// server is a server that a client named, when, and what it was by that name in the first flow.
type server struct {
	name       *named
	service    record.Service
	function   record.Function
	inspection string
	times      spans
}

type signaller struct {
	client  netip.Addr
	service record.Service
}

type connection struct {
	client, server netip.Addr
	port           int
}

func newNeighbours() *neighbours {
	return &neighbours{map[netip.Addr]spans{}, map[signaller]spans{}, map[connection]*server{}, map[connection]bool{},
		map[string]*named{}}
}

// own is the name as it is kept: once for many servers, and without the memory of a flow that is lent.
func (n *neighbours) own(x *named) *named {
	if known := n.names[x.host]; known != nil && *known == *x {
		return known
	}
	one := *x
	one.host = strings.Clone(x.host)
	n.names[one.host] = &one
	return &one
}

// gather adds what a flow shows.
func (n *neighbours) gather(f *Flow) {
	r, k := f.Rec, connection{f.client, f.server, f.serverPort}
	if f.name == nil && r.SNI != "" {
		n.foreign[k] = true
	}
	if !r.Webex || r.Confidence.Rank() < record.Probable.Rank() {
		return
	}
	at := span{r.StartTime, r.EndTime}
	n.webex[r.Client] = n.webex[r.Client].add(at, window)
	if f.signals() {
		k := signaller{r.Client, r.Service}
		n.signals[k] = n.signals[k].add(at, window)
	}
	if f.name != nil && f.name.how != byDNS && r.Proto == "tcp" && r.Connect == nil {
		if n.servers[k] == nil {
			n.servers[k] = &server{name: n.own(f.name), service: r.Service, function: r.Function,
				inspection: r.Inspection}
		}
		n.servers[k].times = n.servers[k].times.add(at, window)
	}
}

// join adds what flows behind those of n show.
func (n *neighbours) join(b *neighbours) {
	joinSpans(n.webex, b.webex, window)
	joinSpans(n.signals, b.signals, window)
	for k, s := range b.servers {
		if n.servers[k] == nil {
			s.name = n.own(s.name)
			n.servers[k] = s
			continue
		}
		for _, at := range s.times {
			n.servers[k].times = n.servers[k].times.add(at, window)
		}
	}
	maps.Copy(n.foreign, b.foreign)
}

// signals reports whether the flow is signalling that tells what its client is about to do. Every app asks for media
// nodes at its start; Webex Calling shows in SIP, not in visits of its portals.
func (f *Flow) signals() bool {
	r := f.Rec
	switch {
	case r.Function != record.Signalling, f.name != nil && f.name.Role == "media-discovery":
		return false
	case r.Service == record.Calling:
		return f.row != nil
	}
	return true
}

// spans are stretches of time in order, with more than two gaps between neighbours.
type spans []span

type span struct{ from, to record.Time }

// add joins a stretch to the last one, or begins another. They come in order of their beginnings.
func (s spans) add(at span, gap record.Time) spans {
	if n := len(s); n > 0 && at.from-s[n-1].to <= 2*gap {
		s[n-1].to = max(s[n-1].to, at.to)
		return s
	}
	return append(s, at)
}

// reaches reports whether the stretch is at most the gap from one of the spans.
func (s spans) reaches(at span, gap record.Time) bool {
	for _, x := range s {
		if at.from <= x.to+gap && at.to >= x.from-gap {
			return true
		}
	}
	return false
}

// withinWindow reports whether the flow is within the window of one of the spans.
func withinWindow(list spans, r *record.Flow) bool {
	return list.reaches(span{r.StartTime, r.EndTime}, window)
}
