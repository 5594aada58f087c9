package analyzer

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/session"
	"webexaudit/signatures"
)

// finish turns the expired flows into records, joins what crosses flows, classifies, and judges.
func (c *Config) finish(catalog *signatures.Catalog, p *pipeline) (*record.Set, error) {
	set := &record.Set{Run: &record.Run{Tool: c.Tool, Version: c.Version, Arguments: c.Arguments, Site: c.Site.Digest()}}
	p.describe(set)
	pack, err := catalog.Select(c.Policy, captureDate(p))
	if err != nil {
		return nil, &ConfigError{err}
	}
	set.Run.Pack = record.Pack{ID: pack.ID, Date: pack.Date, Digest: pack.Digest}
	set.Run.AllowList = allowList(c.Site.AllowList(), pack)
	n := newConverter(p)
	flows := c.convert(n, p.expired())
	numberFlows(flows)
	n.learnNames(flows)
	streams := c.judge(set, pack, n, flows)
	p.health(set)
	c.attributeLoss(p, set, streams)
	c.together(
		func() { set.Sessions = session.Sessions(set, c.Site) },
		func() { set.Reachability = session.Reachability(set.Flows, c.Site) },
		func() { set.Run.Vantage = session.Vantage(set, c.Site, c.Vantage) },
	)
	c.Audit.Site, c.Audit.Workers = c.Site, c.Workers
	if c.Audit.Catalogue == nil {
		c.Audit.Catalogue = catalogue.All()
	}
	set.Findings, set.Summary = audit.Run(set, c.Audit)
	return set, nil
}

// captureDate is the time of the first packet.
func captureDate(p *pipeline) time.Time {
	var first int64
	for _, in := range p.inputs {
		if t := in.stats.FirstTime; t != 0 && (first == 0 || t < first) {
			first = t
		}
	}
	if first == 0 {
		return time.Time{}
	}
	return time.Unix(0, first)
}

// expired gathers the flows of all workers in their final order: by start, then by number of the first packet, which no other flow has.
func (p *pipeline) expired() []expired {
	var list []expired
	for _, w := range p.workers {
		list = append(list, w.done...)
		w.done = nil
		for _, part := range w.parts {
			if part != nil {
				part.table = nil
			}
		}
	}
	slices.SortFunc(list, func(a, b expired) int {
		return cmp.Or(cmp.Compare(a.flow.FirstTime, b.flow.FirstTime), cmp.Compare(a.flow.FirstNumber, b.flow.FirstNumber))
	})
	return list
}

// convert makes records of the flows, of which nothing is left in the list.
func (c *Config) convert(n *converter, list []expired) []*classify.Flow {
	flows := make([]*classify.Flow, len(list))
	c.share(len(list), func() func(from, to int) {
		var packer record.PacketPacker
		return func(from, to int) {
			d := newSlab(to-from, &packer)
			for i := from; i < to; i++ {
				flows[i] = n.flow(list[i], d, i-from)
				list[i] = expired{}
			}
		}
	})
	return flows
}

// judge classifies the flows and fills the lists of the set. The streams are returned with what their records do not hold, in the same
// order. Nothing is left in flows.
func (c *Config) judge(set *record.Set, pack *signatures.Pack, n *converter, flows []*classify.Flow) (streams []*loss.Stream) {
	cl := c.classify(pack, n, flows)
	in := &classify.Inspector{Pack: pack, CorporateCAs: c.Site.CorporateCAs()}
	for _, f := range flows {
		in.Learn(f)
	}
	set.Flows = make([]*record.Flow, len(flows))
	parts := make([]part, (len(flows)+shareSize-1)/shareSize)
	c.share(len(flows), func() func(from, to int) {
		cl := cl.Fork()
		return func(from, to int) {
			w := &parts[from/shareSize]
			for i, f := range flows[from:to] {
				n.conclude(w, cl, in, f)
				set.Flows[from+i], flows[from+i] = f.Rec, nil // the facts are no longer needed
			}
		}
	})
	for _, w := range parts {
		set.TLS, streams = append(set.TLS, w.tls...), append(streams, w.streams...)
	}
	listStreams(set, streams)
	return streams
}

// classify says what each flow is: by its own signs, then beside the others. It returns what knows them all.
func (c *Config) classify(pack *signatures.Pack, n *converter, flows []*classify.Flow) *classify.Classifier {
	c.share(len(flows), func() func(from, to int) {
		cl := c.classifier(pack)
		return func(from, to int) {
			for _, f := range flows[from:to] {
				n.name(f)
				cl.Flow(f)
			}
		}
	})
	cl := c.classifier(pack)
	cl.Context(flows)
	c.share(len(flows), func() func(from, to int) {
		cl := cl.Fork()
		return func(from, to int) {
			for _, f := range flows[from:to] {
				cl.ClassifyInContext(f)
			}
		}
	})
	return cl
}

// part is what some of the flows hold beside themselves.
type part struct {
	tls     []*record.TLSSession
	streams []*loss.Stream
}

// conclude finishes the record of a flow, and makes those of what it holds. Several goroutines may do so.
func (n *converter) conclude(w *part, cl *classify.Classifier, in *classify.Inspector, f *classify.Flow) {
	cl.Pair(f)
	n.finishFlow(cl, f)
	if t := n.tls(f); t != nil {
		t.Inspection, t.InspectionSigns = in.Score(f)
		w.tls = append(w.tls, t)
	}
	for _, s := range f.Facts.Streams() {
		for _, m := range f.Facts.Media.Streams[s] {
			w.streams = append(w.streams, series(n.stream(cl, f, s, m), f, s, m))
		}
	}
}

// listStreams puts the streams into order and fills the set's lists with them and their intervals.
func listStreams(set *record.Set, streams []*loss.Stream) {
	slices.SortStableFunc(streams, func(x, y *loss.Stream) int {
		a, b := x.Rec, y.Rec
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.StreamID, b.StreamID)) // numbers are within files: cuts change them
	})
	for _, s := range streams {
		set.Streams = append(set.Streams, s.Rec)
		if s.Rec.Webex {
			set.Intervals = append(set.Intervals, s.Series[0]...)
		}
		set.Intervals = append(set.Intervals, s.Series[1]...)
	}
}

// classifier knows the pack and what the operator declared of the hosts.
func (c *Config) classifier(pack *signatures.Pack) *classify.Classifier {
	return &classify.Classifier{
		Pack: pack,
		Role: func(a netip.Addr) string { return string(c.Site.Role(a)) },
		Internal: func(a netip.Addr) bool {
			internal, _ := c.Site.IsInternal(a)
			return internal
		},
	}
}
