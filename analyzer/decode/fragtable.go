package decode

import (
	"bytes"
	"slices"
)

type fragKey struct {
	src, dst Addr
	id       uint32
	proto    uint8
	v6       bool
	capwap   bool // fragments of CAPWAP, not of IP
}

// datagram is one IP datagram, or one frame in CAPWAP, under reassembly.
type datagram struct {
	key     fragKey
	pieces  []piece // sorted, disjoint
	have    int     // payload bytes that came, captured or not
	total   int     // payload length, known from the last fragment; -1 before
	ipLen   uint32  // sum of the fragments' IP lengths
	since   int64   // of the first fragment; of the last one once it is complete
	latest  int64   // of the latest fragment that added anything
	network Network // of the latest fragment that added anything
	proto   uint8
	state   fragState

	bytesHeld int     // captured bytes kept
	parts     []int64 // numbers of the frames that added anything, where they are noted

	prev, next *datagram
}

type fragState uint8

const (
	fragOpen fragState = iota
	fragDone           // complete; kept for a moment to know a mirror's second copies by
	fragDead           // given up; kept until its time is over so that what still comes of it is known
)

// piece is what one fragment added. Its data is shorter than to-from where the capture cut it.
type piece struct {
	from, to int
	data     []byte
}

// pieceCost is what a piece takes besides its bytes.
const pieceCost = 48

// maxPieces bounds the pieces of one datagram; the largest datagram over the smallest link of IPv4 (68 bytes) has more,
// but nobody sends that.
const maxPieces = 512

// fits reports whether the fragment agrees with what is known of the datagram's length.
func (g *datagram) fits(from, to int, more bool) bool {
	end := 0
	if n := len(g.pieces); n > 0 {
		end = g.pieces[n-1].to
	}
	switch {
	case len(g.pieces) >= maxPieces:
		return false
	case !more && (g.total >= 0 && g.total != to || end > to):
		return false
	}
	return g.total < 0 || to <= g.total
}

// add puts in what is not there yet. It reports whether there was anything, and whether other bytes were there before.
// Only captured bytes are copied and paid for.
func (g *datagram) add(c cursor, off int) (fresh, overlap bool) {
	to := off + c.wire
	for at, i := off, 0; at < to; {
		for i < len(g.pieces) && g.pieces[i].to <= at {
			i++
		}
		end := to
		if i < len(g.pieces) {
			q := g.pieces[i]
			if q.from <= at {
				overlap, at = true, q.to
				continue
			}
			end = min(end, q.from)
		}
		b := c.b[min(at-off, len(c.b)):min(end-off, len(c.b))]
		g.pieces = slices.Insert(g.pieces, i, piece{at, end, bytes.Clone(b)})
		g.have += end - at
		g.bytesHeld += len(b) + pieceCost
		fresh, at = true, end
	}
	return fresh, overlap
}

// bytes returns the payload up to the first byte that the capture cut off; all is false where it did.
func (g *datagram) bytes() (b []byte, all bool) {
	n := 0
	for _, q := range g.pieces {
		n += len(q.data)
	}
	b = make([]byte, 0, n)
	for _, q := range g.pieces {
		b = append(b, q.data...)
		if len(q.data) < q.to-q.from {
			return b, false
		}
	}
	return b, true
}

// fragQueue is a list of datagrams, the oldest first.
type fragQueue struct {
	first, last *datagram
	n           int
}

func (q *fragQueue) push(g *datagram) {
	g.prev, g.next = q.last, nil
	if q.last == nil {
		q.first = g
	} else {
		q.last.next = g
	}
	q.last = g
	q.n++
}

func (q *fragQueue) remove(g *datagram) {
	if g.prev == nil {
		q.first = g.next
	} else {
		g.prev.next = g.next
	}
	if g.next == nil {
		q.last = g.prev
	} else {
		g.next.prev = g.prev
	}
	q.n--
}

// fragTable holds at most max datagrams that are open and as many that have just been completed.
type fragTable struct {
	byKey      map[fragKey]*datagram
	open, done fragQueue
	max        int
	maxBytes   int
	held       int // bytes of all open datagrams
	ttl        int64
}

func (t *fragTable) init(cfg Config) {
	t.byKey = make(map[fragKey]*datagram)
	t.max, t.maxBytes, t.ttl = cfg.MaxFragments, cfg.MaxFragBytes, int64(cfg.FragmentTTL)
}

// get returns the datagram of the key, a new one where there is none.
func (t *fragTable) get(key fragKey, now int64, s *FragmentStats) *datagram {
	if g := t.byKey[key]; g != nil {
		return g
	}
	if t.open.n >= t.max {
		t.giveUp(t.open.first, &s.Evicted)
	}
	g := &datagram{key: key, total: -1, since: now}
	t.byKey[key] = g
	t.open.push(g)
	return g
}

// complete keeps the key of a datagram for dupWindow.
func (t *fragTable) complete(g *datagram, now int64) {
	t.open.remove(g)
	t.drop(g)
	g.state, g.since = fragDone, now
	if t.done.n >= t.max {
		t.forget(t.done.first)
	}
	t.done.push(g)
}

func (t *fragTable) forget(g *datagram) {
	t.done.remove(g)
	delete(t.byKey, g.key)
}

// giveUp removes an open datagram and counts it, unless it had been given up before.
func (t *fragTable) giveUp(g *datagram, count *int64) {
	if g.state == fragOpen {
		*count++
	}
	t.open.remove(g)
	t.drop(g)
	delete(t.byKey, g.key)
}

// drop gives a datagram's bytes back.
func (t *fragTable) drop(g *datagram) {
	t.held -= g.bytesHeld
	g.pieces, g.parts, g.bytesHeld = nil, nil, 0
}

func (t *fragTable) kill(g *datagram) {
	t.drop(g)
	g.state = fragDead
}

// fit gives up the oldest datagrams until the bytes fit; the one at hand is the last to go.
func (t *fragTable) fit(g *datagram, s *FragmentStats) {
	for t.held > t.maxBytes {
		victim := t.open.first
		if victim == g && victim.next != nil {
			victim = victim.next
		}
		t.giveUp(victim, &s.Evicted)
	}
}

// expire gives up datagrams that stayed incomplete for FragmentTTL, and forgets completed ones.
func (t *fragTable) expire(now int64, s *FragmentStats) {
	for g := t.open.first; g != nil && now-g.since > t.ttl; g = t.open.first {
		t.giveUp(g, &s.TimedOut)
	}
	for g := t.done.first; g != nil && now-g.since > dupWindow; g = t.done.first {
		t.forget(g)
	}
}
