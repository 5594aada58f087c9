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
	drafts := n.convert(ctx, in.Expired, o.Workers)
	in.Expired = nil
	flows := flowsOf(drafts)
	numberFlows(flows)
	n.learnNames(flows)
	streams := n.judge(ctx, set, drafts, flows, o)
	set.Health = n.health(set.Flows)
	set.Flows = joinAlike(set.Flows, set.Streams)
	o.Memory.age(in.Window.To)
	return streams
}

// convert makes records of the flows, of which nothing is left in the list.
func (n *converter) convert(ctx context.Context, list []ingest.Expired, workers int) []*draft {
	drafts := make([]*draft, len(list))
	n.lastInput = make([]int32, len(list))
	done := parallel.For(ctx, workers, len(list), func() func(from, to int) {
		var packer record.PacketPacker
		return func(from, to int) {
			d := newSlab(to-from, &packer)
			for i := from; i < to; i++ {
				n.lastInput[i] = n.inputOf(list[i].Flow.LastNumber)
				drafts[i] = n.flow(list[i], d, i-from)
				list[i] = ingest.Expired{}
			}
		}
	})
	return drafts[:done]
}

// Flows makes flows to be classified of those that have expired, of which nothing is left in the result.
func Flows(in *ingest.Result) []*classify.Flow {
	return flowsOf(newConverter(in, Options{}).convert(context.Background(), in.Expired, 1))
}

func flowsOf(drafts []*draft) []*classify.Flow {
	flows := make([]*classify.Flow, len(drafts))
	for i, d := range drafts {
		flows[i] = &d.Flow
	}
	return flows
}

// judge classifies the flows and fills the lists of the set. Nothing is left in drafts and flows.
func (n *converter) judge(ctx context.Context, set *record.Set, drafts []*draft, flows []*classify.Flow,
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
				n.conclude(w, cl, in, drafts[from+i])
				set.Flows[from+i], flows[from+i], drafts[from+i] = f.Rec, nil, nil // the hints are no longer needed
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
func (n *converter) conclude(w *part, cl *classify.Classifier, in *classify.Inspector, d *draft) {
	f := &d.Flow
	cl.Pair(f)
	lookups(f)
	if t := f.TLS; t != nil && !f.Hints.TLS.Told {
		t.FlowID, t.Webex = f.Rec.FlowID, f.Rec.Webex
		t.Inspection, t.InspectionSigns = in.Score(f)
		w.tls = append(w.tls, t)
	}
	for i, s := range d.streams {
		s.conclude(cl, f, &f.Hints.Streams[i])
		w.streams = append(w.streams, &s.Stream)
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
