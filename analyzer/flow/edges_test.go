package flow

import (
	"testing"
	"time"

	"webexaudit/analyzer/decode"
)

// TestStreamUses: a stream is placed by its first SYN, or by who reads it; what is dropped is gone; what is done takes
// nothing.
func TestStreamUses(t *testing.T) {
	s := new(Stream)
	s.SYN(99)
	s.SYN(500) // of another attempt
	s.Add(100, []byte("abcdef"))
	if s.Next() != 106 {
		t.Errorf("behind the prefix is %d", s.Next())
	}
	s.Drop(2)
	if string(s.Bytes()) != "cdef" || s.Next() != 106 {
		t.Errorf("after a drop: %q up to %d", s.Bytes(), s.Next())
	}
	if !s.Add(106, []byte("gh")) || string(s.Bytes()) != "cdefgh" {
		t.Errorf("after that: %q", s.Bytes())
	}
	if s.Add(108, nil) {
		t.Error("nothing made it grow")
	}
	done := &Stream{Done: true}
	if done.SYN(9); done.Add(10, []byte("x")) || done.Held() != 0 || done.Next() != 0 {
		t.Errorf("done, yet %d bytes up to %d", done.Held(), done.Next())
	}
	pinned := new(Stream)
	pinned.Add(50, []byte("xy"))
	pinned.Pin()
	if pinned.SYN(9); string(pinned.Bytes()) != "xy" {
		t.Errorf("pinned, yet moved: %q", pinned.Bytes())
	}
}

// TestSeenOfNothing: where nothing was seen there is no time.
func TestSeenOfNothing(t *testing.T) {
	k := new(sightings)
	if k.seen(7) != 0 {
		t.Error("a time of nothing")
	}
	k.see(10, 100)
	k.see(20, 200)
	for seq, want := range map[uint32]int64{5: 100, 10: 100, 11: 200, 20: 200, 21: 200} {
		if got := k.seen(seq); got != want {
			t.Errorf("segment %d: %d, want %d", seq, got, want)
		}
	}
}

// TestSYNs are counted by side, and apart from their answers.
func TestSYNs(t *testing.T) {
	const c, d = "10.0.0.1:40000>170.72.1.2:443", "170.72.1.2:443>10.0.0.1:40000"
	var got *TCP
	table := NewTable(Config{}, func(e *Entry[int]) { got = e.TCP })
	for _, p := range []*decode.Packet{
		tcp(c, 0, decode.SYN, 1000, 0, 0), tcp(c, 1000, decode.SYN, 1000, 0, 0), tcp(c, 3000, decode.SYN, 1000, 0, 0),
		tcp(d, 3020, decode.SYN|decode.ACK, 9, 1001, 0), tcp(c, 3021, decode.ACK, 1001, 10, 0),
		tcp(c, 3022, decode.ACK, 1001, 10, 100), tcp(c, 3023, decode.ACK, 1201, 10, 100), // 1101 to 1200 come late
		tcp(c, 3024, decode.ACK, 1101, 10, 100), tcp(d, 3050, decode.ACK, 10, 1301, 0),
		tcp(c, 3060, decode.FIN|decode.ACK, 1301, 10, 0), tcp(c, 3400, decode.FIN|decode.ACK, 1301, 10, 0),
	} {
		table.Add(p)
	}
	table.Flush(4e9)
	side := A
	if got.SYN[A] == 0 {
		side = B
	}
	if got.SYN[side] != 3 || got.SYN[side.Other()] != 0 || !got.SYNACK[side.Other()] || got.SYNACK[side] {
		t.Errorf("SYN %v, SYN-ACK %v", got.SYN, got.SYNACK)
	}
	if got.RTT != int64(20*time.Millisecond) {
		t.Errorf("round trip %v", time.Duration(got.RTT))
	}
	if x := got.Sent(side); got.Trouble().OutOfOrder[side] != 1 || x == nil || x.Repeats != 1 {
		t.Errorf("out of order %v, %+v", got.Trouble().OutOfOrder, x)
	}
}

// TestLooksServer: a server's port is a system port, or a registered one against a dynamic one.
func TestLooksServer(t *testing.T) {
	for _, tt := range []struct {
		port, other uint16
		want        bool
	}{
		{443, 1024, true}, {443, 1023, false}, {1023, 50000, true}, {1024, 40000, false}, {5004, dynamicPort, true},
		{5004, dynamicPort - 1, false}, {linuxPort - 1, dynamicPort, true}, {linuxPort, dynamicPort, false},
	} {
		if got := looksServer(tt.port, tt.other); got != tt.want {
			t.Errorf("%d against %d: %v", tt.port, tt.other, got)
		}
	}
}

// TestActive: a flow is cut behind its time, not at it.
func TestActive(t *testing.T) {
	for at, want := range map[int64]string{
		1000: "10.0.0.1:52000>170.72.1.2:5004 2/0 end-of-capture guessed: port 5004 is a server's",
		1001: "10.0.0.1:52000>170.72.1.2:5004 1/0 active guessed: port 5004 is a server's",
	} {
		if got := run(Config{Active: time.Second}, udp(up, 500), udp(up, 500+at)); got[0] != want {
			t.Errorf("%d ms: %s, want %s", at, got[0], want)
		}
	}
}

// TestQuote: an ICMP error finds the live flow that it quotes, and no flow that has ended or never was.
func TestQuote(t *testing.T) {
	quote := func(ends string, at int64) *decode.Packet {
		q := udp(ends, at)
		p := pkt(decode.ProtoICMP, "170.72.1.2:3>10.0.0.1:3", at)
		p.Quote = &decode.Quote{Src: q.Src, Dst: q.Dst, SrcPort: q.SrcPort, DstPort: q.DstPort, Proto: q.Proto,
			Hash: q.Hash}
		return p
	}
	table := NewTable(Config{}, func(*Entry[int]) {})
	table.Add(udp(up, 0))
	if e := table.Quote(quote(up, 10)); e == nil {
		t.Error("the flow was not found")
	}
	if e := table.Quote(quote("10.0.0.1:52001>170.72.1.2:5004", 20)); e != nil {
		t.Errorf("another flow: %+v", e.Key)
	}
	if e := table.Quote(quote(up, int64(time.Hour/time.Millisecond))); e != nil {
		t.Errorf("a flow that had ended: %+v", e.Key)
	}
}
