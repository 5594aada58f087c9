package reports

import (
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/reports/view"
)

// TestIslandRoundTrip: the median of a call is that of STUN, else that of the way to the cloud, which TCP may tell.
func TestIslandRoundTrip(t *testing.T) {
	stun, tcp := 25.0, 30.0
	for _, c := range []struct {
		own    *float64
		source string
		want   float64
		byTCP  bool
	}{{&stun, "tcp", 25, false}, {nil, "tcp", 30, true}, {nil, "echo", 30, false}} {
		call := &view.Call{Session: &record.Session{RTTMs: c.own}, Line: &view.Timeline{}}
		call.CloudSide = &record.Stretch{RTTMedianMs: &tcp, RTTSource: c.source}
		if o := islandOf(call); *o.RTTMedian != c.want || o.RTTByTCP != c.byTCP {
			t.Errorf("%+v: %v, %v", c, *o.RTTMedian, o.RTTByTCP)
		}
	}
}
