package export

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"webexaudit/analyzer/capture"
	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/site"
)

func TestHex16(t *testing.T) {
	for _, h := range []uint64{0, 1, 0xabc, 1 << 63, 1<<64 - 1} {
		if got, want := hex16(h), fmt.Sprintf("%016x", h); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestHistogram: a shared histogram shows what its flow's own would, and no flow with other marks gets one.
func TestHistogram(t *testing.T) {
	for _, marks := range [][]uint8{
		nil, {0}, {0, 0, 0}, {46}, {0, 46}, {46, 0}, {1, 2, 3, 4, 5, 0}, make([]uint8, 255), make([]uint8, 256),
	} {
		var m flow.DSCPHistogram
		for _, mark := range marks {
			m.Add(mark)
		}
		got, want := histogram(&m), m.Histogram()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d marks: %v, want %v", len(marks), got, want)
		}
	}
}

// TestPrivateLink: router and interface stand in records of flows to the link's prefixes, where the client spoke first.
func TestPrivateLink(t *testing.T) {
	declared, err := site.Load(
		strings.NewReader("edge_connect: {interfaces: [eth2], prefixes: [170.72.0.0/16]}"), "site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	res := &ingest.Result{Inputs: []ingest.Input{
		{Read: 10, Stats: decode.Stats{Packets: 10}},
		{Base: 10, Read: 10, Stats: decode.Stats{Packets: 10}, Info: capture.Info{Interfaces: []string{"eth1", "eth2"}}},
	}}
	addr := func(s string) decode.Addr {
		b := netip.MustParseAddr(s).As4()
		return decode.Addr{Lo: 0xffff<<32 | uint64(binary.BigEndian.Uint32(b[:]))}
	}
	const client, cloud, other = "198.51.100.7", "170.72.1.2", "23.89.1.2"
	for _, c := range []struct {
		name     string
		from, to string
		port     decode.Port
		want     string
	}{
		{"the client first", client, cloud, 1<<32 | 1, "02:00:00:00:00:02 eth2"},
		{"no such interface", client, cloud, 1<<32 | 2, "02:00:00:00:00:02 "},
		{"another file", client, cloud, 1, "02:00:00:00:00:02 "},
		{"the server first", cloud, client, 1<<32 | 1, " "},
		{"another prefix", client, other, 1<<32 | 1, " "},
	} {
		var e *ingest.Expired
		table := flow.NewTable(flow.Config{}, func(x *flow.Entry[dissect.State]) {
			f, s := x.Flow, x.State
			e = &ingest.Expired{Flow: &f, Facts: &s}
		})
		sport, dport := uint16(50000), uint16(5004)
		if c.from == cloud {
			sport, dport = dport, sport
		}
		table.Add(&decode.Packet{Proto: decode.ProtoUDP, Src: addr(c.from), Dst: addr(c.to), SrcPort: sport,
			DstPort: dport, Number: 11, Time: 1, Clock: 1, Port: c.port, SrcMAC: decode.MAC{2, 0, 0, 0, 0, 1},
			DstMAC: decode.MAC{2, 0, 0, 0, 0, 2}})
		table.Flush(1)
		var d draft
		newConverter(ingest.NumbersOf(res.Inputs, res.Live), declared).flow(*e, &d)
		if got := d.rec.NextHop + " " + d.rec.Interface; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// BenchmarkFlowRecord shows what one flow costs as a record, in time and bytes.
func BenchmarkFlowRecord(b *testing.B) {
	n := newConverter(ingest.NumbersOf(nil, false), nil)
	var e *ingest.Expired
	table := flow.NewTable(flow.Config{}, func(x *flow.Entry[dissect.State]) {
		f, s := x.Flow, x.State
		e = &ingest.Expired{Flow: &f, Facts: &s}
	})
	p := decode.Packet{Proto: decode.ProtoTCP, SrcPort: 50000, DstPort: 443, TTL: 64, IPLen: 40}
	for i := range int64(20) {
		p.Number, p.Time, p.Clock = 7*i+1, i*1e7+1, i*1e7+1
		table.Add(&p)
	}
	table.Flush(p.Clock)
	b.ReportAllocs()
	var d draft
	for b.Loop() {
		n.flow(*e, &d)
	}
}
