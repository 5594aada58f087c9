package flow

import (
	"testing"

	"webexaudit/analyzer/decode"
)

// steadyTCP is a bulk transfer: two full segments, then an acknowledgement from the other side.
func steadyTCP(tb *Table[int]) func() {
	data := tcp("170.72.1.2:443>10.0.0.1:40000", 1, decode.ACK, 500, 101, 1460)
	ack := tcp("10.0.0.1:40000>170.72.1.2:443", 1, decode.ACK, 101, 500, 0)
	tb.Add(tcp("10.0.0.1:40000>170.72.1.2:443", 0, decode.SYN, 100, 0, 0))
	tb.Add(tcp("170.72.1.2:443>10.0.0.1:40000", 0, decode.SYN|decode.ACK, 499, 101, 0))
	n, number := 0, int64(2)
	return func() {
		p := data
		if n++; n%3 == 0 {
			p, ack.Ack = ack, data.Seq
		}
		number++
		p.Number, p.Time, p.Clock = number, number*1e6, number*1e6
		tb.Add(p)
		if p == data {
			data.Seq += data.PayloadLen
		}
	}
}

func steadyUDP(tb *Table[int]) func() {
	p := udp("10.0.0.1:52000>170.72.1.2:5004", 1)
	return func() {
		p.Number++
		p.Clock += 1e6
		tb.Add(p)
	}
}

var steady = []struct {
	name string
	step func(*Table[int]) func()
}{{"udp", steadyUDP}, {"tcp", steadyTCP}}

func TestSteadyPathAllocates(t *testing.T) {
	for _, k := range steady {
		step := k.step(NewTable(Config{}, func(*Entry[int]) {}))
		for range 100 {
			step()
		}
		if n := testing.AllocsPerRun(1000, step); n != 0 {
			t.Errorf("%s: %v allocations per packet, want 0", k.name, n)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, k := range steady {
		b.Run(k.name, func(b *testing.B) {
			step := k.step(NewTable(Config{}, func(*Entry[int]) {}))
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}
