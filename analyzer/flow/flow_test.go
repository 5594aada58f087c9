package flow

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"webexaudit/analyzer/decode"
)

// addr makes a decode.Addr of text.
func addr(s string) decode.Addr {
	b := netip.MustParseAddr(s).As16()
	var a decode.Addr
	for i := range 8 {
		a.Hi, a.Lo = a.Hi<<8|uint64(b[i]), a.Lo<<8|uint64(b[i+8])
	}
	return a
}

// pkt makes a packet "src:port>dst:port" at a time in milliseconds.
func pkt(proto uint8, ends string, at int64) *decode.Packet {
	src, dst, _ := strings.Cut(ends, ">")
	s, d := netip.MustParseAddrPort(src), netip.MustParseAddrPort(dst)
	p := &decode.Packet{
		Time: at * 1e6, Clock: at * 1e6, Number: at + 1, Proto: proto,
		Src: addr(s.Addr().String()), Dst: addr(d.Addr().String()), SrcPort: s.Port(), DstPort: d.Port(), TTL: 64, IPLen: 60,
	}
	p.Hash = decode.FlowHash(p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto)
	return p
}

func udp(ends string, at int64) *decode.Packet { return pkt(decode.ProtoUDP, ends, at) }

func tcp(ends string, at int64, flags uint8, seq, ack uint32, payload int) *decode.Packet {
	p := pkt(decode.ProtoTCP, ends, at)
	p.Flags, p.Seq, p.Ack, p.PayloadLen, p.Window = flags, seq, ack, uint32(payload), 1000
	return p
}

// copied makes a packet a copy of one that was seen.
func copied(p *decode.Packet) *decode.Packet {
	p.Duplicate = true
	return p
}

// run feeds packets to a table and returns one line per ended flow.
func run(cfg Config, packets ...*decode.Packet) (lines []string) {
	t := NewTable(cfg, func(e *Entry[int]) {
		src := e.Source()
		lines = append(lines, fmt.Sprintf("%v:%d>%v:%d %d/%d %s %s", e.Key.Addr(src).Netip(), e.Key.Port(src),
			e.Key.Addr(src.Other()).Netip(), e.Key.Port(src.Other()), e.Packets[src], e.Packets[src.Other()], e.End,
			e.Initiator()))
	})
	var clock int64
	for _, p := range packets {
		t.Add(p)
		clock = p.Clock
	}
	t.Flush(clock)
	return lines
}

func TestTable(t *testing.T) {
	const a, b = "10.0.0.1:52000>170.72.1.2:5004", "170.72.1.2:5004>10.0.0.1:52000"
	const c, d = "10.0.0.1:40000>170.72.1.2:443", "170.72.1.2:443>10.0.0.1:40000"
	const syn, ack, fin, rst = decode.SYN, decode.ACK, decode.FIN, decode.RST
	idle := int64(2*time.Minute/time.Millisecond) + 1
	tests := []struct {
		name string
		cfg  Config
		in   []*decode.Packet
		want string
	}{
		{"both directions are one flow", Config{}, []*decode.Packet{udp(a, 0), udp(b, 1), udp(a, 2)},
			"10.0.0.1:52000>170.72.1.2:5004 2/1 end-of-capture guessed: port 5004 is a server's"},
		{"answer first: the port tells", Config{}, []*decode.Packet{udp(b, 0), udp(a, 1)},
			"10.0.0.1:52000>170.72.1.2:5004 1/1 end-of-capture guessed: port 5004 is a server's"},
		{"idle by packet time", Config{}, []*decode.Packet{udp(a, 0), udp(a, idle)},
			"10.0.0.1:52000>170.72.1.2:5004 1/0 idle guessed: port 5004 is a server's\n" +
				"10.0.0.1:52000>170.72.1.2:5004 1/0 end-of-capture guessed: port 5004 is a server's"},
		{"not idle yet", Config{}, []*decode.Packet{udp(a, 0), udp(a, idle-1)},
			"10.0.0.1:52000>170.72.1.2:5004 2/0 end-of-capture guessed: port 5004 is a server's"},
		{"active", Config{Active: time.Second}, []*decode.Packet{udp(a, 0), udp(a, 900), udp(a, 1100)},
			"10.0.0.1:52000>170.72.1.2:5004 2/0 active guessed: port 5004 is a server's\n" +
				"10.0.0.1:52000>170.72.1.2:5004 1/0 end-of-capture guessed: port 5004 is a server's"},
		{"three-way handshake", Config{}, []*decode.Packet{tcp(c, 0, syn, 100, 0, 0), tcp(d, 20, syn|ack, 500, 101, 0), tcp(c, 21, ack, 101, 501, 0)},
			"10.0.0.1:40000>170.72.1.2:443 2/1 end-of-capture seen"},
		{"SYN-ACK first", Config{}, []*decode.Packet{tcp(d, 0, syn|ack, 500, 101, 0)},
			"10.0.0.1:40000>170.72.1.2:443 0/1 end-of-capture guessed: answered with SYN-ACK"},
		{"fin of both", Config{}, []*decode.Packet{tcp(c, 0, syn, 100, 0, 0), tcp(c, 1, fin|ack, 101, 0, 0), tcp(d, 2, fin|ack, 500, 102, 0)},
			"10.0.0.1:40000>170.72.1.2:443 2/1 fin seen"},
		{"the end again within half a minute", Config{}, []*decode.Packet{tcp(c, 0, fin|ack, 101, 0, 0), tcp(d, 1, fin|ack, 500, 102, 0), tcp(d, 30_001, fin|ack, 500, 102, 0)},
			"10.0.0.1:40000>170.72.1.2:443 1/2 fin guessed: port 443 is a server's"},
		{"a closed connection is over soon", Config{}, []*decode.Packet{tcp(c, 0, fin|ack, 101, 0, 0), tcp(d, 1, fin|ack, 500, 102, 0), tcp(c, 30_002, ack, 102, 501, 0)},
			"10.0.0.1:40000>170.72.1.2:443 1/1 fin guessed: port 443 is a server's\n" +
				"10.0.0.1:40000>170.72.1.2:443 1/0 end-of-capture guessed: port 443 is a server's"},
		{"a reset one later", Config{}, []*decode.Packet{tcp(c, 0, rst, 101, 0, 0), tcp(d, idle-1, ack, 500, 102, 1), tcp(d, 2*idle, ack, 501, 102, 1)},
			"10.0.0.1:40000>170.72.1.2:443 1/1 rst guessed: port 443 is a server's\n" +
				"10.0.0.1:40000>170.72.1.2:443 0/1 end-of-capture guessed: port 443 is a server's"},
		{"rst", Config{}, []*decode.Packet{tcp(c, 0, syn, 100, 0, 0), tcp(d, 1, rst|ack, 0, 101, 0)},
			"10.0.0.1:40000>170.72.1.2:443 1/1 rst seen"},
		{"port reused", Config{}, []*decode.Packet{tcp(c, 0, syn, 100, 0, 0), tcp(d, 1, rst|ack, 0, 101, 0), tcp(c, 2, syn, 9000, 0, 0)},
			"10.0.0.1:40000>170.72.1.2:443 1/1 rst seen\n10.0.0.1:40000>170.72.1.2:443 1/0 end-of-capture seen"},
		{"a copy of a SYN opens nothing", Config{}, []*decode.Packet{tcp(c, 0, syn, 100, 0, 0), tcp(d, 1, rst|ack, 0, 101, 0), copied(tcp(c, 2, syn, 9000, 0, 0))},
			"10.0.0.1:40000>170.72.1.2:443 1/1 rst seen"},
		{"SYN again is a retransmission", Config{}, []*decode.Packet{tcp(c, 0, syn, 100, 0, 0), tcp(c, 1000, syn, 100, 0, 0)},
			"10.0.0.1:40000>170.72.1.2:443 2/0 end-of-capture seen"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(run(tt.cfg, tt.in...), "\n"); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestEviction(t *testing.T) {
	var ended []string
	tb := NewTable(Config{MaxFlows: 4}, func(e *Entry[int]) { ended = append(ended, e.End.String()) })
	for i := range 10 {
		tb.Add(udp(fmt.Sprintf("10.0.0.%d:50000>10.1.0.1:53", i+1), int64(i)))
	}
	if tb.Len() != 4 || tb.Evicted != 6 || len(ended) != 6 || ended[0] != "evicted" {
		t.Errorf("live %d, evicted %d, ended %v", tb.Len(), tb.Evicted, ended)
	}
}

// TestManyFlows opens, closes and finds again more flows than the table starts with.
func TestManyFlows(t *testing.T) {
	packets := map[string]int64{}
	tb := NewTable(Config{}, func(e *Entry[int]) {
		packets[e.Key.CommunityID()] += e.Packets[A] + e.Packets[B]
	})
	const flows, rounds = 20_000, 3
	at := int64(0)
	for range rounds {
		for i := range flows {
			at++
			tb.Add(udp(fmt.Sprintf("10.%d.%d.%d:50000>10.200.0.1:5004", i>>16, i>>8&255, i&255), at))
		}
	}
	if tb.Len() != flows {
		t.Fatalf("%d flows live, want %d", tb.Len(), flows)
	}
	tb.Flush(at * 1e6)
	if len(packets) != flows {
		t.Fatalf("%d flows, want %d", len(packets), flows)
	}
	for id, n := range packets {
		if n != rounds {
			t.Fatalf("flow %s has %d packets, want %d", id, n, rounds)
		}
	}
}

// The values are of the specification's baseline (community-id-spec, seed 0).
func TestCommunityID(t *testing.T) {
	tests := []struct{ ends, want string }{
		{"tcp 128.232.110.120:34855>66.35.250.204:80", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"udp 192.168.1.52:54585>8.8.8.8:53", "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{"icmp 192.168.0.89:8>192.168.0.1:0", "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
	}
	protos := map[string]uint8{"tcp": 6, "udp": 17, "icmp": 1}
	for _, tt := range tests {
		proto, ends, _ := strings.Cut(tt.ends, " ")
		for _, reversed := range []bool{false, true} {
			if reversed {
				a, b, _ := strings.Cut(ends, ">")
				ends = b + ">" + a
			}
			k, _ := KeyOf(pkt(protos[proto], ends, 0))
			if got := k.CommunityID(); got != tt.want {
				t.Errorf("%s: %s, want %s", ends, got, tt.want)
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	var n PacketNumbers
	for _, v := range []int64{1, 2, 3, 7, 9, 10, 500, 501} {
		n.Add(v)
	}
	var got []string
	for a, b := range n.Ranges {
		got = append(got, fmt.Sprintf("%d-%d", a, b))
	}
	if s := strings.Join(got, " "); s != "1-3 7-7 9-10 500-501" {
		t.Errorf("got %s", s)
	}
	for v := int64(600); v < 4000; v += 2 {
		n.Add(v)
	}
	for range n.Ranges {
		t.Fatal("more runs than the bound are still yielded")
	}
}

func TestMarks(t *testing.T) {
	var m DSCPHistogram
	for _, v := range []uint8{46, 46, 0, 34, 18, 8, 8, 46} {
		m.Add(v)
	}
	if got := fmt.Sprint(m.Histogram()); got != "map[0:1 8:2 18:1 34:1 46:3]" {
		t.Errorf("got %s", got)
	}
}
