package pcaptest

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	google "github.com/google/gopacket"
	googlelayers "github.com/google/gopacket/layers"
)

var (
	testClient = netip.MustParseAddrPort("10.20.1.15:50000")
	testServer = netip.MustParseAddrPort("170.72.1.2:443")
)

// seg is what a test wants to know of a TCP segment; numbers are relative to the side's first.
type seg struct {
	from     Side
	flags    string
	seq, ack uint32
	n        int
	at       time.Duration
}

func segmentsOf(t *testing.T, c *Capture) []seg {
	t.Helper()
	var out []seg
	var first [2]uint32
	var seen [2]bool
	for _, f := range c.Frames {
		p := google.NewPacket(f.Data, googlelayers.LayerTypeEthernet, google.Default)
		h := p.Layer(googlelayers.LayerTypeTCP).(*googlelayers.TCP)
		s := seg{n: len(h.Payload), at: f.Time.Sub(Start)}
		if uint16(h.SrcPort) == testServer.Port() {
			s.from = Server
		}
		if !seen[s.from] {
			seen[s.from], first[s.from] = true, h.Seq
		}
		s.seq, s.ack = h.Seq-first[s.from], 0
		if h.ACK {
			s.ack = h.Ack - first[s.from.other()]
		}
		for flag, on := range map[string]bool{"S": h.SYN, "F": h.FIN, "R": h.RST} {
			if on {
				s.flags += flag
			}
		}
		out = append(out, s)
		if bad := badChecksums(t, f.Data, LinkEthernet); bad != nil {
			t.Errorf("bad checksums: %v", bad)
		}
	}
	return out
}

func TestTCPConversation(t *testing.T) {
	s := New(1, Start)
	s.TCP(testClient, testServer, Path{RTT: 20 * time.Millisecond, MSS: 1000}).Open().Send(make([]byte, 300)).Recv(
		make([]byte, 2500)).Close()
	want := []seg{
		{Client, "S", 0, 0, 0, 0},
		{Server, "S", 0, 1, 0, 20000 * time.Microsecond},
		{Client, "", 1, 1, 0, 20200 * time.Microsecond},
		{Client, "", 1, 1, 300, 20200 * time.Microsecond},
		{Server, "", 1, 301, 1000, 40200 * time.Microsecond},
		{Server, "", 1001, 301, 1000, 40250 * time.Microsecond},
		{Server, "", 2001, 301, 500, 40300 * time.Microsecond},
		{Client, "", 301, 2501, 0, 40350 * time.Microsecond},
		{Client, "F", 301, 2501, 0, 40500 * time.Microsecond},
		{Server, "F", 2501, 302, 0, 60500 * time.Microsecond},
		{Client, "", 302, 2502, 0, 60700 * time.Microsecond},
	}
	got := segmentsOf(t, s.Capture())
	if len(got) != len(want) {
		t.Fatalf("%d segments, want %d:\n%v", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("segment %d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestTCPFaults(t *testing.T) {
	const mss = 100
	for _, c := range []struct {
		name   string
		faults []Fault
		want   []uint32 // sequence numbers of the data segments, in capture order
	}{
		{"none", nil, []uint32{1, 101, 201}},
		{"drop", []Fault{Drop(1)}, []uint32{1, 201}},
		{"duplicate", []Fault{Duplicate(0)}, []uint32{1, 1, 101, 201}},
		{"retransmit", []Fault{Retransmit(0, time.Second)}, []uint32{1, 101, 201, 1}},
		{"lost and sent again", []Fault{Drop(0), Retransmit(0, time.Second)}, []uint32{101, 201, 1}},
		{"swap", []Fault{Swap(0, 2)}, []uint32{201, 101, 1}},
		{"overlap", []Fault{Overlap(1, 30)}, []uint32{1, 71, 201}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(1, Start)
			data := NewRand(3).Bytes(3 * mss)
			s.TCP(testClient, testServer, Path{MSS: mss}).Open().Send(data, c.faults...)
			var got []uint32
			for _, g := range segmentsOf(t, s.Capture()) {
				if g.n > 0 {
					got = append(got, g.seq)
				}
			}
			if len(got) != len(c.want) {
				t.Fatalf("sequence numbers %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Fatalf("sequence numbers %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestOverlapRepeatsTheSameBytes(t *testing.T) {
	s := New(1, Start)
	s.TCP(testClient, testServer, Path{MSS: 100}).Open().Send(NewRand(3).Bytes(200), Overlap(1, 30))
	var parts [][]byte
	for _, f := range s.Capture().Frames {
		packet := google.NewPacket(f.Data, googlelayers.LayerTypeEthernet, google.Default)
		h := packet.Layer(googlelayers.LayerTypeTCP).(*googlelayers.TCP)
		if len(h.Payload) > 0 {
			parts = append(parts, h.Payload)
		}
	}
	if len(parts) != 2 || len(parts[1]) != 130 || !bytes.Equal(parts[0][70:], parts[1][:30]) {
		t.Errorf("segments of %d and %d bytes do not share 30", len(parts[0]), len(parts[1]))
	}
}

func TestTCPEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(*TCPFlow)
		want string
	}{
		{"refused", func(c *TCPFlow) { c.Refused() }, "S R"},
		{"unanswered", func(c *TCPFlow) { c.Unanswered(3) }, "S S S"},
		{"reset by the server", func(c *TCPFlow) { c.Open().Send([]byte("x")).Reset(Server) }, "S S - - R"},
		{"closed by the server", func(c *TCPFlow) { c.Open().Close(Server) }, "S S - F F -"},
	} {
		s := New(1, Start)
		c.play(s.TCP(testClient, testServer, Path{}))
		got := ""
		for i, g := range segmentsOf(t, s.Capture()) {
			if i > 0 {
				got += " "
			}
			if g.flags == "" {
				g.flags = "-"
			}
			got += g.flags
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestUDPFragmentsAndICMP(t *testing.T) {
	s := New(1, Start)
	u := s.UDP(testClient, testServer, Path{MTU: 1500, VLAN: []uint16{30}, DSCP: EF, TTL: 128})
	u.Send(make([]byte, 2000)).ICMP(Client, netip.MustParseAddr("10.20.0.1"), 3, 13)
	c := s.Capture()
	if len(c.Frames) != 3 {
		t.Fatalf("%d frames, want two fragments and an ICMP error", len(c.Frames))
	}
	if got, want := chain(c.Frames[0].Data, googlelayers.LayerTypeEthernet), "Ethernet Dot1Q IPv4 Fragment"; got != want {
		t.Errorf("layers %q, want %q", got, want)
	}
	v4 := google.NewPacket(c.Frames[0].Data, googlelayers.LayerTypeEthernet,
		google.Default).Layer(googlelayers.LayerTypeIPv4).(*googlelayers.IPv4)
	if v4.TOS != EF<<2 || v4.TTL != 128 {
		t.Errorf("TOS %#x, TTL %d", v4.TOS, v4.TTL)
	}
	if got, want := chain(c.Frames[2].Data, googlelayers.LayerTypeEthernet), "Ethernet Dot1Q IPv4 ICMPv4 Payload"; got != want {
		t.Errorf("layers %q, want %q", got, want)
	}
}
