package session

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"webexaudit/analyzer/record"
	"webexaudit/analyzer/record/recordtest"
)

// TestBatches: clients are taken together as long as their flows are few enough, and one at least.
func TestBatches(t *testing.T) {
	var list []*caller
	for _, n := range []int{1, atOnce - 1, 1, atOnce + 1, 5, 6} {
		list = append(list, &caller{flows: make([]uint32, n)})
	}
	var got []int
	for batch := range batches(list) {
		got = append(got, len(batch))
	}
	if want := []int{2, 1, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("batches of %v clients, want %v", got, want)
	}
}

// interleaved are flows of 60 clients in turn, the first five of which have calls; some are alone, some near others.
func interleaved() *record.Set {
	set := &record.Set{}
	for i := range 600 {
		f := flow(fmt.Sprintf("f%d", i), fmt.Sprintf("10.0.0.%d", i%60), "170.72.1.2", 5004, float64(i), float64(i+5), probe)
		switch {
		case i%60 < 5:
			media(f)
			f.Function = record.MediaAudio
		case i%60 == 5:
			f.Webex, f.Function = false, record.MediaAudio
		case i%60 == 6:
			f.Function = record.Telemetry
		}
		set.Flows = append(set.Flows, f)
	}
	return set
}

// TestCallers: of the clients that may have called all flows that matter are found again.
func TestCallers(t *testing.T) {
	set := recordtest.Lend(interleaved())
	x := newIndex(set)
	list := x.callers(t.Context(), set)
	if len(list) != 5 || x.start != at(0) || x.end != at(604) {
		t.Fatalf("%d callers from %v to %v", len(list), x.start, x.end)
	}
	flows := timelines(set.Source(), []*caller{list[4], list[1]})
	got := slices.SortedFunc(maps.Keys(flows), netip.Addr.Compare)
	if !slices.Equal(got, []netip.Addr{addr("10.0.0.1"), addr("10.0.0.4")}) {
		t.Fatalf("flows of %v", got)
	}
	for k, want := range map[int]string{1: "f1 f61 f121", 4: "f4 f64 f124"} {
		var ids []string
		for _, f := range flows[addr(fmt.Sprintf("10.0.0.%d", k))].flows {
			ids = append(ids, f.id)
		}
		if got := strings.Join(ids, " "); len(ids) != 10 || !strings.HasPrefix(got, want+" ") {
			t.Errorf("client %d: %s", k, got)
		}
	}
}

// TestInterrupted: when the context is done, no session is made.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	set := interleaved()
	if n := len(Sessions(ctx, set, nil)); n == 0 {
		t.Fatal("no sessions")
	}
	if cancel(); len(Sessions(ctx, set, nil)) > 0 {
		t.Error("sessions were made nevertheless")
	}
}
