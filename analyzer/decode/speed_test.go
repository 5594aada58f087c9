package decode

import (
	"testing"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

type kind struct {
	name string
	link capture.LinkType
	f    pcaptest.Frame
}

// kinds are the frames that the fast path is measured with; the payload is that of a media packet or a full segment.
func kinds() []kind {
	udp := v4.UDP(52000, 5004, make([]byte, 200))
	tcp := v4.TCP(pcaptest.TCP{Src: 40000, Dst: 443, Seq: 1, Flags: pcaptest.ACK}, make([]byte, 1400))
	return []kind{
		{"udp", capture.LinkEthernet, eth(udp)},
		{"udp6", capture.LinkEthernet, eth(v6.UDP(52000, 5004, make([]byte, 200)))},
		{"tcp", capture.LinkEthernet, eth(tcp)},
		{"ack", capture.LinkEthernet, eth(v4.TCP(pcaptest.TCP{Src: 40000, Dst: 443, Seq: 1, Flags: pcaptest.ACK}, nil))},
		{"vlan", capture.LinkEthernet, eth(udp, pcaptest.VLAN(30))},
		{"qinq", capture.LinkEthernet, eth(tcp, pcaptest.QinQ(7, 30))},
		{"cooked", capture.LinkSLL, relink(eth(udp), pcaptest.LinkSLL)},
		{"raw", capture.LinkRaw, relink(eth(udp), pcaptest.LinkRaw)},
		{"mpls", capture.LinkEthernet, eth(udp, pcaptest.MPLS(16, 17))},
		{"gre", capture.LinkEthernet, eth(udp, pcaptest.GREv0(outer, pcaptest.GRE{}))},
		{"vxlan", capture.LinkEthernet, eth(udp, pcaptest.VXLAN(outer, 5000))},
		{"erspan", capture.LinkEthernet, eth(tcp, pcaptest.ERSPAN(outer, 2, 5))},
		{"arp", capture.LinkEthernet, typed(0x806, make([]byte, 46))},
	}
}

// TestNoAllocs: decoding allocates nothing once a session and an interface are known.
func TestNoAllocs(t *testing.T) {
	for _, k := range kinds() {
		d := New(Config{})
		in := capture.Frame{Time: 1, Length: uint32(len(k.f.Data)), WireLen: uint32(k.f.WireLen), Link: k.link}
		var p Packet
		d.Decode(&in, k.f.Data, &p)
		if n := testing.AllocsPerRun(1000, func() { in.Time += 1e6; d.Decode(&in, k.f.Data, &p) }); n != 0 {
			t.Errorf("%s: %v allocations per packet, want 0", k.name, n)
		}
	}
}

// BenchmarkDecode measures each kind, beside gopacket's parser where that knows the layers.
func BenchmarkDecode(b *testing.B) {
	for _, k := range kinds() {
		in := capture.Frame{Time: 1, Length: uint32(len(k.f.Data)), WireLen: uint32(k.f.WireLen), Link: k.link}
		b.Run(k.name, func(b *testing.B) {
			d := New(Config{})
			var p Packet
			b.ReportAllocs()
			b.SetBytes(int64(k.f.WireLen))
			for b.Loop() {
				in.Time += 1e6
				d.Decode(&in, k.f.Data, &p)
			}
		})
		o := newOracle()
		var p Packet
		New(Config{}).frame(k.link, k.f, &p)
		if _, ok := o.plain(k.f.Data); !ok || k.link != capture.LinkEthernet || p.Tunnels != (TunnelSet{}) {
			continue
		}
		b.Run(k.name+"-gopacket", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(k.f.WireLen))
			for b.Loop() {
				if err := o.p.DecodeLayers(k.f.Data, &o.found); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReassembly puts datagrams of 3000 bytes together.
func BenchmarkReassembly(b *testing.B) {
	var frames []pcaptest.Frame
	for _, p := range v4.Fragments(ProtoUDP, v4.Datagram(1, 2, pattern(3000)), 1500) {
		frames = append(frames, eth(p))
	}
	d := New(Config{})
	var p Packet
	in := capture.Frame{Time: 1, Link: capture.LinkEthernet}
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range frames {
			in.Time += 5e6
			in.Length, in.WireLen = uint32(len(f.Data)), uint32(f.WireLen)
			d.Decode(&in, f.Data, &p)
		}
	}
	if d.Stats.Fragments.Reassembled == 0 {
		b.Fatal("nothing was put together")
	}
}
