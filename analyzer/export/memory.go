package export

import (
	"time"

	"webexaudit/analyzer/classify"
	"webexaudit/analyzer/record"
)

// Memory is what crosses the ends of windows: names that DNS answers gave, what classify learnt of hosts and clients,
// and the servers and authorities that TLS sessions showed. Its methods take a nil Memory for that of a run with one
// window.
type Memory struct {
	table    *nameTable
	hosts    *classify.Memory
	sessions *classify.Inspector
}

// namesLast is how long a name is remembered: resolvers and hosts rarely keep an answer for longer (RFC 8767 section 4
// names a day as a sensible limit for time to live).
const namesLast = 24 * time.Hour

// maxNamed bounds the addresses whose names are remembered, by client and in all.
const maxNamed = 1 << 18

func (m *Memory) names() *nameTable {
	if m == nil {
		return newNameTable()
	}
	if m.table == nil {
		m.table = newNameTable()
	}
	return m.table
}

func (m *Memory) before() *classify.Memory {
	if m == nil {
		return nil
	}
	return m.hosts
}

func (m *Memory) inspector(o Options) *classify.Inspector {
	if m == nil {
		return &classify.Inspector{Pack: o.Packs.Pack, CorporateCAs: o.Site.CorporateCAs()}
	}
	if m.sessions == nil {
		m.sessions = new(classify.Inspector)
	}
	m.sessions.JudgeBy(o.Packs.Pack, o.Site.CorporateCAs())
	return m.sessions
}

// remember takes what the classifier learnt for the window that begins at this time.
func (m *Memory) remember(cl *classify.Classifier, now int64) {
	if m != nil {
		m.hosts = cl.Remember(record.Time(now))
	}
}

// age forgets names that are older than they last, or so many that the younger ones have to do, and those that no flow
// from now on finds any more.
func (m *Memory) age(now int64) {
	if m == nil || m.table == nil {
		return
	}
	for last := int64(namesLast); ; last /= 2 {
		forget(m.table.byClient, now, last)
		forget(m.table.byAddr, now, last)
		if len(m.table.byClient) <= maxNamed && len(m.table.byAddr) <= maxNamed || last == 0 {
			return
		}
	}
}

// forget drops of answers in the order of their times those that have passed, and those that a later one has replaced.
func forget[K comparable](m map[K][]answer, now, last int64) {
	for k, list := range m {
		kept := list
		for len(kept) > 1 && kept[1].time <= now {
			kept = kept[1:]
		}
		for len(kept) > 0 && kept[0].last < now-last {
			kept = kept[1:]
		}
		switch {
		case len(kept) == 0:
			delete(m, k)
		case len(kept) < cap(list):
			m[k] = append(make([]answer, 0, len(kept)), kept...)
		}
	}
}
