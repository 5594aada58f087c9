package catalogue

import (
	"testing"

	"webexaudit/analyzer/audit/observe"
	"webexaudit/analyzer/record"
)

// TestQualityFields: loss and jitter shown of a flow are those of its media, not of what repairs it.
func TestQualityFields(t *testing.T) {
	stream := func(kind string, lost int64, jitter float64) observe.Stream {
		m := &record.MediaStream{Kind: kind, Expected: 100, Lost: lost, JitterMeanMs: &jitter}
		return observe.Stream{MediaStream: m, Flow: &observe.Flow{Flow: new(record.Flow)}}
	}
	f := &observe.Flow{Streams: []observe.Stream{
		stream("fec", 50, 90), stream("video", 2, 12.5), stream("rtx", 70, 900), stream("audio", 4, 3),
	}}
	if m := qualityFields(f); m["loss"] != "4 %" || m["jitter_mean_ms"] != "12.5" {
		t.Error(m)
	}
}
