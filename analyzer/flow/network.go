package flow

import (
	"slices"
	"time"

	"webexaudit/analyzer/decode"
)

// Addresses repeat: two customers behind one VXLAN or MPLS core, or the two connections of a transparent proxy, share a
// 5-tuple. And one connection is seen in several networks: each direction in a VLAN or VNI of its own (mirrors of
// ingress and egress, asymmetric routing, asymmetric bridging of EVPN), copies of all of it in both VLANs of a router
// on a stick, another VLAN after a failover. Neither "the VLAN belongs to the key" (Suricata's default, whose users
// switch vlan.use-for-tracking off because of the second case) nor "it does not" (Zeek's) is right, so packets decide:
//
//   - A 5-tuple is one flow, whatever the networks, as long as nothing contradicts it. A side's first packet may come
//     from anywhere.
//   - TCP: where a side changes networks, the sequence or acknowledgment number must lie within 16 MiB of what the flow
//     knows. Else the packet is another connection, and a flow of its own lives beside the first.
//   - UDP: another flow is split off once two networks have shown both directions by turns, minTurns times, packets
//     that could be compared and were no copies of each other, not even late ones. What came before stays in the first
//     flow.
//   - Other protocols are never split.
//
// In doubt it stays one flow: halves of a connection would look like one-way media. So these stay together: UDP of two
// networks of which one shows one direction only, or of which one shows its directions in two VLANs; UDP where copies
// are not looked for or IPv6 was cut before its payload; fragments, which are put together by address and
// identification.

const (
	minTurns     = 16
	minSide      = 4                  // packets by side in either network
	sameTCP      = 1 << 24            // bytes by which numbers of one connection may differ
	retryAfter   = int64(time.Second) // who gets no answer does not begin anew before (RFC 6298 section 2.1)
	maxInstances = 4                  // flows split off one; what is too many stays in it
	ringSize     = 32
)

// overlap is kept of a flow that was seen in several networks.
type overlap struct {
	instances []decode.Network // of the flows that were split off
	seen      []decode.Network // networks of its packets, the first few

	other      decode.Network // UDP: the network that may be another flow's
	count      [2][2]int      // packets since, by network (home, other) and side
	turns      int
	last       int              // the network of the last packet: 0 home, 1 other
	ring       [ringSize]uint64 // prints of the latest packets, the lowest bit naming the network
	at         int
	onlyCopies bool
}

// maxSeen bounds the networks that are noted.
const maxSeen = 8

func (o *overlap) see(s decode.Network) {
	if len(o.seen) < maxSeen && !slices.Contains(o.seen, s) {
		o.seen = append(o.seen, s)
	}
}

// where is the network that decides about a packet's flow: of a copy, that of the first.
func where(p *decode.Packet) decode.Network {
	if p.Duplicate {
		return p.Home
	}
	return p.Network
}

// locate returns the live flow that the packet belongs to and its slot, or nil; k becomes the key to open it with.
func (t *Table[S]) locate(k *Key, p *decode.Packet, s Side) (*Entry[S], uint64) {
	e, at := t.find(k, p.Hash)
	switch {
	case e == nil && t.beside == 0:
		return nil, 0
	case e == nil:
		return t.astray(k, p)
	case e.over == nil && (e.networks[s] == where(p) || e.Packets[s] == 0):
		return e, at
	}
	return t.resolve(e, at, k, p, s)
}

// astray looks for a flow that was split off one that is gone.
func (t *Table[S]) astray(k *Key, p *decode.Packet) (*Entry[S], uint64) {
	b := *k
	b.Instance, b.Network = true, where(p)
	e, at := t.find(&b, p.Hash)
	if e != nil && t.late(&e.Flow, p.Clock) == Live {
		*k = b
		return e, at
	}
	return nil, 0
}

// resolve finds the flow of a packet that came from another network than its side's packets before, or whose flow has
// others beside it.
func (t *Table[S]) resolve(e *Entry[S], at uint64, k *Key, p *decode.Packet, s Side) (*Entry[S], uint64) {
	if why := t.late(&e.Flow, p.Clock); why != Live {
		t.close(e, at, why)
		return t.astray(k, p)
	}
	here := where(p)
	if e.over == nil {
		e.over = new(overlap)
	}
	if len(e.over.instances) > 0 {
		if b, bat := t.among(e, k, p, s); b != nil {
			return b, bat
		}
	}
	switch {
	case p.Duplicate:
	case p.Proto == decode.ProtoTCP:
		if e.networks[s] != here && e.Packets[s] > 0 {
			if !e.TCP.fits(p, s) {
				return t.beginInstance(e, at, k, here)
			}
			e.networks[s] = here
		}
	case p.Proto == decode.ProtoUDP:
		if e.Packets[s] > 0 && e.over.another(p, s, here, e.networks[s] == here) {
			return t.beginInstance(e, at, k, here)
		}
	}
	return e, at
}

// among looks for the packet's flow among those that were split off: by network, and for TCP by its numbers where the
// directions have networks of their own.
func (t *Table[S]) among(e *Entry[S], k *Key, p *decode.Packet, s Side) (*Entry[S], uint64) {
	here := where(p)
	home := e.networks[s] == here && e.Packets[s] > 0
	for _, network := range e.over.instances {
		b := *k
		b.Instance, b.Network = true, network
		x, at := t.find(&b, p.Hash)
		if x == nil || t.late(&x.Flow, p.Clock) != Live {
			continue
		}
		same := !home && (network == here || x.Packets[s] > 0 && x.networks[s] == here)
		if x.TCP != nil && !p.Duplicate {
			same = same && x.TCP.fits(p, s) || !home && x.TCP.knows(p, s) && !e.TCP.knows(p, s)
		}
		if same {
			*k = b
			return x, at
		}
	}
	return nil, 0
}

// beginInstance makes k the key of a flow beside the given one, and returns that of the packet where it is there
// already.
func (t *Table[S]) beginInstance(e *Entry[S], at uint64, k *Key, network decode.Network) (*Entry[S], uint64) {
	if !slices.Contains(e.over.instances, network) {
		if len(e.over.instances) >= maxInstances {
			return e, at
		}
		e.over.instances = append(e.over.instances, network)
	}
	e.Overlaps = true
	k.Instance, k.Network = true, network
	x, xat := t.find(k, e.hash)
	return x, xat
}

// another reports whether the packets of a UDP flow have shown to be two flows, of which this one is the other's.
func (o *overlap) another(p *decode.Packet, s Side, here decode.Network, home bool) bool {
	if p.Print == 0 || o.onlyCopies {
		return false
	}
	net := 0
	if !home {
		net = 1
		if o.other != here {
			if o.turns > 0 {
				o.count, o.turns = [2][2]int{}, 0
			}
			o.other = here
		}
	}
	print := p.Print &^ 1
	if slices.Contains(o.ring[:], print|uint64(1-net)) {
		o.onlyCopies = true
		return false
	}
	o.ring[o.at%ringSize] = print | uint64(net)
	o.at++
	if net != o.last {
		o.last = net
		o.turns++
	}
	o.count[net][s]++
	return net == 1 && o.turns >= minTurns && min(o.count[0][A], o.count[0][B], o.count[1][A], o.count[1][B]) >= minSide
}

// fits reports whether a segment may be of this connection: nothing known contradicts it.
func (t *TCP) fits(p *decode.Packet, s Side) bool {
	q, r := &t.seq[s], &t.seq[s.Other()]
	switch {
	case t.closed() || !q.known && !r.known:
		return true
	case p.Flags&decode.SYN != 0 && q.haveISN && q.isn == p.Seq:
		return true
	case p.Flags&(decode.SYN|decode.ACK) == decode.SYN && !r.known:
		return p.Time-t.synTime[s] >= retryAfter // nobody has answered yet: tried again, with other numbers
	case p.Flags&decode.RST != 0 && p.Seq == 0:
		return true
	}
	return t.knows(p, s)
}

// knows reports whether a number of the segment is near one of the connection's.
func (t *TCP) knows(p *decode.Packet, s Side) bool {
	q, r := &t.seq[s], &t.seq[s.Other()]
	return q.known && near(p.Seq, q.next) || r.known && p.Flags&decode.ACK != 0 && near(p.Ack, r.next)
}

func near(a, b uint32) bool {
	d := int32(a - b)
	return d < sameTCP && d > -sameTCP
}

// Networks lists where the flow's packets were seen, copies among them where it Overlaps, without the networks of the
// flows that were split off: the few packets of those that had been taken for its own are not worth selecting theirs.
func (f *Flow) Networks() []decode.Network {
	var list []decode.Network
	for s := range f.networks {
		if f.Packets[s] > 0 && !slices.Contains(list, f.networks[s]) {
			list = append(list, f.networks[s])
		}
	}
	if f.over != nil {
		for _, s := range f.over.seen {
			if !slices.Contains(list, s) && !slices.Contains(f.over.instances, s) {
				list = append(list, s)
			}
		}
	}
	return list
}

// Network is where the first packet was seen.
func (f *Flow) Network() decode.Network { return f.networks[f.First] }
