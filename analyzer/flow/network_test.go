package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/decode"
)

const one, two, three = decode.Network(10) << 52, decode.Network(20) << 52, decode.Network(30) << 52

// in puts packets into a network. UDP gets a print of its own by its time.
func in(n decode.Network, list ...*decode.Packet) []*decode.Packet {
	for _, p := range list {
		p.Network = n
		p.Print = uint64(p.Number)<<8 | uint64(n>>52)<<1
	}
	return list
}

// flows feeds packets to a table and tells of each flow its packets by side, where it was seen, and whether others
// have its addresses.
func flows(list ...[]*decode.Packet) string {
	var out []string
	t := NewTable(Config{}, func(e *Entry[int]) {
		src := e.Source()
		line := fmt.Sprintf("%d/%d in", e.Packets[src], e.Packets[src.Other()])
		for _, n := range e.Networks() {
			line += fmt.Sprint(" ", uint64(n>>52))
		}
		if e.Overlaps {
			line += " overlaps"
		}
		out = append(out, line)
	})
	all := slices.Concat(list...)
	slices.SortStableFunc(all, func(a, b *decode.Packet) int { return int(a.Number - b.Number) })
	for _, p := range all {
		t.Add(p)
	}
	t.Flush(all[len(all)-1].Clock)
	slices.Sort(out)
	return strings.Join(out, ", ")
}

const up, down = "10.0.0.1:52000>170.72.1.2:5004", "170.72.1.2:5004>10.0.0.1:52000"

// talk is UDP both ways, n times, from a time on, 20 ms apart.
func talk(from int64, n int) (list []*decode.Packet) {
	for i := range int64(n) {
		list = append(list, udp(up, from+20*i), udp(down, from+20*i+5))
	}
	return list
}

// TestOverlapUDP: two flows of one 5-tuple are told apart once both networks have shown both directions by turns, with
// packets of their own.
func TestOverlapUDP(t *testing.T) {
	oneWay := func(from int64, n int) (list []*decode.Packet) {
		for i := range int64(n) {
			list = append(list, udp(up, from+20*i))
		}
		return list
	}
	copies := talk(2, 40)
	for i, p := range in(two, copies...) { // late ones, of the same bytes
		p.Print = in(one, talk(0, 40)...)[i].Print
	}
	blind := in(two, talk(2, 40)...)
	for _, p := range blind {
		p.Print = 0
	}
	twice := in(two, talk(2, 40)...)
	for _, p := range twice {
		p.Duplicate, p.Home = true, one
	}
	for _, tt := range []struct {
		name string
		list [][]*decode.Packet
		want string
	}{
		{"one network", [][]*decode.Packet{in(one, talk(0, 40)...)}, "40/40 in 10"},
		{"a direction each", [][]*decode.Packet{in(one, oneWay(0, 40)...), in(two, func() (l []*decode.Packet) {
			for i := range int64(40) {
				l = append(l, udp(down, 20*i+5))
			}
			return l
		}()...)}, "40/40 in 10 20"},
		{"two by turns", [][]*decode.Packet{in(one, talk(0, 40)...), in(two, talk(2, 40)...)},
			"35/36 in 20 overlaps, 45/44 in 10 overlaps"},
		{"a third network beside two", [][]*decode.Packet{in(one, talk(0, 40)...), in(two, talk(2, 40)...),
			in(three, talk(2000, 1)...)}, "35/36 in 20 overlaps, 46/45 in 10 30 overlaps"},
		{"turns begin when both directions were seen", [][]*decode.Packet{in(one, udp(up, 0), udp(up, 4)), in(two, udp(up, 2)),
			in(one, talk(100, 40)...), in(two, talk(102, 40)...)}, "35/36 in 20 overlaps, 48/44 in 10 overlaps"},
		{"the first is gone, the other is not", [][]*decode.Packet{in(one, talk(0, 40)...), in(two, talk(2, 40)...),
			in(two, udp(up, 100_000), udp(up, 200_000)), in(one, udp(up, 210_000))},
			"1/0 in 10, 37/36 in 20 overlaps, 45/44 in 10 overlaps"},
		{"not for long", [][]*decode.Packet{in(one, talk(0, 3)...), in(two, talk(2, 3)...)}, "6/6 in 10 20"},
		{"one of them shows a direction only", [][]*decode.Packet{in(one, talk(0, 40)...), in(two, oneWay(2, 40)...)},
			"80/40 in 10 20"},
		{"moved for good", [][]*decode.Packet{in(one, talk(0, 40)...), in(two, talk(1000, 40)...)}, "80/80 in 10 20"},
		{"late copies", [][]*decode.Packet{in(one, talk(0, 40)...), copies}, "80/80 in 10 20"},
		{"copies that were known", [][]*decode.Packet{in(one, talk(0, 40)...), twice}, "40/40 in 10"},
		{"prints are not taken", [][]*decode.Packet{in(one, talk(0, 40)...), blind}, "80/80 in 10 20"},
	} {
		if got := flows(tt.list...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestOverlapTCP: segments whose numbers cannot be of one connection are of two; a connection that moves stays one.
func TestOverlapTCP(t *testing.T) {
	const c, d = "10.0.0.1:40000>170.72.1.2:443", "170.72.1.2:443>10.0.0.1:40000"
	conn := func(from int64, seq, ack uint32) []*decode.Packet {
		return []*decode.Packet{
			tcp(c, from, decode.SYN, seq, 0, 0), tcp(d, from+20, decode.SYN|decode.ACK, ack, seq+1, 0),
			tcp(c, from+21, decode.ACK, seq+1, ack+1, 100), tcp(d, from+41, decode.ACK, ack+1, seq+101, 300),
		}
	}
	for _, tt := range []struct {
		name string
		list [][]*decode.Packet
		want string
	}{
		{"far numbers", [][]*decode.Packet{in(one, conn(0, 1000, 5000)...), in(two, conn(2, 1<<30, 1<<31)...)},
			"2/2 in 10 overlaps, 2/2 in 20 overlaps"},
		{"of three", [][]*decode.Packet{in(one, conn(0, 1000, 5000)...), in(two, conn(2, 1<<30, 1<<31)...),
			in(three, conn(4, 3<<30, 3<<29)...)}, "2/2 in 10 overlaps, 2/2 in 20 overlaps, 2/2 in 30 overlaps"},
		{"one connection, another network after the handshake", [][]*decode.Packet{in(one, conn(0, 1000, 5000)[:2]...),
			in(two, conn(0, 1000, 5000)[2:]...)}, "2/2 in 20"},
		{"a side's first may come from anywhere", [][]*decode.Packet{in(one, tcp(c, 0, decode.ACK, 1000, 5000, 100)),
			in(two, tcp(c, 10, decode.ACK, 1100, 5000, 100)), in(three, tcp(d, 20, decode.ACK, 1<<30, 1<<31, 100))}, "2/1 in 20 30"},
		{"a direction each", [][]*decode.Packet{in(one, conn(0, 1000, 5000)[0], conn(0, 1000, 5000)[2]),
			in(two, conn(0, 1000, 5000)[1], conn(0, 1000, 5000)[3])}, "2/2 in 10 20"},
	} {
		if got := flows(tt.list...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestOverlapKnows: numbers within 16 MiB are of one connection, either the sequence number or the acknowledgment.
func TestOverlapKnows(t *testing.T) {
	x := new(TCP)
	x.seq[A] = sequence{known: true, next: 1000}
	x.seq[B] = sequence{known: true, next: 2000}
	for _, tt := range []struct {
		seq   int64
		ack   uint32
		flags uint8
		want  bool
	}{
		{1000, 0, 0, true}, {1000 + sameTCP - 1, 0, 0, true}, {1000 + sameTCP, 0, 0, false},
		{1001 - sameTCP, 0, 0, true}, {1000 - sameTCP, 0, 0, false},
		{1 << 31, 2000, decode.ACK, true}, {1 << 31, 2000, 0, false}, {1 << 31, 2000 + sameTCP, decode.ACK, false},
	} {
		if got := x.knows(&decode.Packet{Seq: uint32(tt.seq), Ack: tt.ack, Flags: tt.flags}, A); got != tt.want {
			t.Errorf("sequence number %d, acknowledgment %d: %v", tt.seq, tt.ack, got)
		}
	}
}

// TestMarking: codepoints, where they change, congestion, fragments and priorities of a flow's packets.
func TestMarking(t *testing.T) {
	f := new(Flow)
	add := func(s Side, dscp, ecn uint8, change func(*decode.Packet)) {
		p := udp(up, f.Packets[A])
		f.Packets[A]++
		p.TOS = dscp<<2 | ecn
		if change != nil {
			change(p)
		}
		f.noteMarking(p, s)
	}
	tagged := func(p *decode.Packet) { p.Tagged, p.PCP, p.Fragments = true, 5, true }
	for _, dscp := range []uint8{46, 46, 0, 0, 46} {
		add(A, dscp, 0, nil)
	}
	add(B, 0, 1, nil)
	add(B, 0, 2, tagged)
	add(B, 34, 3, tagged)
	m := f.Marks()
	if m.ECT != 3 || m.CE != 1 || m.Fragments != 2 {
		t.Errorf("ECT %d, CE %d, %d in fragments", m.ECT, m.CE, m.Fragments)
	}
	if got := fmt.Sprint(f.DSCP[A].Histogram(), f.DSCP[B].Histogram(), m.Priorities[B].Histogram(),
		m.Priorities[A].Histogram()); got != "map[0:2 46:3] map[0:2 34:1] map[5:2] map[]" {
		t.Error(got)
	}
	want := []DSCPChange{{A, 46, 0, 3, 2e6}, {A, 0, 46, 5, 4e6}, {B, 0, 34, 8, 7e6}}
	if !slices.Equal(m.Changes, want) {
		t.Errorf("changes %v, want %v", m.Changes, want)
	}
	for i := range uint8(20) {
		add(A, i%2*46, 0, nil)
	}
	if n := len(f.Marks().Changes); n != maxChanges {
		t.Errorf("%d changes kept", n)
	}
}

// TestOnly: whether one codepoint is all there is.
func TestOnly(t *testing.T) {
	var none, same, both DSCPHistogram
	for _, v := range []uint8{46, 46, 46} {
		same.Add(v)
		both.Add(v)
	}
	both.Add(0)
	for _, tt := range []struct {
		name string
		m    *DSCPHistogram
		dscp uint8
		n    int64
		only bool
	}{
		{"none", &none, 0, 0, false}, {"same", &same, 46, 3, true}, {"same, another", &same, 0, 3, false},
		{"both", &both, 46, 3, false},
	} {
		if n, only := tt.m.Only(tt.dscp); n != tt.n || only != tt.only {
			t.Errorf("%s: %d, %v", tt.name, n, only)
		}
	}
	full := DSCPHistogram{val: 46, n: 1<<32 - 1}
	full.Add(46)
	full.Add(46)
	if got := full.Histogram()[46]; got != 1<<32+1 {
		t.Errorf("beyond 32 bits: %d", got)
	}
	if none.Histogram() != nil {
		t.Error("a histogram of nothing")
	}
}

// TestOverlapBySides: two connections of one 5-tuple, each direction of both in a network of its own, are told apart
// by their numbers.
func TestOverlapBySides(t *testing.T) {
	const c, d, four = "10.0.0.1:40000>170.72.1.2:443", "170.72.1.2:443>10.0.0.1:40000", decode.Network(40) << 52
	conn := func(upIn, downIn decode.Network, from int64, seq, ack uint32) (list []*decode.Packet) {
		list = in(upIn, tcp(c, from, decode.SYN, seq, 0, 0), tcp(c, from+21, decode.ACK, seq+1, ack+1, 100),
			tcp(c, from+62, decode.ACK, seq+101, ack+301, 100))
		return append(list, in(downIn, tcp(d, from+20, decode.SYN|decode.ACK, ack, seq+1, 0),
			tcp(d, from+41, decode.ACK, ack+1, seq+101, 300))...)
	}
	got := flows(conn(one, two, 0, 1000, 5000), conn(three, four, 2, 1<<30, 1<<31))
	if want := "3/2 in 10 20 overlaps, 3/2 in 30 40 overlaps"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestOverlapOutlives: a flow that was split off goes on when the one beside it has ended, and is found by what quotes
// it.
func TestOverlapOutlives(t *testing.T) {
	const c, d = "10.0.0.1:40000>170.72.1.2:443", "170.72.1.2:443>10.0.0.1:40000"
	ended := 0
	table := NewTable(Config{}, func(*Entry[int]) { ended++ })
	add := func(n decode.Network, p *decode.Packet) *Entry[int] {
		in(n, p)
		e, _, _ := table.Add(p)
		return e
	}
	first := add(one, tcp(c, 0, decode.ACK, 1000, 5000, 100)).Key
	other := add(two, tcp(c, 2, decode.ACK, 1<<30, 1<<31, 100)).Key
	if first == other || !other.Instance {
		t.Fatalf("%+v and %+v", first, other)
	}
	hour := int64(3600_000) // the first one has been idle, the other has not
	for at := int64(1000); at < hour; at += 20_000 {
		if k := add(two, tcp(c, at, decode.ACK, 1<<30+100, 1<<31, 1)).Key; k != other {
			t.Fatalf("after %d s: %+v", at/1000, k)
		}
	}
	q := tcp(c, hour, 0, 0, 0, 0)
	p := pkt(decode.ProtoICMP, "170.72.1.2:3>10.0.0.1:3", hour)
	p.Network = two
	p.Quote = &decode.Quote{Src: q.Src, Dst: q.Dst, SrcPort: q.SrcPort, DstPort: q.DstPort, Proto: q.Proto,
		Hash: q.Hash}
	if e := table.Quote(p); e == nil || e.Key != other {
		t.Errorf("quoted: %+v", e)
	}
}

// TestCollisions: flows of one hash stay found when others between them end.
func TestCollisions(t *testing.T) {
	table := NewTable(Config{}, func(*Entry[int]) {})
	ends := func(i int) string { return fmt.Sprintf("10.0.0.1:%d>170.72.1.2:5004", 40000+i) }
	packet := func(i int, at int64) *decode.Packet {
		p := udp(ends(i), at)
		p.Hash = []uint64{7, 8, 7, 9, 8}[i%5]
		return p
	}
	const n, idle = 10, 130_000
	for i := range n {
		table.Add(packet(i, 0))
	}
	for i := range n {
		if i%3 != 0 {
			table.Add(packet(i, 100_000)) // the others have been idle when the next packet comes
		}
	}
	for i := range n {
		e, _, _ := table.Add(packet(i, idle))
		if want := map[bool]int64{true: 1, false: 3}[i%3 == 0]; e.Packets[A]+e.Packets[B] != want {
			t.Errorf("flow %d: %v packets, want %d", i, e.Packets, want)
		}
	}
}
