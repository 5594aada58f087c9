package flow

import (
	"time"

	"webexaudit/analyzer/decode"
)

// Config bounds a table. The zero value means the defaults.
type Config struct {
	MaxFlows int           // live flows; default 1,000,000
	IdleTCP  time.Duration // default 10 min; less where the connection has ended
	IdleUDP  time.Duration // and everything but TCP; default 2 min
	Active   time.Duration // a flow is cut after this long; 0: never
}

// How long connections may be idle that have ended.
const (
	idleClosed = 30 * time.Second
	idleReset  = 2 * time.Minute
)

// WithDefaults has the defaults in place of zero values.
func (c Config) WithDefaults() Config {
	if c.MaxFlows <= 0 {
		c.MaxFlows = 1_000_000
	}
	if c.IdleTCP <= 0 {
		c.IdleTCP = 10 * time.Minute
	}
	if c.IdleUDP <= 0 {
		c.IdleUDP = 2 * time.Minute
	}
	return c
}

// Entry is a flow and what the next stage keeps of it.
type Entry[S any] struct {
	Flow
	State S

	Final bool // from Flush: the entry is not used again and may be kept
	Open  bool // from Flush: its time was not over
	free  bool
}

// Table maps keys to live flows. A flow whose time is over is handed to the closed function and forgotten; the entry is
// reused, so closed must copy what it keeps, unless the entry is final. Time-outs follow the packets' clock only: a
// flow is cut when its next packet comes late, so it does not matter when the table is swept.
type Table[S any] struct {
	Evicted int64
	// Grown is shown the first packet of a flow of which that was all that was known, without its payload, with its
	// note (Shrink; of a SYN 0), when the flow gets an entry; nil: each has one at once.
	Grown func(e *Entry[S], p *decode.Packet, s Side, note uint8)

	embryos embryos
	scratch Entry[S]
	cfg     Config
	closed  func(*Entry[S])
	slots   []slot // open addressing, linear probing, a power of two
	mask    uint64
	slabs   [][]Entry[S]
	free    []uint32
	live    int
	beside  int    // live flows beside another
	hand    uint32 // where the search for a victim goes on
	swept   int64
	sweepAt uint32
}

// slot holds the upper half of the hash and the entry's index plus one; 0 is empty.
type slot struct{ tag, ref uint32 }

const slabSize = 256

// sweepEvery is how often idle flows are looked for; sweepStep how many entries per packet, so that no packet waits.
const (
	sweepEvery = int64(10 * time.Second)
	sweepStep  = 32
)

// NewTable returns a table that calls closed for each flow that ends.
func NewTable[S any](cfg Config, closed func(*Entry[S])) *Table[S] {
	t := &Table[S]{cfg: cfg.WithDefaults(), closed: closed}
	t.resize(1024)
	return t
}

func (t *Table[S]) resize(n int) {
	old := t.slots
	t.slots, t.mask = make([]slot, n), uint64(n-1)
	for _, s := range old {
		if s.ref != 0 {
			t.insert(t.at(s.ref-1).hash, s.ref)
		}
	}
}

func (t *Table[S]) insert(hash uint64, ref uint32) {
	i := hash & t.mask
	for t.slots[i].ref != 0 {
		i = (i + 1) & t.mask
	}
	t.slots[i] = slot{uint32(hash >> 32), ref}
}

func (t *Table[S]) at(i uint32) *Entry[S] { return &t.slabs[i/slabSize][i%slabSize] }

// find returns the entry of the key and its slot, or nil.
func (t *Table[S]) find(k *Key, hash uint64) (*Entry[S], uint64) {
	tag := uint32(hash >> 32)
	for i := hash & t.mask; t.slots[i].ref != 0; i = (i + 1) & t.mask {
		if s := t.slots[i]; s.tag == tag {
			if e := t.at(s.ref - 1); e.Key == *k {
				return e, i
			}
		}
	}
	return nil, 0
}

// Add counts the packet in its flow, which it opens if need be, and returns the flow's entry and the sending side.
// fresh says that the entry is new and its State zero.
func (t *Table[S]) Add(p *decode.Packet) (e *Entry[S], s Side, fresh bool) {
	t.sweep(p.Clock)
	k, s := KeyOf(p)
	e, at := t.locate(&k, p, s)
	if e == nil && len(t.embryos.by) > 0 && t.grow(&k, p.Hash) {
		e, at = t.locate(&k, p, s)
	}
	if e != nil {
		if why := t.over(e, p, s); why != Live {
			t.close(e, at, why)
			e = nil
		}
	}
	if e == nil {
		e, fresh = t.open(k, p.Hash), true
	}
	e.count(p, s)
	return e, s, fresh
}

// count counts a packet of side s.
func (f *Flow) count(p *decode.Packet, s Side) {
	f.add(p, s)
	if f.TCP != nil && !p.Duplicate {
		if p.Flags&decode.SYN != 0 {
			f.sawSYN(s, p.Flags&decode.ACK != 0)
		}
		f.TCP.add(p, s)
	}
}

// Find returns the entry of a key whose flow is live at the given clock, or nil; nil too where several flows of the key
// live beside each other.
func (t *Table[S]) Find(k *Key, now int64) *Entry[S] {
	e, _ := t.find(k, decode.FlowHash(k.AddrA, k.AddrB, k.PortA, k.PortB, k.Proto))
	if e == nil || e.over != nil || t.late(&e.Flow, now) != Live {
		return nil
	}
	return e
}

// Quote hands an ICMP error to the flow it speaks of, if that is live.
func (t *Table[S]) Quote(p *decode.Packet) *Entry[S] {
	k, _ := QuoteKey(p.Quote)
	e, _ := t.find(&k, p.Quote.Hash)
	if e == nil && t.grow(&k, p.Quote.Hash) {
		e, _ = t.find(&k, p.Quote.Hash)
	}
	if t.beside > 0 {
		k.Instance, k.Network = true, p.Network
		if x, _ := t.find(&k, p.Quote.Hash); x != nil {
			e = x
		}
	}
	if e == nil || t.late(&e.Flow, p.Clock) != Live {
		return nil
	}
	e.quote(p)
	return e
}

// over says whether the flow had ended before the packet came.
func (t *Table[S]) over(e *Entry[S], p *decode.Packet, s Side) EndReason {
	if why := t.late(&e.Flow, p.Clock); why != Live {
		return why
	}
	if t.cfg.Active > 0 && p.Clock-e.firstClock > int64(t.cfg.Active) {
		return Active
	}
	if e.TCP != nil && !p.Duplicate && e.TCP.reopens(p, s) {
		return Reused
	}
	return Live
}

// late says whether the flow is idle at the given clock; how a TCP flow had ended before goes first.
func (t *Table[S]) late(f *Flow, now int64) EndReason {
	if now-f.lastClock <= int64(t.idle(f)) {
		return Live
	}
	return Idle
}

// idle is how long a flow may be idle. A connection that both ends have closed is kept for what is sent again of its
// end; one that was reset for longer, as the end that does not know may go on.
func (t *Table[S]) idle(f *Flow) time.Duration {
	switch {
	case f.TCP == nil:
		return t.cfg.IdleUDP
	case f.TCP.FIN[A] && f.TCP.FIN[B] && !f.TCP.Reset:
		return min(t.cfg.IdleTCP, idleClosed)
	case f.TCP.Reset:
		return min(t.cfg.IdleTCP, idleReset)
	}
	return t.cfg.IdleTCP
}

// room makes room for another flow.
func (t *Table[S]) room() {
	if t.Len() >= t.cfg.MaxFlows {
		t.evict()
	}
}

func (t *Table[S]) open(k Key, hash uint64) *Entry[S] {
	t.room()
	if len(t.free) == 0 {
		t.extend()
	}
	i := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	if t.live++; t.live*3 > len(t.slots)*2 {
		t.resize(len(t.slots) * 2)
	}
	e := t.at(i)
	e.Key, e.hash, e.free = k, hash, false
	if k.Instance {
		t.beside++
		e.Overlaps, e.over = true, new(overlap)
	}
	if k.Proto == decode.ProtoTCP {
		e.TCP = new(TCP)
	}
	t.insert(hash, i+1)
	return e
}

func (t *Table[S]) extend() {
	base := uint32(len(t.slabs) * slabSize)
	slab := make([]Entry[S], slabSize)
	for i := range slab {
		slab[i].free = true
		t.free = append(t.free, base+uint32(slabSize-1-i))
	}
	t.slabs = append(t.slabs, slab)
}

// end settles how a flow ended.
func (f *Flow) end(why EndReason) {
	f.End = why
	if f.TCP == nil {
		return
	}
	switch {
	case why == Evicted:
	case f.TCP.Reset:
		f.End = RST
	case f.TCP.FIN[A] && f.TCP.FIN[B]:
		f.End = FIN
	}
	f.TCP.finish(f.LastTime)
}

func (t *Table[S]) close(e *Entry[S], at uint64, why EndReason) {
	e.end(why)
	t.closed(e)
	t.drop(e, at)
}

// drop forgets an entry and its slot.
func (t *Table[S]) drop(e *Entry[S], at uint64) {
	i := t.slots[at].ref - 1
	t.remove(at)
	if e.Key.Instance {
		t.beside--
	}
	*e = Entry[S]{free: true}
	t.free = append(t.free, i)
	t.live--
}

// remove empties a slot and moves back what had been pushed past it.
func (t *Table[S]) remove(i uint64) {
	for j := (i + 1) & t.mask; t.slots[j].ref != 0; j = (j + 1) & t.mask {
		home := t.at(t.slots[j].ref-1).hash & t.mask
		if (j-home)&t.mask >= (j-i)&t.mask {
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = slot{}
}

// evictOf is how many flows one is chosen of that has to go.
const evictOf = 16

// evict closes the longest idle of the next few live flows.
func (t *Table[S]) evict() {
	t.Evicted++
	var victim *Entry[S]
	n := uint32(len(t.slabs) * slabSize)
	for seen, steps := 0, uint32(0); seen < evictOf && steps < n; steps++ {
		e := t.at(t.hand % n)
		t.hand = (t.hand + 1) % n
		if e.free {
			continue
		}
		seen++
		if victim == nil || e.lastClock < victim.lastClock {
			victim = e
		}
	}
	if i, clock, any := t.embryos.oldest(); any && (victim == nil || clock < victim.lastClock) {
		t.hatch(i, Evicted)
		return
	}
	_, at := t.find(&victim.Key, victim.hash)
	t.close(victim, at, Evicted)
}

// sweep closes idle flows, a few entries at a time, to give their memory back.
func (t *Table[S]) sweep(now int64) {
	n := uint32(len(t.slabs) * slabSize)
	if t.sweepAt >= n && !t.sweepEmbryos(now) {
		if now-t.swept < sweepEvery {
			return
		}
		t.swept, t.sweepAt, t.embryos.sweepAt = now, 0, 0
	}
	for end := min(t.sweepAt+sweepStep, n); t.sweepAt < end; t.sweepAt++ {
		e := t.at(t.sweepAt)
		if e.free {
			continue
		}
		if why := t.late(&e.Flow, now); why != Live {
			_, at := t.find(&e.Key, e.hash)
			t.close(e, at, why)
		}
	}
}

// Flush closes all flows at the end of the capture, and with it the table; now is the clock of its last packet.
func (t *Table[S]) Flush(now int64) {
	for _, slab := range t.slabs {
		for i := range slab {
			if e := &slab[i]; !e.free {
				why := t.late(&e.Flow, now)
				e.Final, e.Open = true, why == Live
				if e.Open {
					why = EndOfCapture
				}
				e.end(why)
				t.closed(e)
			}
		}
	}
	t.eachEmbryo(now, func(i uint32) { t.hatch(i, EndOfCapture) })
	*t = Table[S]{Evicted: t.Evicted}
}

// Cut shows every live flow that had packets since it was cut, or began, to the function, which is to cut it; those
// whose time is over by now are closed before.
func (t *Table[S]) Cut(now int64, cut func(*Entry[S])) {
	t.eachEmbryo(now, func(i uint32) {
		b := t.embryos.at(i)
		t.grow(&b.key, b.hash)
	})
	for _, slab := range t.slabs {
		for i := range slab {
			e := &slab[i]
			if e.free {
				continue
			}
			if why := t.late(&e.Flow, now); why != Live {
				_, at := t.find(&e.Key, e.hash)
				t.close(e, at, why)
			} else if e.begun {
				cut(e)
			}
		}
	}
}

// Len is the number of live flows.
func (t *Table[S]) Len() int { return t.live + len(t.embryos.by) }
