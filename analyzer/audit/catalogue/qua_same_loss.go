package catalogue

import (
	"cmp"
	"net/netip"

	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// sameLoss tells loss at a remote sender from loss on the way: the cloud hands on what it got, so the same packets are
// missing at all clients that receive a stream. It looks at seconds of streams from the cloud, of one kind at a time.
type sameLoss struct {
	seconds audit.Table[lossSecond, lossAt]
}

type lossSecond struct {
	at   record.Time
	kind string
}

// lossAt is what happened to the streams of a kind in a second.
type lossAt struct {
	clients, hit audit.Set[netip.Addr] // that received such streams, and of these, those that missed packets
	least, most  int64                 // packets that a stream missed, of those that missed any
}

const (
	maxLossSeconds = 20_000
	maxLossClients = 64
	minSameSeconds = 3
	mostOfSeconds  = 0.8
)

func newSameLoss() sameLoss {
	order := func(a, b lossSecond) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind)) }
	fresh := func(lossSecond) *lossAt {
		return &lossAt{clients: audit.NewSetFunc(maxLossClients, netip.Addr.Compare),
			hit: audit.NewSetFunc(maxLossClients, netip.Addr.Compare)}
	}
	return sameLoss{audit.NewTable(maxLossSeconds, order, fresh, func(into, from *lossAt) {
		into.clients.Merge(&from.clients)
		into.hit.Merge(&from.hit)
		into.widen(from.least, from.most)
	})}
}

func (l *lossAt) widen(least, most int64) {
	if most == 0 {
		return
	}
	if l.most == 0 || least < l.least {
		l.least = least
	}
	l.most = max(l.most, most)
}

func (s *sameLoss) add(f *observe.Flow) {
	for i := range f.Streams {
		m := &f.Streams[i]
		if m.Upstream || !overUDP(m) {
			continue
		}
		for _, r := range m.Every(1) {
			l := s.seconds.At(lossSecond{r.StartTime, m.Kind})
			l.clients.Add(f.From)
			if r.Lost > 0 {
				l.hit.Add(f.From)
				l.widen(r.Lost, r.Lost)
			}
		}
	}
}

// same reports whether all clients that received the kind in that second missed the same number of packets, and more
// than one did.
func (l *lossAt) same() bool {
	return l.hit.Len() > 1 && l.hit.Len() == l.clients.Len() && l.least == l.most
}

// remote are the kinds of streams whose loss arose at a remote sender, with the seconds in which it did.
func (s *sameLoss) remote() map[string]int {
	same, all := map[string]int{}, map[string]int{}
	for k, l := range s.seconds.All {
		if l.hit.Len() == 0 || l.clients.Len() < 2 {
			continue
		}
		all[k.kind]++
		if l.same() {
			same[k.kind]++
		}
	}
	for kind, n := range same {
		if n < minSameSeconds || float64(n) < mostOfSeconds*float64(all[kind]) {
			delete(same, kind)
		}
	}
	return same
}
