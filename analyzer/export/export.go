// Package export turns expired flows into records. In go what was read ([ingest.Result], of which only values are
// used), the signature pack and what the operator declared; out come the records of files, flows, TLS sessions, media
// streams and captures, with what each flow is, before losses are attributed and before anything is judged.
//
// What depends on one flow alone is done by as many goroutines as there are workers, each with some of the flows. What
// joins flows is done by one goroutine between such steps, and in order: the number of workers changes nothing.
package export

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/parallel"
	"webexaudit/analyzer/record"
	"webexaudit/analyzer/site"
	"webexaudit/signatures"
)

// Options say how flows are judged, and by how many goroutines.
type Options struct {
	Workers int
	Packs   *signatures.Timeline
	Site    *site.Site
	Memory  *Memory // of the windows before this one, to be learnt on; nil where there is only one
}

// Fill makes the records of the result in the set, which has its run's record. The streams are returned with what their
// records do not hold, in the same order. No flow is left in the result.
//
// When ctx is done, the flows that have not got that far by then are left out: those that began last.
func Fill(ctx context.Context, set *record.Set, in *ingest.Result, o Options) []*loss.Stream {
	Describe(set.Run, in)
	n := newConverter(in, o)
	flows := n.convert(ctx, in.Expired, o.Workers)
	in.Expired = nil
	numberFlows(flows)
	n.learnNames(flows)
	streams := n.judge(ctx, set, flows, o)
	set.Health = n.health(set.Flows)
	set.Flows = joinAlike(set.Flows, set.Streams)
	o.Memory.age(in.Window.To)
	return streams
}

// convert makes records of the flows, of which nothing is left in the list.
func (n *converter) convert(ctx context.Context, list []ingest.Expired, workers int) []*classify.Flow {
	flows := make([]*classify.Flow, len(list))
	n.lastInput = make([]int32, len(list))
	done := parallel.For(ctx, workers, len(list), func() func(from, to int) {
		var packer record.PacketPacker
		return func(from, to int) {
			d := newSlab(to-from, &packer)
			for i := from; i < to; i++ {
				n.lastInput[i] = n.inputOf(list[i].Flow.LastNumber)
				flows[i] = n.flow(list[i], d, i-from)
				list[i] = ingest.Expired{}
			}
		}
	})
	return flows[:done]
}

// judge classifies the flows and fills the lists of the set. Nothing is left in flows.
func (n *converter) judge(ctx context.Context, set *record.Set, flows []*classify.Flow,
	o Options) (streams []*loss.Stream) {
	cl, flows := n.classify(ctx, flows, o)
	in := o.Memory.inspector(o)
	o.Memory.remember(cl, n.window.To)
	for _, f := range flows {
		in.Learn(f)
	}
	set.Flows = make([]*record.Flow, len(flows))
	parts := make([]part, (len(flows)+parallel.Chunk-1)/parallel.Chunk)
	done := parallel.For(ctx, o.Workers, len(flows), func() func(from, to int) {
		cl := cl.Fork()
		return func(from, to int) {
			w := &parts[from/parallel.Chunk]
			for i, f := range flows[from:to] {
				f.Rec.ClientSubnet, f.Rec.Site = o.Site.Place(f.Rec.Client)
				n.conclude(w, cl, in, f)
				set.Flows[from+i], flows[from+i] = f.Rec, nil // the facts are no longer needed
			}
		}
	})
	set.Flows = set.Flows[:done]
	for _, w := range parts {
		set.TLS, streams = append(set.TLS, w.tls...), append(streams, w.streams...)
	}
	listStreams(set, streams)
	return streams
}

// classify says what each flow is: by its own signs, then beside the others. It returns what knows them all, and the
// flows that it got to.
func (n *converter) classify(ctx context.Context, flows []*classify.Flow,
	o Options) (*classify.Classifier, []*classify.Flow) {
	cl := classifier(o)
	cl.Translators = n.translators.Prefixes()
	around, flows := n.look(ctx, cl, flows, o.Workers)
	if cl.Learn(around) {
		around, flows = n.look(ctx, cl, flows, o.Workers)
	}
	cl.Context(around)
	done := parallel.For(ctx, o.Workers, len(flows), func() func(from, to int) {
		cl := cl.Fork()
		return func(from, to int) {
			for _, f := range flows[from:to] {
				cl.ClassifyInContext(f)
			}
		}
	})
	return cl, flows[:done]
}

// look judges flows by their own signs, and gathers what they show.
func (n *converter) look(ctx context.Context, cl *classify.Classifier, flows []*classify.Flow,
	workers int) (*classify.Around, []*classify.Flow) {
	parts := make([]*classify.Around, (len(flows)+parallel.Chunk-1)/parallel.Chunk)
	done := parallel.For(ctx, workers, len(flows), func() func(from, to int) {
		cl := cl.Fork()
		return func(from, to int) {
			a := classify.NewAround()
			for _, f := range flows[from:to] {
				n.name(f)
				cl.Flow(f)
				cl.Gather(a, f)
			}
			parts[from/parallel.Chunk] = a
		}
	})
	all := classify.NewAround()
	for _, a := range parts {
		if a != nil {
			all.Join(a)
		}
	}
	return all, flows[:done]
}

// part is what some of the flows hold beside themselves.
type part struct {
	tls     []*record.TLSSession
	streams []*loss.Stream
}

// conclude finishes the record of a flow by its verdict, and makes those of what it holds. Several goroutines may do
// so.
func (n *converter) conclude(w *part, cl *classify.Classifier, in *classify.Inspector, f *classify.Flow) {
	cl.Pair(f)
	f.Rec.MediaPattern, f.Rec.RateSeries = mediaPattern(f), rateSeries(f)
	n.lookups(f)
	if t := tlsSession(f); t != nil {
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
		// not by number: those are within files, and cuts change them
		return cmp.Or(cmp.Compare(a.StartTime, b.StartTime), cmp.Compare(a.StreamID, b.StreamID))
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
func classifier(o Options) *classify.Classifier {
	return &classify.Classifier{
		Packs: o.Packs, Before: o.Memory.before(),
		Role: func(a netip.Addr) string { return string(o.Site.Role(a)) },
		Roles: func(a netip.Addr) (list []string) {
			for _, r := range o.Site.Roles(a) {
				list = append(list, string(r))
			}
			return list
		},
		Internal: func(a netip.Addr) bool {
			internal, _ := o.Site.IsInternal(a)
			return internal
		},
	}
}
