package export

import (
	"cmp"
	"context"
	"net/netip"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/loss"
	"webexaudit/analyzer/parallel"
	"webexaudit/analyzer/part"
	"webexaudit/analyzer/record"
)

// settled is what a range of flows leaves beside its parts.
type settled struct {
	streams    []*loss.Stream
	unanswered []kept
	joined     map[kind]*pileSum // of flows that nobody answered
	lessons    []*classify.Lesson
	later      []int // parts of flows whose handshake is compared with all others
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
	piles  *piles
	writer *part.Writer
	totals *totals
	cloner *record.Cloner
	settled
	err error
}

// conclusion puts together what ranges of flows leave.
type conclusion struct {
	*settling
	piles    *piles
	standing []kept     // that stand for others
	mine     *concluder // packs flows that nobody answered
	all      []*concluder
	streams  []*loss.Stream
	later    []int
}

// conclude writes the records into the store that goes on, and gives the streams. Webex flows with a handshake wait
// until all handshakes are known.
func (s *settling) conclude() (list []*loss.Stream, sums *totals) {
	c := &conclusion{settling: s, piles: newPiles(s.heard)}
	c.mine = c.concluder()
	pass(s, func() (func(*loan), func() settled) {
		k := c.concluder()
		return k.look, k.end
	}, c.commit)
	c.rest()
	c.piles.finish()
	for _, f := range c.standing {
		c.mine.pack(f.Flow, nil, f.number)
	}
	sums = newTotals(s.in.Inputs)
	for _, k := range c.all {
		s.fail(k.err)
		sums.merge(k.totals)
	}
	return c.streams, sums
}

// rest concludes the flows that waited: however little time there is, they are among those that were reached.
func (c *conclusion) rest() {
	ctx, later := context.WithoutCancel(c.ctx), c.later
	parallel.Ordered(ctx, c.o.Workers, len(later), rangeSize, func() func(from, to int) settled {
		k, r, l := c.concluder(), c.w.store.Reader(), new(loan)
		return func(from, to int) settled {
			err := r.Pick(later[from:to], func(i int, u *record.Unpacker) error {
				c.w.read(i, u, l)
				k.second(k.cl, l)
				k.finish(l)
				return nil
			})
			k.err = cmp.Or(k.err, err)
			return k.end()
		}
	}, c.commit)
}

// concluder makes one for a goroutine.
func (c *conclusion) concluder() *concluder {
	k := &concluder{settling: c.settling, cl: c.cl.Fork(), piles: c.piles, writer: c.out.Writer(),
		totals: newTotals(c.in.Inputs), cloner: record.NewCloner()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, k)
	return k
}

// commit takes what a range leaves.
func (c *conclusion) commit(r settled) {
	c.streams, c.later = append(c.streams, r.streams...), append(c.later, r.later...)
	for _, x := range r.lessons {
		c.inspector.Learn(x)
	}
	for _, f := range r.unanswered {
		switch c.piles.place(f.Flow) {
		case itself:
			c.mine.pack(f.Flow, nil, f.number)
		case standsFor:
			c.standing = append(c.standing, f)
		}
	}
	for k, x := range r.joined {
		c.piles.add(&k, x)
	}
}

// end gives what the range leaves.
func (k *concluder) end() (r settled) {
	r, k.settled = k.settled, settled{}
	if len(r.unanswered)+len(r.joined)+len(r.streams) > 0 {
		k.cloner = record.NewCloner()
	}
	return r
}

// look gives a flow its verdict.
func (k *concluder) look(l *loan) {
	k.second(k.cl, l)
	if x := classify.LessonOf(&l.Flow); x != nil {
		k.lessons = append(k.lessons, x)
	}
	if l.TLS != nil && l.Rec.Webex {
		k.later = append(k.later, l.part)
		return
	}
	k.finish(l)
}

// finish finishes the record of a flow by its verdict, and makes those of what it holds.
func (k *concluder) finish(l *loan) {
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
		k.set(r, l.number)
		return
	}
	k.pack(r, l.TLS, l.number)
}

// set sets a flow aside that nobody answered, or adds it to those that are joined for certain.
func (k *concluder) set(r *record.Flow, number int64) {
	of := kindOf(r)
	k.piles.strange(&of)
	if x := k.joined[of]; x != nil {
		join(x.rest, r)
		x.from = append(x.from, r.SrcIP)
		return
	}
	f, err := k.cloner.Flow(r)
	switch k.err = cmp.Or(k.err, err); {
	case err != nil:
	case !k.piles.isFull(&of):
		k.unanswered = append(k.unanswered, kept{f, number})
	default:
		if k.joined == nil {
			k.joined = map[kind]*pileSum{}
		}
		k.joined[of] = &pileSum{f, []netip.Addr{f.SrcIP}}
	}
}

// addStreams finishes the streams of a flow, which are still packed: what is lent is copied first.
func (k *concluder) addStreams(l *loan) {
	for i := range l.Hints.Streams {
		var lent stream
		lent.unpack(l.unpacker)
		for k := range lent.Gaps {
			g := &lent.Gaps[k]
			g.Number, g.After = g.Number+l.shift.Packets, g.After+l.shift.Packets
		}
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
	k.err = cmp.Or(k.writer.Flow(number, f, t), k.err)
}
