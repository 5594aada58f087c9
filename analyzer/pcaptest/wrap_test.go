package pcaptest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	google "github.com/google/gopacket"
	googlelayers "github.com/google/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

func TestWraps(t *testing.T) {
	outer := Outer{Src: hostV4, Dst: peerV4}
	outer6 := Outer{Src: hostV6, Dst: peerV6}
	key := uint32(77)
	for _, c := range []struct {
		name string
		wrap func() Wrap
		want string
	}{
		{"vlan", func() Wrap { return VLAN(5<<13 | 100) }, "Ethernet Dot1Q IPv4 UDP Payload"},
		{"qinq", func() Wrap { return QinQ(7, 100) }, "Ethernet Dot1Q Dot1Q IPv4 UDP Payload"},
		{"mpls", func() Wrap { return MPLS(16, 17) }, "Ethernet MPLS MPLS IPv4 UDP Payload"},
		{"pppoe", func() Wrap { return PPPoE(9) }, "Ethernet PPPoE PPP IPv4 UDP Payload"},
		{"4in4", func() Wrap { return IPIP(outer) }, "Ethernet IPv4 IPv4 UDP Payload"},
		{"4in6", func() Wrap { return IPIP(outer6) }, "Ethernet IPv6 IPv4 UDP Payload"},
		{"gre", func() Wrap { return GREv0(outer, GRE{Key: &key, Sequence: true, Checksum: true}) }, "Ethernet IPv4 GRE IPv4 UDP Payload"},
		{"gretap", func() Wrap { return GREv0(outer, GRE{Bridged: true}) }, "Ethernet IPv4 GRE Ethernet IPv4 UDP Payload"},
		{"erspan2", func() Wrap { return ERSPAN(outer, 2, 5) }, "Ethernet IPv4 GRE ERSPAN Type II Ethernet IPv4 UDP Payload"},
		{"vxlan", func() Wrap { return VXLAN(outer, 5000) }, "Ethernet IPv4 UDP VXLAN Ethernet IPv4 UDP Payload"},
		{"geneve", func() Wrap { return Geneve(outer, 5000, []byte{1, 2, 3, 0}) }, "Ethernet IPv4 UDP Geneve Ethernet IPv4 UDP Payload"},
		{"gtpu", func() Wrap { return GTPU(outer, 0x1234, true) }, "Ethernet IPv4 UDP GTPv1U IPv4 UDP Payload"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := Frame{Data: Ethernet(inner)}
			in.WireLen = len(in.Data)
			got := c.wrap()(in)
			if layers := chain(got.Data, googlelayers.LayerTypeEthernet); layers != c.want {
				t.Errorf("layers %q, want %q", layers, c.want)
			}
			if !bytes.HasSuffix(got.Data, inner) || got.WireLen != len(got.Data) {
				t.Errorf("the inner packet was changed or the wire length is wrong: %d of %d", len(got.Data), got.WireLen)
			}
			if !bytes.Equal(in.Data, Ethernet(inner)) {
				t.Error("the frame that was given was changed")
			}
			snapped := c.wrap()(Snap(30)(in)) // length fields of outer headers stay those of the wire
			if !bytes.Equal(snapped.Data[:34], got.Data[:34]) {
				t.Errorf("headers differ when the frame is cut:\n% x\n% x", snapped.Data[:34], got.Data[:34])
			}
			if snapped.WireLen != got.WireLen || len(snapped.Data) != len(got.Data)-(len(in.Data)-30) {
				t.Errorf("cut: %d bytes of %d", len(snapped.Data), snapped.WireLen)
			}
		})
	}
}

func TestSixInFour(t *testing.T) {
	f := IPIP(Outer{Src: hostV4, Dst: peerV4})(Frame{Data: Ethernet(innerV6), WireLen: len(innerV6) + 14})
	if got, want := chain(f.Data, googlelayers.LayerTypeEthernet), "Ethernet IPv4 IPv6 UDP Payload"; got != want {
		t.Errorf("layers %q, want %q", got, want)
	}
}

func TestERSPANNumbersFrames(t *testing.T) {
	in := Frame{Data: Ethernet(inner), WireLen: len(inner) + 14}
	for version, head := range map[int]int{1: 4, 2: 16, 3: 20} {
		w := ERSPAN(Outer{Src: hostV4, Dst: peerV4}, version, 5)
		w(in)
		second := w(in).Data[34:]
		if !bytes.Equal(second[head:], in.Data) {
			t.Errorf("version %d: the mirrored frame does not follow %d bytes of headers", version, head)
		}
		if version > 1 && binary.BigEndian.Uint32(second[4:]) != 2 {
			t.Errorf("version %d: sequence number % x, want 2", version, second[4:8])
		}
	}
}

func TestLinkTypes(t *testing.T) {
	c := &Capture{Link: LinkEthernet}
	c.Add(Start, Ethernet(inner))
	for link, want := range map[Link]string{
		LinkNull: "Loopback IPv4 UDP Payload", LinkLoop: "Loopback IPv4 UDP Payload",
		LinkSLL: "Linux SLL IPv4 UDP Payload", LinkRaw: "IPv4 UDP Payload",
	} {
		first := map[Link]google.LayerType{
			LinkNull: googlelayers.LayerTypeLoopback, LinkLoop: googlelayers.LayerTypeLoopback,
			LinkSLL: googlelayers.LayerTypeLinuxSLL, LinkRaw: googlelayers.LayerTypeIPv4,
		}[link]
		as := c.As(link)
		if got := chain(as.Frames[0].Data, first); got != want || as.Link != link {
			t.Errorf("link %d: layers %q, want %q", link, got, want)
		}
	}
	sll2 := c.As(LinkSLL2).Frames[0].Data
	if binary.BigEndian.Uint16(sll2) != EtherIPv4 || !bytes.Equal(sll2[20:], inner) {
		t.Errorf("SLL2: % x", sll2[:24])
	}
}

// snapped are two frames, 48 bytes of each.
func snapped() *Capture {
	c := &Capture{Link: LinkEthernet}
	c.Add(Start.Add(123456789), Ethernet(inner))
	c.Add(Start.Add(2*time.Second), Ethernet(innerV6))
	return c.Wrap(Snap(48))
}

func TestPcapReadsBack(t *testing.T) {
	c := snapped()
	for _, p := range []Pcap{{}, {Nano: true}, {Endian: binary.BigEndian},
		{Nano: true, Endian: binary.BigEndian, Snaplen: 48}} {
		var b bytes.Buffer
		if err := c.WritePcap(&b, p); err != nil {
			t.Fatal(err)
		}
		r, err := pcapgo.NewReader(&b)
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		for i, f := range c.Frames {
			data, info, err := r.ReadPacketData()
			want := f.Time
			if !p.Nano {
				want = want.Truncate(time.Microsecond)
			}
			if err != nil || !bytes.Equal(data, f.Data) || info.Length != f.WireLen || !info.Timestamp.Equal(want) {
				t.Errorf("%+v: frame %d: %v %v", p, i, info, err)
			}
		}
	}
}

func TestPcapngReadsBack(t *testing.T) {
	c := snapped()
	var b bytes.Buffer
	if err := c.WritePcapng(&b); err != nil {
		t.Fatal(err)
	}
	r, err := pcapgo.NewNgReader(&b, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	data, info, err := r.ReadPacketData()
	if err != nil || !bytes.Equal(data, c.Frames[0].Data) || !info.Timestamp.Equal(c.Frames[0].Time) ||
		info.Length != c.Frames[0].WireLen {
		t.Errorf("pcapng: %v %v", info, err)
	}
}

func TestCaptureOperations(t *testing.T) {
	a, b := &Capture{Link: LinkEthernet}, &Capture{Link: LinkEthernet}
	a.Add(Start.Add(2), []byte{2})
	b.Add(Start.Add(1), []byte{1})
	b.Add(Start.Add(2), []byte{3})
	var order []byte
	for _, f := range Merge(a, b).Shift(time.Hour).Frames {
		order = append(order, f.Data...)
	}
	if !slices.Equal(order, []byte{1, 2, 3}) {
		t.Errorf("merged order %v, want 1 2 3", order)
	}
	if got := b.Filter(func(i int, _ Frame) bool {
		return i == 1
	}); len(got.Frames) != 1 || got.Frames[0].Data[0] != 3 {
		t.Errorf("filter kept %+v", got.Frames)
	}
}

// layer wraps a frame and reads one layer of what comes of it.
func layer(w Wrap, typ google.LayerType) google.Layer {
	in := Frame{Data: Ethernet(inner), WireLen: len(inner) + 14}
	return google.NewPacket(w(in).Data, googlelayers.LayerTypeEthernet, google.Default).Layer(typ)
}

// TestTunnelNumbers looks at the identifiers and lengths that only a decoder of the tunnel would see.
func TestTunnelNumbers(t *testing.T) {
	outer := Outer{Src: hostV4, Dst: peerV4, DSCP: CS3}
	if got := layer(VXLAN(outer, 5000), googlelayers.LayerTypeVXLAN).(*googlelayers.VXLAN); got.VNI != 5000 ||
		!got.ValidIDFlag {
		t.Errorf("VXLAN: %+v", got)
	}
	geneve := layer(Geneve(outer, 5001, []byte{1, 2, 3, 0}), googlelayers.LayerTypeGeneve).(*googlelayers.Geneve)
	if geneve.VNI != 5001 || len(geneve.Options) != 1 {
		t.Errorf("Geneve: %+v", geneve)
	}
	gtp := layer(GTPU(outer, 0x1234, true), googlelayers.LayerTypeGTPv1U).(*googlelayers.GTPv1U)
	if gtp.TEID != 0x1234 || gtp.SequenceNumber != 1 || int(gtp.MessageLength) != 4+len(inner) {
		t.Errorf("GTP-U: %+v", gtp)
	}
	key := uint32(77)
	gre := layer(GREv0(outer, GRE{Key: &key, Sequence: true}), googlelayers.LayerTypeGRE).(*googlelayers.GRE)
	if gre.Key != 77 || gre.Seq != 1 || gre.ChecksumPresent {
		t.Errorf("GRE: %+v", gre)
	}
	erspan := layer(ERSPAN(outer, 2, 513), googlelayers.LayerTypeERSPANII).(*googlelayers.ERSPANII)
	if erspan.SessionID != 513 || erspan.Version != 1 {
		t.Errorf("ERSPAN II: %+v", erspan)
	}
}

// TestTagNumbers: the same of what stands between Ethernet and IP.
func TestTagNumbers(t *testing.T) {
	if got := layer(MPLS(1000), googlelayers.LayerTypeMPLS).(*googlelayers.MPLS); got.Label != 1000 ||
		!got.StackBottom {
		t.Errorf("MPLS: %+v", got)
	}
	if got := layer(PPPoE(9), googlelayers.LayerTypePPPoE).(*googlelayers.PPPoE); got.SessionId != 9 ||
		int(got.Length) != 2+len(inner) {
		t.Errorf("PPPoE: %+v", got)
	}
	if got := layer(VLAN(5<<13|100), googlelayers.LayerTypeDot1Q).(*googlelayers.Dot1Q); got.VLANIdentifier != 100 ||
		got.Priority != 5 {
		t.Errorf("802.1Q: %+v", got)
	}
}
