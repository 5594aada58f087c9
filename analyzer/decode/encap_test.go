package decode

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

// inUDP makes an IP packet to a tunnel's port.
func inUDP(port uint16, parts ...[]byte) []byte {
	ip := pcaptest.IP{Src: outerA, Dst: outerB, TTL: 30, DSCP: 8}
	return ip.UDP(40001, port, slices.Concat(parts...))
}

func be16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

// TestTunnels takes off every encapsulation: the inner packet's addresses, ports, marks and TTL count.
func TestTunnels(t *testing.T) {
	key := uint32(9)
	ip := pcaptest.IP{Src: outerA, Dst: outerB}
	outer6 := pcaptest.Outer{Src: hostA6, Dst: hostB6}
	inner := eth(media).Data
	gre := func(flags, proto int, parts ...[]byte) pcaptest.Frame {
		return eth(ip.Packet(ProtoGRE, slices.Concat(be16(flags), be16(proto), slices.Concat(parts...))))
	}
	for _, tt := range []struct {
		name string
		f    pcaptest.Frame
		want string
	}{
		{"MPLS", eth(media, pcaptest.MPLS(16, 17, 18)), audio + " in mpls"},
		{"MPLS, IPv6", eth(media6, pcaptest.MPLS(16)), audio6 + " in mpls"},
		{"MPLS pseudowire with control word", typed(0x8847, []byte{0, 1, 1, 62, 0, 0, 0, 0}, inner), audio + " in mpls"},
		{"MPLS pseudowire without", typed(0x8847, []byte{0, 1, 1, 62}, inner), audio + " in mpls"},
		{"MPLS inside a VLAN", eth(media, pcaptest.MPLS(16), pcaptest.VLAN(30)), audio + " vlan [30 0] in mpls"},
		{"PPPoE", eth(media, pcaptest.PPPoE(9)), audio + " in pppoe"},
		{"PPPoE, IPv6", eth(media6, pcaptest.PPPoE(9)), audio6 + " in pppoe"},
		{"PPPoE, MPLS", typed(0x8864, []byte{0x11, 0, 0, 9}, be16(2+4+len(media)), []byte{2, 0x81, 0, 1, 1, 62}, media), audio + " in pppoe>mpls"},
		{"PPPoE, link control", typed(0x8864, []byte{0x11, 0, 0, 9, 0, 6, 0xc0, 0x21, 9, 1, 0, 4}), "not IP"},
		{"4in4", eth(media, pcaptest.IPIP(outer)), audio + " in ip-in-ip"},
		{"6in4", eth(media6, pcaptest.IPIP(outer)), audio6 + " in ip-in-ip"},
		{"4in6", eth(media, pcaptest.IPIP(outer6)), audio + " in ip-in-ip"},
		{"6in6", eth(media6, pcaptest.IPIP(outer6)), audio6 + " in ip-in-ip"},
		{"GRE", eth(media, pcaptest.GREv0(outer, pcaptest.GRE{})), audio + " in gre"},
		{"GRE with all fields", eth(media6, pcaptest.GREv0(outer, pcaptest.GRE{Key: &key, Sequence: true, Checksum: true})), audio6 + " in gre"},
		{"GRE bridged", eth(media, pcaptest.VLAN(30), pcaptest.GREv0(outer, pcaptest.GRE{Bridged: true})), audio + " vlan [30 0] in gre"},
		{"GRE of PPTP", gre(0x3081, 0x880b, []byte{0, 9, 0, 1, 0, 0, 0, 7, 0, 0, 0, 6, 0xff, 3, 0, 0x21}, media), audio + " in gre"},
		{"GRE of PPTP, short protocol", gre(0x2001, 0x880b, []byte{0, 9, 0, 1, 0x21}, media), audio + " in gre"},
		{"GRE keepalive", gre(0, 0), "not IP"},
		{"ERSPAN I", eth(media, pcaptest.ERSPAN(outer, 1, 5)), audio + " in erspan"},
		{"ERSPAN II", eth(media, pcaptest.VLAN(30), pcaptest.ERSPAN(outer, 2, 5)), audio + " vlan [30 0] in erspan"},
		{"ERSPAN III", eth(media6, pcaptest.ERSPAN(outer, 3, 5)), audio6 + " in erspan"},
		{"ERSPAN III with platform header", gre(0x1000, 0x22eb, []byte{0, 0, 0, 1}, []byte{0x20, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 1}, make([]byte, 8), inner), audio + " in erspan"},
		{"VXLAN", eth(media, pcaptest.VXLAN(outer, 5000)), audio + " in vxlan"},
		{"VXLAN of Linux", eth(inUDP(8472, []byte{8, 0, 0, 0, 0, 0x13, 0x88, 0}, inner)), audio + " in vxlan"},
		{"VXLAN with group policy", eth(inUDP(4789, []byte{0x88, 0x48, 0, 17, 0, 0x13, 0x88, 0}, inner)), audio + " in vxlan"},
		{"VXLAN, tagged inside and outside", eth(media, pcaptest.VLAN(30), pcaptest.VXLAN(outer, 5000), pcaptest.VLAN(7)), audio + " vlan [7 30] in vxlan"},
		{"VXLAN, a protocol without ports", eth(v4.Packet(50, []byte("secret")), pcaptest.VXLAN(outer, 5000)), "50 10.20.1.15>170.72.1.2 6/6 in vxlan"},
		{"Geneve", eth(media6, pcaptest.Geneve(outer, 5000, []byte{1, 2, 3, 0})), audio6 + " in geneve"},
		{"Geneve, IP inside", eth(inUDP(6081, []byte{1, 0, 8, 0, 0, 0, 1, 0, 1, 2, 3, 0}, media)), audio + " in geneve"},
		{"GTP-U", eth(media, pcaptest.GTPU(outer, 0x1234, false)), audio + " in gtp-u"},
		{"GTP-U with sequence", eth(media6, pcaptest.GTPU(outer, 0x1234, true)), audio6 + " in gtp-u"},
		{"GTP-U with two extensions", eth(inUDP(2152, []byte{0x34, 255}, be16(4+4+8+len(media)), []byte{0, 0, 0, 9, 0, 0, 0, 0x85, 1, 0x10, 9, 0xc0, 2, 0, 0, 0, 0, 0, 0, 0}, media)), audio + " in gtp-u"},
		{"VN-tag", typed(0x8926, []byte{0, 1, 0, 2, 8, 0}, media), audio + " in vn-tag"},
		{"VN-tag, then VLAN", typed(0x8926, []byte{0, 1, 0, 2, 0x81, 0, 0, 30, 8, 0}, media), audio + " vlan [30 0] in vn-tag"},
		{"TrustSec", typed(0x8909, []byte{1, 1, 0, 1, 0, 17, 8, 0}, media), audio + " in cisco-metadata"},
		{"TZSP", eth(inUDP(37008, []byte{1, 0, 0, 1, 0, 10, 1, 5, 1}, inner)), audio + " in tzsp"},
		{"Teredo", eth(inUDP(3544, media6)), audio6 + " in teredo"},
		{"Teredo with origin", eth(inUDP(3544, []byte{0, 0, 1, 2, 3, 4, 5, 6}, media6)), audio6 + " in teredo"},
		{"Teredo with authentication and origin", eth(inUDP(3544, []byte{0, 1, 2, 3, 'i', 'd', 'a', 'b', 'c'}, make([]byte, 9), []byte{0, 0, 1, 2, 3, 4, 5, 6}, media6)), audio6 + " in teredo"},
		{"Teredo from the server", eth(pcaptest.IP{Src: outerA, Dst: outerB}.UDP(3544, 40001, media6)), audio6 + " in teredo"},
		{"NVGRE", eth(media, pcaptest.VLAN(30), pcaptest.NVGRE(outer, 5000, 9)), audio + " vlan [30 0] in nvgre"},
		{"bridged GRE with a small key", eth(media, pcaptest.NVGRE(outer, 0, 9)), audio + " in gre"},
		{"L2TPv2", eth(media, pcaptest.L2TPv2(outer, 3, 4, false)), audio + " in l2tp"},
		{"L2TPv2 with all fields, IPv6", eth(media6, pcaptest.L2TPv2(outer, 3, 4, true)), audio6 + " in l2tp"},
		{"L2TPv3", eth(media, pcaptest.L2TPv3(outer, 9, nil, false)), audio + " in l2tp"},
		{"L2TPv3 with a cookie, tagged", eth(media6, pcaptest.VLAN(30), pcaptest.L2TPv3(outer, 9, []byte("cookie42"), false)), audio6 + " vlan [30 0] in l2tp"},
		{"L2TPv3 over UDP", eth(media, pcaptest.L2TPv3(outer, 9, []byte("cook"), true)), audio + " in l2tp"},
		{"L2TPv3, control", eth(ip.Packet(115, make([]byte, 30))), "not IP"},
		{"L2TPv3, no frame inside", eth(ip.Packet(115, append([]byte{0, 0, 0, 9}, make([]byte, 60)...))), "not IP"},
		{"CAPWAP, 802.3", eth(media, pcaptest.VLAN(30), pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{})), audio + " vlan [30 0] in capwap"},
		{"CAPWAP, 802.3, from the controller", eth(media6, pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Down: true, Radio: true})), audio6 + " in capwap"},
		{"CAPWAP, 802.11", eth(media, pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Wireless: true})), audio + " in capwap"},
		{"CAPWAP, 802.11, frame control swapped", eth(media6, pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Wireless: true, Swapped: true, Radio: true})), audio6 + " in capwap"},
		{"CAPWAP in VXLAN", eth(media, pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Wireless: true}), pcaptest.VXLAN(outer, 7)), audio + " in vxlan>capwap"},
		{"EtherIP", eth(media, pcaptest.EtherIP(outer)), audio + " in etherip"},
		{"EtherIP of another version", eth(ip.Packet(97, append([]byte{0x40, 0}, inner...))), "not IP"},
		{"VXLAN in GRE", eth(media, pcaptest.VXLAN(outer, 1), pcaptest.GREv0(outer, pcaptest.GRE{})), audio + " in gre>vxlan"},
		{"what a mirrored campus core shows", eth(media, pcaptest.VLAN(30), pcaptest.VXLAN(outer, 1), pcaptest.VLAN(7), pcaptest.ERSPAN(outer, 2, 1)), audio + " vlan [7 30] in erspan>vxlan"},
		{"five tunnels, four of them noted", eth(media, pcaptest.IPIP(outer), pcaptest.IPIP(outer), pcaptest.VXLAN(outer, 1), pcaptest.GREv0(outer, pcaptest.GRE{}), pcaptest.GTPU(outer, 1, true)),
			audio + " in gtp-u>gre>vxlan>ip-in-ip"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := one(Config{}, capture.LinkEthernet, tt.f); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestTunnelsRefused: what only resembles a tunnel over UDP stays a datagram, whatever its port.
func TestTunnelsRefused(t *testing.T) {
	inner := eth(media).Data
	for _, tt := range []struct {
		name string
		port uint16
		body []byte
		want int // payload length of the datagram
	}{
		{"VXLAN-GPE flags", 4789, append([]byte{12, 0, 0, 3, 0, 0, 1, 0}, inner...), 8 + len(inner)},
		{"VXLAN, reserved flags", 4789, append([]byte{0x18, 0, 0, 0, 0, 0, 1, 0}, inner...), 8 + len(inner)},
		{"VXLAN, a group without its flag", 4789, append([]byte{8, 0, 0, 17, 0, 0, 1, 0}, inner...), 8 + len(inner)},
		{"VXLAN with ARP", 4789, append([]byte{8, 0, 0, 0, 0, 0, 1, 0}, typed(0x806, make([]byte, 46)).Data...), 68},
		{"VXLAN, nothing inside decodes", 4789, append([]byte{8, 0, 0, 0, 0, 0, 1, 0}, make([]byte, 30)...), 38},
		{"RTP on the port of VXLAN", 4789, append([]byte{0x80, 98, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5}, make([]byte, 60)...), 72},
		{"Geneve of version 1", 6081, append([]byte{0x40, 0, 0x65, 0x58, 0, 0, 1, 0}, inner...), 8 + len(inner)},
		{"Geneve, options longer than all", 6081, []byte{63, 0, 0x65, 0x58, 0, 0, 1, 0, 1, 2}, 10},
		{"GTP echo request", 2152, []byte{0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0}, 12},
		{"GTP-U, extension of length 0", 2152, []byte{0x34, 255, 0, 8, 0, 0, 0, 9, 0, 0, 0, 0x85, 0, 0, 0, 0}, 16},
		{"L2TP control", 1701, append([]byte{0xc8, 2, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 20)...), 32},
		{"L2TPv2, offset beyond the end", 1701, []byte{2, 2, 0, 3, 0, 4, 0xff, 0xff, 0xff, 3, 0, 0x21}, 12},
		{"L2TPv3 without a frame", 1701, append([]byte{0, 3, 0, 0, 0, 0, 0, 9}, make([]byte, 60)...), 68},
		{"CAPWAP, keep-alive", 5247, append([]byte{0, 0x10, 2, 8, 0, 0, 0, 0}, inner...), 8 + len(inner)},
		{"CAPWAP, another binding", 5247, append([]byte{0, 0x10, 6, 0, 0, 0, 0, 0}, inner...), 8 + len(inner)},
		{"CAPWAP, reserved bits", 5247, append([]byte{0, 0x10, 2, 1, 0, 0, 0, 0}, inner...), 8 + len(inner)},
		{"CAPWAP, version 1", 5247, append([]byte{0x10, 0x10, 2, 0, 0, 0, 0, 0}, inner...), 8 + len(inner)},
		{"CAPWAP, header longer than all", 5247, []byte{0, 0xf8, 2, 0, 0, 0, 0, 0, 1, 2, 3, 4}, 12},
		{"CAPWAP, address beyond the header", 5247, append([]byte{0, 0x10, 2, 0x10, 0, 0, 0, 0, 6}, inner...), 9 + len(inner)},
		{"CAPWAP, a beacon inside", 5247, append([]byte{0, 0x10, 3, 0, 0, 0, 0, 0, 0x80, 0}, make([]byte, 60)...), 70},
		{"CAPWAP, nothing inside decodes", 5247, append([]byte{0, 0x10, 2, 0, 0, 0, 0, 0}, make([]byte, 30)...), 38},
		{"TZSP without end", 37008, []byte{1, 0, 0, 1, 0, 0, 0, 0}, 8},
		{"TZSP, tag longer than all", 37008, []byte{1, 0, 0, 1, 10, 200, 1}, 7},
		{"Teredo bubble with a wrong length", 3544, append([]byte{0x60, 0, 0, 0, 0, 9, 59, 21}, make([]byte, 32)...), 40},
		{"DNS-like on the port of Teredo", 3544, append([]byte{0x12, 0x34, 1, 0, 0, 1}, make([]byte, 60)...), 66},
	} {
		var p Packet
		r := New(Config{}).frame(capture.LinkEthernet, eth(inUDP(tt.port, tt.body)), &p)
		if r != OK || p.Proto != ProtoUDP || p.DstPort != tt.port || p.SrcPort != 40001 || p.TTL != 30 ||
			p.DSCP() != 8 ||
			p.Tunnels != (TunnelSet{}) || len(p.Payload) != tt.want || int(p.PayloadLen) != tt.want {
			t.Errorf("%s: %s", tt.name, line(r, &p))
		}
	}
}

// TestNoDecap keeps the outer flow where there is one.
func TestNoDecap(t *testing.T) {
	cfg := Config{Decap: decap(t, "off")}
	for _, tt := range []struct{ name, got, want string }{
		{"GRE", one(cfg, capture.LinkEthernet, eth(media, pcaptest.GREv0(outer, pcaptest.GRE{}))), "47 10.99.0.1>10.99.0.2 37/37 ttl 30"},
		{"MPLS has none", one(cfg, capture.LinkEthernet, eth(media, pcaptest.MPLS(16))), audio + " in mpls"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	if got := one(cfg, capture.LinkEthernet, eth(media, pcaptest.VXLAN(outer, 1))); !strings.Contains(got, ":4789 55/55 ttl 30") {
		t.Errorf("VXLAN: %s", got)
	}
}

// TestDepth: tunnels in tunnels are taken off up to the bound. Over UDP the packet at the bound stays a datagram.
func TestDepth(t *testing.T) {
	nest := func(w func() pcaptest.Wrap, n int) pcaptest.Frame {
		f := eth(media)
		for range n {
			f = w()(f)
		}
		return f
	}
	ipip := func() pcaptest.Wrap { return pcaptest.IPIP(outer) }
	vxlan := func() pcaptest.Wrap { return pcaptest.VXLAN(outer, 1) }
	if got := one(Config{}, capture.LinkEthernet, nest(ipip, 8)); !strings.HasPrefix(got, audio) {
		t.Errorf("8 tunnels: %s", got)
	}
	if got := one(Config{}, capture.LinkEthernet, nest(ipip, 9)); got != "tunnels too deep" {
		t.Errorf("9 tunnels: %s", got)
	}
	if got := one(Config{MaxDepth: 2}, capture.LinkEthernet, nest(ipip, 3)); got != "tunnels too deep" {
		t.Errorf("3 tunnels of 2: %s", got)
	}
	if got := one(Config{}, capture.LinkEthernet, nest(vxlan, 8)); !strings.HasPrefix(got, audio) {
		t.Errorf("8 times VXLAN: %s", got)
	}
	got := one(Config{}, capture.LinkEthernet, nest(vxlan, 9))
	if !strings.Contains(got, ">10.99.0.2:4789 55/55") || !strings.HasSuffix(got, "in vxlan>vxlan>vxlan>vxlan") {
		t.Errorf("9 times VXLAN: %s", got)
	}
}

// TestMirrorNumbers counts what never came out of an ERSPAN session.
func TestMirrorNumbers(t *testing.T) {
	type step struct {
		seq  uint32
		want int64
	}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"in order", []step{{7, 0}, {8, 0}, {9, 0}}},
		{"a gap", []step{{7, 0}, {11, 3}, {12, 0}}},
		{"late, then twice", []step{{7, 0}, {10, 2}, {8, -1}, {8, 0}, {9, -1}}},
		{"each one twice", []step{{7, 0}, {7, 0}, {8, 0}, {8, 0}, {9, 0}, {9, 0}}},
		{"wrap", []step{{0xfffffffe, 0}, {0, 1}, {0xffffffff, -1}, {1, 0}}},
		{"restart", []step{{5_000_000, 0}, {1, 0}, {2, 0}, {5, 2}}},
		{"later than the window tells", []step{{7, 0}, {1000, 992}, {8, 0}}},
		{"a gap as wide as the window", []step{{7, 0}, {72, 64}, {9, -1}, {9, 0}, {8, 0}}},
	} {
		var m mirrorTable
		for i, s := range tt.steps {
			if got := m.gap(mirrorKey{}, s.seq); got != s.want {
				t.Errorf("%s: step %d, number %d: %d, want %d", tt.name, i, s.seq, got, s.want)
			}
		}
	}
	var m mirrorTable
	for i := range 2000 {
		m.gap(mirrorKey{session: uint16(i)}, 1)
	}
	if len(m.sessions) != maxMirrors {
		t.Errorf("%d sessions are followed, want %d", len(m.sessions), maxMirrors)
	}
}

// TestMirrorLost sees the numbers in the frames, by session and by source.
func TestMirrorLost(t *testing.T) {
	five, six := pcaptest.ERSPAN(outer, 2, 5), pcaptest.ERSPAN(outer, 3, 6)
	d := New(Config{})
	var p Packet
	for i := range 20 {
		f, g := eth(media, five), eth(media6, six)
		if i%10 != 4 {
			d.frame(capture.LinkEthernet, f, &p)
		}
		d.frame(capture.LinkEthernet, g, &p)
	}
	if s := d.Stats; s.MirrorSeen != 38 || s.MirrorLost != 2 {
		t.Errorf("%d seen, %d lost, want 38 and 2", s.MirrorSeen, s.MirrorLost)
	}
	if g := d.Stats.MirrorGaps; len(g) != 2 || g[0].Number != 10 || g[1].Number != 29 || g[0].Lost+g[1].Lost != 2 ||
		d.Stats.MirrorLeft != 0 {
		t.Errorf("gaps %+v", g)
	}
	for range 100 {
		five(eth(media)) // between two files
	}
	d.Switch(1, Stats{})
	d.frame(capture.LinkEthernet, eth(media, five), &p)
	if s := d.Stats; s.MirrorSeen != 1 || s.MirrorLost != 0 {
		t.Errorf("another file: %d seen, %d lost, want 1 and 0", s.MirrorSeen, s.MirrorLost)
	}
}

// TestMirrorGaps: a late number is given back to its gap; what has no gap is counted apart.
func TestMirrorGaps(t *testing.T) {
	var s Stats
	var m mirrorTable
	key := mirrorKey{session: 3}
	for i, seq := range []uint32{1, 2, 5, 6, 4, 9, 12, 8} {
		s.mirrored(&Packet{Number: int64(i + 1), Time: int64(i)}, key, seq, m.gap(key, seq))
	}
	var got [][2]int64
	for _, g := range s.MirrorGaps {
		got = append(got, [2]int64{g.Number, g.Lost})
	}
	if want := [][2]int64{{3, 1}, {6, 1}, {7, 2}}; !slices.Equal(got, want) || s.MirrorLost != 4 || s.MirrorLeft != 0 {
		t.Errorf("%v, %d lost, %d left", got, s.MirrorLost, s.MirrorLeft)
	}
	for range maxMirrorGaps + 5 {
		s.mirrored(&Packet{}, key, 0, 1)
	}
	if len(s.MirrorGaps) != maxMirrorGaps || s.MirrorLeft != 8 {
		t.Errorf("%d gaps, %d left", len(s.MirrorGaps), s.MirrorLeft)
	}
}

func decap(t *testing.T, text string) Decap {
	t.Helper()
	d, err := ParseDecap(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDecap opens only what was asked for.
func TestDecap(t *testing.T) {
	gre, vxlan := pcaptest.GREv0(outer, pcaptest.GRE{}), pcaptest.VXLAN(outer, 1)
	for _, tt := range []struct{ list, want string }{
		{"auto", audio + " in gre>vxlan"},
		{"gre,vxlan", audio + " in gre>vxlan"},
		{"off", "47 10.99.0.1>10.99.0.2 "},
		{"vxlan", "47 10.99.0.1>10.99.0.2 "},
	} {
		if got := one(Config{Decap: decap(t, tt.list)}, capture.LinkEthernet,
			eth(media, vxlan, gre)); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %s, want %s", tt.list, got, tt.want)
		}
	}
	if got := one(Config{Decap: decap(t, "gre")}, capture.LinkEthernet, eth(media, vxlan, gre)); !strings.Contains(got,
		":4789 ") || !strings.HasSuffix(got, " in gre") {
		t.Errorf("gre: %s", got)
	}
	if _, err := ParseDecap("vxlan,pigeon"); err == nil || !strings.Contains(err.Error(), "geneve") {
		t.Errorf("an unknown name: %v", err)
	}
}

// TestSpaces: what tells networks apart, in words.
func TestSpaces(t *testing.T) {
	key := uint32(9)
	for want, w := range map[string][]pcaptest.Wrap{
		"untagged":                    nil,
		"vlan 30":                     {pcaptest.VLAN(30)},
		"vlan 100.30":                 {pcaptest.QinQ(100, 30)},
		"vxlan vni 5000":              {pcaptest.VXLAN(outer, 5000)},
		"vlan 7.30 vxlan vni 5000":    {pcaptest.VLAN(30), pcaptest.VXLAN(outer, 5000), pcaptest.VLAN(7), pcaptest.ERSPAN(outer, 2, 1)},
		"geneve vni 16777215":         {pcaptest.Geneve(outer, 1<<24-1, nil)},
		"nvgre vsid 5000":             {pcaptest.NVGRE(outer, 5000, 9)},
		"gre key 9":                   {pcaptest.GREv0(outer, pcaptest.GRE{Key: &key})},
		"gtp-u teid 4294967295":       {pcaptest.GTPU(outer, 1<<32-1, true)},
		"mpls label 17":               {pcaptest.MPLS(16, 17)},
		"pppoe session 9":             {pcaptest.PPPoE(9)},
		"l2tp session 196612":         {pcaptest.L2TPv2(outer, 3, 4, false)},
		"vlan 4094 mpls label 100000": {pcaptest.MPLS(100000), pcaptest.VLAN(4094)},
	} {
		var p Packet
		if r := New(Config{}).frame(capture.LinkEthernet, eth(media, w...), &p); r != OK || p.Network.String() != want {
			t.Errorf("%v %q, want %q", r, p.Network, want)
		}
	}
}
