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
	Window // the flow goes on, and this part of it ends with the window of the run
)

var endNames = [...]string{"", "fin", "rst", "idle", "active", "reused", "evicted", "end-of-capture", "window"}

func (e EndReason) String() string { return endNames[e] }

// Flow is one bidirectional flow: counters by [Side], and whatever is known of who began it.
type Flow struct {
	Key  Key
	hash uint64

	FirstTime, LastTime     int64 // capture times of first and last packet, in packet order
	MaxTime                 int64 // the latest capture time; differs from LastTime where packets are out of order
	firstClock, lastClock   int64
	PartTime, PartNumber    int64 // of the first packet of this part; see Cut
	FirstNumber, LastNumber int64
	Packets, Bytes, Payload [2]int64 // duplicates not counted
	Duplicates              int64
	DSCP                    [2]DSCPHistogram
	marks                   *Marks   // nil where none was seen
	sent                    [2]int64 // time of each side's latest packet; 0: none yet
	idle                    int64    // how long the sender of the packet at hand had been silent

	Part      int32    // how often the flow was cut before
	begun     bool     // this part has a packet
	lastDSCP  [2]uint8 // DSCP + 1; 0: none yet
	TTL       [2]uint8 // of the first packet of each side; 0: none seen
	VLAN      [2]uint16
	MACs      [2]decode.MAC // at each side's end of the link, of the first packet
	Overlaps  bool          // another flow with this 5-tuple lives in another network
	Tunnels   decode.TunnelSet
	First     Side // who sent the first packet
	initiator initiator
	End       EndReason
	Port      decode.Port       // that captured the first packet
	networks  [2]decode.Network // where each side was seen first (TCP: last)
	over      *overlap          // of flows seen in several networks
	Numbers   PacketNumbers
	TCP       *TCP // of TCP flows
	ICMP      *Quoted
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
		f.VLAN, f.Tunnels, f.Port = p.VLAN, p.Tunnels, p.Port
		f.MACs[s], f.MACs[s.Other()] = p.SrcMAC, p.DstMAC
		f.guess(p, s)
	}
	if !f.begun {
		f.begun, f.PartTime, f.PartNumber, f.MaxTime = true, p.Time, p.Number, p.Time
	}
	f.PartTime = min(f.PartTime, p.Time)
	if f.Part == 0 {
		f.FirstTime = f.PartTime
	}
	if p.Time > f.MaxTime {
		f.MaxTime = p.Time
	}
	f.LastNumber, f.LastTime, f.lastClock = p.Number, p.Time, p.Clock
	f.Numbers.Add(p.Number)
	if f.over != nil {
		f.over.see(p.Network)
	}
	if p.Duplicate {
		f.Duplicates++
		return
	}
	f.idle = 0
	if f.sent[s] != 0 {
		f.idle = max(p.Time-f.sent[s], 0)
	}
	f.sent[s] = max(p.Time, 1)
	if f.Packets[s] == 0 {
		f.networks[s] = p.Network
	}
	f.Packets[s]++
	f.Bytes[s] += int64(p.IPLen)
	f.Payload[s] += int64(p.PayloadLen)
	f.noteMarking(p, s)
	if f.TTL[s] == 0 {
		f.TTL[s] = p.TTL
	}
}

// Began is the clock of the flow's first packet.
func (f *Flow) Began() int64 { return f.firstClock }

// Idle is how long the sender of the packet at hand had sent nothing in this flow, in nanoseconds; 0 at its first
// packet.
func (f *Flow) Idle() int64 { return f.idle }

// Quote notes an ICMP error about the flow.
func (f *Flow) quote(p *decode.Packet) {
	if f.ICMP == nil {
		f.ICMP = &Quoted{From: p.Src, Type: p.Quote.Type, Code: p.Quote.Code, Number: p.Number, Time: p.Time}
	}
	f.ICMP.Count++
}
