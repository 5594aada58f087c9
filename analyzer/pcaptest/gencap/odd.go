package main

import (
	"encoding/binary"
	"net/netip"

	"webexaudit/analyzer/pcaptest"
)

// oddity is a protocol of the odd mix: what the first two payloads of a flow look like. An empty one is pseudo-random,
// of another length in each flow.
type oddity struct {
	weight   int
	proto    uint8
	port     uint16 // of the server; 0: another one in each flow
	first    int    // who sends the first payload
	payloads [2]string
}

// oddFlow is a flow of an oddity: the handshake of TCP, the two payloads, and a tail of pseudo-random packets.
type oddFlow struct {
	*oddity
	wrap  pcaptest.Wrap // nil: none
	v6    bool
	mtu   int // 0: no fragments
	step  int
	steps int
}

// odd fills a flow of the odd mix: mostly the first packets of a flow, now and then a long one, so that the file gets
// its size.
func (g *generator) odd(f *flow) {
	row := g.lib.oddity(f.rnd.Intn(g.lib.oddWeight))
	f.proto = row.proto
	f.addr[server] = [4]byte{byte(60 + f.rnd.Intn(60)), byte(f.rnd.Intn(250)), byte(f.rnd.Intn(250)),
		byte(1 + f.rnd.Intn(250))}
	if f.port[server] = g.hosts(f, row.port); row.port == 0 {
		f.port[server] = uint16(1024 + f.rnd.Intn(64000))
	}
	o := &oddFlow{oddity: row, steps: 2 + g.tail(&f.rnd)}
	if row.proto == tcp {
		o.steps += 3
	}
	switch n := f.rnd.Intn(100); {
	case n < 8:
		o.v6 = true
	case n < 10:
		o.mtu = 576 // of a path of old, so that more than video is cut
	case n < 10+len(g.lib.wraps):
		o.wrap = g.lib.wraps[n-10]
	}
	f.stream = o
}

// tail is how many packets follow: none in six of ten flows, a few in three, and what the mean lacks in one.
func (g *generator) tail(r *pcaptest.Rand) int {
	switch n := r.Intn(10); {
	case n < 6:
		return 0
	case n < 9:
		return r.Range(1, 6)
	default:
		return r.Range(0, g.oddTail)
	}
}

// tailFor returns the most packets of a long tail for a mean number of bytes of a flow.
func (l *library) tailFor(bytes int64) int {
	var first, later int // bytes of the first packets, and of one of the tail, times the weights
	for i := range l.odd {
		row := &l.odd[i]
		payloads := 0
		for _, p := range row.payloads {
			if payloads += len(p); p == "" {
				payloads += oddMean
			}
		}
		n, tail := payloads+2*udpHead, payloads/2+udpHead
		if row.proto == tcp {
			n, tail = payloads+5*tcpHead, oddMean+tcpHead
		}
		first, later = first+n*row.weight, later+tail*row.weight
	}
	first, later = first/l.oddWeight, later/l.oddWeight
	few := later * 35 / 10 * 3 / 10 // what flows of a few packets add to the mean
	return max((int(bytes)-first-few)*10*2/later, 1)
}

func (l *library) oddity(n int) *oddity {
	for i := range l.odd {
		if n -= l.odd[i].weight; n < 0 {
			return &l.odd[i]
		}
	}
	panic("the weights are more than their sum")
}

const (
	oddMean = 411 // of oddSize: 0.4 × 76 + 0.3 × 320 + 0.3 × 950

	udpHead = 16 + 14 + 20 + 8 // bytes in the file beside the payload
	tcpHead = 16 + 14 + 20 + 20
)

// oddSize is the length of a pseudo-random payload: four in ten are short, some fill a frame.
func oddSize(r *pcaptest.Rand) int {
	switch n := r.Intn(10); {
	case n < 4:
		return r.Range(12, 140)
	case n < 7:
		return r.Range(140, 500)
	default:
		return r.Range(500, 1400)
	}
}

// next is the flow's next packet, and what became of it on its way.
func (o *oddFlow) next(g *generator, f *flow) bool {
	from, flags, payload := o.turn(g, f)
	packet := o.ip(f, from)
	packet.ID = f.id[from]
	f.id[from]++
	proto, body := o.transport(f, packet, from, flags, payload)
	whole := [][]byte{packet.Packet(proto, body)}
	if o.mtu > 0 && len(whole[0]) > o.mtu {
		whole = packet.Fragments(proto, body, o.mtu)
	}
	for _, p := range whole {
		frame := pcaptest.Frame{Data: pcaptest.Ethernet(p)}
		frame.WireLen = len(frame.Data)
		if o.wrap != nil {
			frame = o.wrap(frame)
		}
		copy(g.out.frame(f.at, len(frame.Data)), frame.Data)
	}
	o.step++
	f.at += 60_000 + f.rtt/2
	return o.step < o.steps
}

// turn says who sends what.
func (o *oddFlow) turn(g *generator, f *flow) (from int, flags uint8, payload []byte) {
	step := o.step
	if o.proto == tcp {
		switch step {
		case 0:
			return client, synFlag, nil
		case 1:
			return server, synFlag | ackFlag, nil
		case 2:
			return client, ackFlag, nil
		}
		step -= 3
	}
	from = (o.first + step) & 1
	if step > 1 && f.rnd.Intn(3) > 0 {
		from = server
	}
	// Datagrams of a known kind go on as they began: one of noise in their place would be damage, not another message.
	if p := o.payloads[(from+o.first)&1]; p != "" && (step < 2 || o.proto != tcp) {
		return from, pshFlag | ackFlag, []byte(p)
	}
	n := oddSize(&f.rnd)
	at := f.rnd.Intn(len(g.noise) - n)
	return from, pshFlag | ackFlag, g.noise[at : at+n]
}

func (o *oddFlow) ip(f *flow, from int) pcaptest.IP {
	var a [2]netip.Addr
	for i := range a {
		a[i] = netip.AddrFrom4(f.addr[i])
		if o.v6 {
			b := [16]byte{0x20, 1, 0xd, 0xb8, 5: byte(i)}
			copy(b[12:], f.addr[i][:])
			a[i] = netip.AddrFrom16(b)
		}
	}
	return pcaptest.IP{Src: a[from], Dst: a[1-from], TTL: f.ttl[from]}
}

// transport puts the transport header before the payload; other protocols than TCP, UDP and ICMP have none.
func (o *oddFlow) transport(f *flow, ip pcaptest.IP, from int, flags uint8, payload []byte) (proto uint8, body []byte) {
	switch o.proto {
	case tcp:
		segment := pcaptest.TCP{Src: f.port[from], Dst: f.port[1-from], Seq: f.seq[from], Flags: flags}
		if flags&ackFlag != 0 {
			segment.Ack = f.seq[1-from]
		}
		f.seq[from] += uint32(len(payload)) + uint32(flags&synFlag/synFlag)
		return tcp, ip.Segment(segment, payload)
	case udp:
		return udp, ip.Datagram(f.port[from], f.port[1-from], payload)
	case pcaptest.ProtoICMP:
		typ := [2]uint8{8, 0}
		head := 20
		if o.v6 {
			typ, head = [2]uint8{128, 129}, 40
		}
		echo := ip.ICMP(typ[from], 0, uint32(f.port[client])<<16|uint32(o.step/2), payload)
		return [2]uint8{pcaptest.ProtoICMP, pcaptest.ProtoICMPv6}[head/40], echo[head:]
	default:
		b := binary.BigEndian.AppendUint32(nil, uint32(f.order)) // an SPI, a tag, a key: flows differ
		return o.proto, append(b, payload...)
	}
}
