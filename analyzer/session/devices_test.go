package session

import (
	"fmt"
	"net/netip"
	"testing"

	"webexaudit/analyzer/record"
)

// crowdOf are simultaneous calls of so many users behind one address, each with its media, its test and its signalling.
func crowdOf(n int) *record.Set {
	set := &record.Set{}
	for i := range n {
		node := netip.AddrFrom4([4]byte{170, 72, byte(i >> 8), byte(i)}).String()
		id := fmt.Sprint(i)
		set.Flows = append(set.Flows, flow("m"+id, "198.51.100.1", node, 5004, 10, 100, media),
			flow("p"+id, "198.51.100.1", node, 5004, 5, 6, probe, stun(3, 2)),
			flow("s"+id, "198.51.100.1", "170.72.255.255", 443, 0, 100, signalling))
		set.Streams = append(set.Streams, &record.MediaStream{StreamID: id, FlowID: "m" + id, Kind: "audio", Upstream: true,
			StartTime: at(10), EndTime: at(100)})
	}
	return set
}

// TestCrowd: few devices behind an address share what cannot be told apart; in a crowd each call has only what went to
// its own server, and none is lost. A quadratic number of steps would not end in time for the last.
func TestCrowd(t *testing.T) {
	for _, k := range []struct {
		n, asked, flows int64
	}{
		{3, 9, 4},
		{crowd, 3 * crowd, crowd + 1},
		{crowd + 1, 3, 1},
		{20_000, 3, 1},
	} {
		list := Sessions(t.Context(), crowdOf(int(k.n)), nil)
		if int64(len(list)) != k.n {
			t.Fatalf("%d users: %d sessions", k.n, len(list))
		}
		for _, s := range list {
			if s.UDP.Asked != k.asked || int64(len(s.FlowIDs)) != k.flows || int64(s.Devices) != k.n {
				t.Fatalf("%d users: %d requests and %d flows in a session, %d devices; want %d and %d", k.n, s.UDP.Asked,
					len(s.FlowIDs), s.Devices, k.asked, k.flows)
			}
		}
	}
}

// lineOf are the flows as a session sees them.
func lineOf(flows ...*record.Flow) timeline {
	var list []*trace
	for _, f := range flows {
		list = append(list, traceOf(f))
	}
	return newTimeline(list)
}

// TestTimeline: the flows that lived in a time, whichever began before.
func TestTimeline(t *testing.T) {
	line := lineOf(flow("c", "10.0.0.1", "170.72.1.1", 1, 30, 40), flow("a", "10.0.0.1", "170.72.1.1", 1, 0, 100),
		flow("b", "10.0.0.1", "170.72.1.1", 1, 10, 20), flow("d", "10.0.0.1", "170.72.1.1", 1, 50, 60))
	for _, k := range []struct {
		from, to float64
		want     string
	}{{25, 35, "ac"}, {20, 30, "abc"}, {101, 200, ""}, {-5, -1, ""}, {-5, 0, "a"}, {60, 60, "ad"}, {61, 61, "a"}} {
		got := ""
		for f := range line.during(at(k.from), at(k.to)) {
			got += f.id
		}
		if got != k.want {
			t.Errorf("%v to %v: %q, want %q", k.from, k.to, got, k.want)
		}
	}
}
