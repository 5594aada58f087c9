package classify

import (
	"maps"
	"net/netip"
	"slices"

	"webexaudit/analyzer/record"
)

// Memory is what the flows of a window leave to the windows behind it: the roles that hosts were seen in, prefixes of
// translators, and what the Webex flows of its last minutes say of their clients and servers. It holds no flow.
type Memory struct {
	translators []netip.Prefix
	learnt      map[netip.Addr]learnt
	near        *neighbours
}

// Bounds of what is remembered; what is older or beyond them is forgotten, and has to show itself anew.
const (
	maxRemembered      = 1 << 16 // clients, servers
	maxRememberedRoles = 4096
)

// Remember is what this window, and those before it, leave to the next one, which begins at this time. It must follow
// Context.
func (c *Classifier) Remember(now record.Time) *Memory {
	m := &Memory{translators: c.Translators, learnt: c.learnt, near: newNeighbours()}
	if len(m.learnt) > maxRememberedRoles {
		m.learnt = nil
	}
	lately := func(list spans) spans {
		return slices.DeleteFunc(slices.Clone(list), func(s span) bool { return s.to+window < now })
	}
	for a, list := range c.near.webex {
		remember(m.near.webex, a, lately(list))
	}
	for k, list := range c.near.signals {
		remember(m.near.signals, k, lately(list))
	}
	for k, s := range c.near.servers {
		if times := lately(s.times); len(times) > 0 && len(m.near.servers) < maxRemembered {
			r := *s
			r.name, r.times = m.near.own(s.name), times
			m.near.servers[k] = &r
		}
	}
	for k := range c.near.foreign {
		if m.near.servers[k] != nil {
			m.near.foreign[k] = true
		}
	}
	return m
}

func remember[K comparable](m map[K]spans, k K, list spans) {
	if len(list) > 0 && len(m) < maxRemembered {
		m[k] = list
	}
}

// roles are those that were learnt before; a copy.
func (m *Memory) roles() map[netip.Addr]learnt {
	if m == nil {
		return map[netip.Addr]learnt{}
	}
	known := maps.Clone(m.learnt)
	if known == nil {
		known = map[netip.Addr]learnt{}
	}
	return known
}

// neighbours are those of the minutes before; a copy.
func (m *Memory) neighbours() *neighbours {
	n := newNeighbours()
	if m == nil {
		return n
	}
	for k, list := range m.near.webex {
		n.webex[k] = slices.Clone(list)
	}
	for k, list := range m.near.signals {
		n.signals[k] = slices.Clone(list)
	}
	for k, s := range m.near.servers {
		r := *s
		r.name, r.times = n.own(s.name), slices.Clone(s.times)
		n.servers[k] = &r
	}
	maps.Copy(n.foreign, m.near.foreign)
	return n
}
