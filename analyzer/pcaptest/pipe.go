package pcaptest

import (
	"encoding/binary"
	"slices"
	"time"
)

// Pipe carries bytes between a client and a server: a UDP flow, a TCP connection, or a protocol on top of one.
type Pipe interface {
	// Put sends b from one side at the pipe's clock, or a turn later where the sides change.
	Put(from Side, b []byte, faults ...Fault)
	// Now, At, Wait and Mark are those of the connection below.
	Now() time.Time
	At(t time.Time)
	Wait(d time.Duration)
	Mark(from Side, dscp uint8) (was uint8)
	base() *conn
}

// Fault is what happens to one packet of a Put on its way to the capture point. Packets count from 0.
type Fault struct {
	kind   faultKind
	packet int
	n      int
	after  time.Duration
}

type faultKind uint8

const (
	drop faultKind = iota
	duplicate
	retransmit
	swap
	overlap
)

// Drop leaves the packet out of the capture, though it arrived: the capture lost it.
func Drop(packet int) Fault { return Fault{kind: drop, packet: packet} }

// Duplicate shows the packet twice, byte for byte, 3 µs apart: a mirror port that sees both sides of a switch.
func Duplicate(packet int) Fault { return Fault{kind: duplicate, packet: packet} }

// Retransmit sends the TCP segment again after a while, as a new packet. Together with Drop only the second is seen.
func Retransmit(packet int, after time.Duration) Fault {
	return Fault{kind: retransmit, packet: packet, after: after}
}

// Swap exchanges two packets in time.
func Swap(packet, with int) Fault { return Fault{kind: swap, packet: packet, n: with} }

// Overlap makes a TCP segment begin n bytes earlier, with the same bytes as its predecessor.
func Overlap(packet, n int) Fault { return Fault{kind: overlap, packet: packet, n: n} }

func find(faults []Fault, kind faultKind, packet int) (Fault, bool) {
	for _, f := range faults {
		if f.kind == kind && (f.packet == packet || kind == swap && f.n == packet) {
			return f, true
		}
	}
	return Fault{}, false
}

// Framed puts a 16-bit length before each message (RFC 4571), as STUN and RTP over TCP have it.
func Framed(p Pipe) Pipe { return framed{p} }

type framed struct{ Pipe }

func (f framed) Put(from Side, b []byte, faults ...Fault) {
	head := binary.BigEndian.AppendUint16(nil, uint16(len(b)))
	f.Pipe.Put(from, append(head, b...), faults...)
}

// Event is one message with its time.
type Event struct {
	At     time.Time
	From   Side
	Data   []byte
	Mark   uint8 // the packet's DSCP, where Marked; else the path's
	Marked bool
	Faults []Fault
}

// Play merges lists of events by time and sends them through a pipe.
func Play(p Pipe, lists ...[]Event) {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b Event) int { return a.At.Compare(b.At) })
	for _, e := range all {
		p.At(e.At)
		if !e.Marked {
			p.Put(e.From, e.Data, e.Faults...)
			continue
		}
		was := p.Mark(e.From, e.Mark)
		p.Put(e.From, e.Data, e.Faults...)
		p.Mark(e.From, was)
	}
}
