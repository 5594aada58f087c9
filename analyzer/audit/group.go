package audit

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/wording"
)

// Bounds of what a rule remembers.
const (
	maxGroups  = 10_000
	maxClients = 10_000
	maxHosts   = 1000
	maxHows    = 64
	maxFlowIDs = 1000
	maxPartIDs = 100
	// where windows leave them to those that follow
	maxWindowPartIDs, maxWindowPartCited = 20, 3
)

// Ref is what remains of a flow after it has gone by: its identity, its extent and the evidence made of it. The id is a
// copy: that of a lent flow shares its memory with the texts of many flows.
type Ref struct {
	ID         string
	Client     netip.Addr
	Start, End record.Time
	Bytes      int64
	Flows      int64 // that its record stands for
	Evidence   Cited
}

// Ref makes the evidence of a flow and lets the flow go.
func (e *Env) Ref(f *observe.Flow, c *Citation) Ref {
	r := bareRef(f)
	r.ID, r.Evidence = strings.Clone(r.ID), c.of(e, f)
	return r
}

func bareRef(f *observe.Flow) Ref {
	return Ref{ID: f.FlowID, Client: f.From, Start: f.StartTime, End: f.EndTime, Bytes: f.BytesFwd + f.BytesRev,
		Flows: f.Count()}
}

// earlier orders flows by time.
func earlier(a, b Ref) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.ID, b.ID)) }

// member is a flow of a group, of which no more is needed than who it is: a group has up to two thousand.
type member struct {
	start record.Time
	id    string
	flows int64 // that its record stands for
}

// firstMember orders flows by time.
func firstMember(a, b member) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.id, b.id))
}

// larger orders flows by falling size, the earlier of equals first.
func larger(a, b Ref) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), earlier(a, b)) }

// Extreme is the largest of some measures, and what it was measured of.
type Extreme struct {
	Value float64
	Of    wording.Text
}

// Group is what a rule remembers of one subject. All of it is bounded, and the same however the flows were dealt over
// merged groups.
type Group struct {
	Subject     record.Subject
	Seen        int64 // what the rule speaks of
	Judged      int64 // of these, what it could judge
	Count       int64 // of what the rule counts
	Flows       int64 // distinct flows that belong to the finding
	Bytes       int64
	Lasted      int64 // nanoseconds of these flows
	First, Last record.Time
	Confidence  record.Confidence // the highest that was raised

	Clients Set[netip.Addr]
	Hosts   Set[string]        // for the finding's hosts: names and addresses, and nothing else
	Hows    Counter            // in which ways
	Sums    map[string]int64   // further sums of the rule
	Worst   map[string]Extreme // the largest of each measure
	Samples Samples

	ids   Set[member]
	cites int    // flows at most, where the citation allows more
	best  []Ref  // the first by the order of the citation, with their evidence
	last  string // the flow that was added last: a second time it changes nothing
}

// NewGroup is an empty group; rules that group by something else than [Per] does make their own.
func NewGroup(s record.Subject) *Group { return newGroup(s, maxFlowIDs, maxCited) }

// NewPart is an empty group of one client, socket, name or the like, of which a rule has thousands and joins some at
// its end: it names fewer of its flows. In windows, which follow each other for days, it cites fewer as well.
func (e *Env) NewPart(s record.Subject) *Group {
	if e.windows {
		return newGroup(s, maxWindowPartIDs, maxWindowPartCited)
	}
	return newGroup(s, maxPartIDs, maxCited)
}

func newGroup(s record.Subject, ids, cites int) *Group {
	return &Group{Subject: s, Clients: NewSetFunc(maxClients, netip.Addr.Compare), Hosts: NewSet[string](maxHosts),
		Hows: NewCounter(maxHows), ids: NewSetFunc(ids, firstMember), cites: cites}
}

// most is how many flows are cited.
func (g *Group) most(c *Citation) int { return min(c.most(), g.cites) }

// Flow adds a flow with its client, time, bytes and evidence. Calls for one flow follow each other; the further ones
// change nothing.
func (g *Group) Flow(e *Env, f *observe.Flow, c *Citation) {
	if f.FlowID != "" && f.FlowID == g.last {
		return
	}
	r := bareRef(f)
	r.ID = strings.Clone(r.ID)
	g.last = r.ID
	g.add(r, c, func() Cited { return c.of(e, f) })
}

// Add adds a flow that has gone by.
func (g *Group) Add(r Ref, c *Citation) {
	g.add(r, c, func() Cited { return r.Evidence })
}

func (g *Group) add(r Ref, c *Citation, evidence func() Cited) {
	r.Flows = max(r.Flows, 1)
	g.Flows += r.Flows
	g.Bytes += r.Bytes
	g.Lasted += int64(r.End.Sub(r.Start))
	g.Clients.Add(r.Client)
	g.Span(r.Start, r.End)
	g.ids.Add(member{r.Start, r.ID, r.Flows})
	if c == nil {
		return
	}
	i, _ := slices.BinarySearchFunc(g.best, r, c.order())
	if most := g.most(c); i < most {
		r.Evidence = evidence()
		g.best = slices.Insert(g.best, i, r)
		g.best = g.best[:min(len(g.best), most)]
	}
}

// Span widens the time of the group.
func (g *Group) Span(first, last record.Time) {
	if g.First.IsZero() || !first.IsZero() && first < g.First {
		g.First = first
	}
	g.Last = max(g.Last, last)
}

// Host names a machine in the finding; "" is none.
func (g *Group) Host(name string) {
	if n := len(g.Hosts.list); name != "" && (n == 0 || g.Hosts.list[n-1] != name) {
		g.Hosts.Add(strings.Clone(name))
	}
}

// Raise raises the confidence: a group is as sure as its best proof.
func (g *Group) Raise(c record.Confidence) {
	if c.Rank() > g.Confidence.Rank() {
		g.Confidence = c
	}
}

// Sum adds to one of the rule's further sums.
func (g *Group) Sum(name string, n int64) {
	if g.Sums == nil {
		g.Sums = map[string]int64{}
	}
	g.Sums[name] += n
}

// Extreme keeps the largest value of a measure, and of equals the one whose words come first.
func (g *Group) Extreme(name string, v float64, of wording.Text) {
	if old, ok := g.Worst[name]; ok && (v < old.Value || v == old.Value && of.String() >= old.Of.String()) {
		return
	}
	if g.Worst == nil {
		g.Worst = map[string]Extreme{}
	}
	g.Worst[name] = Extreme{v, of}
}

// Seconds is how long its flows lasted together.
func (g *Group) Seconds() float64 { return float64(g.Lasted) / 1e9 }

func (g *Group) merge(o *Group, c *Citation) {
	g.Seen, g.Judged, g.Count, g.Flows = g.Seen+o.Seen, g.Judged+o.Judged, g.Count+o.Count, g.Flows+o.Flows
	g.Bytes, g.Lasted = g.Bytes+o.Bytes, g.Lasted+o.Lasted
	if !o.First.IsZero() || !o.Last.IsZero() {
		g.Span(o.First, o.Last)
	}
	g.Raise(o.Confidence)
	g.Clients.Merge(&o.Clients)
	g.Hosts.Merge(&o.Hosts)
	g.Hows.Merge(&o.Hows)
	for _, k := range slices.Sorted(maps.Keys(o.Sums)) {
		g.Sum(k, o.Sums[k])
	}
	for k, x := range o.Worst {
		g.Extreme(k, x.Value, x.Of)
	}
	g.Samples.Merge(&o.Samples)
	g.ids.Merge(&o.ids)
	if c != nil && len(o.best) > 0 {
		all := slices.Concat(g.best, o.best)
		slices.SortFunc(all, c.order())
		g.best = slices.Clone(all[:min(len(all), g.most(c))]) // what falls out is let go
	}
	g.last = ""
}

// Merge takes in what another fold of the same rule knows of the same subject: of other flows.
func (g *Group) Merge(o *Group, c *Citation) { g.merge(o, c) }

// Join takes in another group of the same rule, of which flows may be known already.
func (g *Group) Join(o *Group, c *Citation) {
	g.merge(o, c)
	same := func(a, b Ref) bool { return earlier(a, b) == 0 }
	g.best = slices.CompactFunc(g.best, same)
	if !g.ids.Over {
		g.Flows = 0
		for _, r := range g.ids.List() {
			g.Flows += r.flows
		}
	}
}

// Evidence is what was made of its first flows, an item of the packets of those behind them, and how many flows more
// there are.
func (g *Group) Evidence() []record.Evidence {
	var list, rest []record.Evidence
	var shown int64
	for _, r := range g.best {
		items := r.Evidence.Items()
		n := min(maxEvidence-len(list), len(items))
		list = append(list, items[:n]...)
		if over := items[n:]; len(over) > 0 {
			all := append(slices.Clip(rest), over...)
			if _, ok := record.JoinNumbers(all, maxInFilter); !ok {
				continue
			}
			rest = all
		}
		shown += r.Flows
	}
	if item, ok := record.JoinNumbers(rest, maxInFilter); ok {
		item.CommunityID, item.Fields = "", nil
		list = append(list, item)
	}
	if len(list) == 0 {
		return nil
	}
	return moreFlows(list, int(g.Flows-shown))
}

// flowIDs of the flows that came first.
func (g *Group) flowIDs() []string {
	var ids []string
	for _, r := range g.ids.List() {
		ids = append(ids, r.id)
	}
	slices.Sort(ids)
	return ids
}

// Groups are the groups of a rule by subject.
type Groups struct {
	cite *Citation
	Table[record.Subject, Group]
}

// NewGroups is empty; flows of its groups are cited as c says.
func NewGroups(c *Citation) Groups {
	return Groups{c, NewTable(maxGroups, BySubject, NewGroup, func(into, from *Group) { into.merge(from, c) })}
}

// BySubject orders subjects by kind and key.
func BySubject(a, b record.Subject) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
}

// Copy is these groups, for what is added as a fold is closed.
func (gs *Groups) Copy() Groups {
	n := NewGroups(gs.cite)
	n.Over = gs.Over
	for s, g := range gs.each {
		n.At(s).merge(g, gs.cite)
	}
	return n
}

// Merge takes in the groups of another fold of the same rule.
func (gs *Groups) Merge(o *Groups) { gs.Table.Merge(&o.Table) }

// All yields the groups in the order of their subjects.
func (gs *Groups) All(yield func(*Group) bool) {
	for _, g := range gs.Table.All {
		if !yield(g) {
			return
		}
	}
}
