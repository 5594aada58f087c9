package export

import (
	"cmp"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/part"
	"webexaudit/analyzer/record"
)

// settled is what a range of flows leaves beside its parts.
type settled struct {
	streams    []*loss.Stream
	unanswered []kept
}

// kept is a copy of a flow that nobody answered: it may be joined with others.
type kept struct {
	*record.Flow
	number int64
}

// concluder finishes flows by their verdicts: one goroutine's.
type concluder struct {
	*settling
	cl     *classify.Classifier
	writer *part.Writer
	totals *totals
	cloner *record.Cloner
	settled
	err error
}

// conclude writes the records into the store that goes on, and gives the streams.
func (s *settling) conclude() (list []*loss.Stream, sums *totals) {
	sums = newTotals(s.in.Inputs)
	x := &piles{heard: s.heard, piles: map[kind]*pile{}}
	mine := &concluder{settling: s, writer: s.out.Writer()}
	var all []*concluder
	var standing []kept
	pass(s, func() (func(*loan), func() settled) {
		k := &concluder{settling: s, cl: s.cl.Fork(), writer: s.out.Writer(), totals: newTotals(s.in.Inputs),
			cloner: record.NewCloner()}
		s.mu.Lock()
		defer s.mu.Unlock()
		all = append(all, k)
		return k.look, k.end
	}, func(r settled) {
		list = append(list, r.streams...)
		for _, f := range r.unanswered {
			switch x.place(f.Flow) {
			case itself:
				mine.pack(f.Flow, nil, f.number)
			case standsFor:
				standing = append(standing, f)
			}
		}
	})
	x.finish()
	for _, f := range standing {
		mine.pack(f.Flow, nil, f.number)
	}
	s.fail(mine.err)
	for _, k := range all {
		s.fail(k.err)
		sums.merge(k.totals)
	}
	return list, sums
}

// end gives what the range leaves.
func (k *concluder) end() (r settled) {
	r, k.settled = k.settled, settled{}
	if len(r.unanswered)+len(r.streams) > 0 {
		k.cloner = record.NewCloner()
	}
	return r
}

// look finishes the record of a flow by its verdict, and makes those of what it holds.
func (k *concluder) look(l *loan) {
	k.second(k.cl, l)
	r := l.Rec
	r.ClientSubnet, r.Site = k.o.Site.Place(r.Client)
	k.cl.Pair(&l.Flow)
	lookups(&l.Flow)
	k.totals.add(r, k.files(l))
	if t := l.TLS; t != nil {
		t.FlowID, t.Webex = r.FlowID, r.Webex
		t.Inspection, t.InspectionSigns = k.inspector.Score(&l.Flow)
		if l.Hints.TLS.Told {
			l.TLS = nil
		}
	}
	if len(l.Hints.Streams) > 0 {
		k.addStreams(l)
	} else if unanswered(r) {
		f, err := k.cloner.Flow(r)
		if k.err = cmp.Or(k.err, err); err == nil {
			k.unanswered = append(k.unanswered, kept{f, l.number})
		}
		return
	}
	k.pack(r, l.TLS, l.number)
}

// addStreams finishes the streams of a flow, which are still packed: what is lent is copied first.
func (k *concluder) addStreams(l *loan) {
	for i := range l.Hints.Streams {
		var lent stream
		lent.unpack(l.unpacker)
		s := new(stream)
		if err := k.cloner.Copy(lent.pack, s.unpack); err != nil {
			k.err = cmp.Or(k.err, err)
			return
		}
		s.conclude(k.cl, &l.Flow, &l.Hints.Streams[i])
		k.streams = append(k.streams, &s.Stream)
	}
}

// files names the files of the first and the last packet, where there are several, and returns the index of that of the
// last.
func (k *concluder) files(l *loan) int {
	if len(k.in.Inputs) == 1 || k.in.Live {
		return 0
	}
	first, _ := k.in.Numbers.File(l.number)
	last, _ := k.in.Numbers.File(l.last)
	l.Rec.FirstFile, l.Rec.LastFile = k.in.Inputs[first].Name, k.in.Inputs[last].Name
	return last
}

// pack appends the records of a flow to the store that goes on.
func (k *concluder) pack(f *record.Flow, t *record.TLSSession, number int64) {
	part.PackFlow(k.writer.Begin(part.Key{Start: f.StartTime, Number: number}), f, t)
	k.err = cmp.Or(k.writer.End(), k.err)
}
