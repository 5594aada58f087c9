package decode

import (
	"reflect"
	"testing"
	"unsafe"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

// TestHead: what a Head tells is the packet that Decode gives; which packets go beside it.
func TestHead(t *testing.T) {
	if n := unsafe.Sizeof(Head{}); n != 64 {
		t.Errorf("%d bytes", n)
	}
	voice := pcaptest.IP{Src: hostA, Dst: hostB, ID: 9, TTL: 60, DSCP: 46}
	syn := pcaptest.TCP{Src: 40000, Dst: 443, Seq: 7, Flags: pcaptest.SYN, Window: 501, Options: []byte{2, 4, 5, 180}}
	udp := v4.UDP(52000, 5004, []byte("payload"))
	for _, tt := range []struct {
		name   string
		link   capture.LinkType
		f      pcaptest.Frame
		beside bool
	}{
		{"UDP", capture.LinkEthernet, eth(udp), false},
		{"UDP without payload", capture.LinkEthernet, eth(v4.UDP(52000, 5004, nil)), false},
		{"UDP, padded", capture.LinkEthernet, typed(0x800, udp, make([]byte, 30)), false},
		{"UDP, payload cut", capture.LinkEthernet, pcaptest.Snap(45)(eth(udp)), false},
		{"marked", capture.LinkEthernet, eth(voice.UDP(1, 2, nil)), false},
		{"IPv6", capture.LinkEthernet, eth(v6.UDP(52000, 5004, []byte("payload"))), false},
		{"SYN", capture.LinkEthernet, eth(v4.TCP(syn, nil)), false},
		{"SYN, options cut", capture.LinkEthernet, pcaptest.Snap(54)(eth(v4.TCP(syn, nil))), false},
		{"TCP, window cut", capture.LinkEthernet, pcaptest.Snap(48)(eth(v4.TCP(syn, nil))), false},
		{"tags", capture.LinkEthernet, eth(udp, pcaptest.QinQ(7, 30)), false},
		{"priority", capture.LinkEthernet, typed(0x8100, []byte{0xa0, 0, 8, 0}, udp), false},
		{"cooked", capture.LinkSLL, relink(eth(udp), pcaptest.LinkSLL), false},
		{"raw", capture.LinkRaw, relink(eth(udp), pcaptest.LinkRaw), false},
		{"loopback", capture.LinkNull, relink(eth(udp), pcaptest.LinkNull), true},
		{"ICMP", capture.LinkEthernet, eth(v4.ICMP(8, 0, 1, nil)), true},
		{"another protocol", capture.LinkEthernet, eth(v4.Packet(50, make([]byte, 30))), true},
		{"tunnel", capture.LinkEthernet, eth(udp, pcaptest.VXLAN(outer, 5000)), true},
		{"label", capture.LinkEthernet, eth(udp, pcaptest.MPLS(16)), true},
	} {
		d, e := New(Config{}), New(Config{})
		b := blockOf(tt.link, tt.f)
		var h Head
		var want Packet
		if r := e.Decode(&b.Frames[1], b.Bytes(1), &want); r != OK {
			t.Fatalf("%s: %v", tt.name, r)
		}
		r, beside := d.Head(b, 1, &h)
		if r != OK || beside != nil != tt.beside || h.Share != want.Share || h.Clock != want.Clock {
			t.Errorf("%s: %v, beside %v", tt.name, r, beside != nil)
		}
		if !tt.beside {
			got := *left(t)
			h.Unpack(b, -1, 0, &got)
			same(t, tt.name, &got, &want)
		}
	}
}

// blockOf is a block of other bytes and then the frame.
func blockOf(link capture.LinkType, f pcaptest.Frame) *capture.Block {
	in := capture.Frame{Time: f.Time.UnixNano(), Offset: 5, Length: uint32(len(f.Data)), WireLen: uint32(f.WireLen),
		Link: link, Interface: 3}
	return &capture.Block{Data: append(append([]byte("other"), f.Data...), "next"...), Frames: []capture.Frame{{}, in}}
}

// left is a packet with what Unpack may have left in it: that of a tagged SYN which is a copy.
func left(t *testing.T) *Packet {
	syn := pcaptest.TCP{Src: 1, Dst: 2, Seq: 9, Ack: 9, Flags: pcaptest.SYN, Options: []byte{2, 4, 5, 180}}
	b := blockOf(capture.LinkEthernet, pcaptest.Snap(70)(eth(v4.TCP(syn, make([]byte, 90)), pcaptest.QinQ(1, 2))))
	var h Head
	if r, _ := New(Config{}).Head(b, 1, &h); r != OK {
		t.Fatal(r)
	}
	var p Packet
	h.Unpack(b, 6, 2, &p)
	p.Duplicate, p.Home, p.Print = true, 5, 6
	return &p
}

// same compares all fields but those of the decoder and of the copies.
func same(t testing.TB, name string, got, want *Packet) {
	t.Helper()
	a, b := *got, *want
	a.l3, b.l3, b.Duplicate, b.Home, b.Print = 0, 0, false, 0, 0
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s:\n%+v, want\n%+v", name, a, b)
	}
}
