package flow

import (
	"testing"
	"unsafe"

	"webexaudit/analyzer/decode"
)

// spread makes one packet of each of n UDP flows.
func spread(n int) []decode.Packet {
	list := make([]decode.Packet, n)
	for i := range list {
		p := &list[i]
		p.Src, p.Dst = decode.Addr{Lo: 0xffff_0a000000 + uint64(i%5000)},
			decode.Addr{Lo: 0xffff_aa480000 + uint64(i%777)}
		p.SrcPort, p.DstPort, p.Proto, p.TTL, p.IPLen = uint16(i), 5004, decode.ProtoUDP, 64, 200
		p.Hash = (uint64(i) + 1) * 0x9e3779b97f4a7c15
	}
	return list
}

// BenchmarkTableAdd counts packets of known flows: the steady path, in a table that fits the caches and in one that
// does not.
func BenchmarkTableAdd(b *testing.B) {
	for name, flows := range map[string]int{"flows=1000": 1000, "flows=100000": 100_000} {
		b.Run(name, func(b *testing.B) {
			packets := spread(flows)
			table := NewTable(Config{}, func(*Entry[[64]byte]) {})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p := &packets[i*7919%flows]
				p.Number, p.Clock, p.Time = 1, int64(i), int64(i)
				table.Add(p)
			}
			b.ReportMetric(float64(unsafe.Sizeof(Flow{})), "bytes/flow")
		})
	}
}
