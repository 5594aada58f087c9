package export

import (
	"fmt"
	"testing"

	"webexaudit/analyzer/decode"
	"webexaudit/analyzer/dissect"
	"webexaudit/analyzer/flow"
	"webexaudit/analyzer/ingest"
	"webexaudit/analyzer/parallel"
	"webexaudit/analyzer/record"
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
	n := newConverter(&ingest.Result{})
	for _, marks := range [][]uint8{
		nil, {0}, {0, 0, 0}, {46}, {0, 46}, {46, 0}, {1, 2, 3, 4, 5, 0}, make([]uint8, 255), make([]uint8, 256),
	} {
		var m flow.DSCPHistogram
		for _, mark := range marks {
			m.Add(mark)
		}
		got, want := n.histogram(&m), m.Histogram()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d marks: %v, want %v", len(marks), got, want)
		}
	}
}

// BenchmarkFlowRecord shows what one flow costs as a record, in time and bytes.
func BenchmarkFlowRecord(b *testing.B) {
	n := newConverter(&ingest.Result{Inputs: make([]ingest.Input, 1)})
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
	d, i := newSlab(parallel.Chunk, new(record.PacketPacker)), 0
	for b.Loop() {
		if i == parallel.Chunk {
			d, i = newSlab(parallel.Chunk, new(record.PacketPacker)), 0
		}
		n.flow(*e, d, i)
		i++
	}
}
