package flow

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"webexaudit/analyzer/decode"
)

// checkSlots: every live flow is found by its key, and nothing else is.
func (t *Table[S]) checkSlots(tb testing.TB) {
	tb.Helper()
	live := 0
	for _, slab := range t.slabs {
		for i := range slab {
			e := &slab[i]
			if e.free {
				continue
			}
			live++
			if got, at := t.find(&e.Key, e.hash); got != e || t.at(t.slots[at].ref-1) != e {
				tb.Fatalf("flow of %v is lost", e.Key)
			}
		}
	}
	used := 0
	for _, s := range t.slots {
		if s.ref != 0 {
			used++
		}
	}
	if live != t.live || used != live {
		tb.Fatalf("%d flows live, %d counted, %d slots", live, t.live, used)
	}
}

// TestSlots: flows that come and go, some with hashes of one slot, are found as long as they live.
func TestSlots(t *testing.T) {
	tb := NewTable(Config{MaxFlows: 600}, func(*Entry[int]) {})
	for i := range 3000 {
		p := udp(fmt.Sprintf("10.0.%d.%d:50000>10.200.0.1:5004", i>>8, i&255), int64(i))
		if i%3 == 0 {
			p.Hash = p.Hash&^1023 | uint64(1000+i%40) // neighbours, beyond the end of the slots too
		}
		tb.Add(p)
		if i%50 == 0 || i > 2950 {
			tb.checkSlots(t)
		}
	}
	if tb.Len() != 600 || tb.Evicted != 2400 {
		t.Errorf("%d live, %d evicted", tb.Len(), tb.Evicted)
	}
}

// TestVictims: of the next 16 live flows the longest idle one is given up, and the search goes on behind them.
func TestVictims(t *testing.T) {
	var gone []string
	tb := NewTable(Config{MaxFlows: 40}, func(e *Entry[int]) {
		if e.End == Evicted {
			gone = append(gone, e.Key.Addr(e.Source()).Netip().String())
		}
	})
	at := int64(0)
	add := func(n int) {
		at++
		tb.Add(udp(fmt.Sprintf("10.0.0.%d:50000>10.1.0.1:53", n), at))
	}
	for n := range 40 {
		add(n)
	}
	add(10)
	for n := range 40 {
		if n != 10 && n != 30 && n != 35 {
			add(n)
		}
	}
	add(101)
	add(102)
	if want := []string{"10.0.0.10", "10.0.0.30"}; !slices.Equal(gone, want) {
		t.Errorf("%v, want %v", gone, want)
	}
}

// TestBeside: flows beside another are counted while they live, and no longer.
func TestBeside(t *testing.T) {
	tb := NewTable(Config{}, func(*Entry[int]) {})
	all := slices.Concat(in(one, talk(0, 40)...), in(two, talk(2, 40)...))
	slices.SortStableFunc(all, func(a, b *decode.Packet) int { return int(a.Number - b.Number) })
	for _, p := range all {
		tb.Add(p)
	}
	if tb.beside != 1 || tb.Len() != 2 {
		t.Errorf("%d beside, %d flows", tb.beside, tb.Len())
	}
	tb.Add(in(three, udp("10.0.0.9:1000>10.0.0.8:2000", int64(5*time.Minute/time.Millisecond)))[0])
	if tb.beside != 0 || tb.Len() != 1 {
		t.Errorf("later %d beside, %d flows", tb.beside, tb.Len())
	}
}

// TestReopens: a SYN with another number begins another connection where the one before has ended, or the other side
// was heard.
func TestReopens(t *testing.T) {
	const syn, ack, rst = decode.SYN, decode.ACK, decode.RST
	asked, heard := sequence{haveISN: true, isn: 100, next: 101, known: true}, sequence{known: true}
	for _, tt := range []struct {
		name  string
		own   sequence
		other sequence
		reset bool
		flags uint8
		seq   uint32
		want  bool
	}{
		{"another number, nobody heard", asked, sequence{}, false, syn, 900, false},
		{"another number, answered", asked, heard, false, syn, 900, true},
		{"another number, reset", asked, sequence{}, true, syn, 900, true},
		{"the same number", asked, heard, true, syn, 100, false},
		{"no SYN before, goes on", heard, heard, false, syn, 900, false},
		{"no SYN before, reset", heard, heard, true, syn, 900, true},
		{"SYN-ACK", asked, heard, true, syn | ack, 900, false},
		{"SYN and RST", asked, heard, true, syn | rst, 900, false},
		{"data", asked, heard, true, ack, 900, false},
	} {
		x := &TCP{Reset: tt.reset, seq: [2]sequence{A: tt.own, B: tt.other}}
		if got := x.reopens(&decode.Packet{Flags: tt.flags, Seq: tt.seq}, A); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	one, both := &TCP{FIN: [2]bool{true, false}}, &TCP{FIN: [2]bool{true, true}}
	if one.closed() || !both.closed() {
		t.Error("a FIN of one side ends a connection, or those of both do not")
	}
}

// TestFits: a segment contradicts a connection by numbers that are not near its own, but for what has none.
func TestFits(t *testing.T) {
	const syn, ack, rst, far = decode.SYN, decode.ACK, decode.RST, 1 << 30
	asked, heard := sequence{haveISN: true, isn: 100, next: 101, known: true}, sequence{known: true, next: 500}
	for _, tt := range []struct {
		name       string
		own, other sequence
		p          decode.Packet
		reset      bool
		want       bool
	}{
		{"near", asked, heard, decode.Packet{Flags: ack, Seq: 200, Ack: far}, false, true},
		{"its acknowledgement is near", asked, heard, decode.Packet{Flags: ack, Seq: far, Ack: 500}, false, true},
		{"far", asked, heard, decode.Packet{Flags: ack, Seq: far, Ack: far}, false, false},
		{"far, but the connection has ended", asked, heard, decode.Packet{Flags: ack, Seq: far, Ack: far}, true, true},
		{"nothing is known", sequence{}, sequence{}, decode.Packet{Flags: ack, Seq: far, Ack: far}, false, true},
		{"one side is known", sequence{}, heard, decode.Packet{Flags: ack, Seq: far, Ack: far}, false, false},
		{"RST without number", asked, heard, decode.Packet{Flags: rst}, false, true},
		{"RST with another", asked, heard, decode.Packet{Flags: rst, Seq: far}, false, false},
		{"no RST, without number", sequence{known: true, next: far}, heard, decode.Packet{Flags: ack, Ack: far}, false, false},
		{"the SYN again", asked, heard, decode.Packet{Flags: syn, Seq: 100}, false, true},
		{"another SYN at once", asked, sequence{}, decode.Packet{Flags: syn, Seq: far, Time: retryAfter - 1}, false, false},
		{"another SYN in time", asked, sequence{}, decode.Packet{Flags: syn, Seq: far, Time: retryAfter}, false, true},
		{"another SYN in time, answered", asked, heard, decode.Packet{Flags: syn, Seq: far, Time: retryAfter}, false, false},
	} {
		x := &TCP{Reset: tt.reset, seq: [2]sequence{A: tt.own, B: tt.other}}
		if got := x.fits(&tt.p, A); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestProtoNumber: every protocol is found by its name.
func TestProtoNumber(t *testing.T) {
	for p := range 256 {
		if got, ok := ProtoNumber(ProtoName(uint8(p))); !ok || int(got) != p {
			t.Errorf("%d is called %s, which is %d", p, ProtoName(uint8(p)), got)
		}
	}
	if p, ok := ProtoNumber("none"); ok {
		t.Errorf("none is %d", p)
	}
}
