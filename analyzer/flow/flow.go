package flow

import (
	"webexaudit/analyzer/decode"
)

// EndReason says why a flow ended.
type EndReason uint8

// The reasons. Reused: a SYN opened a new connection on the same 5-tuple.
const (
	Live EndReason = iota
	FIN
	RST
	Idle
	Active
	Reused
	Evicted
	EndOfCapture
)

var endNames = [...]string{"", "fin", "rst", "idle", "active", "reused", "evicted", "end-of-capture"}

func (e EndReason) String() string { return endNames[e] }

// Flow is one bidirectional flow: counters by [Side], and whatever is known of who began it.
type Flow struct {
	Key  Key
	hash uint64

	FirstTime, LastTime     int64 // capture times of first and last packet, in packet order
	MaxTime                 int64 // the latest capture time; differs from LastTime where packets are out of order
	firstClock, lastClock   int64
	FirstNumber, LastNumber int64
	Packets, Bytes, Payload [2]int64 // duplicates not counted
	Duplicates              int64
	CE                      int64 // ECN Congestion Experienced
	Marks                   [2]Marks
	TTL                     [2]uint8 // of the first packet of each side; 0: none seen
	VLAN                    [2]uint16
	Tunnels                 decode.TunnelSet
	First                   Side // who sent the first packet
	initiator               initiator
	End                     EndReason
	Numbers                 Numbers
	TCP                     *TCP // of TCP flows
	ICMP                    *Quoted
}

// Quoted counts ICMP errors that spoke of the flow.
type Quoted struct {
	From       decode.Addr // sender of the first error
	Type, Code uint8
	Number     int64 // packet number of the first error
	Time       int64
	Count      int64
}

// add counts a packet of side s.
func (f *Flow) add(p *decode.Packet, s Side) {
	if f.FirstNumber == 0 {
		f.FirstNumber, f.FirstTime, f.firstClock, f.First = p.Number, p.Time, p.Clock, s
		f.MaxTime = p.Time
		f.VLAN, f.Tunnels = p.VLAN, p.Tunnels
		f.guess(p, s)
	}
	if p.Time < f.FirstTime {
		f.FirstTime = p.Time
	}
	if p.Time > f.MaxTime {
		f.MaxTime = p.Time
	}
	f.LastNumber, f.LastTime, f.lastClock = p.Number, p.Time, p.Clock
	f.Numbers.Add(p.Number)
	if p.Duplicate {
		f.Duplicates++
		return
	}
	f.Packets[s]++
	f.Bytes[s] += int64(p.IPLen)
	f.Payload[s] += int64(p.PayloadLen)
	f.Marks[s].Add(p.TOS >> 2)
	if p.TOS&3 == 3 {
		f.CE++
	}
	if f.TTL[s] == 0 {
		f.TTL[s] = p.TTL
	}
}

// Quote notes an ICMP error about the flow.
func (f *Flow) quote(p *decode.Packet) {
	if f.ICMP == nil {
		f.ICMP = &Quoted{From: p.Src, Type: p.Quote.Type, Code: p.Quote.Code, Number: p.Number, Time: p.Time}
	}
	f.ICMP.Count++
}
