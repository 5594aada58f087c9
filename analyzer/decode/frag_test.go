package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

// fragment makes a single fragment of IPv4 by hand: offset and length of any value.
func fragment4(id uint16, off int, more bool, b []byte) []byte {
	ip := pcaptest.IP{Src: hostA, Dst: hostB, ID: id}.Packet(ProtoUDP, b)
	flags := uint16(off / 8)
	if more {
		flags |= 0x2000
	}
	binary.BigEndian.PutUint16(ip[6:], flags)
	return ip
}

func fragment6(id uint32, off int, more bool, b []byte) []byte {
	h := []byte{ProtoUDP, 0, byte(off >> 8), byte(off), byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}
	if more {
		h[3] |= 1
	}
	return v6.Packet(44, append(h, b...))
}

// feed hands packets to a decoder, a millisecond apart, and returns a line for each and the last packet.
func feed(d *Decoder, packets ...[]byte) (lines []string, last Packet) {
	for i, b := range packets {
		f := eth(b)
		f.Time = f.Time.Add(time.Duration(i) * time.Millisecond)
		r := d.frame(capture.LinkEthernet, f, &last)
		lines = append(lines, line(r, &last))
	}
	return lines, last
}

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>8) ^ byte(i)*7
	}
	return b
}

// TestReassembly puts a datagram of 3000 bytes together in every order of its fragments, in IPv4 and IPv6.
func TestReassembly(t *testing.T) {
	payload := pattern(3000)
	for _, ip := range []pcaptest.IP{v4, v6} {
		whole := ip.Datagram(52000, 5004, payload)
		parts := ip.Fragments(ProtoUDP, whole, 1280)
		if len(parts) != 3 {
			t.Fatalf("%d fragments, want 3", len(parts))
		}
		length := uint32(len(parts[0]) + len(parts[1]) + len(parts[2]))
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			d := New(Config{})
			lines, p := feed(d, parts[order[0]], parts[order[1]], parts[order[2]])
			if lines[0] != "fragment" || lines[1] != "fragment" || !bytes.Equal(p.Payload, payload) ||
				p.SrcPort != 52000 || p.DstPort != 5004 {
				t.Errorf("order %v: %q, payload of %d", order, lines, len(p.Payload))
			}
			if p.IPLen != length || p.Number != 3 || p.Cut {
				t.Errorf("order %v: IP length %d (want %d), number %d, cut %v", order, p.IPLen, length, p.Number, p.Cut)
			}
			checkTable(t, d, order)
		}
	}
}

// checkTable wants one datagram of three fragments to be complete, and none open.
func checkTable(t *testing.T, d *Decoder, order []int) {
	t.Helper()
	if s := d.Stats.Fragments; s != (FragmentStats{Fragments: 3, Reassembled: 1}) {
		t.Errorf("order %v: %+v", order, s)
	}
	if len(d.frags.byKey) != 1 || d.frags.open.n != 0 {
		t.Errorf("order %v: the table holds %d open datagrams of %d", order, d.frags.open.n, len(d.frags.byKey))
	}
}

// TestFragments: what is odd about fragments. Payloads of the pieces are cut from one UDP datagram of 32 bytes.
func TestFragments(t *testing.T) {
	b := v4.Datagram(52000, 5004, pattern(24))
	b6 := v6.Datagram(52000, 5004, pattern(24))
	const done = "udp 10.20.1.15:52000>170.72.1.2:5004 24/24"
	const done6 = "udp [2001:db8:20::15]:52000>[2001:db8:72::2]:5004 24/24"
	f4 := func(from, to int) []byte { return fragment4(7, from, to < 32, b[from:to]) }
	f6 := func(from, to int) []byte { return fragment6(7, from, to < 32, b6[from:to]) }
	dots := make([]byte, 16)
	for _, tt := range []struct {
		name string
		in   [][]byte
		want string // one letter per packet: . fragment, ! a bad one; else the line
		s    FragmentStats
	}{
		{"missing the middle", [][]byte{f4(0, 8), f4(16, 32)}, "..", FragmentStats{Fragments: 2}},
		{"missing the first", [][]byte{f4(8, 16), f4(16, 32)}, "..", FragmentStats{Fragments: 2}},
		{"repeated before the end", [][]byte{f4(0, 16), f4(0, 16), f4(16, 32)}, ".." + done, FragmentStats{Fragments: 3, Repeated: 1, Reassembled: 1}},
		{"all repeated, by turns", [][]byte{f4(0, 16), f4(0, 16), f4(16, 32), f4(16, 32)}, ".." + done + ".", FragmentStats{Fragments: 4, Repeated: 2, Reassembled: 1}},
		{"all repeated, one after the other", [][]byte{f6(0, 16), f6(16, 32), f6(0, 16), f6(16, 32)}, "." + done6 + "..", FragmentStats{Fragments: 4, Repeated: 2, Reassembled: 1}},
		{"the repeated one covers two", [][]byte{f4(0, 8), f4(8, 16), f4(0, 16), f4(16, 32)}, "..." + done, FragmentStats{Fragments: 4, Repeated: 1, Reassembled: 1}},
		{"overlap in IPv4: the first bytes stay", [][]byte{f4(0, 16), fragment4(7, 8, true, dots), f4(24, 32)}, ".." + "udp 10.20.1.15:52000>170.72.1.2:5004 24/24",
			FragmentStats{Fragments: 3, Overlaps: 1, Reassembled: 1}},
		{"overlap in IPv6: given up for good", [][]byte{f6(0, 16), fragment6(7, 8, true, dots), f6(0, 16), f6(16, 32)}, "....", FragmentStats{Fragments: 4, Overlaps: 1}},
		{"overlap of a whole hole", [][]byte{f4(0, 8), f4(16, 24), fragment4(7, 0, true, b[:24]), f4(24, 32)}, "..." + done, FragmentStats{Fragments: 4, Overlaps: 1, Reassembled: 1}},
		{"another datagram's", [][]byte{f4(0, 16), fragment4(8, 16, false, b[16:])}, "..", FragmentStats{Fragments: 2}},
		{"not a multiple of eight", [][]byte{fragment4(7, 0, true, b[:12])}, "!", FragmentStats{Fragments: 1}},
		{"empty", [][]byte{fragment4(7, 8, false, nil)}, "!", FragmentStats{Fragments: 1}},
		{"beyond 65535", [][]byte{fragment4(7, 65528, false, b[:16])}, "!", FragmentStats{Fragments: 1}},
		{"two ends", [][]byte{f4(16, 32), fragment4(7, 8, false, b[8:16]), f4(0, 16)}, ".!" + done, FragmentStats{Fragments: 3, Reassembled: 1}},
		{"beyond the end", [][]byte{f4(16, 32), fragment4(7, 32, true, b[:8]), f4(0, 16)}, ".!" + done, FragmentStats{Fragments: 3, Reassembled: 1}},
		{"an end before what is there", [][]byte{f4(16, 24), fragment4(7, 8, false, b[8:16])}, ".!", FragmentStats{Fragments: 2}},
		{"the first one says the protocol in IPv6", [][]byte{f6(16, 32), f6(0, 16)}, "." + done6, FragmentStats{Fragments: 2, Reassembled: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := New(Config{})
			lines, p := feed(d, tt.in...)
			got := strings.NewReplacer("IP fragment", "!", "fragment", ".").Replace(strings.Join(lines, ""))
			if got != tt.want || d.Stats.Fragments != tt.s {
				t.Errorf("got  %s %+v\nwant %s %+v", got, d.Stats.Fragments, tt.want, tt.s)
			}
			want := pattern(24)
			if strings.Contains(tt.name, "first bytes stay") {
				clear(want[8:16]) // the part of the second fragment that nothing covered
			}
			if p.Payload != nil && strings.HasSuffix(tt.want, "24/24") && !bytes.Equal(p.Payload, want) {
				t.Errorf("payload % x", p.Payload)
			}
		})
	}
}

// TestFragmentTimes: an incomplete datagram is given up after its time, a complete one's number is free again at once.
func TestFragmentTimes(t *testing.T) {
	parts := v4.Fragments(ProtoUDP, v4.Datagram(1, 2, pattern(2000)), 1500)
	d := New(Config{FragmentTTL: 10 * time.Second})
	var p Packet
	at := func(s float64, b []byte) Reason {
		f := eth(b)
		f.Time = f.Time.Add(time.Duration(s * 1e9))
		return d.frame(capture.LinkEthernet, f, &p)
	}
	at(0, parts[0])
	if r := at(10, parts[1]); r != OK {
		t.Errorf("after ten seconds: %v, want ok", r)
	}
	at(10.1, parts[0])
	if r := at(20.2, parts[1]); r != Fragment || d.Stats.Fragments.TimedOut != 1 {
		t.Errorf("after more: %v, %d timed out", r, d.Stats.Fragments.TimedOut)
	}
	if r := at(20.3, parts[0]); r != OK || d.Stats.Fragments.Repeated != 0 {
		t.Errorf("the number used again: %v, %+v", r, d.Stats.Fragments)
	}
}

// TestFragmentsRepeated: a repetition counts as a mirror's duplicate within 5 ms only.
func TestFragmentsRepeated(t *testing.T) {
	for after, want := range map[time.Duration]int64{5 * time.Millisecond: 1, 6 * time.Millisecond: 0} {
		d := New(Config{})
		f := eth(fragment4(7, 0, true, pattern(16)))
		var p Packet
		d.frame(capture.LinkEthernet, f, &p)
		f.Time = f.Time.Add(after)
		d.frame(capture.LinkEthernet, f, &p)
		if d.Stats.Duplicates != want || d.Stats.Fragments.Repeated != 1 {
			t.Errorf("after %v: %d duplicates, want %d; %+v", after, d.Stats.Duplicates, want, d.Stats.Fragments)
		}
	}
}

// TestFragmentsGivenUp: a datagram whose fragments overlapped is not counted a second time when its time is over.
func TestFragmentsGivenUp(t *testing.T) {
	d := New(Config{})
	feed(d, fragment6(7, 0, true, pattern(16)), fragment6(7, 8, true, pattern(16)))
	late := eth(media)
	late.Time = late.Time.Add(time.Minute)
	var p Packet
	d.frame(capture.LinkEthernet, late, &p)
	late = eth(fragment6(8, 0, true, pattern(16)))
	late.Time = late.Time.Add(time.Minute)
	d.frame(capture.LinkEthernet, late, &p)
	if s := d.Stats.Fragments; s != (FragmentStats{Fragments: 3, Overlaps: 1}) || len(d.frags.byKey) != 1 {
		t.Errorf("%+v, %d held", s, len(d.frags.byKey))
	}
}

// TestFragmentBound: the table is bounded, the oldest goes first; large offsets cost nothing.
func TestFragmentBound(t *testing.T) {
	d := New(Config{MaxFragments: 4})
	for id := range uint16(10) {
		feed(d, fragment4(id, 65504, false, pattern(8)))
	}
	s := d.Stats.Fragments
	if s.Evicted != 6 || len(d.frags.byKey) != 4 || d.frags.open.n != 4 {
		t.Errorf("%d evicted, %d held", s.Evicted, len(d.frags.byKey))
	}
	held := 0
	for key, g := range d.frags.byKey {
		if key.id < 6 {
			t.Errorf("an old one (%d) is still there", key.id)
		}
		for _, q := range g.pieces {
			held += cap(q.data)
		}
	}
	if held > 64 {
		t.Errorf("%d bytes are held for 4 fragments of 8", held)
	}
	d = New(Config{})
	for i := range maxPieces + 10 {
		feed(d, fragment4(1, 16*i+16, true, pattern(8)))
	}
	if n := d.Stats.Reasons[FragmentBad]; n != 10 {
		t.Errorf("%d fragments beyond the bound were refused, want 10", n)
	}
	for i := range 10_000 {
		feed(d, v4Parts(uint16(i))...)
	}
	if d.frags.done.n > 4096 || d.Stats.Fragments.Reassembled != 10_000 {
		t.Errorf("%d complete ones are kept, %d were put together", d.frags.done.n, d.Stats.Fragments.Reassembled)
	}
}

func v4Parts(id uint16) [][]byte {
	b := v4.Datagram(1, 2, pattern(24))
	return [][]byte{fragment4(id+1000, 0, true, b[:16]), fragment4(id+1000, 16, false, b[16:])}
}

// TestFragmentsCut: a capture that cut the fragments shows the payload up to the first byte that is missing.
func TestFragmentsCut(t *testing.T) {
	parts := v4.Fragments(ProtoUDP, v4.Datagram(1, 2, pattern(2000)), 1500)
	d := New(Config{})
	var p Packet
	var r Reason
	for _, b := range parts {
		r = d.frame(capture.LinkEthernet, eth(b, pcaptest.Snap(14+20+8+100)), &p)
	}
	if r != OK || len(p.Payload) != 100 || p.PayloadLen != 2000 || !p.Cut || !bytes.Equal(p.Payload, pattern(100)) {
		t.Errorf("%v, %d of %d bytes, cut %v", r, len(p.Payload), p.PayloadLen, p.Cut)
	}
	d = New(Config{})
	for _, b := range parts {
		r = d.frame(capture.LinkEthernet, eth(b, pcaptest.Snap(14+20)), &p)
	}
	if r != UDPShort {
		t.Errorf("nothing captured of the datagram: %v, want %v", r, UDPShort)
	}
}

// TestFragmentsOwnTheirBytes: blocks are read over while a datagram waits.
func TestFragmentsOwnTheirBytes(t *testing.T) {
	parts := v6.Fragments(ProtoUDP, v6.Datagram(1, 2, pattern(2000)), 1500)
	d := New(Config{})
	var p Packet
	first, second := eth(parts[0]), eth(parts[1])
	d.frame(capture.LinkEthernet, first, &p)
	clear(first.Data)
	d.frame(capture.LinkEthernet, second, &p)
	clear(second.Data)
	if !bytes.Equal(p.Payload, pattern(2000)) {
		t.Error("the payload changed with the frames")
	}
}

// TestFragmentsInTunnel: fragments inside a tunnel, a tunnel in fragments, and a header that leads to itself.
func TestFragmentsInTunnel(t *testing.T) {
	d := New(Config{})
	var p Packet
	var got []string
	for _, b := range v4.Fragments(ProtoUDP, v4.Datagram(52000, 5004, pattern(2000)), 1500) {
		r := d.frame(capture.LinkEthernet, eth(b, pcaptest.VXLAN(outer, 1)), &p)
		got = append(got, line(r, &p))
	}
	if want := "[fragment udp 10.20.1.15:52000>170.72.1.2:5004 2000/2000 in vxlan]"; fmt.Sprint(got) != want {
		t.Errorf("inside: got %v, want %s", got, want)
	}
	got = nil
	tunnel := eth(media6, pcaptest.VXLAN(outer, 1)).Data[34:] // the UDP datagram
	for _, b := range (pcaptest.IP{Src: outerA, Dst: outerB, ID: 5}).Fragments(ProtoUDP, tunnel, 68) {
		r := d.frame(capture.LinkEthernet, eth(b), &p)
		got = append(got, line(r, &p))
	}
	if last := got[len(got)-1]; len(got) < 2 || last != audio6+" in vxlan" {
		t.Errorf("around: got %v", got)
	}
}

// TestFragmentsInFragments: a datagram whose payload completes the next one, and so on. One frame must not set off the
// whole chain.
func TestFragmentsInFragments(t *testing.T) {
	const links = 20
	d := New(Config{})
	var p Packet
	chain := fragment6(links, 0, true, pattern(8))[40:]
	for id := uint32(links - 1); id > 0; id-- {
		chain = append([]byte{44, 0, 0, 1, 0, 0, 0, byte(id)}, chain...)
	}
	for id := uint32(1); id <= links; id++ { // the ends wait for their beginnings
		end := fragment6(id, 8*links, false, pattern(8))
		end[40] = 44
		d.frame(capture.LinkEthernet, eth(end), &p)
	}
	if r := d.frame(capture.LinkEthernet, eth(v6.Packet(44, chain)), &p); r != TunnelDepth {
		t.Errorf("%v, want %v", r, TunnelDepth)
	}
	if n := d.Stats.Fragments.Reassembled; n != 9 {
		t.Errorf("%d datagrams were put together for one frame, want 9", n)
	}
}
