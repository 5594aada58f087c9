package flow

import (
	"fmt"
	"strings"
	"testing"

	"webexaudit/analyzer/decode"
)

// epoch is the time of the lines' 0 ms: time 0 means none.
const epoch = int64(1e18)

// connection makes the packets of one connection: by side, the client's first, the number of its first byte and how
// many of its bytes the other one acknowledged last.
type connection struct{ base, acked [2]uint32 }

// packet is one of what exchange's lines tell.
func (c *connection) packet(at int64, who, what string, n uint32) *decode.Packet {
	s, ends := 0, "10.0.0.1:40000>170.72.1.2:443"
	if who == "s" {
		s, ends = 1, "170.72.1.2:443>10.0.0.1:40000"
	}
	p := tcp(ends, at, decode.ACK, c.base[s]+c.acked[s], c.base[1-s]+c.acked[1-s], 0)
	switch what {
	case "syn", "synack":
		p.Flags = decode.SYN
		p.Seq = c.base[s] - 1
		if what == "synack" {
			p.Flags |= decode.ACK
		}
		p.Options = decode.SYNOptions{MSS: 1000}
	case "ack", "win0":
		c.acked[1-s] = n
		p.Ack = c.base[1-s] + n
		if what == "win0" {
			p.Window = 0
		}
	case "probe":
		p.Seq--
	case "fin":
		p.Flags |= decode.FIN
		p.Seq = c.base[s] + n
	case "rst":
		p.Flags, p.TTL = decode.RST, 61
	default:
		var length uint32
		fmt.Sscanf(what, "%d+%d", &n, &length)
		p.Seq, p.PayloadLen = c.base[s]+n, length
	}
	return p
}

// exchange turns lines "ms c|s what" into packets of one connection and returns its facts, those of the client's side
// first. what is syn, synack, ack N, win0 N, probe, fin, rst, or "FROM+LEN" for data; numbers count from the side's
// first byte. Data and window updates acknowledge what was acknowledged last.
func exchange(t *testing.T, text string) (x TCP, client Side) {
	t.Helper()
	done := 0
	tb := NewTable(Config{}, func(e *Entry[int]) { x = *e.TCP; client = e.Source(); done++ })
	c := connection{base: [2]uint32{1<<32 - 300, 5000}} // the client's numbers wrap
	clock := int64(0)
	for line := range strings.Lines(text) {
		var at int64
		var who, what string
		var n uint32
		if k, _ := fmt.Sscan(line, &at, &who, &what, &n); k < 3 {
			continue
		}
		p := c.packet(at, who, what, n)
		p.Time += epoch
		p.Number = clock + 1
		tb.Add(p)
		clock = p.Clock
	}
	tb.Flush(clock)
	if done != 1 {
		t.Fatalf("%d flows", done)
	}
	return x, client
}

// facts says what is not zero.
func (t *TCP) facts(s Side) string {
	var out []string
	add := func(v int64, format string) {
		if v != 0 {
			out = append(out, fmt.Sprintf(format, v))
		}
	}
	add(t.Trouble().Retrans[s], "retrans %d")
	add(t.Trouble().OutOfOrder[s], "late %d")
	add(t.Trouble().Unseen[s], "unseen %d")
	zero := t.Zero()
	add(zero.Packets[s], "zero %d")
	add(int64(zero.Episodes[s]), "episodes %d")
	add(zero.Time[s]/1e6, "closed %d")
	if x := t.Sent(s); x != nil {
		add(x.Resent().RTO, "rto %d")
		add(x.Resent().Fast, "fast %d")
		add(x.Resent().Spurious, "spurious %d")
		add(x.KeepAlives, "alive %d")
		add(x.Resent().Stall/1e6, "stall %d")
		add(x.Gap/1e6, "gap %d")
		add(x.RTTMedian/1e6, "rtt %d")
		add(x.Holes().Count, "holes %d")
		add(x.Holes().Segments, "segments %d")
		add(x.Holes().Dropped, "dropped %d")
		if len(x.Holes().Times) > 0 {
			at := []int64{}
			for _, v := range x.Holes().Times {
				at = append(at, (v-epoch)/1e6)
			}
			out = append(out, fmt.Sprint("at ", at))
		}
	}
	return strings.Join(out, ", ")
}

func TestTCP(t *testing.T) {
	const open = "0 c syn\n40 s synack\n43 c ack 0\n"
	for _, tt := range []struct{ name, in, client, server string }{
		{"plain", "50 c 0+100\n90 s ack 100\n91 s 0+900\n93 c ack 900", "gap 40, rtt 40", "gap 2, rtt 2"},
		{"time-out of the last segment", "50 c 0+100\n300 c 0+100\n340 s ack 100", "retrans 1, rto 1, stall 250, gap 290", ""},
		{"time-out twice is one stall", "50 c 0+100\n300 c 0+100\n800 c 0+100\n840 s ack 100", "retrans 2, rto 2, stall 750, gap 790", ""},
		{"time-out while new data goes on", "50 s 0+100\n60 s 100+100\n61 c ack 100\n100 s 200+100\n150 s 300+100\n200 s 400+100\n250 s 500+100\n" +
			"300 s 100+100\n301 c ack 600", "", "retrans 1, rto 1, stall 240, gap 51, rtt 11"},
		{"go-back-N after a time-out is one time-out", "50 s 0+100\n51 s 100+100\n52 s 200+100\n352 s 0+100\n353 c ack 100\n354 s 100+100\n355 s 200+100\n357 c ack 300",
			"", "retrans 3, rto 1, stall 302, gap 305"},
		{"fast retransmission", "50 s 0+100\n51 s 100+100\n52 s 200+100\n53 s 300+100\n54 s 400+100\n55 c ack 100\n56 c ack 100\n57 c ack 100\n58 c ack 100\n" +
			"98 s 100+100\n100 c ack 500", "", "retrans 1, fast 1, gap 46, rtt 5"},
		{"two lost in one window", "50 s 0+100\n51 s 100+100\n52 s 200+100\n53 s 300+100\n54 s 400+100\n55 c ack 100\n56 c ack 100\n57 c ack 100\n58 c ack 100\n" +
			"98 s 100+100\n100 c ack 200\n140 s 200+100\n142 c ack 500", "", "retrans 2, fast 2, gap 88, rtt 5"},
		{"duplicate acknowledgements come late", "50 s 0+100\n51 s 100+100\n52 s 200+100\n53 s 300+100\n54 s 400+100\n55 c ack 100\n290 c ack 100\n291 c ack 100\n292 c ack 100\n" +
			"330 s 100+100\n332 c ack 500", "", "retrans 1, fast 1, gap 278, rtt 5"},
		{"sent again soon, nobody knows why", "50 s 0+100\n51 s 100+100\n52 s 200+100\n53 s 300+100\n55 c ack 100\n56 c ack 100\n57 c ack 100\n58 c ack 100\n" +
			"98 s 100+100\n100 c ack 400\n110 s 400+100\n111 s 500+100\n160 s 500+100\n162 c ack 600", "", "retrans 2, fast 1, gap 51, rtt 5"},
		{"the fast retransmission is lost as well", "50 s 0+100\n51 s 100+100\n52 s 200+100\n53 s 300+100\n54 s 400+100\n55 c ack 100\n56 c ack 100\n57 c ack 100\n58 c ack 100\n" +
			"98 s 100+100\n400 s 100+100\n402 c ack 500", "", "retrans 2, rto 1, fast 1, stall 349, gap 348, rtt 5"},
		{"lost before the capture point, recovered at once", "50 s 0+100\n52 s 200+100\n53 s 300+100\n54 s 400+100\n55 c ack 100\n56 c ack 100\n57 c ack 100\n58 c ack 100\n" +
			"98 s 100+100\n100 c ack 500", "", "fast 1, gap 46, rtt 5"},
		{"lost before the capture point, recovered by time-out", "50 s 0+100\n52 s 200+100\n55 c ack 100\n56 c ack 100\n360 s 100+100\n361 c ack 300",
			"", "rto 1, stall 308, gap 309, rtt 5"},
		{"overtaken", "50 s 0+100\n52 s 200+100\n53 s 100+100\n55 c ack 300", "", "late 1, gap 3, rtt 5"},
		{"a hole of the capture", "50 s 0+100\n52 s 300+100\n55 c ack 400", "", "unseen 200, gap 3, rtt 5, holes 1, segments 2, at [52]"},
		{"sent again though the receiver had it", "50 s 0+100\n52 s 200+100\n55 c ack 300\n355 s 100+100\n356 c ack 300",
			"", "retrans 1, unseen 100, spurious 1, gap 3, rtt 5, holes 1, segments 1, at [52]"},
		{"two holes before one acknowledgement", "50 s 0+100\n52 s 200+100\n53 s 400+100\n54 c ack 500", "", "unseen 200, gap 2, rtt 4, holes 2, segments 2, at [52 53]"},
		{"part of a hole comes, the rest never", "50 s 0+100\n52 s 400+100\n53 s 200+100\n55 c ack 500", "", "late 1, unseen 200, gap 3, rtt 5, holes 2, segments 2, at [52 52]"},
		{"the end is missing", "50 s 0+100\n55 c ack 250", "", "unseen 150, gap 5, rtt 5, holes 1, segments 2, at [55]"},
		{"keep-alive", "50 c 0+100\n90 s ack 100\n45000 c probe\n45040 s ack 100\n90000 c 99+1\n90040 s ack 100", "alive 2, gap 40, rtt 40", ""},
		{"one byte sent again", "50 c 0+1\n300 c 0+1\n340 s ack 1", "retrans 1, rto 1, stall 250, gap 290", ""},
		{"zero window", "50 s 0+100\n60 c win0 100\n70 c win0 100\n160 c ack 100\n200 c win0 100\n300 c ack 100", "zero 3, episodes 2, closed 200", "gap 10, rtt 10"},
		{"zero window to the end", "50 s 0+100\n60 c win0 100\n1060 s ack 0", "zero 1, episodes 1, closed 1000", "gap 10, rtt 10"},
		{"what comes soon after a time-out belongs to its recovery", "50 s 0+100\n52 s 200+100\n53 s 400+100\n55 c ack 100\n400 s 100+100\n" +
			"410 s 300+100\n411 c ack 500", "", "rto 1, stall 348, gap 358, rtt 5"},
		{"what comes a time-out after it does not", "50 s 0+100\n52 s 200+100\n55 c ack 100\n400 s 100+100\n410 s 300+100\n420 s 500+100\n" +
			"600 s 400+100\n601 c ack 600", "", "late 1, rto 1, stall 348, gap 358, rtt 191"},
		{"data that acknowledges the same is no duplicate", "50 s 0+100\n51 s 100+100\n52 s 200+100\n55 c ack 100\n56 c 0+10\n57 c 10+10\n" +
			"58 c 20+10\n98 s 100+100\n100 c ack 300", "gap 1", "retrans 1, gap 48, rtt 5"},
		{"the third duplicate counts", "50 s 0+100\n51 s 100+100\n52 s 200+100\n53 s 300+100\n54 s 400+100\n55 c ack 100\n290 c ack 100\n" +
			"291 c ack 100\n292 c ack 100\n491 s 100+100\n493 c ack 500", "", "retrans 1, fast 1, gap 439, rtt 5"},
		{"a FIN that its acknowledgement overtook", "50 c 0+100\n90 s ack 101\n91 c fin 100", "gap 40, rtt 40", ""},
		{"a FIN long after its acknowledgement", "50 c 0+100\n90 s ack 101\n300 c fin 100",
			"unseen 1, gap 40, rtt 40, holes 1, segments 1, at [90]", ""},
		{"segment of the right size far ahead", "50 s 0+100\n60 s 400000000+100\n70 s 400000100+100", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x, c := exchange(t, open+tt.in)
			if x.RTT != 40e6 || x.NearRTT != 3e6 || x.Options[c].MSS != 1000 {
				t.Errorf("round trips %d and %d ns, options %v", x.RTT, x.NearRTT, x.Options)
			}
			if got := x.facts(c); got != tt.client {
				t.Errorf("client\ngot  %s\nwant %s", got, tt.client)
			}
			if got := x.facts(c.Other()); got != tt.server {
				t.Errorf("server\ngot  %s\nwant %s", got, tt.server)
			}
		})
	}
}

// TestTCPEnd: what was never acknowledged, how large the segments were that were, and who closed first.
func TestTCPEnd(t *testing.T) {
	const open = "0 c syn\n40 s synack\n43 c ack 0\n"
	for _, tt := range []struct{ name, in, client, server string }{
		{"all is acknowledged", "50 c 0+100\n90 s ack 100\n91 s 0+900\n93 c ack 900", "largest 100", "largest 900"},
		{"the hello is never acknowledged", "50 c 0+1400\n300 c 0+1400\n800 c 0+1400", "unacked 1400, stuck 1400, repeats 2", ""},
		{"only full segments die", "50 c 0+200\n90 s ack 200\n100 c 200+1400\n101 c 1600+300\n140 s ack 200\n400 c 200+1400\n900 c 200+1400",
			"unacked 1700, largest 200, stuck 1400, repeats 2", ""},
		{"a time-out that helped", "50 c 0+100\n300 c 0+100\n340 s ack 100", "largest 100", ""},
		{"full segments of the server never come", "50 c 0+200\n90 s ack 200\n91 s 1400+300\n92 c ack 0\n400 s 1700+20\n401 c ack 0",
			"largest 200", "unacked 1720, missing 1400"},
		{"a FIN that nobody acknowledges", "50 c 0+100\n90 s ack 100\n100 c fin 100\n400 c fin 100\n1000 c fin 100",
			"unacked 1, largest 100, repeats 2", ""},
		{"a FIN that is acknowledged at last", "50 c 0+100\n90 s ack 100\n100 c fin 100\n400 c fin 100\n440 s ack 101",
			"largest 100", ""},
		{"a FIN behind data that dies with it", "50 c 0+100\n90 s ack 100\n100 c 100+50\n101 c fin 150\n400 c 100+50\n900 c fin 150",
			"unacked 51, largest 100, stuck 50, repeats 2", ""},
		{"of two of a size the later one is stuck", "50 c 0+100\n51 c 100+100\n300 c 0+100\n301 c 100+100\n340 s ack 100",
			"unacked 100, stuck 100", ""},
		{"a FIN without data, twice", "50 c fin 0\n400 c fin 0", "unacked 1", ""},
		{"a FIN is sent again twice", "50 c 0+100\n90 s ack 100\n100 c fin 100\n400 c fin 100\n900 c fin 100", "unacked 1, largest 100, repeats 2", ""},
	} {
		x, c := exchange(t, open+tt.in)
		for _, w := range []struct {
			s    Side
			want string
		}{{c, tt.client}, {c.Other(), tt.server}} {
			var out []string
			add := func(format string, n int64) {
				if n != 0 {
					out = append(out, fmt.Sprintf(format, n))
				}
			}
			add("unacked %d", x.Unacked(w.s))
			if k := x.Sent(w.s); k != nil {
				add("largest %d", k.Largest)
				add("stuck %d", k.Stuck)
				add("repeats %d", k.Repeats)
				add("missing %d", k.Missing())
			}
			if got := strings.Join(out, ", "); got != w.want {
				t.Errorf("%s: got %q, want %q", tt.name, got, w.want)
			}
		}
	}
}

// TestTCPOneSided: where only one direction was mirrored nothing is known of acknowledgements, and silence is no gap.
func TestTCPOneSided(t *testing.T) {
	x, c := exchange(t, "0 s 0+100\n10 s 100+100\n5000 s 200+100\n5300 s 200+100")
	if got := x.facts(c.Other()); got != "retrans 1, rto 1, stall 300" {
		t.Errorf("got %s", got)
	}
}

// TestTCPLongPath: where a round trip takes 300 ms a retransmission 500 ms after the first sight is no time-out.
func TestTCPLongPath(t *testing.T) {
	x, c := exchange(t, "0 c syn\n300 s synack\n301 c ack 0\n310 c 0+100\n810 c 0+100\n2000 c 0+100")
	if got := x.facts(c); got != "retrans 2, rto 1, stall 1690" {
		t.Errorf("got %s", got)
	}
}

// TestTCPRepeatedSYNACK: the acknowledgement could be of either.
func TestTCPRepeatedSYNACK(t *testing.T) {
	x, _ := exchange(t, "0 c syn\n40 s synack\n1040 s synack\n1043 c ack 0")
	if x.RTT != 40e6 || x.NearRTT != 0 {
		t.Errorf("round trips %d and %d ns", x.RTT, x.NearRTT)
	}
}

// TestTCPBounds: many holes are counted, few are kept.
func TestTCPBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString("0 c syn\n40 s synack\n43 c ack 0\n50 s 0+100\n")
	for i := range 40 {
		fmt.Fprintf(&b, "%d s %d+100\n%d c ack %d\n", 60+i*10, 200+i*200, 61+i*10, 300+i*200)
	}
	for i := range 20 {
		fmt.Fprintf(&b, "%d s %d+100\n", 500+i, 9000+i*200)
	}
	b.WriteString("600 c ack 12900\n")
	x, c := exchange(t, b.String())
	h := x.Sent(c.Other()).Holes()
	if h.Count != 48 || len(h.Times) != maxHoleTimes || h.Times[0] != epoch+60e6 || h.Dropped != 12 ||
		x.Trouble().Unseen[c.Other()] != 40*100+8*100 {
		t.Errorf("%+v, unseen %d", h, x.Trouble().Unseen[c.Other()])
	}
}

func TestSightings(t *testing.T) {
	var k sightings
	for i := range uint32(1000) {
		k.see(1<<32-5000+i*10, int64(i))
	}
	for i := range uint32(1000) {
		if at := k.seen(1<<32 - 5000 + i*10); at < int64(i) || at-int64(i) > 1000-int64(i) {
			t.Fatalf("segment %d was seen at %d", i, at)
		}
	}
	if at := k.seen(4990); at != 999 {
		t.Errorf("the newest was seen at %d", at)
	}
}

func TestSamples(t *testing.T) {
	var k samples
	for i := range 10_000 {
		if k.skip--; k.skip < 0 {
			k.add(int64(i%101) * 1e6)
		}
	}
	if m := k.median(); m < 30e6 || m > 70e6 {
		t.Errorf("median %d ns, want about 50 ms", m)
	}
	k = samples{}
	for _, v := range []int64{9, 1, 5} {
		k.add(v * 1e6)
	}
	if m := k.median(); m != 5e6 {
		t.Errorf("median %d ns, want 5 ms", m)
	}
}

// FuzzTCP shows arbitrary headers of one connection: eight bytes each. Counts stay sane and bounds hold.
func FuzzTCP(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x01\x05\x12\x00\x00\x00\x01\x00\x01\x05\x10\x01\x00\x64\x01\x00\x01\xff"))
	f.Add([]byte("\x10\x00\x00\x64\x00\x00\x01\x01\x10\x03\x00\x64\x00\x00\x01\x01\x11\x00\x00\x00\x00\x02\x01\x01\x10\x01\x00\x64\x00\x00\x01\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var ended *TCP
		tb := NewTable(Config{}, func(e *Entry[int]) { ended = e.TCP })
		at, segments := int64(1), int64(0) // segments with data
		for ; len(b) >= 8; b = b[8:] {
			ends := "10.0.0.1:40000>170.72.1.2:443"
			if b[0]&1 != 0 {
				ends = "170.72.1.2:443>10.0.0.1:40000"
			}
			at += int64(int8(b[7])) * 4 // time may step back
			p := tcp(ends, at, b[0]&^1&(decode.SYN|decode.RST|decode.ACK), uint32(b[1])*50<<(b[6]&24), uint32(b[4])*50,
				int(b[3]))
			p.Clock = 1
			p.Window = uint16(b[6])
			if p.PayloadLen > 0 {
				segments++
			}
			e, _, _ := tb.Add(p)
			for _, k := range e.TCP.live {
				if k != nil && len(k.opened()) > maxOpen {
					t.Fatalf("%d holes open", len(k.opened()))
				}
			}
		}
		tb.Flush(1)
		if ended != nil {
			ended.checkBounds(t, segments)
		}
	})
}

// checkBounds: no count is negative, and nothing was sent again more often than at all.
func (t *TCP) checkBounds(tb testing.TB, segments int64) {
	tb.Helper()
	for s := range A + 2 {
		x := t.Sent(s)
		if t.Trouble().Unseen[s] < 0 || t.Zero().Time[s] < 0 || t.Trouble().Retrans[s] > segments {
			tb.Fatalf("%+v", t)
		}
		if x != nil && (len(x.Holes().Times) > maxHoleTimes || x.Resent().Stall < 0 || x.Gap < 0 || x.RTTMedian < 0 ||
			x.Resent().RTO+x.Resent().Fast > segments || x.Holes().Segments < x.Holes().Count) {
			tb.Fatalf("%+v", x)
		}
	}
}

// TestOvertaken: an acknowledgement that stands before its bytes in the file makes no hole, whatever the order of the
// bytes; one whose bytes come a second later, sent again, does.
func TestOvertaken(t *testing.T) {
	const up, down = "10.0.0.1:40000>170.72.1.2:443", "170.72.1.2:443>10.0.0.1:40000"
	seg := func(at int64, n uint32) *decode.Packet { return tcp(up, at, decode.ACK, 1000+100*n, 1, 100) }
	for _, tt := range []struct {
		name           string
		order          []*decode.Packet
		unseen, counts int64
	}{
		{"in order", []*decode.Packet{seg(1, 1), seg(2, 2), seg(3, 3)}, 0, 0},
		{"overtaken", []*decode.Packet{seg(1, 1), seg(2, 2), seg(3, 3)}, 0, 0},
		{"in any order", []*decode.Packet{seg(2, 2), seg(3, 3), seg(1, 1)}, 0, 0},
		{"one is missing", []*decode.Packet{seg(2, 2), seg(1, 1)}, 100, 1},
		{"a tap port 3 ms behind", []*decode.Packet{seg(7, 1), seg(8, 2), seg(9, 3)}, 0, 0},
		{"large segments behind", []*decode.Packet{tcp(up, 7, decode.ACK, 1050, 1, 100), tcp(up, 8, decode.ACK, 1150, 1, 350)}, 0, 0},
		{"sent again", []*decode.Packet{seg(1000, 1), seg(1001, 2), seg(1002, 3)}, 300, 1},
	} {
		ack := tcp(down, 4, decode.ACK, 1, 1400, 0)
		packets := append([]*decode.Packet{seg(0, 0), ack}, tt.order...)
		if tt.name == "in order" {
			packets = append(append([]*decode.Packet{seg(0, 0)}, tt.order...), ack)
		}
		var unseen, holes int64
		table := NewTable(Config{}, func(e *Entry[int]) {
			unseen = e.TCP.Trouble().Unseen[A] + e.TCP.Trouble().Unseen[B]
			for s := range A + 2 {
				if x := e.TCP.Sent(s); x != nil {
					holes += x.Holes().Count
				}
			}
		})
		for _, p := range packets {
			table.Add(p)
		}
		table.Flush(2e9)
		if unseen != tt.unseen || holes != tt.counts {
			t.Errorf("%s: %d bytes unseen in %d holes, want %d in %d", tt.name, unseen, holes, tt.unseen, tt.counts)
		}
	}
}
