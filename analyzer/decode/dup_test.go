package decode

import (
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

// TestDuplicates shows pairs of packets and asks whether the second is a mirror's copy of the first.
func TestDuplicates(t *testing.T) {
	ip := func(id uint16) pcaptest.IP { return pcaptest.IP{Src: hostA, Dst: hostB, ID: id} }
	other := func(p pcaptest.IP, ttl, dscp uint8) pcaptest.IP { p.TTL, p.DSCP = ttl, dscp; return p }
	rtp := func(seq uint16) []byte {
		return pcaptest.RTP{PT: 98, Seq: seq, Timestamp: 960, SSRC: 5, Payload: make([]byte, 80)}.Bytes()
	}
	ack := pcaptest.TCP{Src: 40000, Dst: 443, Seq: 5, Ack: 9, Flags: pcaptest.ACK}
	late := make([]byte, 1000) // two payloads that differ behind the bytes that are compared
	late[900] = 1
	const near = 2 * time.Millisecond
	for _, tt := range []struct {
		name  string
		a, b  []byte
		after time.Duration
		wrap  []pcaptest.Wrap
		want  bool
	}{
		{"the same again", ip(7).UDP(1, 2, rtp(1)), ip(7).UDP(1, 2, rtp(1)), near, nil, true},
		{"routed: another TTL", ip(7).UDP(1, 2, rtp(1)), other(ip(7), 63, 0).UDP(1, 2, rtp(1)), near, nil, true},
		{"marked anew", ip(7).UDP(1, 2, rtp(1)), other(ip(7), 63, 46).UDP(1, 2, rtp(1)), near, nil, true},
		{"another VLAN", ip(7).UDP(1, 2, rtp(1)), ip(7).UDP(1, 2, rtp(1)), near, []pcaptest.Wrap{pcaptest.VLAN(30)}, true},
		{"inside a tunnel", ip(7).UDP(1, 2, rtp(1)), ip(7).UDP(1, 2, rtp(1)), near, []pcaptest.Wrap{pcaptest.VXLAN(outer, 1)}, true},
		{"at the end of the window", ip(7).UDP(1, 2, rtp(1)), ip(7).UDP(1, 2, rtp(1)), 5 * time.Millisecond, nil, true},
		{"behind the window", ip(7).UDP(1, 2, rtp(1)), ip(7).UDP(1, 2, rtp(1)), 5*time.Millisecond + 1, nil, false},
		{"sent again: another identification", ip(7).UDP(1, 2, rtp(1)), ip(8).UDP(1, 2, rtp(1)), near, nil, false},
		{"the next RTP packet", ip(7).UDP(1, 2, rtp(1)), ip(8).UDP(1, 2, rtp(2)), near, nil, false},
		{"the next RTP packet, no identification", ip(0).UDP(1, 2, rtp(1)), ip(0).UDP(1, 2, rtp(2)), near, nil, false},
		{"the same, no identification", ip(0).UDP(1, 2, rtp(1)), other(ip(0), 63, 0).UDP(1, 2, rtp(1)), near, nil, true},
		{"the next RTP packet, IPv6", v6.UDP(1, 2, rtp(1)), v6.UDP(1, 2, rtp(2)), near, nil, false},
		{"the same, IPv6", v6.UDP(1, 2, rtp(1)), other(v6, 63, 0).UDP(1, 2, rtp(1)), near, nil, true},
		{"IPv6, the payload not captured", v6.UDP(1, 2, rtp(1)), v6.UDP(1, 2, rtp(1)), near, []pcaptest.Wrap{pcaptest.Snap(70)}, false},
		{"IPv6, payloads that differ far behind", v6.UDP(1, 2, make([]byte, 1000)), v6.UDP(1, 2, late), near, nil, false},
		{"another direction", ip(7).UDP(1, 1, rtp(1)), pcaptest.IP{Src: hostB, Dst: hostA, ID: 7}.UDP(1, 1, rtp(1)), near, nil, false},
		{"another port", ip(7).UDP(1, 2, rtp(1)), ip(7).UDP(1, 3, rtp(1)), near, nil, false},
		{"bare ACK, no identification", ip(0).TCP(ack, nil), ip(0).TCP(ack, nil), near, nil, false},
		{"bare ACK, IPv6", v6.TCP(ack, nil), v6.TCP(ack, nil), near, nil, false},
		{"bare ACK with identification", ip(7).TCP(ack, nil), ip(7).TCP(ack, nil), near, nil, true},
		{"duplicate ACKs of a receiver", ip(7).TCP(ack, nil), ip(8).TCP(ack, nil), near, nil, false},
		{"TCP data", ip(7).TCP(ack, []byte("data")), other(ip(7), 60, 0).TCP(ack, []byte("data")), near, nil, true},
		{"TCP data sent again at once", ip(7).TCP(ack, []byte("data")), ip(9).TCP(ack, []byte("data")), near, nil, false},
		{"echo requests", ip(7).ICMP(8, 0, 1, nil), ip(7).ICMP(8, 0, 2, nil), near, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := New(Config{})
			first, second := eth(tt.a), eth(tt.b, tt.wrap...)
			if strings.Contains(tt.name, "not captured") {
				first = eth(tt.a, tt.wrap...)
			}
			second.Time = first.Time.Add(tt.after)
			var p Packet
			if d.frame(capture.LinkEthernet, first, &p); p.Duplicate {
				t.Error("the first packet is a duplicate")
			}
			r := d.frame(capture.LinkEthernet, second, &p)
			if r != OK || p.Duplicate != tt.want || d.Stats.Duplicates == 1 != tt.want {
				t.Errorf("%v, duplicate %v (%d counted), want %v", r, p.Duplicate, d.Stats.Duplicates, tt.want)
			}
		})
	}
}

// TestDuplicatesOfACall: a mirror that shows every packet of a call twice, and one that shows none twice.
func TestDuplicatesOfACall(t *testing.T) {
	call := pcaptest.HealthyMeeting()
	twice := pcaptest.Merge(call, call.Wrap(pcaptest.VLAN(30)).Shift(40*time.Microsecond))
	for _, tt := range []struct {
		name string
		cfg  Config
		c    *pcaptest.Capture
		want int64
	}{
		{"once", Config{}, call, 0},
		{"twice", Config{}, twice, int64(len(call.Frames))},
		{"twice, not looked for", Config{NoDeduplicate: true}, twice, 0},
	} {
		d := New(tt.cfg)
		var p Packet
		var marked int64
		for _, f := range tt.c.Frames {
			if d.frame(capture.LinkEthernet, f, &p); p.Duplicate {
				marked++
			}
		}
		if d.Stats.Duplicates != tt.want || marked != tt.want {
			t.Errorf("%s: %d counted, %d marked, want %d of %d", tt.name, d.Stats.Duplicates, marked, tt.want, len(tt.c.Frames))
		}
	}
}

// TestCopiesByShare: who has a share of the flows finds the copies among them, and what all count adds up.
func TestCopiesByShare(t *testing.T) {
	const shares = 16
	call := pcaptest.HealthyMeeting()
	twice := pcaptest.Merge(call, call.Wrap(pcaptest.VLAN(30)).Shift(40*time.Microsecond))
	d := New(Config{CopiesApart: true})
	var copies [shares]*Copies
	var pairs [shares]DupPairs
	for i := range copies {
		copies[i] = NewCopies(shares)
	}
	var p Packet
	for _, f := range twice.Frames {
		if d.frame(capture.LinkEthernet, f, &p) != OK {
			t.Fatal("not decoded")
		}
		if i := p.Share % shares; copies[i].Seen(&p) {
			pairs[i].Add(DupPair{p.Home, p.Network}, 1)
		}
	}
	if d.Stats.Duplicates != 0 {
		t.Errorf("%d counted by the decoder", d.Stats.Duplicates)
	}
	for i := range pairs {
		d.Stats.Copies(&pairs[i])
	}
	n := int64(len(call.Frames))
	if got := d.Stats.DupPairs.Names(); d.Stats.Duplicates != n || len(got) != 1 || got["untagged → vlan 30"] != n {
		t.Errorf("%d copies, %v; want %d", d.Stats.Duplicates, got, n)
	}
}

// TestDupPairsBound: pairs that have no place are counted together, also when counts are added up.
func TestDupPairsBound(t *testing.T) {
	var d DupPairs
	for i := range maxDupPairs + 3 {
		d.Add(DupPair{0, Network(i+1) << 52}, 2)
	}
	var s Stats
	s.Copies(&d)
	s.Copies(&d)
	n := s.DupPairs.Names()
	if s.Duplicates != 4*(maxDupPairs+3) || len(n) != maxDupPairs+1 || n["other"] != 12 || n["untagged → vlan 16"] != 4 {
		t.Errorf("%d copies, %v", s.Duplicates, n)
	}
}
