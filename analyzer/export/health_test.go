package export

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/pcaptest"
	"webexaudit/analyzer/record"
	"webexaudit/signatures"
)

// TestHealthByInput: a flow counts for the input that holds its last packet, also where names are the same; an input
// without packets holds none; interfaces are one capture.
func TestHealthByInput(t *testing.T) {
	for _, tt := range []struct {
		live bool
		want string // evicted flows by input
	}{{false, "[1 0 2]"}, {true, "[3 0 0]"}} {
		res := &ingest.Result{Live: tt.live, Inputs: []ingest.Input{
			{Name: "a", Read: 10, Stats: decode.Stats{Packets: 10}},
			{Name: "b", Base: 10},
			{Name: "a", Base: 10, Read: 10, Stats: decode.Stats{Packets: 10}},
		}}
		for _, last := range []int64{10, 11, 20} {
			f := &flow.Flow{FirstNumber: 1, LastNumber: last, End: flow.Evicted}
			res.Expired = append(res.Expired, ingest.Expired{Flow: f, Facts: new(dissect.State)})
		}
		res.Numbers = ingest.NumbersOf(res.Inputs, tt.live)
		var aside Sealing
		take := aside.Take(0, res.Numbers)
		for i, e := range res.Expired {
			e.Flow.PartNumber, e.Flow.PartTime = int64(i+1), 1e18
			take(e)
		}
		set := &record.Set{Run: new(record.Run)}
		packs, err := signatures.Builtin().Timeline("")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := Fill(t.Context(), set, res, &aside, Options{Workers: 2, Packs: packs}); err != nil {
			t.Error(err)
		}
		var got []int64
		for _, h := range set.Health {
			got = append(got, h.FlowsEvicted)
		}
		if fmt.Sprint(got) != tt.want {
			t.Errorf("live %v: %v, want %v", tt.live, got, tt.want)
		}
	}
}

// TestPauses: a time without frames is a pause of the sensor where soon behind it, in connections that were there
// before, TCP acknowledges what was never captured.
func TestPauses(t *testing.T) {
	at := func(seconds float64) int64 { return int64(1e18) + int64(seconds*1e9) }
	holes := func(start float64, list ...[2]float64) *record.Flow {
		f := &record.Flow{StartTime: record.Time(at(start)), TCP: &record.TCPFacts{Holes: &record.Holes{}}}
		for _, x := range list {
			f.TCP.Holes.Times = append(f.TCP.Holes.Times, record.Time(at(x[0])))
			f.TCP.Holes.Sizes = append(f.TCP.Holes.Sizes, int64(x[1]))
		}
		return f
	}
	first := decode.Pause{Start: at(10), End: at(13.5), Number: 70}
	second := decode.Pause{Start: at(30), End: at(31), Number: 90}
	for _, tt := range []struct {
		name  string
		flows []*record.Flow
		want  string
	}{
		{"nothing is missing", []*record.Flow{holes(0), {StartTime: record.Time(at(0))}}, "[]"},
		{"acknowledged behind the first", []*record.Flow{holes(0, [2]float64{13.6, 900})}, "[10 s: 3.5 s, 900 bytes, packet 70]"},
		{"in two connections", []*record.Flow{holes(0, [2]float64{13.5, 900}, [2]float64{15.4, 10}), holes(9, [2]float64{14, 7})},
			"[10 s: 3.5 s, 917 bytes, packet 70]"},
		{"before it", []*record.Flow{holes(0, [2]float64{9, 900})}, "[]"},
		{"too long behind it", []*record.Flow{holes(0, [2]float64{15.5, 900})}, "[]"},
		{"in a connection that began behind it", []*record.Flow{holes(13.5, [2]float64{14, 900})}, "[]"},
		{"behind both, told by time", []*record.Flow{holes(0, [2]float64{31.2, 5}, [2]float64{14, 6})},
			"[10 s: 3.5 s, 6 bytes, packet 70 30 s: 1 s, 5 bytes, packet 90]"},
	} {
		var got []string
		for _, p := range pausesBy(&decode.Stats{Pauses: []decode.Pause{second, first}}, tt.flows) {
			got = append(got, fmt.Sprintf("%d s: %v s, %d bytes, packet %d", (int64(p.Start)-at(0))/1e9, p.Seconds, p.UnseenBytes, p.Packet))
		}
		if s := fmt.Sprint(got); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, s, tt.want)
		}
	}
}

// pausesBy tells the pauses of an input by its flows.
func pausesBy(in *decode.Stats, flows []*record.Flow) []record.Pause {
	t := newTotals([]ingest.Input{{Stats: *in}})
	for _, f := range flows {
		t.add(f, 0)
	}
	return pauses(in, t.behind[0])
}

// TestPausesDown: a time in which the interface was down is a pause whatever is missing, and is told once.
func TestPausesDown(t *testing.T) {
	quiet, down := decode.Pause{Start: 1e9, End: 5e9, Number: 7}, decode.Pause{Start: 2e9, End: 4e9, Number: 7}
	got := pausesBy(&decode.Stats{Pauses: []decode.Pause{quiet}, Outages: []decode.Pause{down}}, nil)
	want := []record.Pause{{Start: 2e9, Seconds: 2, Packet: 7, InterfaceDown: true}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestSYNACKTTL: absent where no SYN-ACK was seen.
func TestSYNACKTTL(t *testing.T) {
	f := &flow.Flow{TCP: &flow.TCP{SYNACKTTL: 243}}
	if e := tcpEnd(f, flow.A); e != (record.TCPEnd{}) {
		t.Errorf("without a SYN-ACK: %+v", e)
	}
	f.TCP.SYNACK[flow.B] = true
	if e := tcpEnd(f, flow.A); e.SYNACKTTL == nil || *e.SYNACKTTL != 243 {
		t.Errorf("with one: %+v", e)
	}
	if e := tcpEnd(f, flow.B); e.SYNACKTTL != nil {
		t.Errorf("seen from the other end: %+v", e)
	}
}

// TestRepeats: what a side sent again without an answer stands by direction.
func TestRepeats(t *testing.T) {
	var f flow.Flow
	table := flow.NewTable(flow.Config{}, func(x *flow.Entry[int]) { f = x.Flow })
	p := &decode.Packet{Proto: decode.ProtoTCP, Src: decode.Addr{Lo: 1}, Dst: decode.Addr{Lo: 2},
		SrcPort: 50000, DstPort: 443, Flags: decode.ACK, Seq: 1, PayloadLen: 10}
	_, s, _ := table.Add(p)
	p.Seq = 11
	for range 4 {
		table.Add(p)
	}
	table.Flush(0)
	there, back := tcpEnd(&f, s), tcpEnd(&f, s.Other())
	if there.RepeatsFwd != 3 || there.RepeatsRev != 0 || back.RepeatsFwd != 0 || back.RepeatsRev != 3 {
		t.Errorf("%+v, from the other end %+v", there, back)
	}
}

// TestHidden: bytes that are encrypted stand in the records by what hides them.
func TestHidden(t *testing.T) {
	d := decode.New(decode.Config{})
	ip := pcaptest.IP{Src: netip.MustParseAddr("10.20.1.15"), Dst: netip.MustParseAddr("198.51.100.9")}
	esp, ike, alive := make([]byte, 60), make([]byte, 60), []byte{0xff}
	copy(esp, []byte{0xc0, 0xff, 0xee, 1})
	for i, data := range [][]byte{
		ip.UDP(4500, 4500, esp), ip.UDP(4500, 61000, esp), ip.UDP(4500, 4500, ike), ip.UDP(4500, 4500, alive),
		ip.UDP(5004, 52000, esp), ip.Packet(50, make([]byte, 80)),
	} {
		frame := pcaptest.Ethernet(data)
		n := uint32(len(frame))
		in := capture.Frame{Time: int64(i+1) * 1e9, Length: n, WireLen: n, Link: capture.LinkEthernet}
		var p decode.Packet
		d.Decode(&in, frame, &p)
	}
	h := captureHealth(&ingest.Input{Name: "a", Read: 10, Stats: d.Stats}, false)
	want := map[string]int64{"UDP port 4500 (ESP)": 2 * (14 + 28 + 60), "IP protocol 50 (ESP)": 14 + 20 + 80}
	if !maps.Equal(h.Unknown, want) {
		t.Errorf("%v, want %v", h.Unknown, want)
	}
}
