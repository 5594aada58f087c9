package flow

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"webexaudit/analyzer/decode"
)

// told is what the next stage of this test makes of packets: silent ones leave a note, the others their numbers.
type told struct {
	note    uint8
	numbers string
}

const silent = 7

func (x *told) see(p *decode.Packet) {
	switch {
	case p.Flags&decode.SYN != 0:
		x.numbers += fmt.Sprintf(" %d", p.Number)
	case p.PayloadLen%2 == 0:
		x.note += silent
	default:
		x.numbers += fmt.Sprintf(" %d", p.PayloadLen)
	}
}

// ended is a flow and what is known of it when it ends.
type ended struct {
	Flow Flow
	Told told
	Open bool
}

// tabled puts packets through a table, with embryos or without, and returns its flows in the order of their packets.
func tabled(cfg Config, embryos bool, packets []*decode.Packet) (list []ended, fewest int) {
	t := NewTable(cfg, func(e *Entry[told]) { list = append(list, ended{e.Flow, e.State, e.Open}) })
	if embryos {
		t.Grown = func(e *Entry[told], p *decode.Packet, _ Side, note uint8) {
			if e.State.note = note; note == 0 {
				e.State.see(p)
			}
		}
	}
	for i, k := range packets {
		p := *k
		if p.Quote != nil {
			t.Quote(&p)
			continue
		}
		if !t.Begin(&p) {
			e, s, fresh := t.Add(&p)
			if !p.Duplicate {
				e.State.see(&p)
			}
			if fresh && !p.Duplicate && e.State == (told{note: silent}) {
				t.Shrink(e, &p, s, silent)
			}
		}
		fewest = min(fewest, t.live-t.Len())
		if i == len(packets)*2/3 {
			t.Cut(p.Clock, func(e *Entry[told]) { list = append(list, ended{e.Flow.Cut(), e.State, false}) })
		}
	}
	t.Flush(packets[len(packets)-1].Clock)
	slices.SortFunc(list, func(a, b ended) int {
		return cmp.Or(cmp.Compare(a.Flow.PartNumber, b.Flow.PartNumber), cmp.Compare(a.Flow.Part, b.Flow.Part))
	})
	return list, -fewest
}

// anyPackets are packets of a few hosts: connections that are asked for, answered, reset and asked for again, datagrams
// with and without something to tell, errors that quote them, copies, and other networks.
func anyPackets(r *rand.Rand, n int) (list []*decode.Packet) {
	var at int64
	for i := range n {
		at += []int64{0, 1, 20, 3_000, 100_000, 700_000}[min(r.IntN(40), 5)]
		a := fmt.Sprintf("10.0.0.%d:%d", 1+r.IntN(4), 40000+r.IntN(5))
		b := fmt.Sprintf("170.72.1.%d:443", 1+r.IntN(4))
		ends := a + ">" + b
		if r.IntN(3) == 0 {
			ends = b + ">" + a
		}
		p := udp(ends, at)
		p.PayloadLen = uint32(r.IntN(4))
		if r.IntN(2) == 0 {
			const syn, ack, rst, fin = decode.SYN, decode.ACK, decode.RST, decode.FIN
			flags := []uint8{syn, syn, syn | ack, ack, rst, fin | ack}
			p = tcp(ends, at, flags[r.IntN(len(flags))], uint32(r.IntN(3)), uint32(r.IntN(3)), 0)
			p.Options.MSS = uint16(r.IntN(2) * 1400)
		}
		p.Number, p.TTL, p.TOS, p.IPLen = int64(i+1), uint8(60+r.IntN(3)), uint8(r.IntN(2)*184), uint32(28+p.PayloadLen)
		p.SrcMAC, p.DstMAC, p.VLAN = decode.MAC{1}, decode.MAC{2}, [2]uint16{uint16(r.IntN(2))}
		p.Port = decode.Port(r.IntN(3))
		switch r.IntN(30) {
		case 0:
			p.Quote = &decode.Quote{Src: p.Src, Dst: p.Dst, SrcPort: p.SrcPort, DstPort: p.DstPort, Proto: p.Proto,
				Hash: p.Hash, Type: 3, Code: 3}
		case 1:
			p.Duplicate = true
		case 2:
			p.Network = decode.Network(r.IntN(2)) << 52
		case 3:
			p.Fragments = true
		case 4:
			p.Tagged, p.PCP = true, 5
		}
		list = append(list, p)
	}
	return list
}

// TestEmbryos: a flow whose first packet is all that is kept of it, until there are more, is the flow that it would
// have been with an entry from the beginning.
func TestEmbryos(t *testing.T) {
	most := 0
	for seed := range uint64(200) {
		packets := anyPackets(rand.New(rand.NewPCG(seed, 1)), 300)
		for _, cfg := range []Config{{}, {IdleTCP: time.Minute, IdleUDP: time.Second, Active: 5 * time.Minute}} {
			want, _ := tabled(cfg, false, packets)
			got, embryos := tabled(cfg, true, packets)
			if most = max(most, embryos); len(got) != len(want) {
				t.Fatalf("seed %d: %d flows, want %d", seed, len(got), len(want))
			}
			for i := range want {
				if !reflect.DeepEqual(got[i], want[i]) {
					t.Fatalf("seed %d: flow %d\n%s\nwant\n%s", seed, i, shown(got[i]), shown(want[i]))
				}
			}
		}
	}
	if most < 10 {
		t.Errorf("%d embryos at most: the packets are no test", most)
	}
}

func shown(e ended) string {
	return fmt.Sprintf("%+v\n%+v\n%+v", e, e.Flow.TCP, e.Flow.ICMP)
}

// TestEmbryosEvicted: where there is no more room, the longest idle goes, whether it was answered or not; a flood of
// attempts to connect drives out attempts.
func TestEmbryosEvicted(t *testing.T) {
	var gone []string
	tb := NewTable(Config{MaxFlows: 40}, func(e *Entry[told]) {
		gone = append(gone, fmt.Sprintf("%s %d", e.End, e.Key.PortA))
	})
	tb.Grown = func(*Entry[told], *decode.Packet, Side, uint8) {}
	for i := range 100 {
		p := tcp(fmt.Sprintf("10.0.0.1:%d>170.72.1.2:443", 1000+i), int64(i), decode.SYN, 1, 0, 0)
		p.Number = int64(i + 1)
		if !tb.Begin(p) {
			t.Fatal("a SYN has an entry at once")
		}
		tb.Add(udp("10.0.0.1:9000>170.72.1.2:5004", int64(i)))
	}
	if tb.Len() > 40 || tb.Evicted != 61 || len(gone) != 61 {
		t.Errorf("%d live, %d evicted, %d closed; want 40, 61, 61", tb.Len(), tb.Evicted, len(gone))
	}
	if slices.Contains(gone, "evicted 9000") || gone[0] != "evicted 1000" {
		t.Errorf("gone: %v", gone)
	}
}
