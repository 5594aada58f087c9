package analyzer_test

import (
	"fmt"
	"testing"

	"webexaudit/analyzer"
	"webexaudit/analyzer/audit"
	"webexaudit/analyzer/audit/catalogue"
	"webexaudit/analyzer/record"
)

// BenchmarkRules judges the flows of a generated capture, repeated until they are 50,000: by the rules alone, and with
// all that is done once for a run.
func BenchmarkRules(b *testing.B) {
	const most = 50_000
	set, err := runListed(b.Context(), analyzer.Config{Files: []string{generated(b, *benchSize)}})
	if err != nil {
		b.Fatal(err)
	}
	repeated(set, most)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime(b)
			for b.Loop() {
				audit.Run(set, audit.Options{Catalogue: catalogue.All(), Workers: workers})
			}
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N)/most, "cpu-ns/flow")
		})
	}
}

// repeated repeats the flows of the set, with what belongs to them, under other ids.
func repeated(set *record.Set, most int) {
	flows, streams, tls := set.Flows, set.Streams, set.TLS
	for n := 1; len(set.Flows) < most; n++ {
		other := func(id string) string { return fmt.Sprintf("%s%04x", id[:len(id)-4], n) }
		for _, f := range flows[:min(len(flows), most-len(set.Flows))] {
			c := *f
			c.FlowID, c.CommunityID = other(f.FlowID), other(f.CommunityID)
			set.Flows = append(set.Flows, &c)
		}
		for _, m := range streams {
			c := *m
			c.FlowID, c.StreamID = other(m.FlowID), other(m.StreamID)
			set.Streams = append(set.Streams, &c)
		}
		for _, t := range tls {
			c := *t
			c.FlowID = other(t.FlowID)
			set.TLS = append(set.TLS, &c)
		}
	}
}
