package flow

import (
	"fmt"
	"testing"

	"webexaudit/analyzer/decode"
)

// opened lists the holes that are open.
func (k *live) opened() []hole {
	if k.loss == nil {
		return nil
	}
	return k.loss.open
}

// TestFill: the bytes of a segment leave the hole that they lie in; one that only touches it changes nothing.
func TestFill(t *testing.T) {
	for _, tt := range []struct {
		from, to uint32
		ok       bool
		left     string
	}{
		{50, 100, false, "[{100 200 7}]"}, {200, 250, false, "[{100 200 7}]"}, {50, 101, true, "[{101 200 7}]"},
		{199, 250, true, "[{100 199 7}]"}, {100, 200, true, "[]"}, {50, 250, true, "[]"}, {100, 150, true, "[{150 200 7}]"},
		{150, 200, true, "[{100 150 7}]"}, {120, 130, true, "[{100 120 7} {130 200 7}]"},
	} {
		k := &live{Transfer: Transfer{loss: &loss{open: []hole{{100, 200, 7}}}}}
		at, ok := k.fill(tt.from, tt.to)
		if ok != tt.ok || (at == 7) != tt.ok || fmt.Sprint(k.opened()) != tt.left {
			t.Errorf("%d to %d: %v at %d, %v left, want %s", tt.from, tt.to, ok, at, k.opened(), tt.left)
		}
	}
}

// TestFillFull: where no further hole can be open, what lies behind the segment is given up.
func TestFillFull(t *testing.T) {
	k := new(live)
	for i := range uint32(maxOpen) {
		k.openHole(i*1000, i*1000+100, 1)
	}
	if _, ok := k.fill(2040, 2060); !ok || k.Holes().Dropped != 1 || len(k.opened()) != maxOpen ||
		k.opened()[2].to != 2040 {
		t.Errorf("%v, %d dropped, %v", ok, k.Holes().Dropped, k.opened())
	}
	k.openHole(9000, 9100, 1)
	if k.Holes().Dropped != 2 || len(k.opened()) != maxOpen || k.opened()[0].from != 1000 {
		t.Errorf("%d dropped, %v", k.Holes().Dropped, k.opened())
	}
}

// TestSettle: an acknowledgement closes the holes below it, and the part of one that lies below it.
func TestSettle(t *testing.T) {
	for ack, want := range map[uint32]string{
		100: "0 [{100 200 7} {300 350 8}]", 101: "1 [{101 200 7} {300 350 8}]", 200: "100 [{300 350 8}]",
		320: "120 [{320 350 8}]", 350: "150 []", 900: "150 []",
	} {
		k := &live{Transfer: Transfer{loss: &loss{open: []hole{{100, 200, 7}, {300, 350, 8}}}}}
		if got := fmt.Sprint(k.settle(&decode.Packet{Ack: ack}, 100), " ", k.opened()); got != want {
			t.Errorf("%d: %s, want %s", ack, got, want)
		}
	}
}

// TestFar: numbers up to 16 MiB apart are of this connection; beyond it the side is followed anew.
func TestFar(t *testing.T) {
	for _, tt := range []struct {
		ahead    int64
		followed bool
		holes    int
		retrans  int64
	}{{far, true, 1, 0}, {far + 1, false, 0, 0}, {-far, true, 0, 1}, {-far - 1, false, 0, 0}} {
		x := new(TCP)
		q := &x.seq[A]
		*q = sequence{known: true, next: 1 << 30, haveAck: true, acked: 1}
		p := &decode.Packet{Seq: uint32(1<<30 + tt.ahead), PayloadLen: 10, Time: epoch}
		x.segment(p, A, q)
		if q.haveAck != tt.followed || len(x.live[A].opened()) != tt.holes || x.Trouble().Retrans[A] != tt.retrans {
			t.Errorf("%d ahead: followed %v, %d holes, %d sent again", tt.ahead, q.haveAck, len(x.live[A].opened()), x.Trouble().Retrans[A])
		}
	}
}

// TestOvertakenCounts: bytes that came behind their acknowledgement are data that came late.
func TestOvertakenCounts(t *testing.T) {
	const up, down = "10.0.0.1:40000>170.72.1.2:443", "170.72.1.2:443>10.0.0.1:40000"
	table := NewTable(Config{}, func(*Entry[int]) {})
	var e *Entry[int]
	var s Side
	for _, p := range []*decode.Packet{tcp(up, 1, decode.ACK, 1000, 1, 100), tcp(down, 2, decode.ACK, 1, 1400, 0),
		tcp(up, 3, decode.ACK, 1100, 1, 150), tcp(up, 4, decode.ACK, 1250, 1, 150)} {
		e, s, _ = table.Add(p)
	}
	k, late := e.TCP.live[s], e.TCP.Trouble().OutOfOrder[s]
	if k.bytes != 300 || k.segments != 2 || k.Largest != 150 || late != 2 || e.TCP.typical(s) != 150 {
		t.Errorf("%d bytes in %d segments, the largest %d; %d late", k.bytes, k.segments, k.Largest, late)
	}
}
