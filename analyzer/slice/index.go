package slice

import (
	"cmp"
	"math"
	"slices"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/record"
)

// index finds the slices that a packet belongs to.
type index struct {
	jobs  []*Job
	flows map[flow.Key][]claim
	pairs map[pair][]claim // the addresses of these flows: fragments have no ports
	wide  []*Job           // those by client or time
}

// claim is that of a slice to the packets of a flow.
type claim struct {
	job      *Job
	from, to record.Time
}

// pair is two addresses, the smaller one first.
type pair struct{ a, b decode.Addr }

func pairOf(a, b decode.Addr) pair {
	if b.Less(a) {
		return pair{b, a}
	}
	return pair{a, b}
}

func newIndex(jobs []*Job, files int) *index {
	x := &index{jobs: jobs, flows: map[flow.Key][]claim{}, pairs: map[pair][]claim{}}
	for _, j := range jobs {
		j.prepare(files)
		for _, f := range j.Flows {
			x.add(j, f)
		}
		for _, k := range j.Keys {
			x.always(j, k)
		}
		if j.All || j.Clients.IsValid() {
			x.wide = append(x.wide, j)
		}
	}
	return x
}

func (x *index) add(j *Job, f *Flow) {
	proto, ok := flow.ProtoNumber(f.Proto)
	if !ok {
		return
	}
	c := claim{j, f.Start, f.End}
	for _, k := range flow.KeysOf(f.Src, f.Dst, proto) {
		x.flows[k] = append(x.flows[k], c)
	}
	at := pairOf(decode.AddrOf(f.Src.Addr()), decode.AddrOf(f.Dst.Addr()))
	x.pairs[at] = append(x.pairs[at], c)
}

// always claims the packets of a 5-tuple at any time.
func (x *index) always(j *Job, k flow.Key) {
	c := claim{j, math.MinInt64, math.MaxInt64 - aside}
	x.flows[k] = append(x.flows[k], c)
	if at := pairOf(k.AddrA, k.AddrB); !slices.Contains(x.pairs[at], c) {
		x.pairs[at] = append(x.pairs[at], c)
	}
}

// aside is how long after a flow's last packet fragments and ICMP errors may come that are about it.
const aside = record.Time(5e9)

// mark notes the packet in each slice that wants it.
func (x *index) mark(r *frame) bool {
	at := record.Time(r.f.Time)
	for _, j := range x.jobs {
		j.wanted(r)
	}
	for _, j := range x.wide {
		if j.during(at) && (j.All || j.concerns(r)) {
			j.mark(r)
		}
	}
	switch {
	case r.reason == decode.OK:
		k, _ := flow.KeyOf(r.p)
		claims(x.flows[k], r, 0)
		if q := r.p.Quote; q != nil {
			k, _ := flow.QuoteKey(q)
			claims(x.flows[k], r, aside)
		}
	case r.reason == decode.Fragment:
		claims(x.pairs[pairOf(r.p.Src, r.p.Dst)], r, aside)
	}
	return true
}

// claims marks the packet for each claim that covers its time.
func claims(list []claim, r *frame, late record.Time) {
	at := record.Time(r.f.Time)
	for _, c := range list {
		if at >= c.from && at <= c.to+late && c.job.during(at) {
			c.job.mark(r)
		}
	}
}

func (s *Selection) during(at record.Time) bool {
	return (s.From == 0 || at >= s.From) && (s.To == 0 || at <= s.To)
}

// concerns reports whether the packet is from or to a client, or quotes one that is.
func (s *Selection) concerns(r *frame) bool {
	if r.reason != decode.OK && r.reason != decode.Fragment {
		return false
	}
	has := func(a decode.Addr) bool { return s.Clients.Contains(a.Netip()) }
	q := r.p.Quote
	return has(r.p.Src) || has(r.p.Dst) || q != nil && (has(q.Src) || has(q.Dst))
}

// prepare makes room for the marks, and finds the packets that must be there by number.
func (j *Job) prepare(files int) {
	j.marks, j.comments = make([]marks, files), make([]map[int64][]string, files)
	for i := range files {
		j.marks[i], j.comments[i] = marks{}, map[int64][]string{}
	}
	j.count, j.next = Count{}, 0
	slices.SortFunc(j.Packets, func(a, b record.PacketRange) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.First, b.First))
	})
}

// wanted marks what is selected by number.
func (j *Job) wanted(r *frame) {
	for ; j.next < len(j.Packets); j.next++ {
		p := j.Packets[j.next]
		switch {
		case p.File > r.file || p.File == r.file && p.First > r.number:
			return
		case p.File == r.file && r.number <= p.Last:
			j.mark(r)
			return
		}
	}
}

// mark notes the frame, and those that its packet was put together from, as far as there is room.
func (j *Job) mark(r *frame) {
	told := slices.ContainsFunc(j.Comments, func(c Comment) bool { return c.first(r) })
	j.put(r.file, r.number, int64(len(r.b)), told)
	for _, p := range r.parts {
		j.put(p.file, p.number, int64(len(r.b)), false)
	}
}

func (c *Comment) first(r *frame) bool {
	return len(c.Packets) > 0 && c.Packets[0].File == r.file && c.Packets[0].First == r.number
}

func (j *Job) put(file int, number, size int64, always bool) {
	m := j.marks[file]
	switch {
	case m.has(number):
		return
	case j.MaxBytes > 0 && j.count.Bytes+size > j.MaxBytes && !always:
		j.count.Left++
		return
	}
	m.set(number)
	j.count.Packets++
	if j.count.Bytes += size; always && j.MaxBytes > 0 {
		j.count.Bytes -= size
	}
}

// settle puts each comment to the first of its packets that the slice holds.
func (j *Job) settle() {
	for i, c := range j.Comments {
		for _, r := range c.Packets {
			if n, ok := j.marks[r.File].first(r.First, r.Last); ok {
				j.comments[r.File][n] = append(j.comments[r.File][n], c.Text)
				j.count.Found = append(j.count.Found, i)
				break
			}
		}
	}
}

// marks is a set of packet numbers of one file, in chunks of 4,096.
type marks map[int64]*[64]uint64

func (m marks) has(n int64) bool {
	c := m[n>>12]
	return c != nil && c[n>>6&63]>>(n&63)&1 != 0
}

func (m marks) set(n int64) {
	c := m[n>>12]
	if c == nil {
		c = new([64]uint64)
		m[n>>12] = c
	}
	c[n>>6&63] |= 1 << (n & 63)
}

// first is the smallest number of the set within bounds.
func (m marks) first(from, to int64) (int64, bool) {
	for n := from; n <= to; n++ {
		if m[n>>12] == nil {
			n |= 1<<12 - 1
		} else if m.has(n) {
			return n, true
		}
	}
	return 0, false
}
