package h323

import "testing"

func TestNoAllocs(t *testing.T) {
	call, ras := unhex(t, setup), unhex(t, grq)
	n := testing.AllocsPerRun(100, func() {
		p, _, _ := NextTPKT(call)
		_, _ = ParseQ931(p)
		_, _ = ParseRAS(ras, false)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParseQ931(b *testing.B) {
	in := unhex(b, setup)
	b.ReportAllocs()
	for b.Loop() {
		p, _, err := NextTPKT(in)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := ParseQ931(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseRAS(b *testing.B) {
	in := unhex(b, grq)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseRAS(in, false); err != nil {
			b.Fatal(err)
		}
	}
}
