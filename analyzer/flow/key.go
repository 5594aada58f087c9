// Package flow groups packets into bidirectional flows: a bounded table, per-direction counters, TCP facts, a bounded
// in-order prefix of each TCP direction, and the Community ID. It does not look into payload. A flow of one packet that
// told nothing has no entry yet (embryo.go).
//
// A Table and everything in it belong to one goroutine. All time-outs are measured by the packets' clock.
package flow

import (
	"net/netip"

	"webexaudit/analyzer/decode"
)

// Side tells the two ends of a flow apart in their canonical order. Which side is the source (the initiator) may become
// known only later, so counters are kept by side and turned into forward and reverse when the flow ends.
type Side uint8

// The two sides: A is the smaller (address, port).
const (
	A Side = iota
	B
)

// Other is the opposite side.
func (s Side) Other() Side { return s ^ 1 }

// Key is a 5-tuple in canonical order, comparable and free of pointers. Flows that live beside another with the same
// 5-tuple, in another network (see overlap), have their network in the key.
type Key struct {
	AddrA, AddrB decode.Addr
	PortA, PortB uint16
	Proto        uint8
	// an ICMP type without a counterpart: its two numbers are no ports and keep their places
	OneWay   bool
	Instance bool           // another flow of a 5-tuple, in a network of its own
	Network  decode.Network // where Instance
}

// KeyOf returns the packet's key and the side that sent it.
func KeyOf(p *decode.Packet) (Key, Side) {
	return makeKey(p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto, p.OneWay)
}

// QuoteKey returns the key of the packet that an ICMP error quotes.
func QuoteKey(q *decode.Quote) (Key, Side) {
	return makeKey(q.Src, q.Dst, q.SrcPort, q.DstPort, q.Proto, false)
}

// KeysOf returns the keys that packets between the two ends may have. There are two where ICMP leaves it open whether a
// type has a counterpart.
func KeysOf(src, dst netip.AddrPort, proto uint8) []Key {
	a, b := decode.AddrOf(src.Addr()), decode.AddrOf(dst.Addr())
	k, _ := makeKey(a, b, src.Port(), dst.Port(), proto, false)
	if proto != decode.ProtoICMP && proto != decode.ProtoICMPv6 {
		return []Key{k}
	}
	one, _ := makeKey(a, b, src.Port(), dst.Port(), proto, true)
	return []Key{k, one}
}

func makeKey(src, dst decode.Addr, sp, dp uint16, proto uint8, oneWay bool) (Key, Side) {
	if dst.Less(src) || dst == src && dp < sp {
		return Key{AddrA: dst, AddrB: src, PortA: dp, PortB: sp, Proto: proto, OneWay: oneWay}, B
	}
	return Key{AddrA: src, AddrB: dst, PortA: sp, PortB: dp, Proto: proto, OneWay: oneWay}, A
}

// Tuple is the key that a flow of the same 5-tuple has in any network.
func (k Key) Tuple() Key {
	k.Instance, k.Network = false, 0
	return k
}

// Below is the key of the flow between the same addresses and the ports one below: that of the RTP whose RTCP this flow
// carries where the two have ports of their own (RFC 3550 section 11). It has the same sides. ok is false where there
// are no such ports.
func (k Key) Below() (below Key, ok bool) {
	if k.Proto != decode.ProtoUDP || k.PortA < 2 || k.PortB < 2 {
		return Key{}, false
	}
	k.PortA, k.PortB = k.PortA-1, k.PortB-1
	return k, true
}

// Above is the key of which this one is Below.
func (k Key) Above() (above Key, ok bool) {
	if k.Proto != decode.ProtoUDP || k.PortA == 1<<16-1 || k.PortB == 1<<16-1 {
		return Key{}, false
	}
	k.PortA, k.PortB = k.PortA+1, k.PortB+1
	return k, true
}

// Addr returns the address of a side.
func (k *Key) Addr(s Side) decode.Addr {
	if s == A {
		return k.AddrA
	}
	return k.AddrB
}

// Port returns the port of a side.
func (k *Key) Port(s Side) uint16 {
	if s == A {
		return k.PortA
	}
	return k.PortB
}
