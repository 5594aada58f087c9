// Package export turns expired flows into records. In go the flows of a window as they expire ([Sealing]), what was
// read ([ingest.Result]), the signature packs and what the operator declared; out come the records of files, flows, TLS
// sessions, media streams and captures, with what each flow is, before losses are attributed and before anything is
// judged.
//
// Flows are set aside packed, and gone through several times in the order of their beginnings ([Fill]), in ranges on as
// many goroutines as there are workers; what a range shows of others is put together in the order of the ranges. So the
// number of workers changes nothing, and of all flows no more is held than their packed parts.
package export

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/part"
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

// Fill makes the records of the result in the set, which has its run's record, of the flows of its window that were set
// aside. The streams are returned with what their records do not hold, in the same order, and what the flows say of
// lost TCP. The error is of what could not be held.
//
// When ctx is done, the flows that have not got that far by then are left out: those that began last.
func Fill(ctx context.Context, set *record.Set, in *ingest.Result, aside *Sealing,
	o Options) ([]*loss.Stream, *loss.TCP, error) {
	Describe(set.Run, in)
	w, err := aside.window(in.Number)
	s := &settling{ctx: ctx, o: o, in: in, w: w, flows: w.store.Len(), names: o.Memory.names(),
		translators: classify.NewTranslators(o.Memory.before()), inspector: o.Memory.inspector(o),
		out: part.New(aside.Store), err: err}
	s.learnNames()
	s.classify()
	streams, sums := s.conclude()
	s.fail(w.store.Close())
	s.out.Seal()
	set.Hold(part.FlowsOf(s.out))
	listStreams(set, streams)
	set.Health = health(in, sums)
	o.Memory.age(in.Window.To)
	return streams, &sums.tcp, s.err
}

// Flows makes flows to be classified of those that have expired.
func Flows(in *ingest.Result) (list []*classify.Flow) {
	n := newConverter(ingest.NumbersOf(in.Inputs, in.Live), nil)
	for _, e := range in.Expired {
		d := new(draft)
		n.flow(e, d)
		list = append(list, &d.Flow)
	}
	return list
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
