package audit

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/pcaptest/oracle"
	"webexaudit/analyzer/record"

	"github.com/google/go-cmp/cmp"
)

// citing knows the files.
func citing(files ...string) *Env {
	run := &record.Run{}
	for _, f := range files {
		run.Files = append(run.Files, record.File{Path: f})
	}
	return newEnv(run, Options{})
}

// cited is the evidence of a group of these flows.
func cited(e *Env, c Citation, flows ...*record.Flow) []record.Evidence {
	g := NewGroup(record.Subject{})
	for _, f := range flows {
		g.Flow(e, &observe.Flow{Flow: f}, &c)
	}
	return g.Evidence()
}

func v4(id string) *record.Flow {
	return &record.Flow{FlowID: id, CommunityID: "1:" + id, Proto: "udp", SrcIP: netip.MustParseAddr("10.20.0.5"), SrcPort: 52000,
		DstIP: netip.MustParseAddr("170.72.1.2"), DstPort: 5004}
}

const v4Tuple = "ip.addr == 10.20.0.5 && ip.addr == 170.72.1.2 && udp.port == 52000 && udp.port == 5004 && !icmp"

func TestCite(t *testing.T) {
	packed := record.PacketSetOf(record.PacketRange{First: 12, Last: 12}, record.PacketRange{First: 15, Last: 18})
	for _, c := range []struct {
		name  string
		files []string
		flow  func(*record.Flow)
		want  []record.Evidence
	}{
		{"one file", []string{"a.pcap"}, func(f *record.Flow) { f.Packets = packed },
			[]record.Evidence{{File: "a.pcap", Packets: 5, PacketNumbers: "12,15-18", FirstPacket: 12, LastPacket: 18,
				Filter: "frame.number >= 12 && frame.number <= 18 && " + v4Tuple}}},
		{"inside a tunnel", []string{"a.pcap"}, func(f *record.Flow) { f.Packets, f.Tunnels = packed, []string{"vxlan 7"} },
			[]record.Evidence{{File: "a.pcap", Packets: 5, PacketNumbers: "12,15-18", FirstPacket: 12, LastPacket: 18,
				Filter: "frame.number in {12, 15..18}"}}},
		{"two files", []string{"a.pcap", "b.pcap"}, func(f *record.Flow) {
			f.Packets = record.PacketSetOf(record.PacketRange{File: 0, First: 90, Last: 99},
				record.PacketRange{File: 1, First: 1, Last: 3})
		}, []record.Evidence{
			{File: "a.pcap", Packets: 10, PacketNumbers: "90-99", FirstPacket: 90, LastPacket: 99, Filter: "frame.number >= 90 && frame.number <= 99 && " + v4Tuple},
			{File: "b.pcap", Packets: 3, PacketNumbers: "1-3", FirstPacket: 1, LastPacket: 3, Filter: "frame.number >= 1 && frame.number <= 3 && " + v4Tuple}}},
		{"too many ranges to keep", []string{"a.pcap"}, func(f *record.Flow) { f.FirstPacket, f.LastPacket, f.PacketsFwd, f.PacketsRev = 5, 9000, 3000, 2000 },
			[]record.Evidence{{File: "a.pcap", Packets: 5000, FirstPacket: 5, LastPacket: 9000, Filter: "frame.number >= 5 && frame.number <= 9000 && " + v4Tuple}}},
		{"and copies", []string{"a.pcap"}, func(f *record.Flow) { f.FirstPacket, f.LastPacket, f.PacketsFwd, f.Duplicates = 5, 9000, 3000, 7 },
			[]record.Evidence{{File: "a.pcap", Packets: 3007, FirstPacket: 5, LastPacket: 9000, Filter: "frame.number >= 5 && frame.number <= 9000 && " + v4Tuple}}},
		{"and a tunnel", []string{"a.pcap"}, func(f *record.Flow) {
			f.FirstPacket, f.LastPacket, f.PacketsFwd, f.Tunnels = 5, 9000, 3000, []string{"vxlan 7"}
		},
			[]record.Evidence{{File: "a.pcap", Packets: 3000, FirstPacket: 5, LastPacket: 9000, Filter: "frame.number >= 5 && frame.number <= 9000 && " + v4Tuple}}},
		{"and an overlap: the count is not known", []string{"a.pcap"}, func(f *record.Flow) {
			f.FirstPacket, f.LastPacket, f.PacketsFwd, f.Overlap = 5, 9000, 3000, true
		},
			[]record.Evidence{{File: "a.pcap", FirstPacket: 5, LastPacket: 9000, Filter: "frame.number >= 5 && frame.number <= 9000 && " + v4Tuple}}},
		{"and two files", []string{"a.pcap", "b.pcap"}, func(f *record.Flow) {
			f.FirstFile, f.LastFile, f.FirstPacket, f.LastPacket, f.PacketsFwd = "a.pcap", "b.pcap", 5, 20, 3000
		}, []record.Evidence{{File: "a.pcap", FirstPacket: 5, Filter: "frame.number >= 5 && " + v4Tuple}, {File: "b.pcap", LastPacket: 20, Filter: "frame.number <= 20 && " + v4Tuple}}},
		{"a live capture", nil, func(f *record.Flow) { f.Packets = packed },
			[]record.Evidence{{Packets: 5, PacketNumbers: "12,15-18", FirstPacket: 12, LastPacket: 18, Filter: "frame.number >= 12 && frame.number <= 18 && " + v4Tuple}}},
	} {
		f := v4("f")
		c.flow(f)
		for i := range c.want {
			c.want[i].Kind, c.want[i].CommunityID = "packet-range", "1:f"
		}
		if d := cmp.Diff(c.want, cited(citing(c.files...), Citation{Kind: "packet-range"}, f)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestCiteKeys(t *testing.T) {
	f := v4("f")
	f.KeyPackets = []record.KeyPacket{{Kind: "stun-request", Packet: 9}, {Kind: "stun-request", Packet: 8},
		{Kind: "stun-request", Packet: 20}, {Kind: "stun-request", Packet: 2, File: 1}, {Kind: "stun-answer", Packet: 21}}
	var got []string
	for _, e := range cited(citing("a.pcap", "b.pcap"), Citation{Kind: "absence", Keys: []string{"stun-request"}}, f) {
		got = append(got, e.File+" "+e.PacketNumbers+" "+e.Filter)
	}
	want := []string{"a.pcap 8-9,20 frame.number in {8..9, 20}", "b.pcap 2 frame.number == 2"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	var flows []*record.Flow
	for i := range 12 {
		f := v4(string(rune('a' + i)))
		f.Packets = record.PacketSetOf(record.PacketRange{First: 1, Last: 2})
		flows = append(flows, f)
	}
	fields := func(*observe.Flow) map[string]string { return map[string]string{"a": "b"} }
	got := cited(citing("a.pcap"), Citation{Kind: "packet-range", Fields: fields}, flows...)
	if len(got) != maxEvidence || got[4].Fields["more_flows"] != "7" || got[4].Fields["a"] != "b" || got[0].Fields["more_flows"] != "" {
		t.Errorf("%+v", got)
	}
	if got := cited(citing("a.pcap"), Citation{Kind: "packet-range"}, flows[:5]...); len(got) != 5 || got[4].Fields != nil {
		t.Errorf("%+v", got)
	}
}

// testsOf are flows one after the other with four requests each, every step packets.
func testsOf(n, step int) (list []*record.Flow) {
	for i := range n {
		f := v4(fmt.Sprintf("%03d", i))
		f.StartTime = record.Time(i)
		for k := range 4 {
			f.KeyPackets = append(f.KeyPackets, record.KeyPacket{Kind: "stun-request", Packet: int64(1 + step*(4*i+k))})
		}
		list = append(list, f)
	}
	return list
}

var absentAnswers = Citation{Kind: "absence", Keys: []string{"stun-request"}}

// TestEvidenceOfTheRest: of flows behind the first five the key packets are one item, as far as their ranges go into a
// filter; what is left out is counted.
func TestEvidenceOfTheRest(t *testing.T) {
	for _, tt := range []struct {
		n, step    int
		rest, more string
	}{
		{6, 1, "4 21-24 frame.number in {21..24}", ""},
		{7, 2, "8 41,43,45,47,49,51,53,55 frame.number in {41, 43, 45, 47, 49, 51, 53, 55}", ""},
		{30, 1, "60 21-80 frame.number in {21..80}", "10"},
	} {
		got := cited(citing("a.pcap"), absentAnswers, testsOf(tt.n, tt.step)...)
		if len(got) != 6 {
			t.Fatalf("%d flows: %+v", tt.n, got)
		}
		last := got[5]
		text := fmt.Sprint(last.Packets, " ", last.PacketNumbers, " ", last.Filter)
		if text != tt.rest || last.Fields["more_flows"] != tt.more || last.CommunityID != "" || last.File != "a.pcap" {
			t.Errorf("%d flows: %s, %+v", tt.n, text, last)
		}
	}
	far := cited(citing("a.pcap"), absentAnswers, testsOf(25, 2)...) // 60 ranges behind the first five
	if last := far[len(far)-1]; last.Packets != 60 || last.Fields["more_flows"] != "5" {
		t.Errorf("%+v", last)
	}
}

// TestEvidenceOfTheRestMerges: it is the same however the flows were dealt.
func TestEvidenceOfTheRestMerges(t *testing.T) {
	e, all, dealt := citing("a.pcap"), NewGroup(record.Subject{}), [2]*Group{}
	dealt[0], dealt[1] = NewGroup(record.Subject{}), NewGroup(record.Subject{})
	for i, f := range testsOf(30, 1) {
		all.Flow(e, &observe.Flow{Flow: f}, &absentAnswers)
		dealt[i%2].Flow(e, &observe.Flow{Flow: f}, &absentAnswers)
	}
	dealt[1].Merge(dealt[0], &absentAnswers)
	if d := cmp.Diff(all.Evidence(), dealt[1].Evidence()); d != "" {
		t.Error(d)
	}
}

// What the filters select is counted by tshark itself. The capture also holds what must not be selected: neighbours
// that share address or port, the ICMP error that quotes the flow, and the same 5-tuple before and after.
func TestFilterSelectsExactly(t *testing.T) {
	tshark := oracle.Tshark(t)
	c, n, other := "10.20.0.5", "170.72.1.2", "170.72.1.3"
	c6, n6 := "2001:db8::5", "2001:db8:ffff::1"
	packets := [][]byte{
		1: udp(c, n, 52000, 5004), // an earlier flow of the same 5-tuple
		2: udp(c, n, 52000, 5004), 3: udp(n, c, 5004, 52000), 4: udp(c, other, 52000, 5004), 5: udp(c, n, 52001, 5004),
		6: icmpError(n, c, udp(c, n, 52000, 5004)), 7: udp(c, n, 52000, 5004), 8: tcp(c, n, 52000, 5004),
		9:  udp(c, n, 52000, 5004), // a later flow
		10: udp(c6, n6, 52000, 5004), 11: udp(n6, c6, 5004, 52000), 12: icmpError(n6, c6, udp(c6, n6, 52000, 5004)), 13: tcp(c6, n6, 50000, 443),
	}
	file := writeCapture(t, packets[1:])
	six := v4("six")
	six.SrcIP, six.DstIP = netip.MustParseAddr(c6), netip.MustParseAddr(n6)
	six.Packets = record.PacketSetOf(record.PacketRange{First: 10, Last: 11})
	four := v4("four")
	four.Packets = record.PacketSetOf(record.PacketRange{First: 2, Last: 3}, record.PacketRange{First: 7, Last: 7})
	stream := v4("tcp")
	stream.Proto, stream.Packets = "tcp", record.PacketSetOf(record.PacketRange{First: 8, Last: 8})
	tunnelled := v4("tunnelled")
	tunnelled.Tunnels, tunnelled.Packets = []string{"vxlan 7"}, record.PacketSetOf(record.PacketRange{First: 2, Last: 3})
	p := citing(file)
	for _, f := range []*record.Flow{four, six, stream, tunnelled} {
		e := cited(p, Citation{Kind: "packet-range"}, f)[0]
		cmd := exec.Command(tshark, "-n", "-r", e.File, "-Y", e.Filter, "-T", "fields", "-e", "frame.number")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", e.Filter, err)
		}
		var want []string
		for r := range f.Packets.Ranges {
			for i := r.First; i <= r.Last; i++ {
				want = append(want, number(float64(i)))
			}
		}
		if got := strings.Fields(string(out)); !cmp.Equal(got, want) || int64(len(got)) != e.Packets {
			t.Errorf("%s: %q selects %v, want %v (%d)", f.FlowID, e.Filter, got, want, e.Packets)
		}
	}
}

// writeCapture writes a pcap file of link type raw IP.
func writeCapture(t *testing.T, packets [][]byte) string {
	t.Helper()
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = le.AppendUint16(le.AppendUint16(b, 2), 4)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(le.AppendUint32(b, 65535), 101)
	for i, p := range packets {
		b = le.AppendUint32(le.AppendUint32(b, 1_700_000_000), uint32(i))
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(p))), uint32(len(p)))
		b = append(b, p...)
	}
	name := filepath.Join(t.TempDir(), "a.pcap")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func ip(src, dst string, proto byte, payload []byte) []byte {
	s, d := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	be := binary.BigEndian
	var h []byte
	if s.Is4() {
		h = be.AppendUint16([]byte{0x45, 0}, uint16(20+len(payload)))
		h = append(h, 0, 1, 0, 0, 64, proto, 0, 0)
	} else {
		if proto == 1 {
			proto = 58
		}
		h = be.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(payload)))
		h = append(h, proto, 64)
	}
	h = append(append(h, s.AsSlice()...), d.AsSlice()...)
	return append(h, payload...)
}

func udp(src, dst string, sport, dport uint16) []byte {
	be := binary.BigEndian
	h := be.AppendUint16(be.AppendUint16(nil, sport), dport)
	return ip(src, dst, 17, append(be.AppendUint16(h, 12), 0, 0, 1, 2, 3, 4))
}

func tcp(src, dst string, sport, dport uint16) []byte {
	be := binary.BigEndian
	h := be.AppendUint16(be.AppendUint16(nil, sport), dport)
	return ip(src, dst, 6, append(h, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0))
}

func icmpError(src, dst string, quoted []byte) []byte {
	kind := []byte{3, 3, 0, 0, 0, 0, 0, 0}
	if netip.MustParseAddr(src).Is6() {
		kind = []byte{1, 4, 0, 0, 0, 0, 0, 0}
	}
	return ip(src, dst, 1, append(kind, quoted...))
}
