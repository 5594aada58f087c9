package decode

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

var (
	hostA  = netip.MustParseAddr("10.20.1.15")
	hostB  = netip.MustParseAddr("170.72.1.2")
	hostA6 = netip.MustParseAddr("2001:db8:20::15")
	hostB6 = netip.MustParseAddr("2001:db8:72::2")
	outerA = netip.MustParseAddr("10.99.0.1")
	outerB = netip.MustParseAddr("10.99.0.2")
	v4     = pcaptest.IP{Src: hostA, Dst: hostB, ID: 7}
	v6     = pcaptest.IP{Src: hostA6, Dst: hostB6}
	outer  = pcaptest.Outer{Src: outerA, Dst: outerB, TTL: 30}
	media  = v4.UDP(52000, 5004, []byte("audio"))
	media6 = v6.UDP(52000, 5004, []byte("audio"))
)

// eth makes a whole Ethernet frame of an IP packet.
func eth(packet []byte, wraps ...pcaptest.Wrap) pcaptest.Frame {
	f := pcaptest.Frame{Time: pcaptest.Start, Data: pcaptest.Ethernet(packet)}
	f.WireLen = len(f.Data)
	for _, w := range wraps {
		f = w(f)
	}
	return f
}

// typed makes an Ethernet frame of any ethertype.
func typed(et uint16, parts ...[]byte) pcaptest.Frame {
	b := append([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, byte(et>>8), byte(et))
	b = append(b, slices.Concat(parts...)...)
	return pcaptest.Frame{Time: pcaptest.Start, Data: b, WireLen: len(b)}
}

// decode hands one frame to a decoder.
func (d *Decoder) frame(l capture.LinkType, f pcaptest.Frame, p *Packet) Reason {
	in := capture.Frame{Time: f.Time.UnixNano(), Length: uint32(len(f.Data)), WireLen: uint32(f.WireLen), Link: l}
	return d.Decode(&in, f.Data, p)
}

// one decodes a frame with a fresh decoder and tells the outcome in a line.
func one(cfg Config, l capture.LinkType, f pcaptest.Frame) string {
	var p Packet
	r := New(cfg).frame(l, f, &p)
	return line(r, &p)
}

// line is a packet in words: protocol, ends, payload captured and on the wire, and whatever is out of the ordinary.
func line(r Reason, p *Packet) string {
	if r != OK {
		return r.String()
	}
	ends := fmt.Sprintf("%v>%v", p.Src.Netip(), p.Dst.Netip())
	if p.Proto == ProtoTCP || p.Proto == ProtoUDP || p.SrcPort|p.DstPort != 0 {
		ends = fmt.Sprintf("%v>%v", netip.AddrPortFrom(p.Src.Netip(), p.SrcPort), netip.AddrPortFrom(p.Dst.Netip(), p.DstPort))
	}
	out := []string{protoName(p.Proto), ends, fmt.Sprintf("%d/%d", len(p.Payload), p.PayloadLen)}
	add := func(yes bool, format string, args ...any) {
		if yes {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(p.TOS != 0, "dscp %d ecn %d", p.DSCP(), p.TOS&3)
	add(p.TTL != 64, "ttl %d", p.TTL)
	add(p.Proto == ProtoTCP, "flags %#x seq %d ack %d win %d", p.Flags, p.Seq, p.Ack, p.Window)
	add(p.Options.MSS != 0, "mss %d", p.Options.MSS)
	add(p.VLAN != [2]uint16{}, "vlan %v", p.VLAN)
	add(p.Tunnels != TunnelSet{}, "in %s", strings.Join(p.Tunnels.Names(), ">"))
	add(p.OneWay, "one-way")
	add(p.Cut, "cut")
	add(p.Duplicate, "duplicate")
	if q := p.Quote; q != nil {
		out = append(out, fmt.Sprintf("quotes %d/%d %s %v:%d>%v:%d", q.Type, q.Code, protoName(q.Proto), q.Src.Netip(),
			q.SrcPort, q.Dst.Netip(), q.DstPort))
	}
	return strings.Join(out, " ")
}

func protoName(p uint8) string {
	switch p {
	case ProtoTCP:
		return "tcp"
	case ProtoUDP:
		return "udp"
	case ProtoICMP:
		return "icmp"
	case ProtoICMPv6:
		return "icmp6"
	}
	return fmt.Sprint(p)
}

const (
	audio  = "udp 10.20.1.15:52000>170.72.1.2:5004 5/5"
	audio6 = "udp [2001:db8:20::15]:52000>[2001:db8:72::2]:5004 5/5"
)

// TestLinkTypes carries the same packet over every link type.
func TestLinkTypes(t *testing.T) {
	four := func(l pcaptest.Link) pcaptest.Frame { return relink(eth(media), l) }
	six := func(l pcaptest.Link) pcaptest.Frame { return relink(eth(media6), l) }
	snap := func(et uint16) []byte { return []byte{0xaa, 0xaa, 3, 0, 0, 0, byte(et >> 8), byte(et)} }
	wifi := func(head ...byte) []byte { return append(head, make([]byte, 24-len(head))...) }
	raw := func(parts ...[]byte) pcaptest.Frame {
		b := slices.Concat(parts...)
		return pcaptest.Frame{Time: pcaptest.Start, Data: b, WireLen: len(b)}
	}
	for _, tt := range []struct {
		name string
		link capture.LinkType
		f    pcaptest.Frame
		want string
	}{
		{"ethernet", capture.LinkEthernet, eth(media), audio},
		{"ethernet, IPv6", capture.LinkEthernet, eth(media6), audio6},
		{"802.1Q", capture.LinkEthernet, eth(media, pcaptest.VLAN(5<<13|30)), audio + " vlan [30 0]"},
		{"drop eligible", capture.LinkEthernet, eth(media, pcaptest.VLAN(7<<13|1<<12|30)), audio + " vlan [30 0]"},
		{"priority tag inside two others", capture.LinkEthernet, eth(media, pcaptest.VLAN(7, 8, 0)), audio + " vlan [7 8]"},
		{"priority tag", capture.LinkEthernet, eth(media, pcaptest.VLAN(5<<13)), audio},
		{"QinQ", capture.LinkEthernet, eth(media6, pcaptest.QinQ(7, 30)), audio6 + " vlan [7 30]"},
		{"three tags", capture.LinkEthernet, eth(media, pcaptest.VLAN(7, 8, 9)), audio + " vlan [7 9]"},
		{"QinQ with 0x9100", capture.LinkEthernet, typed(0x9100, []byte{0, 7, 0x81, 0, 0, 30, 8, 0}, media), audio + " vlan [7 30]"},
		{"raw", capture.LinkRaw, four(pcaptest.LinkRaw), audio},
		{"raw of BSD", capture.LinkRawBSD, four(pcaptest.LinkRaw), audio},
		{"raw of OpenBSD", capture.LinkRawOpen, six(pcaptest.LinkRaw), audio6},
		{"IPv4", capture.LinkIPv4, four(pcaptest.LinkRaw), audio},
		{"IPv6", capture.LinkIPv6, six(pcaptest.LinkRaw), audio6},
		{"null", capture.LinkNull, four(pcaptest.LinkNull), audio},
		{"null, IPv6 of Darwin", capture.LinkNull, six(pcaptest.LinkNull), audio6},
		{"null, IPv6 of FreeBSD, big endian", capture.LinkNull, raw([]byte{0, 0, 0, 28}, media6), audio6},
		{"null, another family", capture.LinkNull, raw([]byte{7, 0, 0, 0}, media), "not IP"},
		{"loop", capture.LinkLoop, four(pcaptest.LinkLoop), audio},
		{"loop, IPv6", capture.LinkLoop, six(pcaptest.LinkLoop), audio6},
		{"cooked", capture.LinkSLL, four(pcaptest.LinkSLL), audio},
		{"cooked, tagged", capture.LinkSLL, relink(eth(media, pcaptest.VLAN(30)), pcaptest.LinkSLL), audio + " vlan [30 0]"},
		{"cooked 2", capture.LinkSLL2, six(pcaptest.LinkSLL2), audio6},
		{"cooked 2, tagged", capture.LinkSLL2, relink(eth(media, pcaptest.VLAN(30)), pcaptest.LinkSLL2), audio + " vlan [30 0]"},
		{"PPP", capture.LinkPPP, raw([]byte{0, 0x21}, media), audio},
		{"PPP in HDLC framing", capture.LinkPPP, raw([]byte{0xff, 3, 0, 0x57}, media6), audio6},
		{"PPP serial", capture.LinkPPPHDLC, raw([]byte{0xff, 3, 0, 0x21}, media), audio},
		{"PPP serial with Cisco HDLC", capture.LinkPPPHDLC, raw([]byte{0x0f, 0, 8, 0}, media), audio},
		{"Cisco HDLC", capture.LinkCiscoHDLC, raw([]byte{0x8f, 0, 0x86, 0xdd}, media6), audio6},
		{"PPPoE as link", capture.LinkPPPoE, raw([]byte{0x11, 0, 0, 9, 0, byte(2 + len(media)), 0, 0x21}, media), audio + " in pppoe"},
		{"pflog", 117, raw([]byte{61, 2}, make([]byte, 62), media), audio},
		{"LLC/SNAP", capture.LinkEthernet, typed(uint16(8+len(media)), snap(0x800), media), audio},
		{"spanning tree", capture.LinkEthernet, typed(38, []byte{0x42, 0x42, 3}, make([]byte, 43)), "not IP"},
		{"802.11", capture.LinkIEEE80211, raw(wifi(8, 1), snap(0x800), media), audio},
		{"802.11 QoS", capture.LinkIEEE80211, raw(wifi(0x88, 1), []byte{0, 0}, snap(0x86dd), media6), audio6},
		{"802.11 QoS with HT control", capture.LinkIEEE80211, raw(wifi(0x88, 0x81), make([]byte, 6), snap(0x800), media), audio},
		{"802.11 between access points", capture.LinkIEEE80211, raw(wifi(8, 3), make([]byte, 6), snap(0x800), media), audio},
		{"802.11 encrypted", capture.LinkIEEE80211, raw(wifi(8, 0x41), make([]byte, 60)), "802.11 frame without data"},
		{"802.11 acknowledgement", capture.LinkIEEE80211, raw([]byte{0xd4, 0, 0, 0, 1, 2, 3, 4, 5, 6}), "802.11 frame without data"},
		{"radiotap", capture.LinkRadiotap, raw([]byte{0, 0, 12, 0, 0, 0, 0, 0, 9, 9, 9, 9}, wifi(8, 1), snap(0x800), media), audio},
		{"PPI, 802.11", capture.LinkPPI, raw([]byte{0, 0, 8, 0, 105, 0, 0, 0}, wifi(8, 1), snap(0x800), media), audio},
		{"PPI, Ethernet", capture.LinkPPI, raw([]byte{0, 0, 12, 0, 1, 0, 0, 0, 1, 2, 3, 4}, eth(media).Data), audio},
		{"PPI in PPI", capture.LinkPPI, raw([]byte{0, 0, 8, 0, 192, 0, 0, 0}, []byte{0, 0, 8, 0, 1, 0, 0, 0}, eth(media).Data), "unknown link type"},
		{"unknown link type", 231, eth(media), "unknown link type"},
		{"ARP", capture.LinkEthernet, typed(0x806, make([]byte, 46)), "not IP"},
		{"unknown ethertype", capture.LinkEthernet, typed(0x1234, make([]byte, 46)), "unknown ethertype"},
		{"neither 4 nor 6", capture.LinkEthernet, typed(0x800, []byte{0x50}, make([]byte, 45)), "IP version"},
		{"nothing", capture.LinkEthernet, raw(), "link header cut"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := one(Config{}, tt.link, tt.f); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func relink(f pcaptest.Frame, l pcaptest.Link) pcaptest.Frame {
	c := pcaptest.Capture{Link: pcaptest.LinkEthernet, Frames: []pcaptest.Frame{f}}
	return c.As(l).Frames[0]
}

// TestHeaders looks at what the IP and transport headers of whole packets say.
func TestHeaders(t *testing.T) {
	syn := pcaptest.TCP{Src: 40000, Dst: 443, Seq: 9, Flags: pcaptest.SYN, Options: []byte{1, 1, 2, 4, 5, 0xb4, 4, 2},
		Window: 8192}
	marked := pcaptest.IP{Src: hostA, Dst: hostB, DSCP: 46, ECN: 3, TTL: 128, ID: 1}
	marked6 := pcaptest.IP{Src: hostA6, Dst: hostB6, DSCP: 34, ECN: 1, TTL: 3, Label: 0xfffff}
	options := marked
	options.Options = []byte{7, 7, 4, 0, 0, 0, 0}
	ext := func(e ...pcaptest.Ext) pcaptest.IP { return pcaptest.IP{Src: hostA6, Dst: hostB6, Ext: e} }
	many := make([]pcaptest.Ext, 13)
	for i := range many {
		many[i] = pcaptest.Ext{Proto: pcaptest.ProtoDestOpts}
	}
	const tcp = "tcp 10.20.1.15:40000>170.72.1.2:443"
	for _, tt := range []struct {
		name   string
		packet []byte
		want   string
	}{
		{"marks of IPv4", marked.UDP(1, 2, []byte("x")), "udp 10.20.1.15:1>170.72.1.2:2 1/1 dscp 46 ecn 3 ttl 128"},
		{"marks of IPv6", marked6.UDP(1, 2, []byte("x")), "udp [2001:db8:20::15]:1>[2001:db8:72::2]:2 1/1 dscp 34 ecn 1 ttl 3"},
		{"IPv4 options", options.UDP(1, 2, []byte("x")), "udp 10.20.1.15:1>170.72.1.2:2 1/1 dscp 46 ecn 3 ttl 128"},
		{"SYN with MSS", v4.TCP(syn, nil), tcp + " 0/0 flags 0x2 seq 9 ack 0 win 8192 mss 1460"},
		{"MSS only in a SYN", v4.TCP(pcaptest.TCP{Src: 40000, Dst: 443, Seq: 9, Flags: pcaptest.ACK, Options: []byte{2, 4, 5, 0xb4}}, nil),
			tcp + " 0/0 flags 0x10 seq 9 ack 0 win 65535"},
		{"option with a lying length", v4.TCP(pcaptest.TCP{Src: 40000, Dst: 443, Flags: pcaptest.SYN, Options: []byte{3, 40, 2, 4, 5, 0xb4, 0, 0}}, nil),
			tcp + " 0/0 flags 0x2 seq 0 ack 0 win 65535"},
		{"data", v4.TCP(pcaptest.TCP{Src: 40000, Dst: 443, Seq: 1 << 31, Ack: 5, Flags: pcaptest.ACK | pcaptest.PSH}, make([]byte, 700)),
			tcp + " 700/700 flags 0x18 seq 2147483648 ack 5 win 65535"},
		{"hop-by-hop, routing, destination", ext(pcaptest.Ext{Proto: 0, Body: []byte{5, 2, 0, 0}}, pcaptest.Ext{Proto: 43, Body: make([]byte, 22)}, pcaptest.Ext{Proto: 60}).UDP(52000, 5004, []byte("audio")), audio6},
		{"atomic fragment", ext(pcaptest.Ext{Proto: pcaptest.ProtoFragment, Body: make([]byte, 6)}).UDP(52000, 5004, []byte("audio")), audio6},
		{"atomic fragment with reserved bits", ext(pcaptest.Ext{Proto: pcaptest.ProtoFragment, Body: []byte{0, 6, 0, 0, 0, 1}}).UDP(52000, 5004, []byte("audio")), audio6},
		{"authentication header", v6.Packet(51, append([]byte{17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, v6.Datagram(52000, 5004, []byte("audio"))...)), audio6},
		{"no next header", v6.Packet(59, []byte("rest")), "59 2001:db8:20::15>2001:db8:72::2 4/4"},
		{"a dozen extension headers", pcaptest.IP{Src: hostA6, Dst: hostB6, Ext: many[:11]}.UDP(52000, 5004, []byte("audio")), audio6},
		{"too many extension headers", pcaptest.IP{Src: hostA6, Dst: hostB6, Ext: many}.UDP(52000, 5004, []byte("audio")), "IPv6 extension headers"},
		{"SCTP", v4.Packet(132, []byte{0x13, 0x8c, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0}), "132 10.20.1.15:5004>170.72.1.2:80 12/12"},
		{"ESP", v4.Packet(50, []byte("secret")), "50 10.20.1.15>170.72.1.2 6/6"},
		{"echo", v4.ICMP(8, 0, 0x10001, []byte("ping")), "icmp 10.20.1.15:8>170.72.1.2:0 4/4"},
		{"echo reply", v4.ICMP(0, 0, 0x10001, []byte("ping")), "icmp 10.20.1.15:0>170.72.1.2:8 4/4"},
		{"echo of ICMPv6", v6.ICMP(128, 0, 0, nil), "icmp6 [2001:db8:20::15]:128>[2001:db8:72::2]:129 0/0"},
		{"time stamp reply", v4.ICMP(14, 0, 0, nil), "icmp 10.20.1.15:14>170.72.1.2:13 0/0"},
		{"redirect", v4.ICMP(5, 1, 0, nil), "icmp 10.20.1.15:5>170.72.1.2:1 0/0 one-way"},
		{"port unreachable", v4.ICMPError(3, 3, 0, media), "icmp 10.20.1.15:3>170.72.1.2:3 28/28 one-way quotes 3/3 udp 10.20.1.15:52000>170.72.1.2:5004"},
		{"packet too big", v6.ICMPError(2, 0, 1280, media6), "icmp6 [2001:db8:20::15]:2>[2001:db8:72::2]:0 53/53 one-way quotes 2/0 udp 2001:db8:20::15:52000>2001:db8:72::2:5004"},
		{"quote of a later fragment", v4.ICMPError(11, 1, 0, v4.Fragments(17, make([]byte, 40), 44)[1]), "icmp 10.20.1.15:11>170.72.1.2:1 28/28 one-way"},
		{"quote of ICMP", v4.ICMPError(3, 1, 0, v4.ICMP(8, 0, 0, nil)), "icmp 10.20.1.15:3>170.72.1.2:1 28/28 one-way"},
		{"quote that is cut", v4.ICMP(3, 3, 0, media[:22]), "icmp 10.20.1.15:3>170.72.1.2:3 22/22 one-way"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := one(Config{}, capture.LinkEthernet, eth(tt.packet)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestPadding: what an Ethernet card adds to reach 60 bytes is no payload.
func TestPadding(t *testing.T) {
	for name, packet := range map[string][]byte{"IPv4": media, "IPv6": media6} {
		f := eth(packet)
		f.Data = append(f.Data, make([]byte, 20)...)
		f.WireLen = len(f.Data)
		if got := one(Config{}, capture.LinkEthernet, f); !strings.HasSuffix(got, " 5/5") {
			t.Errorf("%s: %s", name, got)
		}
	}
	ack := eth(v4.TCP(pcaptest.TCP{Src: 1, Dst: 2, Flags: pcaptest.ACK}, nil))
	ack.Data = append(ack.Data, make([]byte, 6)...)
	ack.WireLen = len(ack.Data)
	if got := one(Config{}, capture.LinkEthernet, ack); !strings.Contains(got, " 0/0 ") {
		t.Errorf("padded ACK: %s", got)
	}
}

// TestOffload: frames that the host merged before capture or has yet to cut. Their length fields are 0 where they do
// not fit.
func TestOffload(t *testing.T) {
	data := make([]byte, 18_000)
	tcp := pcaptest.TCP{Src: 40000, Dst: 443, Seq: 1, Flags: pcaptest.ACK}
	zero4, zero6 := v4.TCP(tcp, data), v6.TCP(tcp, data)
	binary.BigEndian.PutUint16(zero4[2:], 0)
	binary.BigEndian.PutUint16(zero6[4:], 0)
	zeroUDP := v4.UDP(1, 2, data)
	binary.BigEndian.PutUint16(zeroUDP[2:], 0)
	binary.BigEndian.PutUint16(zeroUDP[24:], 0)
	for _, tt := range []struct {
		name   string
		packet []byte
		want   uint32
	}{
		{"18 kB", v4.TCP(tcp, data), 18_040},
		{"total length 0", zero4, 18_040},
		{"payload length 0 of IPv6", zero6, 18_060},
		{"UDP length 0", zeroUDP, 18_028},
	} {
		var p Packet
		r := New(Config{}).frame(capture.LinkEthernet, eth(tt.packet), &p)
		if r != OK || len(p.Payload) != 18_000 || p.PayloadLen != 18_000 || p.IPLen != tt.want {
			t.Errorf("%s: %v, payload %d of %d, IP length %d", tt.name, r, len(p.Payload), p.PayloadLen, p.IPLen)
		}
	}
}

// TestNumbersAndHash: numbers count every frame; both directions have one hash.
func TestNumbersAndHash(t *testing.T) {
	d := New(Config{})
	var a, b, c Packet
	d.frame(capture.LinkEthernet, eth(media), &a)
	d.frame(capture.LinkEthernet, typed(0x806, make([]byte, 46)), &c)
	d.frame(capture.LinkEthernet, eth(pcaptest.IP{Src: hostB, Dst: hostA}.UDP(5004, 52000, nil)), &b)
	if a.Number != 1 || b.Number != 3 {
		t.Errorf("numbers %d and %d, want 1 and 3", a.Number, b.Number)
	}
	if a.Hash != b.Hash || a.Hash == 0 {
		t.Errorf("hashes %x and %x of the two directions differ", a.Hash, b.Hash)
	}
	var e Packet
	d.frame(capture.LinkEthernet, eth(v4.ICMPError(3, 3, 0, media)), &e)
	if e.Quote.Hash != a.Hash {
		t.Errorf("the quote's hash %x is not the flow's %x", e.Quote.Hash, a.Hash)
	}
}

// TestStrippedTag: the kernel takes the outer tag off live frames and tells it beside them.
func TestStrippedTag(t *testing.T) {
	f := eth(media, pcaptest.VLAN(30))
	for tag, want := range map[uint16]string{0x1007: audio + " vlan [7 30]", 0x1000: audio + " vlan [30 0]", 0: audio + " vlan [30 0]"} {
		var p Packet
		in := capture.Frame{Time: 1, Length: uint32(len(f.Data)), WireLen: uint32(f.WireLen),
			Link: capture.LinkEthernet, VLAN: tag}
		if got := line(New(Config{}).Decode(&in, f.Data, &p), &p); got != want {
			t.Errorf("tag %#x: got %s, want %s", tag, got, want)
		}
	}
}

// TestMACs: of the innermost frame; what a tunnel carries without one has none.
func TestMACs(t *testing.T) {
	inside := eth(media)
	src, dst := MAC(inside.Data[6:12]), MAC(inside.Data[:6])
	if src == dst || src == (MAC{}) {
		t.Fatal("the frames of the tests do not tell sender and receiver apart")
	}
	marked := eth(media, pcaptest.VXLAN(outer, 7))
	copy(marked.Data, []byte{2, 0, 0, 0, 9, 1, 2, 0, 0, 0, 9, 2})
	for _, tt := range []struct {
		name     string
		f        pcaptest.Frame
		src, dst MAC
	}{
		{"plain", inside, src, dst},
		{"VLAN", eth(media, pcaptest.VLAN(30)), src, dst},
		{"MPLS", eth(media, pcaptest.MPLS(16)), src, dst},
		{"the frame inside", marked, src, dst},
		{"no frame inside", eth(media, pcaptest.IPIP(outer)), MAC{}, MAC{}},
	} {
		var p Packet
		r := New(Config{}).frame(capture.LinkEthernet, tt.f, &p)
		if r != OK || p.SrcMAC != tt.src || p.DstMAC != tt.dst {
			t.Errorf("%s: %v, %x to %x, want %x to %x", tt.name, r, p.SrcMAC, p.DstMAC, tt.src, tt.dst)
		}
	}
}

// TestStats counts a small mixed capture.
func TestStats(t *testing.T) {
	d := New(Config{})
	var p Packet
	at := func(f pcaptest.Frame, s int) pcaptest.Frame {
		f.Time = pcaptest.Start.Add(time.Duration(s) * time.Second)
		return f
	}
	d.frame(capture.LinkEthernet, at(eth(media), 1), &p)
	d.frame(capture.LinkEthernet, at(typed(0x806, make([]byte, 46)), 0), &p)
	d.frame(capture.LinkEthernet, at(eth(media, pcaptest.Snap(30)), 2), &p)
	d.frame(capture.LinkEthernet, at(eth(media, pcaptest.Snap(44)), 3), &p)
	d.frame(231, at(eth(media), 4), &p)
	s := d.Stats
	wire := int64(4*len(eth(media).Data) + 60)
	if s.Packets != 5 || s.WireBytes != wire || s.Truncated != 2 || s.CutHeader != 1 || s.NotIP() != 1 ||
		s.ClockSteps != 1 {
		t.Errorf("packets %d, bytes %d (want %d), truncated %d, cut headers %d, not IP %d, clock steps %d",
			s.Packets, s.WireBytes, wire, s.Truncated, s.CutHeader, s.NotIP(), s.ClockSteps)
	}
	if got := fmt.Sprint(s.Undecodable()); got != "map[IPv4 header cut:1 unknown link type:1]" {
		t.Errorf("undecodable: %s", got)
	}
	if s.FirstTime != pcaptest.Start.UnixNano() || s.LastTime != pcaptest.Start.Add(4*time.Second).UnixNano() {
		t.Errorf("times %d to %d", s.FirstTime, s.LastTime)
	}
	for r := range numReasons {
		if r.String() == "" {
			t.Errorf("reason %d has no name", r)
		}
	}
}
