package decode

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/pcaptest"
)

// TestSnapLength cuts frames at every byte. The table says up to which length which outcome holds.
func TestSnapLength(t *testing.T) {
	tcp := v4.TCP(pcaptest.TCP{Src: 40000, Dst: 443, Seq: 9, Flags: pcaptest.SYN, Options: []byte{2, 4, 5, 0xb4}},
		[]byte("data"))
	ext := pcaptest.IP{Src: hostA6, Dst: hostB6, Ext: []pcaptest.Ext{{Proto: 60}}}.UDP(1, 2, []byte("data"))
	type span struct {
		from int
		want Reason
	}
	for _, tt := range []struct {
		name  string
		f     pcaptest.Frame
		spans []span
	}{
		{"UDP", eth(media), []span{{0, LinkShort}, {14, IPv4Short}, {34, UDPShort}, {42, OK}}},
		{"UDP in a VLAN", eth(media, pcaptest.VLAN(30)), []span{{0, LinkShort}, {18, IPv4Short}, {38, UDPShort}, {46, OK}}},
		{"UDP, IPv6", eth(media6), []span{{0, LinkShort}, {14, IPv4Short}, {15, IPv6Short}, {54, UDPShort}, {62, OK}}},
		{"IPv6 extension", eth(ext), []span{{0, LinkShort}, {14, IPv4Short}, {15, IPv6Short}, {62, UDPShort}, {70, OK}}},
		{"TCP", eth(tcp), []span{{0, LinkShort}, {14, IPv4Short}, {34, TCPShort}, {48, OK}}},
		{"ICMP", eth(v4.ICMPError(3, 3, 0, media)), []span{{0, LinkShort}, {14, IPv4Short}, {34, ICMPShort}, {38, OK}}},
		{"ERSPAN", eth(media, pcaptest.ERSPAN(outer, 2, 5)), []span{{0, LinkShort}, {14, IPv4Short}, {34, TunnelShort}, {50, LinkShort}, {64, IPv4Short}, {84, UDPShort}, {92, OK}}},
		{"MPLS", eth(media, pcaptest.MPLS(16)), []span{{0, LinkShort}, {14, TunnelShort}, {19, IPv4Short}, {38, UDPShort}, {46, OK}}},
		{"PPPoE", eth(media, pcaptest.PPPoE(1)), []span{{0, LinkShort}, {14, TunnelShort}, {22, IPv4Short}, {42, UDPShort}, {50, OK}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := OK
			for n := range len(tt.f.Data) + 1 {
				if len(tt.spans) > 0 && tt.spans[0].from == n {
					want, tt.spans = tt.spans[0].want, tt.spans[1:]
				}
				d := New(Config{})
				var p Packet
				r := d.frame(capture.LinkEthernet, pcaptest.Snap(n)(tt.f), &p)
				if r != want {
					t.Errorf("%d bytes: %v, want %v", n, r, want)
				}
				checkCounts(t, d, r, n < len(tt.f.Data))
				if r == OK && (int(p.PayloadLen) < len(p.Payload) || p.Cut != (n < len(tt.f.Data))) {
					t.Errorf("%d bytes: payload %d of %d, cut %v", n, len(p.Payload), p.PayloadLen, p.Cut)
				}
			}
			if len(tt.spans) > 0 {
				t.Errorf("never reached: %v", tt.spans)
			}
		})
	}
}

// checkCounts looks at the statistics of a decoder that saw one frame.
func checkCounts(t *testing.T, d *Decoder, r Reason, cut bool) {
	t.Helper()
	s, want := d.Stats, Stats{Packets: 1}
	if cut {
		want.Truncated = 1
		if r != OK {
			want.CutHeader = 1
		}
	}
	if s.Packets != 1 || s.Reasons[r] != 1 || s.Truncated != want.Truncated || s.CutHeader != want.CutHeader {
		t.Errorf("%v: packets %d, counted %d, truncated %d, cut headers %d, want %+v", r, s.Packets, s.Reasons[r], s.Truncated, s.CutHeader, want)
	}
}

// TestWireLengthsWhenCut: what a cut packet claims stays, so that bytes are counted as sent.
func TestWireLengthsWhenCut(t *testing.T) {
	data := make([]byte, 1000)
	for _, tt := range []struct {
		name   string
		packet []byte
		want   string
	}{
		{"UDP", v4.UDP(1, 2, data), "42/1000"},
		{"UDP in IPv6", v6.UDP(1, 2, data), "22/1000"},
		{"TCP", v4.TCP(pcaptest.TCP{Src: 1, Dst: 2, Flags: pcaptest.ACK}, data), "30/1000"},
	} {
		var p Packet
		New(Config{}).frame(capture.LinkEthernet, eth(tt.packet, pcaptest.Snap(84)), &p)
		if got := fmt.Sprintf("%d/%d", len(p.Payload), p.PayloadLen); got != tt.want || int(p.IPLen) != len(tt.packet) {
			t.Errorf("%s: payload %s, IP length %d, want %s and %d", tt.name, got, p.IPLen, tt.want, len(tt.packet))
		}
	}
	syn := v4.TCP(pcaptest.TCP{Src: 40000, Dst: 443, Seq: 9, Flags: pcaptest.SYN, Options: []byte{2, 4, 5, 0xb4}}, nil)
	if got := one(Config{}, capture.LinkEthernet, eth(syn, pcaptest.Snap(56))); !strings.Contains(got, "seq 9") ||
		strings.Contains(got, "mss") {
		t.Errorf("options cut: %s", got)
	}
	if got := one(Config{}, capture.LinkEthernet,
		eth(media, pcaptest.VXLAN(outer, 1), pcaptest.Snap(80))); !strings.Contains(got, ":4789 38/55") {
		t.Errorf("VXLAN cut inside stays a datagram: %s", got)
	}
}

// TestLyingLengths changes length fields of a packet with 5 bytes of payload.
func TestLyingLengths(t *testing.T) {
	ack := v4.TCP(pcaptest.TCP{Src: 1, Dst: 2, Flags: pcaptest.ACK}, []byte("audio"))
	set8 := func(at int, v byte) func([]byte) { return func(b []byte) { b[at] = v } }
	set16 := func(at, v int) func([]byte) {
		return func(b []byte) { binary.BigEndian.PutUint16(b[at:], uint16(v)) }
	}
	for _, tt := range []struct {
		name   string
		packet []byte
		change func([]byte)
		want   string // reason, or payload captured and claimed
	}{
		{"IPv4 header length 16", media, set8(0, 0x44), "IPv4 header length"},
		{"IPv4 header longer than the frame", media, set8(0, 0x4f), "IPv4 total length"},
		{"IPv4 total length below the header", media, set16(2, 19), "IPv4 total length"},
		{"IPv4 total length without transport", media, set16(2, 20), "UDP header cut"},
		{"IPv4 total length smaller", media, set16(2, 30), "2/2"},
		{"IPv4 total length larger", media, set16(2, 1500), "5/5"},
		{"IPv4 total length larger, TCP", ack, set16(2, 1500), "5/1460"},
		{"IPv6 payload length smaller", media6, set16(4, 10), "2/2"},
		{"IPv6 payload length larger", media6, set16(4, 1500), "5/5"},
		{"IPv6 payload length without transport", media6, set16(4, 3), "UDP header cut"},
		{"UDP length below the header", media, set16(24, 7), "UDP length"},
		{"UDP length smaller", media, set16(24, 10), "2/2"},
		{"UDP length larger", media, set16(24, 900), "5/5"},
		{"TCP header length 16", ack, set8(32, 0x40), "TCP header length"},
		{"TCP header longer than the packet", ack, set8(32, 0xf0), "TCP header length"},
		{"TCP header as long as the packet", ack, func(b []byte) { b[32] = 0x60; b[3]-- }, "0/0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := append([]byte(nil), tt.packet...)
			tt.change(b)
			d := New(Config{})
			var p Packet
			r := d.frame(capture.LinkEthernet, eth(b), &p)
			got := r.String()
			if r == OK {
				got = fmt.Sprintf("%d/%d", len(p.Payload), p.PayloadLen)
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if d.Stats.CutHeader != 0 || d.Stats.Truncated != 0 {
				t.Error("a whole frame was counted as cut")
			}
		})
	}
}
