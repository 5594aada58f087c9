package classify

import (
	"testing"

	"webexaudit/analyzer/pcaptest"
)

// BenchmarkFlow judges the flows of captures: a meeting, whose flows have signs, and traffic that has none. Times and
// allocations are those of all flows of the capture; ns/flow is the mean.
func BenchmarkFlow(b *testing.B) {
	for _, k := range []struct {
		name  string
		build func() *pcaptest.Capture
	}{{"meeting", pcaptest.HealthyMeeting}, {"no-webex", pcaptest.NoWebex}} {
		b.Run(k.name, func(b *testing.B) {
			c := &Classifier{Packs: packs(b)}
			list := flows(k.build())
			b.ReportAllocs()
			for b.Loop() {
				for _, f := range list {
					rec := *f.Rec
					c.Flow(&Flow{Rec: &rec, TLS: f.TLS, Hints: f.Hints})
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(list)), "ns/flow")
		})
	}
}

// BenchmarkContext is the second look at all flows of a meeting, and what is gathered for it.
func BenchmarkContext(b *testing.B) {
	list := judged(&Classifier{Packs: packs(b)}, flows(pcaptest.HealthyMeeting()))
	c := &Classifier{Packs: packs(b)}
	b.ReportAllocs()
	for b.Loop() {
		a := NewAround()
		for _, f := range list {
			c.Gather(a, f)
		}
		c.Context(a)
		for _, f := range list {
			c.ClassifyInContext(f)
		}
	}
}
