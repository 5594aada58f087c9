package pcaptest

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	google "github.com/google/gopacket"
	googlelayers "github.com/google/gopacket/layers"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// badChecksums lists what another implementation finds wrong in a frame.
func badChecksums(t *testing.T, data []byte, link Link) []string {
	t.Helper()
	p := gopacket.NewPacket(data, layers.LinkType(link), gopacket.Default)
	var network gopacket.NetworkLayer
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case gopacket.NetworkLayer:
			network = l
		case interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}:
			l.SetNetworkLayerForChecksum(network)
		}
	}
	err, wrong := p.VerifyChecksums()
	var out []string
	if err != nil {
		out = append(out, err.Error())
	}
	for _, w := range wrong {
		out = append(out, w.Layer.LayerType().String())
	}
	return out
}

// chain is the layers that google/gopacket finds, as "Ethernet Dot1Q IPv4 UDP Payload".
func chain(data []byte, first google.LayerType) string {
	var names []string
	for _, l := range google.NewPacket(data, first, google.Default).Layers() {
		names = append(names, l.LayerType().String())
	}
	return strings.Join(names, " ")
}

var (
	hostV4  = netip.MustParseAddr("10.20.1.15")
	peerV4  = netip.MustParseAddr("170.72.1.2")
	hostV6  = netip.MustParseAddr("fd00:20::15")
	peerV6  = netip.MustParseAddr("2607:fcf0::2")
	inner   = IP{Src: hostV4, Dst: peerV4, DSCP: EF, ID: 7}.UDP(52000, 5004, []byte("hello"))
	innerV6 = IP{Src: hostV6, Dst: peerV6}.UDP(52000, 5004, []byte("hello"))
)

func TestPacketHeaders(t *testing.T) {
	ip := IP{Src: hostV4, Dst: peerV4, DSCP: EF, ECN: 1, TTL: 57, ID: 0x1234, DontFragment: true,
		Options: []byte{148, 4, 0, 0}}
	frame := Ethernet(ip.TCP(TCP{Src: 50000, Dst: 443, Seq: 1, Ack: 2, Flags: ACK | PSH, Options: synOptions(1460)},
		[]byte("abc")))
	p := google.NewPacket(frame, googlelayers.LayerTypeEthernet, google.Default)
	v4 := p.Layer(googlelayers.LayerTypeIPv4).(*googlelayers.IPv4)
	if v4.TOS != EF<<2|1 || v4.TTL != 57 || v4.Id != 0x1234 || v4.Flags != googlelayers.IPv4DontFragment ||
		len(v4.Options) != 1 {
		t.Errorf("IPv4 header: %+v", v4)
	}
	if v4.SrcIP.String() != "10.20.1.15" || v4.DstIP.String() != "170.72.1.2" || int(v4.Length) != len(frame)-14 {
		t.Errorf("IPv4 addresses or length: %+v", v4)
	}
	segment := p.Layer(googlelayers.LayerTypeTCP).(*googlelayers.TCP)
	if segment.SrcPort != 50000 || segment.DstPort != 443 || !segment.PSH || segment.SYN ||
		string(segment.Payload) != "abc" {
		t.Errorf("TCP header: %+v", segment)
	}
	if got := badChecksums(t, frame, LinkEthernet); got != nil {
		t.Errorf("bad checksums: %v", got)
	}
}

func TestChecksumOracleSeesFaults(t *testing.T) {
	frame := Ethernet(slices.Clone(inner))
	frame[len(frame)-1] ^= 1
	if got := badChecksums(t, frame, LinkEthernet); len(got) != 1 || got[0] != "UDP" {
		t.Errorf("a flipped bit: %v, want UDP", got)
	}
}

func TestIPv6Extensions(t *testing.T) {
	ip := IP{Src: hostV6, Dst: peerV6, DSCP: AF41, Label: 0xabcde, Ext: []Ext{
		{ProtoHopByHop, []byte{5, 2, 0, 0, 1, 0}}, {ProtoDestOpts, []byte{1, 4, 0, 0, 0, 0}},
	}}
	frame := Ethernet(ip.UDP(1, 2, []byte("x")))
	if got, want := chain(frame, googlelayers.LayerTypeEthernet), "Ethernet IPv6 IPv6HopByHop IPv6Destination UDP Payload"; got != want {
		t.Errorf("layers %q, want %q", got, want)
	}
	packet := google.NewPacket(frame, googlelayers.LayerTypeEthernet, google.Default)
	v6 := packet.Layer(googlelayers.LayerTypeIPv6).(*googlelayers.IPv6)
	if v6.TrafficClass != AF41<<2 || v6.FlowLabel != 0xabcde || v6.HopLimit != 64 {
		t.Errorf("IPv6 header: %+v", v6)
	}
	if got := badChecksums(t, frame, LinkEthernet); got != nil {
		t.Errorf("bad checksums: %v", got)
	}
}

func TestFragments(t *testing.T) {
	payload := NewRand(1).Bytes(3000)
	for _, ip := range []IP{{Src: hostV4, Dst: peerV4, ID: 9}, {Src: hostV6, Dst: peerV6, ID: 9}} {
		datagram := ip.Datagram(1, 2, payload)
		var whole []byte
		parts := ip.Fragments(ProtoUDP, datagram, 1300)
		for i, part := range parts {
			if len(part) > 1300 {
				t.Errorf("%v: fragment %d has %d bytes", ip.Src, i, len(part))
			}
			head, field := 20, int(part[6])<<8|int(part[7])
			offset, more := field&0x1fff*8, field&0x2000 != 0
			if ip.Src.Is6() {
				head, field = 48, int(part[42])<<8|int(part[43])
				offset, more = field&^7, field&1 != 0
			}
			if offset != len(whole) || more != (i < len(parts)-1) {
				t.Errorf("%v: fragment %d: offset %d more %v", ip.Src, i, offset, more)
			}
			whole = append(whole, part[head:]...)
		}
		if !slices.Equal(whole, datagram) || len(parts) != 3 {
			t.Errorf("%v: %d fragments do not make the datagram", ip.Src, len(parts))
		}
	}
}

func TestICMPErrorQuotes(t *testing.T) {
	by := netip.MustParseAddr("10.20.0.1")
	frame := Ethernet(IP{Src: by, Dst: hostV4}.ICMPError(3, 13, 0, inner))
	quoted := google.NewPacket(frame, googlelayers.LayerTypeEthernet,
		google.Default).Layer(googlelayers.LayerTypeICMPv4).LayerPayload()
	if !slices.Equal(quoted, inner[:28]) {
		t.Errorf("quoted % x, want header and eight bytes", quoted)
	}
	v6 := Ethernet(IP{Src: peerV6, Dst: hostV6}.ICMPError(1, 1, 0, innerV6))
	for _, f := range [][]byte{frame, v6} {
		if got := badChecksums(t, f, LinkEthernet); got != nil {
			t.Errorf("bad checksums: %v", got)
		}
	}
}
