package decode

// FragmentStats counts what reassembly met.
type FragmentStats struct {
	Fragments   int64 // IP fragments seen
	Reassembled int64 // datagrams completed
	Overlaps    int64 // fragments that overlapped what was there (dropped: RFC 5722 for IPv6; first wins for IPv4)
	TimedOut    int64 // datagrams given up: incomplete after FragmentTTL
	Evicted     int64 // datagrams given up because the table was full
}

type fragKey struct {
	src, dst Addr
	id       uint32
	proto    uint8
	v6       bool
}

type fragSpan struct{ from, to int }

// datagram is one IP datagram under reassembly.
type datagram struct {
	key   fragKey
	buf   []byte
	spans []fragSpan // sorted, disjoint
	total int        // payload length, known from the last fragment; -1 before
	ipLen uint32     // sum of the fragments' IP lengths
	since int64
	proto uint8
}

// maxDatagram is the largest payload of an IP datagram.
const maxDatagram = 65535

type fragTable struct {
	byKey map[fragKey]*datagram
	order []*datagram // by arrival; entries no longer in byKey are skipped
	max   int
	ttl   int64
}

func (t *fragTable) init(cfg Config) {
	t.byKey = make(map[fragKey]*datagram)
	t.max, t.ttl = cfg.MaxFragments, int64(cfg.FragmentTTL)
}

// fragment stores one fragment; when it completes its datagram the packet is decoded from the whole. The reassembled
// bytes are the packet's own. The packet carries the number and time of the fragment that completed it.
func (d *Decoder) fragment(c cursor, p *Packet, key fragKey, off int, more bool, proto uint8) Reason {
	d.Stats.Fragments.Fragments++
	d.expireFragments(p.Clock)
	if off+c.wire > maxDatagram || (more && c.wire%8 != 0) || c.wire == 0 {
		return FragmentBad
	}
	g := d.frags.byKey[key]
	if g == nil {
		g = &datagram{key: key, total: -1, since: p.Clock, proto: proto}
		d.frags.byKey[key] = g
		d.frags.order = append(d.frags.order, g)
		d.evictFragments()
	}
	if off == 0 {
		g.proto = proto
	}
	if !g.add(c, off, more) {
		d.Stats.Fragments.Overlaps++
		return Fragment
	}
	g.ipLen += p.IPLen
	if !g.complete() {
		return Fragment
	}
	delete(d.frags.byKey, key)
	d.Stats.Fragments.Reassembled++
	p.IPLen = g.ipLen
	whole := cursor{g.buf[:g.spans[0].to], g.total}
	if key.v6 {
		return d.extensions(g.proto, whole, p)
	}
	return d.transport(g.proto, whole, p)
}

// add copies the fragment in; false if it overlaps.
func (g *datagram) add(c cursor, off int, more bool) bool {
	to := off + c.wire
	at := 0
	for at < len(g.spans) && g.spans[at].from < off {
		at++
	}
	if at > 0 && g.spans[at-1].to > off || at < len(g.spans) && g.spans[at].from < to {
		return false
	}
	if !more {
		g.total = to
	}
	if len(g.buf) < to {
		g.buf = append(g.buf, make([]byte, to-len(g.buf))...)
	}
	copy(g.buf[off:], c.b)
	g.spans = append(g.spans, fragSpan{})
	copy(g.spans[at+1:], g.spans[at:])
	g.spans[at] = fragSpan{off, to}
	for at+1 < len(g.spans) && g.spans[at].to == g.spans[at+1].from {
		g.spans[at].to = g.spans[at+1].to
		g.spans = append(g.spans[:at+1], g.spans[at+2:]...)
	}
	if at > 0 && g.spans[at-1].to == g.spans[at].from {
		g.spans[at-1].to = g.spans[at].to
		g.spans = append(g.spans[:at], g.spans[at+1:]...)
	}
	return true
}

func (g *datagram) complete() bool {
	return g.total >= 0 && len(g.spans) == 1 && g.spans[0].from == 0 && g.spans[0].to >= g.total
}

// expireFragments gives up datagrams that stayed incomplete for FragmentTTL.
func (d *Decoder) expireFragments(now int64) {
	t := &d.frags
	for len(t.order) > 0 {
		g := t.order[0]
		live := t.byKey[g.key] == g
		if live && now-g.since <= t.ttl {
			return
		}
		if live {
			delete(t.byKey, g.key)
			d.Stats.Fragments.TimedOut++
		}
		t.order = t.order[1:]
	}
}

func (d *Decoder) evictFragments() {
	t := &d.frags
	for len(t.byKey) > t.max {
		g := t.order[0]
		t.order = t.order[1:]
		if t.byKey[g.key] == g {
			delete(t.byKey, g.key)
			d.Stats.Fragments.Evicted++
		}
	}
}
