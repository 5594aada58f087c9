package flow

import "webexaudit/analyzer/decode"

// embryo is a flow of one packet that told nothing but its headers: an attempt to connect that nobody has answered yet,
// an acknowledgment of data that was not seen, or a datagram that no parser knows. Floods and scans are such flows, and
// each connection is one until it is answered. What is kept are the headers, a tenth of what an entry and what hangs on
// it take: the entry is made of them where another packet comes, or where the flow ends.
type embryo struct {
	key                 Key
	hash                uint64
	time, clock, number int64
	network             decode.Network
	port                decode.Port
	seq, ack            uint32
	ipLen, payloadLen   uint32
	options             decode.SYNOptions
	window              uint16
	vlan                [2]uint16
	macs                [2]decode.MAC // of sender and receiver
	tos, ttl, flags     uint8
	pcp                 uint8
	note                uint8 // of the next stage
	side                Side
	tagged, cut         bool
	live                bool
}

// embryos are those of a table, by the hash of their key: one each, and none where two flows have the same.
type embryos struct {
	slabs   []*[slabSize]embryo
	free    []uint32
	by      map[uint64]uint32
	hand    uint32
	sweepAt uint32
}

func (x *embryos) at(i uint32) *embryo { return &x.slabs[i/slabSize][i%slabSize] }

// places is how many there is room for.
func (x *embryos) places() uint32 { return uint32(len(x.slabs) * slabSize) }

// bare reports whether all that is known of the first packet of a flow fits into an embryo.
func (t *Table[S]) bare(p *decode.Packet) bool {
	return t.Grown != nil && t.beside == 0 && !p.Duplicate && !p.Fragments && p.Quote == nil &&
		p.Tunnels == decode.TunnelSet{}
}

// Begin takes the packet where it is the SYN of a new connection, and reports whether it did: the flow is known, but
// has no entry yet.
func (t *Table[S]) Begin(p *decode.Packet) bool {
	const flags = decode.SYN | decode.ACK | decode.RST | decode.FIN
	if p.Proto != decode.ProtoTCP || p.Flags&flags != decode.SYN || p.PayloadLen > 0 || !t.bare(p) {
		return false
	}
	if _, known := t.embryos.by[p.Hash]; known {
		return false
	}
	k, s := KeyOf(p)
	if e, _ := t.find(&k, p.Hash); e != nil {
		return false
	}
	t.sweep(p.Clock)
	t.room()
	t.embryos.put(&k, p, s, 0)
	return true
}

// Shrink takes back the entry of a new flow whose packet, from side s, told nothing but a note, where it can be made
// again: see Grown.
func (t *Table[S]) Shrink(e *Entry[S], p *decode.Packet, s Side, note uint8) {
	if e.over != nil || !t.bare(p) {
		return
	}
	if _, known := t.embryos.by[p.Hash]; known {
		return
	}
	t.embryos.put(&e.Key, p, s, note)
	_, at := t.find(&e.Key, e.hash)
	t.drop(e, at)
}

// put keeps a packet.
func (x *embryos) put(k *Key, p *decode.Packet, s Side, note uint8) {
	if x.by == nil {
		x.by = map[uint64]uint32{}
	}
	if len(x.free) == 0 {
		for i := range uint32(slabSize) {
			x.free = append(x.free, x.places()+slabSize-1-i)
		}
		x.slabs = append(x.slabs, new([slabSize]embryo))
	}
	i := x.free[len(x.free)-1]
	x.free = x.free[:len(x.free)-1]
	x.by[p.Hash] = i
	*x.at(i) = embryo{
		key: *k, hash: p.Hash, time: p.Time, clock: p.Clock, number: p.Number, network: p.Network, port: p.Port,
		seq: p.Seq, ack: p.Ack, ipLen: p.IPLen, payloadLen: p.PayloadLen, options: p.Options, window: p.Window,
		vlan: p.VLAN, macs: [2]decode.MAC{p.SrcMAC, p.DstMAC}, tos: p.TOS, ttl: p.TTL, flags: p.Flags, pcp: p.PCP,
		note: note, side: s, tagged: p.Tagged, cut: p.Cut, live: true,
	}
}

// take forgets an embryo and gives what it was.
func (x *embryos) take(i uint32) embryo {
	b := *x.at(i)
	*x.at(i) = embryo{}
	x.free = append(x.free, i)
	delete(x.by, b.hash)
	return b
}

// packet is the packet that an embryo was, without its payload.
func (b *embryo) packet() decode.Packet {
	k, s := &b.key, b.side
	return decode.Packet{
		Time: b.time, Clock: b.clock, Number: b.number, Hash: b.hash, Src: k.Addr(s), Dst: k.Addr(s.Other()),
		SrcPort: k.Port(s), DstPort: k.Port(s.Other()), Proto: k.Proto, OneWay: k.OneWay, TOS: b.tos, TTL: b.ttl,
		Flags: b.flags, Seq: b.seq, Ack: b.ack, Window: b.window, Options: b.options, IPLen: b.ipLen,
		PayloadLen: b.payloadLen, Cut: b.cut, VLAN: b.vlan, Tagged: b.tagged, PCP: b.pcp, Network: b.network,
		SrcMAC: b.macs[0], DstMAC: b.macs[1], Port: b.port,
	}
}

// grow gives the embryo of a key an entry, and reports whether there is one.
func (t *Table[S]) grow(k *Key, hash uint64) bool {
	i, known := t.embryos.by[hash]
	if !known || t.embryos.at(i).key != *k {
		return false
	}
	b := t.embryos.take(i)
	t.count(t.open(b.key, b.hash), &b)
	return true
}

// count counts an embryo's packet in its entry.
func (t *Table[S]) count(e *Entry[S], b *embryo) {
	p := b.packet()
	e.count(&p, b.side)
	t.Grown(e, &p, b.side, b.note)
}

// hatch closes an embryo.
func (t *Table[S]) hatch(i uint32, why EndReason) {
	b := t.embryos.take(i)
	t.scratch = Entry[S]{Flow: Flow{Key: b.key, hash: b.hash}, Open: why == EndOfCapture}
	e := &t.scratch
	if b.key.Proto == decode.ProtoTCP {
		e.TCP = new(TCP)
	}
	t.count(e, &b)
	e.end(why)
	t.closed(e)
}

// lateEmbryo says whether an embryo is idle at the given clock.
func (t *Table[S]) lateEmbryo(b *embryo, now int64) bool {
	idle := t.cfg.IdleUDP
	if b.key.Proto == decode.ProtoTCP {
		idle = t.cfg.IdleTCP
	}
	return now-b.clock > int64(idle)
}

// eachEmbryo closes the embryos whose time is over by now and shows the others to the function.
func (t *Table[S]) eachEmbryo(now int64, show func(i uint32)) {
	for i := range t.embryos.places() {
		switch b := t.embryos.at(i); {
		case !b.live:
		case t.lateEmbryo(b, now):
			t.hatch(i, Idle)
		default:
			show(i)
		}
	}
}

// sweepEmbryos looks at a few embryos, and is false where all were looked at.
func (t *Table[S]) sweepEmbryos(now int64) bool {
	x := &t.embryos
	for end := min(x.sweepAt+sweepStep, x.places()); x.sweepAt < end; x.sweepAt++ {
		if b := x.at(x.sweepAt); b.live && t.lateEmbryo(b, now) {
			t.hatch(x.sweepAt, Idle)
		}
	}
	return x.sweepAt < x.places()
}

// oldest is the longest idle of the next few embryos, and its clock; false: there is none.
func (x *embryos) oldest() (victim uint32, clock int64, any bool) {
	n := x.places()
	for seen, steps := 0, uint32(0); seen < evictOf && steps < n; steps++ {
		i := x.hand % n
		x.hand = (x.hand + 1) % n
		b := x.at(i)
		if !b.live {
			continue
		}
		seen++
		if !any || b.clock < clock {
			victim, clock, any = i, b.clock, true
		}
	}
	return victim, clock, any
}
