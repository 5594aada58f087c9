package decode

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

// oracle is google/gopacket's parser for plain packets.
type oracle struct {
	eth   layers.Ethernet
	vlan  layers.Dot1Q
	ip4   layers.IPv4
	ip6   layers.IPv6
	tcp   layers.TCP
	udp   layers.UDP
	p     *gopacket.DecodingLayerParser
	found []gopacket.LayerType
}

func newOracle() *oracle {
	o := new(oracle)
	o.p = gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &o.eth, &o.vlan, &o.ip4, &o.ip6, &o.tcp, &o.udp)
	o.p.IgnoreUnsupported = true
	return o
}

// plain decodes a frame that was captured whole; ok is false for what is no plain TCP or UDP packet.
func (o *oracle) plain(b []byte) (p Packet, ok bool) {
	if err := o.p.DecodeLayers(b, &o.found); err != nil || o.p.Truncated || len(o.found) < 3 {
		return p, false
	}
	networks := 0 // of the version that the ethertype says; gopacket does not look
	for _, l := range o.found {
		switch l {
		case layers.LayerTypeIPv4:
			if networks++; o.ip4.Version != 4 {
				return p, false
			}
			p.Src, p.Dst, p.TTL, p.TOS = addr4(o.ip4.SrcIP), addr4(o.ip4.DstIP), o.ip4.TTL, o.ip4.TOS
		case layers.LayerTypeIPv6:
			if networks++; o.ip6.Version != 6 {
				return p, false
			}
			p.Src, p.Dst, p.TTL, p.TOS = addr6(o.ip6.SrcIP), addr6(o.ip6.DstIP), o.ip6.HopLimit, o.ip6.TrafficClass
		}
	}
	switch o.found[len(o.found)-1] {
	case layers.LayerTypeTCP:
		p.Proto, p.SrcPort, p.DstPort, p.Payload = ProtoTCP, uint16(o.tcp.SrcPort), uint16(o.tcp.DstPort), o.tcp.Payload
		p.Seq, p.Ack, p.Window = o.tcp.Seq, o.tcp.Ack, o.tcp.Window
	case layers.LayerTypeUDP:
		p.Proto, p.SrcPort, p.DstPort, p.Payload = ProtoUDP, uint16(o.udp.SrcPort), uint16(o.udp.DstPort), o.udp.Payload
	default:
		return p, false
	}
	return p, networks == 1
}

// disagrees names the first thing that the two see differently.
func (p *Packet) disagrees(q *Packet) string {
	switch {
	case p.Src != q.Src || p.Dst != q.Dst:
		return "addresses"
	case p.Proto != q.Proto || p.SrcPort != q.SrcPort || p.DstPort != q.DstPort:
		return "protocol or ports"
	case p.TTL != q.TTL || p.TOS != q.TOS:
		return "TTL or TOS"
	case p.Seq != q.Seq || p.Ack != q.Ack || p.Window != q.Window:
		return "sequence numbers or window"
	case !bytes.Equal(p.Payload, q.Payload):
		return "payload"
	}
	return ""
}

// seedFrames are whole Ethernet frames of every kind.
func seedFrames() []pcaptest.Frame {
	syn := v4.TCP(pcaptest.TCP{Src: 40000, Dst: 443, Seq: 9, Flags: pcaptest.SYN, Options: []byte{2, 4, 5, 0xb4}}, nil)
	ext := pcaptest.IP{Src: hostA6, Dst: hostB6, Ext: []pcaptest.Ext{{Proto: 0}, {Proto: 60}}}.UDP(1, 2, []byte("data"))
	key := uint32(3)
	frames := []pcaptest.Frame{
		eth(media), eth(media6), eth(syn), eth(ext), eth(v4.ICMPError(3, 3, 0, media)), eth(v6.ICMPError(1, 4, 0, media6)),
		eth(media, pcaptest.VLAN(30)), eth(media6, pcaptest.QinQ(7, 30)), eth(media, pcaptest.MPLS(16)), eth(media6, pcaptest.PPPoE(9)),
		eth(media, pcaptest.IPIP(outer)), eth(media6, pcaptest.GREv0(outer, pcaptest.GRE{Key: &key, Sequence: true, Checksum: true})),
		eth(media, pcaptest.ERSPAN(outer, 2, 5)), eth(media, pcaptest.ERSPAN(outer, 3, 5)), eth(media, pcaptest.VXLAN(outer, 5000)),
		eth(media6, pcaptest.Geneve(outer, 5000, []byte{1, 2, 3, 0})), eth(media, pcaptest.GTPU(outer, 1, true)), eth(inUDP(3544, media6)),
		eth(inUDP(37008, []byte{1, 0, 0, 1, 1}, eth(media).Data)), typed(0x8926, []byte{0, 1, 0, 2, 8, 0}, media),
		typed(0x8909, []byte{1, 1, 0, 1, 0, 17, 8, 0}, media), typed(uint16(8+len(media)), []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, media),
	}
	for _, w := range []pcaptest.Wrap{
		pcaptest.NVGRE(outer, 5000, 9), pcaptest.L2TPv2(outer, 3, 4, false), pcaptest.L2TPv2(outer, 3, 4, true), pcaptest.EtherIP(outer),
		pcaptest.L2TPv3(outer, 9, nil, false), pcaptest.L2TPv3(outer, 9, []byte("cook"), true),
		pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Radio: true}), pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Wireless: true}),
		pcaptest.InCAPWAP(outer, pcaptest.CAPWAP{Wireless: true, Swapped: true, Down: true}),
	} {
		frames = append(frames, eth(media, w))
	}
	for _, b := range capwapParts(7, eth(media).Data, 32) {
		frames = append(frames, eth(b))
	}
	for _, ip := range []pcaptest.IP{v4, v6} {
		for _, b := range ip.Fragments(ProtoUDP, ip.Datagram(1, 2, pattern(200)), 128) {
			frames = append(frames, eth(b))
		}
	}
	return frames
}

// addSeeds adds the seed frames, one by one and all together, over Ethernet and over every other link.
func addSeeds(f *testing.F) {
	var all []byte
	for _, s := range seedFrames() {
		one := append(be16(len(s.Data)), s.Data...)
		f.Add(uint16(capture.LinkEthernet), one, uint16(0))
		all = append(all, one...)
		for _, l := range []pcaptest.Link{pcaptest.LinkNull, pcaptest.LinkLoop, pcaptest.LinkRaw, pcaptest.LinkSLL,
			pcaptest.LinkSLL2} {
			if et := binary.BigEndian.Uint16(s.Data[12:]); et == 0x800 || et == 0x86dd {
				b := relink(s, l).Data
				f.Add(uint16(l), append(be16(len(b)), b...), uint16(3))
			}
		}
	}
	f.Add(uint16(capture.LinkEthernet), all, uint16(0))
	wifi := append(make([]byte, 24), 0xaa, 0xaa, 3, 0, 0, 0, 8, 0)
	wifi[0] = 8
	for l, head := range map[capture.LinkType][]byte{
		capture.LinkIEEE80211: wifi, capture.LinkRadiotap: append([]byte{0, 0, 8, 0, 0, 0, 0, 0}, wifi...),
		capture.LinkPKTAP: append([]byte{12, 0, 0, 0, 1, 0, 0, 0, 101, 0, 0, 0}, media...),
		capture.LinkPPI:   append([]byte{0, 0, 8, 0, 105, 0, 0, 0}, wifi...), capture.LinkPPP: {0, 0x21}, capture.LinkPPPHDLC: {0xff, 3, 0, 0x21},
		capture.LinkCiscoHDLC: {0x0f, 0, 8, 0}, capture.LinkPPPoE: {0x11, 0, 0, 9, 0, byte(2 + len(media)), 0, 0x21}, 117: append([]byte{61, 2}, make([]byte, 62)...),
		10: append([]byte{0x50, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}, wifi[24:]...),
	} {
		b := append(append([]byte(nil), head...), media...)
		f.Add(uint16(l), append(be16(len(b)), b...), uint16(0))
	}
}

// FuzzDecode hands the bytes, taken as frames behind lengths of 16 bits, to one decoder, as they are and cut. Nothing
// panics, the numbers fit together, and on plain packets the decoder agrees with gopacket.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	o := newOracle()
	f.Fuzz(func(t *testing.T, link uint16, data []byte, missing uint16) {
		d, plain := New(Config{}), New(Config{Decap: Decap{some: true}})
		for i := int64(0); len(data) > 0; i++ {
			b := data
			if len(data) >= 2 {
				n := min(int(binary.BigEndian.Uint16(data)), len(data)-2)
				b, data = data[2:2+n:2+n], data[2+n:]
			} else {
				data = nil
			}
			in := capture.Frame{Time: i * 1e6, Length: uint32(len(b)), WireLen: uint32(len(b)) + uint32(missing),
				Link: capture.LinkType(link)}
			var p, q Packet
			r := d.Decode(&in, b, &p)
			if r == OK {
				checkPacket(t, &p)
				checkHead(t, &in, b, &p)
			}
			if want, ok := o.plain(b); ok && in.Link == capture.LinkEthernet && missing == 0 {
				if r := plain.Decode(&in, b, &q); r != OK {
					t.Fatalf("%v, but gopacket decodes %+v", r, want)
				} else if what := q.disagrees(&want); what != "" {
					t.Fatalf("%s differ: %s, gopacket %s", what, line(r, &q), line(OK, &want))
				}
			}
		}
		if d.frags.open.n+d.frags.done.n != len(d.frags.byKey) {
			t.Fatalf("%d open and %d complete datagrams, %d keys", d.frags.open.n, d.frags.done.n, len(d.frags.byKey))
		}
	})
}

// checkHead: what is handed over is the packet, but for what is put together from several frames.
func checkHead(t *testing.T, in *capture.Frame, data []byte, want *Packet) {
	block := &capture.Block{Data: data, Frames: []capture.Frame{*in}}
	var h Head
	if r, beside := New(Config{}).Head(block, 0, &h); r != OK || beside != nil {
		return
	}
	var p Packet
	h.Unpack(block, want.Number-1, 0, &p)
	p.Clock = want.Clock // of a decoder that has seen more
	same(t, "head", &p, want)
}

func checkPacket(t *testing.T, p *Packet) {
	switch {
	case int(p.PayloadLen) < len(p.Payload):
		t.Fatalf("payload of %d bytes, %d captured", p.PayloadLen, len(p.Payload))
	case p.IPLen < p.PayloadLen:
		t.Fatalf("IP length %d, payload %d", p.IPLen, p.PayloadLen)
	case p.Hash == 0 || p.Number == 0:
		t.Fatalf("no hash or number")
	case p.Proto != ProtoTCP && (p.Options != (SYNOptions{}) || p.Flags != 0):
		t.Fatalf("TCP fields in protocol %d", p.Proto)
	}
}
