package audit

import (
	"cmp"
	"hash/maphash"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// survey looks at all flows once, before any is judged, for what they say together.
func (f *facts) survey(workers int) {
	var sights []*sight
	f.deal(workers, func() func(from, to int) error {
		s := &sight{facts: f, both: map[netip.Addr]bool{}, bothUDP: map[netip.Addr]bool{},
			clients: map[netip.Addr]bool{}, flows: newCounts(), parts: newCounts()}
		sights = append(sights, s)
		return func(from, to int) error { return f.source.Read(from, to, s.add) }
	})
	all := sights[0]
	for _, s := range sights[1:] {
		all.merge(s)
	}
	f.both, f.bothUDP, f.end, f.oneSided = all.both, all.bothUDP, all.end, all.sides
	f.flows, f.parts = all.flows, all.parts
	for a := range all.clients {
		f.subjects[a] = f.env.SubjectOf(a)
	}
	f.meet(all.met)
	f.announce(all.announced)
	f.continued(all.tuples)
}

// foldSize is how many flows a goroutine takes at a time.
const foldSize = 256

// deal has the flows worked on in ranges of foldSize, by as many goroutines as there are workers: begin makes what each
// of them works with. A fault of the source, which keeps it, ends the work.
func (f *facts) deal(workers int, begin func() func(from, to int) error) {
	n := f.source.Len()
	var g errgroup.Group
	var next atomic.Int64
	for range max(min(workers, (n+foldSize-1)/foldSize), 1) {
		work := begin()
		g.Go(func() error {
			for f.ctx.Err() == nil {
				to := int(next.Add(foldSize))
				if to-foldSize >= n {
					break
				}
				if err := work(to-foldSize, min(to, n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	_ = g.Wait()
}

// sight is what one goroutine saw of the flows.
type sight struct {
	facts                  *facts
	both, bothUDP, clients map[netip.Addr]bool
	end                    record.Time
	sides                  Sides
	flows, parts           *counts
	met                    []meeting
	announced              []announcement
	tuples                 []fiveTuple
}

// meeting is a flow that other records belong to.
type meeting struct {
	*known
	number int
	ends   *ends // of one with RTP streams
}

// fiveTuple is the 5-tuple of a flow, nearly: two may have the same sum.
type fiveTuple struct {
	sum    uint64
	number uint32
}

var tupleSeed = maphash.MakeSeed()

func (s *sight) add(i int, fl *record.Flow, _ *record.TLSSession) error {
	s.end = max(s.end, fl.EndTime)
	s.flows.add(fl)
	if fl.Part > 1 {
		s.parts.number(fl, -int(fl.Count()))
	}
	if fl.Webex || len(fl.Lookups) > 0 {
		s.clients[fl.ClientAddr()] = true
	}
	if fl.PacketsFwd > 0 && fl.PacketsRev > 0 {
		s.addSides(fl)
	}
	var c *carrier
	if k := s.facts.known[fl.FlowID]; k != nil {
		m := meeting{known: k, number: i}
		if c = k.carrier; c != nil {
			m.ends = endsOf(fl)
		}
		s.met = append(s.met, m)
	}
	if fl.Webex {
		s.addWebex(i, fl, c)
	}
	return nil
}

// addSides makes what is known of addresses.
func (s *sight) addSides(fl *record.Flow) {
	for _, a := range [...]netip.Addr{fl.SrcIP, fl.DstIP} {
		s.both[a] = true
		if fl.Proto == "udp" {
			s.bothUDP[a] = true
		}
	}
}

func (s *sight) addWebex(i int, fl *record.Flow, c *carrier) {
	switch {
	case s.facts.lacksSide(fl, c):
		s.sides.Lacking++
		s.sides.Judged++
	case fl.PacketsFwd > 0 && fl.PacketsRev > 0:
		s.sides.Judged++
	}
	if fl.CommunityID != "" {
		s.tuples = append(s.tuples, fiveTuple{maphash.String(tupleSeed, fl.CommunityID), uint32(i)})
	}
	if fl.SIP != nil && fl.SIP.CallID != "" && len(fl.SIP.Media) > 0 {
		s.announced = append(s.announced, announcementOf(fl))
	}
}

func (s *sight) merge(o *sight) {
	maps.Copy(s.both, o.both)
	maps.Copy(s.bothUDP, o.bothUDP)
	maps.Copy(s.clients, o.clients)
	s.end = max(s.end, o.end)
	s.sides.Judged, s.sides.Lacking = s.sides.Judged+o.sides.Judged, s.sides.Lacking+o.sides.Lacking
	s.flows.merge(o.flows)
	s.parts.merge(o.parts)
	s.met, s.announced = append(s.met, o.met...), append(s.announced, o.announced...)
	s.tuples = append(s.tuples, o.tuples...)
}

// meet notes where the flows are that other records belong to.
func (f *facts) meet(list []meeting) {
	slices.SortFunc(list, func(a, b meeting) int { return cmp.Compare(a.number, b.number) })
	for _, m := range list {
		delete(f.carriers, m.known.number) // of two flows with one id the later one counts
		m.known.number = m.number
		if c := m.carrier; c != nil {
			c.ends, c.number = *m.ends, m.number
			f.carriers[m.number] = c
		}
	}
}

// continued marks the flows whose 5-tuple had a flow before: one that a time limit of the analysis cut in two.
func (f *facts) continued(tuples []fiveTuple) {
	slices.SortFunc(tuples, func(a, b fiveTuple) int { return cmp.Compare(a.sum, b.sum) })
	var several []int
	for i, t := range tuples {
		if i > 0 && t.sum == tuples[i-1].sum || i+1 < len(tuples) && t.sum == tuples[i+1].sum {
			several = append(several, int(t.number))
		}
	}
	if len(several) == 0 {
		return
	}
	type part struct {
		tuple, id string
		start     record.Time
		number    int
	}
	var parts []part
	slices.Sort(several)
	for numbers := range slices.Chunk(several, foldSize) {
		_ = f.source.Lend(numbers, func(flows []*record.Flow, _ []*record.TLSSession) error {
			for i, fl := range flows {
				parts = append(parts, part{tuple: strings.Clone(fl.CommunityID), id: strings.Clone(fl.FlowID),
					start: fl.StartTime, number: numbers[i]})
			}
			return nil
		})
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.tuple, b.tuple), cmp.Compare(a.start, b.start), cmp.Compare(a.id, b.id))
	})
	f.again = make([]bool, f.source.Len())
	for i := 1; i < len(parts); i++ {
		f.again[parts[i].number] = parts[i].tuple == parts[i-1].tuple
	}
}

// endsOf is what joins the flow with others of its call.
func endsOf(fl *record.Flow) *ends {
	return &ends{webex: fl.Webex, client: netip.AddrPortFrom(fl.ClientAddr(), uint16(observe.ClientPort(fl))),
		server: fl.Server(), start: fl.StartTime, end: fl.EndTime}
}
